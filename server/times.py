"""Moments as the database and the wire keep them: whole milliseconds since 1970, UTC."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from fieldapp.domain.clock import LONDON, Clock

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def to_ms(moment: datetime) -> int:
    """Milliseconds since 1970 of an aware time."""
    return (moment - _EPOCH) // timedelta(milliseconds=1)


def from_ms(milliseconds: int) -> datetime:
    """The aware UTC time of milliseconds since 1970."""
    return _EPOCH + timedelta(milliseconds=milliseconds)


def now_ms(clock: Clock) -> int:
    """The clock's civil time in milliseconds since 1970."""
    return to_ms(clock.now())


def london_day(moment: datetime) -> tuple[int, int]:
    """Where the London day around `moment` begins and ends, in milliseconds; 23 to 25 hours apart."""
    today = moment.astimezone(LONDON).replace(hour=0, minute=0, second=0, microsecond=0)
    return to_ms(today), to_ms(today + timedelta(days=1))
