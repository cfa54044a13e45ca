"""The store as sync sees it."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest

from fieldapp.domain.clock import FixedClock
from fieldapp.domain.delivery import Membership, Receipt, Refusal
from fieldapp.domain.state import state_of
from fieldapp.storage import Store, open_store
from fieldapp.sync.ports import SyncStore
from tests.storage.making import PASSPHRASE, Maker, fresh

TEAM, OTHER_TEAM = "team-one", "team-two"


def test_the_store_is_what_sync_needs(store: Store) -> None:
    conforming: SyncStore = store
    assert conforming.cursor() is None
    assert conforming.epoch() is None
    assert conforming.outbox(1000) == []
    assert conforming.forget_left() == 0


def test_the_outbox_keeps_the_order_of_saving_and_its_bounds(store: Store, make: Maker) -> None:
    notes = [make.note(make.id(), "x" * 1000) for _ in range(5)]
    for note in reversed(notes):
        store.save([note])
    size = len(notes[0].to_json())
    assert store.outbox(1) == [notes[4]]
    assert store.outbox(2 * size) == [notes[4], notes[3]]
    assert store.outbox(2 * size - 1) == [notes[4]]
    assert store.outbox(1 << 20) == notes[::-1]


def test_receipts_and_refusals_settle_only_what_they_name(store: Store, make: Maker) -> None:
    kept, sent, back = (make.note(make.id(), text) for text in ("kept", "sent", "back"))
    store.save([kept, sent, back])
    for _ in range(2):
        store.settle_outbox(
            [Receipt(sent.id, sent.hash, "accepted", {TEAM: 1}), Receipt(make.id(), "0" * 64, "accepted", {})],
            [Refusal(back.id, "not_your_patient", "Ask the team."), Refusal(make.id(), "malformed", "Unknown.")],
        )
    assert store.outbox(1 << 20) == [kept]
    assert store.outbox_size() == 2
    assert [d.revision for d in store.refusals()] == [back.id]
    store.settle_outbox([Receipt(back.id, back.hash, "accepted", {TEAM: 2})], [])
    assert store.refusals() == []
    assert store.outbox_size() == 1
    store.settle_outbox([], [Refusal(sent.id, "malformed", "Too late: it has its receipt.")])
    assert store.outbox_size() == 1


def test_a_receipt_for_other_content_is_no_receipt(store: Store, make: Maker) -> None:
    store.save([note := make.note(make.id())])
    store.settle_outbox([Receipt(note.id, "0" * 64, "accepted", {TEAM: 1})], [])
    assert store.outbox_size() == 1
    assert [d.refusal.code for d in store.refusals() if d.refusal] == ["different_content"]


def test_a_page_and_its_cursor_come_together(store: Store, tmp_path: Path, clock: FixedClock, make: Maker) -> None:
    patient = make.id()
    first = make.person(patient)
    second = make.after(first, {**first.body, "phone": "0113 496 0001"})
    note = make.note(patient)
    assert store.apply([second, first, note], cursor="c1", epoch="e1") == 3
    assert store.apply([first, second, note], cursor="c2", epoch="e1") == 0
    store.close()
    again = open_store(tmp_path, clock=clock).unlock(PASSPHRASE)
    assert (again.cursor(), again.epoch()) == ("c2", "e1")
    assert again.record(first.record) == state_of([first, second])
    assert again.statuses(patient) == {first.record: "sent", note.record: "sent"}
    assert again.outbox_size() == 0
    assert again.deliveries(9) == []
    again.close()


def test_our_own_revision_coming_back_changes_nothing(store: Store, make: Maker) -> None:
    store.save([note := make.note(make.id())])
    assert store.apply([note], cursor="1", epoch="e") == 0
    assert store.outbox(1) == [note]


def test_a_failed_page_leaves_neither_rows_nor_cursor(
    store: Store, make: Maker, monkeypatch: pytest.MonkeyPatch
) -> None:
    store.apply([make.note(make.id())], cursor="c1", epoch="e")

    def broken(*_: object) -> None:
        raise RuntimeError("cut")

    monkeypatch.setattr(store, "_put_setting", broken)
    with pytest.raises(RuntimeError, match="cut"):
        store.apply([make.note(make.id())], joined=[Membership(TEAM, make.id())], cursor="c2", epoch="e")
    assert store.cursor() == "c1"
    assert len(store.patients()) == 1


def test_a_page_in_any_order_and_any_pieces_gives_the_same_states(tmp_path: Path, make: Maker) -> None:
    patient = make.id()
    first = make.person(patient)
    left = make.after(first, {**first.body, "phone": "0113 496 0001"})
    right = make.after(first, {**first.body, "access": "Key safe by the door."})
    top = make.revision(patient, "patient", left.body, record=first.record, parents=tuple(sorted((left.id, right.id))))
    expected = state_of([first, left, right, top])
    orders = [[first, left, right, top], [top, right, left, first], [left, top, first, right]]
    for number, order in enumerate(orders):
        for size in (1, 2, 4):
            store = fresh(tmp_path / f"{number}-{size}")
            for at in range(0, 4, size):
                store.apply(order[at : at + size], cursor="c", epoch="e")
            assert store.record(first.record) == expected
            assert store.conflicts() == []
            store.close()


def everything_lacks(store: Store) -> None:
    """A restored server that lacks whatever it is offered."""
    while asked := [offer.revision for offer in store.offers(2)]:
        store.answer_offers(asked, asked)


def test_starting_over_offers_everything_but_what_was_replaced(store: Store, make: Maker) -> None:
    sent, waiting, back, wrong = (make.note(make.id(), text) for text in ("sent", "waiting", "back", "wrong"))
    store.save([sent, waiting, back, wrong])
    store.settle_outbox(
        [Receipt(sent.id, sent.hash, "accepted", {TEAM: 1})],
        [Refusal(back.id, "malformed", "Check."), Refusal(wrong.id, "malformed", "Check.")],
    )
    store.repair(wrong.id, right := make.note(wrong.patient, "right"))
    store.apply([theirs := make.note(make.id())], cursor="c9", epoch="e1")
    store.start_over("e2")
    store.start_over("e2")
    assert (store.cursor(), store.epoch()) == (None, "e2")
    assert store.outbox(1 << 20) == []
    assert [offer.hash for offer in store.offers(9)] == [each.hash for each in (sent, waiting, back, right, theirs)]
    assert store.outbox_size() == 3, "what waits, what was sent back, what replaced it"
    assert [d.revision for d in store.refusals()] == [back.id]
    everything_lacks(store)
    assert store.outbox(1 << 20) == [sent, waiting, back, right, theirs]
    assert store.outbox_size() == 4
    assert store.refusals() == []


def test_what_a_restored_server_has_is_not_sent_again(store: Store, make: Maker) -> None:
    store.save([sent := make.note(make.id())])
    store.settle_outbox([Receipt(sent.id, sent.hash, "accepted", {TEAM: 1})], [])
    store.save([waiting := make.note(make.id())])
    store.apply([theirs := make.note(make.id())], cursor="c", epoch="e1")
    store.start_over("e2")
    store.answer_offers([sent.id, waiting.id, theirs.id], [])
    assert store.offers(9) == []
    assert store.outbox(1 << 20) == [waiting]
    assert store.statuses(sent.patient) == {sent.record: "sent"}


def test_a_colleagues_entry_on_offer_is_no_unsent_work_and_keeps_its_patient(store: Store, make: Maker) -> None:
    patient = make.id()
    here = [make.person(patient), make.note(patient)]
    store.apply(here, joined=[Membership(TEAM, patient)], cursor="c", epoch="e1")
    store.start_over("e2")
    assert store.forget_left() == 0, "nothing is forgotten before the server has answered"
    everything_lacks(store)
    assert store.outbox(1 << 20) == here
    store.settle_outbox([], [Refusal(each.id, "not_your_patient", "Ask the team.") for each in here])
    assert (store.outbox(1), store.outbox_size(), store.refusals(), store.deliveries()) == ([], 0, [], [])
    assert store.pending_by_patient() == {}
    assert store.forget_left() == 0, "the server lacks it still"
    store.apply([], joined=[Membership(TEAM, patient)], cursor="d", epoch="e2")
    everything_lacks(store)
    store.settle_outbox([Receipt(each.id, each.hash, "accepted", {TEAM: 1}) for each in here], [])
    store.apply([], left=[Membership(TEAM, patient)], cursor="e", epoch="e2")
    assert store.forget_left() == 1


def test_an_offer_that_the_server_will_never_take_ends(store: Store, make: Maker) -> None:
    store.apply([theirs := make.note(make.id())], cursor="c", epoch="e1")
    store.start_over("e2")
    everything_lacks(store)
    store.settle_outbox([], [Refusal(theirs.id, "different_content", "The server has another one.")])
    assert (store.outbox(1), store.offers(1)) == ([], [])
    assert store.forget_left() == 1


def test_starting_over_forgets_whom_the_feed_does_not_bring(store: Store, make: Maker) -> None:
    stays, goes, works = make.id(), make.id(), make.id()
    page = [make.person(each) for each in (stays, goes, works)]
    store.apply(page, joined=[Membership(TEAM, each.patient) for each in page], cursor="c", epoch="e")
    store.save([make.note(works)])
    store.start_over()
    assert (store.cursor(), store.epoch()) == (None, "e")
    store.answer_offers([offer.revision for offer in store.offers(9)], [])
    store.apply(page[:1], joined=[Membership(TEAM, stays)], cursor="d", epoch="e")
    assert store.forget_left() == 1
    assert sorted(store.patients()) == sorted([stays, works])


def test_a_file_of_an_older_app_gains_what_is_new_and_keeps_what_waits(
    store: Store, tmp_path: Path, clock: FixedClock, make: Maker
) -> None:
    store.save([waiting := make.note(make.id())])
    store.close()
    with closing(sqlite3.connect(tmp_path / "store.db")) as connection:
        connection.executescript("DROP TABLE offer; PRAGMA user_version = 1")
    for _ in range(2):
        again = open_store(tmp_path, clock=clock).unlock(PASSPHRASE)
        assert again.outbox(1) == [waiting]
        again.start_over("e2")
        assert [offer.revision for offer in again.offers(9)] == [waiting.id]
        everything_lacks(again)
        again.close()


def test_what_was_refused_and_then_taken_is_offered_again_after_a_restore(store: Store, make: Maker) -> None:
    store.save([note := make.note(make.id())])
    store.settle_outbox([], [Refusal(note.id, "unknown_parent", "Send what it rests on first.")])
    store.settle_outbox([Receipt(note.id, note.hash, "accepted", {TEAM: 1})], [])
    store.start_over("e2")
    everything_lacks(store)
    assert store.outbox(1) == [note]
    assert store.refusals() == []


def test_work_sent_back_for_its_patient_is_offered_again_where_the_patient_is_here(store: Store, make: Maker) -> None:
    patient = make.id()
    store.apply([make.person(patient)], joined=[Membership(TEAM, patient)], cursor="1", epoch="e")
    store.save([early := make.note(patient), wrong := make.note(patient), elsewhere := make.note(make.id())])
    store.settle_outbox(
        [],
        [Refusal(each.id, "not_your_patient", "Ask the team.") for each in (early, elsewhere)]
        + [Refusal(wrong.id, "malformed", "Check.")],
    )
    assert store.offer_returned() == 1
    assert store.offer_returned() == 0
    assert store.outbox(1 << 20) == [early]
    assert {each.revision for each in store.refusals()} == {wrong.id, elsewhere.id}


def test_one_sync_at_a_time(store: Store, tmp_path: Path, clock: FixedClock) -> None:
    second = open_store(tmp_path, clock=clock).unlock(PASSPHRASE)
    with store.sync_lock() as mine:
        assert mine
        with store.sync_lock() as again, second.sync_lock() as other:
            assert not again
            assert not other
    with second.sync_lock() as other:
        assert other
    second.close()


HOLD = """
import sys
from pathlib import Path
from fieldapp.storage.files import StoreFiles, file_lock
with file_lock(StoreFiles(Path(sys.argv[1])).syncing, wait=False) as held:
    print("held" if held is not None else "free", flush=True)
    sys.stdin.read()
"""


def test_the_sync_lock_holds_across_processes_and_dies_with_them(store: Store, tmp_path: Path) -> None:
    with subprocess.Popen(
        [sys.executable, "-c", HOLD, str(tmp_path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline().strip() == "held"
        with store.sync_lock() as mine:
            assert not mine
        holder.kill()
        holder.wait()
        with store.sync_lock() as mine:
            assert mine


def test_a_patient_who_left_is_forgotten_whole(store: Store, tmp_path: Path, make: Maker) -> None:
    stays, goes = make.id(), make.id()
    joined = [Membership(TEAM, stays), Membership(TEAM, goes), Membership(OTHER_TEAM, goes)]
    store.apply([make.person(stays), make.person(goes), note := make.note(goes)], joined=joined, cursor="1", epoch="e")
    store.apply([], left=[Membership(TEAM, goes)], cursor="2", epoch="e")
    assert store.forget_left() == 0
    store.apply([], left=[Membership(OTHER_TEAM, goes)], cursor="3", epoch="e")
    assert store.forget_left() == 1
    assert store.forget_left() == 0
    assert store.patients() == [stays]
    assert [patient for patient, _ in store.summaries()] == [stays]
    assert (store.records(goes), store.revisions(note.record), store.revision(note.id)) == ([], [], None)
    assert (tmp_path / "store.db-wal").stat().st_size == 0


def test_nothing_sealed_of_a_forgotten_patient_is_left_in_the_file(store: Store, tmp_path: Path, make: Maker) -> None:
    goes = make.id()
    person = make.person(goes)
    changed = make.after(person, {**person.body, "phone": "0113 496 0001"})
    store.apply([person, changed], joined=[Membership(TEAM, goes)], cursor="1", epoch="e")
    with store._reading() as tx:
        sealed = [
            tx.exec_driver_sql(f"SELECT {column} FROM {table}").scalars().all()[0]
            for column, table in (
                ("key", "patient"),
                ("sealed", "revision"),
                ("sealed", "record"),
                ("sealed", "summary"),
            )
        ]
    store.apply([], left=[Membership(TEAM, goes)], cursor="2", epoch="e")
    store.forget_left()
    everything = b"".join(path.read_bytes() for path in tmp_path.iterdir())
    assert [value[-24:] in everything for value in sealed] == [False] * 4


def test_unsent_and_sent_back_work_keeps_its_patient(store: Store, make: Maker) -> None:
    goes = make.id()
    store.apply([make.person(goes)], joined=[Membership(TEAM, goes)], cursor="1", epoch="e")
    store.save([note := make.note(goes)])
    store.apply([], left=[Membership(TEAM, goes)], cursor="2", epoch="e")
    assert store.forget_left() == 0
    store.settle_outbox([], [Refusal(note.id, "not_your_patient", "Ask the team.")])
    assert store.forget_left() == 0
    assert store.revision(note.id) == note
    store.settle_outbox([Receipt(note.id, note.hash, "accepted", {TEAM: 3})], [])
    assert store.forget_left() == 1


def test_work_saved_after_the_patient_was_forgotten_is_taken_sent_and_forgotten(store: Store, make: Maker) -> None:
    goes = make.id()
    store.apply([person := make.person(goes)], joined=[Membership(TEAM, goes)], cursor="1", epoch="e")
    store.apply([], left=[Membership(TEAM, goes)], cursor="2", epoch="e")
    assert store.forget_left() == 1
    late = [make.note(goes), make.after(person, {**person.body, "phone": "0113 496 0001"})]
    store.save(late)
    assert store.forget_left() == 0
    assert store.outbox(1 << 20) == late
    store.settle_outbox([Receipt(r.id, r.hash, "accepted", {}) for r in late], [])
    assert store.forget_left() == 1
    assert store.patients() == []


def test_a_patient_who_comes_back_is_kept_under_a_new_key(store: Store, make: Maker) -> None:
    patient = make.id()
    store.apply([person := make.person(patient)], joined=[Membership(TEAM, patient)], cursor="1", epoch="e")
    store.apply([], left=[Membership(TEAM, patient)], cursor="2", epoch="e")
    store.forget_left()
    assert store.apply([person], joined=[Membership(TEAM, patient)], cursor="3", epoch="e") == 1
    assert store.forget_left() == 0
    assert store.revisions(person.record) == [person]


def test_a_reader_in_another_process_sees_a_new_key_after_forgetting(
    store: Store, tmp_path: Path, clock: FixedClock, make: Maker
) -> None:
    second = open_store(tmp_path, clock=clock).unlock(PASSPHRASE)
    patient = make.id()
    store.apply([person := make.person(patient)], joined=[Membership(TEAM, patient)], cursor="1", epoch="e")
    assert second.revisions(person.record) == [person]
    store.apply([], left=[Membership(TEAM, patient)], cursor="2", epoch="e")
    store.forget_left()
    assert second.revisions(person.record) == []
    store.apply([person], joined=[Membership(TEAM, patient)], cursor="3", epoch="e")
    second.save([note := make.note(patient)])
    assert store.revision(note.id) == note
    assert second.revisions(person.record) == [person]
    second.close()
