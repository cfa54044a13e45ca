"""Who did what, in hash chains: one a team and one for the service. Entries hold opaque identifiers only.

Each row's hash covers the row and the hash before it; the chain's head stands in `chains`. A changed, removed or
swapped row breaks the chain where it happened; a removed end no longer fits the head.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from sqlalchemy import Connection, select, update

from fieldapp.domain.canonical import Json, canonical_json, sha256_hex
from server.db.engine import insert_new
from server.db.tables import audit, chains

SERVICE = "service"
"""The chain of what belongs to no team."""

_START = "0" * 64


class Event(NamedTuple):
    """One entry. `chain` is a team's id or `SERVICE`, `actor` a person's id or a role of the service."""

    chain: str
    actor: str
    action: str
    detail: Json
    device: str | None = None


class Fault(NamedTuple):
    """Where a chain is broken, and how: missing, changed or cut."""

    chain: str
    position: int
    what: str


def record(connection: Connection, at: int, events: Sequence[Event]) -> None:
    """Append events, at `at` (ms), to their chains, which stay locked until the transaction ends."""
    by_chain: dict[str, list[Event]] = defaultdict(list)
    for event in events:
        by_chain[event.chain].append(event)
    if not by_chain:
        return
    heads = _lock(connection, sorted(by_chain))
    rows: list[dict[str, Any]] = []
    for chain, entries in by_chain.items():
        position, head = heads[chain]
        for entry in entries:
            row = {
                "chain": chain,
                "position": position,
                "at": at,
                "actor": entry.actor,
                "device": entry.device,
                "action": entry.action,
                "detail": canonical_json(entry.detail).decode(),
            }
            head = _link(row, head)
            rows.append({**row, "hash": head})
            position += 1
        connection.execute(update(chains).where(chains.c.chain == chain).values(next_position=position, head=head))
    connection.execute(audit.insert(), rows)


def verify(connection: Connection) -> list[Fault]:
    """Every place where a chain does not hold; empty when all do."""
    ends = {row.chain: (row.next_position, row.head) for row in connection.execute(select(chains))}
    faults: list[Fault] = []
    state = dict.fromkeys(ends, (1, _START))
    rows = connection.execute(select(audit).order_by(audit.c.chain, audit.c.position)).mappings()
    for row in rows:
        expected, head = state.get(row["chain"], (1, _START))
        if row["position"] != expected:
            faults.append(Fault(row["chain"], expected, "missing"))
        elif _link({name: row[name] for name in _FIELDS}, head) != row["hash"]:
            faults.append(Fault(row["chain"], expected, "changed"))
        state[row["chain"]] = (row["position"] + 1, row["hash"])
    for chain in sorted(state.keys() | ends.keys()):
        position, head = ends.get(chain, (0, ""))
        if state.get(chain) != (position, head):
            faults.append(Fault(chain, position, "cut"))
    return faults


_FIELDS = ("chain", "position", "at", "actor", "device", "action", "detail")


def _link(row: Mapping[str, Any], head: str) -> str:
    return sha256_hex(canonical_json({**row, "previous": head}))


def _lock(connection: Connection, names: Iterable[str]) -> dict[str, tuple[int, str]]:
    wanted = list(names)
    query = select(chains).where(chains.c.chain.in_(wanted)).order_by(chains.c.chain).with_for_update()
    found = {row.chain: (row.next_position, row.head) for row in connection.execute(query)}
    missing = [name for name in wanted if name not in found]
    if missing:
        insert_new(connection, chains, [{"chain": name, "next_position": 1, "head": _START} for name in missing])
        found = {row.chain: (row.next_position, row.head) for row in connection.execute(query)}
    return found
