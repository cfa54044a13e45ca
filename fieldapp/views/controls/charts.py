"""Small drawings on a canvas. Each has a spoken name, as a canvas says nothing; sizes follow the reader's text."""

from __future__ import annotations

from collections.abc import Sequence

import flet as ft
import flet.canvas as cv

from fieldapp.views import theme as t
from fieldapp.views.metrics import Metrics


def drawn(m: Metrics, name: t.TypeName, color: ft.ColorValue = t.INK) -> ft.TextStyle:
    """The style of words on a canvas, which ignores the reader's text size unless told."""
    made = t.style(name, color)
    made.size = t.TYPE[name][0] * m.text_scale
    return made


def stroke(color: ft.ColorValue, width: float, dash: list[float] | None = None) -> ft.Paint:
    return ft.Paint(
        color=color,
        stroke_width=width,
        style=ft.PaintingStyle.STROKE,
        stroke_join=ft.StrokeJoin.ROUND,
        stroke_cap=ft.StrokeCap.BUTT if dash else ft.StrokeCap.ROUND,
        stroke_dash_pattern=list(dash) if dash else None,
    )


def line(places: Sequence[tuple[float, float]], paint: ft.Paint) -> cv.Path:
    """A line through places (x, y) in px."""
    elements: list[cv.Path.PathElement] = [cv.Path.MoveTo(*places[0])]
    elements += [cv.Path.LineTo(x, y) for x, y in places[1:]]
    return cv.Path(elements, paint)


def picture(shapes: Sequence[cv.Shape], width: float, height: float, label: str) -> ft.Control:
    """A canvas of fixed size, with its spoken name ("" for none)."""
    canvas = cv.Canvas(list(shapes), width=width, height=height)
    if not label:
        return ft.Semantics(exclude_semantics=True, content=canvas)
    return ft.Semantics(image=True, label=label, content=canvas)


def spark(m: Metrics, values: Sequence[float], width: float = 40, height: float = 28, label: str = "") -> ft.Control:
    """The course of one reading, oldest first, the latest as a dot. Nothing for fewer than two."""
    w, h = m.px(width), m.px(height)
    if len(values) < 2:
        return ft.Container(width=w, height=h)
    low, high = min(values), max(values)
    step = (w - 8) / (len(values) - 1)
    span = (high - low) or 1
    places = [(4 + i * step, h - 5 - (v - low) / span * (h - 10)) for i, v in enumerate(values)]
    dot = cv.Circle(*places[-1], 3.5, ft.Paint(color=t.PRIMARY))
    return picture([line(places, stroke(t.EDGE, 1.5)), dot], w, h, label)


def bp_marks(
    m: Metrics, pairs: Sequence[tuple[int, int]], width: float = 40, height: float = 28, label: str = ""
) -> ft.Control:
    """Blood pressures (systolic, diastolic) in mmHg as double-ended marks, oldest first, the latest emphasised."""
    w, h = m.px(width), m.px(height)
    if not pairs:
        return ft.Container(width=w, height=h)
    low, high = min(d for _, d in pairs), max(s for s, _ in pairs)
    step = (w - 8) / max(1, len(pairs) - 1)
    span = (high - low) or 1

    def y(mmhg: int) -> float:
        return h - 3 - (mmhg - low) / span * (h - 6)

    last = len(pairs) - 1
    marks = [
        cv.Line(
            4 + i * step,
            y(s),
            4 + i * step,
            y(d),
            stroke(t.PRIMARY if i == last else t.EDGE, 3.5 if i == last else 1.5),
        )
        for i, (s, d) in enumerate(pairs)
    ]
    return picture(marks, w, h, label)
