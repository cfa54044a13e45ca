"""Everything that is pressed: 48 px at least, named for assistive technology, `None` for what cannot be pressed yet."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from inspect import isawaitable
from typing import Final, Literal

import flet as ft

from fieldapp.views import theme as t
from fieldapp.views.controls.layout import col, row
from fieldapp.views.controls.text import icon, text
from fieldapp.views.metrics import Metrics

OnClick = Callable[[], object] | None
ButtonKind = Literal["primary", "danger", "secondary", "soft", "quiet"]


def handler(on_click: OnClick) -> Callable[[], Awaitable[None]] | None:
    """The callback as Flet calls it: without an event, even when it has default arguments, and awaited if need be."""
    if on_click is None:
        return None
    pressed = on_click

    async def run() -> None:
        result: object = pressed()
        if isawaitable(result):
            await result

    return run


def named(
    content: ft.Control,
    label: str | None = None,
    identifier: str | None = None,
    *,
    selected: bool | None = None,
    expand: bool | int | None = None,
) -> ft.Control:
    """Give a pressable control its spoken name, its identifier and whether it is the chosen one.

    The pieces are merged into one node: a `Semantics` around a button would make a second, dead button.
    """
    if label is None and identifier is None and selected is None:
        content.expand = expand
        return content
    inner = ft.Semantics(content=content, label=label, identifier=identifier, selected=selected)
    return ft.MergeSemantics(content=inner, expand=expand)


def silent(content: ft.Control) -> ft.Control:
    """Drawn, but not read aloud: its meaning is in another node's name."""
    return ft.Semantics(exclude_semantics=True, content=content)


def pressable(
    content: ft.Control,
    on_click: OnClick,
    *,
    label: str | None = None,
    identifier: str | None = None,
    selected: bool | None = None,
    bgcolor: ft.ColorValue | None = None,
    padding: ft.PaddingValue | None = None,
    radius: float = 0,
    border: ft.Border | None = None,
    width: float | None = None,
    height: float | None = None,
    alignment: ft.Alignment | None = None,
    expand: bool | int | None = None,
) -> ft.Control:
    """A surface that is pressed as one: a row, a card, a key. Named by its words, or by `label` instead of them."""
    surface = ft.Container(
        silent(content) if label is not None else content,
        ink=on_click is not None,
        on_click=handler(on_click),
        bgcolor=bgcolor,
        padding=padding,
        border_radius=radius,
        border=border,
        width=width,
        height=height,
        alignment=alignment,
    )
    return named(surface, label, identifier, selected=selected, expand=expand)


_BUTTONS: Final[dict[ButtonKind, tuple[ft.ColorValue, ft.ColorValue, ft.ColorValue | None]]] = {
    "primary": (t.PRIMARY, t.ON_PRIMARY, None),
    "danger": (t.DANGER, t.role("on_danger"), None),
    "secondary": (t.CARD, t.PRIMARY, t.EDGE),
    "soft": (t.PRIMARY_SOFT, t.ON_PRIMARY_SOFT, None),
    "quiet": (t.CLEAR, t.PRIMARY, None),
}


def button(
    m: Metrics,
    label: str,
    on_click: OnClick,
    kind: ButtonKind = "primary",
    glyph: ft.IconData | None = None,
    *,
    height: float = t.ACTION,
    width: float | None = None,
    expand: bool | int | None = None,
    identifier: str | None = None,
    spoken: str | None = None,
    cap: float = 9.0,
) -> ft.Control:
    """A button that says what happens. `on_click=None` shows it switched off; `spoken` tells apart several alike.
    `cap` holds its text to that multiple, where room is scarce.

    `height` and `width` are px at normal text size: 56 for the primary action, 48 (`TARGET`) elsewhere.
    """
    off = on_click is None
    ground, ink, edge = (t.SUNKEN, t.MUTED, None) if off else _BUTTONS[kind]
    words = text(label, "strong", ink, align=ft.TextAlign.CENTER, shrink=m.shrink(cap))
    inside = row(
        icon(glyph, ink, 22) if glyph else None,
        ft.Container(words, expand=True, expand_loose=True),
        tight=True,
        justify=ft.MainAxisAlignment.CENTER,
    )
    made = ft.FilledButton(
        content=silent(inside) if spoken else inside,
        on_click=handler(on_click),
        disabled=off,
        height=max(t.TARGET, height * min(m.text_scale, cap)),
        width=None if width is None else m.px(width),
        style=ft.ButtonStyle(
            bgcolor=ground,
            color=ink,
            elevation=0,
            shadow_color=t.CLEAR,
            padding=ft.Padding.symmetric(horizontal=16),
            side=ft.BorderSide(1, edge) if edge else None,
            shape=ft.RoundedRectangleBorder(radius=t.R_CONTROL),
        ),
    )
    return named(made, spoken, identifier, expand=expand)


def icon_button(
    m: Metrics,
    glyph: ft.IconData,
    label: str,
    on_click: OnClick,
    *,
    color: ft.ColorValue = t.INK,
    bgcolor: ft.ColorValue | None = None,
    size: float = t.TARGET,
    identifier: str | None = None,
) -> ft.Control:
    """An icon alone, for back, close and a phone's call and directions; `label` is its spoken name."""
    return pressable(
        icon(glyph, color if on_click else t.MUTED, 24),
        on_click,
        label=label,
        identifier=identifier,
        width=m.px(size),
        height=m.px(size),
        alignment=ft.Alignment.CENTER,
        radius=t.R_CONTROL,
        bgcolor=bgcolor,
    )


def segmented(
    m: Metrics,
    options: Sequence[str],
    selected: int | None,
    on_select: Callable[[int], None] | None,
    *,
    name: str = "",
    spoken: Sequence[str] | None = None,
    identifier: str = "",
    height: float = t.TARGET,
) -> ft.Control:
    """One choice of few, all in sight. `name` is the question, read before each; `spoken` spells out short options.

    Each option carries the identifier `{identifier}-{index}`. Words too long for a phone stack.
    """
    said = spoken or options

    def cell(i: int, option: str) -> ft.Control:
        on = i == selected
        return pressable(
            text(option, "strong", t.ON_PRIMARY if on else t.INK, align=ft.TextAlign.CENTER),
            _picker(on_select, i),
            label=f"{name}: {said[i]}" if name else said[i],
            identifier=f"{identifier}-{i}" if identifier else None,
            selected=on,
            bgcolor=t.PRIMARY if on else None,
            height=m.px(height),
            alignment=ft.Alignment.CENTER,
            radius=9,
            padding=ft.Padding.symmetric(horizontal=4),
            expand=True,
        )

    cells = [cell(i, option) for i, option in enumerate(options)]
    longest = max((len(o) for o in options), default=0)
    stacked = longest * 9 + 16 > m.text_width / max(1, len(options)) and m.phone and longest > 1
    inside = col(*[row(c) for c in cells], gap=2) if stacked else row(*cells, gap=2)
    return ft.Container(inside, bgcolor=t.SUNKEN, padding=3, border_radius=t.R_CONTROL)


def _picker(on_select: Callable[[int], None] | None, i: int) -> OnClick:
    if on_select is None:
        return None
    chosen = on_select
    return lambda: chosen(i)


def switch_row(
    label: str, note: str, value: bool, on_change: Callable[[bool], None] | None, *, identifier: str | None = None
) -> ft.Control:
    """A setting with its reason, on or off."""

    def changed(e: ft.Event[ft.Switch]) -> None:
        # The event says what was pressed; the control may have been drawn anew since, with what was before.
        if on_change is not None:
            on_change(bool(e.data))

    words = col(text(label, "label"), text(note, "caption", t.MUTED) if note else None, gap=0)
    toggle = ft.Switch(value=value, on_change=changed, disabled=on_change is None)
    made = ft.Container(
        row(ft.Container(words, expand=True), toggle, gap=t.S3),
        bgcolor=t.PAGE,
        border_radius=t.R_CHIP,
        padding=ft.Padding.only(left=12, right=8, top=4, bottom=4),
    )
    return ft.MergeSemantics(content=ft.Semantics(content=made, identifier=identifier))
