"""The banner, the danger strip, the tabs and what can be recorded."""

from __future__ import annotations

from pathlib import Path

import flet as ft
import pytest

from fieldapp.views.navigation import EditPlan, LogSession, OpenPatient, RecordObservations, SettleConflict, WriteNote
from fieldapp.views.screens.patient_record import choices
from tests.views.harness import run
from tests.views.patient_app import PHONE, TABLET, people, shown, unlocked


def test_the_banner_names_the_patient_and_the_tabs_keep_it(tmp_path: Path) -> None:
    who = people(tmp_path)

    async def story() -> None:
        app = unlocked(tmp_path)
        async with shown(app, OpenPatient(who["dot"])) as d:
            await d.until(lambda: "Urgent response" in d.words(), "the score")
            assert "HARGREAVES, Dorothy (Mrs)" in d.words()
            assert "Born 14-Jul-1943 (83y)" in d.words()
            await d.tap("tab-timeline")
            assert app.top == OpenPatient(who["dot"], "timeline")
            await d.until(lambda: "Today, Tue 24-Nov-2026" in d.words(), "the timeline")
            assert "HARGREAVES, Dorothy (Mrs)" in d.words()

    run(story)


@pytest.mark.parametrize(
    ("person", "phrase"),
    [("dot", "Known allergies"), ("child", "No known allergies"), ("empty", "Allergies not recorded")],
)
def test_each_allergy_statement_stands_alone(tmp_path: Path, person: str, phrase: str) -> None:
    who = people(tmp_path)

    async def story() -> None:
        async with shown(unlocked(tmp_path), OpenPatient(who[person])) as d:
            await d.until(lambda: phrase in d.words(), phrase)
            said = {"Known allergies", "No known allergies", "Allergies not recorded", "Allergies unavailable"}
            assert said & set(d.words()) == {phrase}

    run(story)


def test_a_conflict_on_allergies_shows_what_both_say_and_opens_the_decision(tmp_path: Path) -> None:
    who = people(tmp_path)

    async def story() -> None:
        app = unlocked(tmp_path)
        async with shown(app, OpenPatient(who["allergies"])) as d:
            await d.until(lambda: "Allergies: 2 versions, settle" in d.words(), "the versions")
            both = next(w for w in d.words() if "penicillin: rash" in w)
            assert "Dr S. Mensah" in both
            assert "No known allergies" in both
            assert not [w for w in d.words() if w in ("Allergies not recorded", "No known allergies")]
            await d.tap("Allergies: 2 versions, settle")
            assert isinstance(app.top, SettleConflict)

    run(story)


@pytest.mark.parametrize("m", [TABLET, PHONE], ids=["tablet", "phone"])
def test_record_offers_what_can_be_recorded(tmp_path: Path, m: object) -> None:
    who = people(tmp_path)

    async def story() -> None:
        app = unlocked(tmp_path)
        async with shown(app, OpenPatient(who["dot"]), m) as d:  # type: ignore[arg-type]
            await d.until(lambda: "Urgent response" in d.words(), "the score")
            await d.tap("record")
            assert "Write a note" in d.words()
            await d.tap("record-note")
            assert app.top == WriteNote(who["dot"])

    run(story)


def test_a_session_is_offered_first_where_reablement_is_all_there_is() -> None:
    assert isinstance(choices("p", "v", ("reablement",))[0].screen, LogSession)
    assert choices("p", "v", ("virtual_ward",))[0].screen == RecordObservations("p", "v")
    assert not [c for c in choices("p", None, ("ucr",)) if isinstance(c.screen, LogSession)]
    assert [c.screen for c in choices("p", None, ())][-1] == EditPlan("p")


def test_a_patient_who_is_not_here_says_so(tmp_path: Path) -> None:
    people(tmp_path)

    async def story() -> None:
        async with shown(unlocked(tmp_path), OpenPatient("0190a000-0000-7000-8000-00000000ffff")) as d:
            await d.until(lambda: any("not on this tablet" in w for w in d.words()), "the reason")
            assert "back" in [s.identifier for s in d.all(ft.Semantics)]

    run(story)
