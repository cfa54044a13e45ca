"""What a restored server lacks of what a tablet holds."""

from __future__ import annotations

from sqlalchemy import Connection, select

from fieldapp.domain.clock import Clock
from fieldapp.sync.wire import MAX_OFFERS, OFFER_HASH_CHARS, OfferReply, OfferRequest
from server.db.queries import chunks
from server.db.service import Service
from server.db.tables import receipts
from server.errors import MalformedError
from server.times import now_ms


def wanted(connection: Connection, clock: Clock, service: Service, message: OfferRequest) -> OfferReply:
    """The offers that the server has not, in their order. An id is had only under the hash that was offered, so that
    the answer tells nothing to those who do not hold the revision.

    Raises:
        MalformedError: too many at once, or a name that is none.
    """
    offers = message.offers
    if len(offers) > MAX_OFFERS:
        raise MalformedError(f"At most {MAX_OFFERS} revisions can be offered at once.")
    if any(not 0 < len(name) <= 36 or "\0" in name for name in offers):
        raise MalformedError("An offer does not name a revision.")
    had: set[str] = set()
    for some in chunks(sorted(offers)):
        query = select(receipts.c.revision, receipts.c.hash).where(receipts.c.revision.in_(some))
        for row in connection.execute(query):
            if row.hash[:OFFER_HASH_CHARS] == offers[row.revision]:
                had.add(row.revision)
    return OfferReply(wanted=[name for name in offers if name not in had], epoch=service.epoch, now=now_ms(clock))
