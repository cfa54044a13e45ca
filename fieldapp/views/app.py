"""The root: which screen is in front."""

from __future__ import annotations

import flet as ft

from fieldapp.views.chrome import chrome_of
from fieldapp.views.controls.states import state_page
from fieldapp.views.metrics import Measured, Metrics, body_metrics
from fieldapp.views.model import AppModel
from fieldapp.views.navigation import Screen
from fieldapp.views.screens import PLACES, SCREENS
from fieldapp.views.shell import frame


@ft.component
def App(app: AppModel) -> ft.Control:
    """Everything, at the size of the window."""
    return Measured(lambda m: Front(app, m))


@ft.component
def Front(app: AppModel, m: Metrics) -> ft.Control:
    """The screen on top, or the place under it."""
    if app.top is not None:
        return draw(app, m, app.top)
    return PLACES[app.place](app, m)


def draw(app: AppModel, m: Metrics, screen: Screen) -> ft.Control:
    """One screen above the places. A part that this version lacks says so."""
    made = SCREENS.get(type(screen))
    if made is not None:
        return made(app, m, screen)
    sentence = "This version of the app cannot show it. Update the app."
    page = state_page(body_metrics(m), ft.Icons.SYSTEM_UPDATE_OUTLINED, "Update the app", sentence, "Back", app.back)
    return frame(m, chrome_of(app), page)
