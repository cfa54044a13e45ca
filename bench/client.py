"""The whole product as one more arm of the peers' harness: an enrolled tablet in a process of its own.

    python -m bench.client FOLDER URL CODE COUNT [--notes]

Prints one JSON line a step (step, ms, docs, up, down, reqs, cli_hwm_mb). `up` and `down` are all bytes that went
through its sockets, headers included. Before `incr100` it prints `changes` and waits for a line: the entries that it
is to pull are made by then.
"""

from __future__ import annotations

import argparse
import json
import socket
import statistics
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from bench.made import Maker
from bench.running import peak_mb
from bench.timing import timed
from fieldapp.domain.clock import SystemClock
from fieldapp.domain.records import kinds
from fieldapp.domain.revision import Revision
from fieldapp.storage.kdf import KdfParameters
from fieldapp.sync.engine import SyncReport
from fieldapp.sync.proof import b64, revision_text
from fieldapp.usecases.session import Session
from fieldapp.usecases.tablet import Tablet

_PASSPHRASE = "twelve visits before tea"
_CHEAP = KdfParameters(19 * 1024, 2, 1)


class _Wire(socket.socket):
    """Counts what goes through every socket of this process."""

    up = down = requests = 0

    def sendall(self, data: Any, flags: int = 0) -> None:
        _Wire.up += len(data)
        _Wire.requests += bytes(data[:5]).startswith((b"GET ", b"POST "))
        super().sendall(data, flags)

    def recv_into(self, buffer: Any, nbytes: int = 0, flags: int = 0) -> int:
        size = super().recv_into(buffer, nbytes, flags)
        _Wire.down += size
        return size


def main() -> int:
    """Run every step against the server at URL, once everything that the app loads at its start is loaded."""
    parser = argparse.ArgumentParser(prog="bench.client", description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("url")
    parser.add_argument("code")
    parser.add_argument("count", type=int)
    parser.add_argument("--notes", action="store_true", help="free text instead of observation sets")
    options = parser.parse_args()
    socket.socket = _Wire
    kinds()
    tablet = Tablet(options.folder, SystemClock(), kdf=_CHEAP)
    session = tablet.enrol(options.url, options.code, _PASSPHRASE)

    def sync() -> SyncReport:
        return tablet.sync().run()

    _step("pull", lambda: sync().pulled, options.count)
    _step("noop", lambda: sync().pulled, 0)
    print(json.dumps({"step": "changes"}), flush=True)
    sys.stdin.readline()
    _step("incr100", lambda: sync().pulled, 100)
    first, singly, second = _entries(session, options.notes)
    session.store.save(first)
    each = [timed(lambda entry=entry: session.store.save([entry])) for entry in singly]
    print(json.dumps({"step": "local_put_p50", "ms": statistics.median(each)}), flush=True)
    _step("push1100", lambda: sync().accepted, 1100)
    session.store.save(second)
    _step("push1k_steady", lambda: sync().accepted, 1000)
    tablet.lock()
    return 0


def _step(name: str, work: Callable[[], int], expected: int) -> None:
    before = _Wire.up, _Wire.down, _Wire.requests
    found: list[int] = []
    spent = timed(lambda: found.append(work()))
    if found != [expected]:
        raise AssertionError(f"{name}: {found[0]}, not {expected}.")
    up, down, requests = (now - then for now, then in zip((_Wire.up, _Wire.down, _Wire.requests), before, strict=True))
    line = {"step": name, "ms": spent, "docs": expected, "up": up, "down": down, "reqs": requests}
    print(json.dumps({**line, "cli_hwm_mb": peak_mb()}), flush=True)


def _entries(session: Session, notes: bool) -> tuple[list[Revision], list[Revision], list[Revision]]:
    """1,000, 100 and 1,000 signed entries."""
    identity, key = session.store.identity(), session.store.device_key()
    assert identity is not None
    maker = Maker(session.author, identity.device, identity.teams[0].id, seed=19)
    patients = session.store.patients()

    def signed(number: int) -> Revision:
        patient = patients[number % len(patients)]
        entry = maker.note(patient) if notes else maker.observations(patient)
        return entry.signed_with(b64(key.sign(revision_text(entry.hash))))

    made = [signed(number) for number in range(2100)]
    return made[:1000], made[1000:1100], made[1100:]


if __name__ == "__main__":
    sys.exit(main())
