"""Attachments in the database. Whoever may not see a patient is told of an attachment what is told of none."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import Any, Final

from sqlalchemy import Connection, Row, delete, exists, select, update

from fieldapp.domain.attachments import Attachment, attachment_of
from fieldapp.domain.ids import is_id
from fieldapp.domain.revision import Revision
from fieldapp.sync.wire import Attached
from server import audit
from server.db.engine import insert_new, upsert
from server.db.tables import attachment_chunks as chunks
from server.db.tables import attachments, caseload
from server.errors import MalformedError, NotFoundError
from server.identity.caller import Caller

_HASH: Final = re.compile(r"[0-9a-f]{64}")
_Row = Row[*tuple[Any, ...]]


def declare(connection: Connection, revisions: Iterable[Revision]) -> None:
    """A row for each attachment that newly stored revisions name. What one says of the size or format of an attachment
    that is not whole counts from then on."""
    named = {
        (revision.patient, attachment.sha256): attachment
        for revision in revisions
        if (attachment := attachment_of(revision.kind, revision.body)) is not None
    }
    for (patient, sha256), attachment in sorted(named.items()):
        row = {"patient": patient, "sha256": sha256, "size": attachment.size, "media_type": attachment.media_type}
        if insert_new(connection, attachments, [row]):
            continue
        known = connection.execute(_row(patient, sha256).with_for_update()).one()
        if known.whole_at is None and (known.size, known.media_type) != (attachment.size, attachment.media_type):
            upsert(connection, attachments, [row])
            connection.execute(_chunks(delete(chunks), patient, sha256))


def standing(connection: Connection, caller: Caller, patient: str, sha256: str) -> Attached:
    """Which chunks are missing.

    Raises:
        NotFoundError: there is none, or the caller's teams never had the patient: nobody can tell which.
    """
    return _standing(connection, _known(connection, caller, patient, sha256, ended=True))


def take(
    connection: Connection, now: int, caller: Caller, patient: str, sha256: str, index: int, data: bytes
) -> Attached:
    """Store one chunk; with the last one the whole is checked against its hash, size and format. Sent again it changes
    nothing. Teams that had the patient may still send what their records name. `now` is in ms.

    Raises:
        NotFoundError, MalformedError: there is no such chunk, or it has another size.
    """
    row = _known(connection, caller, patient, sha256, ended=True, lock=True)
    named = _named(row)
    if index >= named.chunks or len(data) != named.chunk_size(index):
        raise MalformedError("This is not a chunk of the photograph that the record names. Update the app.")
    if row.whole_at is None:
        upsert(connection, chunks, [{"patient": patient, "sha256": sha256, "at": index, "data": data}])
        if not _missing(connection, row):
            return _finish(connection, now, caller, row)
    return _standing(connection, row)


def chunk(connection: Connection, caller: Caller, patient: str, sha256: str, index: int) -> bytes:
    """One chunk of an attachment that is whole, for a team that has the patient now. Raises NotFoundError."""
    row = _known(connection, caller, patient, sha256, ended=False)
    found = connection.scalar(_chunks(select(chunks.c.data), patient, sha256).where(chunks.c.at == index))
    if found is None or row.whole_at is None:
        raise _nothing()
    return bytes(found)


def _finish(connection: Connection, now: int, caller: Caller, row: _Row) -> Attached:
    """Check the whole. What is wrong is dropped by committing without it: `missing` is then everything."""
    named = _named(row)
    parts = connection.scalars(_chunks(select(chunks.c.data), row.patient, row.sha256).order_by(chunks.c.at))
    if not named.fits(b"".join(map(bytes, parts))):
        connection.execute(_chunks(delete(chunks), row.patient, row.sha256))
        return Attached(chunks=named.chunks, missing=list(range(named.chunks)), whole=False, wrong=True)
    where = attachments.c.patient == row.patient, attachments.c.sha256 == row.sha256
    connection.execute(update(attachments).where(*where).values(whole_at=now))
    detail = {"patient": row.patient, "sha256": row.sha256, "size": row.size}
    teams = connection.scalars(
        select(caseload.c.team).where(caseload.c.patient == row.patient, caseload.c.team.in_(caller.team_ids))
    )
    written = [audit.Event(team, caller.person.id, "attachment", detail, caller.device) for team in sorted(teams)]
    audit.record(connection, now, written)
    return Attached(chunks=named.chunks, missing=[], whole=True)


def _known(
    connection: Connection, caller: Caller, patient: str, sha256: str, *, ended: bool, lock: bool = False
) -> _Row:
    if not _HASH.fullmatch(sha256) or not is_id(patient):
        raise _nothing()
    mine = select(caseload.c.team).where(caseload.c.patient == patient, caseload.c.team.in_(caller.team_ids))
    query = _row(patient, sha256).where(exists(mine if ended else mine.where(caseload.c.active)))
    found = connection.execute(query.with_for_update() if lock else query).one_or_none()
    if found is None:
        raise _nothing()
    return found


def _standing(connection: Connection, row: _Row) -> Attached:
    missing = [] if row.whole_at is not None else _missing(connection, row)
    return Attached(chunks=_named(row).chunks, missing=missing, whole=row.whole_at is not None)


def _missing(connection: Connection, row: _Row) -> list[int]:
    here: Sequence[int] = connection.scalars(_chunks(select(chunks.c.at), row.patient, row.sha256)).all()
    return sorted(set(range(_named(row).chunks)) - set(here))


def _named(row: _Row) -> Attachment:
    return Attachment(sha256=row.sha256, size=row.size, media_type=row.media_type)


def _row(patient: str, sha256: str) -> Any:
    return select(attachments).where(attachments.c.patient == patient, attachments.c.sha256 == sha256)


def _chunks(statement: Any, patient: str, sha256: str) -> Any:
    return statement.where(chunks.c.patient == patient, chunks.c.sha256 == sha256)


def _nothing() -> NotFoundError:
    return NotFoundError("There is no such photograph for this tablet.")
