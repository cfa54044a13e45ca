"""What a writing transaction tells every server process with its commit, on PostgreSQL. SQLite has no such channel:
there a process watches the file, see `server.sync.moves`. A notice names a team and a position, nothing of a patient.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Final

from sqlalchemy import Connection, text

CHANNEL: Final = "fieldapp_hints"
PEOPLE: Final = "people"
"""The notice that somebody's teams or tablets have changed."""

_NOTIFY = text(f"SELECT pg_notify('{CHANNEL}', notice) FROM unnest(CAST(:notices AS text[])) AS notice")


def announce_moves(connection: Connection, positions: Mapping[str, int]) -> None:
    """Say with the commit that these teams' feeds end at these positions."""
    _announce(connection, (f"{team} {position}" for team, position in positions.items()))


def announce_people(connection: Connection) -> None:
    """Say with the commit that somebody's teams or tablets have changed."""
    _announce(connection, [PEOPLE])


def move_in(notice: str) -> tuple[str, int] | None:
    """Team and position of a notice about a feed; None for any other."""
    team, _, position = notice.partition(" ")
    return (team, int(position)) if position.isascii() and position.isdigit() else None


def _announce(connection: Connection, notices: Iterable[str]) -> None:
    if connection.dialect.name == "postgresql" and (said := list(notices)):
        connection.execute(_NOTIFY, {"notices": said})
