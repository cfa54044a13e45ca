"""Bring a database to this version's schema: forward only, in one transaction, after a copy of an older file."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, text

from fieldapp.domain.clock import Clock
from server.db.engine import Database
from server.db.service import Service, load_service, prepare_service
from server.errors import SchemaMissingError, SchemaNewerError

_MIGRATIONS = Path(__file__).resolve().parent.parent / "migrations"
_LOCK = 7_046_029_254
"""PostgreSQL's advisory lock while the schema changes."""


def prepare(database: Database, clock: Clock) -> Service:
    """Create or upgrade the schema and the service's keys; repeating it changes nothing.

    Raises:
        SchemaNewerError: a newer version has been here; the database is left as it is.
        BusyError
    """
    with database.reading() as connection:
        before = _version(connection)
    if before is not None and before != _newest() and database.path is not None:
        _copy(database.path, before)

    def upgrade(connection: Connection) -> Service:
        if not database.is_sqlite:
            connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _LOCK})
        if _version(connection) != _newest():
            config = _config()
            config.attributes["connection"] = connection
            command.upgrade(config, "head")
        prepare_service(connection, clock)
        return load_service(connection)

    return database.write(upgrade)


def check(database: Database) -> Service:
    """The service of a database whose schema is this version's.

    Raises:
        SchemaMissingError, SchemaNewerError
    """
    with database.reading() as connection:
        if _version(connection) != _newest():
            raise SchemaMissingError
        return load_service(connection)


def _version(connection: Connection) -> str | None:
    version = MigrationContext.configure(connection).get_current_revision()
    known = {script.revision for script in ScriptDirectory.from_config(_config()).walk_revisions()}
    if version is not None and version not in known:
        raise SchemaNewerError
    return version


def _newest() -> str | None:
    return ScriptDirectory.from_config(_config()).get_current_head()


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(_MIGRATIONS).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    return config


def _copy(path: Path, version: str) -> None:
    target = path.with_name(f"{path.name}.before-{version}")
    if target.exists():
        return
    target.touch(mode=0o600)
    with closing(sqlite3.connect(path)) as source, closing(sqlite3.connect(target)) as copy:
        source.backup(copy)
