"""The dialogs of a session: one activity, one goal."""

from __future__ import annotations

import flet as ft

from fieldapp.domain.display.numbers import signed
from fieldapp.usecases.reablement import HELP_WORDS, SCALE
from fieldapp.usecases.therapy import Activity
from fieldapp.views import theme as t
from fieldapp.views.controls.forms import dialog, field
from fieldapp.views.controls.layout import Maybe, col, row
from fieldapp.views.controls.press import button, icon_button, segmented
from fieldapp.views.controls.text import text
from fieldapp.views.hooks import use_state, use_typed
from fieldapp.views.metrics import Metrics
from fieldapp.views.screens.reablement_desk import Desk

_LEVELS = tuple(HELP_WORDS)
MOST = 600
"""Minutes of one activity."""


@ft.component
def ActivityForm(m: Metrics, desk: Desk, known: Activity | None) -> ft.Control:
    """What, for how long, with how much help."""
    what, set_what, latest = use_typed(known.what if known else "")
    minutes, set_minutes = use_state(known.minutes if known else None)
    chosen, choose = use_state(_LEVELS.index(known.help) if known and known.help in _LEVELS else -1)
    error, set_error = use_state("")

    def typed(words: str) -> None:
        set_what(words)
        set_error("")

    def more() -> None:
        set_minutes(lambda n: min(MOST, (n or 0) + 1 if (n or 0) % 5 else (n or 0) + 5))

    def less() -> None:
        set_minutes(lambda n: max(0, (n or 0) - 1))

    def done() -> None:
        if not latest().strip():
            set_error("What was practised: write it first.")
            return
        desk.practise(Activity(latest().strip(), minutes, _LEVELS[chosen] if chosen >= 0 else None))

    shown = "–" if minutes is None else f"{minutes} min"
    steps = row(
        text("Minutes", expand=True),
        icon_button(
            m, ft.Icons.REMOVE_ROUNDED, "One minute less", less, bgcolor=t.PRIMARY_SOFT, identifier="minutes-less"
        ),
        ft.Container(text(shown, "strong"), width=m.px(72), alignment=ft.Alignment.CENTER),
        icon_button(m, ft.Icons.ADD_ROUNDED, "More minutes", more, bgcolor=t.PRIMARY_SOFT, identifier="minutes-more"),
    )
    pick = segmented(
        m, list(HELP_WORDS.values()), chosen if chosen >= 0 else None, choose, name="Help needed", identifier="help"
    )
    no = button(m, "Cancel", desk.close_sheet, "secondary", expand=True, identifier="dialog-cancel")
    yes = button(m, "Keep activity" if known else "Add activity", done, expand=True, identifier="dialog-confirm")
    drop: Maybe = None
    if known is not None:
        drop = row(button(m, "Remove it", desk.drop_activity, "quiet", height=t.TARGET, identifier="remove"))
    parts = col(
        field("What was practised", what, typed, error=error, autofocus=known is None, identifier="what"),
        steps,
        text("Help needed", "label"),
        pick,
        drop,
        col(row(yes), row(no)) if m.phone else row(no, yes),
        gap=t.S3,
    )
    return ft.Container(parts, width=m.px(480))


@ft.component
def GoalForm(m: Metrics, desk: Desk) -> ft.Control:
    """A goal in the person's words, and where they stand now."""
    quote, set_quote, latest = use_typed("")
    detail, set_detail, latest_detail = use_typed("")
    chosen, choose = use_state(-1)
    error, set_error = use_state("")

    def typed(words: str) -> None:
        set_quote(words)
        set_error("")

    async def done() -> None:
        if not latest().strip():
            set_error("Goal: write it in the person's own words.")
            return
        await desk.add_goal(latest(), latest_detail(), SCALE[chosen] if chosen >= 0 else None)

    pick = segmented(
        m,
        [signed(value) for value in SCALE],
        chosen if chosen >= 0 else None,
        choose,
        name="Where they stand now",
        identifier="baseline",
    )
    no = button(m, "Cancel", desk.close_sheet, "secondary", expand=True, identifier="dialog-cancel")
    yes = button(m, "Save goal", done, expand=True, identifier="dialog-confirm")
    parts = col(
        field("Goal, in their words", quote, typed, error=error, autofocus=True, identifier="goal-quote"),
        field("What it takes", detail, set_detail, hint="Stairs with one rail, no one near", identifier="goal-detail"),
        text("Where they stand now", "label"),
        pick,
        col(row(yes), row(no)) if m.phone else row(no, yes),
        gap=t.S3,
    )
    return ft.Container(parts, width=m.px(480))


def activity_dialog(m: Metrics, desk: Desk) -> ft.AlertDialog:
    """For `ft.use_dialog`."""
    known = desk.draft.activities[desk.place] if desk.place is not None else None
    return dialog("Activity" if known else "Add an activity", ActivityForm(m, desk, known), desk.close_sheet)


def goal_dialog(m: Metrics, desk: Desk) -> ft.AlertDialog:
    """For `ft.use_dialog`."""
    return dialog("Add a goal", GoalForm(m, desk), desk.close_sheet)
