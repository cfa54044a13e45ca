"""Every control in every state, one page per route, for screenshots: `/<page>`. Invented people only."""

from __future__ import annotations

from collections.abc import Callable

import flet as ft

from fieldapp.views import theme as t
from fieldapp.views.metrics import Measured, Metrics
from tests.browser.gallery import basics, recording, screens, states

PAGES: dict[str, Callable[[Metrics], ft.Control]] = {
    "basics": basics.Basics,
    "today": screens.Today,
    "now": screens.Now,
    "long-name": screens.LongName,
    "charts": screens.Charts,
    "record": recording.Record,
    "alarm": recording.Alarm,
    "empty": states.Empty,
    "closed": states.Closed,
    "sync": states.Sync,
    "forms": states.Forms,
    "unlock": states.Unlock,
}


def main(page: ft.Page) -> None:
    page.fonts = t.fonts()
    page.theme, page.dark_theme = t.theme("light"), t.theme("dark")
    page.theme_mode = ft.ThemeMode.SYSTEM
    page.padding = 0
    page.bgcolor = t.PAGE
    page.render(Measured, PAGES[page.route.strip("/") or "basics"])


if __name__ == "__main__":
    ft.run(main, assets_dir=str(t.ASSETS))
