"""What is stored of the records that one push touches, read in a few queries and written back in a few."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Connection, select

from fieldapp.domain.canonical import canonical_json
from fieldapp.domain.revision import Revision, parse_revision
from fieldapp.sync.wire import Outcome, Status
from server.db.engine import upsert
from server.db.queries import chunks
from server.db.tables import feed, receipts, records


@dataclass
class Receipt:
    """What the server answered for a revision; `new` while this transaction writes it."""

    hash: str
    record: str
    kind: str
    patient: str
    device: str
    status: str
    positions: dict[str, int]
    new: bool = False

    def outcome(self, revision: str) -> Outcome:
        """The answer."""
        return Outcome(id=revision, status=Status(self.status), hash=self.hash, positions=self.positions)


@dataclass
class Record:
    """A record's heads, as much of its history as is needed, and what this transaction adds."""

    patient: str
    kind: str
    heads: list[str]
    history: dict[str, Revision] = field(default_factory=dict[str, Revision])
    added: list[Revision] = field(default_factory=list[Revision])


def load_receipts(connection: Connection, revisions: Sequence[Revision]) -> dict[str, Receipt]:
    """The receipts of the revisions and of their parents, where they are known."""
    ids = {revision.id for revision in revisions}.union(*(revision.parents for revision in revisions))
    found: dict[str, Receipt] = {}
    for some in chunks(sorted(ids)):
        for row in connection.execute(select(receipts).where(receipts.c.revision.in_(some))):
            positions: dict[str, int] = json.loads(row.positions)
            found[row.revision] = Receipt(
                row.hash, row.record, row.kind, row.patient, row.device, row.status, positions
            )
    return found


def load_records(
    connection: Connection, revisions: Sequence[Revision], keepers: Mapping[str, str]
) -> dict[str, Record]:
    """The records of the revisions, from the partitions of their patients' keepers."""
    keeping = sorted(set(keepers.values()))
    found: dict[str, Record] = {}
    for some in chunks(sorted({revision.record for revision in revisions})):
        query = select(records).where(records.c.team.in_(keeping), records.c.record.in_(some))
        for row in connection.execute(query):
            if keepers.get(row.patient) in (row.team, None):
                found[row.record] = Record(row.patient, row.kind, json.loads(row.heads))
    return found


def load_history(
    connection: Connection, revisions: Iterable[Revision], known: Mapping[str, Record], keepers: Mapping[str, str]
) -> None:
    """Add to `known` all revisions of each record that `revisions` may leave with several heads."""
    heads = {name: set(record.heads) for name, record in known.items()}
    forked: dict[str, str] = {}
    for revision in revisions:
        now = heads.setdefault(revision.record, set())
        now -= set(revision.parents)
        now.add(revision.id)
        keeper = keepers.get(revision.patient)
        if len(now) > 1 and revision.record in known and keeper:
            forked[revision.record] = keeper
    for some in chunks(sorted(forked)):
        keeping = sorted({forked[name] for name in some})
        query = select(feed.c.team, feed.c.record, feed.c.data)
        for row in connection.execute(query.where(feed.c.team.in_(keeping), feed.c.record.in_(some))):
            if forked[row.record] == row.team:
                revision = parse_revision(json.loads(row.data), check_hash=False)
                known[row.record].history[revision.id] = revision


def write_records(connection: Connection, known: Mapping[str, Record], targets: Callable[[str], Iterable[str]]) -> None:
    """Write the heads of the records that were added to, into each partition that holds the patient."""
    rows: list[dict[str, Any]] = []
    for name, record in known.items():
        if record.added:
            heads = canonical_json(sorted(record.heads)).decode()
            row = {"record": name, "patient": record.patient, "kind": record.kind, "heads": heads}
            rows += [{"team": team, **row} for team in targets(record.patient)]
    upsert(connection, records, rows)


def write_receipts(connection: Connection, at: int, known: Mapping[str, Receipt]) -> None:
    """Write the new receipts; `at` is when the revisions arrived (ms)."""
    rows = [
        {
            "revision": name,
            "hash": receipt.hash,
            "record": receipt.record,
            "kind": receipt.kind,
            "patient": receipt.patient,
            "device": receipt.device,
            "status": str(receipt.status),
            "positions": canonical_json(receipt.positions).decode(),
            "received_at": at,
        }
        for name, receipt in known.items()
        if receipt.new
    ]
    if rows:
        connection.execute(receipts.insert(), rows)
