"""A patient's *Now*."""

from __future__ import annotations

import pytest

from fieldapp.usecases.chart import Now, now
from fieldapp.usecases.errors import UnknownPatientError
from tests.app.ward import NOW, SET, Ward

PLAN = {
    "escalation": {"not_for": ["CPR", "intensive care"], "still_for": ["hospital if reversible"],
                   "decided_at": "2026-11-19T16:20:00Z"},
    "medicines": [
        {"id": "m1", "name": "ceftriaxone", "dose": "2 g", "route": "intravenous", "times": ["14:30"]},
        {"id": "m2", "name": "senna", "times": ["22:00"], "ends": "2026-11-20"},
    ],
    "interventions": [{"id": "i1", "what": "Cannula check", "times": ["once"]}, {"id": "i2", "what": "Walk"}],
}  # fmt: skip


@pytest.fixture
def shown(ward: Ward) -> Now:
    who = ward.patient(
        "Hargreaves",
        nhs_number="9990000018",
        allergies={"state": "known", "updated": "2026-11-19", "items": [{"substance": "latex", "reaction": "rash"}]},
        alerts=[{"id": "a1", "kind": "falls", "label": "High risk of falls", "updated": "2026-11-23"}],
    )
    ward.episode(who, "virtual_ward", focus="respiratory")
    ward.add(who, "plan", PLAN)
    ward.observed(who, -350, respiration_rate=25, on_oxygen=True, oxygen_flow=1, systolic_bp=132, diastolic_bp=76)
    ward.observed(who, -22, recorded_news2=6)
    ward.observed(who, -5, spo2=None, temperature=38.0)
    wrong = ward.observed(who, -1, pulse=200)
    head = ward.session.record(wrong).heads
    ward.add(who, "observations", {**SET, "taken_at": ward.at(-1), "pulse": 200, "entered_in_error": True},
             record=wrong, parents=head)  # fmt: skip
    ward.visit(who, 28, 58, travel_minutes=12)
    return now(ward.session, who)


def test_who_this_is_and_what_is_dangerous(shown: Now) -> None:
    banner = shown.banner
    assert (banner.who.name, banner.who.nhs_number) == ("HARGREAVES, Dorothy (Mrs)", "999 000 0018")
    assert banner.allergies.text == "Known allergies: latex: rash. Updated 19-Nov-2026"
    assert [(c.kind, c.label) for c in banner.cautions] == [
        ("escalation", "Not for CPR"),
        ("falls", "High risk of falls"),
    ]
    assert banner.cautions[0].detail == "For hospital if reversible, not for intensive care"
    assert banner.pathway == "Home Ward: respiratory"


def test_the_score_is_of_the_last_whole_set(shown: Now) -> None:
    score = shown.score
    assert (score.total, score.band, score.response) == (5, "medium", "Urgent response")
    assert score.detail == "13:40, 22 min ago · was 8 at 08:12"
    assert (score.recheck, score.recheck_overdue) == ("Recheck 14:40, in 38 min", False)
    assert score.recorded == "Recorded as 6 by its source"
    assert [p.total for p in shown.trend] == [8, 5]


def test_each_value_is_the_latest_there_is_with_the_one_before(shown: Now) -> None:
    tiles = {r.name: r for r in shown.readings}
    assert (tiles["temperature"].value, tiles["temperature"].when) == ("38.0", "at 13:57")
    assert (tiles["spo2"].value, tiles["spo2"].when) == ("93", "at 13:40")
    pressure = tiles["blood_pressure"]
    assert (pressure.value, pressure.unit, pressure.was) == ("128/74", "mmHg", "128/74 at 13:40")
    assert [v for _, v in pressure.series] == [132, 128, 128]
    assert [v for _, v in pressure.lower] == [76, 74, 74]
    assert tiles["oxygen"].value == "Air"
    assert tiles["pulse"].value == "94", "what was entered in error does not count"


def test_what_is_due_today_in_order(shown: Now) -> None:
    assert [(d.kind, d.when, d.soon) for d in shown.due] == [
        ("medicine", "14:30", "in 28 min"),
        ("visit", "14:30", "in 28 min"),
        ("observations", "14:40", "in 38 min"),
        ("intervention", "once", "Today"),
    ]
    assert shown.due[0].what == "ceftriaxone – DOSE 2 g – intravenous"
    assert shown.visit is not None
    assert shown.visit.starts_at > NOW


def test_a_patient_not_here(ward: Ward) -> None:
    with pytest.raises(UnknownPatientError):
        now(ward.session, "01900000-0000-7000-8000-000000000000")


def test_nothing_recorded_yet(ward: Ward) -> None:
    empty = now(ward.session, ward.patient("New"))
    assert (empty.score.response, empty.readings, empty.due, empty.taken) == ("No NEWS2 yet", (), (), None)
    assert empty.banner.allergies.phrase == "Allergies not recorded"
