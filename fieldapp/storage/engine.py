"""SQLite as the store uses it: every commit is on the disk when it returns, and what is deleted is overwritten."""

from __future__ import annotations

import errno
import sqlite3
from collections.abc import Generator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any, Final, cast
from urllib.parse import quote

from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.exc import DBAPIError
from sqlalchemy.pool import QueuePool

from fieldapp.storage.errors import BusyError, CorruptError, DiskError, DiskFullError, StoreError

BUSY_MS: Final = 10_000

_PRAGMAS: Final = (
    f"PRAGMA busy_timeout = {BUSY_MS}",
    "PRAGMA synchronous = FULL",
    "PRAGMA fullfsync = ON",
    "PRAGMA secure_delete = ON",
    "PRAGMA foreign_keys = ON",
    "PRAGMA temp_store = MEMORY",
    "PRAGMA trusted_schema = OFF",
)


def open_engine(path: Path, *, writer: bool) -> Engine:
    """A pool of connections to an existing database: one that writes, or several that only read."""

    def connect() -> sqlite3.Connection:
        connection = sqlite3.connect(
            _uri(path, "rw"), uri=True, isolation_level=None, check_same_thread=False, cached_statements=256
        )
        for pragma in (*_PRAGMAS, "PRAGMA query_only = OFF" if writer else "PRAGMA query_only = ON"):
            connection.execute(pragma)
        return connection

    engine = create_engine(
        "sqlite://",
        creator=connect,
        poolclass=QueuePool,
        pool_size=1 if writer else 4,
        max_overflow=0 if writer else 16,
        pool_use_lifo=True,
        hide_parameters=True,
    )

    def begin(connection: Connection) -> None:
        driver(connection).execute("BEGIN IMMEDIATE" if writer else "BEGIN")

    event.listen(engine, "begin", begin)
    return engine


def driver(connection: Connection) -> sqlite3.Connection:
    """The driver's connection, inside SQLAlchemy's transaction."""
    return cast("sqlite3.Connection", connection.connection.driver_connection)


def create_database(path: Path) -> Engine:
    """An engine on a new file, in rollback mode until `finish_database`."""

    def connect() -> sqlite3.Connection:
        connection = sqlite3.connect(_uri(path, "rwc"), uri=True)
        for pragma in _PRAGMAS:
            connection.execute(pragma)
        return connection

    return create_engine("sqlite://", creator=connect, poolclass=QueuePool, hide_parameters=True)


def finish_database(path: Path, *, schema: int, application_id: int) -> None:
    """Mark the new file as ours and switch it to a write-ahead log."""
    with closing(sqlite3.connect(_uri(path, "rw"), uri=True)) as connection:
        connection.execute(f"PRAGMA application_id = {application_id}")
        connection.execute(f"PRAGMA user_version = {schema}")
        connection.execute("PRAGMA synchronous = FULL")
        connection.execute("PRAGMA journal_mode = WAL")


@contextmanager
def untouched(path: Path) -> Generator[sqlite3.Connection, None, None]:
    """A connection that leaves the database file as it is, byte for byte, even where a log waits to be taken in."""
    with translated(), closing(sqlite3.connect(_uri(path, "ro"), uri=True)) as connection:
        connection.execute(f"PRAGMA busy_timeout = {BUSY_MS}")
        yield connection


@contextmanager
def translated() -> Generator[None, None, None]:
    """Turns the driver's and the platform's errors into the store's; neither statements nor values are in them."""
    try:
        yield
    except DBAPIError as error:
        raise _translation(error.orig) from None
    except sqlite3.Error as error:
        raise _translation(error) from None
    except OSError as error:
        full = error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
        raise (DiskFullError if full else DiskError)() from None


def _uri(path: Path, mode: str) -> str:
    return f"file:{quote(str(path.absolute()))}?mode={mode}"


def _translation(error: Any) -> StoreError:
    code = int(getattr(error, "sqlite_errorcode", 0) or 0)
    found = _EXTENDED.get(code) or _PRIMARY.get(code & 0xFF)
    if found is not None:
        return found()
    return StoreError(f"The tablet's store could not do this (SQLite error {code}). Nothing was changed; try again.")


_EXTENDED: Final[dict[int, type[StoreError]]] = {
    sqlite3.SQLITE_IOERR_WRITE: DiskFullError,
    sqlite3.SQLITE_IOERR_SHMSIZE: DiskFullError,
}
_PRIMARY: Final[dict[int, type[StoreError]]] = {
    sqlite3.SQLITE_FULL: DiskFullError,
    sqlite3.SQLITE_IOERR: DiskError,
    sqlite3.SQLITE_CANTOPEN: DiskError,
    sqlite3.SQLITE_READONLY: DiskError,
    sqlite3.SQLITE_BUSY: BusyError,
    sqlite3.SQLITE_LOCKED: BusyError,
    sqlite3.SQLITE_CORRUPT: CorruptError,
    sqlite3.SQLITE_NOTADB: CorruptError,
}
