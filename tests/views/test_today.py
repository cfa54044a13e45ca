"""Today as it is read and pressed."""

from __future__ import annotations

from pathlib import Path

import flet as ft
import pytest

from fieldapp.usecases.visits import visits_of
from fieldapp.views.metrics import Metrics
from fieldapp.views.navigation import OpenPatient, SettleConflict
from fieldapp.views.screens.late import LateForm
from tests.views.harness import drawn, run
from tests.views.on_app import PHONE, TABLET, WIDE, Whole, device_at, says, unlocked


@pytest.mark.parametrize("m", [PHONE, TABLET, WIDE], ids=["phone", "tablet", "landscape"])
def test_a_late_visit_leads_and_what_cannot_wait_stands_above(tmp_path: Path, m: Metrics) -> None:
    async def story() -> None:
        async with drawn(Whole, unlocked(device_at(tmp_path)), m) as page:
            await says(page, "Tue 24-Nov-2026 · 5 visits, 1 done", "PATEL, Suresh (Mr)", "32 min late", "On my way")
            labels = page.labels()
            urgent = [label for label in labels if label.startswith(("UCR", "NEWS2 recheck", "Conflict"))]
            assert urgent[0] == "UCR 2-hour clock, 1hr 47min, OKAFOR, Grace, fall · by 15:49"
            assert "Conflict to settle, 2 versions, HARGREAVES, Dorothy, oxygen target" in urgent
            assert not any(c.identifier == "banner" for c in page.all(ft.Semantics))

    run(story)


def test_on_my_way_then_arrived_then_done_are_saved_one_after_the_other(tmp_path: Path) -> None:
    async def story() -> None:
        app = unlocked(device_at(tmp_path))
        async with drawn(Whole, app, TABLET) as page:
            await says(page, "Next visit", "On my way")
            await page.tap("say-visit")
            await says(page, "On the way since 14:02", "Arrived")
            await page.tap("say-visit")
            await says(page, "With the patient", "Visit done")
            await page.tap("say-visit")
            await says(page, "5 visits, 2 done")
            assert app.message is not None
            assert app.message.words == "Saved on this tablet"
            session = app.opened()
            standings = {v.standing for p in session.store.patients() for v in visits_of(session, p)}
            assert "done" in standings
            assert session.store.outbox_size() == 7

    run(story)


def test_running_late_asks_for_how_long(tmp_path: Path) -> None:
    async def story() -> None:
        async with drawn(Whole, unlocked(device_at(tmp_path)), TABLET) as page:
            await says(page, "Running late")
            await page.tap("say-late")
            await page.until(lambda: len(page.dialogs()) == 1, "the question")
        said: list[int] = []
        async with drawn(LateForm, TABLET, said.append, lambda: None) as page:
            await page.tap("late-2")
            await page.tap("Arrive in 30 min")
        assert said == [30]

    run(story)


def test_a_press_opens_the_patient_or_the_conflict(tmp_path: Path) -> None:
    async def story() -> None:
        app = unlocked(device_at(tmp_path))
        async with drawn(Whole, app, TABLET) as page:
            await says(page, "Conflict to settle")
            await page.tap("urgent-conflict")
            assert isinstance(app.top, SettleConflict)
            app.go("today")
            await says(page, "Open PATEL, Suresh (Mr)")
            await page.tap("open-next")
            assert isinstance(app.top, OpenPatient)

    run(story)


def test_beside_the_list_stands_whoever_was_pressed(tmp_path: Path) -> None:
    async def story() -> None:
        app = unlocked(device_at(tmp_path))
        async with drawn(Whole, app, WIDE) as page:
            await says(page, "Open PATEL, Suresh (Mr)")
            row = next(label for label in page.labels() if "OKAFOR, Grace (Mrs)" in label)
            await page.tap(row)
            await says(page, "Open OKAFOR, Grace (Mrs)", "Allergies not recorded", "No NEWS2 yet")
            assert app.top is None

    run(story)


def test_call_and_directions_are_shown_only_where_they_lead_somewhere(tmp_path: Path) -> None:
    async def story() -> None:
        app = unlocked(device_at(tmp_path))
        async with drawn(Whole, app, WIDE) as page:
            await says(page, "Open PATEL, Suresh (Mr)", "Call", "Directions")
            await page.tap(next(label for label in page.labels() if "NOWAK, Barbara (Mrs)" in label))
            await says(page, "Open NOWAK, Barbara (Mrs)")
            assert "Call" not in page.words()
            assert "Directions" in page.words()

    run(story)


def test_a_day_without_visits_says_so_and_leads_on(tmp_path: Path) -> None:
    async def story() -> None:
        app = unlocked(device_at(tmp_path, work=False))
        async with drawn(Whole, app, PHONE) as page:
            await says(page, "No visits yet", "Your visits arrive with the first sync")

    run(story)
