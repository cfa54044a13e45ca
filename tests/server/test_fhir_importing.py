"""Importing into a real database: once, all of it, and again without harm."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from fieldapp.domain.clock import FixedClock
from server.cli import main
from server.db import schema
from server.db.engine import Database
from server.db.service import Service
from server.fhir.importing import ImportSummary, import_files, stored_revisions
from server.fhir.planning import Planned, record_id

DATA = Path(os.environ.get("FIELDAPP_SHARED", Path(__file__).parents[2].parent / "shared")) / "data"
NOW = datetime(2026, 11, 24, 14, 2, tzinfo=UTC)
PATIENT = {
    "resourceType": "Patient",
    "id": "p",
    "name": [{"family": "Ng", "given": ["Mei"]}],
    "birthDate": "1950-01-02",
}
PULSE = {
    "resourceType": "Observation",
    "id": "o",
    "status": "final",
    "code": {"coding": [{"system": "http://loinc.org", "code": "8867-4"}]},
    "subject": {"reference": "Patient/p"},
    "effectiveDateTime": "2026-11-20T10:00:00Z",
    "valueQuantity": {"value": 72, "code": "/min"},
}
ALLERGY = {
    "resourceType": "AllergyIntolerance",
    "id": "a",
    "patient": {"reference": "Patient/p"},
    "code": {"text": "latex"},
}


class Place:
    """A database in a file, and imports into it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.clock = FixedClock(NOW)
        self.database = Database(f"sqlite:///{folder / 'server.db'}")
        self.service: Service = schema.prepare(self.database, self.clock)
        self.lines: list[dict[str, Any]] = []

    def file(self, name: str, content: object) -> Path:
        path = self.folder / name
        path.write_text(content if isinstance(content, str) else json.dumps(content))
        return path

    def take(self, *files: Path) -> ImportSummary:
        self.clock.advance(60)
        self.lines.clear()
        return import_files(
            self.database, self.clock, self.service, files, team="Home Ward East", emit=self.lines.append
        )

    def history(self, record: str, patient: str) -> list[dict[str, Any]]:
        with self.database.reading() as connection:
            found = stored_revisions(connection, [Planned(record, "", patient, {})])
        return [revision.to_wire() for revision in found.get(record, [])]


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Place]:
    made = Place(tmp_path)
    yield made
    made.database.close()


def test_the_same_files_twice_write_nothing_twice(place: Place):
    files = place.file("p.json", PATIENT), place.file("o.json", PULSE)
    first = place.take(*files)
    assert (first.files, first.resources, first.imported, first.not_imported) == (2, 2, 2, 0)
    assert first.revisions == 3
    again = place.take(*files)
    assert (again.imported, again.revisions, again.unchanged) == (2, 0, 3)
    other = place.take(*reversed(files))
    assert other.revisions == 0


def test_a_later_file_adds_and_never_removes(place: Place):
    patient = record_id("Patient/p")
    place.take(place.file("p.json", PATIENT), place.file("a.json", ALLERGY))
    moved = {**PATIENT, "telecom": [{"system": "phone", "value": "07700 900199"}]}
    summary = place.take(place.file("p2.json", moved))
    assert summary.revisions == 1
    before, after = place.history(patient, patient)
    assert after["parents"] == [before["id"]]
    assert after["body"]["allergies"]["items"] == [{"substance": "latex"}]
    assert after["body"]["phone"] == "07700 900199"


def test_resources_of_a_patient_who_is_here_come_later(place: Place):
    place.take(place.file("p.json", PATIENT))
    summary = place.take(place.file("o.json", PULSE), place.file("a.json", ALLERGY))
    assert (summary.imported, summary.not_imported, summary.revisions) == (2, 0, 2)
    patient = record_id("Patient/p")
    assert place.history(patient, patient)[-1]["body"]["allergies"]["state"] == "known"


def test_an_entry_that_says_more_is_an_amendment_with_a_reason(place: Place):
    patient = record_id("Patient/p")
    place.take(place.file("p.json", PATIENT), place.file("o.json", PULSE))
    breathing = {
        **PULSE,
        "id": "r",
        "code": {"coding": [{"system": "http://loinc.org", "code": "9279-1"}]},
        "valueQuantity": {"value": 18, "code": "/min"},
    }
    place.take(place.file("o.json", PULSE), place.file("r.json", breathing))
    record = record_id("observations", patient, "2026-11-20T10:00:00.000Z")
    first, amended = place.history(record, patient)
    assert first["body"]["pulse"] == amended["body"]["pulse"] == 72
    assert amended["body"]["respiration_rate"] == 18
    assert amended["reason"]
    assert amended["parents"] == [first["id"]]


def test_another_person_with_the_same_source_id_is_not_mixed_in(place: Place):
    place.take(place.file("p.json", PATIENT))
    stranger = {**PATIENT, "name": [{"family": "Okafor"}], "birthDate": "1931-05-05"}
    summary = place.take(place.file("q.json", stranger), place.file("o.json", PULSE))
    assert (summary.imported, summary.not_imported, summary.revisions) == (0, 2, 0)
    assert {line["reason"] for line in place.lines} == {"The patient with this id here is another person."}


def test_a_refused_file_leaves_the_others(place: Place):
    bad = place.file("bad.json", '{"resourceType": "Bundle", "entry": [{"resource": {"resourceType": "Patient"}}, 7]}')
    summary = place.take(bad, place.file("p.json", PATIENT))
    assert (summary.files, summary.resources, summary.imported) == (2, 1, 1)
    assert list(summary.refused) == [str(bad)]
    assert "Entry 2 is not an object" in summary.refused[str(bad)]


def test_the_command_prints_lines_then_the_summary(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    (tmp_path / "p.json").write_text(json.dumps(PATIENT))
    (tmp_path / "c.json").write_text(json.dumps({"resourceType": "Claim", "id": "c"}))
    (tmp_path / "x.xml").write_text("<Patient xmlns='http://hl7.org/fhir'/>")
    database = f"sqlite:///{tmp_path / 'server.db'}"
    good = [str(tmp_path / name) for name in ("p.json", "c.json")]
    assert main(["import-fhir", *good, "--team", "Home Ward East", "--database", database]) == 0
    *lines, summary = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert lines == [
        {
            "file": good[1],
            "resource": "Claim/c",
            "reason": "Claims and payments are not part of a clinical record here.",
        }
    ]
    assert summary["imported"] + summary["not_imported"] == summary["resources"] == 2
    refused = main(
        ["import-fhir", good[0], str(tmp_path / "x.xml"), "--team", "Home Ward East", "--database", database]
    )
    assert refused == 1
    assert "x.xml: It is XML." in capsys.readouterr().err


@pytest.mark.skipif(not DATA.is_dir(), reason=f"The example files are not at {DATA}: set FIELDAPP_SHARED.")
def test_all_real_files_in_one_command(place: Place):
    files = [
        path
        for folder in ("synthea_r4", "fhir_uk_core/json", "hl7_r4_examples")
        for path in (DATA / folder).glob("*.json")
    ]
    summary = place.take(*sorted(files))
    assert summary.files == 17 + 215 + 374
    assert summary.resources == 1784 + 225 + 516
    assert summary.imported + summary.not_imported == summary.resources
    assert len(place.lines) == summary.not_imported == sum(summary.reasons.values())
    assert summary.refused == {}
    assert place.take(*sorted(files)).revisions == 0
