"""An unlocked app over a real sealed store, at one screen, without a client."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path

import flet as ft

from fieldapp.domain.clock import FixedClock
from fieldapp.storage.kdf import FLOOR
from fieldapp.views.device import Device
from fieldapp.views.metrics import Metrics
from fieldapp.views.model import AppModel
from fieldapp.views.navigation import Screen
from fieldapp.views.screens import SCREENS
from tests.views.harness import Drawn, drawn
from tests.views.patient_people import NOW, fill
from tests.views.seeded import PASSPHRASE, new_store

TABLET = Metrics(800, 1.0, 1280)
PHONE = Metrics(390, 1.0, 844)
CLOCK = FixedClock(NOW)


def people(directory: Path, *, conflict: bool = True) -> dict[str, str]:
    """Make and fill the store."""
    store = new_store(directory, CLOCK)
    found = fill(store, CLOCK, conflict=conflict)
    store.close()
    return found


def unlocked(directory: Path) -> AppModel:
    """The app just after unlocking."""
    app = AppModel(Device(directory, CLOCK, kdf=FLOOR))
    app.session = app.tablet.unlock(PASSPHRASE)
    app.stage, app.place = "open", "patients"
    return app


@ft.component
def Stage(app: AppModel, m: Metrics) -> ft.Control:
    """The screen on top, drawn again when it changes; nothing once there is none."""
    top = app.top
    return SCREENS[type(top)](app, m, top) if top is not None and type(top) in SCREENS else ft.Text("left")


@asynccontextmanager
async def shown(app: AppModel, screen: Screen, m: Metrics = TABLET) -> AsyncGenerator[Drawn]:
    """The app at `screen`, once it has been read from the store."""
    app.stack = (*app.stack, screen)

    async with drawn(_Opening, app, m) as d:
        yield d


@ft.component
def _Opening(app: AppModel, m: Metrics) -> ft.Control:
    page = ft.context.page
    ft.use_ref(lambda: app.attach(page, _nothing, _nothing))
    return Stage(app, m)


def _nothing(*_: object) -> None:
    """No worker runs in these tests."""
