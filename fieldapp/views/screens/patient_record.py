"""What can be recorded about a patient, the likeliest first."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import flet as ft

from fieldapp.views import theme as t
from fieldapp.views.controls.forms import dialog
from fieldapp.views.controls.layout import col, fill, row, rule
from fieldapp.views.controls.press import button, pressable
from fieldapp.views.controls.text import icon, text
from fieldapp.views.metrics import Metrics
from fieldapp.views.navigation import EditPlan, LogSession, RecordObservations, Screen, TakePhotograph, WriteNote


class Choice(NamedTuple):
    """One thing to record; `name` makes its identifier."""

    name: str
    label: str
    note: str
    glyph: ft.IconData
    screen: Screen


def choices(patient: str, visit: str | None, pathways: tuple[str, ...]) -> tuple[Choice, ...]:
    """A session comes first where reablement is all there is, and is offered on that pathway only."""
    observations = Choice(
        "observations",
        "Record observations",
        "NEWS2 as you go",
        ft.Icons.MONITOR_HEART_OUTLINED,
        RecordObservations(patient, visit),
    )
    note = Choice("note", "Write a note", "Free text", ft.Icons.EDIT_NOTE_ROUNDED, WriteNote(patient, visit))
    photo = Choice(
        "photo",
        "Attach a photograph",
        "Such as of a wound",
        ft.Icons.PHOTO_CAMERA_OUTLINED,
        TakePhotograph(patient, visit),
    )
    session = Choice(
        "session",
        "Log a session",
        "Against this person's goals",
        ft.Icons.DIRECTIONS_WALK_ROUNDED,
        LogSession(patient, visit),
    )
    plan = Choice("plan", "Change the plan", "Statement by statement", ft.Icons.ASSIGNMENT_OUTLINED, EditPlan(patient))
    if pathways == ("reablement",):
        return session, note, photo, observations, plan
    if "reablement" in pathways:
        return observations, note, photo, session, plan
    return observations, note, photo, plan


def record_dialog(
    m: Metrics, offered: tuple[Choice, ...], on_choose: Callable[[Screen], None], on_close: Callable[[], None]
) -> ft.AlertDialog:
    """For `ft.use_dialog`."""

    def line(choice: Choice) -> ft.Control:
        words = col(text(choice.label, "strong"), text(choice.note, "caption", t.MUTED), gap=0)
        return pressable(
            row(icon(choice.glyph, t.PRIMARY, 24), fill(words), icon(ft.Icons.CHEVRON_RIGHT_ROUNDED), gap=t.S3),
            lambda: on_choose(choice.screen),
            label=choice.label,
            identifier=f"record-{choice.name}",
            padding=ft.Padding.symmetric(horizontal=4, vertical=12),
        )

    lines: list[ft.Control] = []
    for choice in offered:
        lines += [rule(), line(choice)] if lines else [line(choice)]
    close = button(m, "Close", on_close, "secondary", expand=True, identifier="dialog-cancel")
    inside = ft.Container(
        col(*lines, ft.Container(row(close), margin=ft.Margin.only(top=t.S3)), gap=0), width=m.px(420)
    )
    return dialog("Record", inside, on_close)
