"""Random schedules of tablets and a server under faults, and that a seed replays exactly. `make simulate` runs more.

To see a failure again, with all that happened: `python -m tests.simulation --schedules 1 --seed N`.
"""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from tests.browser.process import ROOT
from tests.simulation.schedule import Schedule, attempt, replay


@pytest.mark.parametrize("first", range(1, 501, 20))
def test_no_schedule_breaks_an_invariant(first: int) -> None:
    for seed in range(first, first + 20):
        _, failure = attempt(seed)
        assert failure is None, f"seed {seed}: {failure}\n  {replay(seed)}"


def test_one_seed_gives_one_trace() -> None:
    assert Schedule(7).run() == Schedule(7).run()
    assert Schedule(7).run() != Schedule(8).run()


def test_another_process_gives_the_same_trace() -> None:
    code = "from tests.simulation.schedule import Schedule; print(Schedule(11).run())"
    environment = {**os.environ, "PYTHONHASHSEED": "4711"}
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, env=environment, capture_output=True, timeout=120, check=True
    )
    assert done.stdout.decode().split()[-1] == Schedule(11).run()
