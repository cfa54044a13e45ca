"""What was acknowledged is there after a kill at any moment."""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import sys
from collections.abc import Generator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import IO

import pytest

from fieldapp.domain.clock import SystemClock
from fieldapp.domain.state import state_of
from fieldapp.domain.summary import fold
from fieldapp.storage import Store, open_store
from tests.storage.making import PASSPHRASE, Maker, fresh

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="Windows has no fork and no SIGKILL.")

WORK = """
import json, os, sys
from pathlib import Path
from fieldapp.domain.clock import SystemClock
from fieldapp.domain.delivery import Membership
from fieldapp.storage import open_store
from tests.storage.making import PASSPHRASE, Maker

def work(directory):
    make = Maker(SystemClock())
    store = open_store(directory, clock=make.clock).unlock(PASSPHRASE)
    patient = make.id()
    person = make.person(patient)
    store.save([person])
    number = 0
    while True:
        number += 1
        key = f"draft-{os.getpid()}"
        store.put_draft(key, {"number": number})
        say("draft", key, number)
        note = make.note(patient)
        person = make.after(person, {**person.body, "phone": f"0113 496 {number:04}"})
        store.save([note, person], drop_draft=key)
        say("saved", note.id, person.id)
        page = [make.note(patient) for _ in range(20)]
        store.apply(page, joined=[Membership("t", patient)], cursor=str(number), epoch="e")
        say("pulled", *(revision.id for revision in page))

def say(*words):
    os.write(1, (json.dumps(words) + chr(10)).encode())

for line in sys.stdin:
    child = os.fork()
    if child == 0:
        work(Path(line.strip()))
    say("child", child)
    os.waitpid(child, 0)
    say("gone")
"""


@contextmanager
def worker() -> Generator[tuple[IO[str], IO[str]], None, None]:
    """A program that, for each line, starts a writer on that store; the writer has to be killed."""
    with subprocess.Popen(
        [sys.executable, "-c", WORK], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as program:
        assert program.stdin is not None
        assert program.stdout is not None
        yield program.stdin, program.stdout
        program.stdin.close()


def test_every_acknowledged_entry_survives_twenty_kills(tmp_path: Path) -> None:
    clock = SystemClock()
    fresh(tmp_path, clock).close()
    chance = random.Random(20261122)
    kept: set[str] = set()
    draft: tuple[str, int] | None = None
    with worker() as (ask, answers):
        for _ in range(20):
            ask.write(f"{tmp_path}\n")
            ask.flush()
            child, words = 0, chance.randrange(2, 13)
            spin = chance.randrange(4000)
            for line in answers:
                kind, *said = json.loads(line)
                if kind == "child":
                    child = said[0]
                elif kind == "gone":
                    break
                elif kind == "draft":
                    draft = (said[0], said[1])
                else:
                    kept.update(said)
                    draft = None if kind == "saved" else draft
                words -= 1
                if words <= 0 and child:
                    for _ in range(spin):
                        pass
                    os.kill(child, signal.SIGKILL)
                    words = 1 << 30
            with closing(open_store(tmp_path, clock=clock).unlock(PASSPHRASE)) as store:
                assert {each for each in kept if store.revision(each) is None} == set()
                if draft is not None:
                    assert store.draft(draft[0]) in ({"number": draft[1]}, None)
    with closing(open_store(tmp_path, clock=clock).unlock(PASSPHRASE)) as store:
        assert len(kept) > 100
        _is_whole(store)


def _is_whole(store: Store) -> None:
    """Rows, states, summaries and the outbox agree, as they do when each came with its transaction."""
    for patient, summary in store.summaries():
        states = store.records(patient)
        assert all(state == state_of(store.revisions(state.id)) for state in states)
        folded = None
        for state in states:
            folded = fold(folded, state)
        assert folded is not None
        assert {**folded, "changed_at": ""} == {**summary, "changed_at": ""}
    assert store.outbox_size() == len(store.outbox(1 << 30))
    with store._reading() as tx:
        assert tx.exec_driver_sql("PRAGMA integrity_check").scalar_one() == "ok"
        assert tx.exec_driver_sql("PRAGMA foreign_key_check").fetchall() == []


def test_a_log_left_by_a_kill_is_not_touched_by_a_failed_unlock(tmp_path: Path) -> None:
    clock = SystemClock()
    live = fresh(tmp_path / "live", clock)
    make = Maker(clock)
    live.save([note := make.note(make.id())])
    left = tmp_path / "left"
    left.mkdir()
    for name in ("store.db", "store.db-wal"):
        (left / name).write_bytes((tmp_path / "live" / name).read_bytes())
    live.close()
    before = {name: (left / name).read_bytes() for name in ("store.db", "store.db-wal")}
    locked = open_store(left, clock=clock)
    with pytest.raises(Exception, match="not the right passphrase"):
        locked.unlock("not the right passphrase")
    assert {name: (left / name).read_bytes() for name in before} == before
    (left / f"attempts-{locked.people()[0].slot}").unlink()
    with closing(locked.unlock(PASSPHRASE)) as store:
        assert store.revision(note.id) == note
