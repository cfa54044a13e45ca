"""What was refused is kept, once each, for whoever supports the service; never in a log."""

from __future__ import annotations

import json
from collections.abc import Sequence

from sqlalchemy import Connection

from fieldapp.domain.canonical import sha256_hex
from server.audit import SERVICE, Event, record
from server.db.engine import insert_new
from server.db.tables import rejected
from server.identity.caller import Caller
from server.sync.errors import RefusedItemError
from server.sync.intake import Item


def keep(connection: Connection, at: int, caller: Caller, refused: Sequence[tuple[Item, RefusedItemError]]) -> None:
    """Store refused items as they were sent, at `at` (ms), and note new ones in the audit."""
    events: list[Event] = []
    for item, refusal in refused:
        data = json.dumps(item.wire, sort_keys=True)
        row = {
            "device": caller.device,
            "digest": sha256_hex(data.encode()),
            "code": str(refusal.code),
            "person": caller.person.id,
            "revision": item.id.replace("\0", "") or None,
            "place": (refusal.where or "").replace("\0", "")[:200] or None,
            "data": data,
            "refused_at": at,
        }
        if insert_new(connection, rejected, [row]):
            chain = caller.team_ids[0] if caller.team_ids else SERVICE
            detail = {"code": row["code"], "digest": row["digest"]}
            events.append(Event(chain, caller.person.id, "refused", detail, caller.device))
    record(connection, at, events)
