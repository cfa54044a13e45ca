"""Changing a plan: kept as it is typed, read into what was meant, never over somebody else's change."""

from __future__ import annotations

from pathlib import Path

import flet as ft

from fieldapp.domain.canonical import Json
from fieldapp.views.model import AppModel
from fieldapp.views.navigation import EditPlan, OpenPatient
from tests.views.harness import Drawn, run
from tests.views.patient_app import PHONE, people, shown, unlocked


async def opened(d: Drawn, title: str = "Change the plan") -> None:
    await d.until(lambda: title in d.words(), "the form")


def plan(app: AppModel, patient: str) -> Json:
    (state,) = app.opened().store.records(patient, {"plan"})
    return state.body


def value(d: Drawn, identifier: str) -> str:
    node = d.named(identifier)
    from tests.views.harness import walk

    return next(c.value for c in walk(node) if isinstance(c, ft.TextField))


def test_one_statement_is_changed_and_the_rest_stays_as_signed(tmp_path: Path) -> None:
    who = people(tmp_path, conflict=False)

    async def story() -> None:
        app = unlocked(tmp_path)
        before = plan(app, who["dot"])
        async with shown(app, EditPlan(who["dot"])) as d:
            await opened(d)
            assert not d.pressable("save"), "nothing has changed yet"
            await d.tap("Change oxygen target")
            await d.type("Oxygen target low", "90")
            await d.type("Delivery", "2 L/min, nasal cannula")
            await d.tap("Save plan")
            await d.until(lambda: app.top is None, "the way back")
            after = plan(app, who["dot"])
            assert after["oxygen"] == {**before["oxygen"], "target_low": 90, "delivery": "2 L/min, nasal cannula"}
            assert {k: v for k, v in after.items() if k != "oxygen"} == {
                k: v for k, v in before.items() if k != "oxygen"
            }
            assert app.opened().store.drafts() == {}

    run(story)


def test_errors_name_the_field_and_nothing_is_signed(tmp_path: Path) -> None:
    who = people(tmp_path, conflict=False)

    async def story() -> None:
        app = unlocked(tmp_path)
        before = plan(app, who["dot"])
        async with shown(app, EditPlan(who["dot"])) as d:
            await opened(d)
            await d.tap("Change oxygen target")
            await d.type("Authorised by", "")
            await d.type("Oxygen target high", "80")
            await d.tap("Save plan")
            assert "2 things to put right" in d.words()
            assert "Authorised by: scale 2 needs who authorised it." in d.words()
            assert "Oxygen target high: it is below the low end, 88." in d.words()
            assert plan(app, who["dot"]) == before
            assert app.top == EditPlan(who["dot"])

    run(story)


def test_a_lock_in_the_middle_costs_nothing(tmp_path: Path) -> None:
    who = people(tmp_path, conflict=False)
    screen = EditPlan(who["dot"])

    async def story() -> None:
        app = unlocked(tmp_path)
        async with shown(app, screen) as d:
            await opened(d)
            await d.tap("Change oxygen target")
            await d.type("Delivery", "Room air")
            app.lock()
        again = unlocked(tmp_path)
        async with shown(again, screen, PHONE) as d:
            await opened(d)
            assert "Your unsaved changes" in d.words()
            await d.tap("Change oxygen target")
            assert value(d, "oxygen-delivery") == "Room air"

    run(story)


def test_back_keeps_the_draft_and_discard_asks_first(tmp_path: Path) -> None:
    who = people(tmp_path, conflict=False)

    async def story() -> None:
        app = unlocked(tmp_path)
        async with shown(app, EditPlan(who["dot"])) as d:
            await opened(d)
            await d.tap("Change monitoring")
            await d.type("Monitoring note", "Twice a day")
            await d.tap("back")
            await d.until(lambda: bool(app.opened().store.drafts()), "the draft")
            app.open(EditPlan(who["dot"]))
            await opened(d)
            await d.until(lambda: "Your unsaved changes" in d.words(), "the draft")
            await d.tap("discard")
            await d.tap("dialog-confirm")
            await d.until(lambda: app.opened().store.drafts() == {}, "the draft to go")

    run(story)


def test_an_edit_meanwhile_stands_beside_this_one(tmp_path: Path) -> None:
    who = people(tmp_path, conflict=False)

    async def story() -> None:
        app = unlocked(tmp_path)
        session = app.opened()
        async with shown(app, EditPlan(who["dot"])) as d:
            await opened(d)
            await d.tap("Change oxygen target")
            await d.type("Oxygen target low", "90")
            (state,) = session.store.records(who["dot"], {"plan"})
            other = {**state.body, "oxygen": {**state.body["oxygen"], "target_low": 86}}
            session.put(who["dot"], "plan", other, record=state.id, base=state.heads)
            await d.tap("Save plan")
            await d.until(lambda: app.top is None, "the way back")
            (now,) = session.store.records(who["dot"], {"plan"})
            assert now.in_conflict
            assert now.disputed == ("oxygen",)
            assert now.body["oxygen"]["target_low"] == 88, "until it is settled, what stood before is shown"

    run(story)


def test_a_medicine_is_added_in_the_display_order_and_warned_about(tmp_path: Path) -> None:
    who = people(tmp_path, conflict=False)

    async def story() -> None:
        app = unlocked(tmp_path)
        async with shown(app, EditPlan(who["dot"]), PHONE) as d:
            await opened(d)
            await d.tap("add-medicine")
            await d.type("Medicine name", "Digoxin")
            await d.type("Dose", "125mcg")
            await d.type("Frequency", "od")
            assert any(w == "digoxin – DOSE 125 micrograms – once a day" for w in d.words())
            assert "Write micrograms and units in full." in d.words()
            await d.tap("done")
            await d.tap("Save plan")
            await d.until(lambda: app.top is None, "the way back")
            *_, last = plan(app, who["dot"])["medicines"]
            assert (last["name"], last["dose"], last["frequency"]) == ("Digoxin", "125mcg", "od")

    run(story)


def test_a_medicine_is_stopped_on_saving_and_can_be_brought_back_before(tmp_path: Path) -> None:
    who = people(tmp_path, conflict=False)

    async def story() -> None:
        app = unlocked(tmp_path)
        async with shown(app, EditPlan(who["dot"])) as d:
            await opened(d)
            await d.tap("Change medicine ceftriaxone")
            await d.tap("Stop this medicine")
            assert "Stops when you save" in d.words()
            await d.tap("Bring back ceftriaxone")
            assert "Stops when you save" not in d.words()
            await d.tap("Change medicine ceftriaxone")
            await d.tap("Stop this medicine")
            await d.tap("Save plan")
            await d.until(lambda: app.top is None, "the way back")
            assert [m["name"] for m in plan(app, who["dot"])["medicines"]] == ["salbutamol"]

    run(story)


def test_the_first_plan_is_written_from_nothing(tmp_path: Path) -> None:
    who = people(tmp_path)

    async def story() -> None:
        app = unlocked(tmp_path)
        async with shown(app, EditPlan(who["empty"])) as d:
            await opened(d, "The first plan")
            await d.tap("add-aim")
            await d.type("What matters, in their words", "To sleep through")
            await d.tap("Write review date")
            await d.type("Review date", "1/12/2026")
            await d.tap("Save plan")
            await d.until(lambda: app.top is None, "the way back")
            body = plan(app, who["empty"])
            assert body["review_on"] == "2026-12-01"
            assert [a["quote"] for a in body["aims"]] == ["To sleep through"]
            assert set(body) == {"aims", "review_on"}, "nothing is invented"

    run(story)


def test_versions_that_wait_are_settled_before_the_plan_is_changed(tmp_path: Path) -> None:
    who = people(tmp_path)

    async def story() -> None:
        app = unlocked(tmp_path)
        async with shown(app, OpenPatient(who["dot"], "plan")) as d:
            await d.until(lambda: "Change plan" in d.words(), "the plan")
            await d.tap("change-plan")
            await d.until(lambda: "Settle first" in d.words(), "the question")
            assert "Save plan" not in d.words()

    run(story)
