"""The caseload: found by name or number, drawn in slices."""

from __future__ import annotations

from pathlib import Path

import flet as ft

from fieldapp.views.navigation import OpenPatient
from fieldapp.views.screens.patients import SLICE
from tests.views.harness import Drawn, drawn, run
from tests.views.on_app import PHONE, WIDE, Whole, device_at, says, unlocked

SCROLLED = {
    "event_type": "update",
    "pixels": 0.0,
    "min_scroll_extent": 0.0,
    "max_scroll_extent": 5200.0,
    "viewport_dimension": 600.0,
}


def rows(page: Drawn) -> list[str]:
    """The spoken rows of the list."""
    nodes = (c for c in page.all(ft.Semantics) if (c.identifier or "").startswith("patient-") and c.label)
    return [node.label or "" for node in nodes]


def test_six_hundred_are_there_but_a_slice_is_drawn(tmp_path: Path) -> None:
    async def story() -> None:
        app = unlocked(device_at(tmp_path, crowd=600))
        app.go("patients")
        async with drawn(Whole, app, PHONE) as page:
            await says(page, "605 patients")
            assert len(rows(page)) == SLICE
            listing = page.all(ft.ListView)[0]
            await listing._trigger_event("scroll", {**SCROLLED, "pixels": 1000.0})
            await page.settled()
            assert len(rows(page)) == SLICE
            await listing._trigger_event("scroll", {**SCROLLED, "pixels": 5000.0})
            await page.until(lambda: len(rows(page)) == 2 * SLICE, "the next slice")

    run(story)


def test_somebody_is_found_by_part_of_the_name_or_of_the_number(tmp_path: Path) -> None:
    async def story() -> None:
        app = unlocked(device_at(tmp_path, crowd=50))
        app.go("patients")
        async with drawn(Whole, app, PHONE) as page:
            await says(page, "55 patients")
            await page.type("search", "dorothy har")
            await says(page, "1 of 55 patients")
            assert rows(page)[0].startswith("HARGREAVES, Dorothy (Mrs), born 14-Jul-1943 (83y), NHS number 999")
            await page.type("search", "DOT")
            await says(page, "1 of 55 patients")
            number = rows(page)[0].split("NHS number ")[1][:12]
            await page.type("search", number)
            await says(page, "1 of 55 patients")
            await page.type("search", "nobody like this")
            await says(page, "Nobody found")
            await page.tap("state-action")
            await says(page, "55 patients")

    run(story)


def test_a_press_opens_the_patient_and_beside_a_list_only_shows_them(tmp_path: Path) -> None:
    async def story() -> None:
        app = unlocked(device_at(tmp_path))
        app.go("patients")
        async with drawn(Whole, app, WIDE) as page:
            await says(page, "5 patients", "Open HARGREAVES, Dorothy (Mrs)")
            await page.tap(next(label for label in rows(page) if label.startswith("OKAFOR")))
            await says(page, "Open OKAFOR, Grace (Mrs)")
            assert app.top is None
            await page.tap("open-beside")
            assert isinstance(app.top, OpenPatient)

    run(story)


def test_an_empty_caseload_says_when_it_fills(tmp_path: Path) -> None:
    async def story() -> None:
        app = unlocked(device_at(tmp_path, work=False))
        app.go("patients")
        async with drawn(Whole, app, PHONE) as page:
            await says(page, "No patients yet", "Sync now")

    run(story)
