"""Times as the NHS content guide writes them for patients: 10am, 10:40am, 12 midday."""

from __future__ import annotations

from datetime import datetime, timedelta

from fieldapp.domain.clock import LONDON
from server.pages.model import Window


def clock(at: datetime) -> str:
    """The time of day in London: `10am`, `10:40am`, `12 midday`, `12 midnight`."""
    local = at.astimezone(LONDON)
    if local.minute == 0 and local.hour % 12 == 0:
        return "12 midday" if local.hour == 12 else "12 midnight"
    minutes = f":{local.minute:02d}" if local.minute else ""
    return f"{local.hour % 12 or 12}{minutes}{'am' if local.hour < 12 else 'pm'}"


def span(window: Window) -> str:
    """`10am to 12 midday`."""
    return f"{clock(window.start)} to {clock(window.end)}"


def day(at: datetime) -> str:
    """`Tuesday 24 November`."""
    local = at.astimezone(LONDON)
    return f"{local:%A} {local.day} {local:%B}"


def short_day(at: datetime) -> str:
    """`Tue 24 Nov`."""
    local = at.astimezone(LONDON)
    return f"{local:%a} {local.day} {local:%b}"


def full_date(at: datetime) -> str:
    """`24 November 2026`."""
    local = at.astimezone(LONDON)
    return f"{local.day} {local:%B} {local.year}"


def weekday(at: datetime) -> str:
    """`Tuesday`."""
    return f"{at.astimezone(LONDON):%A}"


def days_ahead(at: datetime, now: datetime) -> int:
    """Whole London days from `now` to `at`; 0 is today, 1 tomorrow."""
    return (at.astimezone(LONDON).date() - now.astimezone(LONDON).date()).days


def near_day(at: datetime, now: datetime) -> str:
    """`Today, Tuesday 24 November`, `Tomorrow, …`, or the day alone."""
    word = {0: "Today, ", 1: "Tomorrow, "}.get(days_ahead(at, now), "")
    return word + day(at)


def relative_day(at: datetime, now: datetime) -> str:
    """For the middle of a sentence: `today`, `tomorrow`, `on Thursday 26 November`."""
    return {0: "today", 1: "tomorrow"}.get(days_ahead(at, now), f"on {day(at)}")


def dated_day(at: datetime, now: datetime) -> str:
    """As `relative_day`, for paper, which outlives today and tomorrow: always `on Thursday 26 November`."""
    return f"on {day(at)}"


def moment(at: datetime, now: datetime) -> str:
    """For the middle of a sentence: `at 9:57am`, with the day when it was not today."""
    return f"at {clock(at)}" if days_ahead(at, now) == 0 else f"at {clock(at)} on {day(at)}"


def length(duration: timedelta) -> str:
    """`40 minutes`, `1 hour 5 minutes`, `2 hours`, `3 days`; whole minutes, rounded down."""
    minutes = int(duration.total_seconds() // 60)
    if minutes >= 48 * 60:
        return _count(minutes // (24 * 60), "day")
    hours, rest = divmod(minutes, 60)
    parts = [_count(n, unit) for n, unit in ((hours, "hour"), (rest, "minute")) if n]
    return " ".join(parts) or "less than a minute"


def _count(number: int, unit: str) -> str:
    return f"{number} {unit}{'' if number == 1 else 's'}"
