"""Reading the store for a screen, off the event loop."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

import flet as ft

from fieldapp.usecases.session import Session
from fieldapp.views.hooks import use_state
from fieldapp.views.model import AppModel
from fieldapp.views.problems import TYPED, Problem, problem_of

T = TypeVar("T")


@dataclass(frozen=True)
class Loaded(Generic[T]):
    """What was read: nothing yet, a value, or why it could not be read."""

    value: T | None = None
    problem: Problem | None = None
    key: tuple[Any, ...] = ()


def use_loaded(app: AppModel, read: Callable[[Session], T], *key: object) -> Loaded[T]:
    """A hook: `read(session)` in a thread, again when the store changes, when a minute has passed, or when `key` (what
    `read` closes over: a patient, a search) differs. Meanwhile the last value of the same key stands; another key's
    value is never shown."""
    held, hold = use_state(Loaded[T]())
    latest = ft.use_ref(0)

    async def load() -> None:
        session = app.session
        if session is None:
            return
        turn = latest.current = (latest.current or 0) + 1
        try:
            found = Loaded(await asyncio.to_thread(read, session), None, key)
        except TYPED as error:
            found = Loaded[T](None, problem_of(error), key)
        if turn == latest.current and app.session is session:
            hold(found)

    ft.use_effect(load, [app.session, app.revision, app.tick, *key])
    return held if held.key == key else Loaded(None, None, key)
