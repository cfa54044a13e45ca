"""Setting the tablet up: the server, a one-time code, and the passphrase that will seal everything."""

from __future__ import annotations

import asyncio
from typing import Final

import flet as ft

from fieldapp.domain.display.dates import clock_time
from fieldapp.storage.keys import PASSPHRASE_CHARACTERS
from fieldapp.usecases.session import Session
from fieldapp.views import theme as t
from fieldapp.views.controls.forms import field
from fieldapp.views.controls.layout import Maybe, col, row
from fieldapp.views.controls.press import button
from fieldapp.views.controls.states import notice
from fieldapp.views.controls.text import text
from fieldapp.views.hooks import use_state, use_typed
from fieldapp.views.metrics import Metrics
from fieldapp.views.model import AppModel
from fieldapp.views.problems import TYPED, Problem, problem_of
from fieldapp.views.screens.door import door, promise

_RULE: Final = (
    f"{PASSPHRASE_CHARACTERS} characters or more. Three or four words are easy to remember and hard to guess."
)
_PROMISE: Final = (
    "The passphrase never leaves this tablet, and nobody can look it up for you. It opens your records without signal."
)
_AT: Final = {
    "weak_passphrase": "passphrase",
    "wrong_passphrase": "passphrase",
    "locked_out": "passphrase",
    "unreachable": "server",
    "bad_reply": "server",
    "bad_code": "code",
}
"""Which field an error belongs to; others stand above the form."""


def _faults(server: str, code: str, passphrase: str, again: str) -> dict[str, str]:
    """What is still wrong, by field."""
    faults: dict[str, str] = {}
    if not server.strip():
        faults["server"] = "Type the server's address. It is on the sheet with your code"
    if not code.strip():
        faults["code"] = "Type the code from your team lead"
    if len(passphrase) < PASSPHRASE_CHARACTERS:
        short = PASSPHRASE_CHARACTERS - len(passphrase)
        faults["passphrase"] = f"{short} more character{'' if short == 1 else 's'} needed"
    elif passphrase != again:
        faults["again"] = "The two are not the same. Type it again"
    return faults


@ft.component
def Enrol(app: AppModel, m: Metrics) -> ft.Control:
    """The whole window on a new tablet."""
    now = clock_time(app.device.clock.now())
    note = "Needs signal, once"
    return door(m, ft.Icons.TABLET_ANDROID_ROUNDED, "Set up this tablet", note, now, EnrolForm(app, m))


@ft.component
def EnrolForm(app: AppModel, m: Metrics) -> ft.Control:
    """The four fields; it holds what is typed."""
    server, set_server, server_now = use_typed(app.device.server)
    code, set_code, code_now = use_typed()
    passphrase, set_passphrase, passphrase_now = use_typed()
    again, set_again, again_now = use_typed()
    pressed, set_pressed = use_state(False)
    busy, set_busy = use_state(False)
    problem, set_problem = use_state(app.problem or Problem("", ""))

    faults = _faults(server, code, passphrase, again) if pressed else {}
    where = _AT.get(problem.code, "")
    if where and where not in faults:
        faults = {**faults, where: problem.sentence}

    async def enrol() -> None:
        set_pressed(True)
        set_problem(Problem("", ""))
        address, once, secret = server_now(), code_now(), passphrase_now()
        if busy or _faults(address, once, secret, again_now()):
            return
        set_busy(True)
        try:
            session: Session = await asyncio.to_thread(app.tablet.enrol, address, once, secret)
        except TYPED as error:
            set_problem(problem_of(error))
        else:
            app.enter(session)
        finally:
            set_busy(False)

    above: Maybe = None
    if problem.code and not where:
        above = notice(
            m, "danger", ft.Icons.ERROR_OUTLINE_ROUNDED, "Not set up yet", problem.sentence, identifier="enrol-problem"
        )
    return col(
        above,
        field(
            "Server address",
            server,
            set_server,
            hint="https://",
            keyboard=ft.KeyboardType.URL,
            error=faults.get("server", ""),
            identifier="server",
        ),
        field("One-time code", code, set_code, error=faults.get("code", ""), identifier="code"),
        col(
            field(
                "New passphrase",
                passphrase,
                set_passphrase,
                password=True,
                error=faults.get("passphrase", ""),
                identifier="new-passphrase",
            ),
            text(_RULE, "caption", t.MUTED),
            gap=t.S1,
        ),
        field(
            "Passphrase again",
            again,
            set_again,
            password=True,
            error=faults.get("again", ""),
            on_submit=lambda: app.spawn(enrol),
            identifier="passphrase-again",
        ),
        row(
            button(
                m, "Setting up" if busy else "Set up tablet", None if busy else enrol, expand=True, identifier="enrol"
            )
        ),
        promise(_PROMISE),
        gap=16,
    )
