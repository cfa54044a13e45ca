"""A store is made whole or not at all."""

from __future__ import annotations

import subprocess
import sys
import threading
from pathlib import Path

import pytest

from fieldapp.domain.clock import FixedClock
from fieldapp.storage import Store, open_store
from fieldapp.storage.errors import DiskError, NoStoreError, StoreError, StoreExistsError
from tests.storage.making import PASSPHRASE, Maker, fresh

CUT = """
import os, signal, sys
from datetime import UTC, datetime
from pathlib import Path
import fieldapp.storage.store as module
from fieldapp.domain.clock import FixedClock
from fieldapp.storage.kdf import FLOOR

step, when = sys.argv[2], sys.argv[3]
owner = Path if step == "replace" else module
original = getattr(owner, step)

def cut(*args, **more):
    if when == "after":
        original(*args, **more)
    os.kill(os.getpid(), signal.SIGKILL)

setattr(owner, step, cut)
clock = FixedClock(datetime(2026, 11, 22, tzinfo=UTC))
module.create_store(Path(sys.argv[1]), passphrase="correct horse battery staple", clock=clock, kdf=FLOOR)
"""


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no SIGKILL.")
@pytest.mark.parametrize(
    ("step", "when", "made"),
    [
        ("person_row", "before", False),
        ("create_database", "after", False),
        ("put_setting", "before", False),
        ("finish_database", "before", False),
        ("finish_database", "after", False),
        ("replace", "before", False),
        ("sync_directory", "before", True),
    ],
)
def test_a_killed_creation_leaves_no_store_or_a_whole_one(
    tmp_path: Path, clock: FixedClock, make: Maker, step: str, when: str, made: bool
) -> None:
    ran = subprocess.run([sys.executable, "-c", CUT, str(tmp_path), step, when], timeout=60, check=False)
    assert ran.returncode < 0
    if made:
        with pytest.raises(StoreExistsError):
            fresh(tmp_path, clock)
        store = open_store(tmp_path, clock=clock).unlock(PASSPHRASE)
    else:
        with pytest.raises(NoStoreError):
            open_store(tmp_path, clock=clock)
        store = fresh(tmp_path, clock)
    store.save([note := make.note(make.id())])
    assert store.revision(note.id) == note
    store.close()
    assert not (tmp_path / "store.db.unfinished").exists()


def test_a_log_without_its_database_is_set_aside_and_kept(tmp_path: Path, clock: FixedClock) -> None:
    (tmp_path / "store.db-wal").write_bytes(b"somebody's entries")
    fresh(tmp_path, clock).close()
    kept = [path for path in tmp_path.glob("store.db-wal-*") if path.read_bytes() == b"somebody's entries"]
    assert len(kept) == 1


def test_two_creations_at_once_make_one_store(tmp_path: Path, clock: FixedClock) -> None:
    made: list[Store] = []
    refused: list[StoreError] = []
    together = threading.Barrier(2)

    def create() -> None:
        together.wait()
        try:
            made.append(fresh(tmp_path, clock))
        except StoreExistsError as error:
            refused.append(error)

    threads = [threading.Thread(target=create) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (len(made), len(refused)) == (1, 1)
    made[0].close()


def test_a_directory_that_is_a_file_is_a_disk_error(tmp_path: Path, clock: FixedClock) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(DiskError):
        fresh(tmp_path / "file", clock)
