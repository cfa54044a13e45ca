"""Changing a plan, or writing the first one: one statement open at a time, everything typed kept as it is typed."""

from __future__ import annotations

from typing import cast

import flet as ft

from fieldapp.domain.display.dates import day_and_time
from fieldapp.usecases import chart, plan_form
from fieldapp.usecases.chart import Banner
from fieldapp.usecases.plan_form import Editing
from fieldapp.usecases.session import Session
from fieldapp.views.controls.forms import SAVED
from fieldapp.views.controls.layout import Maybe, dock, row, scroll
from fieldapp.views.controls.press import button
from fieldapp.views.controls.states import notice, state_page
from fieldapp.views.controls.text import heading
from fieldapp.views.hooks import use_state
from fieldapp.views.loading import use_loaded
from fieldapp.views.metrics import Metrics
from fieldapp.views.model import AppModel
from fieldapp.views.navigation import EditPlan, SettleConflict
from fieldapp.views.screens.patient_draft import KeptLine, discard_dialog, use_box, use_keeper
from fieldapp.views.screens.patient_form import Form, sections
from fieldapp.views.screens.patient_frame import form_frame
from fieldapp.views.screens.waiting import counted, waiting
from fieldapp.views.shell import body_metrics

I = ft.Icons  # noqa: E741
_CLOSED: tuple[str, str] = ("", "")


class Opened:
    """The banner and the plan as it was left, with the record that waits for a decision, if one does."""

    def __init__(self, session: Session, patient: str) -> None:
        self.banner: Banner = chart.banner(session, patient)
        self.editing: Editing = plan_form.start(session, patient)
        open_conflicts = {conflict.record for conflict in self.banner.conflicts}
        several = len(self.editing.base) > 1
        self.disputed = self.editing.record if several and self.editing.record in open_conflicts else None
        kept = self.editing.kept_at
        self.kept = day_and_time(kept, session.now()) if kept else None


@ft.component
def PlanEdit(app: AppModel, m: Metrics, screen: EditPlan) -> ft.Control:
    """The screen of `EditPlan`."""
    loaded = use_loaded(app, lambda session: Opened(session, screen.patient), screen.patient)
    latest = use_box(cast("Editing | None", None))
    first = use_box(cast("Opened | None", None))
    _, redraw = use_state(0)
    place, set_place = use_state(_CLOSED)
    tried, set_tried = use_state(False)
    asking, set_asking = use_state(False)
    keeper = use_keeper(app)
    b = body_metrics(m)
    if latest.value is not None and latest.value.patient != screen.patient:
        latest.value = first.value = None
    if first.value is None:
        first.value = loaded.value
    opened = first.value
    editing = latest.value or (opened.editing if opened else None)

    def change(made: Editing) -> None:
        latest.value = made
        redraw(lambda n: n + 1)
        session = app.opened()
        keeper.push(lambda: plan_form.keep(session, made))

    def on_text(section: str, name: str, value: str, item: str | None) -> None:
        base = latest.value or editing
        if base is not None:
            change(plan_form.typed(base, section, name, value, item))

    def on_add(section: str) -> None:
        base = latest.value or editing
        if base is not None:
            made, item = plan_form.added(app.opened(), base, section)
            change(made)
            set_place((section, item))

    def on_remove(section: str, item: str, away: bool) -> None:
        base = latest.value or editing
        if base is not None:
            change(plan_form.removed(base, section, item, away))
            set_place(_CLOSED)

    async def save() -> None:
        made = latest.value or editing
        if made is None:
            return
        session = app.opened()
        outcome = plan_form.read(made, session.now())
        if outcome.errors:
            set_tried(True)
            set_place(_place_of(next(iter(outcome.errors))))
            return
        await keeper.stop()
        saved = await app.work(lambda: plan_form.save(session, made, outcome.fields), then=leave, said=SAVED)
        if not saved:
            keeper.resume()

    async def discard() -> None:
        set_asking(False)
        made = latest.value or editing
        if made is None:
            return
        session = app.opened()
        await keeper.stop()
        await app.work(lambda: plan_form.discard(session, made), then=leave, said="Changes discarded")

    def leave(_: object) -> None:
        app.back()

    def ask() -> None:
        set_asking(True)

    def cancel() -> None:
        set_asking(False)

    ft.use_dialog(discard_dialog(b, "change", discard, cancel) if asking else None)
    known = opened.banner if opened else None
    if editing is None or opened is None:
        return form_frame(app, m, known, waiting(b, loaded.problem), None, app.back)
    record = opened.disputed
    if record is not None:
        sentence = "Two versions of a statement wait for a decision. Settle them, then change the plan."
        page = state_page(
            b, I.CALL_SPLIT_ROUNDED, "Settle first", sentence, "Settle", lambda: app.replace(SettleConflict(record))
        )
        return form_frame(app, m, known, page, None, app.back)
    outcome = plan_form.read(editing, app.device.clock.now())
    form = Form(editing, place, outcome.errors if tried else {}, on_text, on_add, on_remove, set_place)
    differs = bool(plan_form.changed(editing))
    throw = button(b, "Discard", ask, "secondary", identifier="discard", expand=b.phone or None) if differs else None
    body = scroll(
        b,
        heading("Change the plan" if editing.record else "The first plan", "title"),
        KeptLine(keeper, "" if differs else "Nothing changed yet"),
        *_notices(b, opened, editing, outcome.errors if tried else {}),
        *sections(b, form),
        row(throw) if throw is not None and b.phone else None,
    )
    sign = button(b, "Save plan", save if differs else None, expand=True, identifier="save", cap=1.6)
    return form_frame(app, m, known, body, dock(b, None if b.phone else throw, sign), app.back)


def _notices(m: Metrics, opened: Opened, editing: Editing, errors: dict[str, str]) -> list[Maybe]:
    made: list[Maybe] = []
    if errors:
        title = f"{counted(len(errors), 'thing')} to put right"
        said = "\n".join(errors.values())
        made.append(notice(m, "danger", I.ERROR_OUTLINE_ROUNDED, title, said, identifier="errors"))
    if opened.kept is not None:
        said = f"Kept on this tablet, last typed {opened.kept}. Save them, or discard them below."
        made.append(notice(m, "primary", I.HISTORY_ROUNDED, "Your unsaved changes", said, identifier="restored"))
    if editing.moved_on:
        said = "What you save stands beside the newer plan. Where both changed one statement, somebody decides."
        made.append(
            notice(m, "attention", I.CALL_SPLIT_ROUNDED, "The plan has changed meanwhile", said, identifier="moved-on")
        )
    return made


def _place_of(error: str) -> tuple[str, str]:
    """The statement to open for an error: `oxygen.target_low`, `medicines/id.dose`."""
    where = error.rpartition(".")[0]
    section, _, item = where.partition("/")
    return section, item
