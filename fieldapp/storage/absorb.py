"""Takes revisions in: rows, record states, conflicts and summaries, together, in the caller's transaction.

Whether one entry is saved or a page of a thousand is pulled, the statements are the same few; each touched record is
folded into its patient's summary once.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any

from sqlalchemy import ColumnElement, Connection, LargeBinary, bindparam, delete, literal_column, select
from sqlalchemy.dialects.sqlite import insert

from fieldapp.domain.revision import Revision
from fieldapp.domain.state import RecordState, state_of
from fieldapp.domain.summary import fold_all
from fieldapp.storage import tables
from fieldapp.storage.attachments import note_attachments
from fieldapp.storage.core import (
    open_revision,
    open_states,
    open_summary,
    seal_revision,
    seal_state,
    seal_summary,
    select_states,
)
from fieldapp.storage.envelope import Sealer
from fieldapp.storage.keys import Keys
from fieldapp.storage.statement import Statement


def absorb(tx: Connection, keys: Keys, revisions: Iterable[Revision], *, again: Collection[str] = ()) -> list[Revision]:
    """Store the revisions that are not here yet and bring everything derived from them up to date.

    `again` names records whose whole history is read anew, because one of their revisions was replaced; the summaries
    of their patients are then made from the ground. Returns the new revisions, in their order.
    """
    fresh = _unknown(tx, {revision.id: revision for revision in revisions})
    touched = {revision.record for revision in fresh} | set(again)
    if not touched:
        return []
    rows = _STATES.all(tx, ids=tables.listed(touched))
    before = {state.id: state for state in open_states(tx, keys, [row for row in rows if row.id not in again])}
    patients = {revision.patient for revision in fresh}.union(row.patient for row in rows)
    sealers = keys.for_writing(tx, patients)
    if fresh:
        _INSERT_REVISION.run_each(tx, [_revision_row(revision, sealers[revision.patient]) for revision in fresh])
        note_attachments(tx, keys, sealers, fresh)
    after = _advance(tx, keys, fresh, before, again)
    emptied = set(again) - set(after)
    if emptied:
        _DELETE_RECORDS.run(tx, ids=tables.listed(emptied))
    _put_records(tx, sealers, after.values(), {row.id for row in rows})
    _note_conflicts(tx, {state.id for state in before.values() if state.in_conflict}, again, after)
    anew = {row.patient for row in rows if row.id in again}
    _summarise(tx, keys, sealers, after.values(), anew)
    return fresh


def live_revisions(revisions: Sequence[Revision], replaced: Collection[str]) -> list[Revision]:
    """The revisions that count: those that were not replaced, and every ancestor of those."""
    if not replaced:
        return list(revisions)
    by_id = {revision.id: revision for revision in revisions}
    counted: set[str] = set()
    queue = [revision.id for revision in revisions if revision.id not in replaced]
    while queue:
        current = queue.pop()
        if current in by_id and current not in counted:
            counted.add(current)
            queue.extend(by_id[current].parents)
    return [revision for revision in revisions if revision.id in counted]


def _unknown(tx: Connection, revisions: dict[str, Revision]) -> list[Revision]:
    known = set[str](_KNOWN.values(tx, ids=tables.listed(revisions))) if revisions else set[str]()
    return [each for each in revisions.values() if each.id not in known]


def _revision_row(revision: Revision, sealer: Sealer) -> dict[str, Any]:
    return {
        "id": revision.id,
        "record": revision.record,
        "patient": revision.patient,
        "sealed": seal_revision(sealer, revision),
    }


def _put_records(
    tx: Connection, sealers: Mapping[str, Sealer], states: Iterable[RecordState], known: Collection[str]
) -> None:
    """A row for each state. What a record with one revision needs is in that revision's row already."""
    single: list[str] = []
    others: list[dict[str, Any]] = []
    for state in states:
        if state.revisions == 1 and state.id not in known:
            single.append(state.heads[0])
        else:
            sealed = seal_state(sealers[state.patient], state)
            others.append({"id": state.id, "patient": state.patient, "sealed": sealed})
    if single:
        _BEGIN_RECORDS.run(tx, ids=tables.listed(single))
    if others:
        _PUT_RECORD.run_each(tx, others)


def _advance(
    tx: Connection, keys: Keys, fresh: list[Revision], before: dict[str, RecordState], again: Collection[str]
) -> dict[str, RecordState]:
    """The new state of each touched record: on top of the old one where that is enough, else from its history."""
    added: dict[str, list[Revision]] = defaultdict(list)
    for revision in fresh:
        added[revision.record].append(revision)
    after: dict[str, RecordState] = {}
    whole = set(again)
    for record, revisions in added.items():
        if record in whole:
            continue
        state = before.get(record)
        if state is None:
            after[record] = state_of(revisions)
            continue
        for revision in revisions:
            state = state and state.advanced(revision)
        if state is None:
            whole.add(record)
        else:
            after[record] = state
    if whole:
        after.update(_from_history(tx, keys, whole))
    return after


def _from_history(tx: Connection, keys: Keys, records: Collection[str]) -> dict[str, RecordState]:
    ids = tables.listed(records)
    history: dict[str, list[Revision]] = defaultdict(list)
    for row in HISTORY.all(tx, ids=ids):
        history[row.record].append(open_revision(keys, row))
    replaced = set[str](REPLACED.values(tx, ids=ids))
    counted = {record: live_revisions(revisions, replaced) for record, revisions in history.items()}
    return {record: state_of(revisions) for record, revisions in counted.items() if revisions}


def _note_conflicts(tx: Connection, was: set[str], again: Collection[str], after: dict[str, RecordState]) -> None:
    """Of the records in `again` it is not known what they were."""
    now = {record for record, state in after.items() if state.in_conflict}
    if over := was.union(again) - now:
        _DELETE_CONFLICTS.run(tx, ids=tables.listed(over))
    if now - was:
        _INSERT_CONFLICT.run_each(tx, [{"record": record, "patient": after[record].patient} for record in now - was])


def _summarise(
    tx: Connection, keys: Keys, sealers: Mapping[str, Sealer], states: Iterable[RecordState], anew: Collection[str]
) -> None:
    by_patient: dict[str, list[RecordState]] = defaultdict(list)
    for state in states:
        by_patient[state.patient].append(state)
    for patient in anew:
        by_patient[patient] = open_states(tx, keys, PATIENT_STATES.all(tx, patient=patient))
    known = {row.patient: row for row in _SUMMARIES.all(tx, ids=tables.listed(by_patient))}
    sealed: list[dict[str, Any]] = []
    emptied: list[str] = []
    for patient, changed in by_patient.items():
        old = None if patient in anew or patient not in known else open_summary(keys, known[patient])
        if old is None and not changed:
            emptied.append(patient)
        else:
            new = fold_all(old, changed)
            sealed.append({"patient": patient, "sealed": seal_summary(sealers[patient], patient, new)})
    if emptied:
        _DELETE_SUMMARIES.run(tx, ids=tables.listed(emptied))
    if sealed:
        _PUT_SUMMARY.run_each(tx, sealed)


_revision, _record, _patient, _summary = tables.revision, tables.record, tables.patient, tables.summary
_KNOWN = Statement(select(_revision.c.id).where(_revision.c.id.in_(tables.among())))
_STATES = Statement(select_states(_record.c.id.in_(tables.among())))
PATIENT_STATES = Statement(select_states(_record.c.patient == bindparam("patient")))
HISTORY = Statement(
    select(_revision.c.id, _revision.c.record, _revision.c.patient, _revision.c.sealed, _patient.c.key)
    .join(_patient, _patient.c.id == _revision.c.patient)
    .where(_revision.c.record.in_(tables.among()))
)
REPLACED = Statement(
    select(tables.delivery.c.revision).where(
        tables.delivery.c.record.in_(tables.among()), tables.delivery.c.replacement.is_not(None)
    )
)
_SUMMARIES = Statement(
    select(_summary.c.patient, _summary.c.sealed, _patient.c.key)
    .join(_patient, _patient.c.id == _summary.c.patient)
    .where(_summary.c.patient.in_(tables.among()))
)
_INSERT_REVISION = Statement(insert(_revision))
_EMPTY: ColumnElement[bytes] = literal_column("x''", LargeBinary)
_BEGIN_RECORDS = Statement(
    insert(_record).from_select(
        ["id", "patient", "sealed"],
        select(_revision.c.record, _revision.c.patient, _EMPTY).where(_revision.c.id.in_(tables.among())),
    )
)
_put_record = insert(_record)
_PUT_RECORD = Statement(
    _put_record.on_conflict_do_update(
        index_elements=["id"], set_={"sealed": _put_record.excluded.sealed, "patient": _put_record.excluded.patient}
    )
)
_put_summary = insert(_summary)
_PUT_SUMMARY = Statement(
    _put_summary.on_conflict_do_update(index_elements=["patient"], set_={"sealed": _put_summary.excluded.sealed})
)
_INSERT_CONFLICT = Statement(insert(tables.conflict).on_conflict_do_nothing())
_DELETE_CONFLICTS = Statement(delete(tables.conflict).where(tables.conflict.c.record.in_(tables.among())))
_DELETE_RECORDS = Statement(delete(_record).where(_record.c.id.in_(tables.among())))
_DELETE_SUMMARIES = Statement(delete(_summary).where(_summary.c.patient.in_(tables.among())))
