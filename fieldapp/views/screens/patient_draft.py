"""Keeping what is typed, sealed, while it is typed: at once, in the order of typing, never on the event loop.

Only the newest state waits to be written; it is written as soon as the one before is durable. A lock writes what is
still waiting before the keys are dropped.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Coroutine
from typing import Generic, TypeVar, cast

import flet as ft

from fieldapp.views import theme as t
from fieldapp.views.controls.forms import confirm_dialog
from fieldapp.views.controls.layout import fill, row
from fieldapp.views.controls.text import icon, text
from fieldapp.views.metrics import Metrics
from fieldapp.views.model import AppModel
from fieldapp.views.problems import TYPED, problem_of

T = TypeVar("T")
Write = Callable[[], None]


class Keeper(ft.Observable):
    """The writer of one draft. `waiting` is true while something typed is not durable yet."""

    def __init__(self, app: AppModel) -> None:
        self.waiting = False
        self._app = app
        self._lock = threading.Lock()
        self._pending: Write | None = None
        self._running = False
        self._stopped = False
        app.tablet.before_lock(self.flush)

    def push(self, write: Write) -> None:
        """Keep this state. Call it on the event loop, after every change."""
        if self._stopped:
            return
        self._pending = write
        if not self._running:
            self._running = self.waiting = True
            self._app.spawn(self._drain)

    def flush(self) -> None:
        """Write what waits, now."""
        with self._lock:
            write, self._pending = self._pending, None
            if write is not None:
                write()

    async def stop(self) -> None:
        """Write no more: what was typed is about to be signed or thrown away."""
        self._stopped, self._pending = True, None
        await asyncio.to_thread(self.flush)

    def resume(self) -> None:
        """It was not signed after all."""
        self._stopped = False

    async def _drain(self) -> None:
        try:
            while self._pending is not None:
                await asyncio.to_thread(self.flush)
            self.waiting = False
        except TYPED as error:
            if self._app.session is not None:
                self._app.fail(problem_of(error))
        finally:
            self._running = False


def use_keeper(app: AppModel) -> Keeper:
    """A hook: the keeper of the component being drawn."""
    return cast(Keeper, ft.use_ref(lambda: Keeper(app)).current)


@ft.component
def KeptLine(keeper: Keeper, empty: str, restored: str = "") -> ft.Control:
    """Where what is typed stands: `empty` before anything is, `restored` for a draft from before; else whether it is
    durable yet."""
    kept = "Keeping what you typed…" if keeper.waiting else empty or restored or "Draft kept on this tablet"
    words = ft.Semantics(identifier="kept", content=text(kept, "caption", t.MUTED))
    return row(icon(ft.Icons.LOCK_OUTLINE_ROUNDED), fill(words))


class Box(Generic[T]):
    """The newest value, for handlers that must not work on what was last drawn."""

    def __init__(self, value: T) -> None:
        self.value = value


def use_box(initial: T) -> Box[T]:
    """A hook: a box that lives as long as the component."""
    return cast("Box[T]", ft.use_ref(lambda: Box(initial)).current)


def discard_dialog(
    m: Metrics, what: str, on_discard: Callable[[], Coroutine[None, None, None]], on_cancel: Callable[[], None]
) -> ft.AlertDialog:
    """Throwing away what was typed is asked about, once."""
    sentence = "What you have typed goes for good. It was not saved or sent."
    return confirm_dialog(
        m, f"Discard this {what}?", sentence, "Discard", on_discard, on_cancel, danger=True, cancel="Keep writing"
    )
