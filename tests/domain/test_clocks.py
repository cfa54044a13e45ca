"""The clocks, above all at closing time and on the days the clocks change."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fieldapp.domain.clock import LONDON
from fieldapp.domain.clocks import (
    ClockError,
    MonitoringPolicy,
    NaiveTimeError,
    ReablementDay,
    ReablementPolicy,
    ServiceHours,
    UcrPolicy,
    is_overdue,
    local_date,
    outcome_check_on,
    reablement_day,
    reablement_ends_on,
    reablement_start_by,
    recheck_due,
    standard_met,
    time_left,
    ucr_clock_start,
    ucr_deadline,
)
from fieldapp.domain.news2 import Band

UCR = ServiceHours()


def london(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=LONDON)


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    ("referred", "due"),
    [
        ("2026-11-24T13:49", "2026-11-24T15:49"),
        ("2026-11-24T08:00", "2026-11-24T10:00"),
        ("2026-11-24T19:59", "2026-11-24T21:59"),
        ("2026-11-24T20:00", "2026-11-25T10:00"),
        ("2026-11-24T23:30", "2026-11-25T10:00"),
        ("2026-11-24T07:59", "2026-11-24T10:00"),
        ("2026-10-24T21:00", "2026-10-25T10:00"),
        ("2027-03-27T21:00", "2027-03-28T10:00"),
        ("2026-12-24T21:00", "2026-12-25T10:00"),
    ],
)
def test_two_hours_from_referral_or_from_opening(referred: str, due: str) -> None:
    assert ucr_deadline(london(referred), UCR) == london(due).astimezone(UTC)


def test_the_night_the_clocks_go_back_has_an_hour_more() -> None:
    night = ServiceHours(time(20), time(8))
    assert ucr_deadline(london("2026-10-25T00:30"), night) == utc("2026-10-25T01:30")
    assert local_date(ucr_deadline(london("2026-10-25T23:00"), night)) == date(2026, 10, 26)
    start = ucr_clock_start(london("2026-10-24T21:00"), UCR)
    assert start - london("2026-10-24T21:00").astimezone(UTC) == timedelta(hours=12)
    start = ucr_clock_start(london("2027-03-27T21:00"), UCR)
    assert start - london("2027-03-27T21:00").astimezone(UTC) == timedelta(hours=10)


def test_a_service_of_weekdays_and_bank_holidays() -> None:
    weekdays = ServiceHours(time(9), time(17, 30), frozenset(range(5)), frozenset({date(2026, 12, 25)}))
    assert ucr_deadline(london("2026-11-27T17:30"), weekdays) == utc("2026-11-30T11:00")
    assert ucr_deadline(london("2026-12-24T18:00"), weekdays) == utc("2026-12-28T11:00")


def test_a_service_past_midnight_and_round_the_clock() -> None:
    night = ServiceHours(time(20), time(8))
    assert ucr_deadline(london("2026-11-25T03:00"), night) == utc("2026-11-25T05:00")
    assert ucr_deadline(london("2026-11-25T08:00"), night) == utc("2026-11-25T22:00")
    always = ServiceHours(time(0), time(0))
    assert ucr_deadline(london("2026-11-25T03:17"), always) == utc("2026-11-25T05:17")


def test_a_response_time_of_its_own() -> None:
    assert ucr_deadline(london("2026-11-24T12:00"), UCR, UcrPolicy(timedelta(hours=4))) == utc("2026-11-24T16:00")


def test_hours_that_never_open() -> None:
    with pytest.raises(ClockError):
        ServiceHours(days=frozenset())
    shut = ServiceHours(closed_on=frozenset(date(2026, 11, 1) + timedelta(days=n) for n in range(500)))
    with pytest.raises(ClockError):
        ucr_deadline(london("2026-11-24T12:00"), shut)


def test_a_time_without_its_zone_is_refused() -> None:
    with pytest.raises(NaiveTimeError):
        ucr_deadline(datetime(2026, 11, 24, 12), UCR)  # noqa: DTZ001
    with pytest.raises(NaiveTimeError):
        is_overdue(utc("2026-11-24T12:00"), datetime(2026, 11, 24, 12))  # noqa: DTZ001


@given(st.datetimes(datetime(2026, 1, 1), datetime(2028, 1, 1), timezones=st.just(UTC)))  # noqa: DTZ001
def test_the_clock_starts_when_open_and_never_before_the_referral(referred: datetime) -> None:
    start = ucr_clock_start(referred, UCR)
    wall = start.astimezone(LONDON)
    assert start >= referred
    assert UCR.opens <= wall.time() < UCR.closes
    assert start == referred or wall.time() == UCR.opens
    assert start - referred <= timedelta(hours=13)
    assert ucr_deadline(referred, UCR) - start == timedelta(hours=2)


def test_left_overdue_and_met() -> None:
    due = utc("2026-11-24T15:49")
    assert time_left(due, utc("2026-11-24T14:02")) == timedelta(hours=1, minutes=47)
    assert not is_overdue(due, due)
    assert is_overdue(due, due + timedelta(seconds=1))
    assert standard_met(due, due, due) is True
    assert standard_met(due, due + timedelta(minutes=1), due) is False
    assert standard_met(due, None, due) is None
    assert standard_met(due, None, due + timedelta(minutes=1)) is False


def test_time_left_counts_real_hours_where_both_are_local() -> None:
    assert time_left(london("2026-10-25T04:00"), london("2026-10-25T00:00")) == timedelta(hours=5)
    assert time_left(london("2027-03-28T04:00"), london("2027-03-28T00:00")) == timedelta(hours=3)


def test_reablement_weeks_and_days() -> None:
    start = date(2026, 11, 9)
    assert reablement_day(start, date(2026, 11, 24)) == ReablementDay(16, 3, 6, 26, past_end=False)
    assert reablement_ends_on(start) == date(2026, 12, 20)
    assert outcome_check_on(start) == date(2027, 2, 8)
    assert reablement_start_by(start) == date(2026, 11, 11)
    assert reablement_day(start, date(2026, 11, 8)) is None
    last = reablement_day(start, date(2026, 12, 20))
    assert last is not None
    assert (last.day, last.week, last.days_left, last.past_end) == (42, 6, 0, False)
    after = reablement_day(start, date(2026, 12, 21))
    assert after is not None
    assert (after.week, after.days_left, after.past_end) == (7, 0, True)


def test_reablement_by_a_policy_of_its_own() -> None:
    policy = ReablementPolicy(start_within_days=1, weeks=4, outcome_after_days=30)
    start = date(2026, 11, 9)
    assert reablement_ends_on(start, policy) == date(2026, 12, 6)
    assert reablement_start_by(start, policy) == date(2026, 11, 10)
    assert outcome_check_on(start, policy) == date(2026, 12, 9)
    with pytest.raises(ClockError):
        ReablementPolicy(weeks=0)


@pytest.mark.parametrize(
    ("total", "band", "hours"),
    [(0, "low", 12), (1, "low", 4), (4, "low", 4), (3, "low-medium", 1), (5, "medium", 1), (6, "medium", 1)],
)
def test_recheck_by_the_charts_minimum(total: int, band: Band, hours: int) -> None:
    at = utc("2026-11-24T13:40")
    recheck = recheck_due(at, total, band, MonitoringPolicy())
    assert recheck is not None
    assert (recheck.due_at, recheck.continuous) == (at + timedelta(hours=hours), False)


def test_continuous_is_due_at_once_and_a_service_may_set_its_own() -> None:
    at = utc("2026-11-24T14:41")
    chart = recheck_due(at, 7, "high", MonitoringPolicy())
    assert chart is not None
    assert (chart.due_at, chart.continuous) == (at, True)
    home = recheck_due(at, 7, "high", MonitoringPolicy(name="Home ward", high=timedelta(minutes=15)))
    assert home is not None
    assert (home.due_at, home.continuous) == (at + timedelta(minutes=15), False)
    with pytest.raises(ClockError):
        MonitoringPolicy(low=timedelta(0))


def test_no_recheck_is_promised_without_a_total() -> None:
    assert recheck_due(utc("2026-11-24T13:40"), None, None, MonitoringPolicy()) is None


def test_recheck_across_the_clock_change_counts_real_hours() -> None:
    recheck = recheck_due(london("2026-10-24T22:00"), 1, "low", MonitoringPolicy())
    assert recheck is not None
    assert recheck.due_at.astimezone(LONDON).time() == time(1, 0)
    assert recheck.due_at == utc("2026-10-25T01:00")
