"""The store's files, and locks that die with the process that holds them."""

from __future__ import annotations

import os
import sys
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

if sys.platform == "win32":
    import msvcrt
else:
    import fcntl


@dataclass(frozen=True, slots=True)
class StoreFiles:
    """Where a store keeps its files. `unfinished` never held an entry; it may be removed."""

    directory: Path

    @property
    def database(self) -> Path:
        return self.directory / "store.db"

    @property
    def unfinished(self) -> Path:
        return self.directory / "store.db.unfinished"

    @property
    def creating(self) -> Path:
        return self.directory / "create.lock"

    @property
    def syncing(self) -> Path:
        return self.directory / "sync.lock"

    def attempts(self, slot: str) -> Path:
        """The failed attempts to unlock as the person of `slot`."""
        return self.directory / f"attempts-{slot}"


@contextmanager
def file_lock(path: Path, *, wait: bool) -> Generator[int | None, None, None]:
    """Hold `path` alone among all threads and processes; yields its descriptor, or None where another holds it."""
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | getattr(os, "O_BINARY", 0), 0o600)
    try:
        held = _lock(descriptor, wait)
        try:
            yield descriptor if held else None
        finally:
            if held:
                _unlock(descriptor)
    finally:
        os.close(descriptor)


def sync_directory(directory: Path) -> None:
    """Make a new or renamed file's name durable, where the platform has a way to ask for it."""
    if sys.platform == "win32":
        return
    descriptor = os.open(directory, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


if sys.platform == "win32":
    _FAR = 1 << 30

    def _lock(descriptor: int, wait: bool) -> bool:
        while True:
            os.lseek(descriptor, _FAR, os.SEEK_SET)
            try:
                msvcrt.locking(descriptor, msvcrt.LK_LOCK if wait else msvcrt.LK_NBLCK, 1)
            except OSError:
                if not wait:
                    return False
            else:
                return True

    def _unlock(descriptor: int) -> None:
        os.lseek(descriptor, _FAR, os.SEEK_SET)
        msvcrt.locking(descriptor, msvcrt.LK_UNLCK, 1)

else:

    def _lock(descriptor: int, wait: bool) -> bool:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX if wait else fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        return True

    def _unlock(descriptor: int) -> None:
        fcntl.flock(descriptor, fcntl.LOCK_UN)
