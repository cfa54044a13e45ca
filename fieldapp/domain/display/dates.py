"""Dates and times for clinicians: 05-Apr-2008 and 14:30, whatever the device's own settings.

Source: NHS Common User Interface, D+Ta and D+Tb. Instants are aware; the zone they are shown in is an
argument. A time that the clocks go through twice says which of the two it is.
"""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from fieldapp.domain.clock import LONDON
from fieldapp.domain.clocks import local_date, local_time
from fieldapp.domain.display.missing import NOT_RECORDED

MONTHS: Final = (
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
)
DAYS: Final = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")


def day_of(value: date | datetime, zone: ZoneInfo = LONDON) -> date:
    """The calendar day of a day or, there, of an instant."""
    return local_date(value, zone) if isinstance(value, datetime) else value


def clinical_date(value: date | datetime | None, zone: ZoneInfo = LONDON, *, missing: str = NOT_RECORDED) -> str:
    """`05-Apr-2008`."""
    if value is None:
        return missing
    day = day_of(value, zone)
    return f"{day.day:02d}-{MONTHS[day.month - 1][:3]}-{day.year:04d}"


def weekday_date(value: date | datetime | None, zone: ZoneInfo = LONDON) -> str:
    """`Tue 24-Nov-2026`."""
    if value is None:
        return NOT_RECORDED
    return f"{DAYS[day_of(value, zone).weekday()][:3]} {clinical_date(value, zone)}"


def clock_time(value: datetime | None, zone: ZoneInfo = LONDON, *, approximate: bool = False) -> str:
    """`14:30`, or `Approx 14:30`; `01:30 GMT` where that night has two of them."""
    if value is None:
        return NOT_RECORDED
    local = local_time(value, zone)
    twice = local.replace(fold=0).utcoffset() != local.replace(fold=1).utcoffset()
    suffix = f" {local.tzname()}" if twice else ""
    return f"{'Approx ' if approximate else ''}{local:%H:%M}{suffix}"


def clinical_datetime(value: datetime | None, zone: ZoneInfo = LONDON) -> str:
    """`24-Nov-2026 13:40`."""
    if value is None:
        return NOT_RECORDED
    return f"{clinical_date(value, zone)} {clock_time(value, zone)}"


def time_range(start: datetime, end: datetime, zone: ZoneInfo = LONDON) -> str:
    """`14:30–15:00`."""
    return f"{clock_time(start, zone)}–{clock_time(end, zone)}"


def day_and_time(value: datetime, now: datetime, zone: ZoneInfo = LONDON) -> str:
    """`08:12` today, `yesterday 18:10`, `tomorrow 09:00`, otherwise `22-Nov-2026 18:10`."""
    apart = day_of(value, zone) - day_of(now, zone)
    if apart == timedelta(0):
        return clock_time(value, zone)
    near = {timedelta(days=-1): "yesterday", timedelta(days=1): "tomorrow"}.get(apart)
    return f"{near or clinical_date(value, zone)} {clock_time(value, zone)}"


def measured_when(value: datetime, now: datetime, zone: ZoneInfo = LONDON) -> str:
    """How old a reading is, after it: `at 13:40`, `yesterday 18:10`, `22-Nov-2026 18:10`."""
    today = day_of(value, zone) == day_of(now, zone)
    return f"{'at ' if today else ''}{day_and_time(value, now, zone)}"


def as_at(value: datetime | None, now: datetime, zone: ZoneInfo = LONDON) -> str:
    """When the data were last fresh: `as at 08:12`, `as at yesterday 18:10`; `no data yet` for never."""
    return "no data yet" if value is None else f"as at {day_and_time(value, now, zone)}"
