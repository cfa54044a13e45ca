"""The root: which screen is in front, what passes at its foot, what went wrong."""

from __future__ import annotations

import flet as ft

from fieldapp.views.chrome import chrome_of
from fieldapp.views.controls.forms import dialog, show_snack
from fieldapp.views.controls.layout import col, row
from fieldapp.views.controls.press import button
from fieldapp.views.controls.states import state_page
from fieldapp.views.controls.text import text
from fieldapp.views.metrics import Measured, Metrics, body_metrics
from fieldapp.views.model import AppModel
from fieldapp.views.navigation import Screen
from fieldapp.views.problems import Problem
from fieldapp.views.screens import PLACES, SCREENS
from fieldapp.views.screens.enrol import Enrol
from fieldapp.views.screens.trouble import Trouble
from fieldapp.views.screens.unlock import Unlock
from fieldapp.views.shell import frame


@ft.component
def App(app: AppModel) -> ft.Control:
    """Everything, at the size of the window."""
    page = ft.context.page

    def pass_message() -> None:
        if app.message is not None:
            show_snack(page, app.message.words)

    ft.use_effect(pass_message, [app.message])
    return Measured(lambda m: Front(app, m))


@ft.component
def Front(app: AppModel, m: Metrics) -> ft.Control:
    """The screen that is in front."""
    problem = app.problem if app.stage == "open" else None
    ft.use_dialog(problem_dialog(m, problem, app) if problem is not None else None)
    match app.stage:
        case "starting":
            return ft.Container(expand=True)
        case "enrol":
            return Enrol(app, m)
        case "locked":
            return Unlock(app, m)
        case "trouble":
            return Trouble(app, m)
        case "open":
            return draw(app, m, app.top) if app.top is not None else PLACES[app.place](app, m)


def draw(app: AppModel, m: Metrics, screen: Screen) -> ft.Control:
    """One screen above the places. A part that this version lacks says so."""
    made = SCREENS.get(type(screen))
    if made is not None:
        return made(app, m, screen)
    sentence = "This version of the app cannot show it. Update the app."
    page = state_page(body_metrics(m), ft.Icons.SYSTEM_UPDATE_OUTLINED, "Update the app", sentence, "Back", app.back)
    return frame(m, chrome_of(app), page)


def problem_dialog(m: Metrics, problem: Problem, app: AppModel) -> ft.AlertDialog:
    """What went wrong, until it is read."""
    close = button(m, "Close", app.dismiss, expand=True, identifier="dialog-close")
    parts = col(text(problem.sentence), row(close), gap=16)
    return dialog("That did not work", ft.Container(parts, width=m.px(420)), app.dismiss)
