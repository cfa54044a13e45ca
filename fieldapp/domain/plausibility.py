"""Whether a typed value can be, and whether it is worth asking about. Nothing is ever changed.

The hard limits are what a body or an instrument can give at all; the soft ones are where a slip of
the finger becomes likelier than the value, and are *local*: a service may set its own. The defaults
here come from no guideline and are for the service to confirm.

    ValueError
    └── PlausibilityError       limits that contradict each other
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from types import MappingProxyType
from typing import Final, TypeAlias

from fieldapp.domain.codes import MEASUREMENTS, Measurement

Number: TypeAlias = int | float | Decimal


class PlausibilityError(ValueError):
    """Limits that cannot be used; raised when they are made."""


@dataclass(frozen=True, slots=True)
class Limits:
    """Bounds of one measurement in its recorded unit, all inclusive.

    Outside `lowest`..`highest` is impossible; inside, but outside `usual_low`..`usual_high`, is asked.
    """

    lowest: Decimal
    highest: Decimal
    usual_low: Decimal
    usual_high: Decimal

    def __post_init__(self) -> None:
        if not self.lowest <= self.usual_low <= self.usual_high <= self.highest:
            raise PlausibilityError("Limits must rise: lowest, usual low, usual high, highest.")


@dataclass(frozen=True, slots=True)
class Question:
    """A value to confirm: kept as typed until the clinician chooses."""

    measurement: str
    sentence: str
    detail: str
    confirm: str


@dataclass(frozen=True, slots=True)
class Impossible:
    """A value that cannot be recorded, with what to do instead."""

    measurement: str
    sentence: str
    detail: str


Verdict: TypeAlias = Question | Impossible | None


def limits(lowest: str, usual_low: str, usual_high: str, highest: str) -> Limits:
    """Limits from text, as a service's configuration has them."""
    return Limits(Decimal(lowest), Decimal(highest), Decimal(usual_low), Decimal(usual_high))


DEFAULT_LIMITS: Final[Mapping[str, Limits]] = MappingProxyType(
    {
        "respiration_rate": limits("0", "8", "40", "120"),
        "spo2": limits("0", "70", "100", "100"),
        "oxygen_flow": limits("0", "0", "15", "100"),
        "systolic_bp": limits("0", "70", "250", "400"),
        "diastolic_bp": limits("0", "30", "150", "300"),
        "pulse": limits("0", "35", "180", "350"),
        "temperature": limits("20", "34", "41", "46"),
        "weight": limits("0.2", "30", "200", "650"),
        "height": limits("20", "130", "210", "280"),
        "bmi": limits("5", "14", "60", "200"),
        "glucose": limits("0", "3", "25", "100"),
        "pain": limits("0", "0", "10", "10"),
        "frailty": limits("1", "1", "9", "9"),
        "barthel": limits("0", "0", "100", "100"),
        "pews": limits("0", "0", "30", "30"),
    }
)
"""Adults, at home. *Local*: pass a service's own mapping instead."""


def check(measurement: str, value: Number, limits_by_name: Mapping[str, Limits] = DEFAULT_LIMITS) -> Verdict:
    """None for a usual value, a `Question` for an unusual one, `Impossible` for one that cannot be.

    `value` is in the measurement's recorded unit (`codes.MEASUREMENTS`). A measurement without limits
    is always usual. NaN and infinities are impossible. Raises `KeyError` for a name nothing has.
    """
    known = MEASUREMENTS[measurement]
    exact = Decimal(str(value))
    if not exact.is_finite():
        return Impossible(measurement, f"{known.label} must be a number.", "Type it again.")
    bounds = limits_by_name.get(measurement)
    if bounds is None:
        return None
    shown = _with_unit(known, exact)
    if not bounds.lowest <= exact <= bounds.highest:
        return Impossible(
            measurement,
            f"{known.label} cannot be {shown}.",
            f"It must be {_plain(bounds.lowest)} to {_with_unit(known, bounds.highest)}. Change it.",
        )
    if bounds.usual_low <= exact <= bounds.usual_high:
        return None
    rare = f"Over {_plain(bounds.usual_high)}" if exact > bounds.usual_high else f"Under {_plain(bounds.usual_low)}"
    return Question(
        measurement,
        f"{known.label} {shown}?",
        f"{rare} is rare. Kept as typed until you choose.",
        f"{_plain(exact)} is right",
    )


def check_blood_pressure(systolic: Number, diastolic: Number) -> Question | None:
    """Asks when diastolic is not below systolic (mmHg), which is most often the two typed in each other's place."""
    upper, lower = Decimal(str(systolic)), Decimal(str(diastolic))
    if lower < upper:
        return None
    pair = f"{_plain(upper)}/{_plain(lower)}"
    return Question(
        "blood_pressure",
        f"Blood pressure {pair} mmHg?",
        "Diastolic is usually below systolic. Kept as typed until you choose.",
        f"{pair} is right",
    )


def _plain(value: Decimal) -> str:
    text = f"{value:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def _with_unit(measurement: Measurement, value: Decimal) -> str:
    return f"{_plain(value)} {measurement.unit}".rstrip()
