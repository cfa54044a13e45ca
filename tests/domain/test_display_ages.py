"""Ages at the edges of every band."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fieldapp.domain.display import NOT_KNOWN, age, age_years, born_with_age

BORN = datetime(2026, 3, 2, 10, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("lived", "shown"),
    [
        (timedelta(0), "0min"),
        (timedelta(minutes=90), "90min"),
        (timedelta(minutes=119), "119min"),
        (timedelta(hours=2), "2hrs"),
        (timedelta(hours=26), "26hrs"),
        (timedelta(hours=47, minutes=59), "47hrs"),
        (timedelta(days=2), "2d"),
        (timedelta(days=27), "27d"),
        (timedelta(days=28), "4w"),
        (timedelta(days=29), "4w 1d"),
        (timedelta(days=364), "52w"),
        (timedelta(days=-1), NOT_KNOWN),
    ],
)
def test_ages_from_a_time_of_birth(lived: timedelta, shown: str) -> None:
    assert age(BORN, BORN + lived) == shown


@pytest.mark.parametrize(
    ("born", "on", "shown"),
    [
        (date(2026, 11, 24), date(2026, 11, 24), "0d"),
        (date(2026, 11, 23), date(2026, 11, 24), "1d"),
        (date(2025, 11, 24), date(2026, 11, 23), "52w"),
        (date(2025, 11, 24), date(2026, 11, 24), "12m"),
        (date(2025, 11, 16), date(2026, 11, 24), "12m 8d"),
        (date(2024, 11, 25), date(2026, 11, 24), "23m 30d"),
        (date(2024, 11, 24), date(2026, 11, 24), "2y"),
        (date(2022, 10, 20), date(2026, 11, 24), "4y 1m"),
        (date(2008, 11, 25), date(2026, 11, 24), "17y 11m"),
        (date(2008, 11, 24), date(2026, 11, 24), "18y"),
        (date(1943, 7, 14), date(2026, 11, 24), "83y"),
        (date(1965, 11, 25), date(2026, 11, 24), "60y"),
        (date(2008, 2, 29), date(2026, 2, 28), "17y 11m"),
        (date(2008, 2, 29), date(2026, 3, 1), "18y"),
        (date(2025, 1, 31), date(2026, 3, 1), "13m"),
        (date(2026, 11, 25), date(2026, 11, 24), NOT_KNOWN),
    ],
)
def test_ages_from_a_date_of_birth(born: date, on: date, shown: str) -> None:
    assert age(born, on) == shown


def test_the_day_is_londons() -> None:
    midnight = datetime(2026, 7, 13, 23, 0, tzinfo=UTC)
    assert age(date(1943, 7, 14), midnight) == "83y"
    assert age(date(1943, 7, 14), midnight - timedelta(seconds=1)) == "82y"


def test_ages_in_hours_are_real_hours_when_the_clocks_change() -> None:
    born = datetime(2026, 10, 24, 22, 0, tzinfo=UTC)
    assert age(born, born + timedelta(hours=26)) == "26hrs"


def test_banner() -> None:
    assert born_with_age(date(1943, 7, 14), date(2026, 11, 24)) == "14-Jul-1943 (83y)"
    assert born_with_age(None, date(2026, 11, 24)) == age(None, date(2026, 11, 24)) == NOT_KNOWN


@given(st.dates(date(1900, 1, 1), date(2030, 1, 1)), st.integers(0, 45_000))
def test_every_age_can_be_shown(born: date, days: int) -> None:
    on = born + timedelta(days=days)
    shown = age(born, on)
    years = age_years(born, on)
    assert shown != NOT_KNOWN
    assert years >= 0
    assert (shown == f"{years}y") or years < 18
    assert age_years(born, on + timedelta(days=366)) > years
