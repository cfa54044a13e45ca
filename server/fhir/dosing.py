"""How a medicine is taken, in the plan's attributes: dose, route, frequency.

Where dose and frequency are both structured, they are written out in full words; otherwise the source's own sentence is
kept whole. The two are never mixed, so that a number cannot appear twice with different meanings.
"""

from __future__ import annotations

from typing import Final

from fieldapp.domain.canonical import Json
from server.fhir.access import first_wording, line, part, parts, word, wording

_UNITS: Final = {
    "mg": "mg",
    "g": "g",
    "ug": "micrograms",
    "mcg": "micrograms",
    "ng": "nanograms",
    "kg": "kg",
    "mL": "mL",
    "ml": "mL",
    "L": "L",
    "l": "L",
    "[iU]": "units",
    "[IU]": "units",
    "U": "units",
    "mmol": "mmol",
}
_TIMES: Final = {1: "once", 2: "twice", 3: "three times", 4: "four times", 5: "five times", 6: "six times"}
_PERIODS: Final = {"h": "hour", "d": "day", "wk": "week", "mo": "month"}
_ONE_ENTRY: Final = 1


def dosing(resource: Json) -> Json:
    """`dose`, `route` and `frequency` where the source says them; several instructions are kept as sentences."""
    instructions = [*parts(resource, "dosage"), *parts(resource, "dosageInstruction")]
    if not instructions:
        return {}
    sentence = line("; ".join(text for one in instructions if (text := word(one, "text"))))
    first = instructions[0]
    found: Json = {}
    route = wording(part(first, "route"))
    if route:
        found["route"] = route.lower().removesuffix(" route")
    if len(instructions) > _ONE_ENTRY:
        return {**found, "frequency": sentence} if sentence else found
    dose, often = _dose(first), _frequency(first)
    if dose and often:
        return {**found, "dose": dose, "frequency": often}
    if sentence:
        return {**found, "frequency": sentence}
    if dose:
        found["dose"] = dose
    if often:
        found["frequency"] = often
    return found


def _dose(instruction: Json) -> str | None:
    given = part(instruction, "doseAndRate")
    quantity = part(given, "doseQuantity")
    if quantity:
        return _amount(quantity)
    low, high = (_amount(part(given, "doseRange", end)) for end in ("low", "high"))
    return line(f"{low} to {high}") if low and high else None


def _amount(quantity: Json) -> str | None:
    value = quantity.get("value")
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    code = word(quantity, "code")
    unit = _UNITS.get(code or "") or word(quantity, "unit") or code
    number = f"{value:,.10f}".rstrip("0").rstrip(".")
    return line(f"{number} {unit}") if unit else None


def _frequency(instruction: Json) -> str | None:
    timing = part(instruction, "timing")
    as_needed = instruction.get("asNeededBoolean") is True or bool(part(instruction, "asNeededCodeableConcept"))
    reason = first_wording(parts(instruction, "asNeededCodeableConcept"))
    words_ = _repeat(part(timing, "repeat")) or wording(part(timing, "code"))
    if not as_needed:
        return words_
    when = f"when needed for {reason.lower()}" if reason else "when needed"
    return line(f"{words_}, {when}" if words_ else when)


def _repeat(repeat: Json) -> str | None:
    frequency, period, unit = (
        repeat.get("frequency"),
        repeat.get("period"),
        _PERIODS.get(word(repeat, "periodUnit") or ""),
    )
    if isinstance(period, str) and period.isdigit():
        period = int(period)
    if not isinstance(frequency, int) or not isinstance(period, int | float) or unit is None:
        return None
    if "frequencyMax" in repeat or "periodMax" in repeat or period <= 0:
        return None
    if period == 1:
        times = _TIMES.get(frequency)
        return f"{times} a {unit}" if times and unit != "hour" else ("every hour" if frequency == 1 else None)
    return f"every {period:g} {unit}s" if frequency == 1 else None
