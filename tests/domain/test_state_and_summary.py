"""A record's current state and a patient's summary, built one revision at a time or all at once."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from fieldapp.domain.clock import FixedClock
from fieldapp.domain.ids import new_id
from fieldapp.domain.revision import Author, Revision, make_revision
from fieldapp.domain.state import RecordState, state_of
from fieldapp.domain.summary import fold

NINE = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)
CLOCK = FixedClock(NINE)
NURSE = Author("nurse", "Amira Khan", "Registered nurse")
DOCTOR = Author("doctor", "Dr S. Mensah", "Consultant")
PATIENT = new_id(CLOCK)


def signed(
    kind: str, record: str, body: dict[str, Any], *parents: Revision, author: Author = NURSE, minutes: int = 0
) -> Revision:
    return make_revision(
        id=new_id(CLOCK),
        record=record,
        kind=kind,
        patient=PATIENT,
        parents=tuple(parent.id for parent in parents),
        author=author,
        device="tablet",
        at=NINE + timedelta(minutes=minutes),
        offset_ms=0,
        schema=1,
        body=body,
    )


def plan(low: int, delivery: str) -> dict[str, Any]:
    return {"oxygen": {"target_low": low, "target_high": 92, "delivery": delivery}}


def test_one_more_revision_on_all_heads_needs_no_history() -> None:
    record = new_id(CLOCK)
    first = signed("plan", record, plan(88, "1 L/min"))
    second = signed("plan", record, plan(88, "2 L/min"), first, author=DOCTOR, minutes=5)
    assert state_of([first]).advanced(second) == state_of([second, first])
    assert state_of([first, second]).author == DOCTOR
    assert state_of([first, second]).first_author == NURSE


def test_a_revision_made_apart_needs_the_history() -> None:
    record = new_id(CLOCK)
    first = signed("plan", record, plan(88, "1 L/min"))
    ours = signed("plan", record, plan(88, "2 L/min"), first)
    theirs = signed("plan", record, plan(88, "1 to 2 L/min"), first, author=DOCTOR)
    assert state_of([first, ours]).advanced(theirs) is None
    together = state_of([first, ours, theirs])
    assert together.disputed == ("oxygen",)
    assert together.body["oxygen"]["delivery"] == "1 L/min", "the team sees the value before, until it is settled"
    assert set(together.heads) == {ours.id, theirs.id}
    assert RecordState.from_json(together.to_json()) == together


def test_a_conflict_is_in_the_summary_until_it_is_settled() -> None:
    record = new_id(CLOCK)
    first = signed("plan", record, plan(88, "1 L/min"))
    ours = signed("plan", record, plan(88, "2 L/min"), first)
    theirs = signed("plan", record, plan(88, "1 to 2 L/min"), first)
    disputed = fold(None, state_of([first, ours, theirs]))
    assert disputed["conflicts"] == {record: {"kind": "plan", "disputed": ["oxygen"]}}
    settled = signed("plan", record, plan(88, "2 L/min"), ours, theirs, minutes=9)
    assert fold(disputed, state_of([first, ours, theirs, settled]))["conflicts"] == {}


def test_folding_twice_changes_nothing_and_entered_in_error_is_not_listed() -> None:
    record = new_id(CLOCK)
    first = signed("observations", record, {"taken_at": "2026-11-24T09:00:00Z", "pulse": 90, "note": "tired"})
    once = fold(None, state_of([first]))
    assert once["observations"] == {record: {"taken_at": "2026-11-24T09:00:00Z", "pulse": 90}}
    assert fold(once, state_of([first])) == once
    wrong = signed("observations", record, {**first.body, "entered_in_error": True}, first, minutes=1)
    assert fold(once, state_of([first, wrong]))["observations"] == {}


def test_the_newest_observation_sets_stay_whatever_zone_they_were_written_in() -> None:
    summary: dict[str, Any] | None = None
    for hour in range(9):
        body = {"taken_at": f"2026-07-01T{hour:02}:30:00Z", "pulse": 60 + hour}
        summary = fold(summary, state_of([signed("observations", new_id(CLOCK), body)]))
    late = {"taken_at": "2026-07-01T10:15:00+01:00", "pulse": 99}
    summary = fold(summary, state_of([signed("observations", new_id(CLOCK), late)]))
    pulses = sorted(body["pulse"] for body in summary["observations"].values())
    assert pulses == [62, 63, 64, 65, 66, 67, 68, 99]


def test_a_clock_that_went_back_changes_neither_author_nor_beginning_whatever_the_order_of_arrival() -> None:
    record = new_id(CLOCK)
    first = signed("plan", record, plan(88, "1 L/min"))
    second = signed("plan", record, plan(88, "2 L/min"), first, author=DOCTOR, minutes=-6000)
    one_by_one = state_of([first]).advanced(second)
    assert one_by_one is not None
    assert one_by_one == state_of([second, first])
    assert (one_by_one.author, one_by_one.first_author) == (DOCTOR, NURSE)
    assert one_by_one.latest_at == NINE
    assert fold(fold(None, state_of([first])), one_by_one) == fold(None, one_by_one)
