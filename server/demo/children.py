"""Programs that the demo starts: each in its own session, ended by its own id, its words in a file of the folder."""

from __future__ import annotations

import http.client
import os
import socket
import subprocess
import sys
import threading
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final

_LOOK_EVERY_S: Final = 0.2
_PATIENCE_S: Final = 10.0
_HOST: Final = "127.0.0.1"


class StartError(RuntimeError):
    """A part of the demo could not be started; the sentence says which and where to look."""


class Child:
    """One program of this project, started with `python -m`. `log` takes what it says."""

    def __init__(self, title: str, module: Sequence[str], extra: Mapping[str, str], log: Path) -> None:
        self.title = title
        self._log = log
        with log.open("ab") as out:
            self._process = subprocess.Popen(
                [sys.executable, "-m", *module],
                env={**os.environ, **extra},
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=out,
                start_new_session=True,
            )

    @property
    def ended(self) -> bool:
        """Whether it has stopped by itself."""
        return self._process.poll() is not None

    def wait_until_it_answers(self, port: int, seconds: float, stopping: threading.Event) -> None:
        """Return once it answers HTTP on `port`, or when `stopping` is set. Raises StartError."""
        left = seconds
        while not _answers(port):
            if self.ended or left <= 0:
                raise StartError(f"{self.title} did not start. What it said is in {self._log}.")
            if stopping.wait(_LOOK_EVERY_S):
                return
            left -= _LOOK_EVERY_S

    def stop(self) -> None:
        """Ask it to end, wait, and end it."""
        if self._process.poll() is None:
            self._process.terminate()
            try:
                self._process.wait(_PATIENCE_S)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait()


def run_to_end(title: str, module: Sequence[str], extra: Mapping[str, str], log: Path) -> None:
    """Run a program of this project and wait. Raises StartError when it fails."""
    with log.open("ab") as out:
        done = subprocess.run(
            [sys.executable, "-m", *module],
            env={**os.environ, **extra},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=out,
            start_new_session=True,
            check=False,
        )
    if done.returncode:
        raise StartError(f"{title} could not be set up. What it said is in {log}.")


def is_free(port: int) -> bool:
    """Whether a program may listen on this port now."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((_HOST, port))
        except OSError:
            return False
    return True


def free_port(wanted: int, taken: Sequence[int] = ()) -> int:
    """`wanted` where it is free, else another; 0 always means another."""
    if wanted and wanted not in taken and is_free(wanted):
        return wanted
    with socket.socket() as probe:
        probe.bind((_HOST, 0))
        return int(probe.getsockname()[1])


def _answers(port: int) -> bool:
    connection = http.client.HTTPConnection(_HOST, port, timeout=5)
    try:
        connection.request("GET", "/")
        connection.getresponse().read()
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()
    return True
