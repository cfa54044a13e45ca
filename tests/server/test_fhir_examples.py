"""The real example files: every resource is accounted for, and facts read by hand from the files are found again."""

from __future__ import annotations

import json
import os
from collections import Counter
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from fieldapp.domain.news2 import news2
from fieldapp.domain.records import read_body
from server.fhir.planning import ImportPlan, Planned, plan_import, record_id
from server.fhir.reading import Entry, read_file

DATA = Path(os.environ.get("FIELDAPP_SHARED", Path(__file__).parents[2].parent / "shared")) / "data"
FOLDERS = {"synthea": "synthea_r4", "uk": "fhir_uk_core/json", "hl7": "hl7_r4_examples"}
TODAY = date(2026, 11, 24)

pytestmark = pytest.mark.skipif(not DATA.is_dir(), reason=f"The example files are not at {DATA}: set FIELDAPP_SHARED.")


@cache
def read(name: str) -> tuple[Entry, ...]:
    return tuple(entry for path in sorted((DATA / FOLDERS[name]).glob("*.json")) for entry in read_file(path))


@cache
def plan(name: str) -> ImportPlan:
    return plan_import(read(name), team="team", today=TODAY)


def count(node: Any) -> int:
    """Resources of a file, counted independently of the reader."""
    if node.get("resourceType") != "Bundle":
        return 1
    return sum(count(entry["resource"]) for entry in node.get("entry", []) if "resource" in entry)


def patient_named(name: str, family: str, given: str | None = None) -> Planned:
    found = [
        record
        for record in plan(name).records
        if record.kind == "patient"
        and record.body["name"]["family"] == family
        and given in (None, record.body["name"].get("given"))
    ]
    assert len(found) == 1
    return found[0]


def patient(name: str, own: str) -> Planned:
    (found,) = [record for record in plan(name).records if record.record == record_id(f"Patient/{own}")]
    return found


def of_patient(name: str, own: str, kind: str) -> list[Planned]:
    return [record for record in plan(name).records if record.patient == own and record.kind == kind]


@pytest.mark.parametrize("name", FOLDERS)
def test_every_resource_is_imported_or_has_its_reason(name: str):
    expected = sum(count(json.loads(path.read_bytes())) for path in (DATA / FOLDERS[name]).glob("*.json"))
    outcomes = plan(name).outcomes
    assert len(outcomes) == expected
    assert [outcome.entry for outcome in outcomes] == list(read(name))
    assert all((outcome.record is None) != (outcome.reason is None) for outcome in outcomes)


@pytest.mark.parametrize("name", FOLDERS)
def test_every_outcome_names_a_record_that_is_written_and_fits_its_kind(name: str):
    records = plan(name).records
    ids = [record.record for record in records]
    assert len(ids) == len(set(ids))
    assert {outcome.record for outcome in plan(name).outcomes} - {None} <= set(ids)
    for record in records:
        assert read_body(record.kind, record.body) is not None
    patients = {record.record for record in records if record.kind == "patient"}
    assert {record.patient for record in records} == patients
    on_caseload = {r.patient for r in records if r.kind == "episode" and r.body["status"] != "ended"}
    assert on_caseload == patients


@pytest.mark.parametrize("name", FOLDERS)
def test_reading_twice_plans_the_same_records(name: str):
    again = plan_import(list(read(name)), team="team", today=TODAY)
    assert again.records == plan(name).records


def test_the_numbers_of_each_set():
    imported = {name: sum(outcome.record is not None for outcome in plan(name).outcomes) for name in FOLDERS}
    assert {name: len(plan(name).outcomes) for name in FOLDERS} == {"synthea": 1784, "uk": 225, "hl7": 516}
    assert imported == {"synthea": 327, "uk": 54, "hl7": 109}
    kinds = Counter(outcome.entry.kind for outcome in plan("synthea").outcomes if outcome.record)
    assert kinds == {
        "Observation": 224,
        "Condition": 54,
        "Patient": 17,
        "MedicationRequest": 15,
        "Goal": 10,
        "CarePlan": 7,
    }


def test_names_keep_their_diacritics():
    body = patient_named("synthea", "Mejía").body
    assert body["name"] == {"family": "Mejía", "given": "Gustavo", "title": "Mr"}
    assert body["born"] == "1986-11-27"
    assert body["gender"] == "male"
    assert body["address"] == {"lines": ["573 Erdman Heights", "Boston", "Massachusetts"], "postcode": "02108"}
    assert body["needs"] == [{"id": "need language: spanish", "label": "Language: Spanish"}]
    contacts = patient("hl7", "example").body["contacts"]
    assert "Bénédicte du Marché" in [contact["name"] for contact in contacts]


def test_resolved_conditions_and_stopped_medicines():
    gustavo = patient_named("synthea", "Mejía").patient
    (found,) = of_patient("synthea", gustavo, "plan")
    sinusitis = next(p for p in found.body["problems"] if p["text"] == "Viral sinusitis")
    assert {key: sinusitis[key] for key in ("since", "status", "code")} == {
        "since": "10-Jul-2015",
        "status": "resolved",
        "code": "444814009",
    }
    assert "Amoxicillin" not in json.dumps(found.body.get("medicines", []))
    marc = patient_named("synthea", "Corkery").patient
    (his,) = of_patient("synthea", marc, "plan")
    inhaler = "120 ACTUAT Fluticasone propionate 0.044 MG/ACTUAT Metered Dose Inhaler"
    line = next(m for m in his.body["medicines"] if m["name"] == inhaler)
    assert line["frequency"] == "when needed"
    assert line["starts"] == "1981-08-16"
    assert "Inhaled steroid therapy" in [i["what"] for i in his.body["interventions"]]
    assert "Recommendation to avoid exercise" not in [i["what"] for i in his.body["interventions"]]


def test_vital_signs_of_one_moment_are_one_set():
    gustavo = patient_named("synthea", "Mejía").patient
    first = next(
        record.body
        for record in of_patient("synthea", gustavo, "observations")
        if record.body["taken_at"] == "2012-10-04T22:48:50.000Z"
    )
    assert first["height"] == 173.07682915481982
    assert {"weight", "systolic_bp", "diastolic_bp"} <= first.keys()
    assert "pain" not in first


def test_the_news2_example_keeps_its_recorded_total_and_the_computed_one_differs():
    stranger = patient_named("uk", "Not known", "ad2c58ab")
    assert stranger.body["alerts"][0]["label"] == "Identity not confirmed"
    (found,) = of_patient("uk", stranger.patient, "observations")
    body = found.body
    assert body["recorded_news2"] == 6
    parameters = "respiration_rate spo2 spo2_scale on_oxygen systolic_bp pulse consciousness temperature".split()
    assert [body[name] for name in parameters] == [21, 93, 1, False, 120, 95, "A", 37.5]
    assert news2(**{name: body[name] for name in parameters}).total == 5


def test_richard_smith_of_uk_core():
    record = patient_named("uk", "SMITH")
    body = record.body
    assert body["nhs_number"] == "9912003888"
    assert body["allergies"]["state"] == "known"
    assert [item["substance"] for item in body["allergies"]["items"]].count("Amoxicillin") == 1
    assert body["allergies"]["updated"] == "2019-12-10"
    labels = [alert["label"] for alert in body["alerts"]]
    assert labels == ["No known drug allergy", "Patient has a severe peanut allergy."]
    assert [need["label"] for need in body["needs"]] == ["Large print", "Language: British Sign Language"]
    day_only = [
        b for r in of_patient("uk", record.patient, "observations") if "day only" in (b := r.body).get("note", "")
    ]
    assert day_only
    assert all(len(b.keys() & {"pulse", "spo2", "temperature", "weight", "respiration_rate"}) <= 1 for b in day_only)
    statuses = {r.body.get("focus"): r.body["status"] for r in of_patient("uk", record.patient, "episode")}
    assert statuses == {"Smoking cessation therapy": "ended", "Imported record": "active"}


def test_an_invalid_nhs_number_is_left_out_with_its_reason():
    body = patient_named("uk", "JONES", "Melanie").body
    assert "nhs_number" not in body
    assert [left.part for left in plan("uk").left_out] == [
        "NHS number: its check digit does not fit, so it cannot be one"
    ]


def test_hl7_conversions_death_and_no_known_allergy():
    sets = {json.dumps(r.body): r.body for r in plan("hl7").records if r.kind == "observations"}.values()
    weight = next(body for body in sets if "weight" in body)
    assert weight["weight"] == 83.91
    assert "185 lbs" in weight["note"]
    assert any(body.get("height") == 169.93 and "66.9 in" in body["note"] for body in sets)
    assert patient("hl7", "mom").body["allergies"] == {"state": "none_known", "items": [], "updated": "2015-08-06"}
    assert patient("hl7", "mom").body["alerts"][0]["label"] == "No known drug allergy"
    died = [r.body for r in plan("hl7").records if r.kind == "patient" and r.body.get("died") == "2002-08-24"]
    assert len(died) == 1


def test_reasons_name_the_patient_who_is_missing():
    reasons = {outcome.entry.place: outcome.reason for outcome in plan("hl7").outcomes if outcome.reason}
    assert reasons["CarePlan/gpvisit"] == "Patient 100 is not in the files."
    assert reasons["Patient/animal"] == "The patient is an animal."
    assert reasons["Patient/newborn"] == "The patient has no name."
