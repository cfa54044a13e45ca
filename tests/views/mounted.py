"""One screen of the app over a real sealed store, drawn without a browser."""

# pyright: reportPrivateUsage=false
from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path

import flet as ft

from fieldapp.domain.clock import Clock
from fieldapp.storage.kdf import FLOOR
from fieldapp.usecases.session import Session
from fieldapp.views.app import draw
from fieldapp.views.device import Device
from fieldapp.views.metrics import Metrics
from fieldapp.views.model import AppModel
from fieldapp.views.navigation import OpenPatient, Screen
from tests.views.harness import Drawn, drawn
from tests.views.seeded import PASSPHRASE

TABLET, PHONE = Metrics(800, 1.0, 1280), Metrics(390, 1.0, 844)


@ft.component
def Front(app: AppModel, m: Metrics) -> ft.Control:
    """What is on top, or its absence."""
    page = ft.context.page
    ft.use_memo(lambda: app.attach(page, lambda _: None, lambda: None), [])
    return draw(app, m, app.top) if app.top is not None else ft.Text(f"at {app.stage}")


class Mounted:
    """The drawn screen with its app; `session` reads the store as the app sees it."""

    def __init__(self, app: AppModel, shown: Drawn) -> None:
        self.app, self.shown = app, shown

    @property
    def session(self) -> Session:
        return self.app.opened()

    async def ready(self, name: str) -> None:
        """Wait until a node with this identifier is drawn."""
        await self.shown.until(
            lambda: any(c.identifier == name for c in self.shown.all(ft.Semantics)), f"a node named {name}"
        )

    async def dialog(self, name: str) -> None:
        """Wait until the dialog that holds this identifier is open. Without a client nobody mounts a dialog's own
        components, so it is done here."""
        await self.shown.until(lambda: bool(self.shown.dialogs()), "a dialog")
        for open_ in self.shown.dialogs():
            part = getattr(open_, "content", None)
            if isinstance(part, ft.Component) and part._b is None:
                part.did_mount()
                part.update()
        await self.ready(name)

    async def keys(self, keys: str) -> None:
        """Press keys of the number pad: digits, `.`, `<` deletes, `+`, `-`, `>` goes on."""
        names = {".": "point", "<": "back", "+": "plus", "-": "minus", ">": "next"}
        for key in keys:
            await self.shown.tap(f"key-{names.get(key, key)}")


@asynccontextmanager
async def mounted(
    store: Path, clock: Clock, patient: str, screen: Screen, m: Metrics = TABLET
) -> AsyncGenerator[Mounted]:
    """Unlock the store in that folder and open `screen` above the patient; locked again at the end."""
    app = AppModel(Device(store, clock, kdf=FLOOR))
    app.stage = "open"
    app.session = app.tablet.unlock(PASSPHRASE)
    app.place = "patients"
    app.open(OpenPatient(patient))
    app.open(screen)
    try:
        async with drawn(Front, app, m) as shown:
            yield Mounted(app, shown)
    finally:
        app.lock()
