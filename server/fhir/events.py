"""What happened or is to happen: home visits, and notes a clinician wrote.

Only a visit to the patient's home is a visit here. Clinic and hospital encounters are the history of other services.
A message or a form is no note; a clinical impression with a summary is, and so is a document whose text is in the file.
"""

from __future__ import annotations

import base64
import binascii
from typing import Final
from uuid import UUID, uuid5

from fieldapp.domain.canonical import Json
from server.fhir.access import clinical_day, codes, day, first_wording, line, moment, part, parts, stored, word, wording
from server.fhir.errors import NotImportedError

_HOME: Final = "HH"
_VISIT_STATUS: Final = {
    "planned": "planned",
    "arrived": "arrived",
    "triaged": "arrived",
    "in-progress": "arrived",
    "onleave": "arrived",
    "finished": "done",
    "cancelled": "cancelled",
}
_APPOINTMENT_STATUS: Final = {"booked": "planned", "arrived": "arrived", "fulfilled": "done", "cancelled": "cancelled"}
_HOME_WORDS: Final = ("home visit", "visit at home", "domiciliary")
MAX_NOTE: Final = 20_000


def visit_of_encounter(resource: Json, team: str, namespace: UUID) -> Json:
    """A home-health Encounter as a visit."""
    if _HOME not in codes({"coding": [part(resource, "class")]}):
        raise NotImportedError("Not a visit at home: encounters elsewhere are the history of other services.")
    status = _VISIT_STATUS.get(word(resource, "status") or "")
    if status is None:
        raise NotImportedError("The source marks this encounter as entered in error or unknown.")
    body = _visit(word(part(resource, "period"), "start"), word(part(resource, "period"), "end"), team)
    body["progress"] = {"status": status}
    if status == "done":
        body["progress"] |= {"arrived_at": body["window_start"], "finished_at": body["window_end"]}
    purpose = first_wording(parts(resource, "reasonCode")) or first_wording(parts(resource, "type"))
    return _with_people(body, purpose, [part(one, "individual") for one in parts(resource, "participant")], namespace)


def visit_of_appointment(resource: Json, team: str, namespace: UUID) -> Json:
    """An Appointment at the patient's home as a visit."""
    status = _APPOINTMENT_STATUS.get(word(resource, "status") or "")
    if status is None:
        raise NotImportedError(f"Not a booked appointment: its status is {word(resource, 'status') or 'not given'}.")
    kinds = [*parts(resource, "serviceType"), *parts(resource, "appointmentType"), *parts(resource, "serviceCategory")]
    said = " ".join([*(text for one in kinds if (text := wording(one))), word(resource, "description") or ""]).lower()
    if not any(sign in said for sign in _HOME_WORDS):
        raise NotImportedError("Not a visit at home: appointments elsewhere belong to other services.")
    body = _visit(word(resource, "start"), word(resource, "end"), team)
    body["progress"] = {"status": status}
    purpose = first_wording(parts(resource, "reasonCode")) or line(word(resource, "description"))
    return _with_people(body, purpose, [part(one, "actor") for one in parts(resource, "participant")], namespace)


def _visit(start: str | None, end: str | None, team: str) -> Json:
    begins, ends = moment(start), moment(end)
    if begins is None or ends is None or not (begins[1] and ends[1]):
        raise NotImportedError("The times of the visit are not known.")
    if ends[0] < begins[0]:
        raise NotImportedError("The visit ends before it starts.")
    return {"team": team, "window_start": stored(begins[0]), "window_end": stored(ends[0])}


def _with_people(body: Json, purpose: str | None, people: list[Json], namespace: UUID) -> Json:
    if purpose:
        body["purpose"] = purpose
    for person in people:
        reference, name = word(person, "reference") or "", line(word(person, "display"))
        if name and "Practitioner/" in reference:
            identity = str(uuid5(namespace, reference))
            body["clinician"] = {"id": identity, "name": name, "role": "clinician"}
            break
    return body


def note_of_impression(resource: Json) -> Json:
    """A completed ClinicalImpression as a note."""
    if word(resource, "status") != "completed":
        raise NotImportedError("The clinical impression is not completed.")
    told = [word(resource, "description"), word(resource, "summary")]
    told += [word(one, "text") for one in parts(resource, "note")]
    text = "\n\n".join(one for one in told if one)
    if not text:
        raise NotImportedError("The clinical impression says nothing in words.")
    when = word(resource, "effectiveDateTime") or word(resource, "date")
    return _note("Clinical impression", when, text)


def note_of_document(resource: Json) -> Json:
    """A current DocumentReference whose plain text is in the file, as a note."""
    if word(resource, "status") != "current":
        raise NotImportedError("The document is no longer current.")
    attachment = part(resource, "content", "attachment")
    if not (word(attachment, "contentType") or "").startswith("text/plain") or "data" not in attachment:
        raise NotImportedError("The document's text is not in the file.")
    try:
        text = base64.b64decode(word(attachment, "data") or "", validate=True).decode().strip()
    except (binascii.Error, UnicodeDecodeError) as error:
        raise NotImportedError("The document's text cannot be read.") from error
    if not text:
        raise NotImportedError("The document's text is not in the file.")
    return _note(wording(part(resource, "type")) or "Document", word(resource, "date"), text)


def _note(what: str, when: str | None, text: str) -> Json:
    known = day(when)
    heading = f"{what}, {clinical_day(known)}" if known else what
    whole = f"{heading}\n\n{text}"
    if len(whole) > MAX_NOTE:
        raise NotImportedError("The text is longer than a note may be.")
    return {"text": whole}
