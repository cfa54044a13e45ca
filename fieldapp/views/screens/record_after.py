"""After a score that needs action: what the person decided, and the service's steps, each with its own button."""

from __future__ import annotations

import asyncio

import flet as ft

from fieldapp.domain.display.contacts import phone_uri
from fieldapp.usecases.escalation import EscalationPanel
from fieldapp.usecases.service import Step
from fieldapp.views import theme as t
from fieldapp.views.controls.layout import Maybe, box, col, dock, row, side
from fieldapp.views.controls.lists import alarm, step_row
from fieldapp.views.controls.press import ButtonKind, OnClick, button
from fieldapp.views.controls.text import Part, icon, rich, text
from fieldapp.views.hooks import use_state
from fieldapp.views.metrics import Metrics
from fieldapp.views.screens.record_desk import Desk

I = ft.Icons  # noqa: E741


def steps(m: Metrics, desk: Desk, panel: EscalationPanel) -> ft.Control:
    """The alarm with the policy's name and date, the decisions, the numbered steps."""
    ground, ink = t.tone("attention")
    decided: Maybe = None
    if panel.decisions:
        words = rich(Part("Their own decisions  ", "label", ink), Part(panel.decisions, "body", ink), expand=True)
        inside = box(row(icon(I.GPP_MAYBE_OUTLINED, ink, 24), words, gap=t.S3), ground, 12, t.R_CONTROL)
        decided = ft.Semantics(identifier="decisions", content=inside)
    made = [_step(m, desk, n + 1, step) for n, step in enumerate(panel.steps)]
    body = ft.Container(
        col(decided, *made, gap=t.S1), padding=ft.Padding.symmetric(horizontal=m.gutter, vertical=12), bgcolor=t.CARD
    )
    return col(alarm(m, panel.title, panel.policy), body, gap=0)


def _step(m: Metrics, desk: Desk, n: int, step: Step) -> ft.Control:
    if step.action == "timer":
        return TimerStep(m, desk, n, step, desk.timer_from)
    uri = phone_uri(step.phone) if step.phone else None
    urgent = step.phone == "999"
    kind: ButtonKind = "danger" if urgent else "primary"
    call: OnClick = (lambda: desk.call(uri)) if uri else None
    action = "Call 999" if urgent else "Call" if uri else "No number"
    return step_row(m, n, step.what, step.how, action, call, kind, I.CALL_OUTLINED)


@ft.component
def TimerStep(m: Metrics, desk: Desk, n: int, step: Step, since: float | None) -> ft.Control:
    """A step that counts the minutes from its press; `since` is the monotonic start."""
    _, tick = use_state(0)

    async def run() -> None:
        while since is not None:
            await asyncio.sleep(1)
            tick(lambda x: x + 1)

    ft.use_effect(run, [since])
    if since is None:
        return step_row(m, n, step.what, step.how, "Start timer", desk.start_timer, glyph=I.TIMER_OUTLINED)
    minutes, seconds = divmod(int(desk.elapsed()), 60)
    action = f"{minutes:02d}:{seconds:02d}"
    return step_row(m, n, step.what, step.how, action, None, glyph=I.TIMER_OUTLINED)


def foot(m: Metrics, desk: Desk) -> ft.Control:
    """What became of the set, and the way on."""
    said = text(f"Saved on this tablet {desk.saved_at}", "caption", t.MUTED)
    write = button(
        m, "Record what I did", desk.write, "soft", I.EDIT_OUTLINED, identifier="record-note", expand=m.phone
    )
    done = button(m, "Back to the patient", desk.done, "secondary", identifier="done", expand=m.phone)
    if not m.phone:
        return dock(m, ft.Container(said, expand=True), done, write)
    inside = col(said, row(write), row(done))
    padding = ft.Padding.symmetric(horizontal=m.gutter, vertical=12)
    return ft.Container(inside, bgcolor=t.CARD, padding=padding, border=ft.Border.only(top=side()))
