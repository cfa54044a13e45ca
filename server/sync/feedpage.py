"""One page of a feed, read by bytes: stored text goes out as it is, and no more of it is read than fits."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Column, ColumnElement, Connection, Row, and_, func, or_, select

from server.db.tables import caseload, feed

_MOST_ROWS = 4096


@dataclass
class PageText:
    """The items of a page as text; `left` is how many bytes it may still take."""

    left: int
    items: list[str] = field(default_factory=list[str])

    @property
    def full(self) -> bool:
        """Whether the page must end."""
        return self.left <= 0

    def add(self, kind: str, text: str, size: int) -> None:
        """Put one item in."""
        self.items.append(f'{{"revision":{text}}}' if kind == "revision" else text)
        self.left -= size


def read(
    connection: Connection, page: PageText, team: str, where: ColumnElement[bool], order: Sequence[Column[Any]]
) -> tuple[Row[*tuple[Any, ...]] | None, bool]:
    """Add what fits of the team's feed. Returns the last row added, and whether everything was.

    Served is what belongs to a patient's current stay, while it lasts; and that it ended.
    """
    now = and_(caseload.c.team == feed.c.team, caseload.c.patient == feed.c.patient, caseload.c.spell == feed.c.spell)
    shown = or_(caseload.c.active, feed.c.item == "left")
    some = (
        select(feed.c.patient, feed.c.position, feed.c.size)
        .join(caseload, now)
        .where(feed.c.team == team, where, shown)
        .order_by(*order)
        .limit(_MOST_ROWS)
        .subquery()
    )
    ordered = [some.c[column.name] for column in order]
    before = (func.sum(some.c.size).over(order_by=ordered) - some.c.size).label("before")
    sized = select(some.c.patient, some.c.position, before).subquery()
    query = (
        select(feed.c.patient, feed.c.position, feed.c.item, feed.c.size, feed.c.data)
        .join(sized, and_(feed.c.team == team, feed.c.position == sized.c.position))
        .where(sized.c.before < page.left)
        .order_by(*(sized.c[column.name] for column in order))
    )
    rows = connection.execute(query).all()
    for row in rows:
        page.add(row.item, row.data, row.size)
    return (rows[-1] if rows else None), not page.full and len(rows) < _MOST_ROWS
