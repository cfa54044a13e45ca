"""One database, SQLite or PostgreSQL, with transactions for reading and for writing."""

from __future__ import annotations

import logging
import os
import sqlite3
import threading
from collections.abc import Callable, Generator, Mapping, Sequence
from contextlib import contextmanager, nullcontext
from pathlib import Path
from typing import Any, TypeVar

from sqlalchemy import Connection, Engine, Table, create_engine, event, make_url
from sqlalchemy.dialects.postgresql import insert as postgresql_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert
from sqlalchemy.engine import URL
from sqlalchemy.exc import (
    ArgumentError,
    DatabaseError,
    DataError,
    DBAPIError,
    IntegrityError,
    InterfaceError,
    OperationalError,
)
from sqlalchemy.exc import TimeoutError as PoolTimeoutError

from server import logs
from server.db.notices import forget_notices, notify, take_notices
from server.errors import BusyError, DamagedError, MalformedError

T = TypeVar("T")
Row = Mapping[str, Any]

_TRIES = 4
_RETRIED = {"40001", "40P01"}
"""PostgreSQL: serialization failure, deadlock."""
_AWAY = (OperationalError, InterfaceError, PoolTimeoutError)
"""The database is locked, full, restarting, or somewhere else now; or every connection to it is in use."""
_CONNECT_SECONDS = 5


class RacedError(Exception):
    """Another writer got there first; the transaction is done again."""


class Database:
    """Transactions on one database. Safe to share between threads; `close` when done.

    `on_write` is called after each commit, in the writer's thread.
    """

    def __init__(self, url: str) -> None:
        target = _target(url)
        self.is_sqlite = target.get_backend_name() == "sqlite"
        self.path = Path(target.database) if self.is_sqlite and target.database else None
        self.engine = self._sqlite(target) if self.is_sqlite else _postgresql(target)
        self._writer = self.engine.execution_options(writes=True)
        self._speaker = self.engine.execution_options(isolation_level="AUTOCOMMIT")
        self._one_writer = threading.Lock()
        self.on_write: Callable[[], None] | None = None

    def _sqlite(self, target: URL) -> Engine:
        if self.path is None or str(self.path) == ":memory:":
            raise MalformedError("The database must be a file, such as sqlite:///var/server.db.")
        _create_private(self.path)
        engine = create_engine(target, hide_parameters=True, pool_size=8, max_overflow=40)
        event.listen(engine, "connect", _prepare_sqlite)
        event.listen(engine, "begin", _begin_sqlite)
        return engine

    @contextmanager
    def reading(self) -> Generator[Connection]:
        """A read transaction with one view of everything. Raises BusyError, DamagedError."""
        options = {} if self.is_sqlite else {"isolation_level": "REPEATABLE READ"}
        try:
            with self.engine.connect().execution_options(**options) as connection, connection.begin():
                yield connection
        except _AWAY as error:
            raise BusyError from error
        except DatabaseError as error:
            raise _damage(error) from error

    def write(self, work: Callable[[Connection], T]) -> T:
        """Run `work` in one transaction and return its result after the commit.

        Done again after a deadlock or a lost race, so `work` must change nothing but the database.

        Raises:
            BusyError: the database is locked, full or away; nothing was changed.
            DamagedError: its file cannot be read.
        """
        result, notices = self._write(work)
        if self.on_write is not None:
            self.on_write()
        if notices:
            self._notify(notices)
        return result

    def _write(self, work: Callable[[Connection], T]) -> tuple[T, list[str]]:
        for left in reversed(range(_TRIES)):
            try:
                with nullcontext() if not self.is_sqlite else self._one_writer, self._writer.begin() as connection:
                    forget_notices(connection)
                    return work(connection), take_notices(connection)
            except RacedError as error:
                if not left:
                    raise BusyError from error
            except _AWAY as error:
                if not left or getattr(getattr(error, "orig", None), "sqlstate", None) not in _RETRIED:
                    raise BusyError from error
            except DatabaseError as error:
                raise _damage(error) from error
        raise BusyError

    def _notify(self, notices: Sequence[str]) -> None:
        """What was written is written: a notice that cannot be given is missed, and found later."""
        try:
            with self._speaker.connect() as connection:
                notify(connection, notices)
        except (DBAPIError, PoolTimeoutError) as error:
            logs.log(logging.WARNING, event="hints_interrupted", trace=logs.trace(error))

    def close(self) -> None:
        """Close every connection."""
        self.engine.dispose()


def upsert(connection: Connection, table: Table, rows: Sequence[Row]) -> None:
    """Insert rows; where the primary key is there already, replace the other columns."""
    if not rows:
        return
    insert = sqlite_insert if connection.dialect.name == "sqlite" else postgresql_insert
    statement = insert(table)
    keys = [column.name for column in table.primary_key.columns]
    changed = {name: statement.excluded[name] for name in rows[0] if name not in keys}
    connection.execute(statement.on_conflict_do_update(index_elements=keys, set_=changed), list(rows))


def insert_new(connection: Connection, table: Table, rows: Sequence[Row]) -> int:
    """Insert the rows whose primary key is not there yet, in their order. Returns how many."""
    insert = sqlite_insert if connection.dialect.name == "sqlite" else postgresql_insert
    keys = [column.name for column in table.primary_key.columns]
    count = 0
    for row in rows:
        statement = insert(table).values(**row).on_conflict_do_nothing(index_elements=keys)
        result = connection.execute(statement, execution_options={"preserve_rowcount": True})
        count += result.rowcount
    return count


def is_data_fault(error: DBAPIError) -> bool:
    """Whether the database refused what was to be stored, and not the storing as such."""
    return isinstance(error, DataError | IntegrityError)


def _damage(error: DatabaseError) -> Exception:
    code = getattr(error.orig, "sqlite_errorcode", None)
    return DamagedError() if code in (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB) else error


def _target(url: str) -> URL:
    if "://" not in url:
        url = f"sqlite:///{url}"
    try:
        target = make_url(url)
    except ArgumentError as error:
        raise MalformedError("The database address is not one, such as sqlite:///var/server.db.") from error
    if target.drivername in ("postgres", "postgresql"):
        target = target.set(drivername="postgresql+psycopg")
    if target.get_backend_name() not in ("sqlite", "postgresql"):
        raise MalformedError("Only SQLite and PostgreSQL databases are supported.")
    return target


def _postgresql(target: URL) -> Engine:
    """A connection is asked for a sign of life before each transaction, so that after a restart or a failover of the
    database the process goes on with new ones."""
    patience = {} if "connect_timeout" in target.query else {"connect_timeout": _CONNECT_SECONDS}
    return create_engine(
        target, hide_parameters=True, pool_size=10, max_overflow=30, pool_pre_ping=True, connect_args=patience
    )


def _create_private(path: Path) -> None:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        os.close(os.open(path, os.O_RDWR | os.O_CREAT, 0o600))
    except OSError as error:
        raise DamagedError from error


def _prepare_sqlite(dbapi_connection: Any, _record: object) -> None:
    dbapi_connection.isolation_level = None
    cursor = dbapi_connection.cursor()
    for pragma in (
        "busy_timeout=10000",
        "journal_mode=WAL",
        "synchronous=FULL",
        "foreign_keys=ON",
        "recursive_triggers=ON",
        "cache_size=-16000",
    ):
        cursor.execute(f"PRAGMA {pragma}").fetchall()
    cursor.close()


def _begin_sqlite(connection: Connection) -> None:
    writes = connection.get_execution_options().get("writes", False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")
