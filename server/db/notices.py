"""What a writer tells every server process once its transaction is committed, on PostgreSQL. SQLite has no such
channel: there a process watches the file, see `server.sync.moves`. A notice names a team and a position, nothing of a
patient.

The notice is not part of the transaction: a commit with NOTIFY in it holds a lock of the whole PostgreSQL server until
it is on disk, so that teams that have nothing to do with each other would wait for one another. One that is lost,
because the process dies between the two, is made good by the listeners' own look (`server.sync.hints`).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from sqlalchemy import Connection, text

CHANNEL: Final = "fieldapp_hints"
PEOPLE: Final = "people"
"""The notice that somebody's teams or tablets have changed."""

_KEPT: Final = "fieldserver.notices"
_NOTIFY = text(f"SELECT pg_notify('{CHANNEL}', notice) FROM unnest(CAST(:notices AS text[])) AS notice")


def announce_moves(connection: Connection, positions: Mapping[str, int]) -> None:
    """Have it said after the commit that these teams' feeds end at these positions."""
    _kept(connection).update({team: f"{team} {position}" for team, position in positions.items()})


def announce_people(connection: Connection) -> None:
    """Have it said after the commit that somebody's teams or tablets have changed."""
    _kept(connection)[PEOPLE] = PEOPLE


def forget_notices(connection: Connection) -> None:
    """A transaction begins: what an earlier one did not bring to its commit is not said."""
    _kept(connection).clear()


def take_notices(connection: Connection) -> list[str]:
    """What is to be said once this transaction is committed."""
    kept = _kept(connection)
    taken = list(kept.values()) if connection.dialect.name == "postgresql" else []
    kept.clear()
    return taken


def notify(connection: Connection, notices: Sequence[str]) -> None:
    """Say it, in a transaction of its own."""
    connection.execute(_NOTIFY, {"notices": list(notices)})


def move_in(notice: str) -> tuple[str, int] | None:
    """Team and position of a notice about a feed; None for any other."""
    team, _, position = notice.partition(" ")
    return (team, int(position)) if position.isascii() and position.isdigit() else None


def _kept(connection: Connection) -> dict[str, str]:
    return connection.info.setdefault(_KEPT, {})
