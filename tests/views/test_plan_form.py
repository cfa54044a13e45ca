"""A plan as typed text: what was not touched stays as signed, what was is read or refused with the field's name."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fieldapp.domain.canonical import Json
from fieldapp.domain.records import read_body
from fieldapp.usecases import plan_form, plan_reading
from fieldapp.usecases.plan_form import LABELS, SECTIONS, Editing
from fieldapp.usecases.plan_reading import TypedError
from tests.views.patient_people import NOW, PLAN


def editing(body: Json) -> Editing:
    return Editing("plan:p", "p", "r", ("h",), body, plan_form.form_of(body))


def test_a_form_that_was_only_opened_changes_nothing() -> None:
    assert plan_form.changed(editing(PLAN)) == ()
    assert plan_form.read(editing(PLAN), NOW) == plan_form.Outcome({}, {})


@pytest.mark.parametrize(
    ("section", "name", "typed", "sentence"),
    [
        ("oxygen", "target_low", "8", "Oxygen target low: write a whole number from 50 to 100."),
        ("oxygen", "target_low", "", "Oxygen target low: write a whole number from 50 to 100."),
        ("oxygen", "target_high", "87", "Oxygen target high: it is below the low end, 88."),
        ("oxygen", "authorised_at", "", "Authorised when: scale 2 needs when, such as 19-Nov-2026 16:20."),
        (
            "oxygen",
            "authorised_at",
            "25-Nov-2026 09:00",
            "Authorised when: this time is still to come. Check the date.",
        ),
        ("escalation", "decided_at", "last week", "Decided when: write the date and time as 19-Nov-2026 16:20."),
        (
            "monitoring",
            "every_minutes",
            "hourly",
            "Observations every, in minutes: write whole minutes",
        ),
        ("review_on", "review_on", "31-Feb-2026", "Review date: write the date as 19-Nov-2026."),
    ],
)
def test_what_cannot_be_read_is_refused_by_name(section: str, name: str, typed: str, sentence: str) -> None:
    outcome = plan_form.read(plan_form.typed(editing(PLAN), section, name, typed), NOW)
    (error,) = outcome.errors.values()
    assert error.startswith(sentence)
    assert list(outcome.errors) == [f"{section}.{name}"]


def test_an_emptied_target_is_taken_out_and_an_item_keeps_unknown_fields() -> None:
    body = {**PLAN, "problems": [{"id": "p1", "text": "Fall", "severity": 3}]}
    made = editing(body)
    for name in LABELS["oxygen"]:
        made = plan_form.typed(made, "oxygen", name, "1" if name == "spo2_scale" else "")
    made = plan_form.typed(made, "problems", "text", "Fall at home", "p1")
    outcome = plan_form.read(made, NOW)
    assert outcome.fields == {"oxygen": None, "problems": [{"id": "p1", "text": "Fall at home", "severity": 3}]}


def test_a_decision_with_a_comma_stays_one_decision() -> None:
    made = plan_form.typed(editing(PLAN), "escalation", "still_for", "Hospital, if reversible\n\n ward NIV ")
    (said,) = plan_form.read(made, NOW).fields.values()
    assert said["still_for"] == ["Hospital, if reversible", "ward NIV"]
    assert said["not_for"] == PLAN["escalation"]["not_for"]


def test_a_course_cannot_end_before_it_starts() -> None:
    made = plan_form.typed(editing(PLAN), "medicines", "ends", "21/11/2026", "m1")
    assert plan_form.read(made, NOW).errors == {"medicines/m1.ends": "Last day: it is before the first day."}


@given(
    st.sampled_from([(s, n) for s in ("oxygen", "escalation", "monitoring") for n in LABELS[s]]), st.text(max_size=40)
)
def test_whatever_is_typed_is_refused_or_fits_the_plan(field: tuple[str, str], words: str) -> None:
    outcome = plan_form.read(plan_form.typed(editing(PLAN), *field, words), NOW)
    if not outcome.errors:
        body: dict[str, Any] = {k: v for k, v in {**PLAN, **outcome.fields}.items() if v is not None}
        read_body("plan", body)
        assert set(outcome.fields) <= {field[0]}


@given(st.datetimes(min_value=NOW.replace(tzinfo=None, year=1990), max_value=NOW.replace(tzinfo=None)))
def test_a_moment_reads_back_as_it_is_shown(at: Any) -> None:
    from datetime import UTC

    from fieldapp.domain.revision import format_time, parse_time

    moment = at.replace(second=0, microsecond=0, tzinfo=UTC)
    text = plan_reading.text_of("decided_at", format_time(moment))
    try:
        again = parse_time(plan_reading.value_of("decided_at", text.removesuffix(" GMT").removesuffix(" BST")))
    except TypedError:
        raise AssertionError(text) from None
    assert abs((again - moment).total_seconds()) in (0, 3600)


def test_every_section_has_fields_with_names_of_their_own() -> None:
    labels = [label for section in SECTIONS for label in LABELS[section].values()]
    assert len(labels) == len(set(labels))
