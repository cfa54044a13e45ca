"""Words, numbers and icons in the type scale."""

from __future__ import annotations

from typing import Final, NamedTuple

import flet as ft

from fieldapp.views import theme as t
from fieldapp.views.theme import TypeName

THIN: Final = "\u2009"


class Part(NamedTuple):
    """A run of words inside a line of mixed weights."""

    text: str
    name: TypeName = "body"
    color: ft.ColorValue = t.INK
    strike: bool = False


def text(
    value: str,
    name: TypeName = "body",
    color: ft.ColorValue = t.INK,
    *,
    expand: bool | int | None = None,
    align: ft.TextAlign = ft.TextAlign.START,
    no_wrap: bool = False,
    strike: bool = False,
    italic: bool = False,
    shrink: float = 1.0,
    selectable: bool = False,
) -> ft.Text:
    """Words in one style. They wrap unless `no_wrap`, and are never cut off."""
    return ft.Text(
        value,
        style=t.style(name, color, shrink, strike=strike, italic=italic),
        expand=expand,
        text_align=align,
        no_wrap=no_wrap,
        selectable=selectable,
    )


def rich(
    *parts: Part,
    align: ft.TextAlign = ft.TextAlign.START,
    expand: bool | int | None = None,
    shrink: float = 1.0,
) -> ft.Text:
    """One line of several styles."""
    spans = [ft.TextSpan(p.text, style=t.style(p.name, p.color, shrink, strike=p.strike)) for p in parts]
    return ft.Text(spans=spans, style=t.style("body", shrink=shrink), text_align=align, expand=expand)


def quantity(
    value: str,
    unit: str,
    name: TypeName = "value",
    color: ft.ColorValue = t.INK,
    align: ft.TextAlign = ft.TextAlign.START,
) -> ft.Text:
    """A number and its unit, a thin space between; the unit is quieter."""
    tail = f"{THIN}{unit}" if unit else ""
    return rich(Part(value, name, color), Part(tail, "caption", t.MUTED), align=align)


def heading(value: str, name: TypeName = "heading", color: ft.ColorValue = t.INK, *, shrink: float = 1.0) -> ft.Control:
    """A heading that assistive technology can jump to."""
    return ft.Semantics(header=True, content=text(value, name, color, shrink=shrink))


def section(title: str, note: str = "") -> ft.Control:
    """The heading above a card, with a quiet remark at the right."""
    parts: list[ft.Control] = [ft.Container(heading(title), expand=True)]
    if note:
        parts.append(text(note, "caption", t.MUTED, expand=len(note) > 24, align=ft.TextAlign.RIGHT))
    return ft.Row(parts, spacing=t.S2, vertical_alignment=ft.CrossAxisAlignment.CENTER)


def icon(name: ft.IconData, color: ft.ColorValue = t.MUTED, size: float = 20, label: str | None = None) -> ft.Icon:
    """A glyph that grows with the text. It stands beside words; `label` names one that stands alone."""
    return ft.Icon(name, color=color, size=size, apply_text_scaling=True, semantics_label=label)


def announce(value: str, name: TypeName = "body", color: ft.ColorValue = t.INK, identifier: str = "") -> ft.Control:
    """Words read aloud when they change."""
    return ft.Semantics(live_region=True, identifier=identifier or None, content=text(value, name, color))
