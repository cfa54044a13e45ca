"""A journey to scale: time to spare, the drive, the visit's window."""

from __future__ import annotations

import flet as ft

from fieldapp.views import theme as t
from fieldapp.views.controls.layout import col, row
from fieldapp.views.controls.marks import chip
from fieldapp.views.controls.press import silent
from fieldapp.views.controls.text import text
from fieldapp.views.metrics import Metrics

_LEAST = 0.14  # of the bar, so that a short part keeps its words


def minutes(n: int) -> str:
    """Under an hour "12 min", else "1hr 47min", zeros left out."""
    if n < 60:
        return f"{n} min"
    return f"{n // 60}hr {n % 60}min" if n % 60 else f"{n // 60}hr"


def travel_bar(
    m: Metrics, *, now: str, leave_by: str, start: str, end: str, spare: int, drive: int, window: int
) -> ft.Control:
    """Times are London clock times ("14:18"); `spare` (negative when late), `drive`, `window` are minutes.

    On a phone and in large type it is one chip, as the bar's words would not fit.
    """
    late = spare < 0
    left = f"{minutes(-spare)} late" if late else f"{minutes(spare)} to spare"
    if m.phone:
        first = "Should have left" if late else "Leave by"
        return chip(f"{first} {leave_by}, {left}", "danger" if late else "done", ft.Icons.DIRECTIONS_CAR_OUTLINED)
    total = max(1, max(0, spare) + drive + window)
    shares = [max(n / total, _LEAST) for n in (max(0, spare), drive, window)]
    if late:
        shares[0] = 0.22
    weights = [round(s * 100) for s in shares]
    soft, on_soft = t.tone("danger" if late else "done")

    def part(share: int, ground: ft.ColorValue, words: str, ink: ft.ColorValue) -> ft.Control:
        inside = text(words, "label", ink, no_wrap=True)
        return ft.Container(inside, expand=share, height=m.px(28), bgcolor=ground, alignment=ft.Alignment.CENTER)

    bar = ft.Container(
        row(
            part(weights[0], soft, left, on_soft),
            part(weights[1], t.PRIMARY_SOFT, f"{minutes(drive)} drive", t.ON_PRIMARY_SOFT),
            part(weights[2], t.PRIMARY, "Window", t.ON_PRIMARY),
            gap=2,
        ),
        border_radius=8,
        clip_behavior=ft.ClipBehavior.ANTI_ALIAS,
    )

    def mark(words: str, share: int, strong: bool = False) -> ft.Control:
        inside = text(words, "label" if strong else "caption", t.INK if strong else t.MUTED, no_wrap=True)
        return ft.Container(inside, expand=share)

    ends = row(text(start, "caption", t.MUTED, expand=True), text(end, "caption", t.MUTED))
    marks = row(
        mark(f"{now} now", weights[0]),
        mark(f"Leave by {leave_by}", weights[1], strong=True),
        ft.Container(ends, expand=weights[2]),
        gap=2,
    )
    said = f"Leave by {leave_by}, {left}. {minutes(drive)} drive. Window {start} to {end}."
    return ft.Semantics(label=said, content=silent(col(bar, marks, gap=t.S1)))
