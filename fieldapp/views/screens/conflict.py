"""Two versions of one record, to decide between: who, when, what they had seen, and one decision with its reason."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import NamedTuple, cast

import flet as ft

from fieldapp.usecases import chart, conflict
from fieldapp.usecases.chart import Banner
from fieldapp.usecases.conflict import Choice, ConflictView, Deciding, Write
from fieldapp.usecases.errors import NotInConflictError
from fieldapp.usecases.session import Session
from fieldapp.views import theme as t
from fieldapp.views.controls.forms import SAVED, field
from fieldapp.views.controls.layout import Maybe, col, dock, scroll
from fieldapp.views.controls.press import button
from fieldapp.views.controls.states import notice, state_page
from fieldapp.views.controls.text import heading, text
from fieldapp.views.hooks import use_state
from fieldapp.views.loading import use_loaded
from fieldapp.views.metrics import Metrics, body_metrics
from fieldapp.views.model import AppModel
from fieldapp.views.navigation import SettleConflict
from fieldapp.views.screens.conflict_cards import evidence, question_block, short_choice
from fieldapp.views.screens.conflict_third import Third
from fieldapp.views.screens.patient_draft import use_box, use_keeper
from fieldapp.views.screens.patient_frame import form_frame
from fieldapp.views.screens.waiting import waiting

I = ft.Icons  # noqa: E741
LEAST = 3
"""Characters of a reason."""


class Settled(NamedTuple):
    """Somebody decided already: who, and when."""

    by: str
    when: str


class Opened(NamedTuple):
    """The banner, the versions or who settled them, and the decision as it was left."""

    banner: Banner
    view: ConflictView | Settled
    deciding: Deciding


def read(session: Session, record: str) -> Opened:
    """Raises UnknownRecordError."""
    try:
        view = conflict.conflict_view(session, record)
    except NotInConflictError:
        patient, by, when = conflict.settled_by(session, record)
        return Opened(chart.banner(session, patient), Settled(by, when), Deciding())
    return Opened(chart.banner(session, view.patient), view, conflict.start(session, view))


@ft.component
def Conflict(app: AppModel, m: Metrics, screen: SettleConflict) -> ft.Control:
    """The screen of `SettleConflict`."""
    loaded = use_loaded(app, lambda session: read(session, screen.record), screen.record)
    deciding = use_box(cast("Deciding | None", None))
    shown = use_box(cast("ConflictView | None", None))
    moved = use_box(False)
    _, redraw = use_state(0)
    writing, set_writing = use_state("")
    missing, set_missing = use_state("")
    keeper = use_keeper(app)
    b = body_metrics(m)
    opened = loaded.value
    if opened is None:
        return form_frame(app, m, None, waiting(b, loaded.problem), None, app.back)
    view = opened.view
    if isinstance(view, Settled):
        return form_frame(app, m, opened.banner, _settled(app, b, view), None, app.back)
    if shown.value is None or shown.value.heads != view.heads:
        moved.value = shown.value is not None and shown.value.record == view.record
        shown.value, deciding.value = view, opened.deciding

    def change(made: Deciding) -> None:
        deciding.value = made
        set_missing("")
        redraw(lambda n: n + 1)
        session = app.opened()
        keeper.push(lambda: conflict.keep(session, view, made))

    def choose(path: str, choice: Choice) -> None:
        now = deciding.value or Deciding()
        change(replace(now, choices={**now.choices, path: choice}))

    def on_reason(words: str) -> None:
        change(replace(deciding.value or Deciding(), reason=words))

    def wrote(path: str, value: object) -> None:
        set_writing("")
        choose(path, Write(value))

    def close() -> None:
        set_writing("")

    async def settle() -> None:
        now = deciding.value or Deciding()
        undecided = next((q for q in view.questions if q.path not in now.choices), None)
        if undecided is not None:
            set_missing(f"Choose for {undecided.title.lower()} first.")
            return
        if len(now.reason.strip()) < LEAST:
            set_missing("Reason: say why. Everybody concerned will see it.")
            return
        session = app.opened()
        await keeper.stop()
        if not await app.work(lambda: conflict.settle(session, view, now.choices, now.reason), then=leave, said=SAVED):
            keeper.resume()
            app.refresh()

    def leave(_: object) -> None:
        app.back()

    now = deciding.value or Deciding()
    blocks: list[Maybe] = []
    for question in view.questions:
        choice = now.choices.get(question.path)
        path = question.path
        third = Third(b, question, partial(wrote, path), close) if writing == path else None
        write = partial(set_writing, path)
        blocks.append(question_block(b, view, question, choice, partial(choose, path), write, third))
    newer = None
    if moved.value:
        said = "Another version has come. Look at all of them before you decide."
        newer = notice(b, "attention", I.CALL_SPLIT_ROUNDED, "The versions have changed", said, identifier="newer")
    body = scroll(
        b,
        newer,
        col(
            heading(view.title, "heading" if b.phone else "title"),
            text(view.sentence, "caption" if b.phone else "body", t.MUTED),
            gap=0,
        ),
        *blocks,
        evidence(b, view),
        field(
            "Reason, seen by everybody concerned",
            now.reason,
            on_reason,
            error=missing if missing.startswith("Reason") else "",
            identifier="reason",
        ),
    )
    label = short_choice(view, now.choices) if not b.phone else ""
    act = button(
        b,
        f"Settle: {label}" if label else "Settle",
        settle,
        glyph=I.CHECK_ROUNDED,
        expand=True if b.phone else None,
        identifier="settle",
    )
    later = button(b, "Decide later", app.back, "secondary", identifier="later", expand=True if b.phone else None)
    note = "All versions stay in the timeline, for everyone to see."
    wrong = missing if missing and not missing.startswith("Reason") else ""
    said = ft.Semantics(
        live_region=True,
        identifier="missing",
        content=text(wrong or note, "label" if wrong else "caption", t.DANGER if wrong else t.MUTED),
    )
    foot = dock(b, later, act) if b.phone and not wrong else dock(b, ft.Container(said, expand=True), later, act)
    return form_frame(app, m, opened.banner, body, foot, app.back)


def _settled(app: AppModel, m: Metrics, view: Settled) -> ft.Control:
    sentence = f"{view.by} signed the version that stands, {view.when}. What the others wrote is in the timeline."
    return state_page(m, I.CHECK_CIRCLE_OUTLINE_ROUNDED, "This is settled", sentence, "Back", app.back, "done")
