"""Looking for a patient: the cursor stays in the search while the list comes and goes under it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import OpenUi, Spawn
from tests.browser.journey import MadeUpService
from tests.browser.journey_ui import SLOW, Hand


@pytest.fixture
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[MadeUpService]:
    made = MadeUpService(tmp_path_factory.mktemp("service"))
    made.start()
    yield made
    made.stop()


def test_a_search_that_found_nobody_is_typed_over(service: MadeUpService, spawn: Spawn, ui_at: OpenUi) -> None:
    ui = ui_at(spawn(service.tablet("amira", "nurse")).url, "tablet")
    hand = Hand(ui)
    hand.unlock("Amira Khan")
    hand.meets("next-visit", SLOW)
    ui.tap("place-patients")
    count = ui.by_id("patient-count")
    expect(count).to_be_attached(timeout=SLOW)
    everybody = count.inner_text()
    ui.type("Search by name or NHS number", "zz")
    expect(count).to_have_text(f"0 of {everybody}", timeout=SLOW)
    ui.page.keyboard.press("Backspace")
    ui.page.keyboard.press("Backspace")
    expect(count).to_have_text(everybody, timeout=SLOW)
    ui.page.keyboard.type("patel", delay=50)
    expect(count).to_have_text(f"1 of {everybody}", timeout=SLOW)
    expect(ui.root.get_by_label("Search by name or NHS number")).to_have_value("patel")
