from __future__ import annotations

import logging
from collections.abc import Iterator
from pathlib import Path

import pytest

from fieldapp.domain.clock import FixedClock
from server.config import Limits, Rate, Settings
from tests.acceptance.bad_server import assert_gapless
from tests.browser.journey import MadeUpService
from tests.server.world import START, Tablet, World

ENDLESS = Rate(1e6, 1_000_000)


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[MadeUpService]:
    """The made-up service, its server in a process of its own."""
    made = MadeUpService(tmp_path_factory.mktemp("service"))
    made.start()
    yield made
    made.stop()


@pytest.fixture
def store(tmp_path: Path) -> Path:
    """The folder of a tablet that is not set up yet."""
    return tmp_path / "tablet"


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """A server that waits a quarter of a second for the next part of a body, and half a second for the whole."""
    world = World(f"sqlite:///{tmp_path_factory.mktemp('bad') / 'server.db'}", FixedClock(START))
    limits = Limits(ENDLESS, ENDLESS, ENDLESS, ENDLESS, body_idle_s=0.25, body_s=0.5)
    world.settings = Settings(database=world.url, limits=limits)
    yield world
    world.close()


@pytest.fixture(scope="module")
def nurse(world: World) -> Tablet:
    return world.tablet("Ann Lee", world.team("Home ward"))


@pytest.fixture(scope="module")
def patient(nurse: Tablet) -> str:
    return nurse.new_patient()


class Heard(logging.Handler):
    """The fields of every line that the server logs."""

    def __init__(self) -> None:
        super().__init__()
        self.said: list[dict[str, object]] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.said.append(getattr(record, "fields", {}))


@pytest.fixture
def unharmed(world: World, nurse: Tablet, patient: str) -> Iterator[None]:
    """After each test the server still serves, its feeds have no gap, and nothing went wrong inside it."""
    heard, logger = Heard(), logging.getLogger("server")
    logger.addHandler(heard)
    logger.setLevel(logging.INFO)
    yield
    assert nurse.send("GET", "/v1/me").status_code == 200
    logger.removeHandler(heard)
    logger.setLevel(logging.NOTSET)
    assert_gapless(world)
    assert [line["trace"] for line in heard.said if "trace" in line] == []
    assert any(line.get("route") == "/v1/me" for line in heard.said)
    assert 500 not in [line.get("status") for line in heard.said]
