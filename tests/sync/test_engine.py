"""The engine with real stores against a server that speaks the wire, over a road that fails as roads do.

Names ending in s and a number are situations of the shared list of sync scenarios.
"""

from __future__ import annotations

import pytest

from fieldapp.domain.clock import FixedClock
from fieldapp.domain.ids import new_id
from fieldapp.sync.engine import Progress
from fieldapp.sync.errors import AlreadyRunningError, UnreachableError
from tests.sync.notes import NOTE, everything, oxygen, plan_with
from tests.sync.service import Device, Fault, Service, imported


def test_a_sync_sends_what_waits_and_fetches_what_is_new(nurse: Device, therapist: Device, patient: str) -> None:
    saved = nurse.session.put(patient, "note", NOTE)
    report = nurse.sync()
    assert (report.pushed, report.accepted, report.pending) == (1, 1, 0)
    assert nurse.store.status(saved.record) == "sent"
    assert therapist.sync().pulled == 1
    assert therapist.body(saved.record) == NOTE
    assert therapist.sync().pulled == 0


def test_progress_tells_of_sending_and_receiving(nurse: Device, therapist: Device, patient: str) -> None:
    for n in range(4):
        therapist.session.put(patient, "note", {"text": f"Note {n}"})
    therapist.sync()
    nurse.session.put(patient, "note", NOTE)
    told: list[Progress] = []
    nurse.engine.run(told.append)
    assert told[0] == Progress("sending", 0, 1, True)
    assert [p.done for p in told if p.phase == "receiving"] == [3, 4]


def test_an_edit_made_while_sending_goes_too(nurse: Device, patient: str, service: Service) -> None:
    nurse.session.put(patient, "note", NOTE)
    late: list[str] = []

    def meanwhile() -> None:
        if not late:
            late.append(nurse.session.put(patient, "note", {"text": "One more thing."}).revision)

    nurse.road.before_push = meanwhile
    report = nurse.sync()
    assert (report.pushed, report.pending) == (2, 0)
    assert late[0] in service.revisions


def test_a_large_outbox_goes_in_several_requests(nurse: Device, patient: str, service: Service) -> None:
    for _ in range(70):
        nurse.session.put(patient, "note", {"text": "x" * 19_000})
    before = service.pushes
    assert nurse.sync().pushed == 70
    assert service.pushes - before >= 2


def test_a_stale_write_stands_beside_the_newer_one_s05(
    nurse: Device, therapist: Device, plan: str, service: Service
) -> None:
    plan_with(nurse, plan, oxygen=oxygen("2 L/min"))
    nurse.sync()
    plan_with(therapist, plan, oxygen=oxygen("1 to 2 L/min"))
    report = therapist.sync()
    assert (report.conflicts, report.refused) == (1, 0)
    assert therapist.store.status(plan) == "conflict"
    assert {r.body["oxygen"]["delivery"] for r in service.record(plan).values()} == {
        "1 L/min",
        "2 L/min",
        "1 to 2 L/min",
    }


def test_two_writers_with_one_base_s06(nurse: Device, therapist: Device, plan: str) -> None:
    base = nurse.session.record(plan).heads
    plan_with(nurse, plan, oxygen=oxygen("2 L/min"))
    plan_with(therapist, plan, oxygen=oxygen("air"))
    nurse.sync()
    assert therapist.sync().conflicts == 1
    nurse.sync()
    for device in (nurse, therapist):
        state = device.session.record(plan)
        assert state.disputed == ("oxygen",)
        assert state.body["oxygen"] == oxygen("1 L/min"), "the base value is shown until it is settled"
        assert {r.parents for r in device.store.revisions(plan) if r.id in state.heads} == {base}


def test_two_devices_end_with_the_same_bytes_and_see_the_conflict_s07(
    nurse: Device, therapist: Device, patient: str, plan: str
) -> None:
    plan_with(nurse, plan, oxygen=oxygen("2 L/min"))
    plan_with(therapist, plan, oxygen=oxygen("air"), summary="Going home on Friday")
    for device in (nurse, therapist, nurse, therapist):
        device.sync()
    assert everything(nurse, patient) == everything(therapist, patient)
    assert nurse.session.record(plan) == therapist.session.record(plan)
    assert [s.id for s in nurse.session.conflicts()] == [s.id for s in therapist.session.conflicts()] == [plan]


CUTS: list[list[Fault]] = [["lost"], ["cut"], [None, "lost"], [None, "cut"], [None, None, "cut"], [None, None, "lost"]]


@pytest.mark.parametrize("faults", CUTS)
def test_a_sync_killed_anywhere_resumes_s11(
    nurse: Device, therapist: Device, patient: str, service: Service, faults: list[Fault]
) -> None:
    for n in range(5):
        therapist.session.put(patient, "note", {"text": f"From the therapist {n}"})
    therapist.sync()
    sent = {nurse.session.put(patient, "note", {"text": f"From the nurse {n}"}).revision for n in range(3)}
    nurse.road.faults = list(faults)
    with pytest.raises(UnreachableError):
        nurse.sync()
    nurse.sync()
    assert sent <= service.revisions.keys()
    ids = [item["revision"]["id"] for item in service.feed if "revision" in item]
    assert len(ids) == len(set(ids)), "nothing is there twice"
    therapist.sync()
    assert everything(nurse, patient) == everything(therapist, patient)


def test_three_edits_with_a_sync_after_each_s14(nurse: Device, therapist: Device, plan: str) -> None:
    for summary in ("one", "two", "three"):
        nurse.clock.advance(60)
        plan_with(nurse, plan, summary=summary)
        nurse.sync()
        therapist.sync()
    assert therapist.body(plan)["summary"] == "three"
    assert [r.body["summary"] for r in therapist.store.revisions(plan)] == ["Hospital at home", "one", "two", "three"]


def test_no_server_is_a_typed_error_and_work_goes_on_s17(nurse: Device, patient: str) -> None:
    nurse.session.put(patient, "note", NOTE)
    before = everything(nurse, patient)
    nurse.road.down = True
    with pytest.raises(UnreachableError):
        nurse.sync()
    assert everything(nurse, patient) == before
    nurse.session.put(patient, "note", {"text": "Still working."})
    assert nurse.store.outbox_size() == 2


def test_sent_but_not_received_is_repaired_by_the_next_sync_s18(nurse: Device, therapist: Device, patient: str) -> None:
    theirs = therapist.session.put(patient, "note", {"text": "From the therapist"})
    therapist.sync()
    mine = nurse.session.put(patient, "note", NOTE)
    nurse.road.faults = [None, "lost"]
    with pytest.raises(UnreachableError):
        nurse.sync()
    assert nurse.store.status(mine.record) == "sent"
    assert nurse.store.record(theirs.record) is None
    nurse.sync()
    assert nurse.body(theirs.record) == {"text": "From the therapist"}


AWKWARD = [
    "😷 dressing 👩🏽‍⚕️",
    "שלום",
    "e\u0301 not \u00e9",
    "a/b\\c",
    "_leading",
    "line\nbreak\u2028",
    "\u0000nul",
    "37.0 °C",
]


@pytest.mark.parametrize("text", AWKWARD)
def test_awkward_text_arrives_byte_by_byte_s20(nurse: Device, therapist: Device, patient: str, text: str) -> None:
    saved = nurse.session.put(patient, "note", {"text": text, f"x-{text}": [text, 37.0, 1e-7]})
    nurse.sync()
    therapist.sync()
    theirs, mine = therapist.store.revision(saved.revision), nurse.store.revision(saved.revision)
    assert theirs is not None
    assert mine is not None
    assert theirs.to_json() == mine.to_json()


def test_changes_to_different_statements_are_both_kept_s21(nurse: Device, therapist: Device, plan: str) -> None:
    plan_with(nurse, plan, oxygen=oxygen("2 L/min"))
    plan_with(therapist, plan, summary="Going home on Friday")
    nurse.sync()
    assert therapist.sync().merged == 1
    nurse.sync()
    for device in (nurse, therapist):
        state = device.session.record(plan)
        assert not state.in_conflict
        assert len(state.heads) == 1
        assert (state.body["oxygen"], state.body["summary"]) == (oxygen("2 L/min"), "Going home on Friday")
        authors = {r.author.name for r in device.store.revisions(plan)}
        assert {"Amira Khan", "Tom Ogilvie"} <= authors, "who said what stays known"


def test_a_record_unknown_here_is_created_from_the_servers_copy_s27(
    nurse: Device, service: Service, clock: FixedClock, patient: str
) -> None:
    note = imported(clock, patient, "note", NOTE)
    service.seed(note)
    assert nurse.sync().pulled == 1
    assert nurse.body(note.record) == NOTE


def test_a_second_sync_of_one_store_steps_back_s31(nurse: Device, patient: str, service: Service) -> None:
    nurse.session.put(patient, "note", NOTE)
    before = service.pushes
    refused: list[bool] = []

    def second() -> None:
        with pytest.raises(AlreadyRunningError):
            nurse.sync()
        refused.append(True)

    nurse.road.before_push = second
    nurse.sync()
    assert refused == [True]
    assert service.pushes == before + 1


@pytest.mark.parametrize("at", range(4))
@pytest.mark.parametrize("fault", ["lost", "cut"])
def test_after_a_failure_at_any_call_it_is_as_if_it_never_happened_s33(
    nurse: Device, therapist: Device, patient: str, plan: str, at: int, fault: str
) -> None:
    for n in range(7):
        therapist.session.put(patient, "note", {"text": f"Note {n}"})
    therapist.sync()
    nurse.session.put(patient, "note", NOTE)
    plan_with(nurse, plan, summary="Changed here")
    nurse.road.faults = [*([None] * at), fault]
    with pytest.raises(UnreachableError):
        nurse.sync()
    nurse.sync()
    therapist.sync()
    assert nurse.store.outbox_size() == 0
    assert everything(nurse, patient) == everything(therapist, patient)


def test_both_versions_of_one_entry_can_be_read_s37(nurse: Device, therapist: Device, patient: str) -> None:
    saved = nurse.session.put(patient, "note", NOTE)
    nurse.sync()
    therapist.sync()
    nurse.session.put(patient, "note", {"text": "Left leg"}, record=saved.record, reason="Wrong side")
    therapist.session.put(patient, "note", {"text": "Right leg"}, record=saved.record, reason="Clearer")
    for device in (nurse, therapist, nurse):
        device.sync()
    for device in (nurse, therapist):
        texts = {r.body["text"] for r in device.store.revisions(saved.record)}
        assert texts == {"Wound clean and dry.", "Left leg", "Right leg"}


def test_a_record_outside_the_caseload_is_refused_and_the_rest_flows_s40(
    nurse: Device, patient: str, service: Service
) -> None:
    gone = nurse.session.put(patient, "note", NOTE)
    service.leave(patient)
    report = nurse.sync()
    assert (report.refused, report.accepted) == (1, 0)
    assert nurse.store.status(gone.record) == "refused"
    refusal = nurse.store.refusals()[0].refusal
    assert refusal is not None
    assert refusal.code == "not_your_patient"


def test_one_refused_entry_stops_no_other_and_can_be_repaired(nurse: Device, patient: str, service: Service) -> None:
    bad = nurse.session.put(patient, "note", {"text": "refuse me"})
    good = nurse.session.put(patient, "note", NOTE)
    report = nurse.sync()
    assert (report.pushed, report.accepted, report.refused, report.pending) == (2, 1, 1, 0)
    assert nurse.sync().pushed == 0, "a sent-back entry waits for its author, not for the next sync"
    assert [nurse.store.status(r.record) for r in (bad, good)] == ["refused", "sent"]
    fixed = nurse.session.repair(bad.revision, NOTE)
    assert fixed.record == bad.record
    assert nurse.sync().accepted == 1
    assert nurse.store.status(bad.record) == "sent"
    assert nurse.body(bad.record) == NOTE
    assert bad.revision not in service.revisions


def test_a_remote_change_arrives_while_a_local_one_waits_s45(nurse: Device, therapist: Device, plan: str) -> None:
    plan_with(therapist, plan, summary="From the therapist")
    therapist.sync()
    plan_with(nurse, plan, oxygen=oxygen("2 L/min"))
    nurse.road.faults = ["lost"]
    with pytest.raises(UnreachableError):
        nurse.sync()
    report = nurse.sync()
    assert report.merged == 1
    body = nurse.body(plan)
    assert (body["oxygen"], body["summary"]) == (oxygen("2 L/min"), "From the therapist")


def test_a_lost_reply_and_a_hundred_resends_take_effect_once_s52(nurse: Device, patient: str, service: Service) -> None:
    saved = nurse.session.put(patient, "note", NOTE)
    before = len(service.feed)
    for _ in range(100):
        nurse.road.faults = ["cut"]
        with pytest.raises(UnreachableError):
            nurse.sync()
    assert nurse.store.status(saved.record) == "pending"
    assert nurse.sync().accepted == 1
    assert len(service.feed) == before + 1


def test_one_entry_the_server_cannot_take_stops_no_other(nurse: Device, patient: str, service: Service) -> None:
    service.biggest = 4000
    good = [nurse.session.put(patient, "note", {"text": f"Note {n}"}) for n in range(3)]
    huge = nurse.session.put(patient, "note", {"text": "x" * 5000})
    more = nurse.session.put(patient, "note", NOTE)
    report = nurse.sync()
    assert (report.accepted, report.refused) == (4, 1)
    assert nurse.store.status(huge.record) == "refused"
    assert {nurse.store.status(s.record) for s in (*good, more)} == {"sent"}


def test_unsent_work_goes_before_a_patient_who_left_is_forgotten(
    nurse: Device, patient: str, service: Service, clock: FixedClock
) -> None:
    other = new_id(clock)
    service.join(other)
    service.seed(imported(clock, other, "patient", {"name": {"family": "Pennyfeather"}}))
    nurse.sync()
    service.leave(other)
    service.members.add(other)
    saved = nurse.session.put(other, "note", NOTE)
    nurse.sync()
    assert saved.revision in service.revisions
    assert other not in nurse.store.patients()
    assert patient in nurse.store.patients()


def test_work_that_cannot_be_sent_keeps_its_patient(nurse: Device, patient: str, service: Service) -> None:
    saved = nurse.session.put(patient, "note", NOTE)
    service.leave(patient)
    nurse.sync()
    assert patient in nurse.store.patients()
    assert nurse.body(saved.record) == NOTE


def test_contact_measures_the_clock(nurse: Device, service: Service, clock: FixedClock, patient: str) -> None:
    behind = FixedClock(clock.now())
    behind.advance(-90)
    nurse.engine._clock = behind
    nurse.sync()
    identity = nurse.store.identity()
    assert identity is not None
    assert identity.offset_ms == 90_000
    assert nurse.store.freshness() == clock.now()
