"""What a press on the session screen does. The desk holds the newest draft, so that a quick finger is never lost."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Final, Literal

from fieldapp.domain.display.dates import clock_time
from fieldapp.usecases import goals, therapy
from fieldapp.usecases.session import Saved, Session
from fieldapp.usecases.therapy import Activity, SessionDraft
from fieldapp.views.controls.forms import SAVED
from fieldapp.views.model import AppModel
from fieldapp.views.screens.patient_draft import Keeper

Count = Literal["effort_borg", "pain_after", "barthel"]
RANGES: Final[dict[Count, tuple[int, int]]] = {"effort_borg": (6, 20), "pain_after": (0, 10), "barthel": (0, 20)}
LONGEST: Final = 600.0
"""Seconds of one Timed Up and Go."""


class Desk:
    """One session being recorded. Call it on the event loop; `redraw` is the screen's.

    `sheet` names the dialog that is open: "" for none, `activity`, `goal`, `discard`, `reason`; `place` is the activity
    it is about. `began` is the monotonic start of a running stopwatch. `kept` is when the draft last became durable,
    London time.
    """

    def __init__(self, app: AppModel, keeper: Keeper, draft: SessionDraft) -> None:
        self.session: Session = app.opened()
        self.draft = draft
        self.sheet = ""
        self.place: int | None = None
        self.began: float | None = None
        self.error = ""
        self.busy = False
        self.restored = draft.kept_at is not None
        self.kept = clock_time(draft.kept_at) if draft.kept_at else ""
        self.redraw: Callable[[], None] = _nothing
        self._app = app
        self._keeper = keeper

    @property
    def begun(self) -> bool:
        """Whether anything was entered."""
        return bool(self.kept) or self._typed

    @property
    def _typed(self) -> bool:
        draft = self.draft
        numbers = (draft.effort_borg, draft.pain_after, draft.barthel, draft.minutes)
        words = (draft.quote, draft.next_session, draft.scores, draft.activities, draft.timed_up_and_go)
        return any(each is not None for each in numbers) or any(words)

    # --- The stopwatch ---

    def elapsed(self) -> float:
        """Seconds on the running stopwatch."""
        return 0.0 if self.began is None else self._app.device.clock.monotonic() - self.began

    def start(self) -> None:
        """Start the stopwatch."""
        self.began = self._app.device.clock.monotonic()
        self.redraw()

    def stop(self) -> None:
        """Stop it: one more attempt."""
        seconds = self.elapsed()
        self.began = None
        if seconds > LONGEST:
            self._wrong("The stopwatch ran for over ten minutes. Time it again.")
            return
        self.change(therapy.attempted(self.draft, max(0.1, seconds)))

    def time(self, at: int, seconds: float | None) -> None:
        """An attempt put right; None takes it out."""
        self.change(therapy.timed(self.draft, at, seconds))

    # --- What was done and how it went ---

    def score(self, goal: str, i: int) -> None:
        """A goal's attainment by its place on the scale; the same again clears it."""
        value = i - 2
        known = self.draft.scores.get(goal)
        self.change(therapy.scored(self.draft, goal, None if known == value else value))

    def count(self, name: Count, way: int, was: int | None) -> None:
        """One up or down. The first press starts where the last session was, else at the lowest."""
        low, high = self.bounds(name)
        now: int | None = getattr(self.draft, name)
        made = (was if was is not None else low) if now is None else now + way
        self.change(replace(self.draft, **{name: min(high, max(low, made))}))

    def bounds(self, name: Count) -> tuple[int, int]:
        """Lowest and highest."""
        return (0, self.draft.barthel_scale) if name == "barthel" else RANGES[name]

    def scale(self, i: int) -> None:
        """The Barthel scale: 0 is of 20, 1 of 100. A score on the other scale goes."""
        scale = (20, 100)[i]
        if scale != self.draft.barthel_scale:
            self.change(replace(self.draft, barthel_scale=scale, barthel=None))

    def quote(self, words: str) -> None:
        """How it felt, in the person's words."""
        self.change(replace(self.draft, quote=words or None))

    def ahead(self, words: str) -> None:
        """What the next session is for."""
        self.change(replace(self.draft, next_session=words or None))

    def practise(self, activity: Activity) -> None:
        """One more activity, or the one that is open put right."""
        self.sheet = ""
        self.change(therapy.practised(self.draft, activity, at=self.place))

    def drop_activity(self) -> None:
        """Take out the activity that is open."""
        self.sheet = ""
        if self.place is not None:
            self.change(therapy.without(self.draft, self.place))

    # --- Keeping and ending ---

    def change(self, draft: SessionDraft) -> None:
        """Keep the newest draft, sealed."""
        self.draft, self.error = draft, ""
        self._keeper.push(lambda: self._keep(draft))
        self.redraw()

    def _keep(self, draft: SessionDraft) -> None:
        """In the keeper's thread."""
        therapy.keep(self.session, draft)
        when = clock_time(self.session.now())
        if when != self.kept:
            self.kept = when
            self._app.spawn(self._redraw)

    async def _redraw(self) -> None:
        self.redraw()

    def _wrong(self, sentence: str) -> None:
        self.error = sentence
        self.redraw()

    def open_sheet(self, name: str, place: int | None = None) -> Callable[[], None]:
        """A handler that opens a dialog."""

        def open_() -> None:
            self.sheet, self.place = name, place
            self.redraw()

        return open_

    def close_sheet(self) -> None:
        """Close the dialog."""
        self.sheet = ""
        self.redraw()

    async def save(self) -> None:
        """Sign it; a correction asks for its reason."""
        if self.began is not None:
            self._wrong("Stop the stopwatch first.")
        elif not self._typed:
            self._wrong("Nothing is recorded yet. Score a goal, time a walk or add an activity.")
        elif self.draft.amends is not None:
            self.open_sheet("reason")()
        else:
            await self._sign(None)

    def corrected(self, reason: str) -> None:
        """Sign the correction."""
        self.close_sheet()

        async def sign() -> None:
            await self._sign(reason)

        self._app.spawn(sign)

    async def _sign(self, reason: str | None) -> None:
        if self.busy:
            return
        self.busy = True
        session, made = self.session, self.draft
        await self._keeper.stop()
        if not await self._app.work(lambda: therapy.save(session, made, reason), then=self._leave, said=SAVED):
            self._keeper.resume()
        self.busy = False

    async def discard(self) -> None:
        """Throw the draft away."""
        self.sheet = ""
        session, made = self.session, self.draft
        await self._keeper.stop()
        if not await self._app.work(lambda: therapy.discard(session, made), then=self._leave, said="Discarded"):
            self._keeper.resume()

    async def add_goal(self, quote: str, detail: str, baseline: int | None) -> None:
        """Sign a new goal; it is offered for scoring as soon as it is durable."""
        self.close_sheet()
        session, made = self.session, self.draft

        def sign() -> Saved:
            return goals.add_goal(session, made.patient, quote, detail=detail, baseline=baseline, episode=made.episode)

        await self._app.work(sign, said="Goal saved on this tablet")

    def _leave(self, _: object) -> None:
        self._app.back()


def _nothing() -> None:
    """Until the screen is drawn."""
