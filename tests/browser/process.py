"""A program run as its own process, as on a tablet or a server: started, stopped, restarted, killed."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Mapping
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
STARTED = 60.0
STOPPED = 15.0


def wait_for(condition: Callable[[], bool], what: str, timeout: float = 30.0) -> None:
    """Return once `condition()` holds; fail after `timeout` seconds, naming `what` was awaited."""
    deadline = time.monotonic() + timeout
    while not condition():
        if time.monotonic() > deadline:
            raise AssertionError(f"Waited {timeout:g} s in vain for {what}.")
        time.sleep(0.05)


def free_port() -> int:
    """A loopback port nobody listens on."""
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return int(s.getsockname()[1])


def answers(url: str) -> bool:
    """Whether anything answers HTTP there, with whatever status."""
    try:
        urllib.request.urlopen(url, timeout=2).close()
    except urllib.error.HTTPError:
        return True
    except OSError:
        return False
    return True


class Program:
    """One command on one loopback port. Its output goes to `log`, shown when it does not start."""

    def __init__(
        self, name: str, argv: list[str], port: int, log: Path, env: Mapping[str, str] | None = None, ready: str = "/"
    ) -> None:
        self.name, self.argv, self.port, self.log = name, argv, port, log
        self.env = {**os.environ, **(env or {})}
        self.url = f"http://127.0.0.1:{port}"
        self._ready = ready
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def running(self) -> bool:
        return self._process is not None and self._process.poll() is None

    def start(self) -> None:
        """Start it and wait until its port answers."""
        self.log.parent.mkdir(parents=True, exist_ok=True)
        with self.log.open("ab") as out:
            self._process = subprocess.Popen(self.argv, cwd=ROOT, env=self.env, stdout=out, stderr=out)
        process = self._process

        def up() -> bool:
            if process.poll() is not None:
                raise AssertionError(f"{self.name} ended with {process.returncode}:\n{self.tail()}")
            return answers(self.url + self._ready)

        try:
            wait_for(up, f"{self.name} to answer", STARTED)
        except AssertionError:
            self.kill()
            raise

    def stop(self) -> None:
        """Ask it to end, and wait."""
        self._end(signal.SIGTERM)

    def kill(self) -> None:
        """Pull the plug: SIGKILL, nothing is flushed."""
        self._end(signal.SIGKILL)

    def restart(self) -> None:
        self.stop()
        self.start()

    def tail(self, lines: int = 40) -> str:
        """The end of what it printed."""
        return "\n".join(self.log.read_text(errors="replace").splitlines()[-lines:]) if self.log.exists() else ""

    def _end(self, how: signal.Signals) -> None:
        process, self._process = self._process, None
        if process is None or process.poll() is not None:
            return
        process.send_signal(how)
        try:
            process.wait(STOPPED)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait(STOPPED)


def flet_env(port: int) -> dict[str, str]:
    """Serve a Flet program on loopback alone, its client's files included."""
    return {
        "FLET_FORCE_WEB_SERVER": "true",
        "FLET_SERVER_IP": "127.0.0.1",
        "FLET_SERVER_PORT": str(port),
        "FLET_WEB_NO_CDN": "true",
        "PYTHONPATH": str(ROOT),
    }


def tablet(name: str, folder: Path, env: Mapping[str, str] | None = None) -> Program:
    """One clinician's tablet: the app as its own process, with its own store. Not started."""
    port = free_port()
    store = folder / name
    store.mkdir(parents=True, exist_ok=True)
    return Program(
        name,
        [sys.executable, "-m", "fieldapp.main"],
        port,
        folder / f"{name}.log",
        {**flet_env(port), "FIELDAPP_STORE": str(store), **(env or {})},
    )
