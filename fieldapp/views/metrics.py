"""The size a screen is drawn for: the window's width and the reader's text size.

One process may serve several sessions, so the measures are a frozen value handed down to every control that
holds text, never a global. It compares by value: a memoised row redraws when it changes, and only then.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import flet as ft

from fieldapp.views import theme as t
from fieldapp.views.hooks import use_state

BAR_GROWTH = 1.3  # Material's bars stop growing here too, so that the places still fit


@dataclass(frozen=True, slots=True)
class Metrics:
    """`width` and `height` in px; `text_scale` is 1.0 at the platform's default text size, 2.0 at 200 %."""

    width: float
    text_scale: float = 1.0
    height: float = 0.0

    @property
    def text_width(self) -> float:
        """The width in text units: a tablet at 200 % is a phone with large type."""
        return self.width / self.text_scale

    @property
    def phone(self) -> bool:
        """Single narrow column, bar below."""
        return self.text_width < t.PHONE_MAX

    @property
    def wide(self) -> bool:
        """List and detail side by side."""
        return self.text_width >= t.WIDE_MIN

    @property
    def large_text(self) -> bool:
        """Text so large that rows of words must stack."""
        return self.text_scale >= 1.5

    @property
    def tiny(self) -> bool:
        """A phone with large type: a few words to the line, and headers must give way to what is being done."""
        return self.text_width < 300

    @property
    def gutter(self) -> int:
        """Space left and right of a screen's content, in px."""
        return t.GUTTER_PHONE if self.phone else t.GUTTER_TABLET

    def px(self, n: float) -> float:
        """A measure that holds text, so it grows with the text."""
        return n * self.text_scale

    def nav(self, n: float) -> float:
        """A measure in the rail or the bar, which grow to 130 % only."""
        return n * min(self.text_scale, BAR_GROWTH)

    def shrink(self, cap: float) -> float:
        """The factor that holds text to `cap` times its normal size, however large the reader's text."""
        return min(1.0, cap / self.text_scale)

    def narrowed(self, width: float) -> Metrics:
        """The same reader in a pane `width` px wide."""
        return Metrics(width, self.text_scale, self.height)


def list_metrics(m: Metrics) -> Metrics:
    """The measures of the list's pane in `split`."""
    return m.narrowed(m.px(t.LIST_PANE))


def detail_metrics(m: Metrics) -> Metrics:
    """The measures of the detail's pane in `split`."""
    return m.narrowed(max(0.0, m.width - t.RAIL - 1 - m.px(t.LIST_PANE)))


def body_metrics(m: Metrics) -> Metrics:
    """The measures of the body beside the rail."""
    return m if m.phone else Metrics(m.width - t.RAIL, m.text_scale, m.height)


@ft.component
def Measured(build: Callable[[Metrics], ft.Control]) -> ft.Control:
    """Draw `build(metrics)`, again whenever the window or the reader's text size changes.

    The client reports no text scale, so a hidden line of known size is measured. `build` should return a
    component that takes the metrics, so that its own state survives.
    """
    page = ft.context.page
    metrics, set_metrics = use_state(Metrics(page.width or 800.0, 1.0, page.height or 0.0))

    def on_ruler(e: ft.LayoutSizeChangeEvent[ft.LayoutControl]) -> None:
        scale = max(0.5, round(e.height / 100, 2))
        set_metrics(lambda m: Metrics(m.width, scale, m.height))

    def on_window(e: ft.LayoutSizeChangeEvent[ft.LayoutControl]) -> None:
        width, height = e.width, e.height
        set_metrics(lambda m: Metrics(width, m.text_scale, height))

    ruler = ft.Text("0", style=ft.TextStyle(size=100, height=1), on_size_change=on_ruler)
    hidden = ft.Semantics(exclude_semantics=True, content=ruler)
    body = ft.Container(build(metrics), expand=True, on_size_change=on_window)
    return ft.Stack([ft.Container(hidden, left=0, top=0, opacity=0), body], fit=ft.StackFit.EXPAND, expand=True)
