"""The merge: the same outcome whatever arrived first, nothing invented, and what two people disagree on left to one."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import permutations
from typing import Any

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from fieldapp.domain.canonical import Json, canonical_json
from fieldapp.domain.merge import ABSENT, State, heads_of, resolve

START = datetime(2026, 11, 22, 9, 0, tzinfo=UTC)


@dataclass(frozen=True)
class Node:
    """A revision as the merge sees it."""

    id: str
    body: Json = field(hash=False)
    parents: tuple[str, ...] = ()
    minute: int = 0

    @property
    def true_time(self) -> datetime:
        return START + timedelta(minutes=self.minute)


def dag(*nodes: Node) -> dict[str, Node]:
    return {node.id: node for node in nodes}


def outcome(state: State) -> bytes:
    """Everything about a state, as bytes."""
    disputes = [[d.path, repr(d.base), [[s.revision, repr(s.value)] for s in d.sides]] for d in state.disputes]
    return canonical_json([state.body, list(state.heads), disputes])


def two(kind: str, base: Json, left: Json, right: Json) -> State:
    """What becomes of two changes of one base; the later one is right."""
    nodes = dag(Node("0", base), Node("a", left, ("0",), 1), Node("b", right, ("0",), 2))
    return resolve(kind, nodes)


PLAN: Json = {
    "oxygen": {"target_low": 88, "target_high": 92},
    "medicines": [{"id": "m1", "name": "furosemide", "dose": "40 mg"}],
    "problems": [{"id": "p1", "text": "Pneumonia"}, {"id": "p2", "text": "Frailty"}],
    "summary": "Hospital at home",
}


def plan(**changes: Any) -> Json:
    return {**PLAN, **changes}


def test_one_head_is_its_body() -> None:
    assert resolve("plan", dag(Node("0", PLAN))) == State(PLAN, ("0",), ())


def test_no_revision_is_no_record() -> None:
    with pytest.raises(ValueError, match="at least one"):
        resolve("plan", {})


def test_changes_to_different_statements_merge() -> None:
    problems = [*PLAN["problems"], {"id": "p3", "text": "Delirium"}]
    state = two("plan", PLAN, plan(summary="Home on Friday"), plan(problems=problems))
    assert not state.in_conflict
    assert state.body == plan(summary="Home on Friday", problems=problems)


def test_the_same_change_twice_is_one_change() -> None:
    state = two("plan", PLAN, plan(summary="Home on Friday"), plan(summary="Home on Friday"))
    assert (state.body["summary"], state.disputes) == ("Home on Friday", ())


def test_one_statement_changed_in_two_ways_shows_its_base() -> None:
    state = two("plan", PLAN, plan(summary="Home on Friday"), plan(summary="Stays"))
    (dispute,) = state.disputes
    assert (dispute.path, dispute.base) == ("summary", "Hospital at home")
    assert [(s.revision, s.value) for s in dispute.sides] == [("a", "Home on Friday"), ("b", "Stays")]
    assert state.body == PLAN


def test_dose_and_unit_of_one_medicine_are_one_statement() -> None:
    dose = [{"id": "m1", "name": "furosemide", "dose": "80 mg"}]
    route = [{"id": "m1", "name": "furosemide", "dose": "40 mg", "route": "intravenous"}]
    state = two("plan", PLAN, plan(medicines=dose), plan(medicines=route))
    assert [d.path for d in state.disputes] == ["medicines"]
    assert state.body["medicines"] == PLAN["medicines"]


def test_two_medicines_added_apart_are_for_a_clinician() -> None:
    first = [*PLAN["medicines"], {"id": "m2", "name": "amoxicillin"}]
    second = [*PLAN["medicines"], {"id": "m3", "name": "digoxin"}]
    assert two("plan", PLAN, plan(medicines=first), plan(medicines=second)).in_conflict


def test_items_merge_by_item() -> None:
    left = [{"id": "p1", "text": "Pneumonia, better"}, PLAN["problems"][1], {"id": "p4", "text": "Falls"}]
    right = [PLAN["problems"][0], {"id": "p3", "text": "Delirium"}]
    state = two("plan", PLAN, plan(problems=left), plan(problems=right))
    assert not state.in_conflict
    assert state.body["problems"] == [
        {"id": "p1", "text": "Pneumonia, better"},
        {"id": "p3", "text": "Delirium"},
        {"id": "p4", "text": "Falls"},
    ]


def test_an_item_changed_here_and_taken_out_there_is_for_a_clinician() -> None:
    left = [{"id": "p1", "text": "Pneumonia, better"}, PLAN["problems"][1]]
    right = [PLAN["problems"][1]]
    (dispute,) = two("plan", PLAN, plan(problems=left), plan(problems=right)).disputes
    assert dispute.path == "problems/p1"
    assert dispute.sides[1].value is ABSENT


def test_logistics_take_the_later_signature() -> None:
    base = {"progress": {"status": "planned"}, "purpose": "Observations"}
    left = {**base, "progress": {"status": "done"}, "purpose": "Observations, bloods"}
    right = {**base, "progress": {"status": "on_the_way"}}
    state = two("visit", base, left, right)
    assert not state.in_conflict
    assert state.body == {"progress": {"status": "on_the_way"}, "purpose": "Observations, bloods"}


def test_allergies_are_never_merged() -> None:
    base = {"name": {"family": "Thistlewood"}, "allergies": {"state": "not_recorded"}}
    left = {**base, "allergies": {"state": "none_known"}}
    right = {**base, "allergies": {"state": "known", "items": [{"substance": "latex"}]}}
    state = two("patient", base, left, right)
    assert [d.path for d in state.disputes] == ["allergies"]
    assert state.body["allergies"] == {"state": "not_recorded"}


def test_a_kind_of_a_newer_version_is_treated_with_care() -> None:
    assert two("horoscope", {"a": [1]}, {"a": [1, 2]}, {"a": [1, 3]}).in_conflict
    assert two("horoscope", {"a": 1, "b": 1}, {"a": 2, "b": 1}, {"a": 1, "b": 2}).body == {"a": 2, "b": 2}


def test_amendments_of_an_entry_made_apart_are_for_a_clinician() -> None:
    assert two("note", {"text": "Left"}, {"text": "Right"}, {"text": "Both"}).in_conflict


def test_a_settlement_on_all_heads_ends_the_conflict() -> None:
    nodes = dag(
        Node("0", PLAN),
        Node("a", plan(summary="Home"), ("0",)),
        Node("b", plan(summary="Stays"), ("0",)),
        Node("c", plan(summary="Friday, if well"), ("a", "b")),
    )
    assert resolve("plan", nodes) == State(plan(summary="Friday, if well"), ("c",), ())


def test_a_change_after_crossed_merges_finds_its_base() -> None:
    nodes = dag(
        Node("0", PLAN),
        Node("a", plan(summary="A"), ("0",)),
        Node("b", plan(review_on="2026-11-26"), ("0",)),
        Node("m", plan(summary="A", review_on="2026-11-26"), ("a", "b")),
        Node("n", plan(summary="A", review_on="2026-11-26"), ("a", "b")),
        Node("x", plan(summary="X", review_on="2026-11-26"), ("m",)),
        Node("y", plan(summary="A", review_on="2026-11-27"), ("n",)),
    )
    assert resolve("plan", nodes).body == plan(summary="X", review_on="2026-11-27")


def test_a_record_made_twice_apart_has_no_base() -> None:
    nodes = dag(Node("a", plan(summary="A")), Node("b", plan(summary="B", review_on="2026-11-26")))
    state = resolve("plan", nodes)
    assert [d.path for d in state.disputes] == ["summary"]
    assert state.disputes[0].base is ABSENT
    assert "summary" not in state.body
    assert state.body["review_on"] == "2026-11-26"


VALUES: dict[str, st.SearchStrategy[Any]] = {
    "summary": st.sampled_from(["one", "two", "three"]),
    "review_on": st.sampled_from(["2026-11-26", "2026-11-27"]),
    "oxygen": st.sampled_from([{"target_low": 88, "target_high": 92}, {"target_low": 94, "target_high": 98}]),
    "problems": st.lists(
        st.builds(lambda i, t: {"id": i, "text": t}, st.sampled_from("pqr"), st.sampled_from(["x", "y"])),
        max_size=3,
        unique_by=lambda item: item["id"],
    ),
    "medicines": st.lists(st.sampled_from([{"id": "m"}, {"id": "n"}]), max_size=2, unique_by=lambda m: m["id"]),
    "newer": st.sampled_from([1, [2], {"three": 3}]),
}
BODIES = st.fixed_dictionaries({}, optional=VALUES)


@st.composite
def histories(draw: st.DrawFn) -> dict[str, Node]:
    """Any shape a record's history can take, of up to eight revisions."""
    nodes: list[Node] = []
    for n in range(draw(st.integers(1, 8))):
        ids = [node.id for node in nodes]
        parents = draw(st.lists(st.sampled_from(ids), max_size=3, unique=True)) if ids else []
        nodes.append(Node(f"{n}", draw(BODIES), tuple(sorted(parents)), draw(st.integers(0, 5))))
    return dag(*nodes)


@given(histories(), st.sampled_from(["plan", "visit", "note", "horoscope"]), st.randoms())
def test_the_order_of_arrival_changes_nothing(nodes: dict[str, Node], kind: str, random: Any) -> None:
    shuffled = list(nodes.items())
    random.shuffle(shuffled)
    heads = list(heads_of(nodes.values()))
    expected = outcome(resolve(kind, nodes))
    assert outcome(resolve(kind, dict(shuffled))) == expected
    for order in list(permutations(heads))[:6]:
        assert outcome(resolve(kind, nodes, order)) == expected


@given(histories())
def test_merging_what_is_merged_changes_nothing(nodes: dict[str, Node]) -> None:
    state = resolve("plan", nodes)
    assume(not state.in_conflict)
    merged = {**nodes, "merge": Node("merge", state.body, state.heads, 9)}
    again = resolve("plan", merged)
    assert canonical_json(again.body) == canonical_json(state.body)
    assert again.heads == ("merge",)


@given(histories())
def test_every_value_was_signed_by_somebody(nodes: dict[str, Node]) -> None:
    """No statement of the outcome, and no side of a dispute, is made up."""
    state = resolve("plan", nodes)
    for name, value in state.body.items():
        signed = [node.body[name] for node in nodes.values() if name in node.body]
        if name == "problems":
            items = [canonical_json(item) for each in signed for item in each]
            assert all(canonical_json(item) in items for item in value)
        else:
            assert value in signed
    for dispute in state.disputes:
        assert {side.revision for side in dispute.sides} == set(state.heads)
        assert len({repr(side.value) for side in dispute.sides}) > 1


@given(BODIES, BODIES)
def test_a_change_on_one_side_only_always_stands(base: Json, changed: Json) -> None:
    state = two("plan", base, changed, base)
    assert not state.in_conflict
    assert canonical_json(state.body) == canonical_json(changed), "in its order, empty lists included"


@given(BODIES, BODIES, BODIES)
def test_both_sides_see_the_same_and_nothing_undisputed_is_lost(base: Json, left: Json, right: Json) -> None:
    state = two("plan", base, left, right)
    mirrored = resolve("plan", dag(Node("0", base), Node("b", left, ("0",), 1), Node("a", right, ("0",), 2)))
    assert canonical_json(mirrored.body) == canonical_json(state.body)
    assert [d.path for d in mirrored.disputes] == [d.path for d in state.disputes]
    fields = {d.path.partition("/")[0] for d in state.disputes}
    for name in ("summary", "review_on", "oxygen", "medicines", "newer"):
        if name not in fields:
            said = {repr(body.get(name, ABSENT)) for body in (left, right)} - {repr(base.get(name, ABSENT))}
            assert repr(state.body.get(name, ABSENT)) in (said or {repr(base.get(name, ABSENT))})
