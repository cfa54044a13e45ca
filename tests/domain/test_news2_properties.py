"""What holds of NEWS2 for every set of values, not only those written down."""

from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from fieldapp.domain.news2 import PARAMETERS, news2

COMPLETE = st.fixed_dictionaries(
    {
        "respiration_rate": st.integers(0, 80),
        "spo2": st.integers(0, 100),
        "spo2_scale": st.sampled_from([1, 2]),
        "on_oxygen": st.booleans(),
        "systolic_bp": st.integers(0, 320),
        "pulse": st.integers(0, 280),
        "consciousness": st.sampled_from("ACVPU"),
        "temperature": st.decimals(25, 45, places=2),
    }
)
CENTRES = {"respiration_rate": 16, "systolic_bp": 165, "pulse": 70, "temperature": 37}


@given(COMPLETE)
def test_total_is_the_sum_and_single_the_highest(values: dict[str, Any]) -> None:
    result = news2(**values)
    points = [p for p in result.points.values() if p is not None]
    assert tuple(result.points) == PARAMETERS
    assert result.total is not None
    assert result.total == sum(points)
    assert 0 <= result.total <= 20
    assert result.single == max(points)
    assert result.threes == tuple(name for name in PARAMETERS if result.points[name] == 3)
    assert (result.band == "high") == (result.total >= 7)
    assert (result.band == "medium") == (5 <= result.total <= 6)
    assert (result.band == "low-medium") == (result.total < 5 and result.single == 3)


@given(COMPLETE, st.sets(st.sampled_from(sorted(PARAMETERS)), min_size=1))
def test_missing_values_never_give_a_total(values: dict[str, Any], gone: set[str]) -> None:
    whole = news2(**values)
    unset = {"on_oxygen" if name == "oxygen" else name for name in gone}
    partial = news2(**{k: None if k in unset else v for k, v in values.items()})
    assert partial.total is None
    assert partial.band is None
    assert gone <= set(partial.missing)
    assert all(partial.points[name] in (None, whole.points[name]) for name in PARAMETERS)


@given(COMPLETE, st.sampled_from(sorted(CENTRES)), st.integers(1, 60))
def test_further_from_the_middle_never_scores_less(values: dict[str, Any], name: str, step: int) -> None:
    centre = CENTRES[name]
    here = values[name]
    further = here + (step if here >= centre else -step)
    if further < 0 or (name == "temperature" and further > 50):
        return
    changed = dict(values)
    changed[name] = further
    before, after = news2(**values).points[name], news2(**changed).points[name]
    assert before is not None
    assert after is not None
    assert after >= before


@given(COMPLETE, st.integers(1, 30))
def test_less_oxygen_in_the_blood_never_scores_less_below_target(values: dict[str, Any], step: int) -> None:
    if values["spo2_scale"] == 2:
        values["spo2"] = min(values["spo2"], 92)
    lower = dict(values)
    lower["spo2"] = max(0, values["spo2"] - step)
    before, after = news2(**values).points["spo2"], news2(**lower).points["spo2"]
    assert before is not None
    assert after is not None
    assert after >= before


@given(st.integers(93, 100))
def test_scale_2_scores_high_saturation_only_on_oxygen(spo2: int) -> None:
    rest: dict[str, Any] = {
        "respiration_rate": 16,
        "spo2": spo2,
        "spo2_scale": 2,
        "systolic_bp": 120,
        "pulse": 75,
        "consciousness": "A",
        "temperature": 37,
    }
    on_air, on_oxygen = news2(on_oxygen=False, **rest), news2(on_oxygen=True, **rest)
    assert on_air.total == 0
    assert on_oxygen.points["oxygen"] == 2
    assert on_oxygen.points["spo2"] == (1 if spo2 <= 94 else 2 if spo2 <= 96 else 3)
