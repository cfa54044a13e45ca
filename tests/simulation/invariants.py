"""What is checked after every step, and once everything has come to rest.

BrokenError    an invariant does not hold; the sentence says which, where, and for what
"""

from __future__ import annotations

import json
from collections import defaultdict
from typing import Any

from sqlalchemy import text

from fieldapp.domain.canonical import Json, canonical_json
from fieldapp.domain.revision import Revision, parse_revision
from fieldapp.domain.state import state_of
from fieldapp.domain.summary import fold
from fieldapp.storage.model import Delivery
from server import audit
from tests.simulation.hospital import Hospital
from tests.simulation.oracle import Oracle, heads, lost_statements
from tests.simulation.world import Tablet, World


class BrokenError(AssertionError):
    """An invariant does not hold."""


def check(holds: bool, sentence: str) -> None:
    """Raises BrokenError."""
    if not holds:
        raise BrokenError(sentence)


def after_step(world: World, oracle: Oracle) -> None:
    """Nothing acknowledged is without a home; the feeds have no gap and nothing twice."""
    with world.hospital.database.reading() as connection:
        there = {row[0] for row in connection.execute(text("SELECT revision FROM receipts"))}
        there |= _kept_refused(connection, oracle)
        _feeds(connection)
    for tablet in world.tablets:
        there |= _safe_on(tablet, world.hospital.service.epoch)
    for revision in oracle.owed():
        name = oracle.author[revision.id]
        check(revision.id in there, f"{revision.kind} {revision.id} of {name} is nowhere, or nobody will offer it")


def _kept_refused(connection: Any, oracle: Oracle) -> set[str]:
    """Repaired entries of which the server keeps every word as it was refused."""
    rows = connection.execute(text("SELECT revision, data FROM rejected")).all()
    return {key for key, data in rows if key in oracle.repaired and json.loads(data) == oracle.tried[key].to_wire()}


def _safe_on(tablet: Tablet, epoch: str) -> set[str]:
    """What a tablet keeps for the server: unsent, sent back or replaced, on offer, or all where it does not know yet
    that the server was restored."""
    if tablet.store.epoch() not in (None, epoch):
        return {row[0] for row in tablet.rows("SELECT id FROM revision")}
    rows = tablet.rows("SELECT revision, receipt, replacement FROM delivery JOIN revision ON revision.id = revision")
    return {row[0] for row in rows if row[1] is None or row[2] is not None} | _offered(tablet)


def _offered(tablet: Tablet) -> set[str]:
    return {row[0] for row in tablet.rows("SELECT revision FROM offer")}


def _feeds(connection: Any) -> None:
    counters = dict(connection.execute(text("SELECT team, next_position FROM teams")).all())
    query = "SELECT team, count(*), min(position), max(position) FROM feed GROUP BY team"
    for team, count, first, last in connection.execute(text(query)):
        check((first, last, counters[team]) == (1, count, count + 1), f"feed of {team}: a gap, or a wrong counter")
    twice = connection.execute(
        text(
            "SELECT team, revision, count(*) FROM feed WHERE item = 'revision' "
            "GROUP BY team, revision, spell HAVING count(*) > 1"
        )
    ).all()
    check(not twice, f"in a feed twice: {twice}")


class Held:
    """All that the server holds, read once."""

    def __init__(self, hospital: Hospital) -> None:
        with hospital.database.reading() as connection:
            query = (
                "SELECT f.team, f.patient, f.data, f.spell = c.spell AS now, c.active FROM feed f "
                "JOIN caseload c ON c.team = f.team AND c.patient = f.patient WHERE f.item = 'revision' "
                "ORDER BY f.team, f.position"
            )
            rows = connection.execute(text(query)).all()
            receipts = connection.execute(text("SELECT revision, hash FROM receipts")).all()
            records = connection.execute(
                text(
                    "SELECT r.team, r.record, r.heads FROM records r JOIN caseload c "
                    "ON c.team = r.team AND c.patient = r.patient WHERE c.active"
                )
            ).all()
            self.rejected = connection.execute(text("SELECT revision, code, data FROM rejected")).all()
            self.faults = audit.verify(connection)
        self.refused: set[str] = set()
        self.texts: dict[str, str] = {}
        self.revisions: dict[str, Revision] = {}
        self.feeds: dict[tuple[str, str], set[str]] = defaultdict(set)
        for team, patient, data, now, active in rows:
            wire = json.loads(data)
            check(self.texts.setdefault(wire["id"], data) == data, f"{wire['id']} differs between feeds")
            if wire["id"] not in self.revisions:
                self.revisions[wire["id"]] = parse_revision(wire)
            if now and active:
                self.feeds[(team, patient)].add(wire["id"])
        self.receipts: dict[str, str] = dict(receipts)
        self.heads = {(team, record): set(json.loads(found)) for team, record, found in records}
        self.of_record: dict[str, dict[str, Revision]] = defaultdict(dict)
        self.of_patient: dict[str, dict[str, Revision]] = defaultdict(dict)
        for revision in self.revisions.values():
            self.of_record[revision.record][revision.id] = revision
            self.of_patient[revision.patient][revision.id] = revision


def at_rest(world: World, oracle: Oracle) -> None:
    """Everything healed and synced until quiet: compare every byte."""
    held = Held(world.hospital)
    with world.hospital.database.reading() as connection:
        held.refused = _kept_refused(connection, oracle)
    if oracle.restored:
        oracle.order.look_up(held.revisions.values())
    _server(held, oracle)
    _rejected(held)
    for tablet in world.tablets:
        if not tablet.revoked:
            _replica(tablet, held, oracle)
    _safe(world, held, oracle)


def _server(held: Held, oracle: Oracle) -> None:
    check(not held.faults, f"the audit is broken: {held.faults}")
    check(set(held.receipts) == set(held.revisions), "receipts and feed differ")
    for revision in held.revisions.values():
        check(held.receipts[revision.id] == revision.hash, f"receipt of {revision.id} is for something else")
        if revision.id in oracle.author:
            signed = oracle.tried[revision.id].to_json().decode()
            check(held.texts[revision.id] == signed, f"{revision.id} is not what was signed")
        else:
            check(revision.device == "server", f"{revision.id} was invented")
            if revision.author.id == "server":
                wrong = lost_statements(held.of_record[revision.record], revision)
                check(not wrong, f"merge {revision.id} of {revision.kind}: {wrong}")
    for patient, revisions in held.of_patient.items():
        for team in oracle.order.caseload(patient):
            missing = set(revisions) ^ held.feeds[(team, patient)]
            check(not missing, f"the feed of {team} lacks {missing} of {patient}")
    active = {(team, patient) for patient in oracle.order.episodes for team in oracle.order.caseload(patient)}
    check({pair for pair, ids in held.feeds.items() if ids} == active, "the caseloads are not what the office said")
    for (team, record), found in held.heads.items():
        check(found == heads(held.of_record[record]), f"heads of {record} in {team}")
    for record, nodes in held.of_record.items():
        made = [node for node in nodes.values() if node.author.id == "server"]
        most = (len(nodes) - len(made)) * (1 + oracle.restored)
        check(len(made) <= most, f"{record} has {len(made)} merges of {len(nodes)} revisions")


def _rejected(held: Held) -> None:
    """What was ever refused for its parents had a parent that was refused: children are sent after their parents."""
    refused = {revision for revision, _, _ in held.rejected}
    for revision, code, data in held.rejected:
        known = code != "unknown_parent" or refused.intersection(json.loads(data)["parents"])
        check(bool(known), f"{revision} was sent before its parents")


def _replica(tablet: Tablet, held: Held, oracle: Oracle) -> None:
    store, name = tablet.store, tablet.name
    person = tablet.identity.person.id
    refused = {each.revision for each in store.refusals()}
    check(store.outbox_size() == len(refused), f"{name}: the outbox is not empty after healing")
    for each in store.refusals():
        _sent_back(tablet, each, held, oracle)
    on_offer = _offered(tablet)
    for each in on_offer:
        _held_back(tablet, each, held, oracle)
    stuck = {oracle.tried[each].patient for each in refused} | {_revision(tablet, each).patient for each in on_offer}
    visible = {patient for patient in oracle.order.episodes if oracle.order.sees(person, patient)}
    here = set(store.patients())
    check(visible <= here, f"{name} lacks patients {visible - here}")
    more = here - visible - stuck
    check(not more, f"{name} holds {more}, who are not on its caseload")
    counted = tablet.rows(
        "SELECT count(*) FROM revision WHERE patient NOT IN (SELECT value FROM json_each(?))", _j(here)
    )
    check(counted == [(0,)], f"{name} holds rows of patients who left")
    for patient in visible:
        _patient(tablet, patient, held, refused)


def _sent_back(tablet: Tablet, delivery: Delivery, held: Held, oracle: Oracle) -> None:
    """An entry is in quarantine for a reason that still stands."""
    assert delivery.refusal is not None
    name, person = tablet.name, tablet.identity.person.id
    code, revision = delivery.refusal.code, oracle.tried[delivery.revision]
    check(
        code in ("not_your_patient", "unknown_parent"), f"{name}: {revision.kind} {revision.id} was refused as {code}"
    )
    if code == "not_your_patient":
        check(
            not oracle.order.sees(person, revision.patient), f"{name}: {revision.id} waits though its patient is back"
        )
    if code == "unknown_parent":
        missing = [parent for parent in revision.parents if parent not in held.revisions]
        check(bool(missing), f"{name}: {revision.id} is in quarantine though its parents have arrived")


def _held_back(tablet: Tablet, revision: str, held: Held, oracle: Oracle) -> None:
    """What a restored server would not take from this tablet is kept on offer for a reason that still stands."""
    each = _revision(tablet, revision)
    unseen = not oracle.order.sees(tablet.identity.person.id, each.patient)
    waits = any(parent not in held.revisions for parent in each.parents)
    check(unseen or waits, f"{tablet.name}: {revision} is on offer though the server could have it")


def _revision(tablet: Tablet, revision: str) -> Revision:
    found = tablet.store.revision(revision)
    assert found is not None
    return found


def _patient(tablet: Tablet, patient: str, held: Held, refused: set[str]) -> None:
    store, name, theirs = tablet.store, tablet.name, held.of_patient[patient]
    states = {state.id: state for state in store.records(patient)}
    by_record: dict[str, dict[str, Revision]] = defaultdict(dict)
    for revision in theirs.values():
        by_record[revision.record][revision.id] = revision
    rows = {row[0]: row[1] for row in tablet.rows("SELECT id, record FROM revision WHERE patient = ?", patient)}
    check(theirs.keys() <= rows.keys(), f"{name} lacks {theirs.keys() - rows.keys()} of {patient}")
    own = {row[0] for row in tablet.rows("SELECT revision FROM delivery WHERE patient = ?", patient)}
    extra = rows.keys() - theirs.keys()
    sent_back = refused | {row[0] for row in tablet.rows("SELECT revision FROM delivery WHERE replacement IS NOT NULL")}
    known = (sent_back & own) | _offered(tablet)
    check(extra <= known, f"{name} holds {extra - known}, which the server does not have")
    differing = {rows[each] for each in extra}
    for record, nodes in by_record.items():
        found = {revision.id: revision for revision in store.revisions(record)}
        for key, revision in nodes.items():
            mine = found.get(key) or store.revision(key)
            check(mine is not None and mine.to_json() == revision.to_json(), f"{name}: {key} is not byte-equal")
        if record in differing:
            continue
        check(found.keys() == nodes.keys(), f"{name}: history of {record} differs")
        expected = state_of(nodes.values())
        mine, theirs_ = states[record].to_json(), expected.to_json()
        unlike = sorted(field for field in theirs_ if mine[field] != theirs_[field])
        check(not unlike, f"{name}: state of {record} ({expected.kind}) differs in {', '.join(unlike)}")
        tips = heads(nodes)
        check(set(expected.heads) == tips, f"{name}: heads of {record}")
        check(len(tips) == 1 or expected.in_conflict, f"{record} has {len(tips)} heads, no dispute and no merge")
    waiting = {state.id for state in store.conflicts() if state.patient == patient}
    check(waiting == {key for key, state in states.items() if state.in_conflict}, f"{name}: list of conflicts differs")
    _summary(tablet, patient, states)


def _summary(tablet: Tablet, patient: str, states: dict[str, Any]) -> None:
    scratch: Json | None = None
    for key in sorted(states):
        scratch = fold(scratch, states[key])
    found = dict(tablet.store.summaries()).get(patient)
    found, scratch = found or {}, scratch or {}
    unlike = sorted(
        key
        for key in found.keys() | scratch.keys()
        if canonical_json(found.get(key)) != canonical_json(scratch.get(key))
    )
    check(not unlike, f"{tablet.name}: summary of {patient} differs in {', '.join(unlike)}")


def _safe(world: World, held: Held, oracle: Oracle) -> None:
    """Every acknowledged entry is on the server, or readable on a tablet that keeps it for the server."""
    kept = {tablet.name: _safe_on(tablet, world.hospital.service.epoch) for tablet in world.tablets}
    for revision in oracle.owed():
        if revision.id in held.revisions.keys() | held.refused:
            continue
        texts = {_revision(each, revision.id).to_json() for each in world.tablets if revision.id in kept[each.name]}
        check(texts == {revision.to_json()}, f"{revision.kind} {revision.id} is lost")


def _j(ids: set[str]) -> str:
    return json.dumps(sorted(ids))
