"""Logging a reablement session: where the six weeks stand, a stopwatch, the goals, what was practised, how it felt."""

from __future__ import annotations

from typing import NamedTuple, cast

import flet as ft

from fieldapp.domain.display.dates import clock_time
from fieldapp.usecases import chart, reablement, therapy
from fieldapp.usecases.chart import Banner
from fieldapp.usecases.reablement import Programme
from fieldapp.usecases.session import Session
from fieldapp.usecases.therapy import SessionDraft
from fieldapp.views import theme as t
from fieldapp.views.controls.forms import reason_dialog
from fieldapp.views.controls.layout import Maybe, col, dock, even, row, scroll
from fieldapp.views.controls.press import button
from fieldapp.views.controls.states import notice
from fieldapp.views.controls.text import text
from fieldapp.views.hooks import use_state
from fieldapp.views.loading import use_loaded
from fieldapp.views.metrics import Metrics, body_metrics
from fieldapp.views.model import AppModel
from fieldapp.views.navigation import LogSession
from fieldapp.views.screens import reablement_parts as parts
from fieldapp.views.screens.patient_draft import discard_dialog, use_box, use_keeper
from fieldapp.views.screens.patient_frame import form_frame
from fieldapp.views.screens.reablement_desk import Desk
from fieldapp.views.screens.reablement_sheets import activity_dialog, goal_dialog
from fieldapp.views.screens.record import flush
from fieldapp.views.screens.waiting import waiting

I = ft.Icons  # noqa: E741


class Opened(NamedTuple):
    """The banner, the programme, and the session as it was left."""

    banner: Banner
    programme: Programme
    draft: SessionDraft


def read(session: Session, screen: LogSession) -> Opened:
    """Raises UnknownPatientError, UnknownRecordError."""
    return Opened(
        chart.banner(session, screen.patient),
        reablement.programme(session, screen.patient),
        therapy.start(session, screen.patient, visit=screen.visit, amends=screen.amends),
    )


@ft.component
def Reablement(app: AppModel, m: Metrics, screen: LogSession) -> ft.Control:
    """The screen of `LogSession`."""
    loaded = use_loaded(app, lambda session: read(session, screen), screen)
    desk = use_box(cast("Desk | None", None))
    of = use_box(screen)
    keeper = use_keeper(app)
    _, turn = use_state(0)
    b = body_metrics(m)
    opened = loaded.value
    if of.value != screen:
        of.value, desk.value = screen, None
    if desk.value is None and opened is not None and app.session is not None:
        desk.value = Desk(app, keeper, opened.draft)

    def leaving() -> None:
        flush(app, keeper)

    ft.use_effect(_nothing, [], leaving)
    held = desk.value
    ft.use_dialog(_dialog(b, held) if held is not None else None)
    if held is None or opened is None:
        return form_frame(app, m, opened.banner if opened else None, waiting(b, loaded.problem), None, app.back)
    held.redraw = lambda: turn(lambda n: n + 1)
    shown = opened.programme
    felt, ahead = parts.felt_card(b, held, shown), parts.next_card(held)
    body = scroll(
        b,
        *_notices(b, held, shown),
        parts.weeks_card(b, shown),
        parts.stopwatch(b, held, shown.timed_up_and_go),
        *parts.goals_part(b, held, shown.goals),
        *parts.activities_part(b, held),
        col(felt, ahead, gap=t.S3) if b.phone else even(felt, ahead),
        row(button(b, "Discard", held.open_sheet("discard"), "quiet", height=t.TARGET, identifier="discard"))
        if held.begun
        else None,
    )
    return form_frame(app, m, opened.banner, body, _foot(b, held, shown), app.back)


def _foot(m: Metrics, desk: Desk, shown: Programme) -> ft.Control:
    draft = desk.draft
    nth = "Correction" if draft.amends else f"Session {shown.sessions + 1}"
    kept = f"Draft kept on this tablet, {desk.kept}" if desk.kept else "Nothing recorded yet"
    words = desk.error or f"{nth} started {clock_time(draft.started_at)}. {kept}"
    said = ft.Semantics(
        live_region=bool(desk.error),
        identifier="session-state",
        content=text(words, "label" if desk.error else "caption", t.DANGER if desk.error else t.MUTED),
    )
    press = None if desk.busy else desk.save
    label = "Save correction" if draft.amends else "Save session"
    act = button(m, label, press, glyph=I.CHECK_ROUNDED, expand=True, identifier="save")
    if not m.phone:
        return dock(m, ft.Container(said, expand=True), act)
    return dock(m, col(said, row(act), expand=True) if not m.tiny or desk.error else act)


def _notices(m: Metrics, desk: Desk, shown: Programme) -> list[Maybe]:
    made: list[Maybe] = []
    if desk.draft.amends is not None:
        said = "Both versions stay in the timeline, with the reason you give."
        made.append(notice(m, "primary", I.EDIT_OUTLINED, "Correcting a saved session", said, identifier="amending"))
    elif desk.restored:
        said = "Carry on where you left it, or discard it at the end."
        made.append(notice(m, "primary", I.HISTORY_ROUNDED, "Your unsaved session", said, identifier="restored"))
    if shown.last_next and desk.draft.amends is None:
        made.append(notice(m, "neutral", I.FLAG_OUTLINED, "Planned for today", shown.last_next, identifier="planned"))
    return made


def _dialog(m: Metrics, desk: Desk) -> ft.AlertDialog | None:
    match desk.sheet:
        case "activity":
            return activity_dialog(m, desk)
        case "goal":
            return goal_dialog(m, desk)
        case "discard":
            return discard_dialog(m, "session", desk.discard, desk.close_sheet)
        case "reason":
            sentence = "Say why this session is corrected. Both versions stay in the timeline."
            title = "Correct this session"
            return reason_dialog(m, title, sentence, "Save correction", desk.corrected, desk.close_sheet)
        case _:
            return None


def _nothing() -> None:
    """Nothing to do when the screen opens."""
