"""Slows guessing down: 1, 5, 30, then 300 seconds after each failure.

An attempt is written down, and is durable, before the passphrase is looked at; only success strikes it out. So killing
the app does not buy another guess, and during the wait not even the right passphrase is looked at. Each person has a
file of 8-byte times (milliseconds since 1970, UTC), one an attempt; whatever its bytes, it can be read. It stands
outside the database so that a failed unlock leaves that file as it was. Nothing is ever wiped.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Final

from fieldapp.domain.clock import Clock
from fieldapp.storage.engine import translated
from fieldapp.storage.errors import LockedOutError
from fieldapp.storage.files import file_lock, sync_directory

DELAYS: Final = (1.0, 5.0, 30.0, 300.0)
"""Seconds to wait after the first, second, third, and any later failure in a row."""
_WIDTH: Final = 8


class Lockout:
    """The attempts of one person. Both clocks must have moved on: turning the tablet's clock forward gains nothing
    while the app runs, and turning it back only starts the wait again."""

    def __init__(self, path: Path, clock: Clock) -> None:
        self._path = path
        self._clock = clock
        self._last: float | None = None

    def attempt(self) -> float:
        """Write an attempt down; returns the seconds to wait should it fail.

        Raises:
            LockedOutError: the wait after the last failure is not over. This does not count as an attempt.
            DiskError: it could not be written down, so nothing was looked at.
        """
        new = not self._path.exists()
        with translated(), file_lock(self._path, wait=True) as descriptor:
            assert descriptor is not None
            times = self._read(descriptor)
            now = self._now()
            if times:
                self._wait(descriptor, times, now)
            self._write(descriptor, [*times, now])
            self._last = self._clock.monotonic()
            if new:
                sync_directory(self._path.parent)
        return _delay(len(times) + 1)

    def succeeded(self) -> None:
        """Strike out what was written down."""
        with translated(), file_lock(self._path, wait=True) as descriptor:
            assert descriptor is not None
            self._write(descriptor, [])
        self._last = None

    def _wait(self, descriptor: int, times: list[int], now: int) -> None:
        delay = _delay(len(times))
        if now < times[-1]:
            self._write(descriptor, [*times[:-1], now])
            raise LockedOutError(delay)
        passed = now - times[-1]
        if self._last is not None:
            passed = min(passed, round((self._clock.monotonic() - self._last) * 1000))
        left = round(delay * 1000) - passed
        if left > 0:
            raise LockedOutError(left / 1000)

    def _now(self) -> int:
        return max(0, round(self._clock.now().timestamp() * 1000))

    def _read(self, descriptor: int) -> list[int]:
        os.lseek(descriptor, 0, os.SEEK_SET)
        data = os.read(descriptor, 1 << 20)
        whole = data + b"\xff" * (-len(data) % _WIDTH)
        return [int.from_bytes(whole[at : at + _WIDTH], "big") for at in range(0, len(whole), _WIDTH)]

    def _write(self, descriptor: int, times: list[int]) -> None:
        kept = times[-len(DELAYS) :]
        os.lseek(descriptor, 0, os.SEEK_SET)
        os.write(descriptor, b"".join(time.to_bytes(_WIDTH, "big") for time in kept))
        os.ftruncate(descriptor, len(kept) * _WIDTH)
        os.fsync(descriptor)


def _delay(failures: int) -> float:
    return DELAYS[min(failures, len(DELAYS)) - 1]
