"""`python -m tests.soak --kills 1000 --seed 1`: real processes, really killed; then every promise is checked.

The seed decides what each process does and when it is killed; how far it has got by then the machine decides.
"""

from __future__ import annotations

import argparse
import shutil
import sys
import tempfile
import time
from collections.abc import Generator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from tests.server.cluster import Cluster
from tests.simulation.world import memory_disk
from tests.soak.storm import Again, bring_history, first_pulls, storm, ward_on
from tests.soak.verdict import verdict
from tests.soak.zygote import Zygote

ROUND = 100
"""Kills after which everything is healed and checked, and a new ward begins."""


def main() -> int:
    """Run what the command line asks for. A failure is raised, with the seed before it."""
    parser = argparse.ArgumentParser(prog="python -m tests.soak", description=__doc__)
    parser.add_argument("--kills", type=int, default=1000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--database", choices=["sqlite", "postgresql"], default="sqlite")
    options = parser.parse_args()
    started, killed, seed = time.monotonic(), 0, options.seed
    with ExitStack() as running:
        zygote = Zygote()
        running.callback(zygote.close)
        while killed < options.kills:
            wanted = min(ROUND, options.kills - killed)
            print(f"seed {seed}: ", end="", flush=True)
            with _cluster(options.database) as cluster, folder() as place:
                print(soaked(zygote, place, str(seed), wanted, cluster), flush=True)
            killed, seed = killed + wanted, seed + 1
    print(f"{killed} kills on {options.database} in {time.monotonic() - started:.0f} s: nothing lost")
    return 0


def soaked(zygote: Zygote, place: Path, seed: str, kills: int, cluster: Cluster | None = None) -> str:
    """One ward, a quarter of its kills during first pulls; everything checked. Returns what was seen, in words.

    Raises:
        AssertionError: what does not hold.
    """
    ward = ward_on(zygote, place, seed, cluster)
    try:
        bring_history(ward)
        pulling = kills // 4
        plain = first_pulls(ward, "new0", pulling // 2, ahead=False)
        ahead = first_pulls(ward, "new1", pulling - pulling // 2, ahead=True)
        within(plain, 1)
        within(ahead, 2)
        storm(ward, kills - plain.kills - ahead.kills, cluster)
        ward.heal()
        tally = verdict(ward)
    finally:
        ward.stop()
    return f"{tally}; pulled again {plain}, ahead {ahead}"


def within(again: Again, pages: int) -> None:
    """Each kill cost at most so many pages: the one being stored, and the one on its way meanwhile, if any."""
    assert again.pages >= 10, again
    assert again.sent <= pages * again.kills, again
    assert again.bytes <= pages * again.kills * again.largest, again


@contextmanager
def folder() -> Generator[Path]:
    """Where waiting for the disk costs nothing: a kill of a process leaves the operating system's memory as it is."""
    place = Path(tempfile.mkdtemp(prefix="soak-", dir=memory_disk()))
    try:
        yield place
    finally:
        shutil.rmtree(place)


@contextmanager
def _cluster(database: str) -> Generator[Cluster | None]:
    if database == "sqlite":
        yield None
        return
    cluster = Cluster("kept", folder=memory_disk())
    try:
        yield cluster
    finally:
        cluster.close()


if __name__ == "__main__":
    sys.exit(main())
