"""The tab *Plan*: the decisions first, then the oxygen target, medicines, problems, aims and what the team does."""

from __future__ import annotations

from collections.abc import Callable

import flet as ft

from fieldapp.usecases import chart, plans, timeline
from fieldapp.usecases.chart import Banner
from fieldapp.usecases.plans import PlanView
from fieldapp.usecases.session import Session
from fieldapp.usecases.timeline import Version
from fieldapp.views import theme as t
from fieldapp.views.controls.banner import danger_line
from fieldapp.views.controls.forms import dialog
from fieldapp.views.controls.layout import col, fill, lines, row, rule, scroll
from fieldapp.views.controls.press import button
from fieldapp.views.controls.states import notice, state_page
from fieldapp.views.controls.text import Part, icon, rich, text
from fieldapp.views.hooks import use_state
from fieldapp.views.loading import use_loaded
from fieldapp.views.metrics import Metrics
from fieldapp.views.model import AppModel
from fieldapp.views.navigation import EditPlan, SettleConflict
from fieldapp.views.screens import patient_plan as cards
from fieldapp.views.screens.patient_frame import dangers_of
from fieldapp.views.screens.waiting import waiting

I = ft.Icons  # noqa: E741


def read(session: Session, patient: str) -> tuple[cards.Shown | None, tuple[Version, ...]]:
    """The plan that stands, with its versions; None where there is none."""
    view = next((p for p in plans.plans(session, patient) if not p.body.get("entered_in_error")), None)
    if view is None:
        return None, ()
    about, needs = chart.about(session, patient)
    return cards.Shown(view, about, needs, session.now()), tuple(timeline.history(session, view.record))


@ft.component
def Plan(app: AppModel, m: Metrics, known: Banner, tail: float) -> ft.Control:
    """`m` are the measures of the body; `tail` px stay free at its end."""
    patient = known.who.patient
    loaded = use_loaded(app, lambda session: read(session, patient), patient)
    telling, set_telling = use_state(False)

    def close() -> None:
        set_telling(False)

    def tell() -> None:
        set_telling(True)

    def edit() -> None:
        app.open(EditPlan(patient))

    found, versions = loaded.value or (None, ())
    ft.use_dialog(_changes(m, versions, close) if telling else None)
    if loaded.value is None:
        return waiting(m, loaded.problem)
    if found is None:
        sentence = "Nothing has been agreed in writing yet. What you write is kept on this tablet as you type."
        return state_page(m, I.ASSIGNMENT_OUTLINED, "No plan yet", sentence, "Write the first plan", edit)

    def settle() -> None:
        app.open(SettleConflict(found.view.record))

    dangers, _ = dangers_of(known)
    return scroll(
        m,
        danger_line(dangers),
        _head(m, found.view, tell, edit),
        _unreadable(m, found.view) if found.view.plan is None else None,
        *cards.cards(m, found, known.who.preferred, settle),
        tail=tail,
    )


def _head(m: Metrics, view: PlanView, on_tell: Callable[[], None], on_edit: Callable[[], None]) -> ft.Control:
    first, _, rest = view.changed.partition(" by ")
    words = rich(Part(f"{first} ", "label"), Part(f"by {rest}" if rest else "", "caption", t.MUTED), expand=True)
    said = row(icon(I.HISTORY_ROUNDED), words)
    tell = button(m, "What changed", on_tell, "quiet", height=t.TARGET, identifier="what-changed")
    change = button(m, "Change plan", on_edit, "secondary", I.EDIT_OUTLINED, height=t.TARGET, identifier="change-plan")
    if m.phone:
        tell.expand = change.expand = True
        acts = col(row(tell), row(change)) if m.large_text else row(tell, change)
        return col(said, acts)
    return row(fill(said), tell, change)


def _unreadable(m: Metrics, view: PlanView) -> ft.Control:
    sentence = "It was written by a newer version of the app. Everything it says is shown; update the app to change it."
    return notice(m, "attention", I.SYSTEM_UPDATE_OUTLINED, "This plan cannot be changed here", sentence)


def _changes(m: Metrics, versions: tuple[Version, ...], on_close: Callable[[], None]) -> ft.AlertDialog:
    """Who changed what and when, the newest first."""
    parts: list[ft.Control] = []
    for n, version in enumerate(versions):
        told = [
            rich(Part(f"{title}: ", "label", t.MUTED), Part(words.replace("\n", "; "), "caption"))
            for title, words in version.changed
        ]
        first = n == len(versions) - 1
        what = told or [text("Versions brought together" if not first else "Nothing else", "caption", t.MUTED)]
        reason = text(f"Reason: {version.reason}", "caption", t.MUTED) if version.reason else None
        head = lines(text(version.when, "strong"), text(f"{version.by}, {version.role.lower()}", "caption", t.MUTED))
        parts += [rule(), col(head, *what, reason, gap=t.S1)] if parts else [col(head, *what, reason, gap=t.S1)]
    close = row(button(m, "Close", on_close, "secondary", expand=True, identifier="dialog-cancel"))
    return dialog("What changed", ft.Container(col(*parts, close, gap=t.S3), width=m.px(520)), on_close)
