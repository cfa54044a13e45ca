"""Revisions: the hash, the way over the wire and back, and what is refused."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fieldapp.domain.canonical import NotCanonicalError, canonical_json, sha256_hex
from fieldapp.domain.clock import FixedClock
from fieldapp.domain.ids import is_id, new_id
from fieldapp.domain.revision import (
    Author,
    HashMismatchError,
    MalformedRevisionError,
    Revision,
    format_time,
    make_revision,
    parse_revision,
    parse_time,
)

CLOCK = FixedClock(datetime(2026, 11, 22, 9, 0, tzinfo=UTC))
AUTHOR = Author("a", "Amira Khan", "Registered nurse")

TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
JSON: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | TEXT,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXT, inner, max_size=4),
    max_leaves=12,
)
BODIES = st.dictionaries(TEXT, JSON, max_size=5)
TIMES = st.integers(0, 4_102_444_800_000_000).map(
    lambda us: datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=us)
)


def made(body: dict[str, Any], at: datetime | None = None, **more: Any) -> Revision:
    return make_revision(
        id=new_id(CLOCK),
        record=new_id(CLOCK),
        kind="note",
        patient=new_id(CLOCK),
        parents=more.pop("parents", ()),
        author=AUTHOR,
        device=new_id(CLOCK),
        at=at or CLOCK.now(),
        offset_ms=more.pop("offset_ms", None),
        schema=1,
        body=body,
        **more,
    )


@given(BODIES, TIMES, st.none() | st.integers(-(10**9), 10**9), st.none() | TEXT)
def test_a_revision_comes_back_from_its_text_as_it_was(
    body: dict[str, Any], at: datetime, offset: int | None, reason: str | None
) -> None:
    revision = made(body, at, offset_ms=offset, reason=reason).signed_with("sig")
    again = parse_revision(json.loads(revision.to_json()))
    assert again == revision
    assert again.to_json() == revision.to_json()


@given(BODIES, st.dictionaries(TEXT.map("x-{}".format), JSON, min_size=1, max_size=3))
def test_fields_of_a_newer_version_are_kept_hashed_and_passed_on(body: dict[str, Any], newer: dict[str, Any]) -> None:
    content = {name: value for name, value in made(body).to_wire().items() if name not in ("hash", "sig")} | newer
    wire = {**content, "hash": sha256_hex(canonical_json(content)), "sig": "s"}
    revision = parse_revision(json.loads(canonical_json(wire)))
    assert revision.extra == newer
    assert revision.to_json() == canonical_json(wire)
    with pytest.raises(HashMismatchError):
        parse_revision({**wire, next(iter(newer)): "something else entirely"})


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("body", {"text": "other"}),
        ("reason", "because"),
        ("author", {"id": "b", "name": "Amira Khan", "role": "Registered nurse"}),
        ("at", "2026-11-22T09:00:01.000Z"),
        ("offset_ms", 1),
        ("schema", 2),
        ("kind", "plan"),
        ("parents", ["01900000-0000-7000-8000-000000000000"]),
        ("patient", "01900000-0000-7000-8000-000000000000"),
        ("device", "another"),
    ],
)
def test_changing_anything_that_was_signed_is_noticed(field: str, value: object) -> None:
    wire = made({"text": "Wound clean and dry."}).to_wire()
    with pytest.raises(HashMismatchError):
        parse_revision({**wire, field: value})
    assert parse_revision({**wire, "sig": "another"}).sig == "another", "the signature is over the hash, not in it"


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("id", "7"),
        ("record", None),
        ("patient", 7),
        ("kind", None),
        ("parents", "none"),
        ("parents", ["7"]),
        ("author", {"id": "a", "name": "A"}),
        ("author", None),
        ("at", "yesterday"),
        ("at", "2026-11-22T09:00:00"),
        ("offset_ms", "0"),
        ("offset_ms", True),
        ("schema", True),
        ("body", []),
        ("hash", None),
    ],
)
def test_a_field_of_the_wrong_kind_is_named_without_its_value(field: str, value: object) -> None:
    wire = made({"text": "Marigold"}).to_wire()
    with pytest.raises(MalformedRevisionError) as refused:
        parse_revision({**wire, field: value})
    assert refused.value.where.startswith(field)
    assert "Marigold" not in str(refused.value)


@pytest.mark.parametrize("field", sorted(made({}).to_wire()))
def test_a_missing_field_is_named(field: str) -> None:
    wire = made({}).to_wire()
    del wire[field]
    with pytest.raises(MalformedRevisionError):
        parse_revision(wire)


@pytest.mark.parametrize("value", [None, [], "revision", 7])
def test_what_is_no_object_is_refused(value: object) -> None:
    with pytest.raises(MalformedRevisionError):
        parse_revision(value)


@pytest.mark.parametrize("value", [float("nan"), float("inf"), "\ud800", {1, 2}, b"bytes"])
def test_what_json_cannot_say_is_not_signed(value: object) -> None:
    with pytest.raises(NotCanonicalError):
        made({"value": value})


def test_parents_have_one_order_and_precision_is_kept() -> None:
    first, second = sorted((new_id(CLOCK), new_id(CLOCK)))
    revision = made({"temperature": 37.0, "pulse": 37}, parents=(second, first))
    assert revision.parents == (first, second)
    assert b'"temperature":37.0' in revision.to_json()
    assert b'"pulse":37' in revision.to_json()


@given(TIMES)
def test_times_are_kept_to_the_millisecond_in_utc(at: datetime) -> None:
    text = format_time(at)
    assert text.endswith("Z")
    assert abs(parse_time(text) - at) < timedelta(milliseconds=1)
    assert format_time(parse_time(text)) == text
    assert made({}, at).at == parse_time(text)


def test_true_time_adds_the_measured_offset() -> None:
    revision = made({})
    assert revision.true_time == revision.at
    assert replace(revision, offset_ms=-1500).true_time == revision.at - timedelta(milliseconds=1500)


@given(TIMES, st.binary(min_size=10, max_size=10))
def test_ids_are_version_seven_in_the_order_of_time(at: datetime, noise: bytes) -> None:
    clock = FixedClock(at)
    first = new_id(clock, lambda size: noise[:size])
    clock.advance(0.002)
    second = new_id(clock, lambda size: bytes(size))
    assert is_id(first)
    assert first[14] == "7"
    assert first[19] in "89ab"
    assert first < second
    assert not is_id(first.upper()) or first == first.upper()
