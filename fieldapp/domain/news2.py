"""The National Early Warning Score, second version.

Source: Royal College of Physicians, National Early Warning Score (NEWS) 2, 2017, charts 1 and 2.
The chart is whole numbers, and tenths of a degree; a finer reading is rounded half up to that
before it is looked up (38.04 is 38.0, 38.05 is 38.1). A set with anything missing has no total,
and what it does have is still pointed, so that a single 3 is seen at once.

    ValueError
    └── News2Error      an argument that cannot be a measurement
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from types import MappingProxyType
from typing import Final, Literal, TypeAlias

Band: TypeAlias = Literal["low", "low-medium", "medium", "high"]
Number: TypeAlias = int | float | Decimal

PARAMETERS: Final = (
    "respiration_rate",
    "spo2",
    "oxygen",
    "systolic_bp",
    "pulse",
    "consciousness",
    "temperature",
)
"""The seven scored parameters, in the chart's order."""

MAX_TOTAL: Final = 20
YOUNGEST: Final = 16

_WHOLE: Final = Decimal(1)
_TENTH: Final = Decimal("0.1")
_DOMAIN: Final[Mapping[str, tuple[int, Decimal]]] = {
    "respiration_rate": (200, _WHOLE),
    "spo2": (100, _WHOLE),
    "systolic_bp": (400, _WHOLE),
    "pulse": (400, _WHOLE),
    "temperature": (50, _TENTH),
}
_Steps: TypeAlias = tuple[tuple[Decimal, int], ...]


def _steps(*pairs: tuple[str, int]) -> _Steps:
    """Upper bounds, each with the points of a value up to and including it."""
    return tuple((Decimal(bound), points) for bound, points in pairs)


_RESPIRATION = _steps(("8", 3), ("11", 1), ("20", 0), ("24", 2), ("Infinity", 3))
_SPO2_SCALE_1 = _steps(("91", 3), ("93", 2), ("95", 1), ("Infinity", 0))
_SPO2_SCALE_2_AIR = _steps(("83", 3), ("85", 2), ("87", 1), ("Infinity", 0))
_SPO2_SCALE_2_OXYGEN = _steps(("83", 3), ("85", 2), ("87", 1), ("92", 0), ("94", 1), ("96", 2), ("Infinity", 3))
_SYSTOLIC = _steps(("90", 3), ("100", 2), ("110", 1), ("219", 0), ("Infinity", 3))
_PULSE = _steps(("40", 3), ("50", 1), ("90", 0), ("110", 1), ("130", 2), ("Infinity", 3))
_TEMPERATURE = _steps(("35.0", 3), ("36.0", 1), ("38.0", 0), ("39.0", 1), ("Infinity", 2))
_TARGET_TOP: Final = 92
_ACVPU: Final[Mapping[str, int]] = {"A": 0, "C": 3, "V": 3, "P": 3, "U": 3}


class News2Error(ValueError):
    """An argument that no measurement could give. `parameter` names it; the value is not repeated."""

    def __init__(self, parameter: str, sentence: str) -> None:
        super().__init__(sentence)
        self.parameter = parameter


@dataclass(frozen=True, slots=True)
class News2:
    """One scored set of observations.

    `points` holds every parameter of `PARAMETERS`, None where it could not be scored; `missing`
    names those. `single` is the highest of the known points and `threes` the parameters at 3, both
    also of an incomplete set. `total` (0-20) and `band` are None unless all seven are scored.
    """

    total: int | None
    points: Mapping[str, int | None]
    single: int | None
    threes: tuple[str, ...]
    band: Band | None
    missing: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why NEWS2 is not to be used for a person: a stable code and a sentence for the clinician."""

    code: Literal["under-16", "pregnant", "age-not-known"]
    reason: str


def news2(
    *,
    respiration_rate: Number | None,
    spo2: Number | None,
    spo2_scale: int | None,
    on_oxygen: bool | None,
    systolic_bp: Number | None,
    pulse: Number | None,
    consciousness: str | None,
    temperature: Number | None,
) -> News2:
    """Score one set. Rates per minute, saturation in %, pressure in mmHg, temperature in °C.

    `spo2_scale` is 1, or 2 where a clinician has authorised it for hypercapnic respiratory failure.
    `consciousness` is one of A, C, V, P, U. None means not measured. Raises `News2Error` for a value
    outside what the measurement can be.
    """
    points: dict[str, int | None] = {
        "respiration_rate": _lookup(_RESPIRATION, _measured("respiration_rate", respiration_rate)),
        "spo2": _spo2_points(_measured("spo2", spo2), _scale(spo2_scale), _oxygen(on_oxygen)),
        "oxygen": None if on_oxygen is None else 2 * on_oxygen,
        "systolic_bp": _lookup(_SYSTOLIC, _measured("systolic_bp", systolic_bp)),
        "pulse": _lookup(_PULSE, _measured("pulse", pulse)),
        "consciousness": _consciousness_points(consciousness),
        "temperature": _lookup(_TEMPERATURE, _measured("temperature", temperature)),
    }
    known = [p for p in points.values() if p is not None]
    missing = tuple(name for name in PARAMETERS if points[name] is None)
    single = max(known, default=None)
    total = None if missing else sum(known)
    return News2(
        total=total,
        points=MappingProxyType(points),
        single=single,
        threes=tuple(name for name in PARAMETERS if points[name] == 3),
        band=band_of(total, single),
        missing=missing,
    )


def band_of(total: int | None, single: int | None) -> Band | None:
    """The chart's clinical risk for a total and its highest single points; None without a total."""
    if total is None:
        return None
    if total >= 7:
        return "high"
    if total >= 5:
        return "medium"
    return "low-medium" if single == 3 else "low"


def news2_applies(age_years: int | None, pregnant: bool | None) -> Refusal | None:
    """Whether NEWS2 may be computed for this person: None when it may, else the reason it may not.

    `age_years` is in completed years. `pregnant` None (not known, not applicable) does not refuse.
    Source: the Royal College's report; it was made for people of 16 and over who are not pregnant.
    """
    if age_years is None:
        return Refusal("age-not-known", "NEWS2 needs the person's age. Add the date of birth to use it.")
    if age_years < 0:
        raise News2Error("age_years", "An age cannot be below 0. Check the date of birth.")
    if age_years < YOUNGEST:
        return Refusal(
            "under-16",
            "NEWS2 is not for people under 16. Record the values and a PEWS total for the age.",
        )
    if pregnant:
        return Refusal("pregnant", "NEWS2 is not for use in pregnancy. Record the values and use a maternity score.")
    return None


def _measured(parameter: str, value: object) -> Decimal | None:
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int | float | Decimal):
        raise News2Error(parameter, f"{_label(parameter)} must be a number.")
    exact = Decimal(str(value))
    highest, step = _DOMAIN[parameter]
    if not exact.is_finite() or not 0 <= exact <= highest:
        raise News2Error(
            parameter, f"{_label(parameter)} must be between 0 and {highest}. Check the value and its unit."
        )
    return exact.quantize(step, rounding=ROUND_HALF_UP)


def _lookup(steps: _Steps, value: Decimal | None) -> int | None:
    return None if value is None else next(points for bound, points in steps if value <= bound)


def _scale(scale: object) -> int | None:
    if scale is None:
        return None
    if isinstance(scale, bool) or not isinstance(scale, int) or scale not in (1, 2):
        raise News2Error("spo2_scale", "The SpO2 scale must be 1 or 2.")
    return scale


def _oxygen(on_oxygen: object) -> bool | None:
    if on_oxygen is not None and not isinstance(on_oxygen, bool):
        raise News2Error("on_oxygen", "Say whether the person is on oxygen: true or false.")
    return on_oxygen


def _spo2_points(spo2: Decimal | None, scale: int | None, on_oxygen: bool | None) -> int | None:
    if spo2 is None or scale is None:
        return None
    if scale == 1:
        return _lookup(_SPO2_SCALE_1, spo2)
    if spo2 > _TARGET_TOP and on_oxygen is None:
        return None
    return _lookup(_SPO2_SCALE_2_OXYGEN if on_oxygen else _SPO2_SCALE_2_AIR, spo2)


def _consciousness_points(consciousness: object) -> int | None:
    if consciousness is None:
        return None
    if not isinstance(consciousness, str) or consciousness not in _ACVPU:
        raise News2Error("consciousness", "Consciousness must be one of A, C, V, P, U.")
    return _ACVPU[consciousness]


def _label(parameter: str) -> str:
    return {"spo2": "SpO2", "systolic_bp": "Systolic blood pressure"}.get(
        parameter, parameter.replace("_", " ").capitalize()
    )
