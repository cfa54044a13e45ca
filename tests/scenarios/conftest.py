from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.scenarios.ward import Ward, opened
from tests.simulation.world import Tablet


@pytest.fixture
def ward(tmp_path: Path) -> Iterator[Ward]:
    """The server, and no tablet yet."""
    with opened(tmp_path) as made:
        yield made


@pytest.fixture
def anna(ward: Ward) -> Tablet:
    """Synced once; in the first two teams."""
    return ward.tablet(0)


@pytest.fixture
def ben(ward: Ward) -> Tablet:
    """Synced once; in the first two teams."""
    return ward.tablet(1)


@pytest.fixture
def cara(ward: Ward) -> Tablet:
    """Synced once; in the first team."""
    return ward.tablet(2)
