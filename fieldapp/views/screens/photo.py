"""Attaching a photograph: the picture, what it shows, where on the body; or correcting those words."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, cast

import flet as ft

from fieldapp.usecases import chart, photos
from fieldapp.usecases.chart import Banner
from fieldapp.usecases.photos import Taking
from fieldapp.usecases.session import Session
from fieldapp.views.controls.forms import SAVED, field
from fieldapp.views.controls.layout import dock, scroll
from fieldapp.views.controls.press import button
from fieldapp.views.controls.text import heading
from fieldapp.views.hooks import use_state, use_typed
from fieldapp.views.loading import use_loaded
from fieldapp.views.metrics import Metrics
from fieldapp.views.model import AppModel
from fieldapp.views.navigation import TakePhotograph
from fieldapp.views.problems import TYPED, Problem, problem_of
from fieldapp.views.screens.patient_draft import KeptLine, discard_dialog, use_box, use_keeper
from fieldapp.views.screens.patient_frame import form_frame
from fieldapp.views.screens.photo_parts import chooser
from fieldapp.views.screens.waiting import waiting
from fieldapp.views.shell import body_metrics


def _read(session: Session, screen: TakePhotograph) -> tuple[Banner, Taking]:
    """The banner and the photograph as it was left."""
    taking = photos.start(session, screen.patient, visit=screen.visit, amends=screen.amends)
    return chart.banner(session, screen.patient), taking


@ft.component
def Photo(app: AppModel, m: Metrics, screen: TakePhotograph) -> ft.Control:
    """The screen of `TakePhotograph`."""
    loaded = use_loaded(app, lambda session: _read(session, screen), screen)
    latest = use_box(cast("Taking | None", None))
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
    taking = held or opened

    def change(**changed: Any) -> None:
        base = latest.value or taking
        if base is None:
            return
        made = latest.value = replace(base, **changed)
        redraw(lambda n: n + 1)
        set_error("")
        session = app.opened()
        keeper.push(lambda: photos.keep(session, made))

    async def choose() -> None:
        session = app.opened()
        try:
            data = await app.choose_picture()
        except TYPED as problem:
            set_error(f"Photograph: {problem_of(problem).sentence}")
            return
        base = latest.value or taking
        if data is None or base is None or app.session is not session:
            return

        def take(made: Taking) -> None:
            now = latest.value or base
            latest.value = replace(now, picture=made.picture, taken_at=made.taken_at)
            set_error("")
            redraw(lambda n: n + 1)

        def refuse(problem: Problem) -> None:
            set_error(f"Photograph: {problem.sentence}")

        await app.work(lambda: photos.chosen(session, base, data), then=take, failed=refuse)

    async def save() -> None:
        made = latest.value or taking
        if made is None:
            return
        if made.picture is None and screen.amends is None:
            set_error("Photograph: choose one first.")
            return
        if not made.shows.strip():
            set_error("Shows: say in a few words what it shows.")
            return
        if screen.amends is not None and len(reason_now().strip()) < 3:
            set_error("Reason: say why it is corrected.")
            return
        session = app.opened()
        await keeper.stop()
        if not await app.work(lambda: photos.sign(session, made, reason_now() or None), then=leave, said=SAVED):
            keeper.resume()

    async def discard() -> None:
        set_asking(False)
        made = latest.value or taking
        if made is None:
            return
        session = app.opened()
        await keeper.stop()
        await app.work(lambda: photos.discard(session, made), then=leave, said="Photograph discarded")

    def leave(_: object) -> None:
        app.back()

    def told(part: str) -> str:
        return error.removeprefix(f"{part}: ") if error.startswith(part) else ""

    ft.use_dialog(discard_dialog(b, "photograph", discard, lambda: set_asking(False)) if asking else None)
    if taking is None:
        return form_frame(app, m, known, waiting(b, loaded.problem), None, app.back)
    why = None
    if screen.amends is not None:
        why = field("Reason", reason, set_reason, error=told("Reason"), identifier="reason")
    before = "Your draft, as you left it" if taking.restored and held is None else ""
    body = scroll(
        b,
        heading("Correct what is said of it" if screen.amends else "Photograph", "title"),
        chooser(b, taking.picture, choose if screen.amends is None else None, told("Photograph")),
        field(
            "What it shows",
            taking.shows,
            lambda words: change(shows=words),
            hint="Such as: Left heel, pressure ulcer",
            error=told("Shows"),
            identifier="shows",
        ),
        field("Where on the body", taking.site, lambda words: change(site=words), identifier="site"),
        why,
        KeptLine(keeper, "" if taking.begun else "Nothing chosen yet", before),
    )
    cap = 1.6 if b.phone else 9.0
    throw = (
        button(b, "Discard", lambda: set_asking(True), "secondary", identifier="discard", cap=cap)
        if taking.begun
        else None
    )
    foot = dock(b, throw, button(b, "Save photograph", save, expand=True, identifier="save", cap=cap))
    return form_frame(app, m, known, body, foot, app.back)
