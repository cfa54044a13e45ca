"""The server's process, as `fieldserver serve` runs it."""

from __future__ import annotations

import threading
from argparse import Namespace

from fieldapp.domain.clock import SystemClock
from server import commands
from server.config import Limits, Rate, Settings
from server.errors import BusyError

_PLENTY = Rate(1e6, 1_000_000)


def serve(url: str, port: int) -> None:
    """Until killed. Where the database is away at the start, it is asked again, as a supervisor would do it."""
    settings = Settings(database=url, limits=Limits(_PLENTY, _PLENTY, _PLENTY, _PLENTY))
    while True:
        try:
            commands.serve(settings, SystemClock(), Namespace(host="127.0.0.1", port=port, proxy=None))
        except BusyError:
            threading.Event().wait(0.05)
        else:
            return
