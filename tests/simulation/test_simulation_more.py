"""The second half of the 500 seeds, in a file of its own so that two workers share them."""

from __future__ import annotations

import pytest

from tests.simulation.schedule import attempt, replay


@pytest.mark.parametrize("first", range(251, 501, 25))
def test_no_schedule_breaks_an_invariant(first: int) -> None:
    for seed in range(first, first + 25):
        _, failure = attempt(seed)
        assert failure is None, f"seed {seed}: {failure}\n  {replay(seed)}"
