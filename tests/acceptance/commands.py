"""The commands as a support desk types them, each in a process of its own."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

from tests.app.running import PASSPHRASE, Ran
from tests.browser.process import ROOT


def run(module: str, *argv: str | Path, passphrase: str = PASSPHRASE) -> Ran:
    """`python -m module argv…` to its end."""
    env = {**os.environ, "FIELDAPP_PASSPHRASE": passphrase}
    command = [sys.executable, "-m", module, *map(str, argv)]
    done = subprocess.run(command, cwd=ROOT, env=env, capture_output=True, timeout=120, check=False)
    return Ran(done.returncode, done.stdout.decode(), done.stderr.decode().strip())


def app(*argv: str | Path, passphrase: str = PASSPHRASE) -> Ran:
    """`fieldapp …`"""
    return run("fieldapp.cli", *argv, passphrase=passphrase)


def server(*argv: str | Path) -> Ran:
    """`fieldserver …`"""
    return run("server.cli", *argv)


def refused(ran: Ran, code: int) -> None:
    """It failed with this exit code, printed nothing, and said one line that is no traceback."""
    assert (ran.code, ran.out) == (code, ""), ran.said
    assert len(ran.said) > 20, ran.said
    assert "Traceback" not in ran.said
    assert len(ran.said.splitlines()) == 1, ran.said


def written(path: Path, value: object) -> Path:
    """A JSON file."""
    path.write_text(json.dumps(value), encoding="utf-8")
    return path
