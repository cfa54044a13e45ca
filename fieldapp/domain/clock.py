"""Time as an argument, so that a test or a simulation decides what time it is."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta
from typing import Protocol
from zoneinfo import ZoneInfo

LONDON = ZoneInfo("Europe/London")


class Clock(Protocol):
    """The two clocks a program needs."""

    def now(self) -> datetime:
        """Civil time, aware, in UTC. May jump either way."""
        ...

    def monotonic(self) -> float:
        """Seconds that never go backwards; only differences mean anything."""
        ...


class SystemClock:
    """The machine's clocks."""

    def now(self) -> datetime:
        return datetime.now(UTC)

    def monotonic(self) -> float:
        return time.monotonic()


class FixedClock:
    """A clock that moves only when told: for tests, simulations and the demo's story."""

    def __init__(self, now: datetime) -> None:
        if now.tzinfo is None:
            raise ValueError("A clock needs an aware time, such as one in UTC.")
        self._now = now.astimezone(UTC)
        self._monotonic = 0.0

    def now(self) -> datetime:
        return self._now

    def monotonic(self) -> float:
        return self._monotonic

    def advance(self, seconds: float) -> None:
        """Let `seconds` pass on both clocks."""
        self._now += timedelta(seconds=seconds)
        self._monotonic += seconds

    def set(self, now: datetime) -> None:
        """Jump civil time, as a user or a network may; the monotonic clock stays."""
        self._now = now.astimezone(UTC)
