"""The store will not open: what that means, one thing to do, and nothing that could delete it."""

from __future__ import annotations

import flet as ft

from fieldapp.views.controls.states import state_page
from fieldapp.views.metrics import Metrics
from fieldapp.views.model import AppModel

_UPDATE = "newer_schema"


@ft.component
def Trouble(app: AppModel, m: Metrics) -> ft.Control:
    """The whole window; *Try again* looks at the store once more."""
    problem = app.problem
    sentence = problem.sentence if problem else "The store on this tablet could not be read. It was not changed."
    code = problem.code if problem else "store"
    title = "Update the app" if code == _UPDATE else "This tablet's records will not open"
    kept = "Your entries are still on this tablet, sealed. Do not remove the app. Ring the service desk."
    if code == _UPDATE:
        kept = "Your entries are still on this tablet, sealed."
    return state_page(
        m,
        ft.Icons.LOCK_OUTLINED,
        title,
        f"{sentence} {kept}",
        "Try again",
        app.begin,
        "attention" if code == _UPDATE else "danger",
        detail=f"Reference for the service desk: {code}",
    )
