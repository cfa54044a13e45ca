"""Setting a tablet up: every field says what is wrong with it, and a lost reply loses nothing."""

from __future__ import annotations

from pathlib import Path

from fieldapp.domain.clock import FixedClock
from fieldapp.storage.kdf import FLOOR
from fieldapp.views.device import Device
from fieldapp.views.model import AppModel
from tests.views.harness import drawn, run
from tests.views.on_app import PHONE, START, Whole, says
from tests.views.seeded import PASSPHRASE


def new(directory: Path) -> AppModel:
    app = AppModel(Device(directory, FixedClock(START), kdf=FLOOR, server="http://127.0.0.1:9"))
    app.begin()
    return app


def test_what_is_missing_is_said_at_its_field_before_anything_is_made(tmp_path: Path) -> None:
    async def story() -> None:
        async with drawn(Whole, new(tmp_path / "store"), PHONE) as page:
            await says(page, "Set up this tablet")
            await page.tap("enrol")
            await says(page, "Type the code from your team lead", "12 more characters needed")
            await page.type("code", "K7QF-2M9X")
            await page.type("new-passphrase", PASSPHRASE)
            await page.type("passphrase-again", "something else")
            await says(page, "The two are not the same. Type it again")
            assert not (tmp_path / "store").exists()

    run(story)


def test_without_signal_the_reason_stands_at_the_address_and_the_work_goes_on_later(tmp_path: Path) -> None:
    async def story() -> None:
        app = new(tmp_path / "store")
        async with drawn(Whole, app, PHONE) as page:
            await page.type("code", "K7QF-2M9X")
            await page.type("new-passphrase", PASSPHRASE)
            await page.type("passphrase-again", PASSPHRASE)
            await page.tap("enrol")
            await page.until(lambda: page.pressable("Set up tablet"), "the reply")
            assert (app.stage, app.session) == ("enrol", None)
            assert any("signal" in words or "server" in words for words in page.words()[6:])
        again = new(tmp_path / "store")
        assert again.stage == "enrol"

    run(story)
