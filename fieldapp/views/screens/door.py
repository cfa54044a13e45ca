"""The frame of the screens before anybody is signed in: a blue head, a narrow column."""

from __future__ import annotations

import flet as ft

from fieldapp.views import theme as t
from fieldapp.views.controls.layout import Maybe, box, col, fill, row
from fieldapp.views.controls.text import heading, icon, text
from fieldapp.views.metrics import Metrics

COLUMN = 520


def door(m: Metrics, glyph: ft.IconData, title: str, note: str, aside: str, *parts: Maybe) -> ft.Control:
    """A whole window. `aside` is the time; no patient is on it."""
    mark = ft.Container(
        icon(glyph, t.ON_BANNER, 28),
        width=m.px(56),
        height=m.px(56),
        border_radius=t.R_CONTROL,
        bgcolor=ft.Colors.with_opacity(0.14, t.ON_BANNER),
        alignment=ft.Alignment.CENTER,
    )
    words = col(heading(title, "title", t.ON_BANNER), text(note, "body", t.BANNER_MUTED) if note else None, gap=0)
    time = text(aside, "value", t.ON_BANNER, no_wrap=True) if aside and not (m.phone and m.large_text) else None
    head = ft.Container(
        row(None if m.phone and m.large_text else mark, fill(words), time, gap=t.S4),
        bgcolor=t.BANNER,
        padding=ft.Padding.symmetric(horizontal=m.gutter if m.phone else 40, vertical=16 if m.phone else 32),
    )
    inside = ft.Container(
        col(*parts, gap=t.S4),
        width=min(m.px(COLUMN), m.width - 2 * m.gutter),
        padding=ft.Padding.symmetric(vertical=24),
    )
    body = ft.Column(
        [ft.Row([inside], alignment=ft.MainAxisAlignment.CENTER)],
        scroll=ft.ScrollMode.HIDDEN,
        expand=True,
        horizontal_alignment=ft.CrossAxisAlignment.STRETCH,
    )
    return col(head, body, gap=0, expand=True)


def promise(words: str) -> ft.Control:
    """What the reader may rely on."""
    ground, ink = t.tone("done")
    return box(row(icon(ft.Icons.SHIELD_OUTLINED, ink, 24), text(words, "body", ink, expand=True), gap=t.S3), ground)
