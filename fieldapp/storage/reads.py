"""What screens read. Every answer is one snapshot; lists come from summaries and opaque rows, not from histories."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from sqlalchemy import bindparam, func, select

from fieldapp.domain.canonical import Json, read_json
from fieldapp.domain.delivery import RecordStatus, Refusal
from fieldapp.domain.revision import Revision, parse_time
from fieldapp.domain.state import RecordState
from fieldapp.storage import tables
from fieldapp.storage.absorb import HISTORY, PATIENT_STATES, REPLACED, live_revisions
from fieldapp.storage.core import Core, open_revision, open_states, open_summary, select_states
from fieldapp.storage.errors import UnknownRecordError
from fieldapp.storage.keys import Keys
from fieldapp.storage.model import Delivery, DeliveryState
from fieldapp.storage.statement import Statement


class Reads(Core):
    """Questions to the store. TamperedError, CorruptError, BusyError and StoreClosedError may come from any."""

    def record(self, record: str) -> RecordState | None:
        """Where a record stands, or None where it is not on this tablet."""
        with self._reading() as tx:
            states = open_states(tx, self._keys, _STATE.all(tx, id=record))
        return states[0] if states else None

    def records(self, patient: str, kinds: Collection[str] | None = None) -> list[RecordState]:
        """A patient's records, oldest id first; of the named kinds only, where given."""
        with self._reading() as tx:
            return open_states(tx, self._keys, PATIENT_STATES.all(tx, patient=patient), kinds)

    def revisions(self, record: str) -> list[Revision]:
        """The history that counts, oldest first: what was sent back and replaced is in `replaced`."""
        history, replaced = self._history(record)
        return live_revisions(history, replaced)

    def replaced(self, record: str) -> list[Revision]:
        """What the server sent back and someone replaced, as it was signed."""
        history, replaced = self._history(record)
        return [revision for revision in history if revision.id in replaced]

    def replacement(self, revision: str) -> str | None:
        """What stands in the place of a revision that was sent back and repaired, however often; None where nothing
        does."""
        found = None
        with self._reading() as tx:
            while (row := _REPLACEMENT.one_or_none(tx, id=found or revision)) is not None:
                found = row.replacement
        return found

    def revision(self, revision: str) -> Revision | None:
        """One revision, replaced or not, or None where it is not on this tablet."""
        with self._reading() as tx:
            row = _REVISION.one_or_none(tx, id=revision)
            return None if row is None else open_revision(self._keys, row)

    def summaries(self) -> list[tuple[str, Json]]:
        """Each patient's id and summary (`fieldapp.domain.summary`)."""
        with self._reading() as tx:
            return [(row.patient, open_summary(self._keys, row)) for row in _SUMMARIES.all(tx)]

    def summary(self, patient: str) -> Json | None:
        """One patient's summary, or None where they are not on this tablet."""
        with self._reading() as tx:
            row = _SUMMARY.one_or_none(tx, patient=patient)
            return None if row is None else open_summary(self._keys, row)

    def patients(self) -> list[str]:
        """Ids of the patients whose records are here."""
        with self._reading() as tx:
            return _PATIENTS.values(tx)

    def conflicts(self) -> list[RecordState]:
        """The records that wait for a clinician to settle them."""
        with self._reading() as tx:
            return open_states(tx, self._keys, _CONFLICTS.all(tx))

    def conflicts_by_patient(self) -> dict[str, int]:
        """How many records of each patient are in conflict; patients without any are left out."""
        with self._reading() as tx:
            return {row.patient: row.count for row in _CONFLICT_COUNTS.all(tx)}

    def pending_by_patient(self) -> dict[str, int]:
        """How many revisions of each patient are unsent, sent-back ones included; patients without any left out."""
        with self._reading() as tx:
            return {row.patient: row.count for row in _UNSENT_COUNTS.all(tx)}

    def outbox_size(self) -> int:
        """How many revisions are unsent, sent-back ones included."""
        with self._reading() as tx:
            return _UNSENT_COUNT.values(tx)[0]

    def status(self, record: str) -> RecordStatus:
        """How a record stands: refused before conflict before pending before sent.

        Raises:
            UnknownRecordError
        """
        with self._reading() as tx:
            row = _STATE.one_or_none(tx, id=record)
            if row is None:
                raise UnknownRecordError
            return self._statuses(tx, row.patient)[record]

    def statuses(self, patient: str) -> dict[str, RecordStatus]:
        """`status` of each record of a patient."""
        with self._reading() as tx:
            return self._statuses(tx, patient)

    def deliveries(self, limit: int = 100) -> list[Delivery]:
        """The newest entries made on this tablet and how their sending stands; replaced ones are left out."""
        with self._reading() as tx:
            return [_delivery(self._keys, row) for row in _DELIVERIES.all(tx, limit=limit)]

    def refusals(self) -> list[Delivery]:
        """Everything the server sent back that nobody has repaired yet, newest first."""
        with self._reading() as tx:
            return [_delivery(self._keys, row) for row in _REFUSALS.all(tx)]

    def _history(self, record: str) -> tuple[list[Revision], set[str]]:
        ids = tables.listed([record])
        with self._reading() as tx:
            found = [open_revision(self._keys, row) for row in HISTORY.all(tx, ids=ids)]
            replaced = set[str](REPLACED.values(tx, ids=ids))
        return sorted(found, key=lambda revision: (revision.true_time, revision.id)), replaced

    def _statuses(self, tx: Any, patient: str) -> dict[str, RecordStatus]:
        statuses: dict[str, RecordStatus] = dict.fromkeys(_RECORD_IDS.values(tx, patient=patient), "sent")
        unsent = _UNSENT_RECORDS.all(tx, patient=patient)
        marks: list[tuple[RecordStatus, list[str]]] = [
            ("pending", [row.record for row in unsent]),
            ("conflict", _CONFLICT_IDS.values(tx, patient=patient)),
            ("refused", [row.record for row in unsent if row.refused]),
        ]
        for status, records in marks:
            statuses.update((record, status) for record in records)
        return statuses


def _delivery(keys: Keys, row: Any) -> Delivery:
    revision = open_revision(keys, row)
    sealer = keys.of_patient(row.patient, row.key)
    receipt = None if row.receipt is None else read_json(sealer.open("delivery.receipt", row.id, row.receipt))
    refusal = None if row.refusal is None else read_json(sealer.open("delivery.refusal", row.id, row.refusal))
    state: DeliveryState = "sent" if receipt else "refused" if refusal else "waiting"
    return Delivery(
        revision=revision.id,
        record=revision.record,
        kind=revision.kind,
        patient=revision.patient,
        saved_at=revision.at,
        state=state,
        refusal=Refusal(revision.id, **refusal) if refusal and not receipt else None,
        received_at=parse_time(receipt["at"]) if receipt else None,
    )


_revision, _record, _patient, _delivered = tables.revision, tables.record, tables.patient, tables.delivery
_STATE = Statement(select_states(_record.c.id == bindparam("id")))
_REVISION = Statement(
    select(_revision.c.id, _revision.c.record, _revision.c.patient, _revision.c.sealed, _patient.c.key)
    .join(_patient, _patient.c.id == _revision.c.patient)
    .where(_revision.c.id == bindparam("id"))
)
_summaries = select(tables.summary.c.patient, tables.summary.c.sealed, _patient.c.key).join(
    _patient, _patient.c.id == tables.summary.c.patient
)
_SUMMARIES = Statement(_summaries)
_SUMMARY = Statement(_summaries.where(tables.summary.c.patient == bindparam("patient")))
_REPLACEMENT = Statement(
    select(_delivered.c.replacement).where(
        _delivered.c.revision == bindparam("id"), _delivered.c.replacement.is_not(None)
    )
)
_PATIENTS = Statement(select(_patient.c.id).where(_patient.c.key.is_not(None)).order_by(_patient.c.id))
_CONFLICTS = Statement(select_states(_record.c.id.in_(select(tables.conflict.c.record))))
_CONFLICT_COUNTS = Statement(
    select(tables.conflict.c.patient, func.count().label("count")).group_by(tables.conflict.c.patient)
)
_CONFLICT_IDS = Statement(select(tables.conflict.c.record).where(tables.conflict.c.patient == bindparam("patient")))
_UNSENT_COUNTS = Statement(
    select(_delivered.c.patient, func.count().label("count")).where(tables.UNSENT).group_by(_delivered.c.patient)
)
_UNSENT_COUNT = Statement(select(func.count()).select_from(_delivered).where(tables.UNSENT))
_RECORD_IDS = Statement(select(_record.c.id).where(_record.c.patient == bindparam("patient")))
_UNSENT_RECORDS = Statement(
    select(_delivered.c.record, _delivered.c.refusal.is_not(None).label("refused")).where(
        tables.UNSENT, _delivered.c.patient == bindparam("patient")
    )
)
_deliveries = (
    select(
        _revision.c.id,
        _revision.c.record,
        _revision.c.patient,
        _revision.c.sealed,
        _patient.c.key,
        _delivered.c.receipt,
        _delivered.c.refusal,
    )
    .join(_delivered, _delivered.c.revision == _revision.c.id)
    .join(_patient, _patient.c.id == _revision.c.patient)
    .where(_delivered.c.replacement.is_(None))
    .order_by(_delivered.c.position.desc())
)
_DELIVERIES = Statement(_deliveries.limit(bindparam("limit")))
_REFUSALS = Statement(_deliveries.where(tables.UNSENT, _delivered.c.refusal.is_not(None)))
