"""The tab *Now*: the score or why there is none, the values with their age, what is due."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import flet.canvas as cv

from fieldapp.usecases.chart import ScorePoint
from fieldapp.views.navigation import OpenPatient, RecordObservations, SettleConflict
from fieldapp.views.screens.now import window
from tests.views.harness import run
from tests.views.patient_app import PHONE, people, shown, unlocked
from tests.views.patient_people import NOW


def test_the_score_says_what_made_it_what_it_was_and_when_to_look_again(tmp_path: Path) -> None:
    who = people(tmp_path)

    async def story() -> None:
        app = unlocked(tmp_path)
        async with shown(app, OpenPatient(who["dot"])) as d:
            await d.until(lambda: "Urgent response" in d.words(), "the score")
            said = d.words()
            assert "13:40, 22 min ago · was 5 at 08:12" in said
            assert "Recheck 14:40, in 38 min" in said
            assert {"Respiration rate", "Air or oxygen", "Pulse"} <= set(said)
            assert d.all(cv.Canvas), "no chart"
            assert "NEWS2 5" in d.labels()

    run(story)


def test_tiles_show_the_value_its_unit_the_one_before_and_how_old_it_is(tmp_path: Path) -> None:
    who = people(tmp_path)

    async def story() -> None:
        async with shown(unlocked(tmp_path), OpenPatient(who["dot"])) as d:
            await d.until(lambda: "Latest observations" in d.words(), "the tiles")
            said = d.words()
            assert "94\u2009/min" in said
            assert "96 at 08:12" in said
            assert "7.4\u2009mmol/L" in said
            assert "Taken at 08:12" in said, "an older value must say when it was taken"
            assert "24-Nov-2026 13:40, Leanne Brook, healthcare assistant" in said

    run(story)


def test_due_today_shows_the_medicine_line_and_opens_the_observations(tmp_path: Path) -> None:
    who = people(tmp_path)

    async def story() -> None:
        app = unlocked(tmp_path)
        async with shown(app, OpenPatient(who["dot"]), PHONE) as d:
            await d.until(lambda: "Due today" in d.words(), "what is due")
            assert any(w.startswith("ceftriaxone – injection – DOSE 2 g") for w in d.words())
            await d.tap("14:40, Observations and NEWS2, in 38 min")
            assert isinstance(app.top, RecordObservations)

    run(story)


def test_two_versions_of_a_statement_are_said_and_opened(tmp_path: Path) -> None:
    who = people(tmp_path)

    async def story() -> None:
        app = unlocked(tmp_path)
        async with shown(app, OpenPatient(who["dot"])) as d:
            await d.until(lambda: "Oxygen target: 2 versions" in d.words(), "the versions")
            await d.tap("settle-0")
            assert isinstance(app.top, SettleConflict)

    run(story)


def test_a_recorded_total_that_differs_stands_beside_the_computed_one(tmp_path: Path) -> None:
    who = people(tmp_path)

    async def story() -> None:
        async with shown(unlocked(tmp_path), OpenPatient(who["imported"])) as d:
            await d.until(lambda: "Recorded as 6 by its source, computed 5" in d.words(), "both totals")
            assert "NEWS2 5" in d.labels()

    run(story)


def test_news2_is_refused_under_16_and_in_pregnancy_and_says_why(tmp_path: Path) -> None:
    who = people(tmp_path)

    async def story() -> None:
        for person, why in (("child", "under 16"), ("pregnant", "in pregnancy")):
            async with shown(unlocked(tmp_path), OpenPatient(who[person])) as d:
                await d.until(lambda: "NEWS2 not used" in d.words(), "the refusal")
                assert any(why in w for w in d.words())
                assert not [label for label in d.labels() if label.startswith("NEWS2 has") or "points" in label]

    run(story)


def test_an_empty_chart_is_words_never_zero(tmp_path: Path) -> None:
    who = people(tmp_path)

    async def story() -> None:
        async with shown(unlocked(tmp_path), OpenPatient(who["empty"])) as d:
            await d.until(lambda: "No NEWS2 yet" in d.words(), "the empty score")
            assert "Nothing is due today." in d.words()
            assert any(w.startswith("No observations yet") for w in d.words())
            assert "0" not in d.words()

    run(story)


def test_the_chart_goes_back_only_as_far_as_two_totals_need() -> None:
    def at(*hours: float) -> list[ScorePoint]:
        return [ScorePoint(NOW - timedelta(hours=h), 3) for h in hours]

    assert window(at(1, 47), NOW) == 48
    assert window(at(1, 49), NOW) == 7 * 24
    assert window(at(20 * 24, 27 * 24), NOW) == 28 * 24
    assert window(at(1), NOW) is None
    assert window(at(5000, 6000), NOW) is None
