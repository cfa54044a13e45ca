"""PouchDB and the bare floor, from a prepared copy of the peers' harness (`PEERS_DIR`)."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import urllib.request
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from bench.made import note_texts
from bench.running import start

Steps = Mapping[str, Mapping[str, Any]]
"""What a client printed, by step."""
POUCH_PORT, POUCH_CONTROL, FLOOR_PORT = 18791, 18792, 18793
_FLOOR_PAGE = "2000"


class Peers:
    """Their servers, from `start` until its stack ends."""

    def __init__(self, home: Path, folder: Path) -> None:
        self.home = home
        self._folder = folder
        self._turn = iter(range(1_000))

    def start(self, running: ExitStack) -> None:
        """Start both servers."""
        node = str(self.home / "node/server.js")
        control = f"http://127.0.0.1:{POUCH_CONTROL}/stats"
        start(running, ["node", node, str(self._folder / "pouch"), str(POUCH_PORT), str(POUCH_CONTROL)], control)
        floor = [self._python, str(self.home / "py/floor_server.py"), str(self._folder / "floor.db"), str(FLOOR_PORT)]
        os.environ["PEERS_DIR"] = str(self.home)
        start(running, floor, f"http://127.0.0.1:{FLOOR_PORT}")

    def pouch(self, count: int, batch: int) -> Steps:
        """A PouchDB client that replicates `count` documents, then the other steps."""
        name = f"db{next(self._turn)}"
        control = f"http://127.0.0.1:{POUCH_CONTROL}"
        urllib.request.urlopen(f"{control}/seed?db={name}&from=0&to={count}", timeout=600).read()
        client = str(self.home / "node/client.js")
        command = ["node", client, str(self._folder / name), f"http://127.0.0.1:{POUCH_PORT}", control, name]
        found = self._run([*command, str(count), str(batch), "10"])
        shutil.rmtree(self._folder / name, ignore_errors=True)
        return found

    def floor(self, count: int) -> Steps:
        """Rows into SQLCipher with no proof, check, signature, summary or merge."""
        url = f"http://127.0.0.1:{FLOOR_PORT}"
        urllib.request.urlopen(f"{url}/ctl/seed?frm=0&to={count}", timeout=600).read()
        store = str(self._folder / f"floor{next(self._turn)}.db")
        return self._run([self._python, str(self.home / "py/floor_client.py"), store, url, str(count), _FLOOR_PAGE])

    @property
    def _python(self) -> str:
        return str(self.home / "py/venv/bin/python")

    def _run(self, command: Sequence[str]) -> Steps:
        environment = os.environ | {"PEERS_DIR": str(self.home)}
        done = subprocess.run(command, capture_output=True, text=True, timeout=900, env=environment, check=True)
        lines = [json.loads(line) for line in done.stdout.splitlines()]
        return {line["step"]: line for line in lines}


def with_notes(peers: Path, home: Path) -> Path:
    """A second harness beside the first, whose documents carry the free text that our notes do."""
    (home / "node").mkdir(parents=True)
    (home / "data").mkdir()
    for script in ("server.js", "client.js"):
        shutil.copy(peers / "node" / script, home / "node" / script)
    (home / "node/node_modules").symlink_to(peers / "node/node_modules")
    (home / "py").symlink_to(peers / "py")
    with (peers / "data/obs.ndjson").open() as rows, (home / "data/obs.ndjson").open("w") as out:
        for row, text in zip(rows, note_texts(), strict=False):
            document = json.loads(row)
            kept = ("id", "status", "patient", "encounter", "effective", "recorded", "performer", "device")
            out.write(json.dumps({**{name: document[name] for name in kept}, "text": text}) + "\n")
    return home
