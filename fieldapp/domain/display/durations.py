"""Lengths of time: how long, how far off, how late.

Source: NHS Common User Interface, D+Tb: no inner space, zeros left out, `2hr 40min`. A single unit
standing alone in a sentence is spaced, `in 25 min`. Seconds are dropped, never rounded up, so a
countdown promises no more time than there is.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from fieldapp.domain.clock import LONDON
from fieldapp.domain.clocks import local_time, time_left

_DAY: Final = timedelta(days=1)
_MINUTE: Final = timedelta(minutes=1)


def duration(length: timedelta) -> str:
    """`2hr 40min`, `40min`, `48hr`, `0min`; always positive."""
    hours, minutes = divmod(_minutes(length), 60)
    parts = [f"{hours}hr"] if hours else []
    if minutes or not hours:
        parts.append(f"{minutes}min")
    return " ".join(parts)


def duration_words(length: timedelta) -> str:
    """For sentences: `40 minutes`, `1 hour 5 minutes`, `3 days`."""
    if abs(length) >= 2 * _DAY:
        return _count(abs(length) // _DAY, "day")
    hours, minutes = divmod(_minutes(length), 60)
    parts = [_count(hours, "hour")] if hours else []
    if minutes or not hours:
        parts.append(_count(minutes, "minute"))
    return " ".join(parts)


def short_length(length: timedelta) -> str:
    """One unit spaced, two joined: `25 min`, `2 hr`, `1hr 47min`; from two days on, `3 days`."""
    if abs(length) >= 2 * _DAY:
        return _count(abs(length) // _DAY, "day")
    hours, minutes = divmod(_minutes(length), 60)
    if hours and minutes:
        return f"{hours}hr {minutes}min"
    return f"{hours} hr" if hours else f"{minutes} min"


def relative(when: datetime, now: datetime) -> str:
    """`in 25 min`, `in 1hr 58min`, `22 min ago`, `now`."""
    apart = time_left(when, now)
    if abs(apart) < _MINUTE:
        return "now"
    return f"in {short_length(apart)}" if apart > timedelta(0) else f"{short_length(apart)} ago"


def late(due: datetime, now: datetime) -> str | None:
    """`32 min late`; None while not a whole minute late."""
    over = -time_left(due, now)
    return f"{short_length(over)} late" if over >= _MINUTE else None


def countdown(deadline: datetime, now: datetime) -> str:
    """`1hr 47min`, `25 min`, `under 1 min`; past the deadline, `12 min overdue` or `overdue`."""
    left = time_left(deadline, now)
    if left < timedelta(0):
        return "overdue" if -left < _MINUTE else f"{short_length(left)} overdue"
    return "under 1 min" if left < _MINUTE else short_length(left)


def clock_change_warning(start: datetime, end: datetime, zone: ZoneInfo = LONDON) -> str | None:
    """A sentence to show where the clocks change between the two; None where they do not.

    A length worked out from the wall clock would be wrong by the change there.
    """
    begin, finish = local_time(start, zone), local_time(end, zone)
    before, after = begin.utcoffset() or timedelta(0), finish.utcoffset() or timedelta(0)
    if before == after:
        return None
    way = "back" if after < before else "forward"
    real = end.astimezone(UTC) - start.astimezone(UTC)
    return f"The clocks go {way} in this time. It lasts {duration(real)}."


def _minutes(length: timedelta) -> int:
    return abs(length) // _MINUTE


def _count(number: int, unit: str) -> str:
    return f"{number} {unit}{'' if number == 1 else 's'}"
