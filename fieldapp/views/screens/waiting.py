"""What the places share: the moment before the first read, a read that failed, and counting."""

from __future__ import annotations

import flet as ft

from fieldapp.views.controls.states import state_page
from fieldapp.views.metrics import Metrics
from fieldapp.views.problems import Problem


def counted(n: int, noun: str, plural: str = "") -> str:
    """`1 visit`, `3 visits`, `2 entries`."""
    return f"{n} {noun if n == 1 else plural or noun + 's'}"


def waiting(m: Metrics, problem: Problem | None) -> ft.Control:
    """An empty page while the store is read, which takes a moment; the reason where it could not be read."""
    if problem is None:
        return ft.Container(expand=True)
    glyph = ft.Icons.ERROR_OUTLINE_ROUNDED
    return state_page(m, glyph, "This cannot be shown", problem.sentence, kind="danger", detail=f"Code {problem.code}")
