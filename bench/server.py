"""What a server does a second: idle pulls and durable pushes of ten, beside an endpoint that does nothing.

`python -m bench.server --write docs/scaling.md` puts the table into the page.
"""

from __future__ import annotations

import argparse
import os
import platform
import sys
import tempfile
from collections.abc import Callable
from contextlib import ExitStack
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

import zstandard

from bench.__main__ import replace_block
from bench.load import Catcher, run
from bench.made import Maker
from bench.running import start
from bench.timing import Goal, Row, at_least, interleaved, paired
from fieldapp.domain.clock import SystemClock
from fieldapp.domain.revision import Revision
from fieldapp.storage.kdf import KdfParameters
from fieldapp.sync.proof import b64, revision_text
from fieldapp.sync.transport import HttpTransport
from fieldapp.usecases.tablet import Tablet
from server.db import schema
from server.db.engine import Database
from server.db.service import SERVER_DEVICE
from server.identity import codes, people
from server.sync.push import IMPORTER, add_revisions
from tests.browser.process import free_port
from tests.server.cluster import Cluster

TEAMS, PATIENTS = 4, 10
IDLE, PUSHES, PER_PUSH = 400, 60, 10
CONNECTIONS = 8
_PASSPHRASE = "twelve visits before tea"
CLOCK = SystemClock()
_CHEAP = KdfParameters(19 * 1024, 2, 1)


Arm = Callable[[], float]


def main() -> int:
    """Measure, print, and write where asked."""
    parser = argparse.ArgumentParser(prog="python -m bench.server", description=__doc__)
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--write", type=Path, metavar="PAGE.md", help="replace the measured block of this page")
    options = parser.parse_args()
    load, cores = os.getloadavg()[0], os.cpu_count()
    machine = f"Python {platform.python_version()}, {cores} cores, {platform.machine()}, load {load:.1f} at start"
    lines = [f"{datetime.now(UTC):%-d %B %Y}, {machine}", "", "| What | Median (range) | Ratio in this run | Goal |"]
    lines.append("|---|---|---|---|")
    with tempfile.TemporaryDirectory(prefix="bench-") as place:
        lines += [row.line() for row in serving(Path(place), options.rounds)]
    print("\n".join(lines))
    if options.write is not None:
        replace_block(options.write, "\n".join(lines))
    return 0


def serving(folder: Path, rounds: int) -> list[Row]:
    """Requests a second of each arrangement, beside the empty endpoint in one process.

    Server processes, database and load share this machine's cores. Every push is answered once it is durable.
    """
    with ExitStack() as running:
        cluster = Cluster("durable")
        running.callback(cluster.close)
        empty = _start(running, "empty", "-")
        bare = _start(running, "bare", str(folder / "bare.db"))
        sqlite = Served(folder / "sqlite", f"sqlite:///{folder / 'server.db'}", running, 1)
        postgres = Served(folder / "postgres", cluster.create("served"), running, 2)
        idle: dict[str, Arm] = {
            "empty endpoint": lambda: _rate(sqlite.idle(), [empty]),
            "SQLite, 1 process": lambda: _rate(sqlite.idle(), sqlite.ports),
            "PostgreSQL, 1 process": lambda: _rate(postgres.idle(), postgres.ports[:1]),
            "PostgreSQL, 2 processes": lambda: _rate(postgres.idle(), postgres.ports),
        }
        push: dict[str, Arm] = {
            "bare insert": lambda: _rate(sqlite.pushes(), [bare]),
            "empty endpoint": lambda: _rate(sqlite.pushes(), [empty]),
            "SQLite, 1 process": lambda: _rate(sqlite.pushes(), sqlite.ports, check=True),
            "PostgreSQL, 1 process": lambda: _rate(postgres.pushes(), postgres.ports[:1], check=True),
            "PostgreSQL, 2 processes": lambda: _rate(postgres.pushes(), postgres.ports, check=True),
        }
        rows = _rows("idle pull", idle, rounds, at_least(0.5))
        return rows + _rows(f"durable push of {PER_PUSH}", push, rounds, at_least(0.25))


def _rows(what: str, arms: dict[str, Arm], rounds: int, goal: Goal) -> list[Row]:
    """Every arm against the first one. The first round warms up and is not counted."""
    results = {name: found[1:] for name, found in interleaved(arms, rounds + 1).items()}
    first, *others = arms
    rows = [Row(f"{what}: {first}", results[first], unit="a second")]
    for name in others:
        ours = goal if name != "empty endpoint" else None
        rows.append(Row(f"{what}: {name}", results[name], paired(results, name, first), first, "a second", ours))
    return rows


class Served:
    """Teams on one database, its server processes, and an enrolled tablet of each team that is up to date."""

    def __init__(self, folder: Path, url: str, running: ExitStack, processes: int) -> None:
        self.database = Database(url)
        running.callback(self.database.close)
        self.service = schema.prepare(self.database, CLOCK)
        self.ports = [_start(running, "ours", url) for _ in range(processes)]
        self._teams = [Team(self, folder / str(n), n, running) for n in range(TEAMS)]

    def idle(self) -> list[bytes]:
        """Pulls to which there is nothing to say."""
        return _in_turn([team.idle(IDLE // TEAMS) for team in self._teams])

    def pushes(self) -> list[bytes]:
        """Pushes of new entries."""
        return _in_turn([team.pushes(PUSHES // TEAMS) for team in self._teams])


def _in_turn(asked: list[list[bytes]]) -> list[bytes]:
    return [each for some in zip(*asked, strict=True) for each in some]


class Team:
    """One team, its patients and its tablet."""

    def __init__(self, served: Served, folder: Path, number: int, running: ExitStack) -> None:
        database, name = served.database, f"Team {number}"
        team = database.write(lambda tx: people.ensure_team(tx, CLOCK, name)).id
        nurse = database.write(lambda tx: people.ensure_person(tx, CLOCK, f"Nurse of {name}", "Nurse", team)).id
        maker = Maker(IMPORTER, SERVER_DEVICE, team, seed=number)
        records = [revision for n in range(PATIENTS) for revision in maker.patient(number * PATIENTS + n)]
        add_revisions(database, CLOCK, served.service, team=team, revisions=records)
        self._patients = sorted({revision.patient for revision in records})
        tablet = Tablet(folder, CLOCK, kdf=_CHEAP)
        running.callback(tablet.lock)
        code = database.write(lambda tx: codes.make_code(tx, CLOCK, nurse)).text
        self._session = tablet.enrol(f"http://127.0.0.1:{served.ports[0]}", code, _PASSPHRASE)
        tablet.sync().run()
        identity = self._session.store.identity()
        assert identity is not None
        self._key = self._session.store.device_key()
        self._maker = Maker(self._session.author, identity.device, team, seed=100 + number)
        self._transport = HttpTransport(identity.server, identity.device, self._key, CLOCK)
        running.callback(self._transport.close)
        self._catcher = Catcher(self._transport)
        self._made = 0

    def idle(self, count: int) -> list[bytes]:
        """Pulls to which there is nothing to say."""
        cursor = self._cursor()
        return [self._catcher.catch(partial(self._transport.pull, cursor)) for _ in range(count)]

    def pushes(self, count: int) -> list[bytes]:
        """Pushes of new entries."""
        self._transport.me()
        batches = [[self._signed() for _ in range(PER_PUSH)] for _ in range(count)]
        return [self._catcher.catch(partial(self._transport.push, batch)) for batch in batches]

    def _cursor(self) -> str | None:
        cursor = self._session.store.cursor()
        while True:
            page = self._transport.pull(cursor)
            found = getattr(page, "cursor", None) or cursor
            if found == cursor:
                return cursor
            cursor = found

    def _signed(self) -> Revision:
        self._made += 1
        revision = self._maker.observations(self._patients[self._made % PATIENTS])
        return revision.signed_with(b64(self._key.sign(revision_text(revision.hash))))


def _rate(asked: list[bytes], ports: list[int], *, check: bool = False) -> float:
    """Requests a second."""
    seconds, replies = run(asked, ports, CONNECTIONS)
    wrong = {status for status, _ in replies} - {200, 204, 304}
    if wrong:
        raise AssertionError(f"The server answered {wrong}.")
    if check:
        accepted = sum(_plain(body).count(b'"accepted"') for _, body in replies)
        if accepted != len(asked) * PER_PUSH:
            raise AssertionError(f"The server took {accepted} entries.")
    return len(asked) / seconds


def _plain(body: bytes) -> bytes:
    return zstandard.ZstdDecompressor().decompress(body) if body.startswith(b"\x28\xb5\x2f\xfd") else body


def _start(running: ExitStack, which: str, database: str) -> int:
    port = free_port()
    command = [sys.executable, "-m", "bench.serving", which, database, str(port)]
    start(running, command, f"http://127.0.0.1:{port}/")
    return port


if __name__ == "__main__":
    sys.exit(main())
