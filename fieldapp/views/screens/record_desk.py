"""What a press on the recording screen does. The desk holds the newest form, so that a quick finger is never lost."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from fieldapp.domain.display.dates import clock_time
from fieldapp.domain.plausibility import Impossible, Question
from fieldapp.usecases import observations
from fieldapp.usecases.escalation import EscalationPanel, escalation
from fieldapp.usecases.observations import Live, Recording
from fieldapp.usecases.session import Saved, Session
from fieldapp.views.controls.forms import SAVED
from fieldapp.views.controls.pad import Key
from fieldapp.views.model import AppModel
from fieldapp.views.navigation import WriteNote
from fieldapp.views.screens import record_form as f
from fieldapp.views.screens.patient_draft import Keeper
from fieldapp.views.screens.record_form import Form

_CELLS = ("respiration_rate", "spo2", "oxygen", "blood_pressure", "pulse", "consciousness", "temperature")


class Desk:
    """One set being recorded. Call it on the event loop; `redraw` is the screen's.

    `sheet` names the dialog that is open: "" for none, `unmeasured`, `discard`, `reason`. `panel` is what to do after
    a score that needs action, once the set is saved. `kept` is when the draft last became durable, London time.
    """

    def __init__(self, app: AppModel, keeper: Keeper, recording: Recording) -> None:
        self.session: Session = app.opened()
        self.form: Form = f.opened(recording)
        self.sheet = ""
        self.panel: EscalationPanel | None = None
        self.saved_at = ""
        self.timer_from: float | None = None
        self.busy = False
        self.restored = recording.restored
        self.opened_kept = recording.kept_at
        self.kept = clock_time(recording.kept_at) if recording.kept_at else ""
        self.redraw: Callable[[], None] = _nothing
        self._app = app
        self._keeper = keeper
        doubt = self._doubt()
        if doubt is not None:
            self.form = f.doubted(self.form, doubt)

    def live(self) -> Live:
        """The score as it stands."""
        return observations.live(self.session, self.form.recording, typing=f.typing(self.form, self._limits))

    @property
    def _limits(self):
        return self.session.service.limits

    # --- Answering ---

    def key(self, key: Key) -> None:
        """One key of the pad."""
        self._change(f.pressed(self.form, key, self._limits))

    def next(self) -> None:
        """On to the next question, unless the value just finished is asked about."""
        form = f.settled(self.form)
        doubts = observations.live(self.session, form.recording).questions
        self._show(f.doubted(form, doubts[0]) if doubts else f.moved(form))

    def ask(self, question: str) -> None:
        """Put a question in focus."""
        self._show(f.focused(self.form, question))

    def ask_cell(self, i: int) -> None:
        """A cell of the score strip."""
        self.ask(_CELLS[i])

    def air(self, i: int) -> None:
        """0 air, 1 oxygen."""
        self._change(f.on_air(self.form, i == 1))

    def level(self, i: int) -> None:
        """A, C, V, P or U by place."""
        self._change(f.awake(self.form, f.LEVELS[i]))

    def scale(self, two: bool) -> None:
        """SpO₂ scale 2 or 1."""
        self._change(replace(self.form, recording=observations.with_scale(self.form.recording, 2 if two else 1)))

    def note(self, words: str) -> None:
        """The remark about the set."""
        self._change(f.noted(self.form, words))

    def change(self) -> None:
        """*Change it*."""
        doubt = self._doubt()
        if doubt is not None:
            self._change(f.retyped(self.form, doubt))

    def keep(self) -> None:
        """The unusual value is right."""
        doubt = self._doubt()
        if isinstance(doubt, Question):
            self._change(f.kept(self.form, doubt))

    def unmeasurable(self, why: str) -> None:
        """The question in focus, or in doubt, cannot be answered."""
        doubt = self._doubt()
        form = self.form if doubt is None else f.retyped(self.form, doubt)
        self.sheet = ""
        self._change(f.unmeasured(form, why))

    def _doubt(self) -> Question | Impossible | None:
        return next(iter(self.live().questions), None)

    # --- Keeping ---

    def _show(self, form: Form) -> None:
        self.form = form
        self.redraw()

    def _change(self, form: Form) -> None:
        session = self.session
        made = replace(form.recording, kept_at=session.now())
        self.form = replace(form, recording=made)
        self._keeper.push(lambda: self._keep(made))
        self.redraw()

    def _keep(self, recording: Recording) -> None:
        """In the keeper's thread."""
        observations.keep(self.session, recording)
        when = clock_time(recording.kept_at)
        if when != self.kept:
            self.kept = when
            self._app.spawn(self._redraw)

    async def _redraw(self) -> None:
        self.redraw()

    # --- Ending ---

    def open_sheet(self, name: str) -> Callable[[], None]:
        """A handler that opens a dialog."""

        def open_() -> None:
            self.sheet = name
            self.redraw()

        return open_

    def close_sheet(self) -> None:
        """Close the dialog."""
        self.sheet = ""
        self.redraw()

    async def save(self) -> None:
        """Sign it, unless something must be answered first; a correction asks for its reason."""
        self.form = f.settled(self.form)
        if not self.live().can_save:
            self.redraw()
        elif self.form.recording.amends is not None:
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
        session, made, live = self.session, self.form.recording, self.live()
        await self._keeper.stop()

        def sign() -> tuple[EscalationPanel | None, Saved]:
            panel = escalation(session, made.patient, live) if made.amends is None else None
            return panel, observations.save(session, made, reason)

        if not await self._app.work(sign, then=self._signed):
            self._keeper.resume()
        self.busy = False

    def _signed(self, result: tuple[EscalationPanel | None, Saved]) -> None:
        self.panel = result[0]
        if self.panel is None:
            self._app.say(SAVED)
            self._app.back()
            return
        self.saved_at = clock_time(self.session.now())
        self.redraw()

    async def discard(self) -> None:
        """Throw the draft away."""
        self.sheet = ""
        session, made = self.session, self.form.recording
        await self._keeper.stop()
        if not await self._app.work(lambda: observations.discard(session, made), then=self._leave, said="Discarded"):
            self._keeper.resume()

    def _leave(self, _: object) -> None:
        self._app.back()

    # --- After a high score ---

    def call(self, url: str) -> None:
        """Hand the number to the tablet's telephone."""
        self._app.visit(url)

    def start_timer(self) -> None:
        """Count from now."""
        self.timer_from = self._app.device.clock.monotonic()
        self.redraw()

    def elapsed(self) -> float:
        """Seconds since the timer was started."""
        return self._app.device.clock.monotonic() - (self.timer_from or 0.0)

    def write(self) -> None:
        """Write down what was done."""
        made = self.form.recording
        self._app.replace(WriteNote(made.patient, made.visit))

    def done(self) -> None:
        """Back to the patient."""
        self._app.back()


def _nothing() -> None:
    """Until the screen is drawn."""
