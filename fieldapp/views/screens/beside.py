"""The pane beside a list: who it is, what is dangerous, the visit, the score and what is due. Pressing the header opens
the whole patient. Several patients are on screen, so there is no banner here."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Final

import flet as ft

from fieldapp.usecases import chart
from fieldapp.usecases.caseload import Stop
from fieldapp.usecases.visits import Visit
from fieldapp.views import theme as t
from fieldapp.views.controls.banner import danger_strip, pane_header
from fieldapp.views.controls.layout import CENTER, START, Maybe, card, col, dock, fact, fill, lines, row, rows, scroll
from fieldapp.views.controls.lists import task_row
from fieldapp.views.controls.marks import chip, score_tile, tag
from fieldapp.views.controls.press import button
from fieldapp.views.controls.score import points_list
from fieldapp.views.controls.states import state_page
from fieldapp.views.controls.text import icon, section, text
from fieldapp.views.controls.trend import Reading, ScoreChart
from fieldapp.views.loading import use_loaded
from fieldapp.views.metrics import Metrics
from fieldapp.views.model import AppModel
from fieldapp.views.navigation import OpenPatient
from fieldapp.views.people import dangers, shown
from fieldapp.views.screens.visits import Say, journey, late_button, reach, say_button, visit_title

_DUE: Final[dict[str, ft.IconData]] = {
    "medicine": ft.Icons.MEDICATION_OUTLINED,
    "observations": ft.Icons.MONITOR_HEART_OUTLINED,
    "intervention": ft.Icons.MEDICAL_SERVICES_OUTLINED,
    "visit": ft.Icons.HOME_OUTLINED,
}


def score_card(m: Metrics, score: chart.ScoreNow, trend: tuple[chart.ScorePoint, ...], now: datetime) -> ft.Control:
    """The latest NEWS2, what it asks for, what made it, and its course."""
    words = lines(
        text(score.response, "heading"),
        text(score.detail, "caption", t.MUTED) if score.detail else None,
        text(score.recorded, "caption", t.MUTED) if score.recorded else None,
        chip(score.recheck, "danger" if score.recheck_overdue else "attention", ft.Icons.SCHEDULE_ROUNDED)
        if score.recheck
        else None,
        gap=t.S1,
    )
    made = points_list(m, list(score.scored)) if score.scored and not m.phone else None
    first = row(score_tile(m, score.total), fill(words), made, gap=t.S4, align=CENTER)
    course = tuple(Reading(point.at, point.total) for point in trend)
    return card(col(first, ScoreChart(m, course, now) if len(course) > 1 else None, gap=t.S3))


def due_rows(m: Metrics, due: tuple[chart.Due, ...]) -> ft.Control:
    """What is due today, in the order of time."""
    return rows(
        *[task_row(m, _DUE[d.kind], d.when, text(d.what, expand=True), d.soon, d.tone, label=_spoken(d)) for d in due]
    )


def _spoken(due: chart.Due) -> str:
    return ", ".join((due.when, due.what, due.soon))


def visit_card(m: Metrics, visit: Visit, address: str, title: str) -> ft.Control:
    """When, where, how to get there in time."""
    head = row(
        text(f"{title} {visit.window}", "strong", t.PRIMARY),
        text(address, "body", t.MUTED, expand=True, align=ft.TextAlign.RIGHT),
        gap=t.S4,
        align=START,
    )
    why = fact(ft.Icons.MEDICAL_SERVICES_OUTLINED, visit.why) if visit.why else None
    access = fact(ft.Icons.KEY_OUTLINED, visit.access) if visit.access else None
    return card(col(head, journey(m, visit), why, access, gap=t.S3))


@ft.component
def Beside(
    app: AppModel, d: Metrics, patient: str, stop: Stop | None, on_say: Say, on_url: Callable[[str], None]
) -> ft.Control:
    """One patient, at a glance, with the visit `stop` if there is one."""
    loaded = use_loaded(app, lambda session: (chart.now(session, patient), session.now()), patient)
    if loaded.value is None:
        if loaded.problem is None:
            return ft.Container(expand=True)
        sentence = loaded.problem.sentence
        return state_page(d, ft.Icons.PERSON_OFF_OUTLINED, "This patient cannot be shown", sentence)
    now, at = loaded.value
    who = now.banner.who

    def open_patient() -> None:
        app.open(OpenPatient(patient))

    parts: list[Maybe] = [danger_strip(d, dangers(now.banner.allergies, now.banner.cautions))]
    if stop is not None:
        parts.append(visit_card(d, stop.visit, who.address, visit_title(stop)))
    parts.append(score_card(d, now.score, now.trend, at))
    if now.due:
        parts.append(section("Due today", f"{len(now.due)} thing{'' if len(now.due) == 1 else 's'}"))
        parts.append(due_rows(d, now.due))
    aside = row(
        tag(now.banner.pathway) if now.banner.pathway else None,
        icon(ft.Icons.CHEVRON_RIGHT_ROUNDED, t.PRIMARY, 28),
        tight=True,
    )
    top = pane_header(d, shown(who), aside, open_patient)
    acts = [*reach(d, who, on_url)]
    if stop is not None:
        acts += [c for c in (late_button(d, stop, on_say), say_button(d, stop, on_say)) if c is not None]
    else:
        acts.append(button(d, "Open patient", open_patient, expand=True, identifier="open-beside"))
    return col(top, scroll(d, *parts), dock(d, *acts), gap=0, expand=True)
