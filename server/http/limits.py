"""How often one address or one device may ask: token buckets in this process's memory."""

from __future__ import annotations

import threading
from collections import OrderedDict

from fieldapp.domain.clock import Clock
from server.config import Rate
from server.errors import RateLimitedError

_MOST_KEYS = 100_000


class Limiter:
    """A bucket a key. The least recently used keys are forgotten when there are too many."""

    def __init__(self, clock: Clock, rate: Rate) -> None:
        self._clock = clock
        self._rate = rate
        self._buckets: OrderedDict[str, tuple[float, float]] = OrderedDict()
        self._lock = threading.Lock()

    def take(self, key: str) -> None:
        """Count one. Raises RateLimitedError when there is no room."""
        self._ask(key, 1)

    def check(self, key: str) -> None:
        """Whether there is room, without counting. Raises RateLimitedError."""
        self._ask(key, 0)

    def _ask(self, key: str, cost: int) -> None:
        now = self._clock.monotonic()
        with self._lock:
            level, at = self._buckets.get(key, (float(self._rate.burst), now))
            level = min(self._rate.burst, level + (now - at) * self._rate.per_second)
            if level < 1:
                raise RateLimitedError((1 - level) / self._rate.per_second)
            self._buckets[key] = (level - cost, now)
            self._buckets.move_to_end(key)
            if len(self._buckets) > _MOST_KEYS:
                self._buckets.popitem(last=False)
