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
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path

from bench.made import Maker
from bench.timing import Row, interleaved, paired, timed
from fieldapp.domain.clock import SystemClock
from fieldapp.domain.revision import Revision
from fieldapp.storage.kdf import KdfParameters
from fieldapp.usecases.tablet import Tablet
from server.db import schema
from server.db.engine import Database
from server.db.service import SERVER_DEVICE
from server.identity import codes, people
from server.sync.push import IMPORTER, add_revisions

PATIENTS = 100
PORT, POUCH_PORT, POUCH_CONTROL = 18790, 18791, 18792
_PEER_BATCHES = ("100", "1000")


def first_pull(folder: Path, count: int, rounds: int) -> list[Row]:
    """A tablet that has enrolled pulls `count` revisions; PouchDB replicates as many documents.

    PouchDB takes part where `PEERS_DIR` names a prepared copy of the peers' harness.
    """
    peers = os.environ.get("PEERS_DIR")
    arms: dict[str, Callable[[], float]] = {}
    with ExitStack() as running:
        database = Database(f"sqlite:///{folder / 'server.db'}")
        running.callback(database.close)
        make_code = _seed(database, count)
        command = [sys.executable, "-m", "server.cli", "serve", "--port", str(PORT)]
        _start(running, [*command, "--database", f"sqlite:///{folder / 'server.db'}"], f"http://127.0.0.1:{PORT}/")
        turn = iter(range(1_000))
        arms["fieldapp"] = lambda: _pull(folder / f"tablet-{next(turn)}", make_code(), count)
        if peers is not None:
            server = ["node", f"{peers}/node/server.js", str(folder / "pouch"), str(POUCH_PORT), str(POUCH_CONTROL)]
            _start(running, server, f"http://127.0.0.1:{POUCH_CONTROL}/stats")
            for batch in _PEER_BATCHES:
                arms[f"pouch{batch}"] = lambda batch=batch: _replicate(
                    Path(peers), folder / f"pouch-{batch}-{next(turn)}", count, batch
                )
        results = interleaved(arms, rounds)
    rows = [Row(f"first pull of {count:,} revisions, whole product", results["fieldapp"])]
    for batch in _PEER_BATCHES:
        if f"pouch{batch}" in results:
            ratio = paired(results, f"pouch{batch}", "fieldapp")
            rows.append(Row(f"PouchDB, {count:,} documents, batch {batch}", results[f"pouch{batch}"], ratio, "ours"))
    return rows


def _seed(database: Database, count: int) -> Callable[[], str]:
    clock = SystemClock()
    service = schema.prepare(database, clock)
    team = database.write(lambda tx: people.ensure_team(tx, clock, "Home Ward East")).id
    nurse = database.write(lambda tx: people.ensure_person(tx, clock, "Amira Khan", "Registered nurse", team)).id
    maker = Maker(IMPORTER, SERVER_DEVICE, team)
    revisions: list[Revision] = []
    for number in range(PATIENTS):
        revisions += maker.patient(number)
    patients = sorted({revision.patient for revision in revisions})
    while len(revisions) < count:
        revisions.append(maker.observations(patients[len(revisions) % PATIENTS]))
    for start in range(0, count, 1000):
        add_revisions(database, clock, service, team=team, revisions=revisions[start : start + 1000])
    return lambda: database.write(lambda tx: codes.make_code(tx, clock, nurse)).text


def _pull(folder: Path, code: str, count: int) -> float:
    tablet = Tablet(folder, SystemClock(), kdf=KdfParameters(19 * 1024, 2, 1))
    tablet.enrol(f"http://127.0.0.1:{PORT}", code, "twelve visits before tea")
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
    environment = os.environ | {"PEERS_DIR": str(peers)}
    done = subprocess.run(
        [*client, str(count), batch, "10"], capture_output=True, text=True, timeout=600, env=environment, check=True
    )
    shutil.rmtree(folder, ignore_errors=True)
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
