"""What becomes of each pushed revision."""

from __future__ import annotations

import copy
import json
from contextlib import suppress
from typing import Any

import pytest
from sqlalchemy import func, select

from fieldapp.domain.canonical import NotCanonicalError, canonical_json, sha256_hex
from fieldapp.domain.ids import new_id
from fieldapp.domain.revision import parse_revision
from fieldapp.sync.proof import b64, revision_text, unb64, verified
from server.db.tables import audit, feed, receipts, rejected
from server.identity import devices
from tests.server.world import Tablet, World, ids_in, revisions_in

PLAN: dict[str, Any] = {"summary": "Hospital at home", "interventions": [{"id": "i1", "what": "Blood pressure"}]}


def rows(world: World) -> int:
    with world.database.reading() as connection:
        return connection.scalar(select(func.count()).select_from(feed)) or 0


def test_a_revision_comes_to_the_colleague_as_it_was_signed(nurse: Tablet, therapist: Tablet) -> None:
    patient = nurse.new_patient()
    note = nurse.write(patient, "note", {"text": "Ünïcode ☂ 37.0", "later": {"newer": [37.0, 1e-7]}})
    (outcome,) = nurse.push(note)
    assert outcome["status"] == "accepted"
    assert outcome["hash"] == note.hash
    assert list(outcome["positions"].values()) == [3]
    (first, _, last) = therapist.pull()
    assert first == {"joined": {"team": next(iter(outcome["positions"])), "patient": patient}}
    assert last["revision"] == note.to_wire()
    assert parse_revision(last["revision"]) == note


def test_the_same_push_again_gets_the_first_answer_and_changes_nothing(world: World, nurse: Tablet) -> None:
    patient = nurse.new_patient()
    plan = nurse.write(patient, "plan", PLAN)
    one = nurse.write(patient, "plan", {**PLAN, "summary": "Changed"}, parents=[plan])
    two = nurse.write(patient, "plan", {**PLAN, "review_on": "2026-12-01"}, parents=[plan])
    first = nurse.push(plan, one, two)
    before = rows(world)
    for _ in range(3):
        assert nurse.push(plan, one, two) == first
    assert nurse.push(two, two) == [first[2]] * 2
    assert rows(world) == before


def test_one_item_twice_in_one_push_is_stored_once(world: World, nurse: Tablet) -> None:
    patient = nurse.new_patient()
    note = nurse.write(patient, "note", {"text": "Once"})
    before = rows(world)
    one, two = nurse.push(note, note)
    assert one == two
    assert rows(world) == before + 1


def test_another_content_under_the_same_id_is_refused_and_both_are_kept(world: World, nurse: Tablet) -> None:
    patient = nurse.new_patient()
    note = nurse.write(patient, "note", {"text": "First"})
    other = nurse.write(patient, "note", {"text": "Second"}, id=note.id, record=note.record)
    assert [o["status"] for o in nurse.push(note, other)] == ["accepted", "refused"]
    (again,) = nurse.push(other)
    assert (again["code"], again["id"]) == ("different_content", note.id)
    with world.database.reading() as connection:
        kept = connection.execute(select(rejected)).all()
    assert [(row.code, "Second" in row.data) for row in kept] == [("different_content", True)]
    assert revisions_in(nurse.pull())[-1]["body"] == {"text": "First"}


def test_bad_items_stop_no_good_ones(nurse: Tablet) -> None:
    patient = nurse.new_patient()
    good = [nurse.write(patient, "note", {"text": f"Note {n}"}) for n in range(3)]
    nan = copy.deepcopy(good[0].to_wire())
    nan["body"]["text"] = float("nan")
    bad: list[object] = [None, 7, [], {}, {"id": "x"}, "\ud800", nan, {**good[0].to_wire(), "hash": "0" * 64}]
    outcomes = nurse.push(good[0], *bad[:4], good[1], *bad[4:], good[2])
    assert [o["status"] for o in outcomes] == ["accepted", *["refused"] * 4, "accepted", *["refused"] * 4, "accepted"]
    assert ids_in(nurse.pull())[1:] == [note.id for note in good]


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"kind": "Note"}, "malformed"),
        ({"kind": "note\0"}, "malformed"),
        ({"schema": 0}, "malformed"),
        ({"at": "2026-11-23T10:00:00+01:00"}, "malformed"),
        ({"at": "0001-01-01T00:00:00.000+14:00"}, "malformed"),
        ({"offset_ms": 10**30}, "malformed"),
        ({"body": {"text": "\ud800"}}, "malformed"),
        ({"body": {}}, "invalid_body"),
        ({"kind": "plan", "body": {"oxygen": {"target_low": 92, "target_high": 88}}}, "invalid_body"),
        ({"author": {"id": "somebody", "name": "Else", "role": "Nurse"}}, "not_the_author"),
        ({"device": "another"}, "not_the_author"),
    ],
)
def test_each_fault_has_its_code(nurse: Tablet, change: dict[str, Any], code: str) -> None:
    wire = nurse.write(nurse.new_patient(), "note", {"text": "A note"}).to_wire() | change
    content = {key: value for key, value in wire.items() if key not in ("hash", "sig")}
    with suppress(NotCanonicalError):
        wire["hash"] = sha256_hex(canonical_json(content))
    wire["sig"] = b64(nurse.key.sign(revision_text(wire["hash"])))
    (outcome,) = nurse.push(wire)
    assert (outcome["status"], outcome["code"]) == ("refused", code)
    assert outcome["sentence"]


def test_a_signature_must_be_this_tablets(nurse: Tablet, therapist: Tablet) -> None:
    patient = nurse.new_patient()
    note = nurse.write(patient, "note", {"text": "A note"})
    outcomes = nurse.push(therapist.sign(note), note.to_wire() | {"sig": None}, note.to_wire() | {"sig": "!"})
    assert [o["code"] for o in outcomes] == ["bad_signature"] * 3
    claimed = nurse.sign(therapist.write(patient, "note", {"text": "In her name"}))
    assert [o["code"] for o in therapist.push(claimed)] == ["bad_signature"]


def test_any_tablet_of_the_team_may_bring_what_another_signed(world: World, nurse: Tablet, therapist: Tablet) -> None:
    patient = nurse.new_patient()
    note = nurse.write(patient, "note", {"text": "Signed by a tablet that is lost now"})
    world.database.write(lambda c: devices.revoke(c, world.clock, nurse.device))
    assert therapist.push(note)[0]["status"] == "accepted"
    assert revisions_in(therapist.pull())[-1] == note.to_wire()
    with world.database.reading() as connection:
        brought = connection.execute(select(audit).where(audit.c.action == "relayed")).one()
    assert (brought.device, brought.actor) == (therapist.device, therapist.person["id"])
    assert json.loads(brought.detail) == {"revisions": 1, "signer": nurse.device}


def test_what_another_signed_is_held_to_the_senders_caseload(world: World, nurse: Tablet) -> None:
    stranger = world.tablet("Somebody Else", world.team("Another team"))
    patient = nurse.new_patient()
    note = nurse.write(patient, "note", {"text": "A note"})
    assert [o["code"] for o in stranger.push(note)] == ["not_your_patient"]
    theirs = stranger.write(patient, "note", {"text": "A note"})
    assert nurse.push(theirs)[0]["status"] == "accepted", "the sender answers for what was signed elsewhere"


def test_what_the_service_signed_may_come_back_and_nothing_else_in_its_name(world: World, nurse: Tablet) -> None:
    patient = nurse.new_patient()
    made = world.imported(patient, "note", {"text": "From another system"})
    (forged,) = nurse.push(nurse.sign(made))
    assert forged["code"] == "bad_signature"
    (unsigned,) = nurse.push(made)
    assert unsigned["code"] == "bad_signature"
    assert nurse.push(world.service.sign(made))[0]["status"] == "accepted"


def test_the_service_says_what_it_lacks_of_an_offer(nurse: Tablet) -> None:
    patient = nurse.new_patient()
    here, other, missing = (nurse.write(patient, "note", {"text": text}) for text in ("here", "other", "missing"))
    nurse.push(here, other)
    offers = {missing.id: missing.hash[:16], here.id: here.hash[:16], other.id: "0" * 16}
    reply = nurse.send("POST", "/v1/offer", json.dumps({"offers": offers}).encode())
    assert reply.json()["wanted"] == [missing.id, other.id]


@pytest.mark.parametrize(
    "offers", [None, [], {"": "0"}, {"x" * 37: "0"}, {"\0": "0"}, {"a": 1}, {str(n): "0" for n in range(2001)}]
)
def test_an_offer_that_is_none_is_refused(nurse: Tablet, offers: object) -> None:
    reply = nurse.send("POST", "/v1/offer", json.dumps({"offers": offers}).encode())
    assert (reply.status_code, reply.json()["code"]) == (400, "malformed")


def test_parents_must_be_known_and_of_the_same_record(nurse: Tablet) -> None:
    patient, other = nurse.new_patient(), nurse.new_patient()
    plan = nurse.write(patient, "plan", PLAN)
    elsewhere = nurse.write(other, "plan", PLAN)
    assert [o["status"] for o in nurse.push(plan, elsewhere)] == ["accepted"] * 2
    outcomes = nurse.push(
        nurse.write(patient, "plan", PLAN, record=plan.record, parents=[new_id(nurse.world.clock)]),
        nurse.write(patient, "plan", PLAN, record=plan.record, parents=[elsewhere]),
        nurse.write(patient, "plan", PLAN, record=new_id(nurse.world.clock), parents=[plan]),
        nurse.write(patient, "goal", {"quote": "To walk"}, record=plan.record),
        nurse.write(other, "plan", PLAN, record=plan.record),
    )
    assert [o["code"] for o in outcomes] == ["unknown_parent", *["wrong_record"] * 4]


def test_a_child_of_a_refused_parent_waits_for_it(nurse: Tablet) -> None:
    patient = nurse.new_patient()
    parent = nurse.write(patient, "plan", {"oxygen": {"target_low": 1}})
    child = nurse.write(patient, "plan", PLAN, parents=[parent])
    assert [o["code"] for o in nurse.push(parent, child)] == ["invalid_body", "unknown_parent"]


def test_an_entry_is_amended_with_a_reason_only(nurse: Tablet) -> None:
    patient = nurse.new_patient()
    note = nurse.write(patient, "note", {"text": "Left arm"})
    silent = nurse.write(patient, "note", {"text": "Right arm"}, parents=[note])
    blank = nurse.write(patient, "note", {"text": "Right arm"}, parents=[note], reason="  ")
    again = nurse.write(patient, "note", {"text": "Right arm"}, record=note.record)
    amended = nurse.write(patient, "note", {"text": "Right arm"}, parents=[note], reason="Wrong side")
    outcomes = nurse.push(note, silent, blank, again, amended)
    assert [o.get("code") for o in outcomes] == [None, *["needs_reason"] * 3, None]


def test_a_kind_of_a_newer_version_passes_untouched(nurse: Tablet, therapist: Tablet) -> None:
    patient = nurse.new_patient()
    wound = nurse.write(patient, "wound_map", {"areas": [{"depth": 1.50}]})
    assert nurse.push(wound)[0]["status"] == "accepted"
    assert revisions_in(therapist.pull())[-1] == wound.to_wire()


def test_changes_of_different_statements_are_merged_by_the_server(
    world: World, nurse: Tablet, therapist: Tablet
) -> None:
    patient = nurse.new_patient()
    plan = nurse.write(patient, "plan", PLAN)
    one = nurse.write(patient, "plan", {**PLAN, "summary": "Step down"}, parents=[plan])
    therapy = {**PLAN, "interventions": [*PLAN["interventions"], {"id": "i2", "what": "Stairs"}]}
    two = therapist.write(patient, "plan", therapy, parents=[plan])
    assert [o["status"] for o in nurse.push(plan, one)] == ["accepted"] * 2
    (outcome,) = therapist.push(two)
    assert outcome["status"] == "merged"
    merged = parse_revision(revisions_in(nurse.pull())[-1])
    assert merged.body == {**therapy, "summary": "Step down"}
    assert merged.parents == tuple(sorted([one.id, two.id]))
    assert (merged.author.id, merged.author.role, merged.device) == ("server", "system", "server")
    assert verified(world.service.key.public_key(), unb64(merged.sig or ""), revision_text(merged.hash))
    third = nurse.write(patient, "plan", {**merged.body, "summary": "Home"}, parents=[merged])
    assert nurse.push(third)[0]["status"] == "accepted"


def test_a_conflict_is_kept_until_someone_settles_it(nurse: Tablet, therapist: Tablet) -> None:
    patient = nurse.new_patient()
    plan = nurse.write(patient, "plan", PLAN)
    one = nurse.write(patient, "plan", {**PLAN, "summary": "One"}, parents=[plan])
    two = therapist.write(patient, "plan", {**PLAN, "summary": "Two"}, parents=[plan])
    nurse.push(plan, one)
    assert therapist.push(two)[0]["status"] == "conflict"
    longer = therapist.write(patient, "plan", {**PLAN, "summary": "Two, longer"}, parents=[two])
    assert therapist.push(longer)[0]["status"] == "conflict"
    settled = nurse.write(patient, "plan", {**PLAN, "summary": "Both"}, parents=[one, longer], reason="Agreed")
    assert nurse.push(settled)[0]["status"] == "accepted"
    assert ids_in(therapist.pull())[1:] == [plan.id, one.id, two.id, longer.id, settled.id]


def test_a_merge_that_makes_no_sense_is_a_conflict(nurse: Tablet, therapist: Tablet) -> None:
    patient = nurse.new_patient()
    body = {"team": "t", "window_start": "2026-11-23T10:00:00Z", "window_end": "2026-11-23T12:00:00Z"}
    visit = nurse.write(patient, "visit", body)
    early = nurse.write(patient, "visit", {**body, "window_end": "2026-11-23T10:30:00Z"}, parents=[visit])
    late = therapist.write(patient, "visit", {**body, "window_start": "2026-11-23T11:30:00Z"}, parents=[visit])
    nurse.push(visit, early)
    assert therapist.push(late)[0]["status"] == "conflict"


def test_one_tablets_fork_in_one_push_is_merged_once(world: World, nurse: Tablet) -> None:
    patient = nurse.new_patient()
    plan = nurse.write(patient, "plan", PLAN)
    forks = [nurse.write(patient, "plan", {**PLAN, f"field{n}": n}, parents=[plan]) for n in range(4)]
    before = rows(world)
    assert [o["status"] for o in nurse.push(plan, *forks)] == ["merged"] * 5
    assert rows(world) == before + 6


def test_every_receipt_is_kept(world: World, nurse: Tablet) -> None:
    patient = nurse.new_patient()
    note = nurse.write(patient, "note", {"text": "A note"})
    nurse.push(note)
    with world.database.reading() as connection:
        row = connection.execute(select(receipts).where(receipts.c.revision == note.id)).one()
    assert (row.hash, row.patient, row.status, row.device) == (note.hash, patient, "accepted", nurse.device)
