"""What a plan's statements say in words, as they stand in the timeline and beside each other in a conflict."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from fieldapp.usecases.statements import words
from fieldapp.usecases.syncstatus import waiting_sentence

NOW = datetime(2026, 11, 24, 14, 2, tzinfo=UTC)


@pytest.mark.parametrize(
    ("path", "value", "said"),
    [
        ("monitoring", {"every_minutes": 60, "note": "Hourly while 5 or over"}, "Every hour. Hourly while 5 or over"),
        ("monitoring", {"every_minutes": 240}, "Every 4 hours"),
        ("monitoring", {"note": "As the day goes"}, "As the day goes"),
        (
            "interventions/i1",
            {
                "id": "i1",
                "what": "IV antibiotic",
                "how_often": "Once a day",
                "times": ["14:30"],
                "who": "Registered nurse",
            },
            "IV antibiotic – Once a day, 14:30 – Registered nurse",
        ),
        ("interventions/i1", {"id": "i1", "what": "Walk"}, "Walk"),
        ("aims/a1", {"id": "a1", "quote": "by Sunday.", "measure": "3 of 5 days"}, "“by Sunday.” – 3 of 5 days"),
        ("problems/p1", {"id": "p1", "text": "COPD", "since": "Oct 2025", "status": "active"}, "COPD – since Oct 2025"),
        ("problems/p1", {"id": "p1", "text": "COPD", "status": "resolved"}, "COPD – resolved"),
    ],
)
def test_a_plans_statements_read_as_a_clinician_writes_them(path: str, value: dict[str, Any], said: str) -> None:
    assert words("plan", path, value) == said


def test_a_field_of_a_newer_version_is_not_left_out() -> None:
    assert "colour blue" in words("plan", "aims/a1", {"id": "a1", "quote": "Walk", "colour": "blue"})


def test_a_list_that_is_one_statement_reads_a_line_each() -> None:
    aims = [{"id": "a", "quote": "One"}, {"id": "b", "quote": "Two"}]
    assert words("plan", "aims", aims) == "“One”\n“Two”"


def test_an_entry_made_just_now_is_not_zero_minutes_old() -> None:
    said = waiting_sentence(1, NOW - timedelta(seconds=20), NOW)
    assert said == "1 entry waits for signal. Oldest under a minute. It is safe on this tablet."
    assert "Oldest 40 minutes." in waiting_sentence(3, NOW - timedelta(minutes=40), NOW)
