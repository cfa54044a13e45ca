from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from fieldapp.domain.clock import FixedClock
from server.db import schema
from server.db.engine import Database
from server.db.tables import metadata
from tests.server.cluster import Cluster
from tests.server.world import START, Tablet, World


@pytest.fixture(scope="session")
def postgres() -> Iterator[str]:
    """The address of a PostgreSQL of its own with this version's schema; it is gone at the end."""
    cluster = Cluster()
    database = Database(cluster.uri)
    schema.prepare(database, FixedClock(START))
    database.close()
    yield cluster.uri
    cluster.close()


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
