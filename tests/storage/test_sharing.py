"""Several threads and several processes on one store."""

from __future__ import annotations

import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from fieldapp.domain.clock import FixedClock
from fieldapp.domain.state import state_of
from fieldapp.storage import Store, open_store
from tests.storage.making import PASSPHRASE, Maker


def test_threads_save_and_read_together(store: Store, make: Maker) -> None:
    patients = [make.id() for _ in range(3)]
    done = threading.Event()

    def save(number: int) -> list[str]:
        notes = [make.note(patients[(number + each) % 3]) for each in range(15)]
        for note in notes:
            store.save([note])
        return [note.id for note in notes]

    def read() -> int:
        times = 0
        while not done.is_set() or not times:
            for patient, summary in store.summaries():
                assert set(summary) >= {"changed_at"}
                assert {state.patient for state in store.records(patient)} == {patient}
            times += 1
        return times

    with ThreadPoolExecutor(6) as pool:
        readers = [pool.submit(read) for _ in range(2)]
        saved = [each for ids in pool.map(save, range(4)) for each in ids]
        done.set()
        assert all(reader.result() for reader in readers)
    assert store.generation == 60
    assert {revision.id for revision in store.outbox(1 << 30)} == set(saved)


def test_two_openings_of_one_store_edit_one_record_without_losing_either(
    store: Store, tmp_path: Path, clock: FixedClock, make: Maker
) -> None:
    second = open_store(tmp_path, clock=clock).unlock(PASSPHRASE)
    first = make.person(make.id())
    store.save([first])
    before = second.generation
    edits = [make.after(first, {**first.body, "about_me": f"Version {n}"}) for n in range(12)]

    def save(number: int) -> None:
        (store, second)[number % 2].save([edits[number]])

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(save, range(12)))
    assert second.generation == store.generation == before + 12
    assert store.record(first.record) == second.record(first.record) == state_of([first, *edits])
    second.close()


SAVES = """
import sys
from pathlib import Path
from fieldapp.domain.clock import SystemClock
from fieldapp.storage import open_store
from tests.storage.making import PASSPHRASE, Maker

make = Maker(SystemClock())
store = open_store(Path(sys.argv[1]), clock=make.clock).unlock(PASSPHRASE)
print("ready", flush=True)
sys.stdin.readline()
for _ in range(25):
    store.save([make.note(sys.argv[2])])
store.close()
"""


def test_two_processes_save_together(store: Store, tmp_path: Path, make: Maker) -> None:
    patient = make.id()
    with subprocess.Popen(
        [sys.executable, "-c", SAVES, str(tmp_path), patient], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as other:
        assert other.stdin is not None
        assert other.stdout is not None
        assert other.stdout.readline().strip() == "ready"
        other.stdin.write("go\n")
        other.stdin.flush()
        for _ in range(25):
            store.save([make.note(patient)])
        assert other.wait(60) == 0
    assert store.outbox_size() == 50
    assert len(store.records(patient)) == 50
    assert store.patients() == [patient]
