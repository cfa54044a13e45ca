"""What this tablet's clinicians write. When a method returns, what it wrote survives the loss of power."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import Connection, bindparam, delete, select, update
from sqlalchemy.dialects.sqlite import insert

from fieldapp.domain.revision import Revision
from fieldapp.storage import tables
from fieldapp.storage.absorb import absorb
from fieldapp.storage.attachments import keep_pictures
from fieldapp.storage.core import Core, open_revision
from fieldapp.storage.errors import (
    DifferentContentError,
    NotRefusedError,
    UnknownRecordError,
    UnsignedRevisionError,
)
from fieldapp.storage.statement import Statement


class Writes(Core):
    """Saving and repairing. Nothing is half-written: each call is one transaction."""

    def save(
        self, revisions: Sequence[Revision], *, drop_draft: str | None = None, pictures: Sequence[bytes] = ()
    ) -> None:
        """Keep signed revisions with the `pictures` they name, put them in the outbox, and drop the draft they came
        from.

        Saving the same revisions again changes nothing. Work on a patient who has left the caseload is taken too: it
        waits in the outbox under a new key until it is sent.

        Raises:
            UnsignedRevisionError, DifferentContentError, MissingPictureError, DiskFullError, DiskError, BusyError
        """
        _check_signed(revisions)
        with self._writing() as tx:
            self._keep(tx, revisions)
            keep_pictures(tx, self._keys, revisions, pictures)
            if drop_draft is not None:
                _DROP_DRAFT.run(tx, id=self._keys.draft_id(drop_draft))

    def repair(self, revision: str, replacement: Revision) -> None:
        """Put a corrected revision in the place of one that the server sent back.

        The original leaves the outbox and no longer counts towards its record, but stays readable (`revision`,
        `replaced`). Its replacement has the parents that the original had, since the server never took that one.

        Raises:
            UnknownRecordError, NotRefusedError, UnsignedRevisionError, DifferentContentError, DiskError
        """
        _check_signed([replacement])
        with self._writing() as tx:
            row = _DELIVERY.one_or_none(tx, revision=revision)
            if row is None:
                raise UnknownRecordError
            if row.replacement == replacement.id:
                return
            if row.refusal is None or row.receipt is not None or row.replacement is not None:
                raise NotRefusedError
            _REPLACE.run(tx, original=revision, by=replacement.id)
            self._keep(tx, [replacement], again={row.record})

    def _keep(self, tx: Connection, revisions: Sequence[Revision], *, again: set[str] | None = None) -> None:
        new = absorb(tx, self._keys, revisions, again=again or ())
        if len(new) < len({revision.id for revision in revisions}):
            self._check_same(tx, revisions, {revision.id for revision in new})
        if new:
            _QUEUE.run_each(
                tx,
                [{"revision": each.id, "record": each.record, "patient": each.patient} for each in new],
            )

    def _check_same(self, tx: Connection, revisions: Sequence[Revision], new: set[str]) -> None:
        for revision in revisions:
            if revision.id not in new:
                row = _REVISION.one_or_none(tx, id=revision.id)
                if row is None or open_revision(self._keys, row).hash != revision.hash:
                    raise DifferentContentError


def _check_signed(revisions: Sequence[Revision]) -> None:
    if any(revision.sig is None for revision in revisions):
        raise UnsignedRevisionError


_delivery = tables.delivery
_QUEUE = Statement(insert(_delivery), "revision", "record", "patient")
_DELIVERY = Statement(
    select(_delivery.c.record, _delivery.c.receipt, _delivery.c.refusal, _delivery.c.replacement).where(
        _delivery.c.revision == bindparam("revision")
    )
)
_REPLACE = Statement(
    update(_delivery).where(_delivery.c.revision == bindparam("original")).values(replacement=bindparam("by"))
)
_DROP_DRAFT = Statement(delete(tables.draft).where(tables.draft.c.id == bindparam("id")))
_REVISION = Statement(
    select(
        tables.revision.c.id,
        tables.revision.c.record,
        tables.revision.c.patient,
        tables.revision.c.sealed,
        tables.patient.c.key,
    )
    .join(tables.patient, tables.patient.c.id == tables.revision.c.patient)
    .where(tables.revision.c.id == bindparam("id"))
)
