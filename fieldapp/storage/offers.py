"""What a restored server is offered again: everything that this tablet holds, whoever wrote it.

The server is first asked what it lacks, by id and hash; only that is sent. Signatures prove who wrote what, so that a
colleague's entry or a merge of the server's may come back from any tablet that holds it.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from itertools import chain
from typing import Any, Final

from sqlalchemy import Connection, bindparam, delete, exists, literal_column, null, select, update
from sqlalchemy.dialects.sqlite import insert

from fieldapp.domain.delivery import Offer, Refusal
from fieldapp.storage import tables
from fieldapp.storage.core import Core, open_revision
from fieldapp.storage.statement import Statement

MAY_HEAL: Final = frozenset({"not_your_patient", "unknown_parent", "not_the_author"})
"""Refusals that end by themselves: once the patient is back, the parent has arrived, the author's tablet is known."""


class Offers(Core):
    """The questions to a restored server and what follows from its answers."""

    def offers(self, limit: int) -> list[Offer]:
        """The oldest revisions of which the restored server has not said whether it lacks them."""
        with self._reading() as tx:
            return [Offer(row.id, open_revision(self._keys, row).hash) for row in _TO_ASK.all(tx, limit=limit)]

    def answer_offers(self, asked: Collection[str], wanted: Collection[str]) -> None:
        """Of the revisions `asked` about, the server lacks those `wanted`. What this tablet's clinicians wrote among
        them is unsent once more, whether it had been taken or sent back."""
        with self._writing() as tx:
            _DROP.run(tx, ids=tables.listed(set(asked) - set(wanted)))
            ids = tables.listed(wanted)
            _WANT.run(tx, ids=ids)
            _UNSEND.run(tx, ids=ids)


def offer_all(tx: Connection) -> None:
    """Put every revision held on offer, in the order stored: also what was sent back, since the cause may be gone with
    what was lost. What somebody replaced is none of the server's."""
    _DROP_ALL.run(tx)
    _OFFER_ALL.run(tx)


def next_offers(tx: Connection, own: Statement) -> Iterator[Any]:
    """The rows to send now: what the server lacks, parents first, and once it was asked about everything the `own`."""
    states = _STATES.values(tx)
    if not states:
        return own.each(tx)
    lacking = _WANTED_ROWS.all(tx)
    if tables.TO_ASK in states:
        return iter(lacking)
    named = {row.id for row in lacking}
    return chain(lacking, (row for row in own.each(tx) if row.id not in named))


def settle_offers(tx: Connection, taken: Collection[str], refused: Sequence[Refusal]) -> None:
    """End the offers of what the server took, and of what it will never take. A colleague's entry that it may take
    later stays on offer, and with it the patient's rows; the tablet's own are in quarantine as ever."""
    if tables.WANTED not in _STATES.values(tx):
        return
    held = [refusal.revision for refusal in refused if refusal.code in MAY_HEAL]
    _HOLD.run(tx, ids=tables.listed(held))
    _DROP_WANTED.run(tx, ids=tables.listed([*taken, *(refusal.revision for refusal in refused)]))


def offer_held_again(tx: Connection, records: str, patients: str) -> None:
    """Ask once more about what was held of these records and patients, each a list as `tables.listed` makes it."""
    _ASK_AGAIN.run(tx, records=records, patients=patients)


_offer, _delivery, _revision, _patient = tables.offer, tables.delivery, tables.revision, tables.patient
_sealed = (
    select(_revision.c.id, _revision.c.record, _revision.c.patient, _revision.c.sealed, _patient.c.key)
    .join(_offer, _offer.c.revision == _revision.c.id)
    .join(_patient, _patient.c.id == _revision.c.patient)
    .order_by(_offer.c.position)
)
_TO_ASK = Statement(_sealed.where(_offer.c.state == tables.TO_ASK).limit(bindparam("limit")))
_WANTED_ROWS = Statement(_sealed.where(_offer.c.state == tables.WANTED))
_STATES = Statement(select(_offer.c.state).where(_offer.c.state < tables.HELD).distinct())
_DROP_ALL = Statement(delete(_offer))
_replaced = exists(
    select(_delivery.c.revision).where(_delivery.c.revision == _revision.c.id, _delivery.c.replacement.is_not(None))
)
_OFFER_ALL = Statement(
    insert(_offer).from_select(
        ["revision", "record", "patient"],
        select(_revision.c.id, _revision.c.record, _revision.c.patient)
        .where(~_replaced)
        .order_by(literal_column("revision.rowid")),
    )
)
_DROP = Statement(delete(_offer).where(_offer.c.revision.in_(tables.among())))
_DROP_WANTED = Statement(delete(_offer).where(_offer.c.state == tables.WANTED, _offer.c.revision.in_(tables.among())))
_WANT = Statement(update(_offer).where(_offer.c.revision.in_(tables.among())).values(state=tables.WANTED))
_HOLD = Statement(
    update(_offer)
    .where(
        _offer.c.state == tables.WANTED,
        _offer.c.revision.in_(tables.among()),
        ~exists(select(_delivery.c.revision).where(_delivery.c.revision == _offer.c.revision)),
    )
    .values(state=tables.HELD)
)
_UNSEND = Statement(
    update(_delivery).where(_delivery.c.revision.in_(tables.among())).values(receipt=null(), refusal=null())
)
_ASK_AGAIN = Statement(
    update(_offer)
    .where(
        _offer.c.state == tables.HELD,
        _offer.c.record.in_(tables.among("records")) | _offer.c.patient.in_(tables.among("patients")),
    )
    .values(state=tables.TO_ASK)
)
