from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.browser.journey import MadeUpService


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
