"""Nonces already seen, so that a proof is good once. Kept in memory: a replay that reaches another process, or this one
after a restart, within the minute can only push what is there already or fetch an answer only the device may read."""

from __future__ import annotations

import threading
from collections import deque

from fieldapp.domain.clock import Clock
from fieldapp.sync.proof import MAX_SKEW_MS

_KEPT_S = 2 * MAX_SKEW_MS / 1000 + 1
_LONGEST = 64
_MOST = 500_000


class Nonces:
    """Remembers each device's nonces for as long as a proof can be valid."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._seen: set[tuple[str, str]] = set()
        self._order: deque[tuple[float, tuple[str, str]]] = deque()
        self._lock = threading.Lock()

    def take(self, device: str, nonce: str) -> bool:
        """Whether the nonce is new, which it is not any more afterwards."""
        if not nonce or len(nonce) > _LONGEST:
            return False
        now = self._clock.monotonic()
        with self._lock:
            while self._order and (self._order[0][0] <= now or len(self._order) >= _MOST):
                self._seen.discard(self._order.popleft()[1])
            entry = device, nonce
            if entry in self._seen:
                return False
            self._seen.add(entry)
            self._order.append((now + _KEPT_S, entry))
            return True
