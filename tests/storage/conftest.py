from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from fieldapp.domain.clock import FixedClock
from fieldapp.storage import Store
from tests.storage.making import START, Maker, fresh


@pytest.fixture
def clock() -> FixedClock:
    return FixedClock(START)


@pytest.fixture
def store(tmp_path: Path, clock: FixedClock) -> Iterator[Store]:
    """A new, unlocked store in `tmp_path`."""
    made = fresh(tmp_path, clock)
    yield made
    made.close()


@pytest.fixture
def make(clock: FixedClock) -> Maker:
    return Maker(clock)
