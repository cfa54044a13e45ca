"""The merge: one pure, deterministic function, the same on server and tablet.

A record's revisions form a directed acyclic graph; its heads are those that no other revision has as a parent. The
current state of several heads is found from their nearest common base, statement by statement. It does not depend on
the order in which revisions arrived, and merging what is already merged changes nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, NamedTuple, Protocol, cast

from fieldapp.domain.canonical import Json, canonical_json
from fieldapp.domain.records import InvalidBodyError, Policy, Shape, body_type, read_body, shape_of


class Node(Protocol):
    """What the merge needs to know of a revision; `fieldapp.domain.revision.Revision` is one."""

    @property
    def id(self) -> str: ...
    @property
    def parents(self) -> tuple[str, ...]: ...
    @property
    def body(self) -> Json: ...
    @property
    def true_time(self) -> datetime: ...


class _Absent:
    def __repr__(self) -> str:
        return "ABSENT"


ABSENT: Final = _Absent()
"""The statement is not there at all, which is not the same as null."""


class Side(NamedTuple):
    """What one head says about a disputed statement."""

    revision: str
    value: Any


@dataclass(frozen=True)
class Dispute:
    """One statement changed in different ways. `path` is `field` or `field/item id`; `ABSENT` where not there."""

    path: str
    base: Any
    sides: tuple[Side, ...]


@dataclass(frozen=True)
class State:
    """The current state of a record: disputed statements show their base value until someone settles them."""

    body: Json
    heads: tuple[str, ...]
    disputes: tuple[Dispute, ...]

    @property
    def in_conflict(self) -> bool:
        return bool(self.disputes)


def heads_of(nodes: Iterable[Node]) -> tuple[str, ...]:
    """Ids of the revisions that none of the others has as a parent, sorted."""
    found = list(nodes)
    parents = {parent for node in found for parent in node.parents}
    return tuple(sorted(node.id for node in found if node.id not in parents))


def resolve(kind: str, nodes: Mapping[str, Node], heads: Sequence[str] | None = None) -> State:
    """The state of a record of `kind` whose revisions are `nodes` (every ancestor that is known).

    `heads` defaults to all heads. With a single head, that is its body. With none, ValueError.
    """
    tips = tuple(sorted(heads)) if heads is not None else heads_of(nodes.values())
    if not tips:
        raise ValueError("A record has at least one revision.")
    if len(tips) == 1:
        return State(nodes[tips[0]].body, tips, ())
    common = _nearest_common(nodes, tips)
    base = resolve(kind, nodes, common).body if common else None
    return _merge(kind, base, [nodes[tip] for tip in tips], nodes)


def _ancestors(nodes: Mapping[str, Node], start: str) -> set[str]:
    seen: set[str] = set()
    queue = [start]
    while queue:
        current = queue.pop()
        if current in seen or current not in nodes:
            continue
        seen.add(current)
        queue.extend(nodes[current].parents)
    return seen


def _nearest_common(nodes: Mapping[str, Node], tips: Sequence[str]) -> list[str]:
    shared: set[str] = set[str].intersection(*(_ancestors(nodes, tip) for tip in tips))
    inner = {parent for node in shared for parent in nodes[node].parents}
    return sorted(shared - inner)


def _merge(kind: str, base: Json | None, tips: Sequence[Node], nodes: Mapping[str, Node]) -> State:
    model = body_type(kind)
    policies = model.policies() if model and shape_of(kind) is Shape.DOCUMENT else {}
    heads = tuple(tip.id for tip in tips)
    fields: list[str] = sorted(set(base or {}).union(*(tip.body for tip in tips)))
    body: Json = {}
    disputes: list[Dispute] = []
    for name in fields:
        before = (base or {}).get(name, ABSENT)
        sides = [(tip, tip.body.get(name, ABSENT)) for tip in tips]
        policy = policies.get(name, Policy.REVIEW)
        if policy is Policy.LATEST:
            sides = [(_origin(nodes, tip, name), value) for tip, value in sides]
        value, found = _MERGERS[policy](name, before, sides)
        disputes.extend(found)
        if value is not ABSENT:
            body[name] = value
    if not disputes and not _fits(kind, body) and all(_fits(kind, tip.body) for tip in tips):
        return _all_disputed(base or {}, tips)
    return State(body, heads, tuple(disputes))


def _origin(nodes: Mapping[str, Node], tip: Node, name: str) -> Node:
    """The revision in which the statement got the value it has in `tip`."""
    value = _key(tip.body.get(name, ABSENT))
    while True:
        before = (nodes[parent] for parent in sorted(tip.parents) if parent in nodes)
        same = next((node for node in before if _key(node.body.get(name, ABSENT)) == value), None)
        if same is None:
            return tip
        tip = same


def _fits(kind: str, body: Json) -> bool:
    try:
        read_body(kind, body)
    except InvalidBodyError:
        return False
    return True


def _all_disputed(base: Json, tips: Sequence[Node]) -> State:
    """Statements that merge one by one and together break a rule of their kind: everything that changed is disputed."""
    disputes: list[Dispute] = []
    for name in sorted(set(base).union(*(tip.body for tip in tips))):
        before = base.get(name, ABSENT)
        sides = [(tip, tip.body.get(name, ABSENT)) for tip in tips]
        if _changes(before, sides):
            disputes.append(_dispute(name, before, sides))
    return State(base, tuple(tip.id for tip in tips), tuple(disputes))


_Sides = Sequence[tuple[Node, Any]]
_Outcome = tuple[Any, list[Dispute]]


def _key(value: Any) -> bytes:
    return b"" if value is ABSENT else canonical_json(value)


def _changes(before: Any, sides: _Sides) -> dict[bytes, Any]:
    """The distinct values that differ from the base."""
    was = _key(before)
    return {key: value for key, value in ((_key(v), v) for _, v in sides) if key != was}


def _review(path: str, before: Any, sides: _Sides) -> _Outcome:
    changes = _changes(before, sides)
    if not changes:
        return before, []
    if len(changes) == 1:
        return next(iter(changes.values())), []
    return before, [_dispute(path, before, sides)]


def _dispute(path: str, before: Any, sides: _Sides) -> Dispute:
    return Dispute(path, before, tuple(Side(tip.id, value) for tip, value in sides))


def _latest(path: str, before: Any, sides: _Sides) -> _Outcome:
    was = _key(before)
    changed = [(tip.true_time, tip.id, value) for tip, value in sides if _key(value) != was]
    if not changed:
        return before, []
    return max(changed, key=_when)[2], []


def _when(change: tuple[datetime, str, Any]) -> tuple[datetime, str]:
    return change[0], change[1]


def _union(path: str, before: Any, sides: _Sides) -> _Outcome:
    lists = [_elements(value) for value in (before, *(value for _, value in sides))]
    gathered: dict[bytes, Any] = {}
    for elements in lists:
        if elements is None:
            return _review(path, before, sides)
        for element in elements:
            gathered.setdefault(_key(element), element)
    return list(gathered.values()), []


def _elements(value: Any) -> list[Any] | None:
    if value is ABSENT or value is None:
        return []
    return cast("list[Any]", value) if isinstance(value, list) else None


def _items(value: Any) -> dict[str, Any] | None:
    """A list's elements by id, in their order; None where it is not a list of items with distinct ids."""
    if value is ABSENT:
        return {}
    if not isinstance(value, list):
        return None
    found: dict[str, Any] = {}
    for element in cast("list[Any]", value):
        if not isinstance(element, dict):
            return None
        identity = cast("dict[str, Any]", element).get("id")
        if not isinstance(identity, str) or identity in found:
            return None
        found[identity] = element
    return found


def _by_item(path: str, before: Any, sides: _Sides) -> _Outcome:
    changes = _changes(before, sides)
    if len(changes) < 2:
        return next(iter(changes.values()), before), []
    was, *now = (_items(value) for value in (before, *(value for _, value in sides)))
    if was is None or any(items is None for items in now):
        return _review(path, before, sides)
    present = [items for items in now if items is not None]
    added = sorted({identity for items in present for identity in items} - set(was))
    merged: list[Any] = []
    disputes: list[Dispute] = []
    for identity in [*was, *added]:
        each = [(tip, items.get(identity, ABSENT)) for (tip, _), items in zip(sides, present, strict=True)]
        value, found = _review(f"{path}/{identity}", was.get(identity, ABSENT), each)
        disputes.extend(found)
        if value is not ABSENT:
            merged.append(value)
    everywhere_absent = not merged and all(value is ABSENT for _, value in sides)
    return (ABSENT if everywhere_absent else merged), disputes


_MERGERS: Final[Mapping[Policy, Callable[[str, Any, _Sides], _Outcome]]] = {
    Policy.MERGE: _by_item,
    Policy.UNION: _union,
    Policy.REVIEW: _review,
    Policy.LATEST: _latest,
}
