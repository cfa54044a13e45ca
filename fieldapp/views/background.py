"""What runs behind the screens of one page session: the sync worker, the minute, the lock, the way back.

The worker starts when somebody unlocks, is woken by every save, by *Sync now*, by the server's hints and when the app
is in front again, and ends when the app locks.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any, Final

import flet as ft

from fieldapp.storage.errors import StoreClosedError
from fieldapp.sync.auto import AutoState, AutoSync
from fieldapp.sync.engine import Progress, Sync, SyncReport
from fieldapp.sync.errors import UnreachableError
from fieldapp.sync.hints import Hints
from fieldapp.usecases.session import Session
from fieldapp.views.model import AppModel
from fieldapp.views.problems import Problem
from fieldapp.views.quiet import SENTENCE

HIDDEN: Final = frozenset({ft.AppLifecycleState.HIDE, ft.AppLifecycleState.PAUSE, ft.AppLifecycleState.DETACH})
_NOT_A_TOUCH: Final = frozenset(
    {"size_change", "resize", "resized", "media_change", "platform_brightness_change", "app_lifecycle_state_change"}
)


class _UntilLocked:
    """A sync that ends quietly when the store is locked under it."""

    def __init__(self, sync: Sync) -> None:
        self._sync = sync

    def run(self, progress: Callable[[Progress], None] | None = None) -> SyncReport:
        try:
            return self._sync.run(progress)
        except StoreClosedError:
            raise UnreachableError("The app was locked. Unlock it to sync.") from None


class Background:
    """One page session's worker and watch."""

    def __init__(self, app: AppModel) -> None:
        self._app = app
        self._auto: AutoSync | None = None
        self._hints: Hints | None = None
        self._failing = False
        self._watch: asyncio.Task[None] | None = None
        self._wake = asyncio.Event()

    def opened(self, session: Session) -> None:
        """Sync now, after every save, and whenever the server says that there is something new."""
        auto = AutoSync(_UntilLocked(self._app.tablet.sync()), session.clock, changed=lambda s: self._changed(auto, s))
        hints = self._app.tablet.hints(auto.kick)
        self._auto, self._hints, self._failing = auto, hints, False
        session.on_saved.append(auto.kick)
        self._app.tablet.before_lock(lambda: auto.stop(timeout=0))
        self._app.tablet.before_lock(lambda: hints.stop(timeout=0))
        auto.start()
        hints.start()
        self._wake.set()

    def kick(self) -> None:
        """Sync now."""
        if self._app.session is not None and self._auto is not None:
            self._auto.kick()
            if self._hints is not None:
                self._hints.wake()

    def _changed(self, auto: AutoSync, state: AutoState) -> None:
        """In the worker's thread. Once a sync came through again, the hints need not wait either."""
        if self._auto is auto:
            recovered, self._failing = self._failing and state.error is None, state.error is not None
            if recovered and self._hints is not None:
                self._hints.wake()

        async def show() -> None:
            if self._auto is auto and self._app.session is not None:
                self._app.auto = state
                self._app.refresh()

        self._app.spawn(show)

    async def watch(self) -> None:
        """Let time pass, until cancelled."""
        while True:
            wait = self._app.beat()
            self._wake.clear()
            try:
                await asyncio.wait_for(self._wake.wait(), wait)
            except TimeoutError:
                continue

    def lifecycle(self, state: ft.AppLifecycleState) -> None:
        """Out of sight: lock at once, but for the platform's own way to choose a picture. In front again: sync, or lock
        after too long."""
        if state in HIDDEN:
            if not self._app.choosing:
                self._app.lock()
        elif state is ft.AppLifecycleState.RESUME:
            self._app.beat()
            self.kick()

    def attach(self, page: ft.Page, draw: Callable[[], None]) -> None:
        """Listen to the page: touches, what the platform does with the app, the way back.

        A browser that goes away leaves the session behind, locked and empty, so that what it sees first when it comes
        back is nothing of a patient; then `draw` draws it anew, as for a new session.
        """
        self._app.attach(page, self.opened, self.kick)
        _count_touches(page, self._app)
        _say_errors(page, self._app)

        def on_lifecycle(e: ft.AppLifecycleStateChangeEvent) -> None:
            self.lifecycle(e.state)

        def on_gone(_: Any) -> None:
            self._app.lock()
            page.views[0].controls = []
            page.update()

        def on_return(_: Any) -> None:
            self._app.lock()
            draw()

        def on_close(_: Any) -> None:
            self._app.lock()
            if self._watch is not None:
                self._watch.cancel()

        async def on_back(_: Any) -> None:
            leaving = self._app.top is None
            self._app.back()
            await page.views[0].confirm_pop(leaving)

        page.on_app_lifecycle_state_change = on_lifecycle
        page.on_disconnect = on_gone
        page.on_connect = on_return
        page.on_close = on_close
        page.views[0].can_pop = False
        page.views[0].on_confirm_pop = on_back

    def start(self) -> None:
        """Begin to watch the time; on the event loop."""
        self._watch = asyncio.get_running_loop().create_task(self.watch())


def _count_touches(page: ft.Page, app: AppModel) -> None:
    """Whatever a person does reaches the session as an event; Flet has no listener for all of them at once."""
    session: Any = page.session
    dispatch = session.dispatch_event

    async def dispatched(control_id: int, event_name: str, event_data: Any) -> None:
        if event_name not in _NOT_A_TOUCH:
            app.touch()
        await dispatch(control_id, event_name, event_data)

    session.dispatch_event = dispatched


def _say_errors(page: ft.Page, app: AppModel) -> None:
    """Flet would show an unforeseen exception's text and traceback to whoever holds the tablet."""

    def say(_: str) -> None:
        app.fail(Problem(SENTENCE, "internal"))

    session: Any = page.session
    session.error = say
