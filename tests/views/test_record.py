"""Recording observations through the screen, over a real sealed store."""

from __future__ import annotations

from pathlib import Path

import pytest

from fieldapp.domain.clock import FixedClock
from fieldapp.domain.revision import format_time
from fieldapp.storage import open_store
from fieldapp.usecases import observations
from fieldapp.usecases.session import Session
from fieldapp.views.navigation import OpenPatient, RecordObservations, WriteNote
from tests.views.harness import run
from tests.views.mounted import PHONE, Mounted, mounted
from tests.views.patient_people import NOW, fill
from tests.views.seeded import PASSPHRASE, new_store

CLOCK = FixedClock(NOW)


@pytest.fixture
def people(tmp_path: Path) -> dict[str, str]:
    store = new_store(tmp_path / "store", CLOCK)
    found = fill(store, CLOCK, conflict=False)
    store.close()
    return found


def sets(session: Session, patient: str) -> list[dict[str, object]]:
    states = session.store.records(patient, {"observations"})
    return [state.body for state in states if state.first_author == session.author]


async def seven(at: Mounted) -> None:
    """The set of the pictures: 24, 87 % on 2 L/min, 108/62, 104, alert, 37.9."""
    await at.ready("key-next")
    await at.keys("24>87>2>10862>104>")
    await at.shown.tap("acvpu-0")
    await at.keys("37.9")


def test_the_score_stands_before_saving_and_what_is_saved_is_what_was_typed(
    tmp_path: Path, people: dict[str, str]
) -> None:
    async def story() -> None:
        dot = people["dot"]
        async with mounted(tmp_path / "store", CLOCK, dot, RecordObservations(dot, "visit-1")) as at:
            await at.ready("key-next")
            await at.keys("24>89>2>108")
            assert "No total yet: 4 of 7 scored" in at.shown.words()
            assert "Missing: pulse, consciousness, temperature" in at.shown.words()
            assert any("108/" in words for words in at.shown.words())
            await at.keys("<")
            for _ in range(3):
                await at.keys("<")
            await at.shown.tap("entry-spo2")
            await at.keys("87")
            await at.shown.tap("entry-blood-pressure")
            await at.keys("10862>104>")
            await at.shown.tap("acvpu-0")
            await at.keys("37.9")
            assert "NEWS2 7" in at.shown.labels()
            assert "Emergency response" in at.shown.words()
            assert sets(at.session, dot) == []
            await at.shown.tap("save")
            await at.ready("alarm")
            assert sets(at.session, dot) == [
                {
                    "taken_at": format_time(NOW),
                    "visit": "visit-1",
                    "respiration_rate": 24,
                    "spo2": 87,
                    "spo2_scale": 2,
                    "on_oxygen": True,
                    "oxygen_flow": 2,
                    "systolic_bp": 108,
                    "diastolic_bp": 62,
                    "pulse": 104,
                    "consciousness": "A",
                    "temperature": 37.9,
                }
            ]
            assert at.session.store.drafts() == {}
            said = at.shown.words()
            assert "NEWS2 is 7: act now" in said
            assert said.index("NEWS2 is 7: act now") < next(i for i, w in enumerate(said) if "Not for CPR" in w)
            assert "Saved on this tablet 14:02" in said
            await at.shown.tap("record-note")
            assert at.app.top == WriteNote(dot, "visit-1")

    run(story)


def test_a_low_score_goes_back_to_the_patient(tmp_path: Path, people: dict[str, str]) -> None:
    async def story() -> None:
        empty = people["empty"]
        async with mounted(tmp_path / "store", CLOCK, empty, RecordObservations(empty), PHONE) as at:
            await at.ready("key-next")
            await at.keys("16>97>")
            await at.shown.tap("air-0")
            await at.keys("12274>72>")
            await at.shown.tap("acvpu-0")
            await at.keys("37")
            assert "NEWS2 0" in at.shown.labels()
            await at.shown.tap("save")
            await at.shown.until(lambda: at.app.top == OpenPatient(empty), "the patient")
            assert at.app.message is not None
            assert at.app.message.words == "Saved on this tablet"
            assert sets(at.session, empty)[0]["temperature"] == 37

    run(story)


def test_a_doubt_replaces_the_prompt_and_holds_next_and_save(tmp_path: Path, people: dict[str, str]) -> None:
    async def story() -> None:
        dot = people["dot"]
        async with mounted(tmp_path / "store", CLOCK, dot, RecordObservations(dot)) as at:
            await at.ready("key-next")
            await at.shown.tap("entry-blood-pressure")
            await at.keys("30")
            assert "Systolic 30 mmHg?" not in at.shown.words()
            await at.keys("0")
            assert "Systolic 300 mmHg?" in at.shown.words()
            assert not at.shown.pressable("key-next")
            assert not at.shown.pressable("save")
            assert "No total yet: 0 of 7 scored" in at.shown.words()
            await at.shown.tap("question-keep")
            assert "No total yet: 1 of 7 scored" in at.shown.words()
            await at.keys("62")
            assert at.shown.pressable("save")
            await at.shown.tap("entry-pulse")
            await at.keys("9999")
            assert "Pulse cannot be 9999 /min." in at.shown.words()
            await at.shown.tap("question-change")
            await at.keys("99")
            await at.shown.tap("save")
            await at.shown.until(lambda: bool(sets(at.session, dot)), "the set")
            assert sets(at.session, dot)[0]["systolic_bp"] == 300

    run(story)


def test_an_unfinished_value_is_asked_about_when_it_is_left(tmp_path: Path, people: dict[str, str]) -> None:
    async def story() -> None:
        dot = people["dot"]
        async with mounted(tmp_path / "store", CLOCK, dot, RecordObservations(dot)) as at:
            await at.ready("key-next")
            await at.keys("2")
            assert "Respiration rate 2 /min?" not in at.shown.words()
            await at.shown.tap("save")
            assert "Respiration rate 2 /min?" in at.shown.words()
            assert sets(at.session, dot) == []
            await at.shown.tap("question-change")
            await at.keys("22>")
            assert "No total yet: 1 of 7 scored" in at.shown.words()

    run(story)


def test_every_value_is_kept_sealed_and_comes_back(tmp_path: Path, people: dict[str, str]) -> None:
    """The store is opened anew, as after a kill; nothing was closed or saved."""

    async def typing() -> None:
        dot = people["dot"]
        async with mounted(tmp_path / "store", CLOCK, dot, RecordObservations(dot)) as at:
            await at.ready("key-next")
            await at.keys("24>8")
            await at.shown.until(lambda: bool(at.session.store.drafts()), "the draft")
            draft = f"observations:{dot}"

            def kept() -> bool:
                found = at.session.store.draft(draft)
                return found is not None and found["values"] == {"respiration_rate": 24, "spo2": 8}

            await at.shown.until(kept, "both values to be kept")
            other = open_store(tmp_path / "store", clock=CLOCK).unlock(PASSPHRASE)
            restored = observations.start(Session(other, CLOCK), dot)
            other.close()
            assert restored.restored
            assert restored.values == {"respiration_rate": 24, "spo2": 8}
            await at.keys("7")

    async def opening() -> None:
        dot = people["dot"]
        later = FixedClock(NOW.replace(hour=15))
        async with mounted(tmp_path / "store", later, dot, RecordObservations(dot)) as at:
            await at.ready("restored")
            words = at.shown.words()
            assert any("Draft kept on this tablet, 14:02" in w for w in words)
            assert any("Last typed 14:02" in w for w in words)
            assert "87" in words or any(w.startswith("87") for w in words)
            await at.shown.tap("discard")
            await at.shown.tap("dialog-confirm")
            await at.shown.until(lambda: at.app.top == OpenPatient(dot), "the patient")
            assert at.session.store.drafts() == {}

    run(typing)
    run(opening)


def test_could_not_measure_says_why_and_gives_no_total(tmp_path: Path, people: dict[str, str]) -> None:
    async def story() -> None:
        dot = people["dot"]
        async with mounted(tmp_path / "store", CLOCK, dot, RecordObservations(dot)) as at:
            await at.ready("key-next")
            await at.keys("24>")
            await at.shown.tap("unmeasured")
            await at.dialog("why-0")
            await at.shown.tap("why-0")
            await at.shown.tap("entry-blood-pressure")
            await at.shown.tap("unmeasured")
            await at.dialog("why")
            await at.shown.type("why", "Arm in plaster")
            await at.shown.tap("dialog-confirm")
            await at.shown.tap("also-pain")
            await at.keys("3")
            await at.shown.tap("also-note")
            await at.shown.type("note", "Sitting up")
            await at.shown.tap("save")
            await at.shown.until(lambda: bool(sets(at.session, dot)), "the set")
            saved = sets(at.session, dot)[0]
            assert saved["not_measured"] == {
                "spo2": "Declined",
                "systolic_bp": "Arm in plaster",
                "diastolic_bp": "Arm in plaster",
            }
            assert saved["pain"] == 3
            assert saved["note"] == "Sitting up"

    run(story)


def test_a_child_and_a_pregnancy_get_no_score_and_are_told_why(tmp_path: Path, people: dict[str, str]) -> None:
    async def story() -> None:
        for who, why in (("child", "16"), ("pregnant", "pregnan")):
            patient = people[who]
            async with mounted(tmp_path / "store", CLOCK, patient, RecordObservations(patient)) as at:
                await at.ready("key-next")
                await at.keys("24>97>")
                assert "NEWS2 not used" in at.shown.words()
                assert any(why in words for words in at.shown.words())
                assert not any("No total yet" in words for words in at.shown.words())
                assert at.shown.pressable("save")

    run(story)


def test_a_saved_set_is_corrected_with_a_reason(tmp_path: Path, people: dict[str, str]) -> None:
    async def story() -> None:
        imported = people["imported"]
        store = open_store(tmp_path / "store", clock=CLOCK).unlock(PASSPHRASE)
        (first,) = store.records(imported, {"observations"})
        store.close()
        screen = RecordObservations(imported, amends=first.id)
        async with mounted(tmp_path / "store", CLOCK, imported, screen) as at:
            await at.ready("amending")
            await at.shown.tap("entry-pulse")
            await at.keys("85")
            await at.shown.tap("save")
            await at.dialog("reason")
            await at.shown.type("reason", "Read the wrong line")
            await at.shown.tap("dialog-confirm")
            await at.shown.until(lambda: at.session.record(first.id).revisions == 2, "the correction")
            body = at.session.record(first.id).body
            assert body == {**first.body, "pulse": 85}

    run(story)


def test_next_pressed_out_of_habit_after_the_upper_pressure_does_not_skip_the_lower(
    tmp_path: Path, people: dict[str, str]
) -> None:
    """The cursor moves on by itself once the upper number is whole; a press of Next that crosses it changes nothing."""

    async def story() -> None:
        dot = people["dot"]
        async with mounted(tmp_path / "store", CLOCK, dot, RecordObservations(dot, "visit-1")) as at:
            await at.ready("key-next")
            await at.keys("24>87>2>108>62>104>")
            await at.shown.tap("acvpu-0")
            await at.keys("37.9")
            await at.shown.tap("save")
            await at.ready("alarm")
            saved = sets(at.session, dot)[0]
            assert (saved["systolic_bp"], saved["diastolic_bp"], saved["pulse"]) == (108, 62, 104)

    run(story)


def test_the_lower_pressure_can_be_left_out_on_purpose(tmp_path: Path, people: dict[str, str]) -> None:
    async def story() -> None:
        dot = people["dot"]
        async with mounted(tmp_path / "store", CLOCK, dot, RecordObservations(dot, "visit-1")) as at:
            await at.ready("key-next")
            await at.keys("24>87>2>108>>104>")
            await at.shown.tap("acvpu-0")
            await at.keys("37.9")
            await at.shown.tap("save")
            await at.ready("alarm")
            saved = sets(at.session, dot)[0]
            assert (saved["systolic_bp"], saved.get("diastolic_bp"), saved["pulse"]) == (108, None, 104)

    run(story)
