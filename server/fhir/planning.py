"""From entries to what is to be written: one pass that says of every resource what became of it.

Ids are made from the source's own (UUIDv5), so importing the same files again names the same records.

Rules of identity:
- A resource met again with the same type and id is the same one; where it says something else, the first stands and
  the other is not imported. Two Patients are the same person only where name and birth agree.
- A single resource whose patient is not in the files, nor on this service, is not imported. A bundle is one message:
  where it leaves out its patient's details, its entries are kept under a patient marked as not identified.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from datetime import date
from typing import Final
from uuid import NAMESPACE_URL, uuid5

from fieldapp.domain.canonical import Json, NotCanonicalError
from fieldapp.domain.records import InvalidBodyError, read_body
from server.fhir import care, events, people
from server.fhir.access import line, moment, part, parts, stored, word
from server.fhir.dossier import Dossier
from server.fhir.errors import NotImportedError
from server.fhir.measuring import reading_of
from server.fhir.reading import Entry, Index
from server.fhir.refusals import reason_for

NAMESPACE: Final = uuid5(NAMESPACE_URL, "urn:fieldapp:fhir-import")


@dataclass(frozen=True)
class Planned:
    """A record to write. `partial` where the patient is already here and only these statements are new."""

    record: str
    kind: str
    patient: str
    body: Json
    partial: bool = False


@dataclass(frozen=True)
class Outcome:
    """What became of one resource: the record it went into, or why it went nowhere."""

    entry: Entry
    record: str | None
    reason: str | None = None


@dataclass(frozen=True)
class LeftOut:
    """A part of an imported resource that could not be taken."""

    entry: Entry
    part: str


@dataclass(frozen=True)
class ImportPlan:
    """Records in writing order, an outcome for every entry in the order given, and parts left out."""

    records: tuple[Planned, ...]
    outcomes: tuple[Outcome, ...]
    left_out: tuple[LeftOut, ...] = ()


def record_id(*name: str) -> str:
    """The id that a record made from this source always has."""
    return str(uuid5(NAMESPACE, "\x1f".join(name)))


def patient_references(entries: Iterable[Entry]) -> set[str]:
    """Ids of every patient the entries are or speak of, to ask which of them this service knows."""
    found: set[str] = set()
    for entry in entries:
        if entry.kind == "Patient":
            found.add(record_id(entry.identity))
        for name in ("subject", "patient"):
            target = word(part(entry.resource, name), "reference")
            if target:
                found.add(record_id(target.split("/_history/")[0]))
    return found


def plan_import(
    entries: Iterable[Entry],
    *,
    team: str,
    today: date,
    pathway: str = "district_nursing",
    known: Collection[str] = (),
) -> ImportPlan:
    """Everything that importing `entries` for `team` would write, and the outcome of each.

    `pathway` is the pathway of patients whose source names none of the service's own. `known` holds ids of patients who
    are already here, of those `patient_references` asks about.
    """
    planner = _Planner(list(entries), team, today, pathway, frozenset(known))
    return planner.run()


@dataclass
class _Planner:
    entries: list[Entry]
    team: str
    today: date
    pathway: str
    known: frozenset[str]
    dossiers: dict[str, Dossier] = field(default_factory=dict[str, Dossier])
    patients: dict[Entry, str] = field(default_factory=dict["Entry", str])
    outcomes: dict[Entry, Outcome] = field(default_factory=dict["Entry", Outcome])
    left_out: list[LeftOut] = field(default_factory=list[LeftOut])
    medications: dict[Entry, str] = field(default_factory=dict["Entry", str])

    def run(self) -> ImportPlan:
        self.index = Index.of(self.entries)
        again = self._repeats()
        for turn in (_PEOPLE, _HANDLED - _PEOPLE - _LATE, _LATE):
            for entry in self.entries:
                if entry.kind in turn and entry not in again:
                    self._one(entry)
            for entry, first in again.items():
                if first in self.patients:
                    self.patients[entry] = self.patients[first]
        for entry in self.entries:
            if entry not in again:
                self._one(entry)
        for entry, first in again.items():
            earlier = self.outcomes[first]
            self.outcomes[entry] = Outcome(entry, earlier.record, earlier.reason)
        records = self._assemble()
        return ImportPlan(tuple(records), tuple(self.outcomes[entry] for entry in self.entries), tuple(self.left_out))

    def _repeats(self) -> dict[Entry, Entry]:
        """Copies of resources met before. One that says something else gets its outcome here."""
        firsts: dict[str, Entry] = {}
        copies: dict[Entry, Entry] = {}
        for entry in self.entries:
            first = firsts.setdefault(entry.identity, entry)
            if first is not entry and entry.kind in _HANDLED:
                same = _same_person(first, entry) if entry.kind == "Patient" else first.substance == entry.substance
                if same:
                    copies[entry] = first
                else:
                    reason = f"Another {entry.kind} with the same id and other content came first."
                    self.outcomes[entry] = Outcome(entry, None, reason)
        return copies

    def _one(self, entry: Entry) -> None:
        if entry in self.outcomes:
            return
        try:
            self.outcomes[entry] = Outcome(entry, self._import(entry))
        except NotImportedError as why:
            self.outcomes[entry] = Outcome(entry, None, str(why))

    def _import(self, entry: Entry) -> str:
        handler = getattr(self, f"_{entry.kind.lower()}", None) if entry.kind in _HANDLED else None
        if handler is None:
            raise NotImportedError(reason_for(entry.kind))
        record: str = handler(entry)
        return record

    def _dossier(self, entry: Entry) -> Dossier:
        """The dossier of the patient whom `entry` is about."""
        reference = part(entry.resource, "subject") or part(entry.resource, "patient")
        for participant in parts(entry.resource, "participant") if entry.kind == "Appointment" else ():
            actor = part(participant, "actor")
            if "Patient/" in (word(actor, "reference") or ""):
                reference = actor
        if not reference:
            raise NotImportedError("It does not say which patient it is about.")
        found = self.index.find(reference, entry, "Patient")
        if found is not None:
            if found not in self.patients:
                raise NotImportedError("Its patient was not imported.")
            return self.dossiers[self.patients[found]]
        target = (word(reference, "reference") or "").split("/_history/")[0]
        if not target or target.startswith("#"):
            raise NotImportedError("Its patient is only named or contained, not in the files.")
        if "Patient/" not in target and not target.startswith("urn:"):
            raise NotImportedError("It is not about a patient.")
        own = record_id(target)
        if own in self.known:
            return self.dossiers.setdefault(own, Dossier(own, {}, partial=True))
        if not entry.bundles or "//" in target:
            raise NotImportedError(f"{target[:100].replace('/', ' ', 1)} is not in the files.")
        if own not in self.dossiers:
            called = line(word(reference, "display")) or target.split("/")[-1].removeprefix("urn:uuid:")[:8]
            self.dossiers[own] = Dossier(own, people.nameless_body(called))
        return self.dossiers[own]

    def _patient(self, entry: Entry) -> str:
        body, left_out = people.patient_body(entry.resource)
        own = record_id(entry.identity)
        _check("patient", body)
        self.dossiers[own] = Dossier(own, body)
        self.patients[entry] = own
        self.left_out += [LeftOut(entry, text) for text in left_out]
        return own

    def _relatedperson(self, entry: Entry) -> str:
        contact = people.related_contact(entry.resource)
        dossier = self._dossier(entry)
        dossier.add("contacts", contact)
        return dossier.patient

    def _allergyintolerance(self, entry: Entry) -> str:
        people.check_allergy_stands(entry.resource)
        found = set(people.codes(part(entry.resource, "code")))
        recorded = word(entry.resource, "recordedDate")
        if people.NO_KNOWN_ALLERGY in found:
            dossier = self._dossier(entry)
            if dossier.allergies:
                raise NotImportedError("It says no allergy is known, but others are recorded.")
            dossier.none_known(entry, recorded)
            return dossier.patient
        group = next((people.NO_KNOWN_OF_A_GROUP[code] for code in found if code in people.NO_KNOWN_OF_A_GROUP), None)
        if group is not None:
            dossier = self._dossier(entry)
            label = {"kind": "other", "label": group, "detail": people.NO_ALLERGY_WITHOUT_GROUP}
            dossier.add("alerts", {"id": record_id(entry.identity), **label})
            return dossier.patient
        item = people.allergy(entry.resource)
        dossier = self._dossier(entry)
        denied = dossier.allergy(item, recorded)
        if denied is not None:
            reason = "It says no allergy is known, but others are recorded."
            self.outcomes[denied] = Outcome(denied, None, reason)
        return dossier.patient

    def _flag(self, entry: Entry) -> str:
        found = people.alert(entry.resource)
        dossier = self._dossier(entry)
        dossier.add("alerts", {"id": record_id(entry.identity), **found})
        return dossier.patient

    def _condition(self, entry: Entry) -> str:
        found = care.problem(entry.resource)
        return self._planned(entry, "problems", [{"id": record_id(entry.identity), **found}])

    def _careplan(self, entry: Entry) -> str:
        items = care.interventions(entry.resource)
        named = [{**item, "id": record_id(entry.identity, str(item["id"]))} for item in items]
        return self._planned(entry, "interventions", named)

    def _medicationstatement(self, entry: Entry) -> str:
        reference = part(entry.resource, "medicationReference")
        held = self.index.find(reference, entry, "Medication") if reference else None
        concept = part(entry.resource, "medicationCodeableConcept") or (part(held.resource, "code") if held else {})
        found = care.medicine(entry.resource, concept, word(reference, "display"), self.today)
        record = self._planned(entry, "medicines", [{"id": record_id(entry.identity), **found}])
        if held is not None:
            self.medications[held] = record
        return record

    _medicationrequest = _medicationstatement

    def _planned(self, entry: Entry, name: str, items: list[Json]) -> str:
        _check("plan", {name: items})
        dossier = self._dossier(entry)
        for item in items:
            dossier.add_to_plan(name, item)
        return record_id("plan", dossier.patient)

    def _medication(self, entry: Entry) -> str:
        if entry not in self.medications:
            raise NotImportedError("No imported medicine refers to it.")
        return self.medications[entry]

    def _goal(self, entry: Entry) -> str:
        return self._whole(entry, "goal", care.goal_body(entry.resource))

    def _episodeofcare(self, entry: Entry) -> str:
        return self._whole(entry, "episode", care.episode_body(entry.resource, self.team, self.pathway))

    def _encounter(self, entry: Entry) -> str:
        return self._whole(entry, "visit", events.visit_of_encounter(entry.resource, self.team, NAMESPACE))

    def _appointment(self, entry: Entry) -> str:
        return self._whole(entry, "visit", events.visit_of_appointment(entry.resource, self.team, NAMESPACE))

    def _clinicalimpression(self, entry: Entry) -> str:
        return self._whole(entry, "note", events.note_of_impression(entry.resource))

    def _documentreference(self, entry: Entry) -> str:
        return self._whole(entry, "note", events.note_of_document(entry.resource))

    def _whole(self, entry: Entry, kind: str, body: Json) -> str:
        _check(kind, body)
        own = record_id(entry.identity)
        self._dossier(entry).records[own] = (kind, body)
        return own

    def _observation(self, entry: Entry) -> str:
        found = reading_of(entry.resource)
        period = part(entry.resource, "effectivePeriod")
        text = word(entry.resource, "effectiveDateTime") or word(entry.resource, "effectiveInstant")
        when = moment(text or word(period, "start"))
        if when is None:
            raise NotImportedError("The day of the observation is not known.")
        taken_at = stored(when[0])
        _check("observations", {"taken_at": taken_at, **found.values})
        if not when[1]:
            found.notes.append("The source gives the day only.")
        dossier = self._dossier(entry)
        own = record_id(entry.identity)
        if not when[1]:
            return dossier.measure_alone(own, taken_at, found)
        return dossier.measure(record_id("observations", dossier.patient, taken_at), own, taken_at, found)

    def _assemble(self) -> list[Planned]:
        records: list[Planned] = []
        for patient, dossier in self.dossiers.items():
            body = dossier.patient_body()
            if body or not dossier.partial:
                records.append(Planned(patient, "patient", patient, body, dossier.partial))
            started = any(kind == "episode" and body["status"] != "ended" for kind, body in dossier.records.values())
            if not started and not dossier.partial:
                episode = {"pathway": self.pathway, "team": self.team, "status": "active", "focus": "Imported record"}
                records.append(Planned(record_id("episode", patient), "episode", patient, episode))
            if dossier.plan:
                plan_body: Json = {name: list(items.values()) for name, items in dossier.plan.items()}
                records.append(Planned(record_id("plan", patient), "plan", patient, plan_body))
            whole = dossier.records.items()
            records += [Planned(own, kind, patient, body) for own, (kind, body) in whole]
            records += [Planned(own, "observations", patient, body) for own, body in dossier.sets()]
        return records


_HANDLED: Final = frozenset(
    "Patient RelatedPerson AllergyIntolerance Flag Condition CarePlan MedicationStatement MedicationRequest Medication"
    " Goal EpisodeOfCare Encounter Appointment ClinicalImpression DocumentReference Observation".split()
)
_PEOPLE: Final = frozenset({"Patient"})
_LATE: Final = frozenset({"Medication"})
"""Patients first, so that all else finds them; medications last, when it is known who refers to them."""


def _check(kind: str, body: Json) -> None:
    try:
        read_body(kind, body)
    except InvalidBodyError as error:
        raise NotImportedError(f"It does not fit a record: {error}") from error
    except NotCanonicalError as error:
        raise NotImportedError("It holds broken characters or numbers.") from error


def _same_person(one: Entry, other: Entry) -> bool:
    def known_as(entry: Entry) -> tuple[object, ...]:
        try:
            body, _ = people.patient_body(entry.resource)
        except NotImportedError as why:
            return (str(why),)
        name = body["name"]
        return name["family"].casefold(), (name.get("given") or "").casefold(), body.get("born"), body.get("nhs_number")

    return known_as(one) == known_as(other)
