"""Compositions like the real screens', to judge the controls together."""

from __future__ import annotations

from datetime import timedelta

import flet as ft

from fieldapp.views import theme as t
from fieldapp.views.controls.banner import banner, danger_line, danger_strip, pane_header
from fieldapp.views.controls.charts import bp_marks, spark
from fieldapp.views.controls.layout import (
    card,
    col,
    dock,
    even,
    fact,
    fill,
    grid,
    lines,
    row,
    rows,
    scroll,
    wrap,
)
from fieldapp.views.controls.lists import (
    alert,
    filter_chip,
    reading_row,
    reading_tile,
    tabs,
    task_row,
)
from fieldapp.views.controls.marks import avatar, chip, freshness, news2_badge, score_tile, tag
from fieldapp.views.controls.press import button, icon_button
from fieldapp.views.controls.score import points_list
from fieldapp.views.controls.text import THIN, Part, heading, rich, section, text
from fieldapp.views.controls.travel import travel_bar
from fieldapp.views.controls.trend import Mark, ScoreChart, TargetChart
from fieldapp.views.hooks import use_state
from fieldapp.views.metrics import Metrics
from fieldapp.views.shell import Place, body_metrics, detail_metrics, frame, list_metrics, split
from tests.browser.gallery.people import BP, CRISIS, DANGERS, DIED, DOT, LONG, NOW, SPO2, TREND, chrome

I = ft.Icons  # noqa: E741


def nothing() -> None: ...


def nowhere(_: Place) -> None: ...


def urgent(m: Metrics) -> ft.Control:
    cells = [
        alert(
            m,
            "danger",
            I.TIMER_OUTLINED,
            "UCR 2-hour clock",
            "1hr 47min",
            "OKAFOR, Grace (Mrs)",
            nothing,
            detail="by 15:49",
            short="UCR clock",
            left=0.89,
        ),
        alert(
            m,
            "attention",
            I.MONITOR_HEART_OUTLINED,
            "NEWS2 recheck due",
            "in 38 min",
            "HARGREAVES, Dorothy (Mrs)",
            nothing,
            detail="score 5",
            short="NEWS2 recheck",
        ),
        alert(
            m,
            "attention",
            I.CALL_SPLIT_ROUNDED,
            "Conflict to settle",
            "2 versions",
            "HARGREAVES, Dorothy (Mrs)",
            nothing,
            short="Conflict",
        ),
        alert(
            m,
            "primary",
            I.CHAT_BUBBLE_OUTLINE_ROUNDED,
            "Message from a patient",
            "13:40",
            "PATEL, Suresh (Mr)",
            nothing,
            short="Message",
        ),
    ]
    return col(*cells, gap=t.S1) if m.phone else grid(cells, 2)


def visit(m: Metrics, time: str, end: str, who: str, why: str, score: int | None, late: bool = False) -> ft.Control:
    ink = t.DANGER if late else t.INK
    when = ft.Container(
        col(text(time, "heading", ink), text(end, "caption", ink if late else t.MUTED), gap=0), width=m.px(60)
    )
    marks = wrap(
        news2_badge(m, score) if m.phone else None,
        chip("32 min late", "danger", I.SCHEDULE_ROUNDED) if late else None,
        tag("Home Ward: heart failure"),
    )
    main = col(
        text(who, "strong"), text(why, "caption", t.MUTED), ft.Container(marks, margin=ft.Margin.only(top=4)), gap=0
    )
    right = None if m.phone else news2_badge(m, score)
    return ft.Container(
        row(when, fill(main), right, gap=t.S3, align=ft.CrossAxisAlignment.START),
        padding=12,
        ink=True,
        on_click=nothing,
    )


def leading(m: Metrics) -> ft.Control:
    top = ft.Row(
        [text("Next visit", "strong", t.PRIMARY), text("14:30–15:00", "heading")],
        alignment=ft.MainAxisAlignment.SPACE_BETWEEN,
        wrap=True,
    )
    chips = wrap(
        news2_badge(m, 5),
        tag("Home Ward: respiratory"),
        chip("Large print, left hearing aid", "primary", I.FLAG_OUTLINED),
    )
    go = button(m, "On my way", nothing, glyph=I.NAVIGATION_OUTLINED, expand=True)
    if m.phone:
        acts = row(
            icon_button(m, I.CALL_OUTLINED, "Call", nothing, color=t.PRIMARY, bgcolor=t.PRIMARY_SOFT, size=t.ACTION),
            icon_button(
                m, I.MAP_OUTLINED, "Directions", nothing, color=t.PRIMARY, bgcolor=t.PRIMARY_SOFT, size=t.ACTION
            ),
            go,
        )
    else:
        acts = row(
            button(m, "Call", nothing, "secondary", I.CALL_OUTLINED),
            button(m, "Directions", nothing, "secondary", I.DIRECTIONS_CAR_OUTLINED),
            go,
        )
    return card(
        col(
            top,
            col(heading(DOT.name, "title"), text("83y, female · known as Dot", "caption", t.MUTED), gap=0),
            chips,
            col(
                fact(I.MEDICAL_SERVICES_OUTLINED, "Ceftriaxone dose 3 of 5, observations, cannula check"),
                fact(I.PLACE_OUTLINED, "14 Ashgrove Terrace, Leeds, LS8 4PQ"),
                gap=4,
            ),
            travel_bar(m, now="14:02", leave_by="14:18", start="14:30", end="15:00", spare=16, drive=12, window=30),
            acts,
            gap=t.S3,
        ),
        padding=t.S4 if m.phone else t.S5,
        edge=t.PRIMARY,
        width=2,
    )


@ft.component
def Today(m: Metrics) -> ft.Control:
    b = list_metrics(m) if m.wide else body_metrics(m)
    run = rows(
        visit(b, "13:00", "13:30", "PATEL, Suresh (Mr)", "Observations, weight, diuretic review", 3, late=True),
        visit(b, "15:15", "15:45", "OKAFOR, Grace (Mrs)", "Fall, no obvious injury: first assessment", None),
        visit(b, "17:45", "18:15", "MURPHY, Patrick (Mr)", "Reablement session 9, week 3 of 6", 0),
    )
    head = ft.Row(
        [
            lines(heading("Today", "value"), text("Tue 24-Nov-2026 · 9 visits, 3 done", "caption", t.MUTED)),
            freshness(m, 3, "14:02", nothing),
        ],
        alignment=ft.MainAxisAlignment.SPACE_BETWEEN,
        wrap=True,
        run_spacing=t.S2,
    )
    c = chrome("today", nowhere, nothing)
    if not m.wide:
        return frame(m, c, scroll(b, head, urgent(b), leading(b), section("Then", "5 visits, ends about 18:15"), run))
    d = detail_metrics(m)
    right = col(
        pane_header(d, DOT, tag("Home Ward: respiratory")),
        scroll(d, danger_strip(d, DANGERS), leading(d), score_card(d)),
        dock(d, button(d, "Call", nothing, "secondary", I.CALL_OUTLINED), button(d, "On my way", nothing, expand=True)),
        gap=0,
        expand=True,
    )
    return frame(m, c, split(m, scroll(b, head, urgent(b), run), right))


def score_card(m: Metrics) -> ft.Control:
    words = col(
        text("Urgent response", "heading"),
        text("13:40, 22 min ago · was 6 at 08:12", "caption", t.MUTED),
        chip("Recheck 14:40, in 38 min", "attention", I.SCHEDULE_ROUNDED),
        gap=t.S1,
    )
    made = None if m.phone else points_list(m, [("Respiration rate", 2), ("Air or oxygen", 2), ("Pulse", 1)])
    return card(col(row(score_tile(m, 5), fill(words), made, gap=t.S4), ScoreChart(m, TREND, NOW), gap=t.S3))


READINGS = (
    ("Respiration rate", "22", "/min", 2, "20 at 08:12"),
    ("SpO₂, scale 2", "90", "%", 0, "89 at 08:12"),
    ("Air or oxygen", "1", "L/min", 2, "1 at 08:12"),
    ("Blood pressure", "128/74", "mmHg", 0, "132/76 at 08:12"),
    ("Consciousness", "Alert", "", 0, "Alert at 08:12"),
    ("Temperature", "37.8", "°C", 0, "38.0 at 08:12"),
)


def _now(m: Metrics, who: object) -> ft.Control:
    b = body_metrics(m)
    tab, set_tab = use_state(0)
    curve = (84.0, 92.0, 108.0, 98.0, 88.0, 94.0)
    if b.phone:
        latest = rows(
            *[
                reading_row(b, n, v, u, p, w, bp_marks(b, BP) if "/" in v else spark(b, curve))
                for n, v, u, p, w in READINGS
            ]
        )
    else:
        latest = grid(
            [
                reading_tile(b, n, v, u, p, w, bp_marks(b, BP) if "/" in v else spark(b, curve))
                for n, v, u, p, w in READINGS
            ],
            3,
        )
    dose = rich(
        Part("ceftriaxone", "strong"),
        Part(" – DOSE "),
        Part(f"2{THIN}g", "strong"),
        Part(" – intravenous – dose 3 of 5"),
        expand=True,
    )
    due = rows(
        task_row(b, I.VACCINES_OUTLINED, "14:30", dose, "in 28 min", "attention", nothing),
        task_row(
            b,
            I.MONITOR_HEART_OUTLINED,
            "14:40",
            text("Observations and NEWS2", expand=True),
            "in 38 min",
            "attention",
            nothing,
        ),
        task_row(
            b, I.MEDICAL_SERVICES_OUTLINED, "Today", text("Cannula check, left forearm, day 2", expand=True), "Once"
        ),
    )
    parts = (
        danger_strip(b, DANGERS),
        score_card(b),
        section("Latest observations", "13:40, Leanne Brook"),
        latest,
        section("Due today", "3 things"),
        due,
    )
    c = chrome("patients", nowhere, nothing)
    top = banner(m, who, nothing)  # type: ignore[arg-type]
    body = col(
        tabs(b, ("Now", "Plan", "Timeline"), tab, set_tab),
        scroll(b, *parts, tail=72 if b.phone else 0),
        gap=0,
        expand=True,
    )
    if m.phone:
        return frame(m, c, body, top=top, over=button(m, "Record", nothing, glyph=I.ADD_ROUNDED))
    foot = dock(
        b,
        button(m, "Record something else", nothing, "secondary"),
        button(m, "Record observations", nothing, glyph=I.ADD_ROUNDED, expand=True),
    )
    return frame(m, c, body, top=top, bottom=foot)


@ft.component
def Now(m: Metrics) -> ft.Control:
    return _now(m, DOT)


@ft.component
def LongName(m: Metrics) -> ft.Control:
    return _now(m, LONG)


@ft.component
def Charts(m: Metrics) -> ft.Control:
    b = body_metrics(m)
    marks = (Mark(SPO2[2].at, "A. Khan saw"), Mark(SPO2[3].at, "Dr Mensah saw"))
    target = TargetChart(b, SPO2, 88, 92, SPO2[0].at - timedelta(minutes=20), NOW, marks, "%")
    body = scroll(
        b,
        danger_line(DANGERS),
        row(*[filter_chip(b, x, x == "All", nothing) for x in ("All", "Notes", "Visits")]),
        card(ScoreChart(b, CRISIS, NOW)),
        card(ScoreChart(b, (), NOW)),
        card(target),
        card(travel_bar(b, now="14:25", leave_by="14:18", start="14:30", end="15:00", spare=-7, drive=12, window=30)),
        card(row(avatar(b, "AK", 48), spark(b, (1, 5, 3), 120, 48), bp_marks(b, BP, 112, 48))),
        even(card(text("One")), card(text("Two"))),
    )
    return frame(m, chrome("patients", nowhere, nothing), body, top=banner(m, DIED, nothing))
