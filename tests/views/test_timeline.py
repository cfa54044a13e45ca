"""The tab *Timeline*: everything newest first, how each stands, every version, corrections that hide nothing."""

from __future__ import annotations

from pathlib import Path

import flet as ft

from fieldapp.views.navigation import OpenPatient, RecordObservations, RepairEntry, SettleConflict
from tests.views.harness import Drawn, run
from tests.views.patient_app import PHONE, people, shown, unlocked


def entries(d: Drawn) -> list[str]:
    """What each row says, in order."""
    return [s.label or "" for s in d.all(ft.Semantics) if (s.identifier or "").startswith("entry-")]


def test_everything_is_there_newest_first_with_its_state(tmp_path: Path) -> None:
    who = people(tmp_path)

    async def story() -> None:
        async with shown(unlocked(tmp_path), OpenPatient(who["dot"], "timeline")) as d:
            await d.until(lambda: bool(entries(d)), "the entries")
            said = entries(d)
            assert said[0].startswith("Visit"), "the visit is still to come"
            assert {e.rsplit(", ", 1)[1] for e in said if e.startswith("Note")} == {"Sent back", "On tablet"}
            assert [e.rsplit(", ", 1)[1] for e in said if e.startswith("Treatment plan")] == ["2 versions"]
            assert any("NEWS2 5: resp 22\u2009/min" in e and e.endswith("Sent") for e in said)
            days = [w for w in d.words() if w.endswith("-Nov-2026") and len(w) in (15, 22)]
            assert days == ["Today, Tue 24-Nov-2026", "Mon 23-Nov-2026", "Sun 22-Nov-2026"]

    run(story)


def test_a_filter_shows_one_kind(tmp_path: Path) -> None:
    who = people(tmp_path)

    async def story() -> None:
        async with shown(unlocked(tmp_path), OpenPatient(who["dot"], "timeline"), PHONE) as d:
            await d.until(lambda: bool(entries(d)), "the entries")
            await d.tap("filter-notes")
            assert {e.split(",")[0] for e in entries(d)} == {"Note"}
            await d.tap("filter-all")
            assert len({e.split(",")[0] for e in entries(d)}) > 3

    run(story)


def test_an_entry_shows_all_its_values_and_what_can_be_done(tmp_path: Path) -> None:
    who = people(tmp_path)

    async def story() -> None:
        app = unlocked(tmp_path)
        store = app.opened().store
        record = next(s for s in store.records(who["imported"], {"observations"})).id
        async with shown(app, OpenPatient(who["imported"], "timeline", record)) as d:
            await d.until(lambda: "Respiration rate" in d.words(), "the values")
            said = d.words()
            assert "21\u2009/min" in said
            assert said[said.index("NEWS2 computed") + 1] == "5"
            assert said[said.index("NEWS2 as recorded") + 1] == "6"
            await d.tap("amend")
            assert app.top == RecordObservations(who["imported"], amends=record)

    run(story)


def test_entered_in_error_keeps_its_reason_and_hides_nothing(tmp_path: Path) -> None:
    who = people(tmp_path)

    async def story() -> None:
        app = unlocked(tmp_path)
        record = app.opened().put(who["empty"], "note", {"text": "Meant for next door"}).record
        async with shown(app, OpenPatient(who["empty"], "timeline", record)) as d:
            await d.until(lambda: "Meant for next door" in d.words(), "the note")
            await d.tap("mark-error")
            await d.until(lambda: "Entered in error?" in d.words(), "the question")
            (question,) = [dialog for dialog in d.dialogs() if isinstance(dialog, ft.AlertDialog)]
            assert isinstance(question.content, ft.Component)
            on_confirm = question.content.args[3]
            on_confirm("Wrong patient")
            await d.until(lambda: "Reason: Wrong patient" in d.words(), "the amendment")
            said = d.words()
            assert "Meant for next door" in said, "the words stay"
            assert "Original" in said
            assert "Amend" not in said
            await d.tap("tab-timeline")
            await d.until(lambda: bool(entries(d)), "the entries")
            assert [e for e in entries(d) if "entered in error" in e and "Meant for next door" in e]

    run(story)


def test_an_amendment_shows_what_it_said_before(tmp_path: Path) -> None:
    who = people(tmp_path)

    async def story() -> None:
        app = unlocked(tmp_path)
        session = app.opened()
        (state,) = session.store.records(who["imported"], {"observations"})
        body = {**state.body, "pulse": 85}
        session.put(who["imported"], "observations", body, record=state.id, reason="Misread", base=state.heads)
        async with shown(app, OpenPatient(who["imported"], "timeline", state.id)) as d:
            await d.until(lambda: "Versions" in d.words(), "the versions")
            assert "Reason: Misread" in d.words()
            assert "Pulse: 95\u2009/min  85\u2009/min" in d.words()

    run(story)


def test_what_was_sent_back_says_why_and_opens_its_repair(tmp_path: Path) -> None:
    who = people(tmp_path)

    async def story() -> None:
        app = unlocked(tmp_path)
        (refused,) = app.opened().store.refusals()
        async with shown(app, OpenPatient(who["dot"], "timeline", refused.record)) as d:
            await d.until(lambda: "The body site is missing. Add it." in d.words(), "the reason")
            await d.tap("repair")
            assert app.top == RepairEntry(refused.revision)

    run(story)


def test_a_conflict_opens_from_its_entry(tmp_path: Path) -> None:
    who = people(tmp_path)

    async def story() -> None:
        app = unlocked(tmp_path)
        (state,) = app.opened().store.records(who["dot"], {"plan"})
        async with shown(app, OpenPatient(who["dot"], "timeline", state.id)) as d:
            await d.until(lambda: "2 versions" in d.words(), "the notice")
            await d.tap("settle")
            assert app.top == SettleConflict(state.id)

    run(story)


def test_a_long_history_is_drawn_in_slices(tmp_path: Path) -> None:
    who = people(tmp_path)

    async def story() -> None:
        app = unlocked(tmp_path)
        for n in range(50):
            app.opened().put(who["empty"], "note", {"text": f"Note {n}"})
        async with shown(app, OpenPatient(who["empty"], "timeline")) as d:
            await d.until(lambda: bool(entries(d)), "the entries")
            assert len(entries(d)) == 40
            await d.tap("show-more")
            assert len(entries(d)) == 51

    run(story)
