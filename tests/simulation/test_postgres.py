"""The same schedules with the server on PostgreSQL. `make simulate DATABASE=postgresql` runs as many as asked."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.server.cluster import Cluster
from tests.simulation.schedule import Schedule
from tests.simulation.world import memory_disk


@pytest.fixture(scope="module")
def postgres() -> Iterator[str]:
    cluster = Cluster(folder=memory_disk())
    yield cluster.uri
    cluster.close()


@pytest.mark.parametrize("seed", range(1001, 1004))
def test_the_same_story_on_either_database(seed: int, postgres: str) -> None:
    assert Schedule(seed, postgres=postgres).run() == Schedule(seed).run()
