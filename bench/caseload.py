"""The observations of a caseload read for screens, beside SQLCipher's raw driver with JSON decoding.

Both hold the same JSON, who signed it and when included.
"""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from pathlib import Path

from bench.made import NOW
from bench.store import PASSPHRASE, filled
from bench.timing import Row, at_most, interleaved, paired, timed
from fieldapp.domain.clock import FixedClock
from fieldapp.storage import open_store

_PATIENTS, _SETS, _ROUNDS = 25, 20, 15
_SQLCIPHER = """
import json, sys, time
from sqlcipher3 import dbapi2
connection = dbapi2.connect(sys.argv[1], isolation_level=None)
connection.execute("PRAGMA key=\\"x'" + bytes(range(32)).hex() + "'\\"")
connection.execute("CREATE TABLE entry (id TEXT PRIMARY KEY, patient TEXT NOT NULL, at TEXT NOT NULL, body BLOB)")
connection.execute("CREATE INDEX of_patient ON entry (patient, at DESC)")
rows = json.loads(sys.stdin.readline())
connection.execute("BEGIN")
connection.executemany("INSERT INTO entry VALUES (?, ?, ?, ?)", rows)
connection.execute("COMMIT")
patients = sorted({row[1] for row in rows})
print("ready", flush=True)
for line in sys.stdin:
    begun = time.perf_counter()
    found = [
        json.loads(body)
        for patient in patients
        for (body,) in connection.execute(
            "SELECT body FROM entry WHERE patient = ? ORDER BY at DESC LIMIT 20", (patient,)
        )
    ]
    print(json.dumps([len(found), (time.perf_counter() - begun) * 1000]), flush=True)
"""


def caseload(folder: Path) -> list[Row]:
    """25 patients with 20 observation sets each: every set opened, checked and decoded."""
    patients = filled(folder / "ours", _PATIENTS, _SETS)
    store = open_store(folder / "ours", clock=FixedClock(NOW)).unlock(PASSPHRASE)

    def ours() -> None:
        found = [state for patient in patients for state in store.records(patient, ["observations"])]
        _whole(len(found))

    arms: dict[str, Callable[[], float]] = {"ours": lambda: timed(ours)}
    home = os.environ.get("PEERS_DIR")
    with ExitStack() as running:
        running.callback(store.close)
        if home is not None:
            states = [state for patient in patients for state in store.records(patient, ["observations"])]
            signed = [revision for state in states for revision in store.revisions(state.id)]
            rows = [(one.id, one.patient, one.body["taken_at"], one.to_json().decode()) for one in signed]
            arms["sqlcipher"] = _sqlcipher(running, Path(home), folder / "cipher.db", rows)
        results = interleaved(arms, _ROUNDS)
    what = f"{_PATIENTS} patients x {_SETS} observation sets"
    found = [Row(f"{what}, opened as record states", results["ours"])]
    if "sqlcipher" in results:
        ratio = paired(results, "ours", "sqlcipher")
        name = f"{what}, SQLCipher's driver with JSON decoding; ours is"
        found.append(Row(name, results["sqlcipher"], ratio, "SQLCipher's", goal=at_most(1.5)))
    return found


def _sqlcipher(
    running: ExitStack, home: Path, store: Path, rows: Sequence[tuple[str, str, str, str]]
) -> Callable[[], float]:
    command = [str(home / "py/venv/bin/python"), "-c", _SQLCIPHER, str(store)]
    process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    running.callback(process.wait)
    to, out = process.stdin, process.stdout
    assert to is not None
    assert out is not None
    running.callback(to.close)

    def ask(line: str) -> str:
        to.write(line + "\n")
        to.flush()
        return out.readline()

    ask(json.dumps(rows))

    def once() -> float:
        count, spent = json.loads(ask("again"))
        _whole(count)
        return float(spent)

    return once


def _whole(count: int) -> None:
    if count != _PATIENTS * _SETS:
        raise AssertionError(f"{count} sets, not {_PATIENTS * _SETS}.")
