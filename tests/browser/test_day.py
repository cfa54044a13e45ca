"""A nurse's day from the code on a sheet of paper to everything sent, on a phone and on a tablet."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import OpenUi, Spawn
from tests.browser.journey import MadeUpService
from tests.browser.journey_ui import MEASURED, Hand
from tests.browser.process import tablet

DELIVERY = "2 L/min, nasal cannula, review at six"
NOTE = "Daughter rang. Brought the new inhaler and spacer."


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[MadeUpService]:
    made = MadeUpService(tmp_path_factory.mktemp("service"))
    made.start()
    yield made
    made.stop()


@pytest.mark.parametrize("viewport", ["phone", "tablet"])
def test_a_day_with_no_signal_in_the_middle(service: MadeUpService, spawn: Spawn, ui_at: OpenUi, viewport: str) -> None:
    patient, plan = service.patient("dorothy"), service.record("dorothy", "plan")
    before = {item["id"] for item in service.feed(patient)}
    program = spawn(tablet(f"nurse-{viewport}", service.folder))
    hand = Hand(ui_at(program.url, viewport))

    hand.enrol(service.address, service.code("amira"))
    hand.lock()
    hand.unlock("Amira Khan")
    hand.meets("next-visit", 20_000)
    hand.shot("journey-today")

    hand.patient(patient, "hargreaves")
    hand.measure()
    hand.sees("NEWS2 7")
    expect(hand.ui.by_id("save")).to_be_attached()
    assert service.received(patient, "observations", before) == [], "shown before it is saved"
    hand.shot("journey-seven-before-saving")
    hand.press("save")
    hand.sees("Saved on this tablet")
    hand.shot("journey-what-to-do")
    hand.press("done")
    hand.edit_plan("oxygen", "Delivery", f"{DELIVERY} {viewport}")
    assert len(service.arrived(patient, "plan", before, 1)) == 1
    hand.unsent(0)
    assert [observed(body) for body in service.received(patient, "observations", before)] == [MEASURED]

    with service.stopped():
        hand.note(f"{NOTE} {viewport}")
        hand.measure()
        hand.press("save")
        hand.sees("Saved on this tablet")
        hand.press("done")
        hand.unsent(2)
        hand.sync()
        hand.sees("No signal. Carry on.")
        hand.sees("2 entries wait for signal.")
        expect(hand.ui.by_role("button", "On tablet")).to_have_count(2)
        hand.shot("journey-no-signal")
        assert service.received(patient, "note", before) == []

    hand.sync_now()
    hand.unsent(0)
    expect(hand.ui.by_role("button", "On tablet")).to_have_count(0)
    expect(hand.ui.by_role("button", ", Sent ")).to_have_count(4)
    hand.shot("journey-all-sent")

    assert service.received(patient, "note", before) == [{"text": f"{NOTE} {viewport}"}]
    sets = service.received(patient, "observations", before)
    assert [observed(body) for body in sets] == [MEASURED, MEASURED]
    assert service.received(patient, "plan", before)[-1]["oxygen"]["delivery"] == f"{DELIVERY} {viewport}"

    colleague = f"colleague-{viewport}"
    service.tablet("leanne", colleague)
    there = service.shown(colleague, patient)
    assert there[plan]["body"]["oxygen"]["delivery"] == f"{DELIVERY} {viewport}"
    assert {"text": f"{NOTE} {viewport}"} in [r["body"] for r in there.values() if r["kind"] == "note"]
    assert all(body in [r["body"] for r in there.values()] for body in sets)


def observed(body: dict[str, object]) -> dict[str, object]:
    """The measured values of a set, without when and where it was taken."""
    return {name: value for name, value in body.items() if name not in ("taken_at", "visit")}
