"""The worker that syncs by itself: when it acts, when it sleeps, what it says."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from datetime import UTC, datetime

import pytest

from fieldapp.domain.clock import FixedClock
from fieldapp.sync.auto import AutoState, AutoSync
from fieldapp.sync.backoff import Backoff
from fieldapp.sync.engine import Progress, SyncReport
from fieldapp.sync.errors import AeroplaneModeError, BadReplyError, RevokedError, SyncError, UnreachableError

CLOCK = FixedClock(datetime(2026, 11, 22, 9, 0, tzinfo=UTC))
TIMEOUT = 10.0


class Engine:
    """A sync that does what it is told, one run after another; the last is repeated."""

    def __init__(self, *runs: SyncReport | SyncError) -> None:
        self.runs = list(runs)
        self.count = 0
        self.ran = threading.Semaphore(0)

    def run(self, progress: Callable[[Progress], None] | None = None) -> SyncReport:
        self.count += 1
        now = self.runs.pop(0) if len(self.runs) > 1 else self.runs[0]
        try:
            if isinstance(now, SyncError):
                raise now
            if progress is not None:
                progress(Progress("sending", 1, 3, True))
                progress(Progress("receiving", 2, 0, False))
            return now
        finally:
            self.ran.release()


class Watched:
    """A running worker and every state it showed."""

    def __init__(self, engine: Engine, backoff: Backoff | None = None) -> None:
        self.engine = engine
        self.states: list[AutoState] = []
        self._news = threading.Condition()
        self.auto = AutoSync(engine, CLOCK, backoff=backoff or never(), changed=self._changed)

    def _changed(self, state: AutoState) -> None:
        with self._news:
            self.states.append(state)
            self._news.notify_all()

    def until(self, condition: Callable[[AutoState], bool]) -> AutoState:
        with self._news:
            assert self._news.wait_for(lambda: any(map(condition, self.states)), TIMEOUT), self.states
            return next(filter(condition, self.states))


def never() -> Backoff:
    """Waits so long that only a kick can wake the worker."""
    return Backoff(first=10_000, longest=10_000)


@pytest.fixture
def start() -> Iterator[Callable[..., Watched]]:
    running: list[Watched] = []

    def started(*runs: SyncReport | SyncError, backoff: Backoff | None = None) -> Watched:
        watched = Watched(Engine(*runs), backoff)
        running.append(watched)
        watched.auto.start()
        return watched

    yield started
    for watched in running:
        watched.auto.stop()


Start = Callable[..., Watched]


def test_it_syncs_when_started_and_then_only_when_kicked(start: Start) -> None:
    watched = start(SyncReport(pushed=1))
    watched.until(lambda s: s.last == SyncReport(pushed=1))
    assert watched.engine.ran.acquire(timeout=TIMEOUT)
    assert not watched.engine.ran.acquire(timeout=0.2), "it does not poll"
    watched.auto.kick()
    assert watched.engine.ran.acquire(timeout=TIMEOUT)


def test_it_tells_how_far_it_is(start: Start) -> None:
    watched = start(SyncReport())
    watched.until(lambda s: s.last is not None)
    assert [(s.phase, s.done, s.total, s.today_ready) for s in watched.states] == [
        ("sending", 1, 3, True),
        ("receiving", 2, 0, False),
        ("idle", 0, 0, True),
    ]


def test_no_signal_is_not_trouble_and_says_since_when(start: Start) -> None:
    watched = start(UnreachableError("The server cannot be reached."), SyncReport())
    state = watched.until(lambda s: s.phase == "offline")
    assert (state.since, state.error) == (CLOCK.now(), "The server cannot be reached.")
    watched.auto.kick()
    after = watched.until(lambda s: s.phase == "idle")
    assert (after.since, after.error) == (None, None)


def test_it_tries_again_by_itself_after_a_while(start: Start) -> None:
    soon = Backoff(first=0.01, longest=0.01)
    watched = start(UnreachableError("no"), BadReplyError("no"), SyncReport(pulled=1), backoff=soon)
    watched.until(lambda s: s.last == SyncReport(pulled=1))
    assert [s.phase for s in watched.states if s.error] == ["offline", "trouble", "sending", "receiving"]
    assert watched.engine.count == 3
    assert soon.failures == 0


@pytest.mark.parametrize("error", [AeroplaneModeError("on"), RevokedError("no", "revoked")])
def test_it_waits_for_a_person_where_trying_again_cannot_help(start: Start, error: SyncError) -> None:
    watched = start(error, SyncReport(), backoff=Backoff(first=0.01, longest=0.01))
    watched.until(lambda s: s.error is not None)
    assert watched.engine.ran.acquire(timeout=TIMEOUT)
    assert not watched.engine.ran.acquire(timeout=0.2)
    watched.auto.kick()
    watched.until(lambda s: s.last is not None)


def test_stopping_ends_the_thread_at_once_and_twice_is_fine(start: Start) -> None:
    before = threading.active_count()
    watched = start(UnreachableError("no"))
    watched.until(lambda s: s.phase == "offline")
    watched.auto.stop()
    watched.auto.stop()
    assert watched.auto.state.phase == "stopped"
    assert threading.active_count() == before
    watched.auto.kick()
    assert watched.engine.count == 1


def test_flapping_twenty_times_leaves_no_threads_s15(start: Start) -> None:
    runs: list[SyncReport | SyncError] = []
    for _ in range(20):
        runs += [UnreachableError("no"), SyncReport()]
    before = threading.active_count()
    watched = start(*runs, SyncReport(pulled=7), backoff=Backoff(first=0.001, longest=0.001))
    for _ in range(40):
        assert watched.engine.ran.acquire(timeout=TIMEOUT)
        watched.auto.kick()
    watched.until(lambda s: s.last == SyncReport(pulled=7))
    assert threading.active_count() == before + 1


def test_backoff_doubles_is_bounded_and_starts_afresh() -> None:
    highest = Backoff(first=2, longest=60, uniform=lambda low, high: high)
    assert [highest.failed() for _ in range(7)] == [2, 4, 8, 16, 32, 60, 60]
    highest.succeeded()
    assert highest.failed() == 2
    lowest = Backoff(first=2, longest=60, uniform=lambda low, high: low)
    assert [lowest.failed() for _ in range(3)] == [1, 2, 4]
    assert all(2.5 <= Backoff(first=5, longest=5).failed() <= 5 for _ in range(50))
