"""The app's model: where it is, when it locks, what work does to it. A real sealed store; time is told."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import flet as ft
import pytest

from fieldapp.domain.clock import FixedClock
from fieldapp.storage.errors import StoreClosedError
from fieldapp.storage.kdf import FLOOR
from fieldapp.usecases.errors import LockedError, NeedsReasonError
from fieldapp.views.device import Device, device_from
from fieldapp.views.model import AppModel
from fieldapp.views.navigation import OpenPatient, RecordObservations
from tests.views.harness import drawn, run
from tests.views.seeded import PASSPHRASE, day, new_store

START = datetime(2026, 11, 24, 14, 2, tzinfo=UTC)


def app_at(directory: Path, clock: FixedClock | None = None, idle: timedelta = timedelta(minutes=2)) -> AppModel:
    """A locked app on a tablet with a day's work. Its tasks run on the loop of the caller, if there is one."""
    clock = clock or FixedClock(START)
    store = new_store(directory, clock)
    day(store, clock)
    store.close()
    app = AppModel(Device(directory, clock, kdf=FLOOR, idle=idle))

    def spawn(task: Any) -> None:
        asyncio.get_running_loop().create_task(task())

    app._spawn = spawn
    return app


async def unlocked(app: AppModel) -> AppModel:
    app.enter(app.tablet.unlock(PASSPHRASE))
    await until(lambda: app.badge is not None)
    return app


async def until(condition: Callable[[], bool]) -> None:
    for _ in range(2000):
        if condition():
            return
        await asyncio.sleep(0.002)
    raise AssertionError("waited in vain")


def test_a_new_tablet_is_set_up_first_and_an_enrolled_one_unlocked(tmp_path: Path) -> None:
    new = AppModel(Device(tmp_path / "new", FixedClock(START)))
    new.begin()
    assert new.stage == "enrol"
    known = app_at(tmp_path / "known")
    known.begin()
    assert known.stage == "locked"


def test_a_store_that_cannot_be_read_is_trouble_and_stays_as_it_is(tmp_path: Path) -> None:
    app = app_at(tmp_path)
    file = tmp_path / "store.db"
    file.write_bytes(b"x" * 300 + file.read_bytes()[300:])
    before = file.read_bytes()
    app.begin()
    assert app.stage == "trouble"
    assert app.problem is not None
    assert app.problem.code == "corrupt"
    assert file.read_bytes() == before


def test_screens_stack_above_a_place_and_another_place_leaves_them(tmp_path: Path) -> None:
    app = AppModel(Device(tmp_path, FixedClock(START)))
    app.open_patient("p")
    app.open_patient("p")
    app.open(RecordObservations("p"))
    assert app.stack == (OpenPatient("p"), RecordObservations("p"))
    app.replace(OpenPatient("p", "timeline"))
    assert app.top == OpenPatient("p", "timeline")
    app.back()
    app.back()
    app.back()
    assert app.top is None
    app.open_patient("p")
    app.go("sync")
    assert (app.place, app.top) == ("sync", None)


def test_it_locks_after_two_minutes_without_a_touch_and_the_keys_are_gone(tmp_path: Path) -> None:
    async def story() -> None:
        clock = FixedClock(START)
        app = await unlocked(app_at(tmp_path, clock))
        session = app.opened()
        app.open_patient(session.store.patients()[0])
        clock.advance(119)
        app.beat()
        assert app.session is not None
        app.touch()
        clock.advance(119)
        assert app.beat() == pytest.approx(1.0)
        assert app.stage == "open"
        clock.advance(1)
        app.beat()
        assert (app.stage, app.session, app.stack, app.badge) == ("locked", None, (), None)
        assert app.locked_at == clock.now()
        with pytest.raises(LockedError):
            app.opened()
        with pytest.raises(StoreClosedError):
            session.store.patients()

    asyncio.run(story())


def test_a_tablet_that_slept_locks_on_waking(tmp_path: Path) -> None:
    """The monotonic clock stands still while a tablet sleeps; civil time does not."""

    async def story() -> None:
        clock = FixedClock(START)
        app = await unlocked(app_at(tmp_path, clock))
        clock.set(START + timedelta(minutes=3))
        app.beat()
        assert app.stage == "locked"

    asyncio.run(story())


def test_each_minute_ticks_once(tmp_path: Path) -> None:
    clock = FixedClock(START)
    app = AppModel(Device(tmp_path, clock))
    app.beat()
    first = app.tick
    clock.advance(59)
    assert app.beat() == pytest.approx(1.0)
    assert app.tick == first
    clock.advance(1)
    app.beat()
    assert app.tick == first + 1


def test_a_save_is_read_again_and_said(tmp_path: Path) -> None:
    async def story() -> None:
        app = await unlocked(app_at(tmp_path))
        session = app.opened()
        patient, before, unsent = session.store.patients()[0], app.revision, app.badge.unsent if app.badge else -1
        saved: list[Any] = []
        assert await app.work(
            lambda: session.put(patient, "note", {"text": "Dry."}), then=saved.append, said="Saved on this tablet"
        )
        await until(lambda: app.revision != before)
        assert len(saved) == 1
        assert app.message is not None
        assert app.message.words == "Saved on this tablet"
        assert app.badge is not None
        assert app.badge.unsent == unsent + 1

    asyncio.run(story())


def test_a_typed_error_becomes_a_sentence_and_another_error_does_not_pass_in_silence(tmp_path: Path) -> None:
    async def story() -> None:
        app = await unlocked(app_at(tmp_path))

        def refuse() -> None:
            raise NeedsReasonError("Say why.")

        assert not await app.work(refuse)
        assert app.problem is not None
        assert app.problem.sentence == "Say why."
        heard: list[str] = []
        assert not await app.work(refuse, failed=lambda problem: heard.append(problem.code))
        assert heard == ["needs_reason"]
        with pytest.raises(ZeroDivisionError):
            await app.work(lambda: 1 // 0)

    asyncio.run(story())


def test_work_that_ends_after_a_lock_changes_nothing_on_screen(tmp_path: Path) -> None:
    async def story() -> None:
        app = await unlocked(app_at(tmp_path))
        called: list[int] = []

        def slow() -> int:
            app.lock()
            return 1

        assert await app.work(slow, then=called.append, said="Saved on this tablet")
        assert (called, app.message, app.stage) == ([], None, "locked")

    asyncio.run(story())


def test_the_tablet_is_described_by_the_environment(tmp_path: Path) -> None:
    durable = {"FLET_APP_STORAGE_DATA": str(tmp_path)}
    assert device_from(durable).directory == tmp_path / "store"
    assert device_from(durable | {"FIELDAPP_STORE": str(tmp_path / "x")}).directory == tmp_path / "x"
    assert device_from(durable | {"FIELDAPP_DEMO": "1", "FIELDAPP_SERVER": "https://a"}).demo
    assert device_from(durable | {"FIELDAPP_LOCK_MINUTES": "5"}).idle == timedelta(minutes=5)
    for wrong in ("0.5", "6"):
        with pytest.raises(ValueError, match="1 to 5"):
            device_from(durable | {"FIELDAPP_LOCK_MINUTES": wrong})


def test_the_worker_can_report_while_the_browser_is_away(tmp_path: Path) -> None:
    """Flet's own `run_task` fails then, and would take the sync worker's thread with it."""

    @ft.component
    def Anything() -> ft.Control:
        return ft.Text("here")

    async def story() -> None:
        async with drawn(Anything) as ui:
            app = app_at(tmp_path)
            app.attach(ui.page, lambda _: None, lambda: None)
            session: Any = ui.page.session
            connection, session._Session__conn = session._Session__conn, None
            ran: list[str] = []

            async def task() -> None:
                ran.append(threading.current_thread().name)

            worker = threading.Thread(target=app.spawn, args=[task])
            worker.start()
            await until(lambda: bool(ran))
            worker.join()
            session._Session__conn = connection
            assert ran == [threading.main_thread().name]

    run(story)
