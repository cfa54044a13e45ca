"""Saving, what screens read of it, drafts, and repairing what was sent back."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from fieldapp.domain.clock import FixedClock
from fieldapp.domain.delivery import Receipt, Refusal
from fieldapp.domain.revision import Revision
from fieldapp.domain.state import state_of
from fieldapp.domain.summary import fold
from fieldapp.storage import Store, absorb, open_store
from fieldapp.storage.errors import (
    DifferentContentError,
    NotRefusedError,
    UnknownRecordError,
    UnsignedRevisionError,
)
from tests.storage.making import NAME, PASSPHRASE, Maker


def refuse(store: Store, revision: Revision) -> None:
    store.settle_outbox([], [Refusal(revision.id, "invalid_body", "Check the dose.", "medicines.0.dose")])


def receive(store: Store, *revisions: Revision) -> None:
    store.settle_outbox([Receipt(r.id, r.hash, "accepted", {"team": 7}) for r in revisions], [])


def pull(store: Store, *revisions: Revision, cursor: str = "1") -> int:
    return store.apply(revisions, cursor=cursor, epoch="first")


def test_a_saved_entry_is_everywhere_it_should_be(store: Store, make: Maker) -> None:
    patient = make.id()
    person, note = make.person(patient), make.note(patient)
    before = store.generation
    store.save([person, note])
    assert store.generation == before + 1
    assert store.patients() == [patient]
    assert store.revision(note.id) == note
    assert store.revisions(note.record) == [note]
    assert store.record(note.record) == state_of([note])
    assert store.records(patient) == sorted([state_of([person]), state_of([note])], key=lambda state: state.id)
    assert store.records(patient, {"note"}) == [state_of([note])]
    assert store.records(patient, ()) == []
    assert store.summaries() == [(patient, fold(fold(None, state_of([person])), state_of([note])))]
    assert store.statuses(patient) == {person.record: "pending", note.record: "pending"}
    assert store.outbox_size() == 2
    assert store.pending_by_patient() == {patient: 2}
    assert [(d.revision, d.kind, d.state, d.saved_at) for d in store.deliveries(9)] == [
        (note.id, "note", "waiting", note.at),
        (person.id, "patient", "waiting", person.at),
    ]
    assert store.deliveries(1)[0].revision == note.id


def test_what_is_not_here_is_not_invented(store: Store, make: Maker) -> None:
    assert store.record(make.id()) is None
    assert store.revision(make.id()) is None
    assert store.revisions(make.id()) == []
    assert store.records(make.id()) == []
    assert store.statuses(make.id()) == {}
    assert (store.summaries(), store.conflicts(), store.deliveries(5), store.refusals()) == ([], [], [], [])
    assert store.freshness() is None
    with pytest.raises(UnknownRecordError):
        store.status(make.id())


def test_saving_twice_is_saving_once(store: Store, make: Maker) -> None:
    note = make.note(make.id())
    store.save([note])
    store.save([note, note])
    assert store.outbox_size() == 1
    assert store.revisions(note.record) == [note]


def test_other_content_under_the_same_id_is_refused_and_changes_nothing(store: Store, make: Maker) -> None:
    note = make.note(make.id())
    store.save([note])
    other = make.note(make.id(), "Another text.")
    forged = replace(other, id=note.id)
    with pytest.raises(DifferentContentError):
        store.save([make.note(note.patient), forged])
    assert store.outbox_size() == 1
    assert store.revision(note.id) == note


def test_an_unsigned_revision_is_refused(store: Store, make: Maker) -> None:
    note = make.note(make.id())
    unsigned = replace(note, sig=None)
    with pytest.raises(UnsignedRevisionError):
        store.save([unsigned])
    assert store.patients() == []


def test_states_and_summaries_follow_any_history(store: Store, make: Maker, clock: FixedClock) -> None:
    patient = make.id()
    first = make.person(patient)
    store.save([first])
    clock.advance(60)
    mine = make.after(first, {**first.body, "phone": "0113 496 0001"})
    theirs = make.after(first, {**first.body, "phone": "0113 496 0002"})
    store.save([mine])
    assert store.record(first.record) == state_of([first, mine])
    pull(store, theirs)
    state = store.record(first.record)
    assert state == state_of([first, mine, theirs])
    assert state is not None
    assert state.disputed == ("phone",)
    assert store.conflicts() == [state]
    assert store.conflicts_by_patient() == {patient: 1}
    assert store.status(first.record) == "conflict"
    settled = make.revision(
        patient, "patient", mine.body, record=first.record, parents=(mine.id, theirs.id), reason="Rang to check."
    )
    store.save([settled])
    assert store.conflicts() == []
    assert store.record(first.record) == state_of([first, mine, theirs, settled])
    assert store.summaries()[0][1]["patient"][first.record]["phone"] == "0113 496 0001"
    assert store.summaries()[0][1]["conflicts"] == {}


def test_status_prefers_what_needs_attention(store: Store, make: Maker) -> None:
    first = make.person(make.id())
    store.save([first])
    assert store.status(first.record) == "pending"
    receive(store, first)
    assert store.status(first.record) == "sent"
    mine = make.after(first, {"name": NAME, "phone": "0113 496 0001"})
    store.save([mine])
    pull(store, make.after(first, {"name": NAME, "phone": "0113 496 0002"}))
    assert store.status(first.record) == "conflict"
    refuse(store, mine)
    assert store.status(first.record) == "refused"


def test_a_receipt_says_when_it_came(store: Store, make: Maker, clock: FixedClock) -> None:
    note = make.note(make.id())
    store.save([note])
    clock.advance(3600)
    receive(store, note)
    (sent,) = store.deliveries(5)
    assert (sent.state, sent.saved_at, sent.received_at) == ("sent", note.at, clock.now())
    assert store.outbox_size() == 0
    assert store.pending_by_patient() == {}


def test_a_refused_entry_is_visible_and_repairable(store: Store, make: Maker, clock: FixedClock) -> None:
    patient = make.id()
    first = make.person(patient)
    store.save([first])
    receive(store, first)
    wrong = make.after(first, {"name": NAME, "phone": "wrong"})
    store.save([wrong])
    refuse(store, wrong)
    (sent_back,) = store.refusals()
    assert sent_back.refusal == Refusal(wrong.id, "invalid_body", "Check the dose.", "medicines.0.dose")
    assert (sent_back.revision, sent_back.record, sent_back.state) == (wrong.id, first.record, "refused")
    assert store.outbox_size() == 1
    clock.advance(5)
    right = make.after(first, {"name": NAME, "phone": "0113 496 0001"})
    store.repair(wrong.id, right)
    store.repair(wrong.id, right)
    assert store.outbox(1) == [right]
    assert store.refusals() == []
    assert store.record(first.record) == state_of([first, right])
    assert store.revisions(first.record) == [first, right]
    assert store.replaced(first.record) == [wrong]
    assert store.revision(wrong.id) == wrong
    assert store.summaries()[0][1]["patient"][first.record]["phone"] == "0113 496 0001"
    assert store.status(first.record) == "pending"
    assert [d.revision for d in store.deliveries(9)] == [right.id, first.id]


def test_a_repair_that_disputes_what_came_meanwhile_waits_to_be_settled(
    store: Store, make: Maker, clock: FixedClock
) -> None:
    plan = make.revision(make.id(), "plan", {"summary": "Hospital at home"})
    store.save([plan])
    receive(store, plan)
    clock.advance(1)
    wrong = make.after(plan, {"summary": "Hospital at home", "monitoring": {"every_minutes": 60}})
    theirs = make.after(plan, {"summary": "Discharge tomorrow"})
    store.save([wrong])
    store.apply([theirs], cursor="c1", epoch="first")
    refuse(store, wrong)
    assert store.conflicts() == []
    clock.advance(1)
    store.repair(wrong.id, right := make.after(plan, {"summary": "Stay on the ward"}))
    assert store.conflicts() == [state_of([plan, theirs, right])]
    assert store.conflicts_by_patient() == {plan.patient: 1}


def test_a_repair_of_a_whole_record_keeps_no_trace_of_it_in_lists(store: Store, make: Maker) -> None:
    patient = make.id()
    wrong, other = make.note(patient, "In the wrong record."), make.note(patient)
    store.save([wrong])
    refuse(store, wrong)
    store.repair(wrong.id, other)
    assert store.record(wrong.record) is None
    assert store.records(patient) == [state_of([other])]
    assert store.replaced(wrong.record) == [wrong]


def test_a_repair_in_another_record_takes_the_first_one_back(store: Store, make: Maker) -> None:
    first = make.person(make.id())
    wrong = make.after(first, {"name": NAME, "phone": "0113 496 0009"})
    store.save([first, wrong])
    refuse(store, wrong)
    store.repair(wrong.id, other := make.note(first.patient))
    assert store.record(first.record) == state_of([first])
    assert store.record(other.record) == state_of([other])
    assert "phone" not in store.summaries()[0][1]["patient"][first.record]


def test_work_on_top_of_a_replaced_revision_is_not_lost(store: Store, make: Maker, clock: FixedClock) -> None:
    first = make.person(make.id())
    wrong = make.after(first, {"name": NAME, "phone": "wrong"})
    clock.advance(1)
    later = make.after(wrong, {"name": NAME, "phone": "wrong", "access": "Key safe."})
    store.save([first, wrong, later])
    refuse(store, wrong)
    clock.advance(1)
    right = make.after(first, {"name": NAME, "phone": "0113 496 0001"})
    store.repair(wrong.id, right)
    assert store.record(first.record) == state_of([first, wrong, later, right])
    assert {r.id for r in store.revisions(first.record)} == {first.id, wrong.id, later.id, right.id}
    assert store.outbox(1 << 20) == [first, later, right]


def test_only_what_was_sent_back_can_be_repaired(store: Store, make: Maker) -> None:
    note = make.note(make.id())
    with pytest.raises(UnknownRecordError):
        store.repair(note.id, make.note(note.patient))
    store.save([note])
    with pytest.raises(NotRefusedError):
        store.repair(note.id, make.note(note.patient))
    refuse(store, note)
    store.repair(note.id, make.note(note.patient))
    with pytest.raises(NotRefusedError):
        store.repair(note.id, make.note(note.patient))
    assert store.outbox_size() == 1


def test_drafts_survive_and_end_with_the_save(store: Store, tmp_path: Path, clock: FixedClock, make: Maker) -> None:
    patient = make.id()
    before = store.generation
    store.put_draft(f"note:{patient}", {"text": "half a"})
    store.put_draft(f"note:{patient}", {"text": "half a sentence"})
    store.put_draft("other", {})
    assert store.generation == before
    store.close()
    again = open_store(tmp_path, clock=clock).unlock(PASSPHRASE)
    assert again.draft(f"note:{patient}") == {"text": "half a sentence"}
    again.save([make.note(patient)], drop_draft=f"note:{patient}")
    assert again.draft(f"note:{patient}") is None
    assert again.drafts() == {"other": {}}
    again.drop_draft("other")
    again.drop_draft("never there")
    assert again.drafts() == {}
    again.close()


def test_a_failed_save_keeps_the_draft(store: Store, make: Maker, monkeypatch: pytest.MonkeyPatch) -> None:
    store.put_draft("note", {"text": "half"})

    def broken(*_: Any) -> Any:
        raise RuntimeError("a fault in the fold")

    monkeypatch.setattr(absorb, "fold_all", broken)
    with pytest.raises(RuntimeError, match="fault"):
        store.save([make.note(make.id())], drop_draft="note")
    assert store.draft("note") == {"text": "half"}
    assert store.outbox_size() == 0
    assert store.patients() == []


def test_one_patients_summary_is_read_without_the_others(store: Store, make: Maker) -> None:
    first, second = make.person(make.id()), make.person(make.id())
    store.save([first, second])
    with store._writing() as tx:
        tx.exec_driver_sql("UPDATE summary SET sealed = x'' WHERE patient = ?", (second.patient,))
    found = store.summary(first.patient)
    assert found is not None
    assert list(found["patient"]) == [first.record]
    assert store.summary(make.id()) is None
