"""Signing: what is checked before, what is durable after, what an edit follows."""

from __future__ import annotations

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from fieldapp.domain.ids import new_id
from fieldapp.domain.records import InvalidBodyError
from fieldapp.sync.proof import revision_text, unb64, verified
from fieldapp.usecases.errors import (
    NeedsReasonError,
    NeedsRecordError,
    NotInConflictError,
    UnknownKindError,
    UnknownPatientError,
    UnknownRecordError,
    UnsettledError,
)
from tests.app.ward import NOW, NURSE, Ward

NOTE = {"text": "Wound clean and dry."}


@pytest.fixture
def who(ward: Ward) -> str:
    return ward.patient("Hargreaves")


def test_a_saved_entry_is_signed_by_this_tablet_and_waits(ward: Ward, who: str) -> None:
    heard: list[None] = []
    ward.session.on_saved.append(lambda: heard.append(None))
    saved = ward.session.put(who, "note", NOTE)
    made = ward.store.revision(saved.revision)
    assert made is not None
    assert (made.author, made.at, made.parents, made.body) == (NURSE, NOW, (), NOTE)
    key: Ed25519PrivateKey = ward.store.device_key()
    assert verified(key.public_key(), unb64(made.sig or ""), revision_text(made.hash))
    assert ward.store.status(saved.record) == "pending"
    assert len(heard) == 1


def test_nothing_is_kept_of_what_does_not_fit(ward: Ward, who: str) -> None:
    with pytest.raises(InvalidBodyError) as refused:
        ward.session.put(who, "note", {"text": ["Marigold"]})
    assert "Marigold" not in str(refused.value)
    with pytest.raises(UnknownKindError):
        ward.session.put(who, "horoscope", NOTE)
    with pytest.raises(UnknownPatientError):
        ward.session.put(new_id(ward.clock), "note", NOTE)
    with pytest.raises(NeedsRecordError):
        ward.session.put(who, "patient", {"name": {"family": "Other"}})
    assert ward.store.outbox_size() == 0


def test_an_amendment_follows_the_newest_version_and_needs_a_reason(ward: Ward, who: str) -> None:
    first = ward.session.put(who, "note", NOTE)
    for reason in (None, "", "  "):
        with pytest.raises(NeedsReasonError):
            ward.session.put(who, "note", {"text": "Left"}, record=first.record, reason=reason)
    second = ward.session.put(who, "note", {"text": "Left"}, record=first.record, reason=" Wrong side ")
    third = ward.session.put(who, "note", {"text": "Both"}, record=first.record, reason="Both", base=(first.revision,))
    made = [ward.store.revision(saved.revision) for saved in (second, third)]
    assert [r and r.parents for r in made] == [(first.revision,), (second.revision,)]
    assert made[0] is not None
    assert made[0].reason == "Wrong side"


def test_an_edit_that_arrived_meanwhile_stands_beside_mine(ward: Ward, who: str) -> None:
    plan = ward.add(who, "plan", {"summary": "before"})
    opened = ward.session.record(plan.record).heads
    ward.add(who, "plan", {"summary": "theirs"}, minutes=-5, record=plan.record, parents=opened)
    ward.session.put(who, "plan", {"summary": "mine"}, record=plan.record, base=opened)
    state = ward.session.record(plan.record)
    assert state.disputed == ("summary",)
    assert state.body == {"summary": "before"}
    assert [s.id for s in ward.session.conflicts()] == [plan.record]


def test_nobody_settles_by_accident(ward: Ward, who: str) -> None:
    plan = ward.add(who, "plan", {"summary": "before"})
    for text in ("one", "two"):
        ward.add(who, "plan", {"summary": text}, record=plan.record, parents=(plan.id,))
    state = ward.session.record(plan.record)
    with pytest.raises(UnsettledError):
        ward.session.put(who, "plan", {"summary": "three"}, record=plan.record)
    with pytest.raises(UnsettledError):
        ward.session.put(who, "plan", {"summary": "three"}, record=plan.record, base=state.heads)
    one = next(r for r in ward.store.revisions(plan.record) if r.id == state.heads[0])
    ward.session.put(who, "plan", {**one.body, "review_on": "2026-11-26"}, record=plan.record, base=(one.id,))
    assert ward.session.record(plan.record).disputed == ("summary",), "the question stays open"
    with pytest.raises(NeedsReasonError):
        ward.session.settle(plan.record, {"summary": "three"}, " ")
    saved = ward.session.settle(plan.record, {"summary": "three"}, "Agreed by phone")
    after = ward.session.record(plan.record)
    assert (after.heads, after.body) == ((saved.revision,), {"summary": "three"})
    with pytest.raises(NotInConflictError):
        ward.session.settle(plan.record, {"summary": "four"}, "Again")


def test_a_version_that_came_while_settling_is_not_settled_with_the_rest(ward: Ward, who: str) -> None:
    plan = ward.add(who, "plan", {"summary": "before"})
    for text in ("one", "two"):
        ward.add(who, "plan", {"summary": text}, record=plan.record, parents=(plan.id,))
    shown = ward.session.record(plan.record).heads
    ward.add(who, "plan", {"summary": "three"}, record=plan.record, parents=(plan.id,))
    ward.session.settle(plan.record, {"summary": "one"}, "Agreed", heads=shown)
    state = ward.session.record(plan.record)
    assert state.in_conflict
    assert len(state.heads) == 2


def test_records_of_others_are_not_mixed_up(ward: Ward, who: str) -> None:
    other = ward.patient("Other")
    note = ward.session.put(who, "note", NOTE)
    for patient, kind, record in ((other, "note", note.record), (who, "goal", note.record), (who, "note", who)):
        with pytest.raises(UnknownRecordError):
            ward.session.put(patient, kind, {"text": "x", "quote": "x"}, record=record, reason="x")
    with pytest.raises(UnknownRecordError):
        ward.session.put(who, "plan", {}, record=ward.add(who, "plan", {}).record, base=(note.revision,))
    with pytest.raises(UnknownRecordError):
        ward.session.repair(note.revision, NOTE)
