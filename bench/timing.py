"""Interleaved repetitions and what is said of them."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class Row:
    """One line of the report: median and range in milliseconds, and the ratio to another arm of the same run."""

    what: str
    ms: list[float]
    ratio: float | None = None
    against: str = ""

    def line(self) -> str:
        """A row of a Markdown table."""
        middle = statistics.median(self.ms)
        ratio = "" if self.ratio is None else f"{self.ratio:.2f}x {self.against}"
        return f"| {self.what} | {middle:,.1f} ({min(self.ms):,.1f}–{max(self.ms):,.1f}) | {ratio} |"


def timed(work: Callable[[], object]) -> float:
    """How long `work` takes, in milliseconds."""
    started = time.perf_counter()
    work()
    return (time.perf_counter() - started) * 1000


def interleaved(arms: Mapping[str, Callable[[], float]], rounds: int) -> dict[str, list[float]]:
    """Each arm once a round, so that whatever else the machine does falls on all of them."""
    results: dict[str, list[float]] = {name: [] for name in arms}
    for _ in range(rounds):
        for name, arm in arms.items():
            results[name].append(arm())
    return results


def paired(results: Mapping[str, list[float]], of: str, to: str) -> float:
    """The median of the ratios within each round."""
    return statistics.median(a / b for a, b in zip(results[of], results[to], strict=True))
