"""The tab *Plan*: every statement, what waits for a decision, who changed what."""

from __future__ import annotations

from pathlib import Path

from fieldapp.views.navigation import EditPlan, OpenPatient, SettleConflict
from tests.views.harness import run
from tests.views.patient_app import PHONE, people, shown, unlocked


def test_every_statement_is_there_in_the_professions_words(tmp_path: Path) -> None:
    who = people(tmp_path)

    async def story() -> None:
        async with shown(unlocked(tmp_path), OpenPatient(who["long"], "plan")) as d:
            await d.until(lambda: "Oxygen target" in d.words(), "the plan")
            said = d.words()
            for words in (
                "Not for  CPR, intensive care",
                "For  hospital if reversible, ward NIV, IV antibiotics at home",
                "88–92\u2009%",
                "NEWS2 scale 2",
                "Authorised by Dr S. Mensah, 19-Nov-2026 16:20",
                "ceftriaxone – injection – DOSE 2 g – over 30min – intravenous – once a day",
                "Day 3 of 5, 22-Nov-2026 to 26-Nov-2026. At 14:30",
                "Resolved, since 02-Nov-2026",
                "What matters to Wilhelmina",
                "Observations every 60 min. Hourly while the score is 5 or over",
                "Changed 10:40 by Dr S. Mensah: oxygen target",
            ):
                assert words in said, words
            assert "2 versions, settle" not in said

    run(story)


def test_a_disputed_statement_is_marked_and_opens_the_decision(tmp_path: Path) -> None:
    who = people(tmp_path)

    async def story() -> None:
        app = unlocked(tmp_path)
        async with shown(app, OpenPatient(who["dot"], "plan"), PHONE) as d:
            await d.until(lambda: "2 versions, settle" in d.words(), "the mark")
            await d.tap("Oxygen target: 2 versions, settle")
            assert isinstance(app.top, SettleConflict)

    run(story)


def test_what_changed_names_who_when_and_what(tmp_path: Path) -> None:
    who = people(tmp_path)

    async def story() -> None:
        async with shown(unlocked(tmp_path), OpenPatient(who["dot"], "plan")) as d:
            await d.until(lambda: "What changed" in d.words(), "the plan")
            await d.tap("what-changed")
            said = d.words()
            assert "Kwame Osei, physiotherapist" in said
            assert "10:52" in said
            assert "Oxygen target: Target 90–94%, NEWS2 scale 2, 1 L/min, nasal cannula, until settled" in said
            await d.tap("dialog-cancel")
            assert "Kwame Osei, physiotherapist" not in d.words()

    run(story)


def test_no_plan_is_a_sentence_and_one_thing_to_do(tmp_path: Path) -> None:
    who = people(tmp_path)

    async def story() -> None:
        app = unlocked(tmp_path)
        async with shown(app, OpenPatient(who["empty"], "plan")) as d:
            await d.until(lambda: "No plan yet" in d.words(), "the empty state")
            await d.tap("Write the first plan")
            assert app.top == EditPlan(who["empty"])

    run(story)
