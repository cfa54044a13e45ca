"""The services' clocks: the two-hour response, reablement's weeks, and when to measure again.

All are computed from configuration, because services differ and some wording is unverified: the
defaults are the public rule, and every timestamp behind them is kept elsewhere. Instants are aware
and come back in UTC; service hours and days are London's, so a day may have 23 or 25 hours.

    ValueError
    └── ClockError              hours that never open, or a length that is not positive
        └── NaiveTimeError      a time without its zone
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from fieldapp.domain.clock import LONDON
from fieldapp.domain.news2 import Band

EVERY_DAY: Final = frozenset(range(7))
_SEARCH_DAYS: Final = 400


class ClockError(ValueError):
    """A clock cannot be computed from this configuration."""


class NaiveTimeError(ClockError):
    """A time came without its zone, so it names no instant."""


def local_time(instant: datetime, zone: ZoneInfo = LONDON) -> datetime:
    """The instant as the wall clock there shows it. Raises `NaiveTimeError` for a naive time."""
    return _utc(instant).astimezone(zone)


def local_date(instant: datetime, zone: ZoneInfo = LONDON) -> date:
    """The calendar day there at that instant."""
    return local_time(instant, zone).date()


@dataclass(frozen=True, slots=True)
class ServiceHours:
    """When a service takes referrals: from `opens` until, not including, `closes`, in local time.

    `days` are the days it opens, Monday 0; `closed_on` are dates it does not. When `closes` is not
    after `opens` the service runs past midnight, and for 24 hours when they are equal. *Local*.
    """

    opens: time = time(8)
    closes: time = time(20)
    days: frozenset[int] = EVERY_DAY
    closed_on: frozenset[date] = frozenset()
    zone: ZoneInfo = LONDON

    def __post_init__(self) -> None:
        if not self.days or not self.days <= EVERY_DAY:
            raise ClockError("Service hours need at least one day, from 0 for Monday to 6 for Sunday.")

    def windows(self, around: datetime) -> Iterator[tuple[datetime, datetime]]:
        """The opening windows in UTC, in order, from the day before the instant on."""
        first = local_date(around, self.zone) - timedelta(days=1)
        for n in range(_SEARCH_DAYS):
            day = first + timedelta(days=n)
            if day.weekday() in self.days and day not in self.closed_on:
                ends_on = day if self.closes > self.opens else day + timedelta(days=1)
                yield self._instant(day, self.opens), self._instant(ends_on, self.closes)

    def _instant(self, day: date, at: time) -> datetime:
        return datetime.combine(day, at, self.zone).astimezone(UTC)


@dataclass(frozen=True, slots=True)
class UcrPolicy:
    """How long the response may take once the clock has started. Default: the national two hours."""

    response: timedelta = timedelta(hours=2)


def ucr_clock_start(referred_at: datetime, hours: ServiceHours) -> datetime:
    """When the clock starts: at the referral, or when the service next opens if it came out of hours."""
    referred = _utc(referred_at)
    for opens, closes in hours.windows(referred):
        if referred < closes:
            return max(referred, opens)
    raise ClockError("The service does not open within a year. Check its hours and closed dates.")


def ucr_deadline(referred_at: datetime, hours: ServiceHours, policy: UcrPolicy | None = None) -> datetime:
    """When the first face-to-face contact is due. The clock runs on through closing time once started."""
    return ucr_clock_start(referred_at, hours) + (policy or UcrPolicy()).response


def time_left(deadline: datetime, now: datetime) -> timedelta:
    """Negative once the deadline has passed."""
    return _utc(deadline) - _utc(now)


def is_overdue(deadline: datetime, now: datetime) -> bool:
    """Whether the deadline has passed; a contact at the very instant is in time."""
    return time_left(deadline, now) < timedelta(0)


def standard_met(deadline: datetime, first_contact: datetime | None, now: datetime) -> bool | None:
    """Whether the contact came in time; None while there is none and there is still time."""
    if first_contact is not None:
        return not is_overdue(deadline, first_contact)
    return False if is_overdue(deadline, now) else None


@dataclass(frozen=True, slots=True)
class ReablementPolicy:
    """Lengths in calendar days and weeks. Default: started within 2 days, 6 weeks, looked at after 91 days."""

    start_within_days: int = 2
    weeks: int = 6
    outcome_after_days: int = 91

    def __post_init__(self) -> None:
        if min(self.start_within_days, self.weeks, self.outcome_after_days) < 1:
            raise ClockError("Reablement lengths must be at least 1.")


@dataclass(frozen=True, slots=True)
class ReablementDay:
    """Where an episode stands: `day` and `week` count from 1; `past_end` once its weeks are over."""

    day: int
    week: int
    weeks: int
    days_left: int
    past_end: bool


def reablement_start_by(ready_on: date, policy: ReablementPolicy | None = None) -> date:
    """The last day on which the package may start."""
    return ready_on + timedelta(days=(policy or ReablementPolicy()).start_within_days)


def reablement_ends_on(started_on: date, policy: ReablementPolicy | None = None) -> date:
    """The last day of the last week; the starting day is day 1."""
    return started_on + timedelta(days=(policy or ReablementPolicy()).weeks * 7 - 1)


def reablement_day(started_on: date, today: date, policy: ReablementPolicy | None = None) -> ReablementDay | None:
    """Week n and day n of the episode today; None before it starts. `week` keeps counting past the end."""
    rules = policy or ReablementPolicy()
    day = (today - started_on).days + 1
    if day < 1:
        return None
    left = rules.weeks * 7 - day
    return ReablementDay(day, (day - 1) // 7 + 1, rules.weeks, max(left, 0), left < 0)


def outcome_check_on(from_day: date, policy: ReablementPolicy | None = None) -> date:
    """The day whose question is: is the person still at home? Counted from discharge or from the start."""
    return from_day + timedelta(days=(policy or ReablementPolicy()).outcome_after_days)


@dataclass(frozen=True, slots=True)
class MonitoringPolicy:
    """How soon to measure again after a NEWS2, by its band; None is continuous. *Local*.

    The defaults are the chart's minimum (12-hourly at 0, 4-6-hourly at 1-4 taken at its shorter end,
    hourly at 5-6 or a single 3, continuous from 7). They are a hospital's: a service at home signs
    off its own, whose name and date are shown with it.
    """

    name: str = "NEWS2 chart, minimum monitoring"
    signed_off: date | None = None
    zero: timedelta | None = timedelta(hours=12)
    low: timedelta | None = timedelta(hours=4)
    low_medium: timedelta | None = timedelta(hours=1)
    medium: timedelta | None = timedelta(hours=1)
    high: timedelta | None = None

    def __post_init__(self) -> None:
        for interval in (self.zero, self.low, self.low_medium, self.medium, self.high):
            if interval is not None and interval <= timedelta(0):
                raise ClockError("A monitoring interval must be longer than nothing.")

    def interval(self, total: int, band: Band) -> timedelta | None:
        """The longest time to the next set; None is continuous monitoring."""
        if band == "low":
            return self.zero if total == 0 else self.low
        return {"low-medium": self.low_medium, "medium": self.medium, "high": self.high}[band]


@dataclass(frozen=True, slots=True)
class Recheck:
    """When the next set is due (UTC). Continuous monitoring is due at once, and stays due."""

    due_at: datetime
    continuous: bool


def recheck_due(
    observed_at: datetime, total: int | None, band: Band | None, policy: MonitoringPolicy
) -> Recheck | None:
    """When to measure again after a set observed then; None after a set without a total."""
    observed = _utc(observed_at)
    if total is None or band is None:
        return None
    interval = policy.interval(total, band)
    return Recheck(observed + (interval or timedelta(0)), interval is None)


def _utc(instant: datetime) -> datetime:
    if instant.tzinfo is None:
        raise NaiveTimeError("A time needs its zone, such as UTC.")
    return instant.astimezone(UTC)
