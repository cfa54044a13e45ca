"""Push: every revision on its own merits, all of one request in one transaction, the answer after the commit."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import Connection
from sqlalchemy.exc import DBAPIError

from fieldapp.domain.clock import Clock
from fieldapp.domain.revision import Author, Revision
from fieldapp.sync.wire import Outcome, Person, PushReply, RefusalCode, Status
from server import audit
from server.db.engine import Database, is_data_fault
from server.db.service import SERVER_DEVICE, Service
from server.identity.caller import Caller, CallerTeam
from server.identity.signers import Signers
from server.sync import rejections
from server.sync.batch import Batch
from server.sync.errors import RefusedItemError
from server.sync.intake import Item, check_content, examine
from server.times import now_ms

IMPORTER = Author("import", "Imported", "system")
"""The author of what came from another system, where that names nobody."""


def push(
    database: Database,
    clock: Clock,
    service: Service,
    caller: Caller,
    wires: Sequence[object],
    epoch: str | None = None,
) -> PushReply:
    """Store what can be stored and say what became of each item, in the request's order; nothing where the tablet names
    another `epoch` than this server's.

    Raises:
        BusyError: nothing was changed.
    """
    if epoch not in (None, service.epoch):
        return PushReply(outcomes=[], epoch=service.epoch, now=now_ms(clock))
    signers = Signers(caller, service, database, wires)
    items = [examine(wire, signers) for wire in wires]
    outcomes = _store_all(database, clock, service, caller, items, None)
    return PushReply(outcomes=outcomes, epoch=service.epoch, now=now_ms(clock))


def add_revisions(
    database: Database, clock: Clock, service: Service, *, team: str, revisions: Sequence[Revision]
) -> list[Outcome]:
    """Store revisions that the service itself brings, such as an import's, in the order given.

    `team` (an id) gets every patient among them on its caseload. Unsigned revisions are signed by the server's key
    and must name `SERVER_DEVICE` as their device. Everything else is as in `push`.

    Raises:
        BusyError, ValueError: an unsigned revision names another device.
    """
    items: list[Item] = []
    for revision in revisions:
        if revision.sig is None and revision.device != SERVER_DEVICE:
            raise ValueError(f"The server signs only revisions of the device {SERVER_DEVICE!r}.")
        signed = revision if revision.sig else service.sign(revision)
        item = Item(signed.to_wire(), signed, text=signed.to_json().decode())
        try:
            check_content(signed)
        except RefusedItemError as refusal:
            item.refusal = refusal
        items.append(item)
    caller = Caller(SERVER_DEVICE, b"", Person(**IMPORTER._asdict()), (CallerTeam(team, "", None, 0),))
    return _store_all(database, clock, service, caller, items, team)


def _store_all(
    database: Database, clock: Clock, service: Service, caller: Caller, items: Sequence[Item], office: str | None
) -> list[Outcome]:
    def work(connection: Connection) -> list[Outcome]:
        return _store(connection, clock, service, caller, items, office)

    try:
        return database.write(work)
    except DBAPIError as error:
        if not is_data_fault(error):
            raise
    if len(items) > 1:
        singly = (_store_all(database, clock, service, caller, [item], office) for item in items)
        return [outcome for outcomes in singly for outcome in outcomes]
    items[0].refusal = RefusedItemError(RefusalCode.MALFORMED, "This revision cannot be stored as it is.")
    return database.write(work)


def _store(
    connection: Connection,
    clock: Clock,
    service: Service,
    caller: Caller,
    items: Sequence[Item],
    office: str | None,
) -> list[Outcome]:
    batch = Batch(connection, clock, service, caller, [item for item in items if item.refusal is None], office)
    refused: list[tuple[Item, RefusedItemError]] = []
    taken: list[Outcome | None] = []
    for item in items:
        outcome = None
        try:
            outcome = batch.take(item)
        except RefusedItemError as refusal:
            refused.append((item, refusal))
            outcome = _refusal(item, refusal)
        taken.append(outcome)
    batch.finish()
    rejections.keep(connection, now_ms(clock), caller, refused)
    audit.record(connection, now_ms(clock), batch.events())
    return [outcome or batch.outcome(item) for item, outcome in zip(items, taken, strict=True)]


def _refusal(item: Item, refusal: RefusedItemError) -> Outcome:
    return Outcome(id=item.id, status=Status.REFUSED, code=refusal.code, where=refusal.where, sentence=refusal.sentence)
