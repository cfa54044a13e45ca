"""Two tablets change one plan apart: the same statement is asked about and settled, different ones are not. What one of
them saves appears on the other without anybody pressing anything."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import OpenUi
from tests.browser.journey import MadeUpService
from tests.browser.journey_ui import Hand
from tests.browser.process import Program

NURSE, THERAPIST = "Amira Khan", "Tom Ogilvie"
HERS, HIS = "2 L/min, nasal cannula, overnight", "Air at rest, 1 L/min when walking"
REASON = "Agreed by phone after the evening readings"
NOTE = "Walked to the garden gate and back"


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[MadeUpService]:
    made = MadeUpService(tmp_path_factory.mktemp("service"))
    made.start()
    yield made
    made.stop()


@pytest.fixture(scope="module")
def tablets(service: MadeUpService) -> Iterator[tuple[Program, Program]]:
    demo = {"FIELDAPP_DEMO": "1"}
    nurse, therapist = service.tablet("amira", "nurse", env=demo), service.tablet("tom", "therapist", env=demo)
    nurse.start()
    therapist.start()
    yield nurse, therapist
    therapist.kill()
    nurse.kill()


def opened(ui_at: OpenUi, tablets: tuple[Program, Program]) -> tuple[Hand, Hand]:
    nurse, therapist = Hand(ui_at(tablets[0].url, "tablet")), Hand(ui_at(tablets[1].url, "phone"))
    nurse.unlock(NURSE)
    therapist.unlock(THERAPIST)
    return nurse, therapist


def test_one_statement_changed_apart_is_seen_by_both_and_settled_by_one(
    service: MadeUpService, ui_at: OpenUi, tablets: tuple[Program, Program]
) -> None:
    patient, plan = service.patient("dorothy"), service.record("dorothy", "plan")
    nurse, therapist = both = opened(ui_at, tablets)
    for hand, words in zip(both, (HERS, HIS), strict=True):
        hand.fly(True)
        hand.patient(patient, "hargreaves")
        hand.edit_plan("oxygen", "Delivery", words)
        hand.unsent(1)
    for hand in both:
        hand.fly(False)
        hand.unsent(0)

    for hand in both:
        hand.press("place-today")
        hand.meets("urgent-conflict", 20_000)
        hand.patient(patient, "hargreaves")
        hand.meets("settle-0")
        hand.press("tab-plan")
        hand.sees("1 L/min, nasal cannula, until settled")
    nurse.press("tab-now")
    nurse.press("settle-0")
    for words in (HERS, HIS, NURSE, THERAPIST):
        nurse.sees(words)
    nurse.shot("journey-conflict")
    nurse.press("later")

    therapist.settle(NURSE, REASON)

    for name, hand in zip(("nurse", "therapist"), both, strict=True):
        hand.patient(patient, "hargreaves")
        hand.press("tab-plan")
        hand.sees(HERS)
        hand.lacks(HIS)
        hand.press("tab-now")
        hand.meets("record")
        expect(hand.ui.by_id("settle-0")).to_have_count(0)
        hand.press("tab-timeline")
        hand.press(hand.ui.by_id("entry-plan").first)
        for words in (HERS, HIS, REASON):
            hand.sees(words)
        hand.unsent(0)
        hand.shot(f"journey-history-{name}")
        shown = service.shown(name, patient, history=True)[plan]
        assert shown["state"] == "sent"
        assert shown["body"]["oxygen"]["delivery"] == HERS
        settled = shown["versions"][-1]
        assert (settled["author"], settled["reason"], len(settled["parents"])) == (THERAPIST, REASON, 2)
        written = [version["body"]["oxygen"]["delivery"] for version in shown["versions"]]
        assert HERS in written
        assert HIS in written


def test_different_statements_need_nobody_and_what_a_colleague_saves_appears_without_a_touch(
    service: MadeUpService, ui_at: OpenUi, tablets: tuple[Program, Program]
) -> None:
    patient, plan = service.patient("yusuf"), service.record("yusuf", "plan")
    nurse, therapist = both = opened(ui_at, tablets)
    for hand in both:
        hand.fly(True)
        hand.patient(patient, "ahmed")
    nurse.edit_plan("summary", "Summary", "Drinking better, up for meals")
    therapist.edit_plan("monitoring", "Monitoring note", "Stand and sit blood pressure each visit")
    for hand in both:
        hand.fly(False)
        hand.unsent(0)
    for name, hand in zip(("nurse", "therapist"), both, strict=True):
        hand.patient(patient, "ahmed")
        hand.press("tab-plan")
        hand.sees("Drinking better, up for meals")
        hand.sees("Stand and sit blood pressure each visit")
        expect(hand.ui.by_id("settle-0")).to_have_count(0)
        shown = service.shown(name, patient)[plan]
        assert shown["state"] == "sent"
        assert shown["body"]["summary"] == "Drinking better, up for meals"
        assert shown["body"]["monitoring"]["note"] == "Stand and sit blood pressure each visit"
    nurse.press("tab-timeline")
    therapist.note(NOTE)
    nurse.sees(NOTE)
