"""Interleaved repetitions and what is said of them."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Goal:
    """What a row's ratio, or without one its median, should be."""

    sign: str
    limit: float
    unit: str = "x"

    def said(self, found: float) -> str:
        """The goal and whether `found` meets it."""
        met = found <= self.limit if self.sign == "≤" else found >= self.limit
        limit = f"{self.limit:,g}{self.unit}" if self.unit == "x" else f"{self.limit:,g} {self.unit}"
        return f"{self.sign} {limit}: {'met' if met else '**missed**'}"


def at_most(limit: float, unit: str = "x") -> Goal:
    """No more than `limit`."""
    return Goal("≤", limit, unit)


def at_least(limit: float, unit: str = "x") -> Goal:
    """No less than `limit`."""
    return Goal("≥", limit, unit)


@dataclass(frozen=True)
class Row:
    """One line of the report: median and range (milliseconds, or `unit`), the ratio to another arm of the same run, and
    what it should be."""

    what: str
    ms: Sequence[float]
    ratio: float | None = None
    against: str = ""
    unit: str = "ms"
    goal: Goal | None = None

    def line(self) -> str:
        """A row of a Markdown table."""
        middle = statistics.median(self.ms)
        span = f" ({_said(min(self.ms))}–{_said(max(self.ms))})" if len(self.ms) > 1 else ""
        ratio = "" if self.ratio is None else f"{self.ratio:.2f}x {self.against}"
        goal = "" if self.goal is None else self.goal.said(middle if self.ratio is None else self.ratio)
        return f"| {self.what} | {_said(middle)}{span} {self.unit} | {ratio} | {goal} |"


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


def paired(results: Mapping[str, Sequence[float]], of: str, to: str) -> float:
    """The median of the ratios within each round."""
    return statistics.median(a / b for a, b in zip(results[of], results[to], strict=True))


def _said(value: float) -> str:
    return f"{value:,.0f}" if abs(value) >= 1000 else f"{value:,.1f}"
