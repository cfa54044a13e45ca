"""What the whole app knows while it is open: where it is, who is signed in, what has changed.

One `AppModel` per page session. A component that takes it as an argument is drawn again when it changes; what a person
is typing stays in the screen's own state. The model is changed on the event loop only: blocking work goes through
`work` or `start`, and reading through `fieldapp.views.loading.use_loaded`.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, ParamSpec, TypeVar, cast

import flet as ft

from fieldapp.usecases.errors import LockedError
from fieldapp.usecases.session import Session
from fieldapp.views.navigation import Place, Screen, Stage
from fieldapp.views.problems import TYPED, Problem, problem_of

P = ParamSpec("P")
T = TypeVar("T")
Spawn = Callable[[Callable[[], Any]], None]


@dataclass(frozen=True)
class Message:
    """A passing word for the foot of the screen; `number` tells two alike apart."""

    words: str
    number: int


@dataclass(frozen=True)
class SyncView:
    """What every screen shows of sync. `as_at` is a London time such as "14:02", "" before the first contact."""

    unsent: int = 0
    as_at: str = ""
    phase: str = "idle"
    done: int = 0
    total: int = 0
    error: str | None = None


@dataclass(eq=False)
class AppModel(ft.Observable):
    """The app of one page session.

    `revision` grows with every change of the store, `tick` with every minute: what is read from the store depends on
    both. `selected` is the patient beside the list from 1100 text px on. `problem` is shown until it is dismissed.
    """

    stage: Stage = "starting"
    session: Session | None = None
    place: Place = "today"
    stack: tuple[Screen, ...] = ()
    selected: str | None = None
    revision: int = 0
    tick: int = 0
    sync: SyncView = field(default_factory=SyncView)
    message: Message | None = None
    problem: Problem | None = None
    _spawn: Spawn | None = None
    _leave: Callable[[Session], None] | None = None

    @property
    def top(self) -> Screen | None:
        """The screen above the place; None on the place itself."""
        return self.stack[-1] if self.stack else None

    def opened(self) -> Session:
        """The unlocked session. Raises LockedError."""
        if self.session is None:
            raise LockedError("The app is locked. Unlock it and try again.")
        return self.session

    def go(self, place: Place) -> None:
        """To one of the three places; what was open above is left."""
        self.stack = ()
        self.place = place

    def open(self, screen: Screen) -> None:
        """Put a screen on top."""
        if screen != self.top:
            self.stack = (*self.stack, screen)

    def replace(self, screen: Screen) -> None:
        """Put a screen in place of the one on top: another tab, the record just saved."""
        self.stack = (*self.stack[:-1], screen)

    def back(self) -> None:
        """Leave the screen on top."""
        self.stack = self.stack[:-1]

    def select(self, patient: str | None) -> None:
        """Show this patient beside the list."""
        self.selected = patient

    def say(self, words: str) -> None:
        """A passing word at the foot of the screen."""
        self.message = Message(words, self.message.number + 1 if self.message else 1)

    def fail(self, problem: Problem) -> None:
        """Show what went wrong until it is dismissed."""
        self.problem = problem

    def dismiss(self) -> None:
        """The person has read the problem."""
        self.problem = None

    def enter(self, session: Session) -> None:
        """Somebody has unlocked the store."""
        self.session = session
        self.problem = None
        self.place = "today"
        self.stage = "open"

    def lock(self) -> None:
        """Clear the screen, then drop the keys. What was typed is kept sealed by the screens themselves."""
        session, self.session = self.session, None
        if session is None:
            return
        self.stage = "locked"
        self.stack, self.selected, self.message, self.problem = (), None, None, None
        self.sync = SyncView()
        if self._leave is not None:
            self._leave(session)

    def changed(self) -> None:
        """The store holds something new: read it again."""
        self.revision += 1

    async def work(
        self,
        fn: Callable[[], T],
        *,
        then: Callable[[T], None] | None = None,
        failed: Callable[[Problem], None] | None = None,
        said: str = "",
    ) -> bool:
        """Run blocking `fn` off the event loop; True when it came through.

        Then the screens read the store again, `then` gets its result, and `said` passes at the foot of the screen. A
        typed error goes to `failed`, else to `problem`. Whoever waits must tell apart a lock that came meanwhile:
        nothing is called any more once the session is another one.
        """
        session = self.session
        try:
            result = await asyncio.to_thread(fn)
        except TYPED as error:
            if self.session is session:
                (failed or self.fail)(problem_of(error))
            return False
        if self.session is not session:
            return True
        self.changed()
        if said:
            self.say(said)
        if then is not None:
            then(result)
        return True

    def start(
        self,
        fn: Callable[[], T],
        *,
        then: Callable[[T], None] | None = None,
        failed: Callable[[Problem], None] | None = None,
        said: str = "",
    ) -> None:
        """`work`, from a handler that does not wait."""

        async def run() -> None:
            await self.work(fn, then=then, failed=failed, said=said)

        self.spawn(run)

    def spawn(self, fn: Callable[[], Any]) -> None:
        """Run a coroutine function on the page's event loop."""
        if self._spawn is None:
            raise RuntimeError("The model has no page yet.")
        self._spawn(fn)

    def attach(self, page: ft.Page) -> None:
        """Tie the model to the page that shows it."""
        self._spawn = cast("Spawn", page.run_task)
