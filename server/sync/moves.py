"""How a process learns which teams' feeds have moved, whichever process moved them: one watch a process, however many
tablets listen.

On PostgreSQL a writer's notice arrives right after its commit (`server.db.notices`). On SQLite the watch asks
`PRAGMA data_version`, a number in shared memory that every commit of another connection changes: at once after a write
of this process, and every `tick` seconds for the others, such as an import by command.
"""

from __future__ import annotations

import asyncio
import logging
import sqlite3
from collections.abc import Mapping
from contextlib import closing
from typing import Any, Final, NoReturn, Protocol

import psycopg
from sqlalchemy import select

from server import logs
from server.db.engine import Database
from server.db.notices import CHANNEL, PEOPLE, move_in
from server.db.tables import teams
from server.errors import ServerError

_COALESCED_S: Final = 0.05
"""Commits that follow one another within this time are looked at together."""
_ALIVE: Final = {"keepalives_idle": 30, "keepalives_interval": 10, "keepalives_count": 3, "connect_timeout": 10}


class Listener(Protocol):
    """Who wants to know; called on the event loop."""

    def moved(self, positions: Mapping[str, int]) -> None:
        """These teams' feeds now end at these positions; some may be where they were."""
        ...

    def people_changed(self) -> None:
        """Somebody's teams or tablets may have changed."""
        ...

    def watching(self) -> None:
        """From now on no commit is missed."""
        ...


async def watch(database: Database, listener: Listener, bell: asyncio.Event, tick: float) -> NoReturn:
    """Tell `listener` until cancelled. `bell` is rung after writes of this process.

    A database that is away is asked again after `tick` seconds; what was missed meanwhile is told then.
    """
    follow = _follow_file if database.is_sqlite else _follow_notices
    while True:
        try:
            await follow(database, listener, bell, tick)
        except (psycopg.Error, sqlite3.Error, ServerError) as error:
            logs.log(logging.WARNING, event="hints_interrupted", trace=logs.trace(error))
        await asyncio.sleep(tick)


async def _follow_file(database: Database, listener: Listener, bell: asyncio.Event, tick: float) -> None:
    with closing(sqlite3.connect(database.path or "", timeout=0, isolation_level=None)) as connection:
        last: int | None = None
        while True:
            bell.clear()
            version: int = connection.execute("PRAGMA data_version").fetchone()[0]
            if version != last:
                last = version
                listener.moved(await asyncio.to_thread(_positions, database))
                listener.people_changed()
            listener.watching()
            if await within(bell, tick):
                await asyncio.sleep(_COALESCED_S)


async def _follow_notices(database: Database, listener: Listener, _bell: asyncio.Event, _tick: float) -> None:
    positional, named = database.engine.dialect.create_connect_args(database.engine.url)
    arguments: dict[str, Any] = {**_ALIVE, **named}
    async with await psycopg.AsyncConnection.connect(*positional, **arguments, autocommit=True) as connection:
        await connection.execute(f"LISTEN {CHANNEL}".encode())
        listener.moved(await asyncio.to_thread(_positions, database))
        listener.people_changed()
        listener.watching()
        async for notice in connection.notifies():
            if notice.payload == PEOPLE:
                listener.people_changed()
            elif (move := move_in(notice.payload)) is not None:
                listener.moved(dict([move]))


async def within(event: asyncio.Event, seconds: float) -> bool:
    """Wait for the event for so long at most; whether it came."""
    try:
        async with asyncio.timeout(seconds):
            await event.wait()
    except TimeoutError:
        return False
    return True


def _positions(database: Database) -> dict[str, int]:
    with database.reading() as connection:
        rows = connection.execute(select(teams.c.team, teams.c.next_position))
        return {row.team: row.next_position - 1 for row in rows}
