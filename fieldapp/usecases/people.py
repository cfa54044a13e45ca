"""Who a patient is and what is dangerous about or for them, as every screen shows it first."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal, cast

from fieldapp.domain.canonical import Json
from fieldapp.domain.display.ages import age, age_years, born_with_age
from fieldapp.domain.display.allergies import AllergyLine, allergy_item, allergy_line
from fieldapp.domain.display.contacts import address_line, phone, phone_uri
from fieldapp.domain.display.dates import clinical_date
from fieldapp.domain.display.missing import NOT_KNOWN
from fieldapp.domain.display.names import formal_name, short_name
from fieldapp.domain.display.numbers import nhs_number
from fieldapp.usecases import reading

CautionKind = Literal["escalation", "falls", "infection", "pressure", "safeguarding", "visitor", "other"]


@dataclass(frozen=True, slots=True)
class Identity:
    """The banner's facts, in its order. `died` and `age_at_death` are None for the living."""

    patient: str
    name: str
    """`HARGREAVES, Dorothy (Mrs)`"""
    short: str
    """`HARGREAVES, Dorothy`"""
    preferred: str | None
    born: str
    """`14-Jul-1943 (83y)`"""
    age: str
    """`83y`"""
    age_years: int | None
    gender: str
    nhs_number: str
    """`999 041 2758`"""
    died: str | None
    age_at_death: str | None
    address: str
    phone: str
    phone_uri: str | None
    access: str | None
    needs: tuple[str, ...]
    pregnant: bool | None


@dataclass(frozen=True, slots=True)
class Caution:
    """One thing to know before anything else: an alert, or the person's own decisions."""

    kind: CautionKind
    label: str
    detail: str | None
    updated: str | None


def first(records: object) -> Json:
    """The body of the first record (by id) of one kind in a summary; empty where there is none."""
    known = cast("dict[str, Json]", records)
    return known[min(known)] if known else {}


def identity(patient: str, body: Json, now: datetime) -> Identity:
    """From the patient's details, whole or as the summary keeps them; `now` gives the age."""
    name, address = reading.part(body, "name"), reading.part(body, "address")
    family, given = reading.text(name, "family"), reading.text(name, "given")
    born, died = reading.day(body, "born"), reading.day(body, "died")
    at = died or now
    gender = reading.text(body, "gender")
    number = reading.text(body, "phone")
    return Identity(
        patient=patient,
        name=formal_name(family, given, reading.text(name, "title")),
        short=short_name(family, given),
        preferred=reading.text(name, "preferred"),
        born=clinical_date(born) if died and born else born_with_age(born, now),
        age=age(born, at),
        age_years=age_years(born, at) if born else None,
        gender=gender.replace("_", " ").capitalize() if gender else NOT_KNOWN,
        nhs_number=nhs_number(reading.text(body, "nhs_number")),
        died=clinical_date(died) if died else None,
        age_at_death=age(born, died) if died else None,
        address=address_line(reading.lines(address, "lines"), reading.text(address, "postcode")),
        phone=phone(number),
        phone_uri=phone_uri(number),
        access=reading.text(body, "access"),
        needs=tuple(label for need in reading.parts(body, "needs") if (label := reading.text(need, "label"))),
        pregnant=reading.flag(body, "pregnant"),
    )


def allergies(body: Json) -> AllergyLine:
    """The one true statement about allergies; unavailable when there are no patient details at all."""
    known = reading.part(body, "allergies")
    items = [
        allergy_item(substance, reading.text(item, "reaction"))
        for item in reading.parts(known, "items")
        if (substance := reading.text(item, "substance"))
    ]
    return allergy_line(
        items,
        none_confirmed=known.get("state") == "none_known",
        available=bool(body),
        updated_at=reading.day(known, "updated"),
    )


def cautions(patient: Json, plan: Json) -> tuple[Caution, ...]:
    """The person's own decisions first, then the alerts as recorded."""
    found = [decisions] if (decisions := decided(plan)) else []
    for alert in reading.parts(patient, "alerts"):
        kind: Any = alert.get("kind", "other")
        updated = reading.day(alert, "updated")
        found.append(
            Caution(
                kind,
                reading.text(alert, "label") or NOT_KNOWN,
                reading.text(alert, "detail"),
                f"Updated {clinical_date(updated)}" if updated else None,
            )
        )
    return tuple(found)


def decided(plan: Json) -> Caution | None:
    """Resuscitation and escalation decisions in one line; None where none are recorded."""
    decision = reading.part(plan, "escalation")
    against, still = reading.lines(decision, "not_for"), reading.lines(decision, "still_for")
    if not against and not still:
        return None
    label = f"Not for {against[0]}" if against else f"For {still[0]}"
    rest = [f"For {', '.join(still)}"] if still and against else []
    rest += [f"not for {', '.join(against[1:])}"] if len(against) > 1 else []
    detail = ", ".join(rest)
    on = reading.moment(decision, "decided_at")
    return Caution("escalation", label, detail or None, f"ReSPECT {clinical_date(on)}" if on else None)
