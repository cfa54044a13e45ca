"""Ages in the unit that fits them. Source: NHS Common User Interface, D+Ta, age display.

Under 2 hours in minutes, under 2 days in hours, under 4 weeks in days, under 1 year in weeks and days,
under 2 in months and days, under 18 in years and months, then years. A part that is zero is left out.
Minutes and hours need a time of birth; a birthday that a month lacks falls on the first of the next,
so somebody born on 29 February comes of age on 1 March.
"""

from __future__ import annotations

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from fieldapp.domain.clock import LONDON
from fieldapp.domain.clocks import time_left
from fieldapp.domain.display.dates import clinical_date, day_of
from fieldapp.domain.display.missing import NOT_KNOWN


def age(born: date | datetime | None, at: date | datetime, zone: ZoneInfo = LONDON) -> str:
    """`61y`, `4y 1m`, `12m 8d`, `4w 1d`, `27d`, `26hrs`, `90min`; Not known without a birth or before it."""
    if born is None:
        return NOT_KNOWN
    if isinstance(born, datetime) and isinstance(at, datetime):
        lived = time_left(at, born)
        if lived < timedelta(0):
            return NOT_KNOWN
        if lived < timedelta(hours=2):
            return f"{lived // timedelta(minutes=1)}min"
        if lived < timedelta(days=2):
            return f"{lived // timedelta(hours=1)}hrs"
    return _age_in_days(day_of(born, zone), day_of(at, zone))


def age_years(born: date | datetime, at: date | datetime, zone: ZoneInfo = LONDON) -> int:
    """Completed years; negative before birth."""
    return _months(day_of(born, zone), day_of(at, zone)) // 12


def born_with_age(born: date | datetime | None, at: date | datetime, zone: ZoneInfo = LONDON) -> str:
    """The banner's `14-Jul-1945 (61y)`; Not known without a date of birth."""
    if born is None:
        return NOT_KNOWN
    return f"{clinical_date(born, zone)} ({age(born, at, zone)})"


def _age_in_days(born: date, on: date) -> str:
    days = (on - born).days
    if days < 0:
        return NOT_KNOWN
    if days < 28:
        return f"{days}d"
    months = _months(born, on)
    if months < 12:
        return _pair(days // 7, "w", days % 7, "d")
    if months < 24:
        return _pair(months, "m", (on - _after_months(born, months)).days, "d")
    if months < 18 * 12:
        return _pair(months // 12, "y", months % 12, "m")
    return f"{months // 12}y"


def _months(born: date, on: date) -> int:
    """Completed months."""
    return (on.year - born.year) * 12 + on.month - born.month - (on.day < born.day)


def _after_months(born: date, months: int) -> date:
    year, month = divmod(born.month - 1 + months, 12)
    try:
        return born.replace(year=born.year + year, month=month + 1)
    except ValueError:
        year, month = divmod(born.month + months, 12)
        return date(born.year + year, month + 1, 1)


def _pair(first: int, unit: str, second: int, lesser: str) -> str:
    return f"{first}{unit} {second}{lesser}" if second else f"{first}{unit}"
