"""The app's process is killed right after it said "saved", while typing, and while a push is under way."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import OpenUi, Spawn
from tests.browser.journey import MadeUpService
from tests.browser.journey_ui import SLOW, Hand
from tests.browser.proxy import Road

NURSE = "Amira Khan"


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[MadeUpService]:
    made = MadeUpService(tmp_path_factory.mktemp("service"))
    made.start()
    yield made
    made.stop()


@pytest.fixture
def road(service: MadeUpService) -> Iterator[Road]:
    made = Road(service.port)
    yield made
    made.close()


def test_killed_after_saved_and_while_typing(service: MadeUpService, spawn: Spawn, ui_at: OpenUi) -> None:
    patient = service.patient("jean")
    before = {item["id"] for item in service.feed(patient)}
    program = service.tablet("amira", "killed")
    with service.stopped():
        spawn(program)
        hand = Hand(ui_at(program.url, "tablet"))
        hand.unlock(NURSE)
        hand.patient(patient, "whitfield")
        hand.record("note")
        hand.write("Note", "Pump site clean, line secure.")
        hand.press("save")
        hand.sees("Saved on this tablet")
        hand.again(program, NURSE)
        hand.unsent(1)
        hand.patient(patient, "whitfield")
        hand.press("tab-timeline")
        hand.sees("Pump site clean, line secure.")
        hand.shot("journey-after-a-kill")

        hand.record("note")
        hand.write("Note", "Carol asked about the night")
        hand.drafted()
        hand.again(program, NURSE)
        hand.patient(patient, "whitfield")
        hand.record("note")
        hand.sees("Your draft, as you left it")
        expect(hand.ui.root.get_by_label("Note")).to_have_value("Carol asked about the night")
        hand.press("save")
        hand.saved()
        hand.unsent(2)

    hand.sync_now()
    assert [body["text"] for body in service.received(patient, "note", before)] == [
        "Pump site clean, line secure.",
        "Carol asked about the night",
    ]


def test_killed_halfway_through_a_set(service: MadeUpService, spawn: Spawn, ui_at: OpenUi) -> None:
    patient = service.patient("abdul")
    before = {item["id"] for item in service.feed(patient)}
    program = spawn(service.tablet("amira", "halfway"))
    hand = Hand(ui_at(program.url, "tablet"))
    hand.unlock(NURSE)
    hand.patient(patient, "chowdhury")
    hand.record("observations")
    hand.keys("17")
    hand.press("key-next")
    hand.keys("96")
    hand.drafted()
    hand.again(program, NURSE)
    hand.patient(patient, "chowdhury")
    hand.record("observations")
    hand.sees("No total yet: 2 of 7 scored")
    hand.press("save")
    hand.saved()
    [body] = service.arrived(patient, "observations", before, 1)
    hand.unsent(0)
    assert (body["respiration_rate"], body["spo2"]) == (17, 96)


def test_killed_before_the_reply_came_sends_once(
    service: MadeUpService, road: Road, spawn: Spawn, ui_at: OpenUi
) -> None:
    patient = service.patient("barbara")
    before = {item["id"] for item in service.feed(patient)}
    program = spawn(service.tablet("amira", "cut", server=road.address))
    hand = Hand(ui_at(program.url, "tablet"))
    hand.unlock(NURSE)
    hand.unsent(0)
    hand.patient(patient, "nowak")
    with road.held():
        hand.note("Redness inside the line drawn yesterday.")
        assert road.answered.wait(SLOW / 1000), "the push never reached the server"
        program.kill()
    assert len(service.received(patient, "note", before)) == 1
    hand.again(program, NURSE)
    hand.unsent(0)
    hand.sync()
    hand.sees("Everything is sent")
    assert road.pushes == 2
    assert service.received(patient, "note", before) == [{"text": "Redness inside the line drawn yesterday."}]
