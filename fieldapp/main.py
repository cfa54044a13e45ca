"""The app: `python -m fieldapp.main`, and where a tablet build starts.

One process is one tablet. The environment it reads is described at `fieldapp.views.device.device_from`; FLET_… choose
the port and the address in the browser, for the demo and for tests.
"""

from __future__ import annotations

import os

import flet as ft

from fieldapp.views import theme as t
from fieldapp.views.app import App
from fieldapp.views.background import Background
from fieldapp.views.device import Device, device_from
from fieldapp.views.model import AppModel
from fieldapp.views.quiet import quiet_logs


class Tablet:
    """What every page session of this process is opened with."""

    def __init__(self, device: Device) -> None:
        self._device = device

    def open(self, page: ft.Page) -> None:
        """One page session: its own model, its own unlocking."""
        page.title = "Visits"
        page.fonts = t.fonts()
        page.theme, page.dark_theme = t.theme("light"), t.theme("dark")
        page.theme_mode = ft.ThemeMode.SYSTEM
        page.padding = 0
        page.bgcolor = t.PAGE
        app = AppModel(self._device)
        background = Background(app)
        background.attach(page, lambda: page.render(App, app))
        app.begin()
        page.render(App, app)
        background.start()


def main() -> None:
    """Run until the app is closed."""
    quiet_logs()
    ft.run(Tablet(device_from(os.environ)).open, assets_dir=str(t.ASSETS))


if __name__ == "__main__":
    main()
