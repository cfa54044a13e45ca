"""What one import knows of one patient, gathered resource by resource."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from fieldapp.domain.canonical import Json
from server.fhir.access import day, line
from server.fhir.measuring import Reading
from server.fhir.reading import Entry


@dataclass
class _Set:
    record: str
    taken_at: str
    reading: Reading


@dataclass
class Dossier:
    """Statements about `patient`. `partial` where the patient's own details are on the service, not in the files."""

    patient: str
    details: Json
    partial: bool = False
    plan: dict[str, dict[str, Json]] = field(default_factory=dict[str, dict[str, Json]])
    records: dict[str, tuple[str, Json]] = field(default_factory=dict[str, tuple[str, Json]])
    allergies: list[Json] = field(default_factory=list[Json])
    _allergies_updated: str | None = None
    _none_known: Entry | None = None
    _measured: dict[str, list[_Set]] = field(default_factory=dict[str, list[_Set]])
    _alone: list[_Set] = field(default_factory=list[_Set])

    def add(self, name: str, item: Json) -> None:
        """Put an item into a list of the patient's details; one that says the same is there already."""
        listed: list[Json] = self.details.setdefault(name, [])
        if all(_said(item) != _said(other) for other in listed):
            listed.append(item)

    def _unique(self, name: str) -> None:
        """Give items of one id, such as two contacts of one name, ids of their own."""
        seen: dict[str, int] = {}
        for position, item in enumerate(self.details.get(name, [])):
            count = seen[item["id"]] = seen.get(item["id"], 0) + 1
            if count > 1:
                self.details[name][position] = {**item, "id": f"{item['id']} {count}"}

    def add_to_plan(self, name: str, item: Json) -> None:
        """Put an item into a list of the plan; one that says the same is there already."""
        items = self.plan.setdefault(name, {})
        if all(_said(item) != _said(other) for other in items.values()):
            items[str(item["id"])] = item

    def none_known(self, entry: Entry, recorded: str | None) -> None:
        """Note a clinician's statement that no allergy is known."""
        self._none_known = entry
        self._update(recorded)

    def allergy(self, item: Json, recorded: str | None) -> Entry | None:
        """Note a known allergy; gives the statement of none known that it contradicts, if one was noted before."""
        denied, self._none_known = self._none_known, None
        if item not in self.allergies:
            self.allergies.append(item)
        self._update(recorded)
        return denied

    def _update(self, recorded: str | None) -> None:
        known = day(recorded)
        if known and (self._allergies_updated is None or known.isoformat() > self._allergies_updated):
            self._allergies_updated = known.isoformat()

    def measure(self, record: str, own: str, taken_at: str, reading: Reading) -> str:
        """Add a reading to the set of that time. A second, different value of one measure begins a set of its own."""
        sets = self._measured.setdefault(taken_at, [])
        for one in sets:
            if all(one.reading.values.get(name, value) == value for name, value in reading.values.items()):
                one.reading.values.update(reading.values)
                one.reading.not_measured.update(reading.not_measured)
                one.reading.notes += [note for note in reading.notes if note not in one.reading.notes]
                return one.record
        name = own if sets else record
        sets.append(_Set(name, taken_at, reading))
        return name

    def measure_alone(self, record: str, taken_at: str, reading: Reading) -> str:
        """Keep a reading whose time of day is not known by itself: it may not have been taken with any other."""
        self._alone.append(_Set(record, taken_at, reading))
        return record

    def patient_body(self) -> Json:
        """The patient's details with what is known of allergies."""
        self._unique("contacts")
        body = dict(self.details)
        state = "known" if self.allergies else "none_known" if self._none_known else None
        if state:
            found: Json = {"state": state, "items": self.allergies}
            if self._allergies_updated:
                found["updated"] = self._allergies_updated
            body["allergies"] = found
        return body

    def sets(self) -> Iterator[tuple[str, Json]]:
        """Every set of observations with its record's id, in order of time."""
        measured = [one for sets in self._measured.values() for one in sets]
        for one in sorted([*measured, *self._alone], key=lambda one: one.taken_at):
            body: Json = {"taken_at": one.taken_at, **one.reading.values, "source": "Imported record"}
            absent = {name: why for name, why in one.reading.not_measured.items() if name not in body}
            note = line(" ".join(one.reading.notes))
            body.update({key: value for key, value in (("not_measured", absent), ("note", note)) if value})
            yield one.record, body


def _said(item: Json) -> Json:
    return {key: value for key, value in item.items() if key != "id"}
