"""Logging a reablement session through the screen, over a real sealed store."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import NamedTuple

import pytest

from fieldapp.domain.clock import FixedClock
from fieldapp.domain.revision import format_time
from fieldapp.storage import open_store
from fieldapp.usecases import therapy
from fieldapp.usecases.session import Session
from fieldapp.views.navigation import LogSession, OpenPatient
from tests.views.harness import run
from tests.views.mounted import PHONE, mounted
from tests.views.patient_people import NOW, OSEI, Ward
from tests.views.seeded import PASSPHRASE, TEAM, new_store


class Pat(NamedTuple):
    patient: str
    episode: str
    goals: tuple[str, ...]
    alone: str


@pytest.fixture
def pat(tmp_path: Path) -> Pat:
    """Day 16 of six weeks with two goals and one session; and somebody without goals."""
    clock = FixedClock(NOW)
    store = new_store(tmp_path / "store", clock)
    w = Ward(store, clock)
    patient = w.person({"family": "Murphy", "given": "Patrick", "title": "Mr"}, gender="male")
    began = format_time(NOW - timedelta(days=15))
    body = {"pathway": "reablement", "team": TEAM.id, "status": "active", "started_at": began, "referred_at": began}
    episode = w.signed(OSEI, patient, "episode", body, 21600).record
    goals = tuple(
        w.signed(OSEI, patient, "goal", {"quote": quote, "baseline": -1, "status": "active"}, 21600 - n).record
        for n, quote in enumerate(("Get up to my own bed at night", "Walk to the paper shop"))
    )
    at = format_time(NOW - timedelta(days=4))
    done = {"started_at": at, "timed_up_and_go": [21.2], "barthel": {"score": 14, "scale": 20}, "effort_borg": 15}
    w.signed(OSEI, patient, "therapy_session", {**done, "next_session": "Try the kerb outside."}, 5760)
    alone = w.person({"family": "Young", "given": "Ivy", "title": "Ms"})
    w.episode(alone, "reablement", "hip fracture", 1440)
    w.deliver()
    store.close()
    return Pat(patient, episode, goals, alone)


def mine(session: Session, patient: str) -> list[dict[str, object]]:
    states = session.store.records(patient, {"therapy_session"})
    return [state.body for state in states if state.first_author == session.author]


def test_a_whole_session_is_saved_as_it_was_entered(tmp_path: Path, pat: Pat) -> None:
    async def story() -> None:
        clock = FixedClock(NOW)
        async with mounted(tmp_path / "store", clock, pat.patient, LogSession(pat.patient, "visit-9")) as at:
            await at.ready("stopwatch")
            words = at.shown.words()
            assert "Week 3 of 6, day 16" in words
            assert "Try the kerb outside." in words
            await at.shown.tap("stopwatch")
            clock.advance(14.2)
            at.app.refresh()
            await at.shown.tap("stopwatch")
            assert "00:14.2" in at.shown.words()
            await at.shown.type("attempt-0", "14.6")
            await at.shown.tap("goal-0-3")
            await at.shown.tap("goal-1-0")
            await at.shown.tap("goal-1-0")
            await at.shown.tap("add-activity")
            await at.dialog("what")
            await at.shown.type("what", "Stairs, 12 steps, one rail")
            await at.shown.tap("minutes-more")
            await at.shown.tap("minutes-more")
            await at.shown.tap("help-1")
            await at.shown.tap("dialog-confirm")
            assert "10 min" in at.shown.words()
            await at.shown.tap("effort-more")
            await at.shown.tap("effort-less")
            await at.shown.tap("pain-more")
            await at.shown.tap("barthel-more")
            await at.shown.tap("barthel-more")
            await at.shown.type("quote", "First time without holding my breath.")
            await at.shown.type("next-session", "Stairs without prompts")
            await at.shown.tap("save")
            await at.shown.until(lambda: at.app.top == OpenPatient(pat.patient), "the patient")
            assert mine(at.session, pat.patient) == [
                {
                    "started_at": format_time(NOW),
                    "episode": pat.episode,
                    "visit": "visit-9",
                    "timed_up_and_go": [14.6],
                    "ratings": [{"goal": pat.goals[0], "score": 1}],
                    "activities": [{"what": "Stairs, 12 steps, one rail", "minutes": 10, "help": "prompts"}],
                    "effort_borg": 14,
                    "pain_after": 0,
                    "barthel": {"score": 15, "scale": 20},
                    "quote": "First time without holding my breath.",
                    "next_session": "Stairs without prompts",
                }
            ]
            assert at.session.store.drafts() == {}

    run(story)


def test_what_was_entered_outlives_a_kill(tmp_path: Path, pat: Pat) -> None:
    async def entering() -> None:
        async with mounted(tmp_path / "store", FixedClock(NOW), pat.patient, LogSession(pat.patient), PHONE) as at:
            await at.ready("stopwatch")
            await at.shown.tap("goal-0-4")
            await at.shown.type("quote", "Tired but proud")
            draft = f"therapy_session:{pat.patient}"

            def kept() -> bool:
                found = at.session.store.draft(draft)
                return found is not None and found["quote"] == "Tired but proud"

            await at.shown.until(kept, "the words to be kept")
            other = open_store(tmp_path / "store", clock=FixedClock(NOW)).unlock(PASSPHRASE)
            restored = therapy.start(Session(other, FixedClock(NOW)), pat.patient)
            other.close()
            assert restored.scores == {pat.goals[0]: 2}
            assert restored.quote == "Tired but proud"

    async def again() -> None:
        async with mounted(tmp_path / "store", FixedClock(NOW), pat.patient, LogSession(pat.patient), PHONE) as at:
            await at.ready("restored")
            await at.shown.tap("discard")
            await at.shown.tap("dialog-confirm")
            await at.shown.until(lambda: at.session.store.drafts() == {}, "the draft to go")
            assert mine(at.session, pat.patient) == []

    run(entering)
    run(again)


def test_a_first_goal_is_added_and_offered(tmp_path: Path, pat: Pat) -> None:
    async def story() -> None:
        async with mounted(tmp_path / "store", FixedClock(NOW), pat.alone, LogSession(pat.alone)) as at:
            await at.ready("stopwatch")
            assert "No goals yet" in at.shown.words()
            await at.shown.tap("save")
            assert any(w.startswith("Nothing is recorded yet.") for w in at.shown.words())
            await at.shown.tap("add-goal")
            await at.dialog("goal-quote")
            await at.shown.type("goal-quote", "Make my own tea")
            await at.shown.tap("baseline-0")
            await at.shown.tap("dialog-confirm")
            await at.ready("goal-0-2")
            (goal,) = at.session.store.records(pat.alone, {"goal"})
            assert goal.body["quote"] == "Make my own tea"
            assert goal.body["baseline"] == -2

    run(story)


def test_a_saved_session_is_corrected_with_a_reason(tmp_path: Path, pat: Pat) -> None:
    async def story() -> None:
        store = open_store(tmp_path / "store", clock=FixedClock(NOW)).unlock(PASSPHRASE)
        (first,) = store.records(pat.patient, {"therapy_session"})
        store.close()
        screen = LogSession(pat.patient, amends=first.id)
        async with mounted(tmp_path / "store", FixedClock(NOW), pat.patient, screen) as at:
            await at.ready("amending")
            await at.shown.tap("pain-more")
            await at.shown.tap("save")
            await at.dialog("reason")
            await at.shown.type("reason", "Forgot the pain score")
            await at.shown.tap("dialog-confirm")
            await at.shown.until(lambda: at.session.record(first.id).revisions == 2, "the correction")
            assert at.session.record(first.id).body == {**first.body, "pain_after": 0}

    run(story)
