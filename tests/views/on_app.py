"""The whole app on a page without a client, over a real sealed store."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import flet as ft

from fieldapp.domain.clock import FixedClock
from fieldapp.storage.kdf import FLOOR
from fieldapp.views.app import Front
from fieldapp.views.device import Device
from fieldapp.views.metrics import Metrics
from fieldapp.views.model import AppModel
from tests.views.harness import Drawn
from tests.views.seeded import PASSPHRASE, day, new_store

START = datetime(2026, 11, 24, 14, 2, tzinfo=UTC)
PHONE, TABLET, WIDE = Metrics(390, 1.0, 844), Metrics(800, 1.0, 1280), Metrics(1280, 1.0, 800)


def device_at(directory: Path, *, work: bool = True, crowd: int = 0, demo: bool = True) -> Device:
    """An enrolled tablet at 14:02 on a Tuesday, with a day's work unless `work` is False."""
    clock = FixedClock(START)
    store = new_store(directory, clock)
    if work:
        day(store, clock, crowd=crowd)
    store.close()
    return Device(directory, clock, kdf=FLOOR, demo=demo)


def unlocked(device: Device) -> AppModel:
    """The app as somebody has just unlocked it, not yet drawn."""
    app = AppModel(device)
    app.session = app.tablet.unlock(PASSPHRASE)
    app.stage = "open"
    return app


@ft.component
def Whole(app: AppModel, m: Metrics) -> ft.Control:
    """What a page session shows, tied to its page."""
    app._spawn = ft.context.page.run_task
    return Front(app, m)


async def says(page: Drawn, *expected: str) -> None:
    """Wait until all of this is on screen or in a spoken name."""

    def seen() -> bool:
        said = " | ".join([*page.words(), *page.labels()])
        return all(words in said for words in expected)

    await page.until(seen, " and ".join(expected))
