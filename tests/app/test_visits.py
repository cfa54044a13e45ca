"""A visit as it goes: on my way, arrived, done, late."""

from __future__ import annotations

import pytest

from fieldapp.domain.canonical import Json
from fieldapp.usecases.errors import NotNowError, UnknownRecordError
from fieldapp.usecases.visits import Visit, say, visits_of
from tests.app.ward import Ward


@pytest.fixture
def who(ward: Ward) -> str:
    return ward.patient("Hargreaves")


def progress(ward: Ward, record: str) -> Json:
    return ward.session.record(record).body["progress"]


def only(ward: Ward, who: str) -> Visit:
    (visit,) = visits_of(ward.session, who)
    return visit


def test_the_travel_bar(ward: Ward, who: str) -> None:
    ward.visit(who, 28, 58, travel_minutes=12)
    visit = only(ward, who)
    assert visit.window == "14:30–15:00"
    travel = visit.travel
    assert travel is not None
    assert (travel.spare, travel.drive, travel.window, travel.leave_by) == (16, 12, 30, "14:18")
    assert travel.words == "Leave by 14:18, 16 min to spare"
    ward.clock.advance(16 * 60)
    assert (t := only(ward, who).travel) is not None
    assert t.words == "Leave now"
    ward.clock.advance(12 * 60)
    assert (t := only(ward, who).travel) is not None
    assert (t.words, t.spare, t.late_by) == ("12 min behind", 0, 12)


def test_from_leaving_to_done(ward: Ward, who: str) -> None:
    record = ward.visit(who, 28, 58, travel_minutes=12)
    assert only(ward, who).actions[0] == "on_the_way"
    say(ward.session, record, "on_the_way")
    assert progress(ward, record) == {
        "status": "on_the_way",
        "changed_at": ward.at(0),
        "on_the_way_at": ward.at(0),
        "eta_start": ward.at(12),
        "eta_end": ward.at(27),
    }
    assert only(ward, who).progress == "On the way since 14:02, there about 14:14"
    ward.clock.advance(720)
    say(ward.session, record, "arrived")
    ward.clock.advance(1800)
    say(ward.session, record, "done")
    visit = only(ward, who)
    assert (visit.standing, visit.actions, visit.progress) == ("done", (), "Done 14:44")
    assert progress(ward, record)["arrived_at"] == ward.at(12)


def test_running_late_moves_the_estimate_and_nothing_else(ward: Ward, who: str) -> None:
    record = ward.visit(who, 28, 58, travel_minutes=12)
    say(ward.session, record, "running_late", minutes=75, reason="Called to another patient")
    told = progress(ward, record)
    assert (told["status"], told["eta_start"], told["late_reason"]) == (
        "planned",
        ward.at(75),
        "Called to another patient",
    )
    assert ward.session.record(record).body["window_start"] == ward.at(28)
    assert only(ward, who).progress == "Running late, there about 15:17"
    with pytest.raises(NotNowError):
        say(ward.session, record, "running_late")


def test_what_cannot_happen_now_is_refused(ward: Ward, who: str) -> None:
    done = ward.visit(who, -60, -30, progress={"status": "done"})
    with pytest.raises(NotNowError):
        say(ward.session, done, "on_the_way")
    note = ward.session.put(who, "note", {"text": "x"})
    with pytest.raises(UnknownRecordError):
        say(ward.session, note.record, "done")


def test_a_visit_with_versions_to_settle_still_moves_on(ward: Ward, who: str) -> None:
    record = ward.visit(who, 28, 58)
    base = ward.session.record(record)
    for purpose in ("Bloods", "Wound"):
        ward.add(who, "visit", {**base.body, "purpose": purpose}, record=record, parents=base.heads)
    say(ward.session, record, "on_the_way")
    state = ward.session.record(record)
    assert state.disputed == ("purpose",)
    assert state.body["progress"]["status"] == "on_the_way"
