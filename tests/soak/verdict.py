"""What must hold once every process was killed often enough and all is healed.

Every entry a tablet said was saved is on the server, word for word, and on every tablet that may see it and on no
other; every replica is byte-equal; outboxes are empty; whatever was said is there once; every file is whole.
"""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from contextlib import closing
from typing import Any, NamedTuple

from sqlalchemy import text

from fieldapp.domain.canonical import Json, canonical_json
from fieldapp.domain.state import state_of
from fieldapp.domain.summary import fold
from server import audit
from server.db.service import SERVER_DEVICE
from tests.soak.tablet import opened
from tests.soak.ward import CLINICIANS, Ward

TROUBLE = frozenset({"unreachable", "busy"})
"""All that a tablet may hear of a server that is killed or has lost its database."""


class Tally(NamedTuple):
    """How much was looked at; `troubles` are the syncs that did not come to their end."""

    saved: int
    stored: int
    kills: int
    restarts: int
    troubles: dict[str, int]


class Held:
    """All that the server holds: each revision's text, and which are in the feed of which team."""

    def __init__(self, ward: Ward) -> None:
        with ward.database.reading() as connection:
            counters = dict(connection.execute(text("SELECT team, next_position FROM teams")).all())
            rows = connection.execute(text("SELECT team, position, item, revision, spell, data FROM feed")).all()
            receipts = dict(connection.execute(text("SELECT revision, hash FROM receipts")).all())
            rejected = connection.execute(text("SELECT code FROM rejected")).all()
            assert audit.verify(connection) == []
            if ward.database.is_sqlite:
                assert connection.exec_driver_sql("PRAGMA integrity_check").scalar_one() == "ok"
        assert rejected == []
        self.texts: dict[str, str] = {}
        self.feeds: dict[str, set[str]] = defaultdict(set)
        positions: dict[str, list[int]] = defaultdict(list)
        for team, position, item, revision, _, data in rows:
            positions[team].append(position)
            if item == "revision":
                assert revision not in self.feeds[team], f"{revision} is in the feed of {team} twice"
                assert self.texts.setdefault(revision, data) == data
                self.feeds[team].add(revision)
        for team, found in positions.items():
            assert sorted(found) == list(range(1, counters[team])), f"the feed of {team} has a gap"
        self.wires: dict[str, Json] = {key: json.loads(data) for key, data in self.texts.items()}
        assert receipts == {key: wire["hash"] for key, wire in self.wires.items()}


def verdict(ward: Ward) -> Tally:
    """Raises AssertionError with what does not hold."""
    held = Held(ward)
    said: dict[str, Json] = {}
    troubles = Counter[str]()
    for child in ward.tablets():
        for line in ward.said(child.name):
            if "saved" in line:
                said[line["saved"]] = line
            elif "trouble" in line:
                troubles[line["trouble"]] += 1
    assert troubles.keys() <= TROUBLE, troubles
    for key, line in said.items():
        wire = held.wires.get(key)
        assert wire is not None, f"{line['kind']} {key} was acknowledged and is lost"
        found = [wire[field] for field in ("record", "patient", "kind", "body")]
        assert found == [line[field] for field in ("record", "patient", "kind", "body")], key
    _once(held, said, sum(child.kills for child in ward.tablets()))
    for name, teams in CLINICIANS:
        _replica(ward, name, set[str]().union(*(held.feeds[ward.teams[team]] for team in teams)), held)
    kills = sum(child.kills for child in ward.children.values())
    return Tally(len(said), len(held.texts), kills, ward.restarts, dict(troubles))


def _once(held: Held, said: dict[str, Json], kills: int) -> None:
    """Nothing was stored twice under two names, and what nobody heard of was under way at a kill, one for each."""
    own = {key: wire for key, wire in held.wires.items() if wire["device"] != SERVER_DEVICE}
    words = Counter(_word(wire) for wire in own.values() if wire["kind"] != "plan")
    assert [word for word, count in words.items() if count > 1] == []
    unsaid = own.keys() - said.keys()
    assert len(unsaid) <= kills, f"{len(unsaid)} entries that no tablet acknowledged, after {kills} kills"


def _word(wire: Json) -> str:
    body: Any = wire["body"]
    return str(body.get("text") or body.get("note"))


def _replica(ward: Ward, name: str, visible: set[str], held: Held) -> None:
    tablet = opened(ward.place / name)
    assert tablet.session is not None
    store = tablet.session.store
    with closing(store):
        with store._reading() as tx:
            assert tx.exec_driver_sql("PRAGMA integrity_check").scalar_one() == "ok"
            assert tx.exec_driver_sql("PRAGMA foreign_key_check").fetchall() == []
            rows = {row[0] for row in tx.exec_driver_sql("SELECT id FROM revision")}
        assert rows == visible, f"{name} lacks {len(visible - rows)} revisions and has {len(rows - visible)} too many"
        assert store.outbox_size() == 0, f"the outbox of {name} is not empty"
        assert store.refusals() == []
        summaries = dict(store.summaries())
        for patient in store.patients():
            folded: Json | None = None
            for state in sorted(store.records(patient), key=lambda state: state.id):
                history = store.revisions(state.id)
                for revision in history:
                    assert revision.to_json().decode() == held.texts[revision.id], f"{name}: {revision.id} differs"
                assert state == state_of(history), f"{name}: state of {state.id} differs"
                folded = fold(folded, state)
            assert canonical_json(folded or {}) == canonical_json(summaries.get(patient) or {}), f"{name}: {patient}"
