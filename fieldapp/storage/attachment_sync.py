"""Attachments as sync sees them (`fieldapp.sync.attachments.AttachmentStore`). Every method is one transaction."""

from __future__ import annotations

from typing import Any, Final

from sqlalchemy import Connection, bindparam, delete, func, null, select, update

from fieldapp.domain.attachments import CHUNK_BYTES, Place
from fieldapp.domain.canonical import canonical_json
from fieldapp.domain.revision import format_time
from fieldapp.storage import tables
from fieldapp.storage.attachment_tables import UNSENT, attachment, chunk
from fieldapp.storage.attachments import ROWS, chunk_of, named_by, put_chunks, whole_of
from fieldapp.storage.core import COUNT_UP, Core
from fieldapp.storage.errors import PatientGoneError, TamperedError
from fieldapp.storage.keys import Keys
from fieldapp.storage.statement import Statement

FETCHED_BYTES: Final = 256 << 20
"""How much of others' pictures is kept on this tablet before nobody asked for it."""


class AttachmentSyncing(Core):
    """What is to be sent and fetched, chunk by chunk."""

    def attachments_to_send(self) -> list[Place]:
        """What is wholly here and not known to be at the server, oldest first; what was put aside is left out."""
        with self._reading() as tx:
            return [_place(self._keys, row) for row in _TO_SEND.all(tx)]

    def attachment_chunk(self, place: Place, index: int) -> bytes:
        """One chunk to send. Raises TamperedError."""
        with self._reading() as tx:
            return chunk_of(tx, self._keys, _row_of(tx, self._keys, place), place.named, index)

    def settle_attachment(self, place: Place) -> None:
        """The server has all of it, checked."""
        with self._writing() as tx:
            row = _row_of(tx, self._keys, place)
            sealed = _word(self._keys, row, "receipt", {"at": format_time(self._clock.now())})
            _SETTLE.run(tx, of=row.number, word=sealed)

    def put_attachment_aside(self, place: Place, code: str, sentence: str) -> None:
        """The server does not take it now: leave it out until `offer_attachments_put_aside`, or until the server has a
        new epoch. It stays here, unsent."""
        with self._writing() as tx:
            row = _row_of(tx, self._keys, place)
            _ASIDE.run(tx, of=row.number, word=_word(self._keys, row, "aside", {"code": code, "sentence": sentence}))

    def offer_attachments_put_aside(self) -> None:
        """Something new came or went, which may be what the server lacked: offer once more what was put aside."""
        with self._writing(quiet=True) as tx:
            _TAKE_BACK.run(tx)

    def attachments_to_fetch(self, max_bytes: int) -> list[Place]:
        """What is not wholly here, of patients on the caseload: first what somebody wants to see, then the newest
        while they fit into `max_bytes` and into what this tablet keeps."""
        with self._reading() as tx:
            room = min(max_bytes, FETCHED_BYTES - (_FETCHED.values(tx)[0] or 0) * CHUNK_BYTES)
            found: list[Place] = []
            for row in _TO_FETCH.each(tx):
                if not row.wanted:
                    room -= row.chunks * CHUNK_BYTES
                    if room < 0:
                        break
                found.append(_place(self._keys, row))
        return found

    def attachment_chunks(self, place: Place) -> set[int]:
        """Which chunks are here."""
        with self._reading() as tx:
            return set(_CHUNKS.values(tx, of=_row_of(tx, self._keys, place).number))

    def keep_attachment_chunk(self, place: Place, index: int, data: bytes) -> None:
        """One chunk that was fetched. Its size is the caller's to check; the whole is checked at the end."""
        with self._writing(quiet=True) as tx:
            row = _row_of(tx, self._keys, place)
            sealer = self._keys.of_patient(row.patient, row.key)
            put_chunks(tx, sealer, row, place.named, [(index, data)])

    def finish_attachment(self, place: Place) -> bool:
        """All chunks were fetched: keep the whole where it is what the record names, else drop it and say False."""
        with self._writing(quiet=True) as tx:
            row = _row_of(tx, self._keys, place)
            try:
                whole_of(tx, self._keys, row)
            except TamperedError:
                _DROP_CHUNKS.run(tx, of=row.number)
                return False
            word = {"at": format_time(self._clock.now())}
            _FINISH.run(tx, of=row.number, word=_word(self._keys, row, "receipt", word))
            COUNT_UP.run(tx)
        return True


def _place(keys: Keys, row: Any) -> Place:
    return Place(row.patient, named_by(keys, row), bool(row.mine))


def _row_of(tx: Connection, keys: Keys, place: Place) -> Any:
    row = _ROW.one_or_none(tx, id=keys.attachment_id(place.patient, place.named.sha256))
    if row is None:
        raise PatientGoneError
    return row


def _word(keys: Keys, row: Any, column: str, word: dict[str, str]) -> bytes:
    return keys.of_patient(row.patient, row.key).seal(f"attachment.{column}", row.id, canonical_json(word))


def offer_attachments_again(tx: Connection) -> None:
    """The server has a new epoch: it may lack any of them."""
    _OFFER_AGAIN.run(tx)


_patient = tables.patient
_ROW = Statement(ROWS.where(attachment.c.id == bindparam("id")))
_TO_SEND = Statement(ROWS.where(UNSENT, attachment.c.aside.is_(None)).order_by(attachment.c.number))
_on_caseload = select(tables.membership.c.team).where(tables.membership.c.patient == attachment.c.patient).exists()
_TO_FETCH = Statement(
    ROWS.add_columns(attachment.c.wanted)
    .where(attachment.c.whole == 0, _patient.c.key.is_not(None), _on_caseload)
    .order_by(attachment.c.wanted.desc(), attachment.c.number.desc())
)
_FETCHED = Statement(select(func.sum(attachment.c.chunks)).where(attachment.c.whole == 1, attachment.c.mine == 0))
_CHUNKS = Statement(select(chunk.c.at).where(chunk.c.attachment == bindparam("of")))
_of = update(attachment).where(attachment.c.number == bindparam("of"))
_SETTLE = Statement(_of.values(receipt=bindparam("word"), aside=null()))
_ASIDE = Statement(_of.values(aside=bindparam("word")))
_FINISH = Statement(_of.values(whole=1, wanted=0, receipt=bindparam("word")))
_DROP_CHUNKS = Statement(delete(chunk).where(chunk.c.attachment == bindparam("of")))
_OFFER_AGAIN = Statement(update(attachment).where(attachment.c.whole == 1).values(receipt=null(), aside=null()))
_TAKE_BACK = Statement(update(attachment).where(attachment.c.aside.is_not(None)).values(aside=null()))
