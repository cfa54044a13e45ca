from __future__ import annotations

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from fieldapp.domain.clock import LONDON
from fieldapp.views.controls.travel import minutes
from fieldapp.views.controls.trend import peak, ticks

INSTANTS = st.datetimes(datetime(2020, 1, 1), datetime(2030, 1, 1)).map(lambda d: d.replace(tzinfo=UTC))  # noqa: DTZ001


@given(st.lists(st.integers(0, 20)))
def test_no_score_stands_above_the_axis(totals: list[int]) -> None:
    assert 10 <= peak(totals) <= 20
    assert max(totals, default=0) <= peak(totals)


@given(INSTANTS, st.floats(1, 24 * 60), st.integers(1, 12))
def test_ticks_stay_inside_and_never_crowd(start: datetime, hours: float, most: int) -> None:
    end = start + timedelta(hours=hours)
    marks = ticks(start, end, most)
    assert all(start <= at <= end for at, _ in marks)
    assert len(marks) <= most + 2
    assert [at for at, _ in marks] == sorted(at for at, _ in marks)


def test_ticks_are_round_hours_in_london_across_the_clock_change() -> None:
    start = datetime(2026, 10, 24, 12, tzinfo=UTC)
    marks = ticks(start, start + timedelta(hours=48), 4)
    assert [words for _, words in marks] == ["Sun 00:00", "Sun 12:00", "Mon 00:00", "Mon 12:00"]
    assert all(at.astimezone(LONDON).hour in (0, 12) for at, _ in marks)


def test_minutes_are_written_as_one_unit_or_two() -> None:
    assert [minutes(n) for n in (0, 25, 60, 107)] == ["0 min", "25 min", "1hr", "1hr 47min"]
