"""`python -m tests.simulation --schedules 10000 --seed 1`: as many schedules as asked, on every core.

Prints the seed of each failure and how to replay it; the exit code is 1 where there was one.
"""

from __future__ import annotations

import argparse
import multiprocessing
import os
import sys
import time
from collections.abc import Generator
from contextlib import contextmanager
from functools import partial

from tests.server.cluster import Cluster
from tests.simulation.schedule import STEPS, attempt, replay
from tests.simulation.world import memory_disk


def main() -> int:
    """Run what the command line asks for."""
    parser = argparse.ArgumentParser(description="Simulate tablets and a server under faults.")
    parser.add_argument("--schedules", type=int, default=500)
    parser.add_argument("--seed", type=int, default=1, help="the first of the seeds, which follow one another")
    parser.add_argument("--steps", type=int, default=STEPS)
    parser.add_argument("--without", default="", help="names of steps to leave out, with commas")
    parser.add_argument("--workers", type=int, default=os.cpu_count() or 1)
    parser.add_argument("--database", choices=["sqlite", "postgresql"], default="sqlite", help="what the server uses")
    options = parser.parse_args()
    with _cluster(options.database) as postgres:
        return _run(options, postgres)


def _run(options: argparse.Namespace, postgres: str | None) -> int:
    without = frozenset(name for name in options.without.split(",") if name)
    seeds = range(options.seed, options.seed + options.schedules)
    one = partial(attempt, steps=options.steps, without=without, verbose=options.schedules == 1, postgres=postgres)
    started, failed = time.monotonic(), 0
    workers = min(options.workers, options.schedules)
    with multiprocessing.get_context("spawn").Pool(workers) if workers > 1 else _Alone() as pool:
        for done, (seed, failure) in enumerate(pool.imap_unordered(one, seeds), 1):
            if failure is not None:
                failed += 1
                print(f"seed {seed}: {failure}\n  {replay(seed, options.database)}", flush=True)
            if done % (500 if postgres is None else 100) == 0:
                print(f"{done} schedules, {failed} failed", flush=True)
        pool.close()
        pool.join()
    minutes = (time.monotonic() - started) / 60
    ran = f"{len(seeds)} schedules from seed {seeds[0]} on {options.database}"
    print(f"{ran}: {failed} failed; {len(seeds) / minutes:.0f} a minute")
    return 1 if failed else 0


@contextmanager
def _cluster(database: str) -> Generator[str | None]:
    """The address of a PostgreSQL of its own for the run, where one is asked for."""
    if database == "sqlite":
        yield None
        return
    cluster = Cluster(folder=memory_disk())
    try:
        yield cluster.uri
    finally:
        cluster.close()


class _Alone:
    """The pool of one: this process."""

    imap_unordered = staticmethod(map)

    def close(self) -> None:
        return

    def join(self) -> None:
        return

    def __enter__(self) -> _Alone:
        return self

    def __exit__(self, *_: object) -> None:
        return


if __name__ == "__main__":
    sys.exit(main())
