"""Every fault seeded into the product is caught by the simulation within a bounded number of schedules."""

from __future__ import annotations

import pytest

from tests.simulation.mutations import MUTATIONS, Mutation
from tests.simulation.schedule import attempt


@pytest.mark.parametrize("mutation", MUTATIONS, ids=lambda mutation: mutation.name.replace(" ", "_"))
def test_a_seeded_fault_is_caught(mutation: Mutation) -> None:
    caught = mutation.caught()
    assert caught is not None, f"{mutation.name}: not noticed in {mutation.within} schedules"
    _, failure = attempt(caught[0], favour=mutation.favour)
    assert failure is None, "the same schedule holds without the fault"
