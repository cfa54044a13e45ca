"""What runs behind the screens: a colleague's write wakes the sync, aeroplane mode and the lock silence the hints."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from fieldapp.domain.clock import FixedClock
from fieldapp.storage.kdf import FLOOR
from fieldapp.views.background import Background
from fieldapp.views.device import Device
from fieldapp.views.model import AppModel
from tests.server.world import World
from tests.views.seeded import PASSPHRASE

START = datetime(2026, 11, 24, 14, 2, tzinfo=UTC)


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    made = World(f"sqlite:///{tmp_path / 'server.db'}", FixedClock(START))
    yield made
    made.close()


async def until(condition: Callable[[], bool], what: str) -> None:
    deadline = time.monotonic() + 10
    while not condition():
        assert time.monotonic() < deadline, what
        await asyncio.sleep(0.01)


def listening() -> list[threading.Thread]:
    return [thread for thread in threading.enumerate() if thread.name == "hints"]


def test_hints_from_unlocking_to_locking(world: World, tmp_path: Path) -> None:
    home = world.team("Home ward")
    colleague = world.tablet("Tom Ogilvie", home)

    async def story() -> None:
        app = AppModel(Device(tmp_path / "tablet", world.clock, kdf=FLOOR, demo=True))
        loop = asyncio.get_running_loop()
        tasks: set[Any] = set()
        app._spawn = lambda task: tasks.add(asyncio.run_coroutine_threadsafe(task(), loop))
        background = Background(app)
        app._on_enter, app._on_sync = [background.opened], [background.kick]
        code = world.code(world.person("Ann Lee", home))
        app.enter(await asyncio.to_thread(app.tablet.enrol, world.address, code, PASSPHRASE))
        session = app.opened()
        assert background._hints is not None
        hints = background._hints
        await until(lambda: hints._stream is not None, "the tablet listens")
        patient = await asyncio.to_thread(colleague.new_patient)
        await until(lambda: patient in session.store.patients(), "the colleague's patient is here")

        app.fly(True)
        await until(lambda: hints._stream is None, "aeroplane mode is silence")
        await until(lambda: app.auto.phase == "offline", "the sync has noticed too")
        later = await asyncio.to_thread(colleague.new_patient)
        app.fly(False)
        await until(lambda: later in session.store.patients(), "what was missed is here")
        await until(lambda: hints._stream is not None, "the tablet listens again")

        app.lock()
        await until(lambda: not listening(), "nobody listens for a locked tablet")
        app.sync()
        assert not listening()

    asyncio.run(story())
