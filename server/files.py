"""How many files and connections this process may have open."""

from __future__ import annotations

import sys
from typing import Final

_WANTED: Final = 65_536
_UNKNOWN: Final = 1024


def allow_open_files() -> None:
    """Raise the process's own limit as far as it may, 65,536 at most: every listening tablet holds a connection."""
    if sys.platform != "win32":
        import resource

        soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
        wanted = _WANTED if hard == resource.RLIM_INFINITY else min(_WANTED, hard)
        if soft != resource.RLIM_INFINITY and soft < wanted:
            resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))


def open_files() -> int:
    """The limit in force."""
    if sys.platform != "win32":
        import resource

        soft, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
        return _WANTED if soft == resource.RLIM_INFINITY else soft
    return _UNKNOWN
