"""Attachments in the store: a row for each that a record names, and its bytes in sealed chunks.

The row is made in the transaction that stores the revision, wherever that came from; on the tablet that took the
picture, so are all its chunks. Rows and chunks have opaque names: the hash of a picture can be read by nobody.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Literal

from sqlalchemy import Connection, bindparam, exists, func, null, select, update
from sqlalchemy.dialects.sqlite import insert

from fieldapp.domain.attachments import Attachment, attachment_of
from fieldapp.domain.canonical import canonical_json, read_json, sha256_hex
from fieldapp.domain.revision import Revision
from fieldapp.storage import tables
from fieldapp.storage.attachment_tables import UNSENT, attachment, chunk
from fieldapp.storage.core import Core
from fieldapp.storage.envelope import Sealer
from fieldapp.storage.errors import MissingPictureError, TamperedError
from fieldapp.storage.keys import Keys
from fieldapp.storage.statement import Statement

AttachmentState = Literal["waiting", "sent", "missing"]
"""All of it here and unsent; all of it here and at the server; not, or not all of it, on this tablet."""


class Attachments(Core):
    """What screens ask of attachments. TamperedError and PatientGoneError may come from any."""

    def picture(self, patient: str, named: Attachment) -> bytes | None:
        """The bytes, checked against their hash; None where they have not arrived."""
        with self._reading() as tx:
            row = _ROW.one_or_none(tx, id=self._keys.attachment_id(patient, named.sha256))
            if row is None or not row.whole:
                return None
            return whole_of(tx, self._keys, row)

    def attachment_state(self, patient: str, named: Attachment) -> AttachmentState:
        """Where the bytes are."""
        with self._reading() as tx:
            row = _ROW.one_or_none(tx, id=self._keys.attachment_id(patient, named.sha256))
        if row is None or not row.whole:
            return "missing"
        return "waiting" if row.receipt is None else "sent"

    def want_attachment(self, patient: str, named: Attachment) -> None:
        """Somebody wants to see it: fetch it before all others at the next sync. Raises PatientGoneError."""
        with self._writing(quiet=True) as tx:
            found = _KEY.one_or_none(tx, patient=patient)
            sealer = self._keys.of_patient(patient, found.key if found else None)
            _NOTE.run_each(tx, [_noted(self._keys, sealer, patient, named)])
            _WANT.run(tx, of=self._keys.attachment_id(patient, named.sha256))

    def attachments_waiting(self) -> int:
        """How many attachments made on this tablet are not wholly at the server."""
        with self._reading() as tx:
            return _WAITING.values(tx)[0]

    def revisions_waiting_for_pictures(self) -> set[str]:
        """The revisions with which those were attached."""
        with self._reading() as tx:
            return set(_WAITING_REVISIONS.values(tx))

    def attachments_waiting_alone(self) -> int:
        """How many of those are of records that the server has."""
        with self._reading() as tx:
            return _ALONE.values(tx)[0]


def note_attachments(tx: Connection, keys: Keys, sealers: Mapping[str, Sealer], revisions: Iterable[Revision]) -> None:
    """A row for each attachment that the revisions name, where there is none yet."""
    rows = [
        _noted(keys, sealers[revision.patient], revision.patient, named)
        for revision in revisions
        if (named := attachment_of(revision.kind, revision.body)) is not None
    ]
    if rows:
        _NOTE.run_each(tx, rows)


def keep_pictures(tx: Connection, keys: Keys, revisions: Iterable[Revision], pictures: Sequence[bytes]) -> None:
    """Seal the bytes that the revisions name, in the transaction that keeps the revisions.

    Raises:
        MissingPictureError: a revision names bytes that are neither given nor here, or bytes given are named by none.
    """
    given = {sha256_hex(data): data for data in pictures}
    used: set[str] = set()
    for revision in revisions:
        named = attachment_of(revision.kind, revision.body)
        if named is None:
            continue
        used.add(named.sha256)
        row = _ROW.one_or_none(tx, id=keys.attachment_id(revision.patient, named.sha256))
        if row is None:
            raise MissingPictureError
        data = given.get(named.sha256)
        if row.whole or (data is None and revision.parents):
            continue
        if data is None or not named.fits(data):
            raise MissingPictureError
        sealer = keys.for_writing(tx, [revision.patient])[revision.patient]
        put_chunks(tx, sealer, row, named, enumerate(split(named, data)))
        _MADE_HERE.run(tx, of=row.number, by=revision.id)
    if given.keys() - used:
        raise MissingPictureError


def split(named: Attachment, data: bytes) -> list[bytes]:
    """The bytes as chunks."""
    at, parts = 0, list[bytes]()
    for index in range(named.chunks):
        parts.append(data[at : at + named.chunk_size(index)])
        at += named.chunk_size(index)
    return parts


def put_chunks(tx: Connection, sealer: Sealer, row: Any, named: Attachment, parts: Iterable[tuple[int, bytes]]) -> None:
    """Seal chunks of one attachment, each bound to its patient, its whole, its place in it and how many there are."""
    for index, data in parts:
        bound = _bound(row.patient, named, index)
        _PUT_CHUNK.run(tx, attachment=row.number, at=index, sealed=sealer.seal("chunk.sealed", bound, data))


def chunk_of(tx: Connection, keys: Keys, row: Any, named: Attachment, index: int) -> bytes:
    """One chunk, opened. Raises TamperedError, where it is not there too."""
    found = _CHUNK.one_or_none(tx, of=row.number, index=index)
    if found is None:
        raise TamperedError
    bound = _bound(row.patient, named, index)
    data = keys.of_patient(row.patient, row.key).open("chunk.sealed", bound, found.sealed)
    if len(data) != named.chunk_size(index):
        raise TamperedError
    return data


def whole_of(tx: Connection, keys: Keys, row: Any) -> bytes:
    """All the bytes of an attachment whose chunks are all here. Raises TamperedError."""
    named = named_by(keys, row)
    data = b"".join(chunk_of(tx, keys, row, named, index) for index in range(named.chunks))
    if not named.fits(data):
        raise TamperedError
    return data


def named_by(keys: Keys, row: Any) -> Attachment:
    """What the records say of the attachment of a row. Raises TamperedError."""
    plain = keys.of_patient(row.patient, row.key).open("attachment.sealed", row.id, row.sealed)
    named = Attachment.model_validate(read_json(plain))
    if keys.attachment_id(row.patient, named.sha256) != row.id or named.chunks != row.chunks:
        raise TamperedError
    return named


def _noted(keys: Keys, sealer: Sealer, patient: str, named: Attachment) -> dict[str, Any]:
    name = keys.attachment_id(patient, named.sha256)
    sealed = sealer.seal("attachment.sealed", name, canonical_json(named.to_json()))
    return {"id": name, "patient": patient, "chunks": named.chunks, "sealed": sealed}


def _bound(patient: str, named: Attachment, index: int) -> str:
    return f"{patient} {named.sha256} {index}/{named.chunks}"


ROWS = select(
    attachment.c.number,
    attachment.c.id,
    attachment.c.patient,
    attachment.c.chunks,
    attachment.c.sealed,
    attachment.c.mine,
    attachment.c.whole,
    attachment.c.receipt,
    tables.patient.c.key,
).join(tables.patient, tables.patient.c.id == attachment.c.patient)
_ROW = Statement(ROWS.where(attachment.c.id == bindparam("id")))
_KEY = Statement(select(tables.patient.c.key).where(tables.patient.c.id == bindparam("patient")))
_NOTE = Statement(insert(attachment).on_conflict_do_nothing(), "id", "patient", "chunks", "sealed")
_WANT = Statement(
    update(attachment).where(attachment.c.id == bindparam("of"), attachment.c.whole == 0).values(wanted=1)
)
_MADE_HERE = Statement(
    update(attachment)
    .where(attachment.c.number == bindparam("of"))
    .values(whole=1, mine=1, revision=bindparam("by"), receipt=null())
)
_waiting = select(func.count()).select_from(attachment).where(UNSENT, attachment.c.mine == 1)
_WAITING = Statement(_waiting)
_WAITING_REVISIONS = Statement(select(attachment.c.revision).where(UNSENT, attachment.c.mine == 1))
_unsent_record = select(tables.delivery.c.position).where(
    tables.UNSENT, tables.delivery.c.revision == attachment.c.revision
)
_ALONE = Statement(_waiting.where(~exists(_unsent_record)))
_PUT_CHUNK = Statement(insert(chunk).on_conflict_do_nothing())
_CHUNK = Statement(
    select(chunk.c.sealed).where(chunk.c.attachment == bindparam("of"), chunk.c.at == bindparam("index"))
)
