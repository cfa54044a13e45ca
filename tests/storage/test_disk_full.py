"""A full disk refuses visibly, at whichever write it strikes, and costs nothing that was saved."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from fieldapp.domain.clock import FixedClock
from fieldapp.storage import Store, open_store
from fieldapp.storage.errors import DiskFullError
from tests.storage.making import PASSPHRASE, Maker


def limit(store: Store, pages: int) -> None:
    with store._writing(quiet=True) as tx:
        tx.exec_driver_sql(f"PRAGMA max_page_count = {pages}")


def test_a_full_disk_is_told_and_nothing_is_half_written(
    store: Store, tmp_path: Path, clock: FixedClock, make: Maker
) -> None:
    patient = make.id()
    store.save([make.person(patient)])
    with store._reading() as tx:
        limit(store, tx.exec_driver_sql("PRAGMA page_count").scalar_one())
    saved: list[str] = []

    def save_for_ever() -> None:
        while True:
            note = make.note(patient, "x" * 2000)
            store.put_draft("note", {"number": len(saved)})
            store.save([note], drop_draft="note")
            saved.append(note.id)

    with pytest.raises(DiskFullError):
        save_for_ever()
    summary, size = store.summaries(), store.outbox_size()
    assert size == len(saved) + 1
    assert len(store.records(patient)) == size
    with pytest.raises(DiskFullError):
        store.apply([make.note(make.id(), "x" * 9000)], cursor="c", epoch="e")
    assert store.cursor() is None
    limit(store, 1 << 30)
    store.save([note := make.note(patient)])
    store.close()
    again = open_store(tmp_path, clock=clock).unlock(PASSPHRASE)
    assert all(again.revision(each) is not None for each in [*saved, note.id])
    assert [patient for patient, _ in again.summaries()] == [patient for patient, _ in summary]
    again.close()


QUOTA = """
import json, resource, sys
from pathlib import Path
from fieldapp.domain.clock import SystemClock
from fieldapp.storage import open_store
from fieldapp.storage.errors import DiskFullError
from tests.storage.making import PASSPHRASE, Maker

directory = Path(sys.argv[1])
make = Maker(SystemClock())
store = open_store(directory, clock=make.clock).unlock(PASSPHRASE)
patient = make.id()
store.save([make.person(patient)])
log = directory / "store.db-wal"
_, most = resource.getrlimit(resource.RLIMIT_FSIZE)
saved, refused = [], 0
for room in range(1, 60_000, 1501):
    resource.setrlimit(resource.RLIMIT_FSIZE, (log.stat().st_size + room, most))
    before = store.outbox_size()
    try:
        for _ in range(50):
            note = make.note(patient, "x" * 500)
            store.save([note])
            saved.append(note.id)
            before += 1
    except DiskFullError:
        refused += 1
    assert store.outbox_size() == before
    resource.setrlimit(resource.RLIMIT_FSIZE, (most, most))
    note = make.note(patient)
    store.save([note])
    saved.append(note.id)
store.close()
print(json.dumps({"saved": saved, "refused": refused}))
"""


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no limit on the size of a program's files.")
def test_a_full_disk_at_any_byte_of_the_log_loses_nothing(store: Store, tmp_path: Path, clock: FixedClock) -> None:
    store.close()
    ran = subprocess.run(
        [sys.executable, "-c", QUOTA, str(tmp_path)], capture_output=True, text=True, timeout=120, check=False
    )
    assert ran.returncode == 0, ran.stderr
    told = json.loads(ran.stdout)
    assert told["refused"] == 40
    again = open_store(tmp_path, clock=clock).unlock(PASSPHRASE)
    assert {each for each in told["saved"] if again.revision(each) is None} == set()
    assert again.outbox_size() == len(told["saved"]) + 1
    again.close()
