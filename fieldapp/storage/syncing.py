"""The store as sync sees it (`fieldapp.sync.ports.SyncStore`). Every method is one transaction, safe to repeat."""

from __future__ import annotations

from collections.abc import Collection, Generator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, bindparam, delete, exists, null, select, update
from sqlalchemy.dialects.sqlite import insert

from fieldapp.domain.canonical import canonical_json, read_json
from fieldapp.domain.delivery import Membership, Receipt, Refusal
from fieldapp.domain.revision import Revision, format_time, parse_time
from fieldapp.storage import tables
from fieldapp.storage.absorb import absorb
from fieldapp.storage.attachment_sync import offer_attachments_again
from fieldapp.storage.attachment_tables import KEEPS_PATIENT, attachment, chunk
from fieldapp.storage.core import COUNT_UP, open_revision
from fieldapp.storage.engine import BUSY_MS, driver, translated
from fieldapp.storage.files import file_lock
from fieldapp.storage.offers import Offers, next_offers, offer_all, offer_held_again, settle_offers
from fieldapp.storage.statement import Statement


class Syncing(Offers):
    """Outbox, receipts, pages, memberships, forgetting, and what a restored server is offered."""

    @contextmanager
    def sync_lock(self) -> Generator[bool, None, None]:
        """One sync at a time per store, across threads and processes; a killed process lets go of it."""
        with file_lock(self._files.syncing, wait=False) as held:
            yield held is not None

    def outbox(self, max_bytes: int) -> list[Revision]:
        """The oldest unsent revisions not in quarantine, in the order of saving, up to `max_bytes` of JSON but at
        least one. What a restored server lacks comes first, since anything may rest on it; while it has not been
        asked about everything (`offers`), nothing else does."""
        batch: list[Revision] = []
        room = max_bytes
        with self._reading() as tx:
            for row in next_offers(tx, _OUTBOX):
                revision = open_revision(self._keys, row)
                room -= len(revision.to_json())
                if batch and room < 0:
                    break
                batch.append(revision)
        return batch

    def settle_outbox(self, receipts: Sequence[Receipt], refusals: Sequence[Refusal]) -> None:
        """What has a receipt for exactly our content leaves the outbox; what was refused stays, in quarantine with
        its reason. A receipt for other content is kept as a refusal (`different_content`)."""
        if not receipts and not refusals:
            return
        now = format_time(self._clock.now())
        with self._writing() as tx:
            ids = [receipt.revision for receipt in receipts] + [refusal.revision for refusal in refusals]
            rows = {row.id: row for row in _UNSETTLED.all(tx, ids=tables.listed(ids))}
            settled: list[dict[str, Any]] = []
            refused = {refusal.revision: refusal for refusal in refusals}
            for receipt in receipts:
                row = rows.get(receipt.revision)
                if row is None:
                    continue
                if open_revision(self._keys, row).hash != receipt.hash:
                    refused[receipt.revision] = _different(receipt)
                    continue
                refused.pop(receipt.revision, None)
                word = {"at": now, "outcome": receipt.outcome, "positions": dict(receipt.positions)}
                settled.append(self._sealed_word(row, "receipt", word))
            sent_back = [
                self._sealed_word(
                    rows[refusal.revision],
                    "refusal",
                    {"code": refusal.code, "sentence": refusal.sentence, "where": refusal.where},
                )
                for refusal in refused.values()
                if refusal.revision in rows
            ]
            if settled:
                _SETTLE.run_each(tx, settled)
            if sent_back:
                _REFUSE.run_each(tx, sent_back)
            settle_offers(tx, [receipt.revision for receipt in receipts], refusals)

    def cursor(self) -> str | None:
        """Where the next pull starts; None for a new tablet."""
        return self._read_setting("cursor")

    def epoch(self) -> str | None:
        """The server's epoch when this tablet last synced."""
        return self._read_setting("epoch")

    def apply(
        self,
        revisions: Sequence[Revision],
        *,
        joined: Sequence[Membership] = (),
        left: Sequence[Membership] = (),
        cursor: str,
        epoch: str,
    ) -> int:
        """Store one checked page and its cursor, together. A revision already here is left as it is; a membership
        that both joined and left in one page counts as joined. What was sent back is offered once more where the page
        tells something new of its record, such as the version it was based on, or brings its patient back to a
        caseload. Returns how many revisions were new."""
        with self._writing() as tx:
            new = absorb(tx, self._keys, revisions)
            _leave(tx, left)
            _join(tx, joined)
            _offer_sent_back(tx, {revision.record for revision in revisions}, {each.patient for each in joined})
            self._put_setting(tx, "cursor", cursor)
            self._put_setting(tx, "epoch", epoch)
        return len(new)

    def start_over(self, epoch: str | None = None) -> None:
        """The server has a new `epoch`, or does not know the cursor: everything held is on offer (`offers`), and
        everything is pulled anew. A patient whom the feed does not bring back is forgotten once nothing of theirs is
        unsent or on offer. What was sent back stays in quarantine until the server says that it lacks it."""
        with self._writing() as tx:
            if epoch is not None:
                self._put_setting(tx, "epoch", epoch)
            offer_all(tx)
            offer_attachments_again(tx)
            _DROP_SETTING.run(tx, name="cursor")
            _DROP_MEMBERSHIPS.run(tx)
            _ALL_LEAVE.run(tx)

    def forget_left(self) -> int:
        """Destroy the keys and rows of patients who left the caseload, unless work of theirs is unsent or they hold
        something that a restored server lacks. Returns how many."""
        with self._writing(quiet=True) as tx:
            gone = _FORGETTABLE.values(tx)
            for statement in _FORGET if gone else ():
                statement.run(tx, ids=tables.listed(gone))
        self._keys.forget(gone)
        if gone or self._log_holds_forgotten:
            self._log_holds_forgotten = not self._truncate_log()
        return len(gone)

    def offer_returned(self) -> int:
        """Offer once more what was sent back because its patient was not on the caseload, where the patient is: they
        left and came back between two pulls, so that no page told of it. Returns how many."""
        with self._reading() as tx:
            rows = _STAYING.all(tx)
        back = [row.id for row in rows if self._refusal_code(row) == "not_your_patient"]
        if back:
            with self._writing() as tx:
                _CLEAR_REFUSALS.run(tx, ids=tables.listed(back))
        return len(back)

    def note_contact(self, offset_ms: int) -> None:
        """The server answered: keep its clock's offset, and that the data are fresh as of now."""
        with self._writing() as tx:
            self._put_setting(tx, "contact", {"at": format_time(self._clock.now()), "offset_ms": offset_ms})

    def freshness(self) -> datetime | None:
        """When the server last answered, by this tablet's clock; None before it ever did."""
        contact = self._read_setting("contact")
        return None if contact is None else parse_time(contact["at"])

    def _read_setting(self, name: str) -> Any:
        with self._reading() as tx:
            return self._setting(tx, name)

    def _sealed_word(self, row: Any, column: str, word: Mapping[str, Any]) -> dict[str, Any]:
        sealer = self._keys.of_patient(row.patient, row.key)
        return {"each": row.id, "word": sealer.seal(f"delivery.{column}", row.id, canonical_json(word))}

    def _refusal_code(self, row: Any) -> str:
        word = self._keys.of_patient(row.patient, row.key).open("delivery.refusal", row.id, row.refusal)
        return str(read_json(word)["code"])

    def _truncate_log(self) -> bool:
        """Empty the write-ahead log, in which destroyed rows still stand. False where a reader is in the way."""
        with self._lock, translated(), self._kept_connection() as connection:
            writer = driver(connection)
            writer.execute("PRAGMA busy_timeout = 0")
            try:
                busy, _, _ = writer.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
            finally:
                writer.execute(f"PRAGMA busy_timeout = {BUSY_MS}")
            return not busy


def _different(receipt: Receipt) -> Refusal:
    sentence = "The server holds something else under this entry's number. Save it again as a new entry."
    return Refusal(receipt.revision, "different_content", sentence)


def _join(tx: Connection, joined: Sequence[Membership]) -> None:
    if joined:
        _ADD_MEMBERSHIP.run_each(tx, [{"team": each.team, "patient": each.patient} for each in joined])
        _STAYS.run_each(tx, [{"id": patient, "leaving": 0} for patient in {each.patient for each in joined}])


def _leave(tx: Connection, left: Sequence[Membership]) -> None:
    if left:
        _DROP_MEMBERSHIP.run_each(tx, [{"of_team": each.team, "of_patient": each.patient} for each in left])
        _LEAVES.run(tx, ids=tables.listed({each.patient for each in left}))


def _offer_sent_back(tx: Connection, records: Collection[str], patients: Collection[str]) -> None:
    if records or patients:
        told = {"records": tables.listed(records), "patients": tables.listed(patients)}
        _TRY_AGAIN.run(tx, **told)
        offer_held_again(tx, **told)


_revision, _patient, _delivery, _membership = tables.revision, tables.patient, tables.delivery, tables.membership
_SEALED = (
    select(_revision.c.id, _revision.c.record, _revision.c.patient, _revision.c.sealed, _patient.c.key)
    .join(_delivery, _delivery.c.revision == _revision.c.id)
    .join(_patient, _patient.c.id == _revision.c.patient)
    .where(tables.UNSENT)
)
_OUTBOX = Statement(_SEALED.where(_delivery.c.refusal.is_(None)).order_by(_delivery.c.position))
_UNSETTLED = Statement(_SEALED.where(_delivery.c.revision.in_(tables.among())))
_of_each = update(_delivery).where(_delivery.c.revision == bindparam("each"))
_SETTLE = Statement(_of_each.values(receipt=bindparam("word"), refusal=null()))
_REFUSE = Statement(_of_each.values(refusal=bindparam("word")))
_TRY_AGAIN = Statement(
    update(_delivery)
    .where(
        tables.UNSENT,
        _delivery.c.refusal.is_not(None),
        _delivery.c.record.in_(tables.among("records")) | _delivery.c.patient.in_(tables.among("patients")),
    )
    .values(refusal=null())
)
_STAYING = Statement(
    select(_delivery.c.revision.label("id"), _delivery.c.patient, _delivery.c.refusal, _patient.c.key)
    .join(_patient, _patient.c.id == _delivery.c.patient)
    .where(
        tables.UNSENT,
        _delivery.c.refusal.is_not(None),
        exists(select(_membership.c.team).where(_membership.c.patient == _delivery.c.patient)),
    )
)
_CLEAR_REFUSALS = Statement(
    update(_delivery).where(tables.UNSENT, _delivery.c.revision.in_(tables.among())).values(refusal=null())
)
_DROP_SETTING = Statement(delete(tables.setting).where(tables.setting.c.name == bindparam("name")))
_ADD_MEMBERSHIP = Statement(insert(_membership).on_conflict_do_nothing())
_stays = insert(_patient)
_STAYS = Statement(_stays.on_conflict_do_update(index_elements=["id"], set_={"leaving": 0}), "id", "leaving")
_DROP_MEMBERSHIP = Statement(
    delete(_membership).where(
        _membership.c.team == bindparam("of_team"), _membership.c.patient == bindparam("of_patient")
    )
)
_DROP_MEMBERSHIPS = Statement(delete(_membership))
_ALL_LEAVE = Statement(update(_patient).values(leaving=1))
_LEAVES = Statement(
    update(_patient)
    .where(
        _patient.c.id.in_(tables.among()),
        ~exists(select(_membership.c.team).where(_membership.c.patient == _patient.c.id)),
    )
    .values(leaving=1)
)
_FORGETTABLE = Statement(
    select(_patient.c.id).where(
        _patient.c.leaving == 1,
        _patient.c.key.is_not(None),
        ~exists(select(_delivery.c.position).where(tables.UNSENT, _delivery.c.patient == _patient.c.id)),
        ~exists(select(tables.offer.c.position).where(tables.offer.c.patient == _patient.c.id)),
        ~exists(select(attachment.c.number).where(KEEPS_PATIENT, attachment.c.patient == _patient.c.id)),
    )
)
_ATTACHMENTS = select(attachment.c.number).where(attachment.c.patient.in_(tables.among()))
_FORGET = (
    Statement(delete(chunk).where(chunk.c.attachment.in_(_ATTACHMENTS))),
    *(
        Statement(delete(table).where(table.c.patient.in_(tables.among())))
        for table in (attachment, tables.conflict, _delivery, tables.summary, tables.record, _revision)
    ),
    Statement(update(_patient).where(_patient.c.id.in_(tables.among())).values(key=null())),
    COUNT_UP,
)
