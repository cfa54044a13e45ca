"""Changes that merge one by one, and together say what their kind refuses, are for a clinician."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from fieldapp.domain.clock import FixedClock
from fieldapp.domain.ids import new_id
from fieldapp.domain.merge import resolve
from fieldapp.domain.revision import Author, MalformedRevisionError, Revision, make_revision, parse_revision

CLOCK = FixedClock(datetime(2026, 11, 24, 9, 0, tzinfo=UTC))
RECORD, PATIENT = new_id(CLOCK), new_id(CLOCK)


def visit(body: dict[str, Any], *parents: Revision) -> Revision:
    CLOCK.advance(60)
    return make_revision(
        id=new_id(CLOCK),
        record=RECORD,
        kind="visit",
        patient=PATIENT,
        parents=tuple(parent.id for parent in parents),
        author=Author("a", "Amira Khan", "Registered nurse"),
        device="tablet",
        at=CLOCK.now(),
        offset_ms=0,
        schema=1,
        body=body,
    )


WINDOW = {"team": "t", "window_start": "2026-11-24T10:00:00Z", "window_end": "2026-11-24T11:00:00Z"}


def test_a_window_that_would_end_before_it_starts_waits_for_someone() -> None:
    first = visit(WINDOW)
    later = visit({**WINDOW, "window_start": "2026-11-24T10:45:00Z"}, first)
    shorter = visit({**WINDOW, "window_end": "2026-11-24T10:30:00Z"}, first)
    for order in ([first, later, shorter], [shorter, later, first]):
        state = resolve("visit", {revision.id: revision for revision in order})
        assert [dispute.path for dispute in state.disputes] == ["window_end", "window_start"]
        assert state.body == WINDOW, "the team sees the window as it was"


def test_changes_that_fit_together_still_merge_without_asking() -> None:
    first = visit(WINDOW)
    later = visit({**WINDOW, "window_start": "2026-11-24T10:15:00Z"}, first)
    shorter = visit({**WINDOW, "window_end": "2026-11-24T10:30:00Z"}, first)
    state = resolve("visit", {revision.id: revision for revision in (first, later, shorter)})
    assert not state.in_conflict
    assert state.body == {**WINDOW, "window_start": "2026-11-24T10:15:00Z", "window_end": "2026-11-24T10:30:00Z"}


def test_a_side_that_this_version_cannot_read_does_not_make_a_conflict() -> None:
    first = visit(WINDOW)
    newer = visit({**WINDOW, "minutes": "about forty"}, first)
    named = visit({**WINDOW, "purpose": "Dressing"}, first)
    assert not resolve("visit", {revision.id: revision for revision in (first, newer, named)}).in_conflict


@pytest.mark.parametrize(("field", "value"), [("at", "0001-01-01T00:00:00+14:00"), ("offset_ms", 10**18)])
def test_times_out_of_all_bounds_are_malformed(field: str, value: object) -> None:
    with pytest.raises(MalformedRevisionError) as refused:
        parse_revision({**visit(WINDOW).to_wire(), field: value}, check_hash=False)
    assert refused.value.where == field
