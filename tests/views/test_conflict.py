"""Settling versions through the screen, over a real sealed store."""

from __future__ import annotations

from pathlib import Path

import pytest

from fieldapp.domain.clock import FixedClock
from fieldapp.storage import open_store
from fieldapp.usecases import conflict
from fieldapp.usecases.conflict import Keep
from fieldapp.usecases.session import Session
from fieldapp.views.metrics import Metrics
from fieldapp.views.navigation import OpenPatient, SettleConflict
from tests.views.harness import run
from tests.views.mounted import PHONE, TABLET, mounted
from tests.views.patient_people import NOW, fill
from tests.views.seeded import PASSPHRASE, new_store

CLOCK = FixedClock(NOW)


@pytest.fixture
def disputed(tmp_path: Path) -> dict[str, tuple[str, str]]:
    """Kind → (record, patient) of each record in conflict."""
    store = new_store(tmp_path / "store", CLOCK)
    fill(store, CLOCK)
    found = {state.kind: (state.id, state.patient) for state in Session(store, CLOCK).conflicts()}
    store.close()
    return found


@pytest.mark.parametrize("m", [TABLET, PHONE])
def test_a_settled_conflict_keeps_both_sides_in_history(
    tmp_path: Path, disputed: dict[str, tuple[str, str]], m: Metrics
) -> None:
    async def story() -> None:
        record, patient = disputed["plan"]
        async with mounted(tmp_path / "store", CLOCK, patient, SettleConflict(record), m) as at:
            await at.ready("settle")
            words = at.shown.words()
            assert "Oxygen target: two versions" in words
            assert any(w.startswith("Was Target 88–92%") for w in words)
            assert any(w.startswith("Saw SpO₂ 90") for w in words)
            assert not [w for w in words if "merge" in w.lower() or "revision" in w.lower()]
            before = {r.id for r in at.session.store.revisions(record)}
            await at.shown.tap("settle")
            assert any("Choose for oxygen target first" in w for w in at.shown.words())
            await at.shown.tap("keep-0-1")
            await at.shown.tap("settle")
            assert any("Reason: say why" in w for w in at.shown.words())
            await at.shown.type("reason", "Agreed by phone with Dr Mensah")
            await at.shown.tap("settle")
            await at.shown.until(lambda: at.app.top == OpenPatient(patient), "the patient")
            state = at.session.record(record)
            assert not state.in_conflict
            assert state.body["oxygen"]["target_high"] == 94
            after = {r.id: r for r in at.session.store.revisions(record)}
            assert before < set(after)
            (settled,) = set(after) - before
            assert after[settled].reason == "Agreed by phone with Dr Mensah"
            assert len(after[settled].parents) == 2
            assert at.session.store.drafts() == {}

    run(story)


def test_a_third_version_is_written_part_by_part(tmp_path: Path, disputed: dict[str, tuple[str, str]]) -> None:
    async def story() -> None:
        record, patient = disputed["plan"]
        async with mounted(tmp_path / "store", CLOCK, patient, SettleConflict(record)) as at:
            await at.ready("settle")
            await at.shown.tap("third-0")
            await at.shown.type("Oxygen target low", "8o")
            await at.shown.tap("third-done")
            assert any("Oxygen target low: write a whole number" in w for w in at.shown.words())
            await at.shown.type("Oxygen target low", "89")
            await at.shown.type("Delivery", "1 to 2 L/min, nasal cannula")
            await at.shown.tap("third-done")
            assert "Your version" in at.shown.words()
            await at.shown.type("reason", "Agreed between us")
            await at.shown.tap("settle")
            await at.shown.until(lambda: not at.session.record(record).in_conflict, "the decision")
            oxygen = at.session.record(record).body["oxygen"]
            assert (oxygen["target_low"], oxygen["target_high"]) == (89, 92)
            assert oxygen["delivery"] == "1 to 2 L/min, nasal cannula"
            assert oxygen["authorised_by"] == "Dr S. Mensah"

    run(story)


def test_allergies_are_written_one_a_line(tmp_path: Path, disputed: dict[str, tuple[str, str]]) -> None:
    async def story() -> None:
        record, patient = disputed["patient"]
        async with mounted(tmp_path / "store", CLOCK, patient, SettleConflict(record)) as at:
            await at.ready("settle")
            await at.shown.tap("third-0")
            await at.shown.type("Allergies, one a line, as substance: reaction", "penicillin: rash\nlatex")
            await at.shown.tap("third-done")
            await at.shown.type("reason", "Asked her again")
            await at.shown.tap("settle")
            await at.shown.until(lambda: not at.session.record(record).in_conflict, "the decision")
            known = at.session.record(record).body["allergies"]
            assert known["items"] == [{"substance": "penicillin", "reaction": "rash"}, {"substance": "latex"}]
            assert known["state"] == "known"

    run(story)


def test_a_decision_half_made_comes_back(tmp_path: Path, disputed: dict[str, tuple[str, str]]) -> None:
    async def story() -> None:
        record, patient = disputed["plan"]
        async with mounted(tmp_path / "store", CLOCK, patient, SettleConflict(record)) as at:
            await at.ready("settle")
            await at.shown.tap("keep-0-0")
            await at.shown.type("reason", "In target since")
            await at.shown.tap("later")
            assert at.app.top == OpenPatient(patient)
        store = open_store(tmp_path / "store", clock=CLOCK).unlock(PASSPHRASE)
        session = Session(store, CLOCK)
        view = conflict.conflict_view(session, record)
        kept = conflict.start(session, view)
        store.close()
        assert kept.reason == "In target since"
        assert kept.choices == {"oxygen": Keep(view.versions[0].revision)}

    run(story)


def test_another_clinician_settled_it_meanwhile(tmp_path: Path, disputed: dict[str, tuple[str, str]]) -> None:
    async def story() -> None:
        record, patient = disputed["plan"]
        async with mounted(tmp_path / "store", CLOCK, patient, SettleConflict(record)) as at:
            await at.ready("settle")
            session = at.session
            view = conflict.conflict_view(session, record)
            conflict.settle(session, view, {"oxygen": Keep(view.versions[0].revision)}, "Seen first elsewhere")
            at.app.refresh()
            await at.shown.until(lambda: "This is settled" in at.shown.words(), "the news")
            assert any(w.startswith("Amira Khan signed the version that stands") for w in at.shown.words())

    run(story)
