"""Recording observations, and what follows a high score, as compositions."""

from __future__ import annotations

import flet as ft

from fieldapp.views import theme as t
from fieldapp.views.controls.banner import banner
from fieldapp.views.controls.charts import bp_marks
from fieldapp.views.controls.following import Following, anchored
from fieldapp.views.controls.layout import (
    card,
    col,
    fill,
    panel,
    row,
    rows,
    scroll,
)
from fieldapp.views.controls.lists import (
    alarm,
    entry_row,
    step_row,
)
from fieldapp.views.controls.marks import freshness
from fieldapp.views.controls.pad import Key, pad, pad_panel, prompt, question, save_row
from fieldapp.views.controls.press import segmented, switch_row
from fieldapp.views.controls.score import ScoreCell, score_header
from fieldapp.views.controls.text import text
from fieldapp.views.hooks import use_state
from fieldapp.views.metrics import Metrics
from tests.browser.gallery.people import BP, DOT
from tests.browser.gallery.screens import nothing

I = ft.Icons  # noqa: E741

CELLS = (
    ScoreCell("Resp", "Respiration", 2),
    ScoreCell("SpO₂", "SpO₂", 0),
    ScoreCell("O₂", "Oxygen", 2),
    ScoreCell("BP", "Systolic", 1),
    ScoreCell("Pulse", "Pulse"),
    ScoreCell("Consc", "Consciousness"),
    ScoreCell("Temp", "Temperature"),
)


@ft.component
def Record(m: Metrics) -> ft.Control:
    typed, set_typed = use_state("6")

    def key(k: Key) -> None:
        set_typed(lambda v: v[:-1] if k == "back" else v + k if k.isdigit() else v)

    asking = typed.endswith("00")
    pick = segmented(m, ["Air", "Oxygen"], 1, lambda _: None, name="Air or oxygen", identifier="air")
    words = ["Alert", "Confused", "Voice", "Pain", "Unresponsive"]
    mind = segmented(m, list("ACVPU") if m.phone else words, None, lambda _: None, name="Consciousness", spoken=words)
    scale = switch_row("Scale 2, target 88–92%", "Authorised by Dr S. Mensah, 19-Nov-2026 16:20", True, None)
    entries = rows(
        entry_row(m, "Respiration rate", "Last 22 at 13:40", "24", "/min", 2, on_click=nothing),
        entry_row(m, "Oxygen saturation", "Last 90 at 13:40", "89", "%", 0, below=scale, on_click=nothing),
        entry_row(
            m,
            "Air or oxygen",
            "Last 1 L/min at 13:40",
            "2",
            "L/min",
            2,
            picker=pick,
            picker_width=208,
            on_click=nothing,
        ),
        anchored(
            entry_row(
                m,
                "Blood pressure",
                "Last 128/74 at 13:40",
                f"108/{typed}",
                "mmHg",
                1,
                focused=True,
                on_click=nothing,
                identifier="entry-bp",
            ),
            "bp",
        ),
        anchored(entry_row(m, "Pulse", "Last 94 at 13:40", "", "/min", None, on_click=nothing), "pulse"),
        entry_row(m, "Consciousness", "Last Alert at 13:40", "", "", None, picker=mind, absent="", on_click=nothing),
        entry_row(m, "Temperature", "Last 37.8 at 13:40", "", "°C", None, on_click=nothing),
    )
    curve = row(
        bp_marks(m, BP, 112, 48),
        fill(col(text("116–132 over 66–76", "label"), text("since Sunday", "caption", t.MUTED), gap=0)),
        gap=t.S3,
    )
    ask = (
        question(
            m,
            "Systolic 300 mmHg?",
            "Last was 128 at 13:40. Over 250 is rare. Kept as typed until you choose.",
            "Change it",
            lambda: set_typed("6"),
            "300 is right",
            nothing,
        )
        if asking
        else prompt(
            m,
            "Blood pressure, diastolic",
            typed,
            "mmHg",
            "Last 128/74 at 13:40",
            before="108/",
            history=curve,
            on_unmeasured=nothing,
            short="Diastolic",
        )
    )
    note = "3 missing: no total" if m.phone else "Draft kept on this tablet, 14:38. 3 missing: saves without a total"
    foot = save_row(m, note, "Save observations", nothing, nothing)
    sheet = panel(m, pad_panel(m, ask, pad(m, key, "Next: pulse", None if asking else nothing), foot))
    head = score_header(m, None, CELLS, focus=3, on_cell=lambda _: None, aside=freshness(m, 3, "14:02", nothing))
    return col(banner(m, DOT, nothing), head, Following(m, (entries,), "bp"), sheet, gap=0, expand=True)


@ft.component
def Alarm(m: Metrics) -> ft.Control:
    steps = col(
        step_row(
            m, 1, "Call 999", "Emergency transfer, as her plan allows", "Call 999", nothing, "danger", I.CALL_OUTLINED
        ),
        step_row(
            m,
            2,
            "Call the duty consultant",
            "Dr S. Mensah, 0113 496 0172, until 20:00",
            "Call",
            nothing,
            "primary",
            I.CALL_OUTLINED,
        ),
        step_row(
            m,
            3,
            "Stay with Dot",
            "Repeat all seven at 14:56, then every 15 min",
            "Start timer",
            nothing,
            glyph=I.TIMER_OUTLINED,
        ),
        gap=0,
    )
    full = tuple(ScoreCell(c.short, c.label, 1) for c in CELLS)
    head = score_header(
        m, 7, full, title="Emergency response", note="Was 5 at 13:40. All seven recorded 14:41", on_cell=lambda _: None
    )
    return col(
        banner(m, DOT, nothing),
        head,
        scroll(
            m, alarm(m, "NEWS2 is 7: act now", "Home Ward East escalation policy, signed off 02-Sep-2026"), card(steps)
        ),
        gap=0,
        expand=True,
    )
