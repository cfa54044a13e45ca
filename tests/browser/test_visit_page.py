"""The patient's page follows what the therapist says of the visit, and never says whose it is."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.conftest import OpenUi, Spawn
from tests.browser.journey import MadeUpService
from tests.browser.journey_ui import SLOW, Hand
from tests.browser.ui import SHOTS

STORY, VISIT = "patrick", "patrick tom"


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[MadeUpService]:
    made = MadeUpService(tmp_path_factory.mktemp("service"))
    made.start()
    yield made
    made.stop()


@pytest.fixture
def phone(chromium: Browser) -> Iterator[Page]:
    """The patient's own phone, without any script."""
    context = chromium.new_context(
        viewport={"width": 390, "height": 844}, java_script_enabled=False, locale="en-GB", timezone_id="Europe/London"
    )
    yield context.new_page()
    context.close()


def words_of(service: MadeUpService) -> list[str]:
    """What the page must not hold: the person's names, address and NHS number."""
    details = service.story.stories[STORY].details
    number = str(details["nhs_number"])
    spaced = f"{number[:3]} {number[3:6]} {number[6:]}"
    name, address = details["name"], details["address"]
    return [number, spaced, name["family"], name["given"], *address["lines"][:1], address["postcode"]]


def holds(page: Page, service: MadeUpService, words: str) -> None:
    """The page says these words once it is opened anew, and nothing of who lives there."""
    page.reload()
    expect(page.get_by_text(words).first).to_be_visible()
    content = page.content() + page.url
    assert not [word for word in words_of(service) if word.casefold() in content.casefold()]


def test_the_page_follows_the_visit(service: MadeUpService, spawn: Spawn, ui_at: OpenUi, phone: Page) -> None:
    who = service.story.stories[STORY].details["name"]["family"]
    phone.goto(service.link(VISIT))
    holds(phone, service, "plans to come in this time")
    expect(phone.locator("h1, .visit-headline").first).to_be_visible()
    tablet = spawn(service.tablet("tom", "therapist", env={"FIELDAPP_DEMO": "1"}))
    hand = Hand(ui_at(tablet.url, "phone"))
    hand.unlock("Tom Ogilvie")
    hand.meets("next-visit", SLOW)
    expect(hand.ui.by_id("open-next")).to_have_accessible_name(re.compile(who, re.IGNORECASE))

    def say(action: str, then: str, unsent: int = 0) -> None:
        hand.press(hand.ui.by_id("say-visit").and_(hand.ui.by_role("button", action)))
        hand.sees(then)
        hand.unsent(unsent)

    hand.fly(True)
    hand.press("place-today")
    say("On my way", "On the way since", unsent=1)
    holds(phone, service, "plans to come in this time")
    hand.fly(False)
    hand.unsent(0)
    hand.press("place-today")
    holds(phone, service, "is on the way to you.")
    SHOTS.mkdir(parents=True, exist_ok=True)
    phone.screenshot(path=SHOTS / "journey-patient-page-phone.png")
    hand.shot("journey-on-the-way")

    hand.press("say-late")
    hand.press(hand.ui.by_role("button", "60 minutes"))
    hand.shot("journey-running-late")
    hand.press("dialog-confirm")
    hand.sees("there about")
    hand.unsent(0)
    holds(phone, service, "Running late")
    expect(phone.get_by_text("Sorry.").first).to_be_visible()

    say("Arrived", "With the patient")
    holds(phone, service, "Here now")

    hand.press(hand.ui.by_id("say-visit").and_(hand.ui.by_role("button", "Visit done")))
    expect(hand.ui.by_id("open-next")).not_to_have_accessible_name(re.compile(who, re.IGNORECASE))
    hand.unsent(0)
    holds(phone, service, "Your visit is done")
