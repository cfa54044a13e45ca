"""Links that patients are sent: one visit each, only a hash stored, dead two hours after the visit."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Row, and_, select

from fieldapp.domain.clock import Clock
from fieldapp.domain.ids import new_id
from server.audit import SERVICE, Event, record
from server.db.tables import caseload, links, visits
from server.errors import NotFoundError
from server.identity.people import ADMINISTRATOR
from server.pages import hash_token, link_expiry, new_token
from server.times import from_ms, now_ms

_WAITING = timedelta(hours=10)
"""How much longer a link lives while nobody has said that the visit is over: the patient may be waiting."""


def make_link(connection: Connection, clock: Clock, visit: str, base_url: str) -> str:
    """A new address of the visit's page under `base_url`; older ones stay good. Raises NotFoundError."""
    if visit_row(connection, visit) is None:
        raise NotFoundError("There is no such visit.")
    token = new_token()
    now = now_ms(clock)
    row = {"hash": hash_token(token), "link": new_id(clock), "visit": visit, "made_at": now}
    connection.execute(links.insert().values(row))
    record(connection, now, [Event(SERVICE, ADMINISTRATOR, "link", {"visit": visit})])
    return f"{base_url.rstrip('/')}/v/{token}"


def visit_row(connection: Connection, visit: str) -> Row[Any] | None:
    """The visit's current state, from a partition that is kept up to date."""
    query = (
        select(visits)
        .join(caseload, and_(caseload.c.team == visits.c.team, caseload.c.patient == visits.c.patient))
        .where(visits.c.visit == visit)
        .order_by(caseload.c.active.desc(), visits.c.heard_at.desc(), visits.c.team)
        .limit(1)
    )
    return connection.execute(query).one_or_none()


def dies_at(row: Row[Any]) -> datetime:
    """When the links of a visit (a row of `visits`) stop working."""
    if row.finished_at is not None:
        return link_expiry(from_ms(row.finished_at))
    end = from_ms(row.window_end)
    return link_expiry(end if row.status in ("done", "cancelled") else end + _WAITING)
