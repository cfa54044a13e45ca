"""Patient and what stands in the patient's details: contacts, allergies, alerts.

Sources: FHIR R4 and UK Core Patient, RelatedPerson, AllergyIntolerance, Flag. An allergy that is entered in error,
refuted or no longer active is not carried over. Only SNOMED CT 716186003 (no known allergy) is a statement that none is
known; "no known drug allergy" and the like speak of one group and become an alert in their own words.
"""

from __future__ import annotations

from typing import Final

from fieldapp.domain.canonical import Json
from fieldapp.domain.nhs_number import NhsNumberError, parse_nhs_number
from server.fhir.access import (
    codes,
    codings,
    day,
    extension,
    first_wording,
    line,
    part,
    parts,
    word,
    wording,
    words,
)
from server.fhir.errors import NotImportedError

NHS_NUMBER_SYSTEMS: Final = frozenset({"https://fhir.nhs.uk/Id/nhs-number", "http://fhir.nhs.net/Id/nhs-number"})
NO_KNOWN_ALLERGY: Final = "716186003"
NO_KNOWN_OF_A_GROUP: Final = {
    "409137002": "No known drug allergy",
    "716184000": "No known latex allergy",
    "428607008": "No known environmental allergy",
    "429625007": "No known food allergy",
    "716220001": "No known animal allergy",
}
"""SNOMED CT codes of statements about one group of substances, in words."""
NO_ALLERGY_WITHOUT_GROUP: Final = "No other kind of allergy was asked about in the source."

_GENDERS: Final = {"female": "female", "male": "male", "other": "other", "unknown": "not_known"}
_SEXES: Final = {"F": "female", "M": "male", "I": "indeterminate", "UN": "indeterminate", "U": "not_known"}
_NAME_ORDER: Final = ("official", "usual", None, "temp")
_PHONE_ORDER: Final = ("home", "mobile", None, "work")
_ALERT_WORDS: Final = (
    ("falls", ("fall",)),
    ("infection", ("infect", "mrsa", "isolation", "contagious")),
    ("pressure", ("pressure ulcer", "pressure sore", "pressure damage")),
    ("safeguarding", ("safeguard", "abuse", "at risk child", "protection plan")),
    ("visitor", ("violen", "aggress", "dog", "weapon", "lone worker", "two staff")),
)


def patient_body(resource: Json) -> tuple[Json, list[str]]:
    """The patient's details and what had to be left out of them, each with its reason.

    Raises:
        NotImportedError: not a person, not in use, or without a name.
    """
    if extension(resource, "/patient-animal"):
        raise NotImportedError("The patient is an animal.")
    if resource.get("active") is False:
        raise NotImportedError("The source marks this patient's record as no longer in use.")
    name = _name(parts(resource, "name"))
    if name is None:
        raise NotImportedError("The patient has no name.")
    left_out: list[str] = []
    body: Json = {"name": name}
    number = _nhs_number(resource, left_out)
    born = day(word(resource, "birthDate"))
    if word(resource, "birthDate") and born is None:
        left_out.append("birthDate: only the month or year is known")
    optional: Json = {
        "nhs_number": number,
        "born": born.isoformat() if born else None,
        "gender": _GENDERS.get(word(resource, "gender") or ""),
        "sex": _sex(resource),
        "address": _address(parts(resource, "address"), left_out),
        "phone": _phone(parts(resource, "telecom")),
        "gp_practice": line(word(part(resource, "generalPractitioner"), "display")),
        "contacts": [found for one in parts(resource, "contact") if (found := _contact(one))],
        "needs": _needs(resource),
    }
    body.update({key: value for key, value in optional.items() if value})
    body.update(_death(resource))
    return body, left_out


def nameless_body(called: str) -> Json:
    """Details of a patient whose own resource a bundle left out: what is known is what the bundle calls them."""
    return {
        "name": {"family": "Not known", "given": called},
        "alerts": [
            {
                "id": "identity",
                "kind": "other",
                "label": "Identity not confirmed",
                "detail": "Imported without the patient's details. Find out who this is before using the record.",
            }
        ],
    }


def related_contact(resource: Json) -> Json:
    """A RelatedPerson as one of the patient's contacts."""
    if resource.get("active") is False:
        raise NotImportedError("The source marks this contact as no longer in use.")
    contact = _contact(resource)
    if contact is None:
        raise NotImportedError("The related person has no name.")
    return contact


def allergy(resource: Json) -> Json:
    """A known allergy: substance, reaction, SNOMED CT code."""
    concept = part(resource, "code")
    substance = wording(concept) or first_wording(part(one, "substance") for one in parts(resource, "reaction"))
    if substance is None:
        raise NotImportedError("The allergy names no substance.")
    reactions = [
        text
        for one in parts(resource, "reaction")
        for text in (line(word(one, "description")), *map(wording, parts(one, "manifestation")))
        if text
    ]
    found: Json = {"substance": substance}
    reaction = line(", ".join(dict.fromkeys(reactions)))
    snomed = next((code for system, code in codings(concept) if system == "http://snomed.info/sct"), None)
    if reaction:
        found["reaction"] = reaction
    if snomed:
        found["code"] = snomed
    if "unconfirmed" in codes(part(resource, "verificationStatus")):
        found["reaction"] = line(f"{reaction}, unconfirmed" if reaction else "unconfirmed")
    return found


def check_allergy_stands(resource: Json) -> None:
    """Raises NotImportedError when the source itself no longer holds the statement."""
    verification = codes(part(resource, "verificationStatus"))
    if "entered-in-error" in verification:
        raise NotImportedError("The source marks this allergy as entered in error.")
    if "refuted" in verification:
        raise NotImportedError("The source has refuted this allergy.")
    if codes(part(resource, "clinicalStatus")) & {"inactive", "resolved"}:
        raise NotImportedError("The source says this allergy is no longer active.")


def alert(resource: Json) -> Json:
    """An active Flag as an alert. Raises NotImportedError otherwise."""
    status = word(resource, "status")
    if status != "active":
        raise NotImportedError("The flag is no longer active." if status == "inactive" else "The flag is not in force.")
    label = wording(part(resource, "code"))
    if label is None:
        raise NotImportedError("The flag says nothing in words.")
    found: Json = {"kind": alert_kind(label), "label": label}
    since = day(word(part(resource, "period"), "start"))
    if since:
        found["updated"] = since.isoformat()
    return found


def alert_kind(label: str) -> str:
    """The kind of danger a label speaks of; `other` where it is none of the usual."""
    lower = label.lower()
    return next((kind for kind, signs in _ALERT_WORDS if any(sign in lower for sign in signs)), "other")


def _name(names: list[Json]) -> Json | None:
    usable = [one for one in names if word(one, "family") or word(one, "text") or words(one, "given")]
    ranked = sorted(usable, key=lambda one: _rank(_NAME_ORDER, word(one, "use")))
    if not ranked:
        return None
    best = ranked[0]
    given = line(" ".join(words(best, "given")))
    family = line(word(best, "family"))
    if family is None:
        family, given = (line(word(best, "text")), None) if word(best, "text") else ("Not known", given)
    if family is None:
        return None
    usual = next((one for one in usable if word(one, "use") in ("nickname", "usual") and one is not best), None)
    title = line(" ".join(words(best, "prefix")).replace(".", ""))
    preferred = line(" ".join(words(usual, "given"))) if usual else None
    found: Json = {"family": family, "given": given, "title": title, "preferred": preferred}
    return {key: value for key, value in found.items() if value}


def _rank(order: tuple[str | None, ...], use: str | None) -> int:
    return order.index(use) if use in order else len(order)


def _nhs_number(resource: Json, left_out: list[str]) -> str | None:
    for identifier in parts(resource, "identifier"):
        value = word(identifier, "value")
        if word(identifier, "system") not in NHS_NUMBER_SYSTEMS or value is None:
            continue
        try:
            return parse_nhs_number(value)
        except NhsNumberError:
            left_out.append("NHS number: its check digit does not fit, so it cannot be one")
    return None


def _sex(resource: Json) -> str | None:
    found = extension(resource, "UKCore-BirthSex") or extension(resource, "us-core-birthsex")
    code = next(iter(codes(part(found, "valueCodeableConcept"))), None) or word(found, "valueCode")
    return _SEXES.get(code or "")


def _death(resource: Json) -> Json:
    died = day(word(resource, "deceasedDateTime"))
    if died:
        return {"died": died.isoformat()}
    if resource.get("deceasedBoolean") is True or word(resource, "deceasedDateTime"):
        label = {"id": "deceased", "kind": "other", "label": "Recorded as deceased", "detail": "Date not known"}
        return {"alerts": [label]}
    return {}


def _address(addresses: list[Json], left_out: list[str]) -> Json | None:
    current = [one for one in addresses if word(one, "use") not in ("old", "billing")]
    ranked = sorted(current, key=lambda one: _rank(("home", None, "temp", "work"), word(one, "use")))
    for one in ranked:
        places = (*words(one, "line"), word(one, "district"), word(one, "city"), word(one, "state"))
        lines = [found for text in places if (found := line(text))]
        lines = lines or [found for text in (word(one, "text") or "").splitlines() if (found := line(text))]
        if lines or word(one, "postalCode"):
            address: Json = {"lines": list(dict.fromkeys(lines))}
            postcode = line(word(one, "postalCode"))
            if postcode:
                address["postcode"] = postcode.upper()
            return address
    if len(current) < len(addresses):
        left_out.append("address: no longer in use")
    return None


def _phone(telecoms: list[Json]) -> str | None:
    phones = [one for one in telecoms if word(one, "system") in ("phone", "sms") and word(one, "use") != "old"]
    ranked = sorted(phones, key=lambda one: _rank(_PHONE_ORDER, word(one, "use")))
    return next((found for one in ranked if (found := line(word(one, "value")))), None)


def _contact(resource: Json) -> Json | None:
    names = parts(resource, "name")
    name = next((full for one in names if (full := _full_name(one))), None)
    if name is None:
        return None
    found: Json = {"id": _contact_id(name), "name": name}
    relation = first_wording(parts(resource, "relationship"))
    phone = _phone(parts(resource, "telecom"))
    if relation:
        found["relation"] = relation
    if phone:
        found["phone"] = phone
    return found


def _full_name(name: Json) -> str | None:
    written = " ".join([*words(name, "prefix"), *words(name, "given"), *words(name, "family")])
    return line(written) or line(word(name, "text"))


def _contact_id(name: str) -> str:
    return f"contact {name.casefold()}"[:200]


def _needs(resource: Json) -> list[Json]:
    labels: list[str] = []
    if extension(resource, "patient-interpreterRequired").get("valueBoolean") is True:
        labels.append("Interpreter")
    written = wording(part(extension(resource, "PreferredWrittenCommunicationFormat"), "valueCodeableConcept"))
    if written:
        labels.append(written)
    for one in parts(resource, "communication"):
        language = part(one, "language")
        text = wording(language)
        if text and not any(code == "en" or code.startswith("en-") for code in codes(language)):
            labels.append(f"Language: {text}")
    return [{"id": f"need {label.casefold()}"[:200], "label": label} for label in dict.fromkeys(labels)]
