"""Today: what cannot wait, the next visit, the run after it, what is done. Beside it, from 1100 text px, one visit."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final, cast

import flet as ft

from fieldapp.usecases import caseload, visits
from fieldapp.usecases.caseload import Stop, Urgent
from fieldapp.usecases.visits import VisitAction
from fieldapp.views import theme as t
from fieldapp.views.chrome import chrome_of
from fieldapp.views.controls.forms import SAVED
from fieldapp.views.controls.layout import Maybe, col, grid, rows, scroll
from fieldapp.views.controls.lists import alert
from fieldapp.views.controls.states import state_page
from fieldapp.views.controls.text import heading, section, text
from fieldapp.views.hooks import use_state
from fieldapp.views.loading import use_loaded
from fieldapp.views.metrics import Metrics
from fieldapp.views.model import AppModel
from fieldapp.views.navigation import OpenPatient, SettleConflict
from fieldapp.views.screens.beside import Beside
from fieldapp.views.screens.late import late_dialog
from fieldapp.views.screens.visits import DoneRow, Say, VisitRow, leading
from fieldapp.views.screens.waiting import counted, waiting
from fieldapp.views.shell import body_metrics, detail_metrics, frame, list_metrics, split

_GLYPHS: Final[dict[caseload.UrgentKind, ft.IconData]] = {
    "ucr_clock": ft.Icons.TIMER_OUTLINED,
    "news2_recheck": ft.Icons.MONITOR_HEART_OUTLINED,
    "conflict": ft.Icons.CALL_SPLIT_ROUNDED,
}


def open_urgent(app: AppModel, item: Urgent) -> None:
    """A conflict opens where it is settled; anything else at its patient."""
    if item.kind == "conflict" and item.record is not None:
        app.open(SettleConflict(item.record))
    else:
        app.open(OpenPatient(item.patient))


def strip(m: Metrics, app: AppModel, urgent: tuple[Urgent, ...]) -> Maybe:
    """What cannot wait."""
    if not urgent:
        return None

    def opener(item: Urgent) -> Callable[[], None]:
        return lambda: open_urgent(app, item)

    cells = [
        alert(
            m,
            item.tone,
            _GLYPHS[item.kind],
            item.title,
            item.value,
            item.who,
            opener(item),
            detail=item.detail,
            short=item.short,
            left=item.left,
            identifier=f"urgent-{item.kind.replace('_', '-')}",
        )
        for item in urgent
    ]
    return col(*cells, gap=t.S1) if m.phone else grid(cells, min(2, len(cells)))


def head(today: caseload.Today) -> ft.Control:
    """The place's name and how the day stands."""
    count = f"{counted(today.total, 'visit')}, {len(today.done)} done"
    return col(heading("Today", "value"), text(f"{today.date} · {count}", "caption", t.MUTED), gap=0)


def _chosen(app: AppModel, today: caseload.Today) -> tuple[str, Stop | None] | None:
    """Whom the pane beside the list shows."""
    stops = [*([today.next] if today.next else []), *today.then, *today.done]
    wanted = next((s for s in stops if s.visit.patient == app.selected), None) or next(iter(stops), None)
    return (wanted.visit.patient, wanted) if wanted is not None else None


@ft.component
def Today(app: AppModel, m: Metrics) -> ft.Control:
    """The first of the three places."""
    loaded = use_loaded(app, caseload.today)
    late, set_late = use_state(cast("Stop | None", None))
    today, b = loaded.value, list_metrics(m) if m.wide else body_metrics(m)

    def say(stop: Stop, action: VisitAction, minutes: int | None = None) -> None:
        session, record = app.opened(), stop.visit.record
        app.start(lambda: visits.say(session, record, action, minutes=minutes), said=SAVED)

    def on_say(stop: Stop, action: VisitAction) -> None:
        if action == "running_late":
            set_late(stop)
        else:
            say(stop, action)

    def on_late(minutes: int) -> None:
        set_late(None)
        if late is not None:
            say(late, "running_late", minutes)

    ft.use_dialog(late_dialog(b, on_late, lambda: set_late(None)) if late is not None else None)
    chrome, whole = chrome_of(app), body_metrics(m)
    if today is None:
        return frame(m, chrome, waiting(whole, loaded.problem))
    chosen = _chosen(app, today)
    if chosen is None:
        return frame(m, chrome, scroll(whole, head(today), strip(whole, app, today.urgent), empty(whole, app)))
    if not m.wide:
        return frame(m, chrome, scroll(b, *_run(app, b, today, on_say)))
    patient, stop = chosen
    listing = scroll(b, head(today), strip(b, app, today.urgent), *_rows(b, today, patient, app.select))
    beside = Beside(app, detail_metrics(m), patient, stop, on_say, app.visit)
    return frame(m, chrome, split(m, listing, beside))


def _run(app: AppModel, b: Metrics, today: caseload.Today, on_say: Say) -> list[Maybe]:
    """The day in one column."""
    parts: list[Maybe] = [head(today), strip(b, app, today.urgent)]
    if today.next is not None:
        parts.append(leading(b, today.next, app.open_patient, on_say, app.visit))
    if today.then:
        ends = f", ends about {today.ends_about}" if today.ends_about else ""
        parts.append(section("Then", f"{counted(len(today.then), 'visit')}{ends}"))
        parts.append(rows(*[VisitRow(b, stop, False, app.open_patient) for stop in today.then]))
    return parts + _done(b, today, app.open_patient)


def _rows(b: Metrics, today: caseload.Today, selected: str, on_select: Callable[[str], None]) -> list[Maybe]:
    """The day as a list, beside one visit."""
    ahead = [*([today.next] if today.next else []), *today.then]
    run = rows(*[VisitRow(b, stop, stop.visit.patient == selected, on_select) for stop in ahead]) if ahead else None
    return [run, *_done(b, today, on_select)]


def _done(b: Metrics, today: caseload.Today, on_open: Callable[[str], None]) -> list[Maybe]:
    if not today.done:
        return []
    return [
        section("Done", counted(len(today.done), "visit")),
        rows(*[DoneRow(b, stop, on_open) for stop in today.done]),
    ]


def empty(b: Metrics, app: AppModel) -> ft.Control:
    """A day without visits."""
    if not chrome_of(app).as_at:
        sentence = "Your visits arrive with the first sync. Today's come first."
        return state_page(b, ft.Icons.CLOUD_DOWNLOAD_OUTLINED, "No visits yet", sentence, "Sync now", app.sync)
    sentence = "Your run is empty. Visits planned for you arrive with the next sync."
    glyph = ft.Icons.EVENT_AVAILABLE_OUTLINED
    return state_page(b, glyph, "No visits today", sentence, "See patients", lambda: app.go("patients"))
