"""What a save and a page cost, in statements, folds and waits for the disk: counts that no machine's speed changes."""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Generator, Iterable
from contextlib import contextmanager
from pathlib import Path

import pytest

from fieldapp.domain.canonical import Json
from fieldapp.domain.state import RecordState
from fieldapp.domain.summary import fold_all
from fieldapp.storage import Store, absorb
from fieldapp.storage.engine import driver
from tests.storage.making import Maker


@contextmanager
def statements(store: Store) -> Generator[list[str], None, None]:
    """What the writing connection is asked, a bulk statement counted once."""
    seen: list[str] = []

    def note(statement: str) -> None:
        kind = " ".join(statement.split()[:3])
        if not seen or seen[-1] != kind or kind.startswith("SELECT"):
            seen.append(kind)

    with store._kept_connection() as connection:
        driver(connection).set_trace_callback(note)
    try:
        yield seen
    finally:
        with store._kept_connection() as connection:
            driver(connection).set_trace_callback(None)


def test_a_save_is_ten_statements_in_one_transaction(store: Store, make: Maker) -> None:
    patient = make.id()
    store.save([make.person(patient)])
    with statements(store) as seen:
        store.save([make.note(patient)], drop_draft="note")
    assert [statement.split()[0] for statement in seen] == [
        *("BEGIN", "SELECT", "SELECT", "SELECT", "INSERT", "INSERT", "SELECT", "INSERT", "INSERT", "DELETE", "UPDATE"),
        "COMMIT",
    ]


def test_a_page_costs_the_same_few_statements_however_long_it_is(store: Store, make: Maker) -> None:
    counts: list[int] = []
    for size in (3, 300):
        page = [make.note(make.id()) for _ in range(size)]
        with statements(store) as seen:
            store.apply(page, cursor="c", epoch="e")
        counts.append(len(seen))
    assert counts[0] == counts[1] <= 14


def test_each_touched_record_is_folded_once(store: Store, make: Maker, monkeypatch: pytest.MonkeyPatch) -> None:
    folded: list[str] = []

    def counted(summary: Json | None, states: Iterable[RecordState]) -> Json:
        taken = list(states)
        folded.extend(state.id for state in taken)
        return fold_all(summary, taken)

    monkeypatch.setattr(absorb, "fold_all", counted)
    first = make.person(make.id())
    second = make.after(first, {**first.body, "phone": "0113 496 0001"})
    third = make.after(second, {**second.body, "access": "Key safe."})
    store.apply([first, second, third, note := make.note(first.patient)], cursor="c", epoch="e")
    assert sorted(folded) == sorted([first.record, note.record])


def test_lists_open_no_history(store: Store, make: Maker, monkeypatch: pytest.MonkeyPatch) -> None:
    patients = [make.id() for _ in range(20)]
    store.apply([make.person(patient) for patient in patients for _ in range(3)], cursor="c", epoch="e")
    with store._writing() as tx:
        tx.exec_driver_sql("UPDATE revision SET sealed = x''")
        tx.exec_driver_sql("UPDATE record SET sealed = x''")
    assert len(store.summaries()) == 20
    assert all(set(store.statuses(patient).values()) == {"sent"} for patient in patients)
    assert (store.pending_by_patient(), store.conflicts_by_patient(), store.outbox_size()) == ({}, {}, 0)


@pytest.mark.parametrize(
    ("pragma", "value"),
    [
        ("journal_mode", "wal"),
        ("synchronous", 2),
        ("secure_delete", 1),
        ("foreign_keys", 1),
        ("temp_store", 2),
        ("busy_timeout", 10_000),
    ],
)
def test_every_connection_keeps_the_promises(store: Store, pragma: str, value: object) -> None:
    for opened in (store._kept_connection(), store._reading()):
        with opened as connection:
            assert driver(connection).execute(f"PRAGMA {pragma}").fetchone()[0] == value


SAVES = """
import sys
from pathlib import Path
from fieldapp.domain.clock import SystemClock
from fieldapp.storage import open_store
from tests.storage.making import PASSPHRASE, Maker

make = Maker(SystemClock())
store = open_store(Path(sys.argv[1]), clock=make.clock).unlock(PASSPHRASE)
patient = make.id()
store.save([make.person(patient)])
for number in range(10):
    print(f"before {number}", file=sys.stderr, flush=True)
    store.save([make.note(patient)])
    print(f"after {number}", file=sys.stderr, flush=True)
"""


def test_each_save_waits_for_the_disk_exactly_once(store: Store, tmp_path: Path) -> None:
    store.close()
    strace = shutil.which("strace")
    if strace is None:
        pytest.skip("strace is not installed: it counts the waits for the disk.")
    trace = tmp_path / "trace"
    ran = subprocess.run(
        [
            strace,
            "-f",
            "-y",
            "-e",
            "trace=fsync,fdatasync,write",
            "-o",
            str(trace),
            sys.executable,
            "-c",
            SAVES,
            str(tmp_path),
        ],
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    if "ptrace" in ran.stderr:
        pytest.skip("This machine does not let strace watch a program.")
    assert ran.returncode == 0, ran.stderr
    waits: list[int] = []
    for line in trace.read_text().splitlines():
        if '"before ' in line:
            waits.append(0)
        elif "sync(" in line and "store.db-wal" in line and waits:
            waits[-1] += 1
        elif '"after ' in line:
            assert waits[-1] == 1
    assert len(waits) == 10
