"""The first pull of a new tablet over real HTTP, everything included, beside PouchDB on as many documents."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from pathlib import Path

from bench.made import Maker
from bench.timing import Row, interleaved, paired, timed
from fieldapp.domain.clock import SystemClock
from fieldapp.domain.revision import Revision
from fieldapp.storage.kdf import KdfParameters
from fieldapp.sync.proof import b64, revision_text
from fieldapp.usecases.tablet import Tablet
from server.db import schema
from server.db.engine import Database
from server.db.service import SERVER_DEVICE, Service
from server.identity import codes, people
from server.sync.push import IMPORTER, add_revisions

PATIENTS = 100
PORT, POUCH_PORT, POUCH_CONTROL, FLOOR_PORT = 18790, 18791, 18792, 18793
_URL = f"http://127.0.0.1:{PORT}"
_PEER_BATCHES = ("100", "1000")
_FLOOR_PAGE = "2000"
_PASSPHRASE = "twelve visits before tea"
_CHEAP = KdfParameters(19 * 1024, 2, 1)


def first_pull(folder: Path, count: int, rounds: int) -> list[Row]:
    """A tablet that has enrolled pulls `count` revisions; PouchDB replicates as many documents.

    Twice: a team whose entries tablets made, and one whose every revision was imported, so that the tablet verifies the
    server's signature of each. PouchDB and the bare floor take part where `PEERS_DIR` names a prepared copy of the
    peers' harness.
    """
    peers = os.environ.get("PEERS_DIR")
    arms: dict[str, Callable[[], float]] = {}
    with ExitStack() as running:
        database = Database(f"sqlite:///{folder / 'server.db'}")
        running.callback(database.close)
        clock = SystemClock()
        service = schema.prepare(database, clock)
        command = [sys.executable, "-m", "server.cli", "serve", "--port", str(PORT)]
        _start(running, [*command, "--database", f"sqlite:///{folder / 'server.db'}"], f"{_URL}/")
        made = _Team(database, service, "Home Ward East", "Amira Khan")
        made.bring(folder / "seeding", count)
        imported = _Team(database, service, "Home Ward West", "Ruth Adeyemi")
        imported.load(count)
        turn = iter(range(1_000))
        arms["made"] = lambda: _pull(folder / f"tablet-{next(turn)}", made.code(), count)
        arms["imported"] = lambda: _pull(folder / f"tablet-{next(turn)}", imported.code(), count)
        if peers is not None:
            arms |= _peers(running, Path(peers), folder, count, turn)
        results = interleaved(arms, rounds)
    rows = [
        Row(f"first pull of {count:,} revisions, whole product", results["made"]),
        Row(
            "the same, every one imported and its server signature verified",
            results["imported"],
            paired(results, "imported", "made"),
            "the pull of what tablets made",
        ),
    ]
    for batch in _PEER_BATCHES:
        if f"pouch{batch}" in results:
            ratio = paired(results, f"pouch{batch}", "made")
            rows.append(Row(f"PouchDB, {count:,} documents, batch {batch}", results[f"pouch{batch}"], ratio, "ours"))
    if "floor" in results:
        what = f"bare floor (no proof, checks or signatures), {count:,} rows"
        rows.append(Row(what, results["floor"], paired(results, "floor", "made"), "ours"))
    return rows


class _Team:
    """One team with one nurse and `PATIENTS` imported patients of three records each."""

    def __init__(self, database: Database, service: Service, name: str, nurse: str) -> None:
        self._database, self._service, self._clock = database, service, SystemClock()
        self._team = database.write(lambda tx: people.ensure_team(tx, self._clock, name)).id
        role = "Registered nurse"
        self._nurse = database.write(lambda tx: people.ensure_person(tx, self._clock, nurse, role, self._team)).id
        self._maker = Maker(IMPORTER, SERVER_DEVICE, self._team, seed=sum(name.encode()))
        records = [revision for number in range(PATIENTS) for revision in self._maker.patient(number)]
        self._patients = sorted({revision.patient for revision in records})
        self._held = len(records)
        self._import(records)

    def code(self) -> str:
        """An enrolment code for one more tablet of the nurse."""
        return self._database.write(lambda tx: codes.make_code(tx, self._clock, self._nurse)).text

    def load(self, count: int) -> None:
        """Observations from another system, up to `count` revisions in all."""
        self._import(self._sets(self._maker, count))

    def bring(self, folder: Path, count: int) -> None:
        """Observations saved on a tablet and pushed, up to `count` revisions in all."""
        tablet = Tablet(folder, self._clock, kdf=_CHEAP)
        session = tablet.enrol(_URL, self.code(), _PASSPHRASE)
        tablet.sync().run()
        identity, key = session.store.identity(), session.store.device_key()
        assert identity is not None
        sets = self._sets(Maker(session.author, identity.device, self._team, seed=13), count)
        signed = [each.signed_with(b64(key.sign(revision_text(each.hash)))) for each in sets]
        session.store.save(signed)
        report = tablet.sync().run()
        tablet.lock()
        if report.accepted != len(signed):
            raise AssertionError(f"The server took {report.accepted} of {len(signed)}.")

    def _sets(self, maker: Maker, count: int) -> list[Revision]:
        return [maker.observations(self._patients[each % PATIENTS]) for each in range(self._held, count)]

    def _import(self, revisions: Sequence[Revision]) -> None:
        for start in range(0, len(revisions), 1000):
            some = revisions[start : start + 1000]
            add_revisions(self._database, self._clock, self._service, team=self._team, revisions=some)


def _peers(
    running: ExitStack, peers: Path, folder: Path, count: int, turn: Iterator[int]
) -> dict[str, Callable[[], float]]:
    server = ["node", f"{peers}/node/server.js", str(folder / "pouch"), str(POUCH_PORT), str(POUCH_CONTROL)]
    _start(running, server, f"http://127.0.0.1:{POUCH_CONTROL}/stats")
    arms: dict[str, Callable[[], float]] = {}
    for batch in _PEER_BATCHES:
        arms[f"pouch{batch}"] = lambda batch=batch: _replicate(
            peers, folder / f"pouch-{batch}-{next(turn)}", count, batch
        )
    python, floor = str(peers / "py/venv/bin/python"), f"http://127.0.0.1:{FLOOR_PORT}"
    _start(running, [python, f"{peers}/py/floor_server.py", str(folder / "floor.db"), str(FLOOR_PORT)], floor)
    urllib.request.urlopen(f"{floor}/ctl/seed?frm=0&to={count}", timeout=300).read()
    client = [python, f"{peers}/py/floor_client.py"]
    arms["floor"] = lambda: _first_step(
        [*client, str(folder / f"floor-{next(turn)}.db"), floor, str(count), _FLOOR_PAGE], peers
    )
    return arms


def _pull(folder: Path, code: str, count: int) -> float:
    tablet = Tablet(folder, SystemClock(), kdf=_CHEAP)
    tablet.enrol(_URL, code, _PASSPHRASE)
    pulled: list[int] = []
    spent = timed(lambda: pulled.append(tablet.sync().run().pulled))
    tablet.lock()
    shutil.rmtree(folder)
    if pulled != [count]:
        raise AssertionError(f"Pulled {pulled}, not {count}.")
    return spent


def _replicate(peers: Path, folder: Path, count: int, batch: str) -> float:
    name = folder.name.replace("-", "")
    control = f"http://127.0.0.1:{POUCH_CONTROL}"
    urllib.request.urlopen(f"{control}/seed?db={name}&from=0&to={count}", timeout=300).read()
    client = ["node", f"{peers}/node/client.js", str(folder), f"http://127.0.0.1:{POUCH_PORT}", control, name]
    spent = _first_step([*client, str(count), batch, "10"], peers)
    shutil.rmtree(folder, ignore_errors=True)
    return spent


def _first_step(command: list[str], peers: Path) -> float:
    """A peer's client does more than pull; its other steps are not used here."""
    environment = os.environ | {"PEERS_DIR": str(peers)}
    done = subprocess.run(command, capture_output=True, text=True, timeout=600, env=environment, check=True)
    steps = [json.loads(line) for line in done.stdout.splitlines()]
    return next(float(step["ms"]) for step in steps if step["step"] == "pull")


def _start(running: ExitStack, command: list[str], url: str) -> None:
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)

    def stop() -> None:
        process.terminate()
        process.wait(30)

    running.callback(stop)
    deadline = time.monotonic() + 60
    while process.poll() is None and time.monotonic() < deadline:
        try:
            urllib.request.urlopen(url, timeout=5).close()
            return
        except urllib.error.HTTPError as answer:
            answer.close()
            return
        except OSError:
            time.sleep(0.05)
    raise RuntimeError(f"{command[0]} did not answer.")
