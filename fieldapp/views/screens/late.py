"""Saying how late one will be: the patient's page follows."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

import flet as ft

from fieldapp.views import theme as t
from fieldapp.views.controls.forms import dialog
from fieldapp.views.controls.layout import col, row
from fieldapp.views.controls.press import button, segmented
from fieldapp.views.controls.text import text
from fieldapp.views.hooks import use_state
from fieldapp.views.metrics import Metrics

MINUTES: Final = (10, 20, 30, 45, 60)


@ft.component
def LateForm(m: Metrics, on_late: Callable[[int], None], on_cancel: Callable[[], None]) -> ft.Control:
    """The inside of the dialog; `on_late` gets the minutes."""
    chosen, choose = use_state(1)
    sentence = "The patient's page shows the new time once this is sent. How many minutes until you arrive?"
    pick = segmented(
        m,
        [str(n) for n in MINUTES],
        chosen,
        choose,
        name="Minutes until you arrive",
        spoken=[f"{n} minutes" for n in MINUTES],
        identifier="late",
    )
    no = button(m, "Cancel", on_cancel, "secondary", expand=True, identifier="dialog-cancel")
    yes = button(
        m,
        f"Arrive in {MINUTES[chosen]} min",
        lambda: on_late(MINUTES[chosen]),
        expand=True,
        identifier="dialog-confirm",
    )
    acts = col(row(yes), row(no)) if m.phone else row(no, yes)
    return ft.Container(col(text(sentence), pick, acts, gap=t.S4), width=m.px(420))


def late_dialog(m: Metrics, on_late: Callable[[int], None], on_cancel: Callable[[], None]) -> ft.AlertDialog:
    """For `ft.use_dialog`; `on_late` gets the minutes until arrival."""
    return dialog("Running late", LateForm(m, on_late, on_cancel), on_cancel)
