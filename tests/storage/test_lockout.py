"""Guessing is slowed down, killing the app buys nothing, and nothing is ever wiped."""

from __future__ import annotations

import signal
import subprocess
import sys
from contextlib import suppress
from datetime import timedelta
from pathlib import Path

import pytest

from fieldapp.domain.clock import FixedClock
from fieldapp.storage import LockedStore, Store, open_store
from fieldapp.storage.errors import LockedOutError, WrongPassphraseError
from fieldapp.storage.lockout import DELAYS, Lockout
from tests.storage.making import PASSPHRASE, START, Maker, flood

WRONG = "not the right passphrase"


def fail(locked: LockedStore) -> float:
    with pytest.raises(WrongPassphraseError) as refused:
        locked.unlock(WRONG)
    return refused.value.retry_after


def test_the_wait_grows_and_ends(store: Store, tmp_path: Path, clock: FixedClock, make: Maker) -> None:
    store.save([note := make.note(make.id())])
    store.close()
    locked = open_store(tmp_path, clock=clock)
    for delay in (1, 5, 30, 300, 300, 300):
        assert fail(locked) == delay
        clock.advance(delay - 0.001)
        with pytest.raises(LockedOutError) as early:
            locked.unlock(PASSPHRASE)
        assert 0 < early.value.retry_after <= 0.002
        clock.advance(0.001)
    opened = locked.unlock(PASSPHRASE)
    assert opened.revision(note.id) == note
    opened.close()
    assert fail(locked) == 1


def test_refused_attempts_during_the_wait_do_not_lengthen_it(store: Store, tmp_path: Path, clock: FixedClock) -> None:
    store.close()
    locked = open_store(tmp_path, clock=clock)
    fail(locked)
    for _ in range(50):
        with pytest.raises(LockedOutError):
            locked.unlock(WRONG)
    clock.advance(1)
    locked.unlock(PASSPHRASE).close()


def test_opening_again_does_not_end_the_wait(store: Store, tmp_path: Path, clock: FixedClock) -> None:
    store.close()
    fail(open_store(tmp_path, clock=clock))
    clock.advance(1)
    assert fail(open_store(tmp_path, clock=clock)) == 5
    with pytest.raises(LockedOutError) as early:
        open_store(tmp_path, clock=clock).unlock(PASSPHRASE)
    assert early.value.retry_after == 5


def test_turning_the_clock_forward_gains_nothing_while_the_app_runs(
    store: Store, tmp_path: Path, clock: FixedClock
) -> None:
    store.close()
    locked = open_store(tmp_path, clock=clock)
    fail(locked)
    clock.set(clock.now() + timedelta(days=365))
    with pytest.raises(LockedOutError):
        locked.unlock(PASSPHRASE)
    clock.advance(1)
    locked.unlock(PASSPHRASE).close()


def test_turning_the_clock_back_starts_the_wait_again_and_does_not_lock_out_for_ever(
    store: Store, tmp_path: Path, clock: FixedClock
) -> None:
    store.close()
    locked = open_store(tmp_path, clock=clock)
    fail(locked)
    clock.set(clock.now() - timedelta(days=3650))
    with pytest.raises(LockedOutError) as early:
        locked.unlock(PASSPHRASE)
    assert early.value.retry_after == 1
    clock.advance(1)
    locked.unlock(PASSPHRASE).close()


def test_people_wait_for_their_own_failures_only(tmp_path: Path, clock: FixedClock) -> None:
    one, other = (Lockout(tmp_path / name, clock) for name in ("attempts-1", "attempts-2"))
    one.attempt()
    other.attempt()
    with pytest.raises(LockedOutError):
        one.attempt()


@pytest.mark.parametrize("content", [b"\0", b"\xff" * 7, b"\xff" * 8, bytes(8), flood("attempts")(29), b"x" * 100_000])
def test_whatever_the_file_of_attempts_holds_the_clinician_gets_in(
    store: Store, tmp_path: Path, clock: FixedClock, content: bytes
) -> None:
    slot = store.slot
    store.close()
    (tmp_path / f"attempts-{slot}").write_bytes(content)
    locked = open_store(tmp_path, clock=clock)
    with suppress(LockedOutError):
        locked.unlock(PASSPHRASE).close()
        return
    clock.advance(DELAYS[-1])
    locked.unlock(PASSPHRASE).close()


GUESS = """
import os, signal, sys
from datetime import datetime
from pathlib import Path
import fieldapp.storage.store as module
from fieldapp.domain.clock import FixedClock

def killed(*args, **more):
    os.kill(os.getpid(), signal.SIGKILL)

module.passphrase_sealer = killed
clock = FixedClock(datetime.fromisoformat(sys.argv[2]))
module.open_store(Path(sys.argv[1]), clock=clock).unlock("any guess at all")
"""


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no SIGKILL.")
def test_an_app_killed_while_it_looks_at_a_guess_has_counted_it(
    store: Store, tmp_path: Path, clock: FixedClock
) -> None:
    store.close()
    for delay in DELAYS:
        ran = subprocess.run(
            [sys.executable, "-c", GUESS, str(tmp_path), clock.now().isoformat()], timeout=60, check=False
        )
        assert ran.returncode == -signal.SIGKILL
        with pytest.raises(LockedOutError) as early:
            open_store(tmp_path, clock=clock).unlock(PASSPHRASE)
        assert early.value.retry_after == delay
        clock.advance(delay)
    open_store(tmp_path, clock=clock).unlock(PASSPHRASE).close()
    assert clock.now() == START + timedelta(seconds=sum(DELAYS))
