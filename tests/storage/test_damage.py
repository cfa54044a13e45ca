"""Whatever is changed, moved or copied inside the file is refused, never shown."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import pytest

from fieldapp.domain.clock import FixedClock
from fieldapp.domain.delivery import Receipt
from fieldapp.domain.revision import Revision
from fieldapp.storage import Store
from fieldapp.storage.errors import DamageError, TamperedError
from tests.storage.making import IDENTITY, Maker, fresh


class Filled(NamedTuple):
    store: Store
    person: Revision
    note: Revision
    stranger: Revision


@pytest.fixture
def filled(store: Store, make: Maker) -> Filled:
    patient = make.id()
    person, note, stranger = make.person(patient), make.note(patient), make.note(make.id())
    store.set_identity(IDENTITY)
    store.save([person, note, stranger])
    store.save([make.after(person, {**person.body, "access": "Key safe."}), make.after(stranger, stranger.body)])
    store.settle_outbox([Receipt(note.id, note.hash, "accepted", {"t": 1})], [])
    store.put_draft("a", {"text": "one"})
    store.put_draft("b", {"text": "two"})
    store.apply([], cursor="c", epoch="e")
    return Filled(store, person, note, stranger)


def run(store: Store, *statements: str) -> None:
    with store._writing() as tx:
        tx.exec_driver_sql("PRAGMA defer_foreign_keys = ON")
        for statement in statements:
            tx.exec_driver_sql(statement)


def everything(store: Store) -> None:
    """Open every sealed value there is."""
    store.summaries()
    for patient in store.patients():
        for state in store.records(patient):
            store.revisions(state.id)
            store.status(state.id)
    store.conflicts()
    store.deliveries(99)
    store.outbox(1 << 20)
    store.drafts()
    store.draft("a")
    store.draft("b")
    store.cursor()
    store.epoch()
    store.identity()
    store.device_key()


def swap(table: str, column: str, key: str = "id") -> Callable[[Store], None]:
    """Exchange the sealed values of two rows of one table."""

    def change(store: Store) -> None:
        with store._reading() as tx:
            rows = tx.exec_driver_sql(f"SELECT {key}, {column} FROM {table} WHERE length({column}) > 0").fetchall()
        (one, first), (two, second) = rows[0], rows[-1]
        assert one != two
        with store._writing() as tx:
            for value, row in ((second, one), (first, two)):
                tx.exec_driver_sql(f"UPDATE {table} SET {column} = ? WHERE {key} = ?", (value, row))

    return change


@pytest.mark.parametrize(
    "change",
    [
        swap("revision", "sealed"),
        swap("record", "sealed"),
        swap("summary", "sealed", "patient"),
        swap("patient", "key"),
        swap("setting", "sealed", "name"),
        swap("draft", "sealed"),
    ],
)
def test_a_value_moved_to_another_row_is_refused(filled: Filled, change: Callable[[Store], None]) -> None:
    everything(filled.store)
    change(filled.store)
    with pytest.raises(TamperedError):
        everything(filled.store)


def test_an_amended_records_state_cannot_be_left_out(filled: Filled) -> None:
    run(filled.store, "UPDATE record SET sealed = x''")
    assert filled.store.record(filled.note.record) is not None
    with pytest.raises(TamperedError):
        filled.store.record(filled.person.record)


@pytest.mark.parametrize("change", ["DELETE FROM delivery", "UPDATE delivery SET receipt = NULL, replacement = 'x'"])
def test_a_record_whose_one_revision_is_gone_is_refused(filled: Filled, change: str) -> None:
    run(filled.store, change)
    if change.startswith("DELETE"):
        run(filled.store, f"DELETE FROM revision WHERE id = '{filled.note.id}'")
    with pytest.raises(TamperedError):
        filled.store.record(filled.note.record)


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE revision SET sealed = (SELECT sealed FROM record WHERE record.id = revision.record)",
        "UPDATE record SET sealed = (SELECT sealed FROM revision WHERE record.id = revision.record)",
        "UPDATE summary SET sealed = (SELECT sealed FROM record WHERE record.patient = summary.patient)",
        "UPDATE delivery SET refusal = receipt, receipt = NULL WHERE receipt IS NOT NULL",
        "UPDATE delivery SET receipt = (SELECT receipt FROM delivery WHERE receipt IS NOT NULL)",
        "UPDATE setting SET sealed = (SELECT sealed FROM draft LIMIT 1)",
        "UPDATE revision SET patient = (SELECT max(id) FROM patient)",
        "UPDATE record SET patient = (SELECT max(id) FROM patient)",
        "UPDATE revision SET record = (SELECT min(id) FROM record)",
        "UPDATE patient SET key = (SELECT key FROM patient LIMIT 1)",
    ],
)
def test_a_value_moved_to_another_table_column_or_owner_is_refused(filled: Filled, statement: str) -> None:
    run(filled.store, statement)
    with pytest.raises(TamperedError):
        everything(filled.store)


@pytest.mark.parametrize(
    ("table", "column", "where"),
    [
        ("revision", "sealed", "true"),
        ("record", "sealed", "length(sealed) > 0"),
        ("summary", "sealed", "true"),
        ("patient", "key", "true"),
        ("draft", "sealed", "true"),
        ("delivery", "receipt", "receipt IS NOT NULL"),
        ("setting", "sealed", "name = 'cursor'"),
        ("setting", "sealed", "name = 'device_key'"),
    ],
)
def test_every_flipped_byte_is_refused(filled: Filled, table: str, column: str, where: str) -> None:
    store = filled.store
    with store._reading() as tx:
        row, sealed = tx.exec_driver_sql(f"SELECT rowid, {column} FROM {table} WHERE {where} LIMIT 1").one()
    update = f"UPDATE {table} SET {column} = ? WHERE rowid = ?"
    opened: list[int] = []
    for at in range(len(sealed)):
        changed = bytearray(sealed)
        changed[at] ^= 0x80
        with store._writing() as tx:
            tx.exec_driver_sql(update, (bytes(changed), row))
        try:
            everything(store)
        except DamageError:
            continue
        opened.append(at)
    assert opened == []
    with store._writing() as tx:
        tx.exec_driver_sql(update, (sealed, row))
    everything(store)


def test_a_value_of_another_store_is_refused(filled: Filled, tmp_path: Path, clock: FixedClock) -> None:
    other = fresh(tmp_path / "other", clock)
    other.save([filled.person])
    with other._reading() as tx:
        key, sealed = tx.exec_driver_sql(
            "SELECT key, sealed FROM revision JOIN patient ON patient.id = revision.patient"
        ).one()
    other.close()
    with filled.store._writing() as tx:
        tx.exec_driver_sql("UPDATE revision SET sealed = ? WHERE id = ?", (sealed, filled.person.id))
    with pytest.raises(TamperedError):
        filled.store.revision(filled.person.id)
    with filled.store._writing() as tx:
        tx.exec_driver_sql("UPDATE patient SET key = ? WHERE id = ?", (key, filled.person.patient))
    with pytest.raises(TamperedError):
        filled.store.revision(filled.person.id)


def test_a_refused_write_changes_nothing(filled: Filled, make: Maker) -> None:
    run(filled.store, "UPDATE record SET sealed = zeroblob(200)")
    before = filled.store.outbox_size()
    with pytest.raises(TamperedError):
        filled.store.save([make.after(filled.person, filled.person.body)])
    assert filled.store.outbox_size() == before
