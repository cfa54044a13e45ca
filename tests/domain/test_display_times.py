"""Dates, times and lengths of time, above all on the two days the clocks change."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fieldapp.domain.clock import LONDON
from fieldapp.domain.clocks import NaiveTimeError
from fieldapp.domain.display import (
    as_at,
    clinical_date,
    clinical_datetime,
    clock_change_warning,
    clock_time,
    countdown,
    day_and_time,
    duration,
    duration_words,
    late,
    measured_when,
    patient_date,
    patient_day,
    patient_day_near,
    patient_range,
    patient_time,
    relative,
    time_range,
    weekday_date,
)
from fieldapp.domain.display.missing import NOT_KNOWN, NOT_RECORDED

NOW = datetime(2026, 11, 24, 14, 2, tzinfo=UTC)


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=LONDON)


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def minutes(count: float) -> timedelta:
    return timedelta(minutes=count)


def test_clinical_dates_and_times() -> None:
    assert clinical_date(date(2008, 4, 5)) == "05-Apr-2008"
    assert clinical_date(utc("2026-06-30T23:30")) == "01-Jul-2026"
    assert clinical_date(None) == NOT_RECORDED
    assert clinical_date(None, missing=NOT_KNOWN) == NOT_KNOWN
    assert weekday_date(NOW) == "Tue 24-Nov-2026"
    assert clinical_datetime(NOW) == "24-Nov-2026 14:02"
    assert clock_time(utc("2026-07-01T13:30")) == "14:30"
    assert clock_time(utc("2026-07-01T13:30"), ZoneInfo("UTC")) == "13:30"
    assert clock_time(at("2026-11-24T03:56"), approximate=True) == "Approx 03:56"
    assert clock_time(None) == clinical_datetime(None) == weekday_date(None) == NOT_RECORDED
    assert time_range(at("2026-11-24T14:30"), at("2026-11-24T15:00")) == "14:30–15:00"


def test_a_time_without_its_zone_is_refused() -> None:
    naive = datetime(2026, 11, 24, 14)  # noqa: DTZ001
    for show in (clock_time, clinical_date, patient_time, patient_date):
        with pytest.raises(NaiveTimeError):
            show(naive)
    with pytest.raises(NaiveTimeError):
        relative(naive, NOW)


def test_the_hour_that_comes_twice_says_which() -> None:
    assert clock_time(utc("2026-10-25T00:30")) == "01:30 BST"
    assert clock_time(utc("2026-10-25T01:30")) == "01:30 GMT"
    assert clock_time(utc("2026-10-25T02:00")) == "02:00"
    assert clock_time(utc("2027-03-28T00:59")) == "00:59"
    assert clock_time(utc("2027-03-28T01:00")) == "02:00"


@given(st.datetimes(datetime(2026, 1, 1), datetime(2028, 1, 1), timezones=st.just(UTC)))  # noqa: DTZ001
def test_different_minutes_never_look_the_same(instant: datetime) -> None:
    assert clinical_datetime(instant) != clinical_datetime(instant + minutes(60))
    assert patient_date(instant) == patient_date(instant.astimezone(LONDON))


def test_days_near_now() -> None:
    assert as_at(at("2026-11-24T08:12"), NOW) == "as at 08:12"
    assert as_at(at("2026-11-23T18:10"), NOW) == "as at yesterday 18:10"
    assert as_at(None, NOW) == "no data yet"
    assert measured_when(at("2026-11-24T13:40"), NOW) == "at 13:40"
    assert measured_when(at("2026-11-23T18:10"), NOW) == "yesterday 18:10"
    assert measured_when(at("2026-11-20T18:10"), NOW) == "20-Nov-2026 18:10"
    assert day_and_time(at("2026-11-25T09:00"), NOW) == "tomorrow 09:00"


def test_yesterday_is_londons_across_the_clock_change() -> None:
    assert day_and_time(utc("2026-10-24T22:59"), utc("2026-10-25T00:30")) == "yesterday 23:59"
    assert day_and_time(utc("2026-10-24T23:30"), utc("2026-10-25T23:59")) == "00:30"
    assert day_and_time(utc("2027-03-27T23:30"), utc("2027-03-28T22:30")) == "yesterday 23:30"
    assert day_and_time(utc("2027-03-28T23:30"), utc("2027-03-28T22:30")) == "tomorrow 00:30"


@pytest.mark.parametrize(
    ("away", "shown"),
    [
        (25, "in 25 min"),
        (1, "in 1 min"),
        (0.5, "now"),
        (-0.5, "now"),
        (38.9, "in 38 min"),
        (118, "in 1hr 58min"),
        (120, "in 2 hr"),
        (-22, "22 min ago"),
        (-72 * 60, "3 days ago"),
        (47 * 60, "in 47 hr"),
        (48 * 60, "in 2 days"),
    ],
)
def test_how_far_off(away: float, shown: str) -> None:
    assert relative(NOW + minutes(away), NOW) == shown


def test_late_and_counting_down() -> None:
    assert late(NOW - minutes(32), NOW) == "32 min late"
    assert late(NOW - minutes(92), NOW) == "1hr 32min late"
    assert late(NOW - minutes(0.9), NOW) is None
    assert late(NOW + minutes(5), NOW) is None
    assert countdown(NOW + minutes(107), NOW) == "1hr 47min"
    assert countdown(NOW + minutes(25.9), NOW) == "25 min"
    assert countdown(NOW, NOW) == countdown(NOW + minutes(0.9), NOW) == "under 1 min"
    assert countdown(NOW + minutes(1), NOW) == "1 min"
    assert countdown(NOW - minutes(0.1), NOW) == "overdue"
    assert countdown(NOW - minutes(12), NOW) == "12 min overdue"


def test_lengths_are_real_hours_when_the_clocks_change() -> None:
    assert relative(at("2026-10-25T03:00"), at("2026-10-25T00:00")) == "in 4 hr"
    assert relative(at("2027-03-28T03:00"), at("2027-03-28T00:00")) == "in 2 hr"


def test_durations() -> None:
    assert duration(minutes(160)) == "2hr 40min"
    assert duration(minutes(120)) == "2hr"
    assert duration(minutes(40)) == "40min"
    assert duration(timedelta(0)) == "0min"
    assert duration(timedelta(hours=48)) == "48hr"
    assert duration_words(minutes(40)) == "40 minutes"
    assert duration_words(minutes(61)) == "1 hour 1 minute"
    assert duration_words(minutes(120)) == "2 hours"
    assert duration_words(timedelta(days=3, hours=5)) == "3 days"


def test_a_duration_across_the_change_is_warned_of() -> None:
    back = clock_change_warning(at("2026-10-24T23:00"), at("2026-10-25T03:00"))
    assert back == "The clocks go back in this time. It lasts 5hr."
    forward = clock_change_warning(at("2027-03-28T00:30"), at("2027-03-28T02:30"))
    assert forward == "The clocks go forward in this time. It lasts 1hr."
    assert clock_change_warning(at("2026-11-24T13:00"), at("2026-11-24T15:00")) is None


@pytest.mark.parametrize(
    ("time", "shown"),
    [
        ("10:00", "10am"),
        ("10:40", "10:40am"),
        ("12:00", "12 midday"),
        ("00:00", "12 midnight"),
        ("12:15", "12:15pm"),
        ("00:05", "12:05am"),
        ("13:00", "1pm"),
        ("23:59", "11:59pm"),
    ],
)
def test_patient_times(time: str, shown: str) -> None:
    assert patient_time(at(f"2026-11-24T{time}")) == shown


def test_patient_days_and_ranges() -> None:
    assert patient_range(at("2026-11-24T10:00"), at("2026-11-24T12:00")) == "10am to 12 midday"
    assert patient_range(at("2026-11-24T10:40"), at("2026-11-24T11:00")) == "10:40am to 11am"
    assert patient_range(utc("2026-10-25T09:00"), utc("2026-10-25T11:00")) == "9am to 11am"
    assert patient_range(utc("2027-03-28T09:00"), utc("2027-03-28T11:00")) == "10am to 12 midday"
    assert patient_date(date(2008, 4, 5)) == "5 April 2008"
    assert patient_day(NOW) == "Tuesday 24 November"
    assert patient_day(date(2027, 1, 5), NOW) == "Tuesday 5 January 2027"
    assert patient_day_near(NOW, NOW) == "today"
    assert patient_day_near(date(2026, 11, 25), NOW) == "tomorrow"
    assert patient_day_near(date(2026, 11, 23), NOW) == "yesterday"
    assert patient_day_near(date(2026, 11, 26), NOW) == "Thursday 26 November"
