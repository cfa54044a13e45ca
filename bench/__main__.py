"""`make bench`: measure, print a Markdown table, put it into a page.

`python -m bench store`, `caseload` or `side`: one part. What a server does a second is `python -m bench.server`.
"""

from __future__ import annotations

import argparse
import os
import platform
import sys
import tempfile
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path

from bench.caseload import caseload
from bench.side import side_by_side
from bench.store import durable_save, unlock_to_today
from bench.timing import Row

BEGIN, END = "<!-- measured: begin -->", "<!-- measured: end -->"
_PARTS = ("store", "caseload", "side")


def main() -> int:
    """Run the chosen parts in a folder that is removed afterwards."""
    parser = argparse.ArgumentParser(prog="bench", description=__doc__)
    parser.add_argument("parts", nargs="*", choices=[*_PARTS, []], help="default: all")
    parser.add_argument(
        "--counts",
        type=int,
        nargs=4,
        default=(1_000, 10_000, 50_000, 100_000),
        help="revisions stored in the part `side`: small, the one compared, large, largest",
    )
    parser.add_argument("--rounds", type=int, default=3, help="of the part `side`")
    parser.add_argument("--write", type=Path, metavar="PAGE.md", help="replace the measured block of this page")
    options = parser.parse_args()
    lines = [f"{datetime.now(UTC):%-d %B %Y}, {_machine()}", "", "| What | Median (range) | Ratio in this run | Goal |"]
    lines.append("|---|---|---|---|")
    print("\n".join(lines), flush=True)
    with tempfile.TemporaryDirectory(prefix="bench-") as place:
        for row in _rows(options.parts or _PARTS, Path(place), options.counts, options.rounds):
            lines.append(row.line())
            print(lines[-1], flush=True)
    if "PEERS_DIR" not in os.environ:
        print("\nPouchDB was not measured: PEERS_DIR names no copy of the peers' harness.", file=sys.stderr)
    if options.write is not None:
        replace_block(options.write, "\n".join(lines))
    return 0


def replace_block(page: Path, text: str) -> None:
    """Put `text` between the marks. Raises ValueError where the page has none, so that nothing else is overwritten."""
    before, begin, rest = page.read_text().partition(BEGIN)
    _, end, after = rest.partition(END)
    if not begin or not end:
        raise ValueError(f"{page.name} has no block between {BEGIN} and {END}.")
    page.write_text(f"{before}{BEGIN}\n{text}\n{END}{after}")


def _rows(parts: Sequence[str], folder: Path, counts: Sequence[int], rounds: int) -> Iterator[Row]:
    if "store" in parts:
        yield from unlock_to_today(folder / "unlock")
        yield from durable_save(folder / "save")
    if "caseload" in parts:
        yield from caseload(folder / "caseload")
    if "side" in parts:
        (folder / "side").mkdir()
        yield from side_by_side(folder / "side", rounds, counts)


def _machine() -> str:
    load = os.getloadavg()[0]
    return f"Python {platform.python_version()}, {os.cpu_count()} cores, {platform.machine()}, load {load:.1f} at start"


if __name__ == "__main__":
    sys.exit(main())
