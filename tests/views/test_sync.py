"""Sync in plain sentences, and the way back for what was refused."""

from __future__ import annotations

from pathlib import Path

from fieldapp.sync.auto import AutoState
from fieldapp.views.navigation import OpenPatient, RepairEntry
from tests.views.harness import drawn, run
from tests.views.on_app import PHONE, WIDE, Whole, device_at, says, unlocked


def test_what_waits_is_said_to_be_safe_and_every_entry_of_today_has_its_state(tmp_path: Path) -> None:
    async def story() -> None:
        app = unlocked(device_at(tmp_path))
        app.go("sync")
        app.auto = AutoState(phase="offline")
        async with drawn(Whole, app, PHONE) as page:
            await says(page, "No signal. Carry on.", "3 entries wait for signal.", "safe on this tablet", "Try now")
            await says(page, "1 entry was sent back", "The body site is missing.", "Note, HARGREAVES, Dorothy")
            app.auto = AutoState(phase="sending", done=1, total=3)
            await says(page, "Sending 2 of 3")
            app.auto = AutoState(phase="trouble", error="This tablet may no longer sync.")
            await says(page, "Not synced", "This tablet may no longer sync.")

    run(story)


def test_a_refused_entry_can_be_opened_and_corrected(tmp_path: Path) -> None:
    async def story() -> None:
        app = unlocked(device_at(tmp_path))
        app.go("sync")
        async with drawn(Whole, app, WIDE) as page:
            await says(page, "1 entry was sent back")
            await page.tap("Open entry")
            assert isinstance(app.top, OpenPatient)
            assert app.top.tab == "timeline"
            app.back()
            await says(page, "1 entry was sent back")
            await page.tap("Correct entry")
            assert isinstance(app.top, RepairEntry)

    run(story)


def test_the_aeroplane_switch_is_the_demos_alone(tmp_path: Path) -> None:
    async def story() -> None:
        app = unlocked(device_at(tmp_path / "demo"))
        app.go("sync")
        async with drawn(Whole, app, PHONE) as page:
            await says(page, "Aeroplane mode")
            await page.toggle("aeroplane", True)
            assert app.device.network.aeroplane.on
        real = unlocked(device_at(tmp_path / "real", demo=False))
        real.go("sync")
        async with drawn(Whole, real, PHONE) as page:
            await says(page, "What you see")
            assert "Aeroplane mode" not in page.words()

    run(story)
