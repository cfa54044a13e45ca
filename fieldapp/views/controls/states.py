"""States that are screens too: empty, failed, offline, busy. A sentence and one action, never a bare spinner."""

from __future__ import annotations

import flet as ft

from fieldapp.views import theme as t
from fieldapp.views.controls.layout import CENTER, Maybe, box, card, col, fill, row
from fieldapp.views.controls.press import ButtonKind, OnClick, button
from fieldapp.views.controls.text import heading, icon, text
from fieldapp.views.metrics import Metrics


def _disc(m: Metrics, glyph: ft.IconData, kind: t.Tone, size: float = 56) -> ft.Control:
    ground, ink = t.tone(kind)
    return ft.Container(
        icon(glyph, ink, 28),
        width=m.px(size),
        height=m.px(size),
        border_radius=m.px(size / 2),
        bgcolor=ground,
        alignment=ft.Alignment.CENTER,
    )


def state_page(
    m: Metrics,
    glyph: ft.IconData,
    title: str,
    sentence: str,
    action: str = "",
    on_action: OnClick = None,
    kind: t.Tone = "primary",
    *,
    detail: str = "",
) -> ft.Control:
    """The middle of a screen with nothing to show, or that could not open: what it means, and what to do.

    `detail` is a reference for the support desk (an error's code), selectable.
    """
    parts = col(
        row(_disc(m, glyph, kind, 72), justify=ft.MainAxisAlignment.CENTER),
        ft.Semantics(header=True, content=text(title, "title", align=ft.TextAlign.CENTER)),
        ft.Semantics(live_region=True, content=text(sentence, "body", t.MUTED, align=ft.TextAlign.CENTER)),
        text(detail, "caption", t.MUTED, align=ft.TextAlign.CENTER, selectable=True) if detail else None,
        row(button(m, action, on_action, identifier="state-action"), justify=ft.MainAxisAlignment.CENTER)
        if action
        else None,
        gap=t.S4,
    )
    inside = ft.Container(parts, width=min(m.width - 2 * m.gutter, m.px(440)))
    scrolling = ft.Column([inside], scroll=ft.ScrollMode.HIDDEN, horizontal_alignment=CENTER)
    above = max(m.gutter, m.height * 0.16)
    return ft.Container(
        scrolling,
        alignment=ft.Alignment.TOP_CENTER,
        expand=True,
        padding=ft.Padding.only(left=m.gutter, right=m.gutter, top=above, bottom=m.gutter),
    )


def hero(
    m: Metrics,
    glyph: ft.IconData,
    kind: t.Tone,
    title: str,
    sentence: str,
    *,
    action: str = "",
    on_action: OnClick = None,
    action_kind: ButtonKind = "secondary",
    progress: float | None = None,
) -> ft.Control:
    """The leading card of a screen of state, such as Sync; `progress` is 0-1."""
    head = row(_disc(m, glyph, kind), fill(heading(title, "title")), gap=t.S3)
    words = ft.Semantics(live_region=True, content=text(sentence))
    bar = progress_bar(progress, title) if progress is not None else None
    act = row(button(m, action, on_action, action_kind, expand=True, identifier="hero-action")) if action else None
    return card(col(head, bar, words, act, gap=t.S3))


def notice(
    m: Metrics,
    kind: t.Tone,
    glyph: ft.IconData,
    title: str,
    sentence: str = "",
    actions: tuple[ft.Control, ...] = (),
    *,
    identifier: str = "",
) -> ft.Control:
    """A coloured card inside a screen: something was sent back, a limit was passed. Read aloud when it appears."""
    ground, ink = t.tone(kind)
    acts: Maybe = None
    if actions:
        acts = col(*[row(a) for a in actions]) if m.large_text else row(*actions)
    inside = col(
        row(icon(glyph, ink, 24), text(title, "strong", ink, expand=True)),
        text(sentence, "body", ink) if sentence else None,
        acts,
    )
    return ft.Semantics(live_region=True, identifier=identifier or None, content=box(inside, ground, 16, t.R_CARD))


def progress_bar(value: float, label: str) -> ft.Control:
    """How far it has come, 0-1, with its spoken name."""
    bar = ft.ProgressBar(
        value=min(1.0, max(0.0, value)), color=t.PRIMARY, bgcolor=t.SUNKEN, bar_height=8, border_radius=4
    )
    return ft.Semantics(
        label=f"{label}, {round(value * 100)} %",
        content=ft.Semantics(exclude_semantics=True, content=bar),
    )


def countdown(m: Metrics, glyph: ft.IconData, left: float | None, color: ft.ColorValue) -> ft.Control:
    """A ring that empties round an icon: `left` is the share of the time that remains, 0-1; None shows no ring.

    Silent, as a progress ring would turn the row it stands in into a progress bar.
    """
    mark = ft.Container(
        icon(glyph, color, 20 if left is not None else 24),
        width=m.px(40),
        height=m.px(40),
        alignment=ft.Alignment.CENTER,
    )
    if left is None:
        return ft.Semantics(exclude_semantics=True, content=mark)
    ring = ft.ProgressRing(
        value=min(1.0, max(0.0, left)),
        stroke_width=4,
        color=t.DANGER,
        bgcolor=ft.Colors.with_opacity(0.2, t.DANGER),
        width=m.px(40),
        height=m.px(40),
    )
    return ft.Semantics(exclude_semantics=True, content=ft.Stack([ring, mark]))
