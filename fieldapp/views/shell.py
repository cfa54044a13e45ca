"""The frame around every screen: a rail from 600 text px, a bar below that; a banner across; docked actions.

The places, the unsent count, the time of the data and the Lock live here, once.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, Literal

import flet as ft

from fieldapp.views import theme as t
from fieldapp.views.controls.layout import BETWEEN, CENTER, STRETCH, Maybe, col, kept, row, side
from fieldapp.views.controls.marks import avatar
from fieldapp.views.controls.press import OnClick, pressable
from fieldapp.views.controls.text import text
from fieldapp.views.metrics import BAR_GROWTH, Metrics, body_metrics, detail_metrics, list_metrics

__all__ = ["Chrome", "Place", "body_metrics", "detail_metrics", "frame", "list_metrics", "split"]

Place = Literal["today", "patients", "sync"]

_PLACES: Final[dict[Place, tuple[str, ft.IconData]]] = {
    "today": ("Today", ft.Icons.TODAY_OUTLINED),
    "patients": ("Patients", ft.Icons.PEOPLE_OUTLINE),
    "sync": ("Sync", ft.Icons.SYNC_ROUNDED),
}


@dataclass(frozen=True, slots=True)
class Chrome:
    """What the rail and the bar show. `as_at` is a London time such as "14:02", "" before the first sync."""

    place: Place
    unsent: int
    as_at: str
    initials: str
    who: str
    on_place: Callable[[Place], None]
    on_lock: OnClick


def frame(
    m: Metrics,
    chrome: Chrome,
    body: ft.Control,
    *,
    top: Maybe = None,
    bottom: Maybe = None,
    over: Maybe = None,
) -> ft.Control:
    """A whole screen. `top` spans the full width (the banner), `bottom` is docked under the body, and `over`
    floats at the body's lower right: the body then needs a `tail` in `scroll`."""
    main: ft.Control = ft.Container(body, expand=True)
    if over is not None:
        inset = m.gutter
        main = ft.Stack(
            [
                ft.Container(body, left=0, right=0, top=0, bottom=0),
                ft.Container(over, right=inset, bottom=inset),
            ],
            expand=True,
        )
    if m.phone:
        return col(top, main, bottom, _bar(m, chrome), gap=0, expand=True)
    inner = row(_rail(m, chrome), col(main, bottom, gap=0, expand=True), gap=0, expand=True, align=STRETCH)
    return col(top, inner, gap=0, expand=True)


def split(m: Metrics, listing: ft.Control, detail: ft.Control) -> ft.Control:
    """List and detail side by side, for 1100 text px and over."""
    return row(
        ft.Container(listing, width=m.px(t.LIST_PANE)),
        ft.Container(width=1, bgcolor=t.LINE),
        ft.Container(detail, expand=True),
        gap=0,
        align=STRETCH,
        expand=True,
    )


def _place(m: Metrics, chrome: Chrome, place: Place, width: float | None) -> ft.Control:
    label, glyph = _PLACES[place]
    selected = place == chrome.place
    unsent = chrome.unsent if place == "sync" else 0
    on_bar = width is None
    shown = f"Sync {chrome.as_at}".strip() if on_bar and place == "sync" else label
    said = ", ".join(_words(label, f"{unsent} unsent" if unsent else "", _as_at(chrome) if place == "sync" else ""))
    mark = ft.Icon(glyph, color=t.ON_PRIMARY_SOFT if selected else t.MUTED, size=m.nav(24), apply_text_scaling=False)
    pill = ft.Container(
        mark,
        width=m.nav(56),
        height=m.nav(32),
        border_radius=16,
        bgcolor=t.PRIMARY_SOFT if selected else None,
        alignment=ft.Alignment.CENTER,
    )
    stack = ft.Stack(kept([pill, _badge(m, unsent) if unsent else None]), clip_behavior=ft.ClipBehavior.NONE)
    words = text(shown, "label", t.PRIMARY if selected else t.MUTED, no_wrap=True, shrink=m.shrink(BAR_GROWTH))
    return pressable(
        col(stack, words, gap=4, align=CENTER),
        lambda: chrome.on_place(place),
        label=said,
        identifier=f"place-{place}",
        selected=selected,
        width=width,
        height=m.nav(64),
        alignment=ft.Alignment.CENTER,
        expand=True if on_bar else None,
    )


def _badge(m: Metrics, unsent: int) -> ft.Control:
    count = str(unsent) if unsent < 100 else "99+"
    return ft.Container(
        text(count, "label", t.role("on_attention"), shrink=m.shrink(BAR_GROWTH), no_wrap=True),
        bgcolor=t.ATTENTION,
        border_radius=10,
        height=m.nav(20),
        padding=ft.Padding.symmetric(horizontal=6),
        alignment=ft.Alignment.CENTER,
        right=2,
        top=-2,
    )


def _as_at(chrome: Chrome) -> str:
    return f"as at {chrome.as_at}" if chrome.as_at else ""


def _words(*words: str) -> list[str]:
    """The words that are not empty."""
    return [w for w in words if w]


def _lock(m: Metrics, chrome: Chrome, width: float | None) -> ft.Control:
    words = text("Lock", "label", t.MUTED, no_wrap=True, shrink=m.shrink(BAR_GROWTH))
    return pressable(
        col(avatar(m, chrome.initials, 32, nav=True), words, gap=4, align=CENTER),
        chrome.on_lock,
        label=f"Lock. Signed in: {chrome.who}",
        identifier="lock",
        width=width,
        height=m.nav(64),
        alignment=ft.Alignment.CENTER,
        expand=True if width is None else None,
    )


def _rail(m: Metrics, chrome: Chrome) -> ft.Control:
    places = [_place(m, chrome, place, t.RAIL) for place in _PLACES]
    fresh = text(_as_at(chrome), "caption", t.MUTED, align=ft.TextAlign.CENTER, shrink=m.shrink(BAR_GROWTH))
    line = ft.Container(fresh, width=t.RAIL, alignment=ft.Alignment.CENTER, margin=ft.Margin.only(top=-12))
    body = ft.Column(
        [col(*places, line if chrome.as_at else None, gap=t.S3), _lock(m, chrome, t.RAIL)], alignment=BETWEEN
    )
    return ft.Container(
        body,
        width=t.RAIL,
        bgcolor=t.CARD,
        border=ft.Border.only(right=side()),
        padding=ft.Padding.only(top=t.S4, bottom=t.S2),
    )


def _bar(m: Metrics, chrome: Chrome) -> ft.Control:
    places = [_place(m, chrome, place, None) for place in _PLACES]
    return ft.Container(
        row(*places, _lock(m, chrome, None), gap=0),
        bgcolor=t.CARD,
        border=ft.Border.only(top=side()),
        padding=ft.Padding.symmetric(vertical=4),
    )
