"""Logistics: what was said last stands, counted from when it was said and not from an unrelated later edit."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from fieldapp.domain.clock import FixedClock
from fieldapp.domain.ids import new_id
from fieldapp.domain.merge import resolve
from fieldapp.domain.revision import Author, Revision, make_revision

NINE = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)
CLOCK = FixedClock(NINE)
RECORD, PATIENT = new_id(CLOCK), new_id(CLOCK)
PLANNED: dict[str, Any] = {
    "team": "t",
    "window_start": "2026-11-24T10:00:00Z",
    "window_end": "2026-11-24T11:00:00Z",
    "progress": {"status": "planned"},
}


def visit(minutes: int, body: dict[str, Any], *parents: Revision) -> Revision:
    CLOCK.advance(1)
    return make_revision(
        id=new_id(CLOCK),
        record=RECORD,
        kind="visit",
        patient=PATIENT,
        parents=tuple(parent.id for parent in parents),
        author=Author("a", "Amira Khan", "Registered nurse"),
        device="tablet",
        at=NINE + timedelta(minutes=minutes),
        offset_ms=0,
        schema=1,
        body=body,
    )


def test_a_later_edit_of_something_else_does_not_make_old_news_new() -> None:
    first = visit(0, PLANNED)
    going = visit(10, {**PLANNED, "progress": {"status": "on_the_way"}}, first)
    noted = visit(60, {**going.body, "purpose": "Dressing"}, going)
    arrived = visit(30, {**PLANNED, "progress": {"status": "arrived"}}, first)
    for order in ([first, going, noted, arrived], [arrived, noted, going, first]):
        state = resolve("visit", {revision.id: revision for revision in order})
        assert not state.in_conflict
        assert state.body["progress"] == {"status": "arrived"}
        assert state.body["purpose"] == "Dressing"


def test_the_later_word_stands_whoever_said_it() -> None:
    first = visit(0, PLANNED)
    going = visit(10, {**PLANNED, "progress": {"status": "on_the_way"}}, first)
    cancelled = visit(5, {**PLANNED, "progress": {"status": "cancelled"}}, first)
    state = resolve("visit", {revision.id: revision for revision in (first, going, cancelled)})
    assert state.body["progress"] == {"status": "on_the_way"}
