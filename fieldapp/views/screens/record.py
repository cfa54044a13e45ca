"""Recording observations: one column, one question in focus, the pad always there, the score building itself."""

from __future__ import annotations

from datetime import timedelta
from typing import Final, NamedTuple, cast

import flet as ft

from fieldapp.domain.display.dates import day_and_time
from fieldapp.usecases import chart, observations
from fieldapp.usecases.chart import Banner
from fieldapp.usecases.observations import Live, Recording
from fieldapp.usecases.session import Session
from fieldapp.views import theme as t
from fieldapp.views.controls.following import Following
from fieldapp.views.controls.forms import reason_dialog
from fieldapp.views.controls.layout import STRETCH, Maybe, col, fill, row, scroll, side
from fieldapp.views.controls.marks import freshness
from fieldapp.views.controls.score import ScoreCell, score_header
from fieldapp.views.controls.states import notice
from fieldapp.views.hooks import memo, use_state
from fieldapp.views.loading import use_loaded
from fieldapp.views.metrics import Metrics
from fieldapp.views.model import AppModel
from fieldapp.views.navigation import RecordObservations
from fieldapp.views.problems import TYPED, problem_of
from fieldapp.views.screens import record_after as after
from fieldapp.views.screens import record_form as f
from fieldapp.views.screens.patient_draft import Keeper, discard_dialog, use_box, use_keeper
from fieldapp.views.screens.patient_frame import top_of
from fieldapp.views.screens.record_desk import Desk
from fieldapp.views.screens.record_pad import sheet, why_dialog
from fieldapp.views.screens.record_rows import entries
from fieldapp.views.screens.waiting import waiting

I = ft.Icons  # noqa: E741
STALE: Final = timedelta(minutes=15)
"""A draft older than this holds values that may no longer be true."""
PANE: Final = 440
"""px of the pad beside the questions on a low, wide screen."""
_LOW: Final = 900
_WORDS: Final = ("Respiration", "SpO₂", "Oxygen", "Systolic", "Pulse", "Consciousness", "Temperature")


class Fresh(NamedTuple):
    """What waits to be sent, and the time of the data."""

    unsent: int
    as_at: str


def read(session: Session, screen: RecordObservations) -> tuple[Banner, Recording]:
    """The banner, and the set as it was left."""
    recording = observations.start(session, screen.patient, visit=screen.visit, amends=screen.amends)
    return chart.banner(session, screen.patient), recording


@ft.component
def Record(app: AppModel, m: Metrics, screen: RecordObservations) -> ft.Control:
    """The screen of `RecordObservations`."""
    loaded = use_loaded(app, lambda session: read(session, screen), screen)
    desk = use_box(cast("Desk | None", None))
    of = use_box(screen)
    keeper = use_keeper(app)
    known, opened = loaded.value or (None, None)
    if of.value != screen:
        of.value, desk.value = screen, None
    if desk.value is None and opened is not None and app.session is not None:
        desk.value = Desk(app, keeper, opened)

    def leaving() -> None:
        flush(app, keeper)

    ft.use_effect(_nothing, [], leaving)
    top = top_of(m, known, app.back)
    if desk.value is None:
        return col(top, waiting(m, loaded.problem), gap=0, expand=True)
    badge = app.badge
    fresh = Fresh(badge.unsent, badge.as_at.removeprefix("as at ")) if badge else None
    return col(top, fill(Sheet(m, desk.value, fresh)), gap=0, expand=True)


def flush(app: AppModel, keeper: Keeper) -> None:
    """Write what waits before the screen is left, so that opening it again finds it."""
    try:
        keeper.flush()
    except TYPED as error:
        if app.session is not None:
            app.fail(problem_of(error))


@ft.component
def _Sheet(m: Metrics, desk: Desk, fresh: Fresh | None) -> ft.Control:
    """Everything under the banner. The keys redraw this and nothing above."""
    _, turn = use_state(0)
    desk.redraw = lambda: turn(lambda n: n + 1)
    live = desk.live()
    ft.use_dialog(_dialog(m, desk))
    head = header(m, desk, live, fresh)
    if desk.panel is not None:
        return _saved(m, desk, live, head)
    body = Following(m, (*_notices(m, desk), *entries(m, desk, live)), desk.form.focus)
    if m.height < _LOW and m.width >= PANE + 320:
        pane = m.narrowed(PANE)
        left = m.narrowed(m.width - PANE)
        body = Following(left, (*_notices(left, desk), *entries(left, desk, live)), desk.form.focus)
        beside = ft.Container(
            ft.Column([sheet(pane, desk, live)], scroll=ft.ScrollMode.HIDDEN, horizontal_alignment=STRETCH),
            width=PANE,
            bgcolor=t.CARD,
            border=ft.Border.only(left=side()),
        )
        return col(head, row(fill(body), beside, gap=0, expand=True, align=STRETCH), gap=0, expand=True)
    return col(head, body, sheet(m, desk, live), gap=0, expand=True)


Sheet = memo(_Sheet)


def header(m: Metrics, desk: Desk, live: Live, fresh: Fresh | None) -> ft.Control:
    """The score as it builds itself; where NEWS2 is not for this person, why."""
    recording = desk.form.recording
    if recording.not_used is not None:
        said = notice(m, "attention", I.INFO_OUTLINE_ROUNDED, "NEWS2 not used", recording.not_used, identifier="score")
        return ft.Container(said, bgcolor=t.CARD, padding=ft.Padding.symmetric(horizontal=m.gutter, vertical=12))
    cells = tuple(ScoreCell(s.short, words, s.points) for s, words in zip(live.segments, _WORDS, strict=True))
    focus = f.ORDER.index(desk.form.focus) if desk.form.focus in f.ORDER and desk.panel is None else None
    aside: Maybe = freshness(m, fresh.unsent, fresh.as_at, None) if fresh and fresh.as_at else None
    on_cell = desk.ask_cell if desk.panel is None else None
    return score_header(
        m, live.total, cells, title=live.headline, note=live.detail, focus=focus, on_cell=on_cell, aside=aside
    )


def _saved(m: Metrics, desk: Desk, live: Live, head: ft.Control) -> ft.Control:
    assert desk.panel is not None
    steps = after.steps(m, desk, desk.panel)
    if m.phone or m.height < _LOW:
        body: ft.Control = ft.Column([steps], scroll=ft.ScrollMode.HIDDEN, expand=True, horizontal_alignment=STRETCH)
        return col(head, body, after.foot(m, desk), gap=0, expand=True)
    body = scroll(m, *entries(m, desk, live, still=True))
    return col(head, body, steps, after.foot(m, desk), gap=0, expand=True)


def _notices(m: Metrics, desk: Desk) -> tuple[ft.Control, ...]:
    recording, now = desk.form.recording, desk.session.now()
    if recording.amends is not None:
        said = "Both versions stay in the timeline, with the reason you give."
        return (notice(m, "primary", I.EDIT_OUTLINED, "Correcting a saved set", said, identifier="amending"),)
    if not desk.restored or desk.opened_kept is None:
        return ()
    when = day_and_time(desk.opened_kept, now)
    if now - desk.opened_kept < STALE:
        return ()
    said = f"Last typed {when}. Measure again what may have changed, or discard it below."
    return (notice(m, "attention", I.HISTORY_ROUNDED, "Your unsaved set", said, identifier="restored"),)


def _dialog(m: Metrics, desk: Desk) -> ft.AlertDialog | None:
    match desk.sheet:
        case "unmeasured":
            return why_dialog(m, desk)
        case "discard":
            return discard_dialog(m, "set", desk.discard, desk.close_sheet)
        case "reason":
            sentence = "Say why this set is corrected. Both versions stay in the timeline."
            return reason_dialog(m, "Correct this set", sentence, "Save correction", desk.corrected, desk.close_sheet)
        case _:
            return None


def _nothing() -> None:
    """Nothing to do when the screen opens."""
