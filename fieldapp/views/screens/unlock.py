"""Unlocking: who is using this tablet, and their passphrase. Needs no network. A wrong one makes the next wait longer;
nothing is ever deleted."""

from __future__ import annotations

import asyncio
import math

import flet as ft

from fieldapp.domain.display.dates import clock_time
from fieldapp.storage import PersonLabel
from fieldapp.usecases.session import Session
from fieldapp.views.chrome import initials
from fieldapp.views.controls.forms import field
from fieldapp.views.controls.layout import Maybe, col, row, rows
from fieldapp.views.controls.lists import radio_row
from fieldapp.views.controls.marks import avatar
from fieldapp.views.controls.press import button
from fieldapp.views.controls.text import section
from fieldapp.views.hooks import Setter, use_state, use_typed
from fieldapp.views.metrics import Metrics
from fieldapp.views.model import AppModel
from fieldapp.views.problems import TYPED, Problem, problem_of
from fieldapp.views.screens.door import door, promise

_PROMISE = "Unsent work stays sealed on this tablet until it is sent. Nothing is lost when it locks."
_DEAD_ENDS = frozenset({"keystore_lost", "damage", "tampered", "corrupt", "newer_schema", "no_store", "disk"})


def wait_words(seconds: float) -> str:
    """`Try again in 5 s`, `Try again in 4 min 59 s`."""
    left = max(1, math.ceil(seconds))
    minutes, rest = divmod(left, 60)
    return f"Try again in {minutes} min {rest} s" if minutes else f"Try again in {left} s"


@ft.component
def Unlock(app: AppModel, m: Metrics) -> ft.Control:
    """The whole window while nobody is signed in."""
    people, _ = use_state(lambda: tuple(app.tablet.people()))
    now = app.device.clock.now()
    note = f"Locked since {clock_time(app.locked_at)}" if app.locked_at else ""
    return door(
        m, ft.Icons.LOCK_OUTLINED, "Visits", note, clock_time(now), PassphraseForm(app, m, people), promise(_PROMISE)
    )


@ft.component
def PassphraseForm(app: AppModel, m: Metrics, people: tuple[PersonLabel, ...]) -> ft.Control:
    """Who, and the passphrase; it holds what is typed, so that nothing else is drawn again with each key."""
    named = [person for person in people if person.name]
    slot, choose = use_state(named[0].slot if named else "")
    typed, type_, passphrase = use_typed()
    busy, set_busy = use_state(False)
    wrong, set_wrong = use_state(Problem("", ""))
    until, set_until = use_state(0.0)
    clock = app.device.clock
    left = until - clock.monotonic()

    async def count_down() -> None:
        while (rest := until - clock.monotonic()) > 0:
            await asyncio.sleep(min(rest, rest % 1 or 1.0))
            set_wrong(lambda last: last._replace(retry_after=until - clock.monotonic()))

    ft.use_effect(count_down, [until])

    async def unlock() -> None:
        if busy or until > clock.monotonic():
            return
        if not passphrase():
            set_wrong(Problem("Type your passphrase", "empty"))
            return
        set_busy(True)
        try:
            session: Session = await asyncio.to_thread(app.tablet.unlock, passphrase(), slot or None)
        except TYPED as error:
            fail(problem_of(error))
        else:
            app.enter(session)
        finally:
            set_busy(False)

    def fail(problem: Problem) -> None:
        if problem.code in _DEAD_ENDS:
            app.problem, app.stage = problem, "trouble"
        elif problem.code == "not_enrolled":
            app.problem, app.stage = problem, "enrol"
        else:
            type_("")
            set_wrong(problem)
            set_until(clock.monotonic() + (problem.retry_after or 0.0))

    who = next((person.name for person in named if person.slot == slot), "")
    waits = f" {wait_words(left)}." if left > 0 else ""
    label = "Unlocking" if busy else wait_words(left) if left > 0 else "Unlock"
    press = None if busy or left > 0 else unlock
    return col(
        section("Who is using this tablet?"),
        rows(*[_person(m, person, person.slot == slot, choose) for person in named]),
        field(
            f"Passphrase for {who}" if who else "Passphrase",
            typed,
            type_,
            password=True,
            autofocus=True,
            error=(wrong.sentence + waits) if wrong.code else "",
            on_submit=lambda: app.spawn(unlock),
            identifier="passphrase",
        ),
        row(button(m, label, press, expand=True, identifier="unlock")),
        gap=16,
    )


def _person(m: Metrics, person: PersonLabel, chosen: bool, choose: Setter[str]) -> Maybe:
    lead = avatar(m, initials(person.name), 48, chosen=chosen)
    return radio_row(
        m,
        person.name,
        person.role,
        chosen,
        lambda: choose(person.slot),
        lead=lead,
        identifier=f"person-{person.slot}",
    )
