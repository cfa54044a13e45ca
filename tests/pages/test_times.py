from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fieldapp.domain.clock import LONDON
from server.pages import Window, times


@pytest.mark.parametrize(
    ("hour", "minute", "written"),
    [
        (0, 0, "12 midnight"),
        (0, 5, "12:05am"),
        (8, 0, "8am"),
        (10, 40, "10:40am"),
        (12, 0, "12 midday"),
        (12, 15, "12:15pm"),
        (13, 0, "1pm"),
        (23, 59, "11:59pm"),
    ],
)
def test_clock_as_patients_read_it(hour: int, minute: int, written: str) -> None:
    assert times.clock(datetime(2026, 11, 24, hour, minute, tzinfo=UTC)) == written


def test_times_are_londons_in_summer_too() -> None:
    assert times.span(Window(datetime(2026, 7, 1, 9, tzinfo=UTC), datetime(2026, 7, 1, 11, tzinfo=UTC))) == (
        "10am to 12 midday"
    )


def test_today_is_londons_today_just_after_midnight_in_summer() -> None:
    now = datetime(2026, 7, 1, 23, 30, tzinfo=UTC)
    assert times.relative_day(datetime(2026, 7, 2, 9, tzinfo=UTC), now) == "today"
    assert times.near_day(datetime(2026, 7, 3, 9, tzinfo=UTC), now) == "Tomorrow, Friday 3 July"
    assert times.near_day(datetime(2026, 7, 9, 9, tzinfo=UTC), now) == "Thursday 9 July"


@pytest.mark.parametrize(
    ("minutes", "written"),
    [(0, "less than a minute"), (1, "1 minute"), (25, "25 minutes"), (60, "1 hour"), (125, "2 hours 5 minutes")],
)
def test_length(minutes: int, written: str) -> None:
    assert times.length(timedelta(minutes=minutes)) == written


def test_length_of_days() -> None:
    assert times.length(timedelta(days=3, hours=5)) == "3 days"


@given(st.datetimes(min_value=datetime(2020, 1, 1), max_value=datetime(2040, 1, 1), timezones=st.just(UTC)))  # noqa: DTZ001
def test_clock_tells_the_minute(at: datetime) -> None:
    written = times.clock(at).replace("12 midday", "12pm").replace("12 midnight", "12am")
    read = datetime.strptime(written, "%I:%M%p" if ":" in written else "%I%p").replace(tzinfo=UTC)
    local = at.astimezone(LONDON)
    assert (read.hour, read.minute) == (local.hour, local.minute)
