"""Processes that a measurement starts and stops."""

from __future__ import annotations

import subprocess
import time
import urllib.error
import urllib.request
from contextlib import ExitStack
from pathlib import Path


def start(running: ExitStack, command: list[str], url: str) -> int:
    """Start a server that answers at `url`, until `running` ends. Returns its process id."""
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)

    def stop() -> None:
        process.terminate()
        process.wait(30)

    running.callback(stop)
    deadline = time.monotonic() + 60
    while process.poll() is None and time.monotonic() < deadline:
        try:
            urllib.request.urlopen(url, timeout=5).close()
            return process.pid
        except urllib.error.HTTPError as answer:
            answer.close()
            return process.pid
        except OSError:
            time.sleep(0.05)
    raise RuntimeError(f"{command[0]} did not answer.")


def peak_mb(process: int | str = "self") -> float:
    """The most memory that a process has held at once, in MiB."""
    lines = Path(f"/proc/{process}/status").read_text().splitlines()
    return int(next(line for line in lines if line.startswith("VmHWM")).split()[1]) / 1024
