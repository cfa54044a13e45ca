"""Charts over time: the NEWS2 score on its bands, and one reading against its target. The time axis is proportional."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final

import flet as ft
import flet.canvas as cv

from fieldapp.domain.clock import LONDON
from fieldapp.views import theme as t
from fieldapp.views.controls.charts import drawn, line, stroke
from fieldapp.views.hooks import use_state
from fieldapp.views.metrics import Metrics

SCORE_FLOOR, SCORE_MAX = 10, 20
_STEPS: Final = (1, 2, 3, 4, 6, 12, 24, 48, 72, 168, 336, 672)  # hours between marks on the axis
_TICK = 108  # text px that one mark's words need


@dataclass(frozen=True, slots=True)
class Reading:
    """One value at an instant (aware)."""

    at: datetime
    value: float


@dataclass(frozen=True, slots=True)
class Mark:
    """An instant worth a dashed line, such as when somebody looked."""

    at: datetime
    label: str


def peak(totals: Sequence[float]) -> int:
    """The top of the score axis: 10, more when the data need it, never above NEWS2's maximum of 20."""
    highest = int(max(totals, default=0))
    return min(SCORE_MAX, max(SCORE_FLOOR, highest + 1)) if highest < SCORE_MAX else SCORE_MAX


def ticks(start: datetime, end: datetime, most: int) -> list[tuple[datetime, str]]:
    """At most `most` round instants of London time in [start, end], with their words."""
    hours = (end - start).total_seconds() / 3600
    step = next((s for s in _STEPS if hours / s <= max(1, most)), _STEPS[-1])
    local = start.astimezone(LONDON)
    midnight = local.replace(hour=0, minute=0, second=0, microsecond=0)
    found: list[tuple[datetime, str]] = []
    for n in range(int(hours / step) + 26 // min(step, 24) + 2):
        wall = (midnight.replace(tzinfo=None) + timedelta(hours=n * step)).replace(tzinfo=LONDON)
        at = wall.astimezone(UTC)
        if start <= at <= end:
            found.append((at, wall.strftime("%d %b") if hours > 7 * 24 else wall.strftime("%a %H:%M")))
    return found


def _canvas(
    m: Metrics, draw: Callable[[float], list[cv.Shape]], height: float, label: str, first_width: float
) -> ft.Control:
    """A canvas as wide as its place. Call it inside a component: it keeps the measured width."""
    width, set_width = use_state(first_width)

    def resized(e: cv.CanvasResizeEvent) -> None:
        set_width(e.width)

    canvas = cv.Canvas(draw(width), height=height, on_resize=resized, expand=True)
    return ft.Semantics(image=True, label=label, content=ft.Row([canvas]))


@ft.component
def ScoreChart(
    m: Metrics, readings: tuple[Reading, ...], now: datetime, hours: float = 48, height: float = 168
) -> ft.Control:
    """NEWS2 totals over the last `hours`, the chart's bands behind, each total written where there is room."""
    start = now - timedelta(hours=hours)
    shown = [r for r in sorted(readings, key=lambda r: r.at) if start <= r.at <= now]
    top = peak([r.value for r in shown])
    said = ", ".join(f"{r.value:.0f} at {r.at.astimezone(LONDON):%H:%M}" for r in shown[-6:])
    full = m.px(height)
    left, below, above = m.px(40), m.px(36), m.px(14)
    tall = full - below - above

    def y(value: float) -> float:
        return above + tall * (1 - value / top)

    def draw(width: float) -> list[cv.Shape]:
        wide = max(1.0, width - left - m.px(16))

        def x(at: datetime) -> float:
            return left + wide * (at - start) / (now - start)

        shapes: list[cv.Shape] = []
        for low, high, band, name in ((0, 0.5, 0, ""), (0.5, 4.5, 1, "1–4"), (4.5, 6.5, 2, "5–6"), (6.5, top, 3, "7+")):
            ground = ft.Paint(color=t.role(f"band_{band}") if band else t.CARD)
            shapes.append(cv.Rect(left, y(high), width - left, y(low) - y(high), paint=ground))
            middle = (y(low) + y(high)) / 2
            shapes.append(_words(m, left - 8, middle, name, ft.Alignment.CENTER_RIGHT))
        shapes += _axis(m, start, now, x, full, wide)
        places = [(x(r.at), y(r.value)) for r in shown]
        if len(places) > 1:
            shapes.append(line(places, stroke(t.INK, 2)))
        return shapes + _totals(m, shown, places)

    return _canvas(m, draw, full, f"NEWS2 in the last {hours:.0f} hours: {said or 'none'}", m.text_width * 0.8)


def _totals(m: Metrics, shown: Sequence[Reading], places: Sequence[tuple[float, float]]) -> list[cv.Shape]:
    """Discs with their number; where they would cover one another, the later keeps its number."""
    shapes: list[cv.Shape] = []
    written: list[tuple[float, float]] = []
    for i in reversed(range(len(shown))):
        px, py = places[i]
        latest = i == len(shown) - 1
        ground, ink = t.NEWS2[t.band(int(shown[i].value))]
        room = all(abs(px - ox) + abs(py - oy) * 0.7 >= m.px(20) for ox, oy in written)
        r = m.px(13 if latest else 10) if room else m.px(5)
        disc: list[cv.Shape] = [
            cv.Circle(px, py, r, ft.Paint(color=ground)),
            cv.Circle(px, py, r, stroke(t.INK, 2 if latest else 1)),
        ]
        if room:
            written.append((px, py))
            number = f"{shown[i].value:.0f}"
            disc.append(cv.Text(px, py, number, style=drawn(m, "label", ink), alignment=ft.Alignment.CENTER))
        shapes = disc + shapes
    return shapes


def _words(m: Metrics, x: float, y: float, words: str, at: ft.Alignment, strong: bool = False) -> cv.Text:
    style = drawn(m, "label" if strong else "caption", t.PRIMARY if strong else t.MUTED)
    return cv.Text(x, y, words, style=style, alignment=at)


def _axis(
    m: Metrics, start: datetime, now: datetime, x: Callable[[datetime], float], full: float, wide: float
) -> list[cv.Shape]:
    base = full - m.px(20)
    marks = ticks(start, now, int(wide / m.px(_TICK)))
    clear = [(at, words) for at, words in marks if m.px(24) < x(at) < x(now) - m.px(64)]
    shapes: list[cv.Shape] = [_words(m, x(at), base, words, ft.Alignment.TOP_CENTER) for at, words in clear]
    shapes.append(_words(m, x(now) + m.px(16), base, "Now", ft.Alignment.TOP_RIGHT))
    return shapes


@ft.component
def TargetChart(
    m: Metrics,
    readings: tuple[Reading, ...],
    low: float,
    high: float,
    start: datetime,
    end: datetime,
    marks: tuple[Mark, ...] = (),
    unit: str = "",
    height: float = 132,
) -> ft.Control:
    """One reading against its target range [low, high], green; `marks` are dashed lines with their words above."""
    shown = [r for r in sorted(readings, key=lambda r: r.at) if start <= r.at <= end]
    values = [r.value for r in shown] + [low, high]
    pad = max(1.0, (max(values) - min(values)) * 0.35)
    bottom, top = min(values) - pad, max(values) + pad
    said = ", ".join(f"{r.value:g} at {r.at.astimezone(LONDON):%H:%M}" for r in shown)
    full = m.px(height)
    left, below, above = m.px(40), m.px(24), m.px(24 if marks else 4)

    def y(value: float) -> float:
        return above + (full - below - above) * (1 - (value - bottom) / (top - bottom))

    def draw(width: float) -> list[cv.Shape]:
        wide = max(1.0, width - left - m.px(20))

        def x(at: datetime) -> float:
            return left + wide * (at - start) / (end - start)

        green, _ = t.tone("done")
        shapes: list[cv.Shape] = [cv.Rect(left, y(high), width - left, y(low) - y(high), paint=ft.Paint(color=green))]
        shapes += [_words(m, left - 8, y(v), f"{v:g}", ft.Alignment.CENTER_RIGHT) for v in (low, high)]
        for i, mark in enumerate(marks):
            at = x(mark.at)
            side = ft.Alignment.TOP_CENTER
            if any(o is not mark and abs(x(o.at) - at) < m.px(_TICK) for o in marks):
                side = ft.Alignment.TOP_LEFT if i else ft.Alignment.TOP_RIGHT
            shapes.append(cv.Line(at, above, at, full - below, stroke(t.PRIMARY, 1.5, [4, 4])))
            shapes.append(_words(m, at, m.px(2), mark.label, side, strong=True))
        base = full - m.px(20)
        for at, _day in ticks(start, end, int(wide / m.px(64))):
            shapes.append(_words(m, x(at), base, f"{at.astimezone(LONDON):%H:%M}", ft.Alignment.TOP_CENTER))
        places = [(x(r.at), y(r.value)) for r in shown]
        if len(places) > 1:
            shapes.append(line(places, stroke(t.EDGE, 2)))
        for (px, py), reading in zip(places, shown, strict=True):
            shapes += [
                cv.Circle(px, py, m.px(14), ft.Paint(color=t.CARD)),
                cv.Circle(px, py, m.px(14), stroke(t.INK, 1.5)),
                cv.Text(px, py, f"{reading.value:g}", style=drawn(m, "label"), alignment=ft.Alignment.CENTER),
            ]
        return shapes

    return _canvas(m, draw, full, f"Target {low:g} to {high:g} {unit}: {said or 'no readings'}", m.text_width * 0.8)
