"""Forgetting never takes unsent work, whatever came before, and never leaves what it should have taken."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule, run_state_machine_as_test

from fieldapp.domain.clock import FixedClock
from fieldapp.domain.delivery import Membership, Receipt, Refusal
from fieldapp.domain.revision import Revision
from fieldapp.storage import open_store
from tests.storage.making import PASSPHRASE, START, Maker, fresh

TEAMS = ("team-one", "team-two")
PATIENTS = [f"0192a000-0000-7000-8000-00000000000{n}" for n in range(3)]
people = st.sampled_from(PATIENTS)
teams = st.sampled_from(TEAMS)


@pytest.fixture(scope="module")
def template() -> Iterator[Path]:
    with tempfile.TemporaryDirectory() as directory:
        fresh(Path(directory)).close()
        yield Path(directory)


class Caseload(RuleBasedStateMachine):
    """The store beside a model of three sets."""

    template: Path

    def __init__(self) -> None:
        super().__init__()
        self.directory = Path(tempfile.mkdtemp())
        shutil.copytree(self.template, self.directory, dirs_exist_ok=True)
        self.clock = FixedClock(START)
        self.store = open_store(self.directory, clock=self.clock).unlock(PASSPHRASE)
        self.make = Maker(self.clock)
        self.unsent: dict[str, Revision] = {}
        self.refused: set[str] = set()
        self.sent: dict[str, Revision] = {}
        self.pulled: dict[str, Revision] = {}
        self.members: set[tuple[str, str]] = set()
        self.leaving: set[str] = set()
        self.cursor = 0

    def teardown(self) -> None:
        self.store.close()
        shutil.rmtree(self.directory)

    @rule(patient=people)
    def save(self, patient: str) -> None:
        note = self.make.note(patient)
        self.store.save([note])
        self.unsent[note.id] = note

    @rule(data=st.data())
    def receive(self, data: st.DataObject) -> None:
        revision = self._one_of(data, self.unsent)
        if revision:
            self.store.settle_outbox([Receipt(revision.id, revision.hash, "accepted", {"t": 1})], [])
            self.sent[revision.id] = self.unsent.pop(revision.id)
            self.refused.discard(revision.id)

    @rule(data=st.data())
    def refuse(self, data: st.DataObject) -> None:
        revision = self._one_of(data, self.unsent)
        if revision:
            self.store.settle_outbox([], [Refusal(revision.id, "malformed", "Check.")])
            self.refused.add(revision.id)

    @rule(data=st.data())
    def repair(self, data: st.DataObject) -> None:
        revision = self._one_of(data, {each: self.unsent[each] for each in self.unsent if each in self.refused})
        if revision:
            better = self.make.note(revision.patient, "Corrected.")
            self.store.repair(revision.id, better)
            del self.unsent[revision.id]
            self.refused.discard(revision.id)
            self.unsent[better.id] = better

    @rule(patient=people, team=teams)
    def join(self, patient: str, team: str) -> None:
        note = self.make.note(patient)
        self._page([note], joined=[Membership(team, patient)])
        self.pulled[note.id] = note
        self.refused -= {each for each, revision in self.unsent.items() if revision.patient == patient}
        self.members.add((team, patient))
        self.leaving.discard(patient)

    @rule(patient=people, team=teams)
    def leave(self, patient: str, team: str) -> None:
        known = any(r.patient == patient for r in self._kept().values()) or patient in self.leaving
        known = known or any(member == patient for _, member in self.members)
        self._page([], left=[Membership(team, patient)])
        self.members.discard((team, patient))
        if known and not any(member == patient for _, member in self.members):
            self.leaving.add(patient)

    @rule()
    def forget(self) -> None:
        kept = self._kept()
        here = {revision.patient for revision in kept.values()}
        gone = {p for p in here & self.leaving if p not in {r.patient for r in self.unsent.values()}}
        assert self.store.forget_left() == len(gone)
        for known in (self.sent, self.pulled):
            for each in [each for each, revision in known.items() if revision.patient in gone]:
                del known[each]

    @rule()
    def server_restored(self) -> None:
        """What the restored server lacks: all that was sent from here; what others wrote, it has."""
        self.store.start_over("another")
        asked = [offer.revision for offer in self.store.offers(1 << 20)]
        self.store.answer_offers(asked, [each for each in asked if each not in self.pulled])
        self.unsent |= self.sent
        self.refused.clear()
        self.sent.clear()
        self.members.clear()
        self.leaving |= {revision.patient for revision in self._kept().values()}

    @invariant()
    def everything_kept_is_here(self) -> None:
        for revision in self._kept().values():
            assert self.store.revision(revision.id) == revision
        assert self.store.outbox_size() == len(self.unsent)
        waiting = {revision.id for revision in self.store.outbox(1 << 30)}
        assert waiting == set(self.unsent) - self.refused
        assert set(self.store.patients()) == {revision.patient for revision in self._kept().values()}

    def _kept(self) -> dict[str, Revision]:
        return {**self.unsent, **self.sent, **self.pulled}

    def _page(self, revisions: list[Revision], **changes: Any) -> None:
        self.cursor += 1
        self.store.apply(revisions, cursor=str(self.cursor), epoch="first", **changes)

    def _one_of(self, data: st.DataObject, revisions: dict[str, Revision]) -> Revision | None:
        """By its age, not its id, which is another in each run."""
        return list(revisions.values())[data.draw(st.integers(0, len(revisions) - 1))] if revisions else None


def test_forgetting_never_takes_unsent_work(template: Path) -> None:
    Caseload.template = template
    run_state_machine_as_test(
        Caseload,
        settings=settings(
            max_examples=20,
            stateful_step_count=20,
            deadline=None,
            suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.filter_too_much],
        ),
    )
