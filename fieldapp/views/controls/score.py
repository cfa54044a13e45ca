"""The score that builds itself while values arrive."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import flet as ft

from fieldapp.views import theme as t
from fieldapp.views.controls.layout import START, Maybe, col, fill, lines, row, side
from fieldapp.views.controls.marks import NOT_SCORED, points, points_words, score_tile
from fieldapp.views.controls.press import OnClick, pressable, silent
from fieldapp.views.controls.text import text
from fieldapp.views.metrics import Metrics


@dataclass(frozen=True, slots=True)
class ScoreCell:
    """One parameter: `short` on a phone ("Resp"), `label` on a tablet ("Respiration"), its points or None."""

    short: str
    label: str
    points: int | None = None


def score_words(cells: Sequence[ScoreCell]) -> tuple[str, str]:
    """ "No total yet: 4 of 7 scored", and the missing ones by name; ("", "") once all are scored."""
    missing = [c.label.lower() if c.label != "SpO₂" else c.label for c in cells if c.points is None]
    if not missing:
        return "", ""
    return f"No total yet: {len(cells) - len(missing)} of {len(cells)} scored", "Missing: " + ", ".join(missing)


def score_strip(
    m: Metrics, cells: Sequence[ScoreCell], focus: int | None, on_cell: Callable[[int], None] | None = None
) -> ft.Control:
    """The parameters in a row, each with its points on the chart's colour; the one in focus is outlined. A press
    goes to its question."""
    return row(
        *[_cell(m, i, c, i == focus, on_cell) for i, c in enumerate(cells)], gap=t.S1 if m.phone else t.S2, align=START
    )


def _cell(m: Metrics, i: int, cell: ScoreCell, focused: bool, on_cell: Callable[[int], None] | None) -> ft.Control:
    ground, ink = t.NEWS2[cell.points] if cell.points is not None else (None, t.PRIMARY if focused else t.MUTED)
    number = ft.Container(
        text(NOT_SCORED if cell.points is None else str(cell.points), "heading", ink),
        bgcolor=ground,
        height=m.px(32),
        border_radius=8,
        alignment=ft.Alignment.CENTER,
        border=ft.Border.all(2 if focused else 1, t.PRIMARY if focused else t.EDGE),
    )
    name = text(
        cell.short if m.phone else cell.label,
        "label" if focused else "caption",
        t.PRIMARY if focused else t.MUTED,
        no_wrap=True,
        align=ft.TextAlign.CENTER,
        shrink=m.shrink(1.1) if m.tiny else m.shrink(1.5),
    )
    chosen: OnClick = None if on_cell is None else (lambda: on_cell(i))
    return pressable(
        col(number, name, gap=t.S1),
        chosen,
        label=f"{cell.label}, {points_words(cell.points).lower()}",
        identifier=f"score-{i}",
        expand=True,
    )


def score_header(
    m: Metrics,
    total: int | None,
    cells: Sequence[ScoreCell],
    *,
    title: str = "",
    note: str = "",
    focus: int | None = None,
    on_cell: Callable[[int], None] | None = None,
    aside: Maybe = None,
) -> ft.Control:
    """The total, what it means, and the strip. `title` and `note` speak once the total stands; before that the
    header names what is missing; in very large type on a phone that is spoken only, to leave room for the question.
    `aside` (the freshness pill) shows on a tablet only."""
    first, second = (title, note) if total is not None else score_words(cells)
    if m.tiny:
        said = ft.Semantics(
            live_region=True,
            identifier="score",
            label=f"{first}. {second}",
            content=silent(text(first, "label", shrink=m.shrink(1.5))),
        )
        tile = None if total is None else score_tile(m, total, 64)
        return _ground(m, col(row(fill(said), tile), score_strip(m, cells, focus, on_cell)))
    words = col(
        text(first, "strong" if m.phone else "heading"), text(second, "caption", t.MUTED) if second else None, gap=0
    )
    spoken = ft.Semantics(live_region=True, identifier="score", content=words)
    head = row(score_tile(m, total, 64 if m.phone else 72), fill(spoken), None if m.phone else aside, gap=t.S3)
    return _ground(m, col(head, score_strip(m, cells, focus, on_cell), gap=t.S3))


def _ground(m: Metrics, content: ft.Control) -> ft.Control:
    return ft.Container(
        content,
        bgcolor=t.CARD,
        padding=ft.Padding.symmetric(horizontal=m.gutter, vertical=12),
        border=ft.Border.only(bottom=side()),
    )


def points_list(m: Metrics, scored: Sequence[tuple[str, int]]) -> ft.Control:
    """What the score is made of: the parameters with points, beside the big tile."""
    return lines(*[row(points(m, n, 24), text(name, "caption"), tight=True) for name, n in scored], gap=6)
