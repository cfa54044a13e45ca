"""Columns, rows, cards and the scrolling body, spaced on the 4-point grid."""

from __future__ import annotations

from collections.abc import Iterable

import flet as ft

from fieldapp.views import theme as t
from fieldapp.views.controls.text import icon, text
from fieldapp.views.metrics import Metrics

START, CENTER, END = ft.CrossAxisAlignment.START, ft.CrossAxisAlignment.CENTER, ft.CrossAxisAlignment.END
STRETCH = ft.CrossAxisAlignment.STRETCH
BETWEEN = ft.MainAxisAlignment.SPACE_BETWEEN

Maybe = ft.Control | None


def kept(controls: Iterable[Maybe]) -> list[ft.Control]:
    """The controls without the gaps."""
    return [c for c in controls if c is not None]


def side(color: ft.ColorValue = t.LINE, width: float = 1) -> ft.BorderSide:
    return ft.BorderSide(width, color)


def col(
    *controls: Maybe, gap: float = t.S2, expand: bool | int | None = None, align: ft.CrossAxisAlignment = STRETCH
) -> ft.Column:
    """A column as high as its content, or filling what is left when `expand`. Its parts take the whole width:
    in a row it needs `fill` round it, or `lines` instead."""
    return ft.Column(kept(controls), spacing=gap, expand=expand, tight=expand is None, horizontal_alignment=align)


def lines(*controls: Maybe, gap: float = 0) -> ft.Column:
    """Words above one another, as wide as the widest: for beside other things in a row."""
    return col(*controls, gap=gap, align=START)


def row(
    *controls: Maybe,
    gap: float = t.S2,
    expand: bool | int | None = None,
    align: ft.CrossAxisAlignment = CENTER,
    justify: ft.MainAxisAlignment | None = None,
    tight: bool = False,
) -> ft.Row:
    return ft.Row(
        kept(controls),
        spacing=gap,
        vertical_alignment=align,
        alignment=justify or ft.MainAxisAlignment.START,
        expand=expand,
        tight=tight,
        intrinsic_height=align is STRETCH and expand is None,
    )


def fill(content: ft.Control, share: int = 1) -> ft.Container:
    """Take what is left of a row or column."""
    return ft.Container(content, expand=share)


def even(*controls: Maybe, gap: float = t.S3) -> ft.Row:
    """Equal columns of equal height."""
    return row(*[fill(c) for c in kept(controls)], gap=gap, align=STRETCH)


def grid(controls: Iterable[ft.Control], columns: int, gap: float = t.S2) -> ft.Column:
    """Rows of equal columns; the last row keeps the columns' width."""
    cells = list(controls)
    lines = [cells[i : i + columns] for i in range(0, len(cells), columns)]
    return col(
        *[even(*line, *[ft.Container() for _ in range(columns - len(line))], gap=gap) for line in lines], gap=gap
    )


def wrap(*controls: Maybe, gap: float = t.S2) -> ft.Row:
    """Chips and facts that flow on to the next line."""
    return ft.Row(kept(controls), wrap=True, spacing=gap, run_spacing=gap, vertical_alignment=CENTER)


def box(
    content: ft.Control,
    bgcolor: ft.ColorValue = t.CARD,
    padding: ft.PaddingValue = t.S4,
    radius: float = t.R_CARD,
    border: ft.Border | None = None,
) -> ft.Container:
    return ft.Container(content, bgcolor=bgcolor, padding=padding, border_radius=radius, border=border)


def card(
    content: ft.Control, padding: ft.PaddingValue = t.S4, edge: ft.ColorValue = t.LINE, width: float = 1
) -> ft.Container:
    """White, rounded, hairline edge; a coloured edge 2 px wide marks the one that leads."""
    return box(content, padding=padding, border=ft.Border.all(width, edge))


def rule(indent: float = 0) -> ft.Control:
    return ft.Container(height=1, bgcolor=t.LINE, margin=ft.Margin.only(left=indent))


def rows(*items: Maybe) -> ft.Container:
    """One card of rows, hairlines between."""
    lines: list[ft.Control] = []
    for item in kept(items):
        lines += [rule(), item] if lines else [item]
    clipped = card(col(*lines, gap=0), padding=0)
    clipped.clip_behavior = ft.ClipBehavior.ANTI_ALIAS
    return clipped


def padded(content: ft.Control, vertical: float = 12, horizontal: float = t.S4) -> ft.Container:
    """The inside of a row in `rows`."""
    return ft.Container(content, padding=ft.Padding.symmetric(vertical=vertical, horizontal=horizontal))


def fact(glyph: ft.IconData, value: str) -> ft.Control:
    """An icon and its words."""
    return row(icon(glyph), text(value, expand=True), gap=t.S3, align=START)


def pair(label: str, value: str, color: ft.ColorValue = t.INK) -> ft.Control:
    """A label at the left, its value at the right, in a row of at least 48 px."""
    words = row(text(label, "body", t.MUTED, expand=True), text(value, "strong", color, align=ft.TextAlign.RIGHT))
    return padded(words, vertical=12)


def scroll(m: Metrics, *controls: Maybe, gap: float = t.S3, tail: float = 0) -> ft.Control:
    """The body of a screen. `tail` px are left free at the end, for what floats over it."""
    g = m.gutter
    inside = ft.Container(col(*controls, gap=gap), padding=ft.Padding.only(left=g, right=g, top=16, bottom=24 + tail))
    return ft.Column([inside], scroll=ft.ScrollMode.HIDDEN, expand=True, horizontal_alignment=STRETCH)


def dock(m: Metrics, *controls: Maybe) -> ft.Control:
    """The primary action under the content, never over it. In large type the actions stack, the last one first."""
    shown = kept(controls)
    stacked = m.large_text and m.phone and len(shown) > 1
    inside = col(*[row(c) for c in reversed(shown)]) if stacked else row(*shown)
    return ft.Container(
        inside,
        bgcolor=t.CARD,
        padding=ft.Padding.symmetric(horizontal=m.gutter, vertical=12),
        border=ft.Border.only(top=side()),
    )


def panel(m: Metrics, content: ft.Control) -> ft.Control:
    """A docked sheet such as the number pad."""
    return ft.Container(
        content,
        bgcolor=t.CARD,
        padding=ft.Padding.symmetric(horizontal=m.gutter, vertical=12 if m.phone else 16),
        border=ft.Border.only(top=side()),
        shadow=shadow(12, 0.10, -2),
    )


def shadow(blur: float, opacity: float, y: float) -> list[ft.BoxShadow]:
    return [ft.BoxShadow(blur_radius=blur, color=ft.Colors.with_opacity(opacity, t.SHADOW), offset=ft.Offset(0, y))]
