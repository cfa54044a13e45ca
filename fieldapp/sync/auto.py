"""Syncing by itself: after a save, on reconnect or resume, and on a back-off timer while something is wrong.

It never polls: with nothing to do and nothing wrong, its thread sleeps until it is woken.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Literal, Protocol

from fieldapp.domain.clock import Clock
from fieldapp.sync.backoff import Backoff
from fieldapp.sync.engine import Progress, SyncReport
from fieldapp.sync.errors import AeroplaneModeError, RevokedError, SyncError, UnreachableError

Phase = Literal["idle", "sending", "receiving", "offline", "trouble", "stopped"]


@dataclass(frozen=True, slots=True)
class AutoState:
    """What a screen shows. `offline`: no signal, try again by itself; `trouble`: `error` says what to do. `since` is
    when the present trouble began. `today_ready` is true once today's patients have arrived."""

    phase: Phase = "idle"
    done: int = 0
    total: int = 0
    since: datetime | None = None
    error: str | None = None
    today_ready: bool = True
    last: SyncReport | None = None


class Runs(Protocol):
    """The part of `fieldapp.sync.engine.Sync` that is needed here."""

    def run(self, progress: Callable[[Progress], None] | None = None) -> SyncReport: ...


class AutoSync:
    """One worker thread for one unlocked store. `changed` runs in that thread after each change of `state`.

    An unexpected error stops the thread and is kept in `state.error`; what was not sent stays on the tablet.
    """

    def __init__(
        self,
        sync: Runs,
        clock: Clock,
        *,
        backoff: Backoff | None = None,
        changed: Callable[[AutoState], None] | None = None,
    ) -> None:
        self._sync = sync
        self._clock = clock
        self._backoff = backoff or Backoff()
        self._changed = changed
        self._state = AutoState()
        self._condition = threading.Condition()
        self._wanted = False
        self._stopping = False
        self._thread: threading.Thread | None = None

    @property
    def state(self) -> AutoState:
        """A value, safe to keep."""
        return self._state

    def start(self) -> None:
        """Start the thread and sync once."""
        self._wanted = True
        self._thread = threading.Thread(target=self._work, name="sync", daemon=True)
        self._thread.start()

    def kick(self) -> None:
        """Something was saved, the signal is back, the app is in front again, or somebody pressed *Try now*."""
        with self._condition:
            self._wanted = True
            self._condition.notify_all()

    def stop(self, timeout: float = 40.0) -> None:
        """End after the request under way; returns when the thread has ended. Idempotent."""
        with self._condition:
            self._stopping = True
            self._condition.notify_all()
        thread = self._thread
        if thread is not None and thread is not threading.current_thread():
            thread.join(timeout)

    def _work(self) -> None:
        wait: float | None = None
        try:
            while self._until_wanted(wait):
                wait = self._once()
        finally:
            if self._stopping:
                self._show(replace(self._state, phase="stopped"))

    def _until_wanted(self, wait: float | None) -> bool:
        with self._condition:
            self._condition.wait_for(lambda: self._wanted or self._stopping, wait)
            self._wanted = False
            return not self._stopping

    def _once(self) -> float | None:
        """One sync. Returns how long to sleep at most, None until woken."""
        try:
            report = self._sync.run(self._progress)
        except (UnreachableError, AeroplaneModeError) as error:
            self._fail("offline", str(error))
            return None if isinstance(error, AeroplaneModeError) else self._backoff.failed()
        except SyncError as error:
            self._fail("trouble", str(error))
            return None if isinstance(error, RevokedError) else self._backoff.failed()
        except Exception as error:
            self._fail("trouble", "Sync stopped unexpectedly. Everything is safe on this tablet. Restart the app.")
            raise error from None
        self._backoff.succeeded()
        self._show(AutoState(last=report))
        return None

    def _progress(self, progress: Progress) -> None:
        self._show(
            replace(
                self._state,
                phase=progress.phase,
                done=progress.done,
                total=progress.total,
                today_ready=progress.today_ready,
            )
        )

    def _fail(self, phase: Phase, sentence: str) -> None:
        since = self._state.since or self._clock.now()
        self._show(replace(self._state, phase=phase, done=0, total=0, since=since, error=sentence))

    def _show(self, state: AutoState) -> None:
        if state != self._state:
            self._state = state
            if self._changed is not None:
                self._changed(state)
