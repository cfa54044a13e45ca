"""How long to wait before trying again: exponential, with full jitter, bounded."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass, field


@dataclass
class Backoff:
    """Seconds until the next attempt. `uniform` is the source of chance, injected by simulations.

    Each failure doubles the ceiling from `first` to `longest`; the wait is drawn between half the ceiling and the
    ceiling, so that a ward's tablets do not all return at once.
    """

    first: float = 2.0
    longest: float = 300.0
    uniform: Callable[[float, float], float] = random.uniform
    failures: int = field(default=0, init=False)

    def failed(self) -> float:
        """One more failure: how long to wait now."""
        ceiling = min(self.first * 2 ** min(self.failures, 30), self.longest)
        self.failures += 1
        return self.uniform(ceiling / 2, ceiling)

    def succeeded(self) -> None:
        """Start afresh."""
        self.failures = 0
