"""Writing a note: one field, kept as it is typed."""

from __future__ import annotations

from typing import cast

import flet as ft

from fieldapp.usecases import chart, notes
from fieldapp.usecases.chart import Banner
from fieldapp.usecases.notes import Writing
from fieldapp.usecases.session import Session
from fieldapp.views.controls.forms import SAVED, field
from fieldapp.views.controls.layout import dock, scroll
from fieldapp.views.controls.press import button
from fieldapp.views.controls.text import heading
from fieldapp.views.hooks import use_state, use_typed
from fieldapp.views.loading import use_loaded
from fieldapp.views.metrics import Metrics
from fieldapp.views.model import AppModel
from fieldapp.views.navigation import WriteNote
from fieldapp.views.screens.patient_draft import KeptLine, discard_dialog, use_box, use_keeper
from fieldapp.views.screens.patient_frame import form_frame
from fieldapp.views.screens.waiting import waiting
from fieldapp.views.shell import body_metrics


def read(session: Session, screen: WriteNote) -> tuple[Banner, Writing]:
    """The banner and the note as it was left."""
    writing = notes.start(session, screen.patient, visit=screen.visit, amends=screen.amends)
    return chart.banner(session, screen.patient), writing


@ft.component
def Note(app: AppModel, m: Metrics, screen: WriteNote) -> ft.Control:
    """The screen of `WriteNote`."""
    loaded = use_loaded(app, lambda session: read(session, screen), screen)
    latest = use_box(cast("Writing | None", None))
    _, redraw = use_state(0)
    reason, set_reason, reason_now = use_typed()
    error, set_error = use_state("")
    asking, set_asking = use_state(False)
    keeper = use_keeper(app)
    b = body_metrics(m)
    known, opened = loaded.value or (None, None)
    held = latest.value
    if held is not None and (held.patient, held.amends) != (screen.patient, screen.amends):
        held = latest.value = None
    writing = held or opened

    def on_text(words: str) -> None:
        base = latest.value or writing
        if base is None:
            return
        made = latest.value = notes.typed(base, words)
        redraw(lambda n: n + 1)
        set_error("")
        session = app.opened()
        keeper.push(lambda: notes.keep(session, made))

    async def save() -> None:
        made = latest.value or writing
        if made is None:
            return
        if not made.text.strip():
            set_error("Note: write something first.")
            return
        if screen.amends is not None and len(reason_now().strip()) < 3:
            set_error("Reason: say why the note is corrected.")
            return
        session = app.opened()
        await keeper.stop()
        if not await app.work(lambda: notes.save(session, made, reason_now() or None), then=_leave(app), said=SAVED):
            keeper.resume()

    async def discard() -> None:
        set_asking(False)
        made = latest.value or writing
        if made is None:
            return
        session = app.opened()
        await keeper.stop()
        await app.work(lambda: notes.discard(session, made), then=_leave(app), said="Note discarded")

    def ask() -> None:
        set_asking(True)

    def cancel() -> None:
        set_asking(False)

    ft.use_dialog(discard_dialog(b, "note", discard, cancel) if asking else None)
    if writing is None:
        return form_frame(app, m, known, waiting(b, loaded.problem), None, app.back)
    differs = notes.differs(writing)
    why = None
    if screen.amends is not None:
        why = field(
            "Reason", reason, set_reason, error=error if error.startswith("Reason") else "", identifier="reason"
        )
    before = "Your draft, as you left it" if writing.restored and held is None else ""
    body = scroll(
        b,
        heading("Correct the note" if screen.amends else "Note", "title"),
        field(
            "Note",
            writing.text,
            on_text,
            lines=12 if b.phone else 16,
            autofocus=True,
            hint="What the next person needs to know",
            error=error if error.startswith("Note") else "",
            identifier="note",
        ),
        why,
        KeptLine(keeper, "" if differs else "Nothing typed yet", before),
    )
    cap = 1.6 if b.phone else 9.0
    throw = button(b, "Discard", ask, "secondary", identifier="discard", cap=cap) if differs else None
    foot = dock(b, throw, button(b, "Save note", save, expand=True, identifier="save", cap=cap))
    return form_frame(app, m, known, body, foot, app.back)


def _leave(app: AppModel):
    def leave(_: object) -> None:
        app.back()

    return leave
