"""Versions side by side, and one decision."""

from __future__ import annotations

import pytest

from fieldapp.domain.canonical import Json
from fieldapp.usecases.conflict import ConflictView, Keep, Write, conflict_view, settle, settled_body, sides_json
from fieldapp.usecases.errors import NeedsReasonError, NotInConflictError
from tests.app.ward import DOCTOR, NURSE, Ward


def oxygen(delivery: str) -> Json:
    return {"target_low": 88, "target_high": 92, "delivery": delivery}


BASE: Json = {
    "oxygen": oxygen("1 L/min"),
    "problems": [{"id": "p1", "text": "Pneumonia"}, {"id": "p2", "text": "Frailty"}],
    "summary": "Hospital at home",
}


@pytest.fixture
def plan(ward: Ward) -> str:
    """A plan whose oxygen and first problem two people changed apart, with what they had measured."""
    who = ward.patient("Hargreaves")
    for minutes, spo2 in ((-300, 89), (-257, 86), (-206, 90), (-10, 91)):
        ward.observed(who, minutes, spo2=spo2)
    base = ward.add(who, "plan", BASE, minutes=-600)
    mine = {**BASE, "oxygen": oxygen("2 L/min"), "problems": BASE["problems"][1:], "summary": "Home on Friday"}
    theirs = {**BASE, "oxygen": oxygen("1 to 2 L/min")}
    theirs["problems"] = [{"id": "p1", "text": "Pneumonia, better"}, BASE["problems"][1]]
    ward.add(who, "plan", mine, by=NURSE, minutes=-250, record=base.record, parents=(base.id,))
    ward.add(who, "plan", theirs, by=DOCTOR, minutes=-202, record=base.record, parents=(base.id,))
    return base.record


@pytest.fixture
def view(ward: Ward, plan: str) -> ConflictView:
    return conflict_view(ward.session, plan)


def test_both_sides_with_what_each_had_seen(view: ConflictView) -> None:
    assert view.title == "Oxygen target and Problems: two versions"
    assert [(v.by, v.role, v.initials, v.when) for v in view.versions] == [
        ("Amira Khan", "Registered nurse", "AK", "09:52"),
        ("Dr S. Mensah", "Consultant", "SM", "10:40"),
    ]
    assert [v.saw for v in view.versions] == [
        "Saw SpO₂ 86\u2009% on air at 09:45",
        "Saw SpO₂ 90\u2009% on air at 10:36",
    ]
    assert [p.value for p in view.evidence] == [89, 86, 90, 91]
    assert view.target == (88, 92)


def test_only_what_differs_is_asked(view: ConflictView) -> None:
    assert [q.path for q in view.questions] == ["oxygen", "problems/p1"]
    first, second = view.questions
    assert first.was == "Target 88–92%, NEWS2 scale 1, 1 L/min"
    assert [s.words for s in first.sides] == [
        "Target 88–92%, NEWS2 scale 1, 2 L/min",
        "Target 88–92%, NEWS2 scale 1, 1 to 2 L/min",
    ]
    assert [(s.value, s.words) for s in second.sides] == [
        (None, "Not recorded"),
        ({"id": "p1", "text": "Pneumonia, better"}, "Pneumonia, better"),
    ]
    assert view.body["summary"] == "Home on Friday", "what only one changed is merged already"


def test_left_right_or_a_third(view: ConflictView) -> None:
    left, right = (version.revision for version in view.versions)
    kept = settled_body(view, {"oxygen": Keep(right), "problems/p1": Keep(left)})
    assert kept["oxygen"] == oxygen("1 to 2 L/min")
    assert kept["problems"] == [{"id": "p2", "text": "Frailty"}]
    third = {"id": "p1", "text": "Pneumonia, resolved"}
    written = settled_body(view, {"oxygen": Write(None), "problems/p1": Write(third)})
    assert "oxygen" not in written
    assert written["problems"] == [third, {"id": "p2", "text": "Frailty"}]
    assert written["summary"] == "Home on Friday"
    assert view.body["problems"][0] == {"id": "p1", "text": "Pneumonia"}, "the view is as it was"


def test_every_question_needs_an_answer(view: ConflictView) -> None:
    left = view.versions[0].revision
    with pytest.raises(NeedsReasonError, match="problems"):
        settled_body(view, {"oxygen": Keep(left)})
    with pytest.raises(NotInConflictError):
        settled_body(view, {"oxygen": Keep("another"), "problems/p1": Keep(left)})


def test_a_decision_keeps_both_versions(ward: Ward, plan: str, view: ConflictView) -> None:
    right = view.versions[1].revision
    saved = settle(ward.session, view, {"oxygen": Keep(right), "problems/p1": Keep(right)}, "In target since 10:36")
    state = ward.session.record(plan)
    assert (state.heads, state.in_conflict) == ((saved.revision,), False)
    assert state.body["oxygen"] == oxygen("1 to 2 L/min")
    assert len(ward.store.revisions(plan)) == 4
    with pytest.raises(NotInConflictError):
        conflict_view(ward.session, plan)


def test_for_scripts_every_side_is_whole(ward: Ward, plan: str) -> None:
    told = sides_json(ward.session, plan)
    assert (told["conflict"], told["record"], told["kind"]) == (plan, plan, "plan")
    assert told["disputed"] == ["oxygen", "problems/p1"]
    assert told["base"] == {"oxygen": oxygen("1 L/min"), "problems/p1": {"id": "p1", "text": "Pneumonia"}}
    assert {side["author"] for side in told["sides"]} == {"Amira Khan", "Dr S. Mensah"}
    assert {side["body"]["oxygen"]["delivery"] for side in told["sides"]} == {"2 L/min", "1 to 2 L/min"}
    assert {side["at"] for side in told["sides"]} == {ward.at(-250), ward.at(-202)}
