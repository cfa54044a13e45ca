"""Small marks: chips, tags, the NEWS2 badge and tile, avatars, freshness."""

from __future__ import annotations

import flet as ft

from fieldapp.views import theme as t
from fieldapp.views.controls.layout import col, row
from fieldapp.views.controls.press import OnClick, pressable, silent
from fieldapp.views.controls.text import icon, text
from fieldapp.views.metrics import Metrics

_CENTER = ft.CrossAxisAlignment.CENTER
_STRETCH = ft.CrossAxisAlignment.STRETCH
NOT_SCORED = "–"


def chip(label: str, kind: t.Tone = "neutral", glyph: ft.IconData | None = None) -> ft.Control:
    """A fact that needs you. As wide as its words, even in a stretched column."""
    ground, ink = t.tone(kind)
    words = ft.Container(text(label, "label", ink), expand=True, expand_loose=True)
    inside = ft.Container(
        row(icon(glyph, ink, 16) if glyph else None, words, gap=t.S1, tight=True),
        bgcolor=ground,
        padding=ft.Padding.symmetric(vertical=4, horizontal=8),
        border_radius=t.R_CHIP,
        expand=True,
        expand_loose=True,
    )
    return row(inside, tight=True)


def tag(label: str) -> ft.Control:
    """A quiet chip: where this person belongs, not what is wrong."""
    inside = ft.Container(
        text(label, "label", t.MUTED),
        padding=ft.Padding.symmetric(vertical=3, horizontal=8),
        border_radius=t.R_CHIP,
        border=ft.Border.all(1, t.LINE),
        expand=True,
        expand_loose=True,
    )
    return row(inside, tight=True)


def news2_badge(m: Metrics, total: int | None, absent: str = "No NEWS2 yet") -> ft.Control:
    """The word and the number, the number on the chart's colour. Without a total, `absent` says why, never 0."""
    if total is None:
        return text(absent, "caption", t.MUTED)
    ground, ink = t.NEWS2[t.band(total)]
    word = ft.Container(
        text("NEWS2", "label", t.MUTED), bgcolor=t.SUNKEN, padding=ft.Padding.symmetric(vertical=4, horizontal=8)
    )
    number = ft.Container(
        text(str(total), "strong", ink), bgcolor=ground, width=m.px(36), alignment=ft.Alignment.CENTER
    )
    whole = ft.Container(
        row(word, number, gap=0, tight=True, align=_STRETCH),
        border_radius=t.R_CHIP,
        border=ft.Border.all(1, t.EDGE),
        clip_behavior=ft.ClipBehavior.ANTI_ALIAS,
    )
    return ft.Semantics(label=f"NEWS2 {total}", exclude_semantics=True, content=row(whole, tight=True))


def points_words(value: int | None) -> str:
    """The points as they are read aloud."""
    return "Not scored" if value is None else f"{value} point" if value == 1 else f"{value} points"


def points(m: Metrics, value: int | None, size: float = 28) -> ft.Control:
    """The points of one reading, 0-3; a dash before it is scored."""
    ground, ink = t.NEWS2[value] if value is not None else (None, t.MUTED)
    cell = ft.Container(
        text(NOT_SCORED if value is None else str(value), "label", ink),
        width=m.px(size),
        height=m.px(size),
        border_radius=6,
        bgcolor=ground,
        alignment=ft.Alignment.CENTER,
        border=ft.Border.all(1, t.EDGE),
    )
    return ft.Semantics(label=points_words(value), exclude_semantics=True, content=cell)


def score_tile(m: Metrics, total: int | None, size: float = 88) -> ft.Control:
    """The NEWS2 total, large. A dash while it is incomplete."""
    ground, ink = (t.SUNKEN, t.MUTED) if total is None else t.NEWS2[t.band(total)]
    figure = text(NOT_SCORED if total is None else str(total), "display" if size >= 80 else "value", ink)
    tile = ft.Container(
        col(text("NEWS2", "label", ink), figure, gap=0, align=_CENTER),
        bgcolor=ground,
        border_radius=t.R_CONTROL,
        width=m.px(size),
        height=m.px(size),
        alignment=ft.Alignment.CENTER,
        border=ft.Border.all(1, t.EDGE),
    )
    said = "NEWS2 has no total yet" if total is None else f"NEWS2 {total}"
    return ft.Semantics(label=said, exclude_semantics=True, content=tile)


def avatar(m: Metrics, initials: str, size: float = 40, *, chosen: bool = False, nav: bool = False) -> ft.Control:
    """A person's initials. They say nothing aloud: the name stands beside them."""
    px = m.nav(size) if nav else m.px(size)
    name: t.TypeName = "strong" if size > 32 else "label"
    ink = t.ON_PRIMARY if chosen else t.ON_PRIMARY_SOFT
    circle = ft.Container(
        text(initials, name, ink, no_wrap=True, shrink=m.shrink(1.3) if nav else 1.0),
        width=px,
        height=px,
        border_radius=px / 2,
        bgcolor=t.PRIMARY if chosen else t.PRIMARY_SOFT,
        alignment=ft.Alignment.CENTER,
    )
    return silent(circle)


def freshness(m: Metrics, unsent: int, as_at: str, on_click: OnClick) -> ft.Control:
    """How many entries wait, and when the data were last fresh ("14:02"). A press opens Sync."""
    ground, ink = t.tone("attention" if unsent else "done")
    glyph = ft.Icons.CLOUD_UPLOAD_OUTLINED if unsent else ft.Icons.CLOUD_DONE_OUTLINED
    count = f"{unsent} unsent" if unsent else "All sent"
    inside = row(
        icon(glyph, ink, 18),
        text(count, "label", ink, no_wrap=True),
        ft.Container(width=1, height=m.px(16), bgcolor=t.EDGE),
        text(f"as at {as_at}", "label", ink, no_wrap=True),
        tight=True,
    )
    return row(
        pressable(
            inside,
            on_click,
            label=f"{count}, data as at {as_at}",
            identifier="freshness",
            bgcolor=ground,
            height=m.px(t.TARGET),
            radius=m.px(t.TARGET / 2),
            padding=ft.Padding.symmetric(horizontal=16),
            alignment=ft.Alignment.CENTER,
        ),
        tight=True,
    )
