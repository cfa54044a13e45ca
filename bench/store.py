"""The sealed store alone: unlock to today's list, and a durable save beside a bare SQLite insert."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from functools import partial
from pathlib import Path

from bench.made import NOW, Maker
from bench.timing import Row, at_most, interleaved, paired, timed
from fieldapp.domain.clock import FixedClock
from fieldapp.domain.revision import Author, Revision
from fieldapp.storage import Identity, TeamLabel, create_store, open_store
from fieldapp.storage.kdf import DEFAULT, stretch
from fieldapp.sync.proof import b64, revision_text
from fieldapp.usecases.caseload import today
from fieldapp.usecases.session import Session

PASSPHRASE = "twelve visits before tea"
NURSE = Author("01a20000-0000-7000-8000-000000000001", "Amira Khan", "Registered nurse")
TEAM = "01a20000-0000-7000-8000-000000000002"
DEVICE = "01a20000-0000-7000-8000-000000000003"


def filled(folder: Path, patients: int, sets: int) -> list[str]:
    """A store with that many patients and observation sets each; returns the patients' ids."""
    maker, clock = Maker(NURSE, DEVICE, TEAM), FixedClock(NOW)
    store = create_store(folder, passphrase=PASSPHRASE, clock=clock)
    store.set_identity(
        Identity(
            server="http://127.0.0.1",
            device=DEVICE,
            person=NURSE,
            teams=(TeamLabel(TEAM, "Home Ward East", None),),
            epoch="e",
            server_key="",
            offset_ms=0,
        )
    )
    ids: list[str] = []
    for number in range(patients):
        revisions = list(maker.patient(number))
        ids.append(revisions[0].patient)
        revisions += [maker.observations(ids[-1]) for _ in range(sets)]
        store.apply(revisions, cursor="c", epoch="e")
    store.close()
    return ids


def unlock_to_today(folder: Path) -> list[Row]:
    """From the passphrase to a list that can be shown, with 60 and with 600 patients, beside the key derivation."""
    sizes = (60, 600)
    for size in sizes:
        filled(folder / str(size), size, 5)

    def opened(size: int) -> None:
        clock = FixedClock(NOW)
        store = open_store(folder / str(size), clock=clock).unlock(PASSPHRASE)
        if today(Session(store, clock)).total != size:
            raise AssertionError("The list is not complete.")
        store.close()

    arms: dict[str, Callable[[], float]] = {str(size): partial(timed, partial(opened, size)) for size in sizes}
    arms["derivation"] = lambda: timed(lambda: stretch(PASSPHRASE, b"0123456789abcdef", DEFAULT))
    results = interleaved(arms, 5)
    rows = [Row("passphrase derivation alone (Argon2id, 64 MiB, 3 passes)", results["derivation"])]
    for size in sizes:
        ratio = paired(results, str(size), "derivation")
        rows.append(Row(f"unlock to today's list, {size} patients", results[str(size)], ratio, "the derivation"))
        beyond = [whole - alone for whole, alone in zip(results[str(size)], results["derivation"], strict=True)]
        rows.append(Row(f"of that beyond the derivation, {size} patients", beyond, goal=at_most(300, "ms")))
    return rows


def durable_save(folder: Path) -> list[Row]:
    """One signed entry saved durably (revision, state, summary, outbox) beside one bare insert made as durable."""
    patients = filled(folder / "store", 60, 20)
    clock = FixedClock(NOW)
    store = open_store(folder / "store", clock=clock).unlock(PASSPHRASE)
    maker, key = Maker(NURSE, DEVICE, TEAM, seed=11), store.device_key()
    bare = sqlite3.connect(folder / "bare.db", isolation_level=None)
    for pragma in ("journal_mode=WAL", "synchronous=FULL"):
        bare.execute(f"PRAGMA {pragma}")
    bare.execute("CREATE TABLE entry (id TEXT PRIMARY KEY, body BLOB)")
    turn = iter(range(10_000))

    def signed() -> Revision:
        revision = maker.observations(patients[next(turn) % len(patients)])
        return revision.signed_with(b64(key.sign(revision_text(revision.hash))))

    def save() -> float:
        revision = signed()
        return timed(lambda: store.save([revision]))

    def insert() -> float:
        revision = signed()
        body = revision.to_json()
        return timed(lambda: bare.execute("INSERT INTO entry VALUES (?, ?)", (revision.id, body)))

    results = interleaved({"bare": insert, "sealed": save}, 300)
    store.close()
    bare.close()
    return [
        Row("bare SQLite insert, WAL, synchronous=FULL", results["bare"]),
        Row(
            "durable sealed save",
            results["sealed"],
            paired(results, "sealed", "bare"),
            "the bare insert",
            goal=at_most(2),
        ),
    ]
