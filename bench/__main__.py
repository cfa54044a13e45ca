"""`make bench`: measure and print a Markdown table. `python -m bench store` or `pull` runs one part."""

from __future__ import annotations

import argparse
import os
import platform
import sys
import tempfile
from pathlib import Path

from bench.first_pull import first_pull
from bench.store import durable_save, unlock_to_today


def main() -> int:
    """Run the chosen parts in a folder that is removed afterwards."""
    parser = argparse.ArgumentParser(prog="bench", description=__doc__)
    parser.add_argument("parts", nargs="*", choices=["store", "pull", []], help="default: all")
    parser.add_argument("--count", type=int, default=10_000, help="revisions in the first pull")
    parser.add_argument("--rounds", type=int, default=3)
    options = parser.parse_args()
    parts: list[str] = options.parts or ["store", "pull"]
    print(f"Python {platform.python_version()}, {os.cpu_count()} cores, {platform.machine()}\n")
    print("| What | Median ms (range) | Ratio in this run |\n|---|---|---|", flush=True)
    with tempfile.TemporaryDirectory(prefix="bench-") as place:
        folder = Path(place)
        if "store" in parts:
            for row in [*unlock_to_today(folder / "unlock"), *durable_save(folder / "save")]:
                print(row.line(), flush=True)
        if "pull" in parts:
            for row in first_pull(folder, options.count, options.rounds):
                print(row.line(), flush=True)
            if "PEERS_DIR" not in os.environ:
                print("\nPouchDB was not measured: PEERS_DIR names no copy of the peers' harness.", file=sys.stderr)
    return 0


if __name__ == "__main__":
    sys.exit(main())
