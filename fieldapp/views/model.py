"""What the whole app knows while it is open: where it is, who is signed in, what has changed.

One `AppModel` per page session. A component that takes it as an argument is drawn again when it changes; what a person
is typing stays in the screen's own state. The model is changed on the event loop only: blocking work goes through
`work` or `start`, and reading through `fieldapp.views.loading.use_loaded`.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from concurrent.futures import Future
from contextvars import Context, copy_context
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, TypeVar

import flet as ft

from fieldapp.sync.auto import AutoState
from fieldapp.usecases.errors import LockedError
from fieldapp.usecases.session import Session
from fieldapp.usecases.syncstatus import Badge, badge
from fieldapp.usecases.tablet import Tablet
from fieldapp.views.device import Device
from fieldapp.views.navigation import OpenPatient, Place, Screen, Stage
from fieldapp.views.picking import Picker
from fieldapp.views.problems import TYPED, Problem, problem_of

T = TypeVar("T")
Task = Callable[[], Coroutine[Any, Any, None]]


@dataclass(frozen=True)
class Message:
    """A passing word for the foot of the screen; `number` tells two alike apart."""

    words: str
    number: int


@dataclass(eq=False)
class AppModel(ft.Observable):
    """The app of one page session.

    `revision` grows with every change of the store, `tick` with every minute: what is read from the store depends on
    both. `selected` is the patient beside the list from 1100 text px on. `locked_at` (UTC) is when
    this page session last locked itself. `problem` is shown until it is dismissed.
    `badge` is None until the store was read for the first time, `auto` the state of the sync worker.
    """

    device: Device
    stage: Stage = "starting"
    session: Session | None = None
    place: Place = "today"
    stack: tuple[Screen, ...] = ()
    selected: str | None = None
    revision: int = 0
    tick: int = 0
    badge: Badge | None = None
    auto: AutoState = field(default_factory=AutoState)
    aeroplane: bool = False
    locked_at: datetime | None = None
    message: Message | None = None
    problem: Problem | None = None

    def __post_init__(self) -> None:
        self._tablet = self.device.tablet()
        self._generation = -1
        self._reading = False
        self._again = False
        self._touched = (0.0, self.device.clock.now())
        self._spawn: Callable[[Task], object] | None = None
        self._launch: Callable[[str], Coroutine[Any, Any, None]] | None = None
        self._choose: Callable[[], Coroutine[Any, Any, bytes | None]] | None = None
        self.choosing = False
        self._on_enter: list[Callable[[Session], None]] = []
        self._on_sync: list[Callable[[], None]] = []
        self.aeroplane = self.device.network.aeroplane.on
        self.touch()

    # --- Where it is ---

    @property
    def tablet(self) -> Tablet:
        """The sealed store of this page session."""
        return self._tablet

    @property
    def top(self) -> Screen | None:
        """The screen above the place; None on the place itself."""
        return self.stack[-1] if self.stack else None

    def go(self, place: Place) -> None:
        """To one of the three places; what was open above is left."""
        self.stack = ()
        self.place = place

    def open(self, screen: Screen) -> None:
        """Put a screen on top."""
        if screen != self.top:
            self.stack = (*self.stack, screen)

    def open_patient(self, patient: str) -> None:
        """Put one patient on top."""
        self.open(OpenPatient(patient))

    def replace(self, screen: Screen) -> None:
        """Put a screen in place of the one on top: another tab, the record just saved."""
        self.stack = (*self.stack[:-1], screen)

    def back(self) -> None:
        """Leave the screen on top."""
        self.stack = self.stack[:-1]

    def select(self, patient: str | None) -> None:
        """Show this patient beside the list."""
        self.selected = patient

    # --- Who is signed in ---

    def opened(self) -> Session:
        """The unlocked session. Raises LockedError."""
        if self.session is None:
            raise LockedError("The app is locked. Unlock it and try again.")
        return self.session

    def begin(self) -> None:
        """Find out whether the tablet is set up. Reads the disk."""
        self.problem = None
        try:
            ready = self._tablet.state != "none" and any(person.name for person in self._tablet.people())
        except TYPED as error:
            self.problem, self.stage = problem_of(error), "trouble"
            return
        self.stage = "locked" if ready else "enrol"

    def enter(self, session: Session) -> None:
        """Somebody has unlocked the store."""
        self.touch()
        self.problem = None
        self.place, self._generation = "today", -1
        self.session = session
        self.stage = "open"
        self.refresh()
        for entered in self._on_enter:
            entered(session)

    def lock(self) -> None:
        """Clear the screen and drop the keys, at once. What was typed is kept sealed by the screens themselves."""
        session = self.session
        if session is None:
            return
        self.session, self.locked_at, self.choosing = None, self.device.clock.now(), False
        self.stage = "locked"
        self.stack, self.selected, self.message, self.problem = (), None, None, None
        self.badge, self.auto = None, AutoState()
        try:
            self._tablet.lock()
        except TYPED as error:
            self.problem = problem_of(error)
        finally:
            session.store.close()

    def sync(self) -> None:
        """Sync now."""
        for wanted in self._on_sync:
            wanted()

    def fly(self, on: bool) -> None:
        """The aeroplane switch of the demo: no network while it is on."""
        self.device.network.aeroplane.on = self.aeroplane = on
        self.sync()

    def touch(self) -> None:
        """Somebody is using the tablet."""
        clock = self.device.clock
        self._touched = (clock.monotonic(), clock.now())

    def beat(self) -> float:
        """The passing of time: lock when nobody has touched the tablet for too long, else let the screens count on.
        Returns the seconds until it is worth asking again."""
        clock, (since, at) = self.device.clock, self._touched
        now = clock.now()
        self.tick = int(now.timestamp() // 60)
        idle = max(clock.monotonic() - since, (now - at).total_seconds())
        left = self.device.idle.total_seconds() - idle
        if left <= 0:
            self.lock()
        elif self.session is not None:
            self.refresh()
        return max(0.2, min(60 - now.timestamp() % 60, left if left > 0 else 60.0))

    # --- What has changed ---

    def say(self, words: str) -> None:
        """A passing word at the foot of the screen."""
        self.message = Message(words, self.message.number + 1 if self.message else 1)

    def fail(self, problem: Problem) -> None:
        """Show what went wrong until it is dismissed."""
        self.problem = problem

    def dismiss(self) -> None:
        """The person has read the problem."""
        self.problem = None

    def refresh(self) -> None:
        """Look whether the store holds something new: the badge, and `revision` if it does."""
        if self._reading:
            self._again = True
        elif self.session is not None:
            self._reading = True
            self.spawn(self._refresh)

    async def _refresh(self) -> None:
        try:
            while (session := self.session) is not None:
                self._again = False
                try:
                    shown, generation = await asyncio.to_thread(_standing, session)
                except TYPED as error:
                    if self.session is session:
                        self.fail(problem_of(error))
                    return
                if self.session is session:
                    self.badge = shown
                    if generation != self._generation:
                        self._generation = generation
                        self.revision += 1
                if not self._again:
                    return
        finally:
            self._reading = False

    # --- Work that takes time ---

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
        typed error goes to `failed`, else to `problem`. Where the app was locked meanwhile, nothing is called.
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
        if said:
            self.say(said)
        if then is not None:
            then(result)
        self.refresh()
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

    def spawn(self, task: Task) -> None:
        """Run a coroutine function on the page's event loop. May be called from any thread."""
        if self._spawn is None:
            raise RuntimeError("The model has no page yet.")
        self._spawn(task)

    def visit(self, url: str) -> None:
        """Hand a telephone number or a map to the tablet's own apps."""
        launch = self._launch
        if launch is not None:
            self.spawn(lambda: launch(url))

    async def choose_picture(self) -> bytes | None:
        """Let the person choose a picture with what the platform offers; None where they did not. Meanwhile the app may
        go out of sight without locking; the idle lock stays.

        Raises:
            fieldapp.domain.attachments.AttachmentError: the file is too large, or cannot be read.
        """
        if self._choose is None:
            raise RuntimeError("The model has no page yet.")
        self.choosing = True
        try:
            return await self._choose()
        finally:
            self.choosing = False
            self.touch()

    def attach(self, page: ft.Page, entered: Callable[[Session], None], sync: Callable[[], None]) -> None:
        """Tie the model to the page that shows it: `entered` runs after each unlock, `sync` wakes the worker."""
        self._on_enter, self._on_sync = [entered], [sync]
        self._spawn = _spawner(asyncio.get_running_loop(), copy_context())
        self._launch = ft.UrlLauncher().launch_url
        self._choose = Picker(page).choose


def _spawner(loop: asyncio.AbstractEventLoop, context: Context) -> Callable[[Task], object]:
    """Runs a task on the page's loop, from any thread, also while the browser that shows the page is away, when
    `page.run_task` cannot."""

    def report(done: Future[None]) -> None:
        if not done.cancelled() and (error := done.exception()) is not None:
            loop.call_exception_handler({"message": "A task of the page failed.", "exception": error})

    def spawn(task: Task) -> None:
        if not loop.is_closed():
            context.copy().run(asyncio.run_coroutine_threadsafe, task(), loop).add_done_callback(report)

    return spawn


def _standing(session: Session) -> tuple[Badge, int]:
    return badge(session), session.store.generation
