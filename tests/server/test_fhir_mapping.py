"""The rules of the mapping, one by one, on resources made for the purpose."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from server.fhir.dosing import dosing
from server.fhir.errors import FileRefusedError
from server.fhir.planning import ImportPlan, plan_import, record_id
from server.fhir.reading import entries_of, read_file

TODAY = date(2026, 11, 24)
PATIENT = {
    "resourceType": "Patient",
    "id": "p",
    "name": [{"family": "Ng", "given": ["Mei"]}],
    "birthDate": "1950-01-02",
}
SUBJECT = {"reference": "Patient/p"}


def run(*resources: dict[str, Any], known: frozenset[str] = frozenset()) -> ImportPlan:
    entries = [entry for number, one in enumerate(resources) for entry in entries_of(one, f"{number}.json")]
    return plan_import(entries, team="t", today=TODAY, known=known)


def body(plan: ImportPlan, kind: str) -> dict[str, Any]:
    (found,) = [record.body for record in plan.records if record.kind == kind]
    return found


def observation(code: str, value: float, unit: str, system: str = "http://loinc.org", **more: Any) -> dict[str, Any]:
    return {
        "resourceType": "Observation",
        "id": f"o{code}",
        "status": "final",
        "code": {"coding": [{"system": system, "code": code}]},
        "subject": SUBJECT,
        "effectiveDateTime": "2026-11-20T10:00:00Z",
        "valueQuantity": {"value": value, "code": unit},
        **more,
    }


def reason(plan: ImportPlan, place: str) -> str | None:
    (found,) = [outcome.reason for outcome in plan.outcomes if outcome.entry.place == place]
    return found


@pytest.mark.parametrize(
    ("code", "value", "unit", "name", "expected"),
    [
        ("8310-5", 98.6, "[degF]", "temperature", 37),
        ("8310-5", 100.4, "[degF]", "temperature", 38),
        ("8310-5", 37.0, "Cel", "temperature", 37.0),
        ("29463-7", 185, "[lb_av]", "weight", 83.91),
        ("29463-7", 2500, "g", "weight", 2.5),
        ("8302-2", 1.64, "m", "height", 164),
        ("8302-2", 70, "[in_i]", "height", 177.8),
        ("8867-4", 72, "{beats}/min", "pulse", 72),
        ("9279-1", 21, "{Breaths}/min", "respiration_rate", 21),
    ],
)
def test_units(code: str, value: float, unit: str, name: str, expected: float):
    assert body(run(PATIENT, observation(code, value, unit)), "observations")[name] == expected


@pytest.mark.parametrize(
    ("resource", "why"),
    [
        (observation("2339-0", 90, "mg/dL"), "The unit mg/dL cannot be converted exactly."),
        (observation("72514-3", 2.3, "{score}"), "The score is a whole number; the source has a fraction."),
        (observation("8867-4", 72, "/min", status="preliminary"), "its status is preliminary"),
        (observation("8867-4", 72, "/min", effectiveDateTime="2026-11"), "The day of the observation is not known."),
        (observation("8867-4", 4000, "/min"), "It does not fit a record"),
        (observation("8867-4", 72, "/min", valueQuantity={"value": 1, "code": "/min", "comparator": "<"}), "a bound"),
        (observation("8867-4", 72, "/min", subject={"reference": "Group/g"}), "It is not about a patient."),
        (observation("8867-4", 72, "/min", subject={"reference": "Patient/q"}), "Patient q is not in the files."),
    ],
)
def test_what_cannot_be_taken_is_listed(resource: dict[str, Any], why: str):
    plan = run(PATIENT, resource)
    assert why in (reason(plan, f"Observation/{resource['id']}") or "")
    assert not [record for record in plan.records if record.kind == "observations"]


def test_a_pressure_with_one_side_missing_says_why():
    panel = observation("85354-9", 0, "")
    panel["component"] = [
        {
            "code": {"coding": [{"system": "http://loinc.org", "code": "8480-6"}]},
            "valueQuantity": {"value": 107, "code": "mm[Hg]"},
        },
        {
            "code": {"coding": [{"system": "http://loinc.org", "code": "8462-4"}]},
            "dataAbsentReason": {"text": "Not performed"},
        },
    ]
    found = body(run(PATIENT, panel), "observations")
    assert found["systolic_bp"] == 107
    assert found["not_measured"] == {"diastolic_bp": "Not performed"}


def test_two_values_of_one_measure_at_one_time_are_two_sets():
    plan = run(PATIENT, observation("8867-4", 72, "/min"), observation("8867-4", 90, "/min", id="other"))
    pulses = sorted(record.body["pulse"] for record in plan.records if record.kind == "observations")
    assert pulses == [72, 90]


def test_a_bundle_that_leaves_out_its_patient_keeps_its_entries():
    bundle = {"resourceType": "Bundle", "entry": [{"resource": observation("8867-4", 72, "/min")}]}
    plan = run(bundle)
    assert body(plan, "patient")["name"] == {"family": "Not known", "given": "p"}
    assert body(plan, "observations")["pulse"] == 72


def test_a_patient_who_is_here_already_need_not_be_in_the_files():
    here = record_id("Patient/p")
    plan = run(observation("8867-4", 72, "/min"), known=frozenset({here}))
    assert {record.kind for record in plan.records} == {"observations"}
    assert plan.records[0].patient == here


def test_two_people_with_one_id_are_never_mixed():
    other = {**PATIENT, "name": [{"family": "Okafor"}]}
    mine = {"resourceType": "Bundle", "entry": [{"resource": PATIENT}, {"resource": observation("8867-4", 72, "/min")}]}
    theirs = {
        "resourceType": "Bundle",
        "entry": [{"resource": other}, {"resource": observation("8867-4", 99, "/min", id="theirs")}],
    }
    plan = run(mine, theirs)
    assert body(plan, "observations")["pulse"] == 72
    assert [outcome.reason for outcome in plan.outcomes[2:]] == [
        "Another Patient with the same id and other content came first.",
        "Its patient was not imported.",
    ]


def test_allergies_that_no_longer_hold():
    def allergy(own: str, **more: Any) -> dict[str, Any]:
        return {"resourceType": "AllergyIntolerance", "id": own, "patient": SUBJECT, "code": {"text": "latex"}, **more}

    def coded(code: str) -> dict[str, Any]:
        return {"coding": [{"code": code}]}

    plan = run(
        PATIENT,
        allergy("gone", clinicalStatus=coded("resolved")),
        allergy("wrong", verificationStatus=coded("entered-in-error")),
        allergy("none", code={"coding": [{"system": "http://snomed.info/sct", "code": "716186003"}]}),
    )
    assert body(plan, "patient")["allergies"] == {"state": "none_known", "items": []}
    assert sum(outcome.record is None for outcome in plan.outcomes) == 2
    both = run(
        PATIENT,
        allergy("none", code={"coding": [{"system": "http://snomed.info/sct", "code": "716186003"}]}),
        allergy("latex"),
    )
    assert body(both, "patient")["allergies"]["state"] == "known"
    assert reason(both, "AllergyIntolerance/none") == "It says no allergy is known, but others are recorded."


@pytest.mark.parametrize(
    ("instruction", "expected"),
    [
        (
            {
                "timing": {"repeat": {"frequency": 3, "period": 1, "periodUnit": "d"}},
                "doseAndRate": [{"doseQuantity": {"value": 62.50, "code": "ug"}}],
                "route": {"coding": [{"display": "Oral Route"}]},
            },
            {"dose": "62.5 micrograms", "frequency": "three times a day", "route": "oral"},
        ),
        (
            {
                "timing": {"repeat": {"frequency": 1, "period": "12", "periodUnit": "h"}},
                "doseAndRate": [{"doseQuantity": {"value": 1000, "code": "[iU]"}}],
            },
            {"dose": "1,000 units", "frequency": "every 12 hours"},
        ),
        (
            {"text": "Two at once, then one daily", "doseAndRate": [{"doseQuantity": {"value": 1, "unit": "tab"}}]},
            {"frequency": "Two at once, then one daily"},
        ),
        ({"asNeededBoolean": True}, {"frequency": "when needed"}),
    ],
)
def test_dosing(instruction: dict[str, Any], expected: dict[str, str]):
    assert dosing({"dosageInstruction": [instruction]}) == expected


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"<Patient/>", "is XML"),
        (b'{"resourceType": "Patient"', "is not JSON"),
        (b"[]", "must be one JSON object"),
        (b'{"id": "x"}', "has no resourceType"),
        (b'{"resourceType": "Bundle", "entry": {}}', "entry must be a list"),
        (b'{"resourceType": "Bundle", "entry": [7]}', "Entry 1 is not an object"),
        (b'{"resourceType": "Bundle", "entry": [{"resource": null}]}', "Entry 1 holds no resource object"),
        (b'{"resourceType": "Observation", "valueQuantity": {"value": NaN}}', "is not JSON"),
        (b"\xff\xfe", "is not JSON"),
    ],
)
def test_a_file_that_is_no_fhir_is_refused_whole(tmp_path: Path, content: bytes, sentence: str):
    path = tmp_path / "given.json"
    path.write_bytes(content)
    with pytest.raises(FileRefusedError, match=sentence):
        read_file(path)


def test_a_file_that_is_not_there(tmp_path: Path):
    with pytest.raises(FileRefusedError, match="cannot be opened"):
        read_file(tmp_path / "absent.json")


FIELDS = st.sampled_from(
    "name family given code coding text system status subject reference patient value valueQuantity component"
    " effectiveDateTime identifier extension url period start end activity detail dosage timing repeat".split()
)
ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(FIELDS, inner, max_size=5),
    max_leaves=12,
)
KINDS = st.sampled_from(
    "Patient Observation AllergyIntolerance Flag Condition CarePlan Goal MedicationRequest Medication Encounter"
    " Appointment EpisodeOfCare ClinicalImpression DocumentReference RelatedPerson".split()
)


@settings(max_examples=150, deadline=None)
@given(KINDS, st.dictionaries(FIELDS, ANYTHING, max_size=6))
def test_no_shape_of_a_resource_stops_an_import(kind: str, content: dict[str, Any]):
    plan = run(PATIENT, {"subject": SUBJECT, "patient": SUBJECT, **content, "resourceType": kind})
    assert len(plan.outcomes) == 2
    assert all((outcome.record is None) != (outcome.reason is None) for outcome in plan.outcomes)
    json.dumps([record.body for record in plan.records])
