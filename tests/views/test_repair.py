"""Correcting what was sent back: it goes again, and the original stays."""

from __future__ import annotations

from pathlib import Path

from fieldapp.views.navigation import RepairEntry
from tests.views.harness import drawn, run
from tests.views.on_app import PHONE, Whole, device_at, says, unlocked


def test_a_refused_note_is_corrected_and_waits_to_be_sent_again(tmp_path: Path) -> None:
    async def story() -> None:
        app = unlocked(device_at(tmp_path))
        store = app.opened().store
        refused = store.refusals()[0]
        waiting = len([d for d in store.deliveries() if d.state == "waiting"])
        app.go("sync")
        app.open(RepairEntry(refused.revision))
        async with drawn(Whole, app, PHONE) as page:
            await says(page, "Correct: note", "The body site is missing.", "PATEL, Suresh (Mr)")
            assert not page.pressable("save")
            await page.type("repair-text", "Ankles worse today, left more than right.")
            await page.until(lambda: bool(store.drafts()), "the draft")
            await page.tap("save")
            await page.until(lambda: app.top is None, "the way back")
            assert store.refusals() == []
            assert store.drafts() == {}
            assert len([d for d in store.deliveries() if d.state == "waiting"]) == waiting + 1
            now = store.record(refused.record)
            assert now is not None
            assert now.body["text"] == "Ankles worse today, left more than right."
            assert store.revision(refused.revision) is not None

    run(story)


def test_what_was_typed_before_a_lock_is_still_there(tmp_path: Path) -> None:
    async def story() -> None:
        device = device_at(tmp_path)
        app = unlocked(device)
        revision = app.opened().store.refusals()[0].revision
        app.open(RepairEntry(revision))
        async with drawn(Whole, app, PHONE) as page:
            await says(page, "Correct: note")
            await page.type("repair-text", "Half a sentence")
            app.lock()
        again = unlocked(device)
        again.open(RepairEntry(revision))
        async with drawn(Whole, again, PHONE) as page:
            await says(page, "Correct: note", "Save and send again")

    run(story)
