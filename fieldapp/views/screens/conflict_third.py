"""Writing a third version of a statement: its parts as fields, filled in from the first version."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import flet as ft

from fieldapp.usecases import third
from fieldapp.usecases.conflict import Question
from fieldapp.usecases.third import ThirdError, ThirdField
from fieldapp.views import theme as t
from fieldapp.views.controls.forms import field
from fieldapp.views.controls.layout import card, col, even, row
from fieldapp.views.controls.press import button
from fieldapp.views.controls.text import heading, text
from fieldapp.views.hooks import use_state
from fieldapp.views.metrics import Metrics
from fieldapp.views.screens.patient_draft import use_box


@ft.component
def Third(m: Metrics, question: Question, on_done: Callable[[Any], None], on_close: Callable[[], None]) -> ft.Control:
    """`on_done` gets the statement's JSON value."""
    parts = third.fields(question)
    texts = use_box({part.name: part.text for part in parts})
    _, redraw = use_state(0)
    error, set_error = use_state("")

    def typing(name: str) -> Callable[[str], None]:
        def typed(words: str) -> None:
            texts.value = {**texts.value, name: words}
            set_error("")
            redraw(lambda n: n + 1)

        return typed

    def done() -> None:
        try:
            on_done(third.read(question, texts.value))
        except ThirdError as wrong:
            set_error(str(wrong))

    def one(part: ThirdField, n: int) -> ft.Control:
        return field(
            part.label,
            texts.value.get(part.name, ""),
            typing(part.name),
            lines=2 if part.tall else 1,
            identifier=f"third-field-{n}",
        )

    made = [one(part, n) for n, part in enumerate(parts)]
    pairs = made if m.phone else [even(*made[i : i + 2]) for i in range(0, len(made), 2)]
    wrong = ft.Semantics(live_region=True, identifier="third-error", content=text(error, "label", t.DANGER))
    no = button(m, "Cancel", on_close, "secondary", identifier="third-cancel", expand=True if m.phone else None)
    yes = button(m, "Use this version", done, "soft", identifier="third-done", expand=True if m.phone else None)
    acts = row(no, yes)
    inside = col(heading("A third version"), *pairs, wrong if error else None, acts, gap=t.S3)
    return card(inside, edge=t.PRIMARY, width=2)
