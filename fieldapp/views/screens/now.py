"""The tab *Now*: what is dangerous, the score and its course, what is due, the latest observations."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import Final

import flet as ft

from fieldapp.usecases import chart, plan_form
from fieldapp.usecases.chart import Due, OpenConflict, ScoreNow, ScorePoint
from fieldapp.views import theme as t
from fieldapp.views.controls.banner import danger_strip
from fieldapp.views.controls.charts import bp_marks, spark
from fieldapp.views.controls.layout import CENTER, START, Maybe, card, col, fill, grid, lines, row, rows, scroll, wrap
from fieldapp.views.controls.lists import alert, reading_row, reading_tile, task_row
from fieldapp.views.controls.marks import chip, points, score_tile
from fieldapp.views.controls.score import points_list
from fieldapp.views.controls.text import heading, icon, section, text
from fieldapp.views.controls.trend import Reading, ScoreChart
from fieldapp.views.loading import use_loaded
from fieldapp.views.metrics import Metrics
from fieldapp.views.model import AppModel
from fieldapp.views.navigation import RecordObservations, SettleConflict
from fieldapp.views.screens.patient_frame import dangers_of, medicine_words
from fieldapp.views.screens.waiting import counted, waiting

I = ft.Icons  # noqa: E741
_DUE: Final[dict[str, ft.IconData]] = {
    "medicine": I.VACCINES_OUTLINED,
    "observations": I.MONITOR_HEART_OUTLINED,
    "intervention": I.MEDICAL_SERVICES_OUTLINED,
    "visit": I.GROUPS_OUTLINED,
}
_IN_STRIP: Final = frozenset({"allergies", "escalation"})
"""Statements whose two versions the danger strip shows already."""
_WINDOWS: Final = (48, 7 * 24, 28 * 24, 180 * 24)
"""Hours that the chart may show: the shortest that holds two totals."""


@ft.component
def Now(app: AppModel, m: Metrics, patient: str, tail: float) -> ft.Control:
    """`m` are the measures of the body; `tail` px stay free at its end."""
    loaded = use_loaded(app, lambda session: (chart.now(session, patient), session.now()), patient)
    if loaded.value is None:
        return waiting(m, loaded.problem)
    now, at = loaded.value
    found, targets = dangers_of(now.banner)

    def open_danger(i: int) -> None:
        target = targets[i]
        if target is not None:
            app.open(target)

    def record() -> None:
        app.open(RecordObservations(patient, now.visit.record if now.visit else None))

    due: list[Maybe] = [section("Due today", counted(len(now.due), "thing")), due_rows(m, now.due, record)]
    if not now.due:
        due = [section("Due today"), _quiet("Nothing is due today.")]
    latest = [_titled(m, "Latest observations", now.taken or ""), readings(m, now)]
    rest = [*due, *latest] if m.phone else [*latest, *due]
    return scroll(
        m,
        danger_strip(m, found, open_danger),
        *[_conflict(app, m, c, i) for i, c in enumerate(now.conflicts) if not set(c.paths) <= _IN_STRIP],
        score_card(m, now.score, now.trend, at),
        *rest,
        tail=tail,
    )


def _titled(m: Metrics, title: str, note: str) -> ft.Control:
    """A section's heading with a longer remark: beside it on a tablet, under it where there is no room."""
    said = text(note, "caption", t.MUTED) if note else None
    if m.phone or m.large_text:
        return col(heading(title), said, gap=0)
    return row(heading(title), text(note, "caption", t.MUTED, expand=True, align=ft.TextAlign.RIGHT))


def _conflict(app: AppModel, m: Metrics, conflict: OpenConflict, i: int) -> ft.Control:
    return alert(
        m,
        "attention",
        I.CALL_SPLIT_ROUNDED,
        f"{conflict.what}: 2 versions" if conflict.what else "2 versions",
        "Settle",
        "Two people changed it apart. What stood before is shown until somebody decides",
        lambda: app.open(SettleConflict(conflict.record)),
        identifier=f"settle-{i}",
    )


def score_card(m: Metrics, score: ScoreNow, trend: Sequence[ScorePoint], now: datetime) -> ft.Control:
    """The latest NEWS2: what it asks for, what made it, when to look again; or why there is none."""
    if score.total is None and score.response == "NEWS2 not used":
        words = fill(col(heading(score.response), text(score.detail), gap=t.S1))
        return card(row(icon(I.INFO_OUTLINE_ROUNDED, t.MUTED, 28), words, gap=t.S4, align=START))
    both = None
    if score.recorded is not None:
        computed = f", computed {score.total}" if score.total is not None else ""
        both = chip(f"{score.recorded}{computed}", "attention", I.CALL_SPLIT_ROUNDED)
    again = None
    if score.recheck is not None:
        again = chip(score.recheck, "danger" if score.recheck_overdue else "attention", I.SCHEDULE_ROUNDED)
    words = lines(heading(score.response), text(score.detail, "caption", t.MUTED), again, both, gap=t.S1)
    made: Maybe = points_list(m, score.scored) if score.scored and not m.phone else None
    head = row(score_tile(m, score.total, 64 if m.tiny else 88), fill(words), made, gap=t.S4, align=CENTER)
    under = None
    if m.phone and score.scored:
        under = wrap(*[row(points(m, n, 24), text(name, "caption"), tight=True) for name, n in score.scored], gap=t.S3)
    hours = window(trend, now)
    course = tuple(Reading(point.at, point.total) for point in trend)
    drawn = ScoreChart(m, course, now, hours) if hours is not None else None
    return card(col(head, drawn, under, gap=t.S3))


def window(trend: Sequence[ScorePoint], now: datetime) -> float | None:
    """Hours the chart goes back; None where even half a year holds fewer than two totals."""
    for hours in _WINDOWS:
        if sum(now - timedelta(hours=hours) <= point.at <= now for point in trend) > 1:
            return hours
    return None


def readings(m: Metrics, now: chart.Now) -> ft.Control:
    """The latest value of each measurement, its course and the one before; an older one says when it was taken."""
    if not now.readings:
        return _quiet("No observations yet. They appear here once the first set is recorded.")
    used = now.score.total is not None or bool(now.score.scored)
    made = [_reading(m, each, used, each.at == now.taken_at) for each in now.readings]
    if m.phone:
        return rows(*made)
    return grid(made, 4 if m.width >= 1000 and not m.large_text else 3)


def _reading(m: Metrics, each: chart.Reading, used: bool, newest: bool) -> ft.Control:
    values = [value for _, value in each.series]
    if each.lower and len(each.lower) == len(each.series):
        pairs = [(int(s), int(d)) for (_, s), (_, d) in zip(each.series, each.lower, strict=True)]
        curve = bp_marks(m, pairs[-6:]) if len(pairs) > 1 else None
    else:
        curve = spark(m, values[-6:]) if len(values) > 1 else None
    before = f"was {each.was}" if each.was and not newest else each.was
    was = " · ".join(filter(None, (each.note, None if newest else f"Taken {each.when}", before)))
    make = reading_row if m.phone else reading_tile
    scored = used and each.name not in ("pain", "glucose", "weight")
    return make(m, each.label, each.value, each.unit, each.points, was or "No earlier value", curve, is_scored=scored)


def due_rows(m: Metrics, due: Sequence[Due], on_record: Callable[[], None]) -> ft.Control:
    """What is due today, in the order of time; observations open their form."""
    return rows(*[_due(m, each, i, on_record) for i, each in enumerate(due)])


def _due(m: Metrics, each: Due, i: int, on_record: Callable[[], None]) -> ft.Control:
    what: ft.Control = text(each.what, expand=True)
    if each.medicine is not None:
        what = medicine_words(plan_form.line(each.medicine))
    said = ", ".join((each.when, each.what, each.soon))
    press = on_record if each.kind == "observations" else None
    return task_row(m, _DUE[each.kind], each.when, what, each.soon, each.tone, press, label=said, identifier=f"due-{i}")


def _quiet(sentence: str) -> ft.Control:
    return card(text(sentence, "body", t.MUTED))
