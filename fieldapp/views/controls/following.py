"""A scrolling body that keeps one of its parts in view."""

from __future__ import annotations

import flet as ft

from fieldapp.views.controls.layout import STRETCH, col
from fieldapp.views.metrics import Metrics


def anchored(content: ft.Control, name: str) -> ft.Control:
    """Mark a part that `Following` may bring into view."""
    content.key = ft.ScrollKey(name)
    return content


@ft.component
def Following(
    m: Metrics, controls: tuple[ft.Control, ...], target: str | None, gap: float = 12, tail: float = 0
) -> ft.Control:
    """Like `scroll`; when `target` changes, the part `anchored` under that name moves into view.

    In large type only a row or two fit above the number pad, and the one being answered must be among them.
    """
    body = ft.use_ref(ft.Ref[ft.Column]).current

    async def follow() -> None:
        column = body.current if body is not None else None
        if target is not None and column is not None:
            try:
                await column.scroll_to(scroll_key=target, duration=150)
            except (TimeoutError, RuntimeError):
                return  # the screen was left before it answered: nothing is there to scroll

    ft.use_effect(follow, [target, m])
    g = m.gutter
    inside = ft.Container(col(*controls, gap=gap), padding=ft.Padding.only(left=g, right=g, top=16, bottom=24 + tail))
    return ft.Column([inside], ref=body, scroll=ft.ScrollMode.HIDDEN, expand=True, horizontal_alignment=STRETCH)
