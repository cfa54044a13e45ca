"""The pictures of the README, taken of the demo's people. FIELDAPP_SCREENSHOTS=1 puts them where the README shows
them; otherwise they are only proof that they can be taken."""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, expect

from tests.browser.conftest import OpenUi, Spawn
from tests.browser.journey import MadeUpService
from tests.browser.journey_ui import SLOW, Hand
from tests.browser.process import ROOT
from tests.browser.ui import SHOTS

FOLDER = ROOT / "docs" / "screenshots" if os.environ.get("FIELDAPP_SCREENSHOTS") == "1" else SHOTS / "readme"


@pytest.fixture
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[MadeUpService]:
    made = MadeUpService(tmp_path_factory.mktemp("service"))
    made.start()
    yield made
    made.stop()


def test_the_pictures_of_the_readme(service: MadeUpService, spawn: Spawn, ui_at: OpenUi, chromium: Browser) -> None:
    FOLDER.mkdir(parents=True, exist_ok=True)
    hand = Hand(ui_at(spawn(service.tablet("amira", "nurse")).url, "tablet"))
    hand.unlock("Amira Khan")
    hand.meets("next-visit", SLOW)
    kept = [take(hand, "today")]

    hand.patient(service.patient("dorothy"), "hargreaves")
    hand.measure()
    hand.sees("NEWS2 7")
    kept.append(take(hand, "record"))

    hand.ui.by_id("back").first.dispatch_event("click")
    hand.patient(service.patient("suresh"), "suresh")
    hand.press("settle-0")
    hand.meets("later")
    kept.append(take(hand, "conflict"))

    context = chromium.new_context(viewport={"width": 390, "height": 844}, locale="en-GB", device_scale_factor=2)
    page = context.new_page()
    page.goto(service.link("dorothy amira"))
    expect(page.get_by_role("heading", level=1)).to_be_visible()
    page.screenshot(path=FOLDER / "patient-page.png")
    context.close()
    assert len(set(kept)) == 3, "three different pictures"
    assert all((FOLDER / f"{name}.png").stat().st_size > 9_000 for name in ("today", "record", "conflict"))


def take(hand: Hand, name: str) -> bytes:
    """Keep a settled picture of the screen."""
    shot = hand.ui.settled()
    (FOLDER / f"{name}.png").write_bytes(shot)
    return shot
