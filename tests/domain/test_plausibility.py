"""Typing slips are asked about, impossible values refused, and nothing is changed on the way."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fieldapp.domain.codes import (
    ACVPU,
    ACVPU_BY_SNOMED,
    ACVPU_WORDS,
    BY_LOINC,
    BY_SNOMED,
    MEASUREMENTS,
    NEWS2_SUBSCORES,
    news2_subscore,
)
from fieldapp.domain.news2 import PARAMETERS, news2
from fieldapp.domain.plausibility import (
    DEFAULT_LIMITS,
    Impossible,
    Limits,
    PlausibilityError,
    Question,
    check,
    check_blood_pressure,
    limits,
)


def test_a_rare_value_is_a_question() -> None:
    verdict = check("systolic_bp", 300)
    assert isinstance(verdict, Question)
    assert verdict.sentence == "Systolic 300 mmHg?"
    assert verdict.detail == "Over 250 is rare. Kept as typed until you choose."
    assert verdict.confirm == "300 is right"


def test_a_low_value_says_so_and_keeps_its_decimals() -> None:
    verdict = check("temperature", 33.5)
    assert isinstance(verdict, Question)
    assert verdict.sentence == "Temperature 33.5 °C?"
    assert verdict.detail.startswith("Under 34 is rare.")


@pytest.mark.parametrize(
    ("name", "value"),
    [("spo2", 101), ("pulse", -1), ("temperature", 98.6), ("pain", 11), ("pulse", float("nan"))],
)
def test_an_impossible_value_is_refused(name: str, value: float) -> None:
    verdict = check(name, value)
    assert isinstance(verdict, Impossible)
    assert verdict.detail


def test_usual_values_pass_in_silence() -> None:
    usual = {"respiration_rate": 16, "spo2": 97, "systolic_bp": 120, "diastolic_bp": 80, "pulse": 70}
    for name, value in (usual | {"temperature": 36.8, "weight": Decimal("62.4"), "height": 168}).items():
        assert check(name, value) is None


@pytest.mark.parametrize("name", sorted(DEFAULT_LIMITS))
def test_limits_belong_to_their_range(name: str) -> None:
    bounds = DEFAULT_LIMITS[name]
    step = Decimal("0.1")
    assert check(name, bounds.usual_low) is None
    assert check(name, bounds.usual_high) is None
    assert check(name, bounds.usual_high + step) is not None
    assert not isinstance(check(name, bounds.lowest), Impossible)
    assert not isinstance(check(name, bounds.highest), Impossible)
    assert isinstance(check(name, bounds.lowest - step), Impossible)
    assert isinstance(check(name, bounds.highest + step), Impossible)


def test_a_service_sets_its_own_limits() -> None:
    own = dict(DEFAULT_LIMITS) | {"pulse": limits("0", "60", "100", "300")}
    assert isinstance(check("pulse", 110, own), Question)
    assert check("pulse", 110) is None
    assert check("pulse", 110, {}) is None


def test_limits_that_contradict_each_other_are_refused() -> None:
    with pytest.raises(PlausibilityError):
        Limits(Decimal(0), Decimal(10), Decimal(5), Decimal(11))


def test_an_unknown_measurement_is_an_error() -> None:
    with pytest.raises(KeyError):
        check("pluse", 70)


def test_crossed_blood_pressure_is_asked() -> None:
    assert check_blood_pressure(120, 80) is None
    question = check_blood_pressure(74, 128)
    assert question is not None
    assert question.sentence == "Blood pressure 74/128 mmHg?"


SCORED = ("respiration_rate", "spo2", "systolic_bp", "pulse", "temperature")


@given(st.sampled_from(SCORED), st.integers(-50, 450))
def test_whatever_may_be_recorded_can_be_scored(name: str, value: int) -> None:
    if isinstance(check(name, value), Impossible):
        return
    arguments = dict.fromkeys(("respiration_rate", "spo2", "systolic_bp", "pulse", "temperature"), None)
    result = news2(
        spo2_scale=1,
        on_oxygen=False,
        consciousness="A",
        **{**arguments, name: value},  # type: ignore[arg-type]
    )
    assert result.points[name] is not None


def test_codes_are_unambiguous() -> None:
    assert BY_LOINC["8867-4"] is BY_SNOMED["364075005"] is MEASUREMENTS["pulse"]
    codes = [c for m in MEASUREMENTS.values() for c in (m.snomed, *m.also_snomed) if c]
    codes += [*ACVPU.values(), *NEWS2_SUBSCORES.values()]
    assert len(codes) == len(set(codes))
    assert set(DEFAULT_LIMITS) <= set(MEASUREMENTS)
    assert [ACVPU_BY_SNOMED[ACVPU[level]] for level in ACVPU_WORDS] == list("ACVPU")
    assert MEASUREMENTS["height"].ucum_per_unit * 168 == Decimal("1.68")


SNOMED = {m.snomed for m in MEASUREMENTS.values() if m.snomed} | {*NEWS2_SUBSCORES.values(), *ACVPU.values()}


@pytest.mark.parametrize("code", sorted(SNOMED))
def test_snomed_codes_pass_their_own_check_digit(code: str) -> None:
    """SNOMED CT identifiers end in a Verhoeff digit, so a mistyped one shows."""
    assert _verhoeff(code) == 0


def test_every_parameter_has_its_subscore() -> None:
    assert {news2_subscore(p, scale) for p in PARAMETERS for scale in (1, 2)} == set(NEWS2_SUBSCORES.values())
    with pytest.raises(KeyError):
        news2_subscore("spo2")


def _verhoeff(number: str) -> int:
    permutation = [list(range(10)), [1, 5, 7, 6, 2, 8, 3, 0, 9, 4]]
    for i in range(2, 8):
        permutation.append([permutation[i - 1][permutation[1][j]] for j in range(10)])
    check_sum = 0
    for place, digit in enumerate(reversed(number)):
        check_sum = _dihedral(check_sum, permutation[place % 8][int(digit)])
    return check_sum


def _dihedral(a: int, b: int) -> int:
    if a < 5:
        return (a + b) % 5 if b < 5 else 5 + (a + b - 5) % 5
    return 5 + (a - 5 - b) % 5 if b < 5 else (a - b) % 5
