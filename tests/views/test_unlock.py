"""Unlocking: the right passphrase, a wrong one and the wait after it, a store that is damaged."""

from __future__ import annotations

from pathlib import Path

from fieldapp.domain.clock import FixedClock
from fieldapp.views.model import AppModel
from fieldapp.views.screens.unlock import wait_words
from tests.views.harness import drawn, run
from tests.views.on_app import TABLET, Whole, device_at, says
from tests.views.seeded import PASSPHRASE


def test_the_passphrase_opens_today(tmp_path: Path) -> None:
    async def story() -> None:
        app = AppModel(device_at(tmp_path))
        app.begin()
        async with drawn(Whole, app, TABLET) as page:
            await says(page, "Who is using this tablet?", "Amira Khan", "Passphrase for Amira Khan")
            assert not any("HARGREAVES" in words for words in [*page.words(), *page.labels()])
            await page.type("passphrase", PASSPHRASE)
            await page.tap("unlock")
            await says(page, "Tue 24-Nov-2026")
            app.lock()
            await says(page, "Locked since 14:02")
            assert not any("HARGREAVES" in words for words in [*page.words(), *page.labels()])

    run(story)


def test_a_wrong_one_is_emptied_and_waits_before_the_next(tmp_path: Path) -> None:
    async def story() -> None:
        device = device_at(tmp_path)
        app = AppModel(device)
        app.begin()
        async with drawn(Whole, app, TABLET) as page:
            await page.type("passphrase", "not the right words")
            await page.tap("unlock")
            await says(page, "That is not the right passphrase.", "Try again in 1 s")
            assert not page.pressable("unlock")
            assert app.stage == "locked"
            assert isinstance(device.clock, FixedClock)
            device.clock.advance(2)
            await says(page, "Unlock")
            await page.type("passphrase", PASSPHRASE)
            await page.until(lambda: page.pressable("unlock"), "the end of the wait")
            await page.tap("unlock")
            await says(page, "Tue 24-Nov-2026")

    run(story)


def test_a_store_that_will_not_open_says_so_and_deletes_nothing(tmp_path: Path) -> None:
    async def story() -> None:
        app = AppModel(device_at(tmp_path))
        file = tmp_path / "store.db"
        whole = file.read_bytes()
        file.write_bytes(b"x" * 300 + whole[300:])
        app.begin()
        async with drawn(Whole, app, TABLET) as page:
            await says(page, "This tablet's records will not open", "Do not remove the app", "corrupt")
            await page.tap("state-action")
            assert app.stage == "trouble"
            file.write_bytes(whole)
            await page.tap("state-action")
            await says(page, "Who is using this tablet?")

    run(story)


def test_the_wait_is_in_minutes_and_seconds() -> None:
    assert wait_words(0.2) == "Try again in 1 s"
    assert wait_words(30) == "Try again in 30 s"
    assert wait_words(299.5) == "Try again in 5 min 0 s"
