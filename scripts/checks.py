"""Run the linters and the tests in groups; every group runs, whatever the others did, and a summary closes.

``checks.py lint`` runs the linters, ``checks.py test`` the tests, ``checks.py lint test`` both; a
group's name runs that group alone. Synchronous Playwright keeps an event loop running in its process, so the groups
that drive a browser and the group of the screens have processes of their own.
"""

from __future__ import annotations

import argparse
import contextlib
import os
import signal
import subprocess
import sys
import time
import xml.etree.ElementTree as ElementTree
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
REPORTS = ROOT / "var" / "reports"
BIN = Path(sys.executable).parent

NO_TESTS = 5
"""pytest's exit code when it collected nothing: a group that is there must hold tests."""

GRACE_S = 10
"""Time that an ended group has to stop what it started."""

LINTERS = (
    ("ruff", "check", "."),
    ("ruff", "format", "--check", "."),
    ("pyright",),
    ("lint-imports", "--no-logo"),
)


@dataclass(frozen=True)
class Group:
    """Tests that run in one process: a folder of ``tests/``, or all but the named ones, over ``workers`` workers."""

    name: str
    folder: str
    without: tuple[str, ...] = ()
    workers: int = 0
    browser: bool = False
    limit_s: int = 1200

    def arguments(self) -> list[str]:
        """Return pytest's arguments for this group."""
        spread = ["-n", str(self.workers), "--dist", "loadfile"] if self.workers else []
        return [self.folder, *(f"--ignore={folder}" for folder in self.without), *spread]

    def exists(self) -> bool:
        """Return whether the group's folder holds any Python file."""
        return any((ROOT / self.folder).rglob("*.py"))


GROUPS = (
    Group("core", "tests", without=("tests/views", "tests/pages", "tests/browser"), workers=2),
    Group("views", "tests/views"),
    Group("pages", "tests/pages", browser=True),
    Group("browser", "tests/browser", browser=True, limit_s=2400),
)


@dataclass(frozen=True)
class Outcome:
    """What one group did; counts are of tests, errors counted as failures."""

    name: str
    ok: bool
    seconds: float = 0.0
    passed: int = 0
    failed: int = 0
    skipped: int = 0
    note: str = ""

    def line(self) -> str:
        """Return the summary's line for this group."""
        counts = f"{self.passed} passed, {self.failed} failed, {self.skipped} skipped"
        return f"  {self.name:<9} {'ok' if self.ok else 'FAILED':<7} {self.seconds:5.0f} s  {self.note or counts}"


def end(process: subprocess.Popen[bytes]) -> None:
    """Interrupt ``process`` and its group; kill what is left once it ended or ``GRACE_S`` seconds have passed."""
    os.killpg(process.pid, signal.SIGINT)
    with contextlib.suppress(subprocess.TimeoutExpired):
        process.wait(GRACE_S)
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()


def run(command: Sequence[str], environment: Mapping[str, str], limit_s: float) -> int | None:
    """Run ``command`` in a session of its own and return its exit code, or None when it exceeded ``limit_s`` seconds.

    Whatever it started is ended with it, also when this process is interrupted.
    """
    process = subprocess.Popen(command, cwd=ROOT, env=environment, stdin=subprocess.DEVNULL, start_new_session=True)
    try:
        return process.wait(limit_s)
    except subprocess.TimeoutExpired:
        return None
    finally:
        if process.poll() is None:
            end(process)


def counts(report: Path) -> tuple[int, int, int]:
    """Return (passed, failed, skipped) from pytest's JUnit report; (0, 0, 0) when it wrote none."""
    if not report.exists():
        return (0, 0, 0)
    totals = {"tests": 0, "failures": 0, "errors": 0, "skipped": 0}
    for suite in ElementTree.parse(report).getroot().iter("testsuite"):
        for key in totals:
            totals[key] += int(suite.get(key, "0"))
    failed = totals["failures"] + totals["errors"]
    return (max(0, totals["tests"] - failed - totals["skipped"]), failed, totals["skipped"])


def lint() -> Outcome:
    """Run every linter; the outcome names those that complained."""
    started = time.monotonic()
    environment = {**os.environ, "PYRIGHT_PYTHON_IGNORE_WARNINGS": "1"}
    complained: list[str] = []
    for program, *arguments in LINTERS:
        print(f"== {' '.join((program, *arguments))}", flush=True)
        if run([str(BIN / program), *arguments], environment, limit_s=600) != 0:
            complained.append(" ".join((program, *arguments[:1])))
    note = f"complaints from {', '.join(complained)}" if complained else "clean"
    return Outcome("lint", not complained, time.monotonic() - started, note=note)


def find_chromium() -> str | None:
    """Return the path of a Chromium, installing one if need be, or None; says on standard error what it did."""
    done = subprocess.run(
        [sys.executable, str(ROOT / "scripts" / "chromium.py")],
        stdout=subprocess.PIPE,
        text=True,
        check=False,
        stdin=subprocess.DEVNULL,
    )
    return done.stdout.strip() if done.returncode == 0 else None


def test(group: Group, chromium: str | None) -> Outcome:
    """Run one group of tests, with ``$CHROMIUM`` set to the browser they drive."""
    if not group.exists():
        return Outcome(group.name, ok=True, note=f"no {group.folder} here")
    if group.browser and not chromium:
        return Outcome(group.name, ok=False, note="not run: no Chromium")
    print(f"== tests: {group.name}", flush=True)
    report = REPORTS / f"{group.name}.xml"
    report.unlink(missing_ok=True)
    environment = {**os.environ, **({"CHROMIUM": chromium} if chromium else {})}
    started = time.monotonic()
    code = run(
        [sys.executable, "-m", "pytest", "-q", *group.arguments(), f"--junitxml={report}", "--durations=5"],
        environment,
        group.limit_s,
    )
    passed, failed, skipped = counts(report)
    note = ""
    if code is None:
        note = f"ended after {group.limit_s} s"
    elif code == NO_TESTS:
        note = f"no tests in {group.folder}"
    elif code and not failed:
        note = f"pytest ended with code {code}"
    return Outcome(group.name, code == 0, time.monotonic() - started, passed, failed, skipped, note)


def summarise(outcomes: Sequence[Outcome]) -> int:
    """Print a line for each group and, where tests ran, the total alone on the last; return the exit code."""
    print("\nSummary", flush=True)
    for outcome in outcomes:
        print(outcome.line())
    passed = sum(outcome.passed for outcome in outcomes)
    failed = sum(outcome.failed for outcome in outcomes)
    skipped = sum(outcome.skipped for outcome in outcomes)
    if passed or failed or skipped:
        print(f"{passed} passed, {failed} failed, {skipped} skipped")
    return 0 if all(outcome.ok for outcome in outcomes) else 1


def main() -> int:
    """Run what the command line asks for and return the exit code: 0 only when all of it succeeded."""
    names = [group.name for group in GROUPS]
    parser = argparse.ArgumentParser(description="Run the linters and the tests, and summarise.")
    parser.add_argument("what", nargs="+", choices=["lint", "test", *names])
    what: list[str] = parser.parse_args().what
    outcomes: list[Outcome] = []
    chosen = [group for group in GROUPS if group.name in what or ("test" in what and not set(names) & set(what))]
    chromium = find_chromium() if any(group.browser and group.exists() for group in chosen) else None
    if "lint" in what:
        outcomes.append(lint())
    if chosen:
        REPORTS.mkdir(parents=True, exist_ok=True)
    outcomes.extend(test(group, chromium) for group in chosen)
    return summarise(outcomes)


if __name__ == "__main__":
    sys.exit(main())
