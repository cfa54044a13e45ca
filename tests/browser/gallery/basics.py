"""Words, marks, buttons, choices."""

from __future__ import annotations

import flet as ft

from fieldapp.views.controls.layout import card, col, even, fact, pair, row, rows, scroll, wrap
from fieldapp.views.controls.marks import avatar, chip, freshness, news2_badge, points, score_tile, tag
from fieldapp.views.controls.press import button, icon_button, segmented, switch_row
from fieldapp.views.controls.text import announce, heading, quantity, section, text
from fieldapp.views.hooks import use_state
from fieldapp.views.metrics import Metrics
from fieldapp.views.shell import Chrome, Place, frame

I = ft.Icons  # noqa: E741


@ft.component
def Basics(m: Metrics) -> ft.Control:
    said, say = use_state("Nothing pressed")
    place, set_place = use_state("today")
    chosen, choose = use_state(0)
    on, set_on = use_state(True)

    def pressed(what: str) -> None:
        say(f"Pressed {what}")

    def go(p: Place) -> None:
        set_place(p)

    marks = card(
        col(
            wrap(
                *[
                    chip(k.capitalize(), k, I.SCHEDULE_ROUNDED)
                    for k in ("neutral", "primary", "done", "attention", "danger")
                ]
            ),
            wrap(*[news2_badge(m, n) for n in (0, 3, 5, 7, 20, None)]),
            wrap(
                *[points(m, n) for n in (None, 0, 1, 2, 3)],
                tag("Home Ward: respiratory"),
                avatar(m, "AK"),
                avatar(m, "SM", chosen=True),
            ),
            wrap(*[score_tile(m, n) for n in (None, 0, 4, 6, 11)], score_tile(m, 5, 64)),
            wrap(quantity("37.8", "°C"), quantity("90", "%", "title"), quantity("128/74", "mmHg", "display")),
        )
    )
    kinds = ("primary", "secondary", "soft", "quiet", "danger")
    actions = card(
        col(
            wrap(*[button(m, k.capitalize(), lambda k=k: pressed(k), k) for k in kinds]),
            wrap(
                button(m, "Not yet", None),
                button(m, "With icon", lambda: pressed("icon"), glyph=I.ADD_ROUNDED, height=48, identifier="with-icon"),
            ),
            row(
                icon_button(m, I.CALL_OUTLINED, "Call", lambda: pressed("call")),
                icon_button(m, I.ARROW_BACK_ROUNDED, "Back", lambda: pressed("back"), identifier="back"),
                button(m, "Save observations", lambda: pressed("save"), expand=True, spoken="Save observations of Dot"),
            ),
            segmented(m, ["Air", "Oxygen"], chosen, choose, name="Air or oxygen", identifier="air"),
            segmented(m, ["Alert", "Confused", "Voice", "Pain", "Unresponsive"], None, choose, name="Consciousness"),
            switch_row(
                "Scale 2, target 88–92%",
                "Authorised by Dr S. Mensah, 19-Nov-2026 16:20",
                on,
                set_on,
                identifier="scale",
            ),
            announce(said, identifier="said"),
        )
    )
    body = scroll(
        m,
        row(ft.Container(heading("Basics", "value"), expand=True), freshness(m, 3, "14:02", lambda: pressed("sync"))),
        row(freshness(m, 0, "14:02", lambda: pressed("sync"))),
        marks,
        section("Actions", "5 kinds"),
        actions,
        rows(
            fact(I.PLACE_OUTLINED, "14 Ashgrove Terrace"),
            pair("Data as at", "14:02, 45 min ago"),
            pair("Patients", "58 of 58"),
        ),
        even(card(text("One")), card(text("Two, of more words than one, so that it wraps")), card(text("Three"))),
    )
    chrome = Chrome(place, 3, "14:02", "AK", "Amira Khan", go, lambda: pressed("lock"))  # type: ignore[arg-type]
    return frame(
        m, chrome, body, over=button(m, "Record", lambda: pressed("record"), glyph=I.ADD_ROUNDED) if m.phone else None
    )
