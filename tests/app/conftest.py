from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.app.running import Running
from tests.app.ward import Ward


@pytest.fixture(scope="session")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """A real server in its own process, with a team, a nurse, a therapist and invented patients."""
    made = Running(tmp_path_factory.mktemp("service"))
    made.start()
    yield made
    made.stop()


@pytest.fixture
def store(tmp_path: Path) -> Path:
    """The folder of a tablet that is not set up yet."""
    return tmp_path / "tablet"


@pytest.fixture
def ward(tmp_path: Path) -> Iterator[Ward]:
    """A nurse's unlocked tablet at 14:02, without a server."""
    made = Ward(tmp_path / "ward")
    yield made
    made.store.close()
