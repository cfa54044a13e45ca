"""Observation as measurements of a set: values in this service's units, converted only where the conversion is exact.

| Measure | Taken as it is (UCUM) | Converted exactly |
|---|---|---|
| temperature | Cel | [degF]: (F − 32) × 5/9 |
| weight | kg | g ÷ 1000; [lb_av] × 0.45359237 |
| height | cm | m × 100; [in_i] × 2.54 |
| rates | /min, {beats}/min, {breaths}/min | |
| saturation %; pressure mm[Hg]; glucose mmol/L; oxygen L/min | | |

A converted value is written to a hundredth of its unit and the source's value stands in the set's note. Glucose in
mg/dL has no exact factor and is not taken. A NEWS2 total is kept as recorded and never recomputed here.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from decimal import ROUND_HALF_EVEN, Decimal, DivisionByZero, InvalidOperation
from typing import Any, Final

from fieldapp.domain.canonical import Json
from fieldapp.domain.codes import (
    ACVPU_BY_SNOMED,
    BY_LOINC,
    BY_SNOMED,
    LOINC_SYSTEM,
    NEWS2_SUBSCORES,
    ON_AIR,
    ON_OXYGEN,
    SNOMED_SYSTEM,
)
from server.fhir.access import codes, codings, line, part, parts, word, wording
from server.fhir.errors import NotImportedError

_ALSO: Final = {
    (LOINC_SYSTEM, "55284-4"): "blood_pressure",
    (LOINC_SYSTEM, "8331-1"): "temperature",
    (LOINC_SYSTEM, "59408-5"): "spo2",
    (LOINC_SYSTEM, "3141-9"): "weight",
    (SNOMED_SYSTEM, "276885007"): "temperature",
    (SNOMED_SYSTEM, "103228002"): "spo2",
    (SNOMED_SYSTEM, "997681000000108"): "glucose",
    (SNOMED_SYSTEM, "271649006"): "systolic_bp",
    (SNOMED_SYSTEM, "271650006"): "diastolic_bp",
    (SNOMED_SYSTEM, "75367002"): "blood_pressure",
    (LOINC_SYSTEM, "2339-0"): "glucose",
}
_SAME_UNIT: Final[Mapping[str, frozenset[str]]] = {
    "respiration_rate": frozenset({"/min", "{breaths}/min", "{breath}/min"}),
    "pulse": frozenset({"/min", "{beats}/min", "{beat}/min"}),
    "spo2": frozenset({"%"}),
    "systolic_bp": frozenset({"mm[hg]", "mmhg"}),
    "diastolic_bp": frozenset({"mm[hg]", "mmhg"}),
    "temperature": frozenset({"cel"}),
    "weight": frozenset({"kg"}),
    "height": frozenset({"cm"}),
    "glucose": frozenset({"mmol/l"}),
    "oxygen_flow": frozenset({"l/min"}),
    "pain": frozenset({"{score}", "1"}),
    "news2": frozenset({"{scoreof}", "{score}", "1"}),
}
_CONVERTED: Final[Mapping[tuple[str, str], Callable[[Decimal], Decimal]]] = {
    ("temperature", "[degf]"): lambda value: (value - 32) * 5 / 9,
    ("weight", "g"): lambda value: value / 1000,
    ("weight", "[lb_av]"): lambda value: value * Decimal("0.45359237"),
    ("height", "m"): lambda value: value * 100,
    ("height", "[in_i]"): lambda value: value * Decimal("2.54"),
}
_HUNDREDTH: Final = Decimal("0.01")
_STATUSES: Final = frozenset({"final", "amended", "corrected"})
_NOT_KEPT: Final = {
    "bmi": "Body mass index is worked out from weight and height, not kept.",
    "pews": "Children's early warning totals are not kept here.",
    "frailty": "Frailty scores are not imported.",
    "barthel": "Barthel scores belong to a therapy session and are not imported.",
}
_WHOLE: Final = frozenset({"pain", "news2"})


@dataclass
class Reading:
    """What one Observation adds to a set: `values` by the record's field names, what was not measured, and remarks."""

    values: Json = field(default_factory=dict[str, Any])
    not_measured: dict[str, str] = field(default_factory=dict[str, str])
    notes: list[str] = field(default_factory=list[str])


def measurement_named(concept: object) -> str | None:
    """The measurement a code means, by its name in `fieldapp.domain.codes`."""
    for system, code in codings(concept):
        if (system or "", code) in _ALSO:
            return _ALSO[system or "", code]
        known = (
            BY_SNOMED.get(code) if system == SNOMED_SYSTEM else BY_LOINC.get(code) if system == LOINC_SYSTEM else None
        )
        if known:
            return known.name
    return None


def reading_of(resource: Json) -> Reading:
    """The measurements of one Observation.

    Raises:
        NotImportedError: not final, not a measurement this service keeps, or a value it cannot take exactly.
    """
    status = word(resource, "status")
    if status not in _STATUSES:
        raise NotImportedError(f"The observation is not final: its status is {status or 'not given'}.")
    concept = part(resource, "code")
    snomed = codes(concept)
    if ON_AIR in snomed:
        return Reading({"on_oxygen": False})
    if ON_OXYGEN in snomed:
        return _oxygen(resource)
    name = measurement_named(concept)
    if name is None:
        raise NotImportedError(f"{_kind_of(resource)}: not one of the measurements kept here.")
    if name in _NOT_KEPT:
        raise NotImportedError(_NOT_KEPT[name])
    if name == "blood_pressure":
        return _pressure(resource)
    if name == "consciousness":
        return _consciousness(resource)
    if name == "news2":
        return _news2(resource)
    found = Reading()
    _take(found, name, resource)
    return found


def _kind_of(resource: Json) -> str:
    categories = {code for one in parts(resource, "category") for code in codes(one)}
    if "laboratory" in categories:
        return "Laboratory result"
    if "social-history" in categories:
        return "Social history"
    if "vital-signs" in categories:
        return "Vital sign"
    return "Observation"


def _take(found: Reading, name: str, node: Json) -> None:
    quantity = part(node, "valueQuantity")
    if not quantity:
        reason = wording(part(node, "dataAbsentReason"))
        if reason is None:
            raise NotImportedError("The observation has no value with a unit.")
        found.not_measured[name] = reason
        return
    value, remark = _value(name, quantity)
    found.values[name] = value
    if remark:
        found.notes.append(remark)


def _value(name: str, quantity: Json) -> tuple[int | float, str | None]:
    raw = quantity.get("value")
    if isinstance(raw, bool) or not isinstance(raw, int | float):
        raise NotImportedError("The observation's value is not a number.")
    if word(quantity, "comparator"):
        raise NotImportedError("The source gives a bound, not a value.")
    unit = word(quantity, "code") or word(quantity, "unit") or ""
    if unit.lower() in _SAME_UNIT.get(name, frozenset()):
        if name in _WHOLE and raw != int(raw):
            raise NotImportedError("The score is a whole number; the source has a fraction.")
        return (int(raw) if name in _WHOLE else raw), None
    convert = _CONVERTED.get((name, unit.lower()))
    if convert is None:
        raise NotImportedError(f"The unit {unit or 'is missing, so the value'} cannot be converted exactly."[:200])
    try:
        exact = convert(Decimal(str(raw))).quantize(_HUNDREDTH, rounding=ROUND_HALF_EVEN).normalize()
    except (InvalidOperation, DivisionByZero) as error:
        raise NotImportedError("The observation's value is too large to be one.") from error
    number = int(exact) if exact == exact.to_integral_value() else float(exact)
    if number == raw * 100 and name == "height":
        return number, None
    return number, f"{_label(name)} in the source: {raw:g} {word(quantity, 'unit') or unit}."


def _label(name: str) -> str:
    return name.replace("_", " ").capitalize()


def _pressure(resource: Json) -> Reading:
    found = Reading()
    for component in parts(resource, "component"):
        name = measurement_named(part(component, "code"))
        if name in ("systolic_bp", "diastolic_bp") and name not in found.values:
            _take(found, name, component)
    if not found.values:
        raise NotImportedError("The blood pressure has neither a systolic nor a diastolic value.")
    return found


def _oxygen(resource: Json) -> Reading:
    found = Reading({"on_oxygen": True})
    if part(resource, "valueQuantity"):
        _take(found, "oxygen_flow", resource)
    device = wording(part(resource, "method")) or line(word(part(resource, "device"), "display"))
    if device:
        found.values["oxygen_device"] = device
    return found


def _consciousness(resource: Json) -> Reading:
    level = next(
        (ACVPU_BY_SNOMED[c] for c in codes(part(resource, "valueCodeableConcept")) if c in ACVPU_BY_SNOMED), None
    )
    if level is None:
        raise NotImportedError("The level of consciousness is not one of alert, confused, voice, pain, unresponsive.")
    return Reading({"consciousness": level})


def _news2(resource: Json) -> Reading:
    found = Reading()
    _take(found, "news2", resource)
    total = found.values.pop("news2", None)
    if total is None:
        raise NotImportedError("The NEWS2 observation has no total.")
    found.values["recorded_news2"] = total
    scored = {code for one in parts(resource, "component") for code in codes(part(one, "code"))}
    scales = [scale for scale in (1, 2) if NEWS2_SUBSCORES[f"spo2_scale_{scale}"] in scored]
    if len(scales) == 1:
        found.values["spo2_scale"] = scales[0]
    return found
