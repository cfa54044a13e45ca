"""One patient: the banner that never scrolls away, and under it *Now*, *Plan* and *Timeline*."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

import flet as ft

from fieldapp.usecases import chart, visits
from fieldapp.usecases.chart import Banner
from fieldapp.usecases.session import Session
from fieldapp.views import theme as t
from fieldapp.views.controls.layout import col, dock, shadow
from fieldapp.views.controls.lists import tabs
from fieldapp.views.controls.press import button
from fieldapp.views.hooks import use_state
from fieldapp.views.loading import use_loaded
from fieldapp.views.metrics import Metrics
from fieldapp.views.model import AppModel
from fieldapp.views.navigation import OpenPatient, Screen, Tab
from fieldapp.views.screens.now import Now
from fieldapp.views.screens.patient_frame import patient_frame
from fieldapp.views.screens.patient_record import Choice, choices, record_dialog
from fieldapp.views.screens.plan import Plan
from fieldapp.views.screens.timeline import Timeline
from fieldapp.views.screens.waiting import waiting
from fieldapp.views.shell import body_metrics

TABS: Final[tuple[Tab, ...]] = ("now", "plan", "timeline")
TAIL: Final = 76
"""px at the end of a phone's body that *Record* floats over, at normal text size."""


def read(session: Session, patient: str) -> tuple[Banner, str | None]:
    """The banner, and the visit that is under way."""
    here = [v for v in visits.visits_of(session, patient) if v.standing in ("on_the_way", "arrived")]
    return chart.banner(session, patient), here[0].record if here else None


@ft.component
def Patient(app: AppModel, m: Metrics, screen: OpenPatient) -> ft.Control:
    """The screen of `OpenPatient`."""
    patient, b = screen.patient, body_metrics(m)
    loaded = use_loaded(app, lambda session: read(session, patient), patient)
    recording, set_recording = use_state(False)
    known, visit = loaded.value or (None, None)
    offered = choices(patient, visit, known.pathways if known else ())

    def choose(target: Screen) -> None:
        set_recording(False)
        app.open(target)

    def select(i: int) -> None:
        app.replace(OpenPatient(patient, TABS[i]))

    def close() -> None:
        set_recording(False)

    ft.use_dialog(record_dialog(b, offered, choose, close) if recording else None)
    if known is None:
        return patient_frame(app, m, None, waiting(b, loaded.problem))
    tail = m.px(TAIL) if m.phone else 0
    inside = {
        "now": lambda: Now(app, b, patient, tail),
        "plan": lambda: Plan(app, b, known, tail),
        "timeline": lambda: Timeline(app, b, known, tail, screen.record),
    }[screen.tab]()
    body = col(tabs(b, ("Now", "Plan", "Timeline"), TABS.index(screen.tab), select), inside, gap=0, expand=True)
    single = screen.tab == "plan" or screen.record is not None

    def record() -> None:
        set_recording(True)

    if m.phone:
        over = None if screen.record is not None else _floating(m, record)
        return patient_frame(app, m, known, body, over=over)
    return patient_frame(app, m, known, body, bottom=None if single else _docked(b, offered, record, choose))


def _floating(m: Metrics, on_press: Callable[[], None]) -> ft.Control:
    made = button(m, "Record", on_press, glyph=ft.Icons.ADD_ROUNDED, identifier="record")
    return ft.Container(made, border_radius=t.R_CONTROL, shadow=shadow(16, 0.25, 4))


def _docked(
    m: Metrics, offered: tuple[Choice, ...], on_more: Callable[[], None], on_choose: Callable[[Screen], None]
) -> ft.Control:
    first = offered[0]
    more = button(m, "Record something else", on_more, "secondary", identifier="record")
    main = button(
        m,
        first.label,
        lambda: on_choose(first.screen),
        glyph=ft.Icons.ADD_ROUNDED,
        expand=True,
        identifier=f"record-{first.name}",
    )
    return dock(m, more, main)
