"""Dates and times for patients: 5 April 2008, 10:40am, 12 midday. Source: the NHS's digital content guide."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from fieldapp.domain.clock import LONDON
from fieldapp.domain.clocks import local_time
from fieldapp.domain.display.dates import DAYS, MONTHS, day_of


def patient_date(value: date | datetime, zone: ZoneInfo = LONDON) -> str:
    """`5 April 2008`."""
    day = day_of(value, zone)
    return f"{day.day} {MONTHS[day.month - 1]} {day.year}"


def patient_day(value: date | datetime, now: datetime | None = None, zone: ZoneInfo = LONDON) -> str:
    """`Tuesday 24 November`, with the year where it is not that of `now`."""
    day = day_of(value, zone)
    year = f" {day.year}" if now is not None and day_of(now, zone).year != day.year else ""
    return f"{DAYS[day.weekday()]} {day.day} {MONTHS[day.month - 1]}{year}"


def patient_day_near(value: date | datetime, now: datetime, zone: ZoneInfo = LONDON) -> str:
    """`today`, `tomorrow`, `yesterday`, otherwise `Tuesday 24 November`."""
    apart = day_of(value, zone) - day_of(now, zone)
    words = {timedelta(days=-1): "yesterday", timedelta(0): "today", timedelta(days=1): "tomorrow"}
    return words.get(apart) or patient_day(value, now, zone)


def patient_time(value: datetime, zone: ZoneInfo = LONDON) -> str:
    """`10am`, `10:40am`, `12 midday`, `12 midnight`, `12:15pm`."""
    local = local_time(value, zone)
    if local.minute == 0 and local.hour in (0, 12):
        return "12 midday" if local.hour else "12 midnight"
    minutes = f":{local.minute:02d}" if local.minute else ""
    return f"{local.hour % 12 or 12}{minutes}{'am' if local.hour < 12 else 'pm'}"


def patient_range(start: datetime, end: datetime, zone: ZoneInfo = LONDON) -> str:
    """`10am to 12 midday`."""
    return f"{patient_time(start, zone)} to {patient_time(end, zone)}"
