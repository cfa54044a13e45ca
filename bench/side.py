"""The whole product beside PouchDB and the bare floor: every step of the peers' harness, in interleaved rounds."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from functools import partial
from pathlib import Path

from bench.peers import Peers, Steps, with_notes
from bench.teams import Source, Team, serve
from bench.timing import Goal, Row, at_least, at_most, paired

PORT = 18790
_URL = f"http://127.0.0.1:{PORT}"
Found = dict[str, list[Steps]]
"""What each arm printed, once a round."""


class Ours:
    """Our arm: a database filled once, of which each run gets a copy and a server of its own."""

    def __init__(self, folder: Path, count: int, source: Source = "made") -> None:
        self._folder, self._count, self._source = folder / f"{source}-{count}", count, source
        self._folder.mkdir()
        team = Team(self._folder / "seed.db")
        team.fill(count, source)
        team.close()

    def run(self) -> Steps:
        """Every step of one new tablet."""
        copy = self._folder / "server.db"
        shutil.copy(self._folder / "seed.db", copy)
        team, found = Team(copy), dict[str, dict[str, float]]()
        with ExitStack() as running:
            running.callback(team.close)
            serve(running, copy, PORT)
            command = [sys.executable, "-m", "bench.client", str(self._folder / "tablet"), _URL, team.code()]
            more = ["--notes"] if self._source == "notes" else []
            client = subprocess.Popen(
                [*command, str(self._count), *more], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
            )
            assert client.stdin is not None
            assert client.stdout is not None
            for line in client.stdout:
                step = json.loads(line)
                found[step["step"]] = step
                if step["step"] == "changes":
                    team.change(100)
                    client.stdin.write("\n")
                    client.stdin.flush()
            client.stdin.close()
            if client.wait(60):
                raise RuntimeError("The tablet's process failed.")
        for left in self._folder.glob("server.db*"):
            left.unlink()
        shutil.rmtree(self._folder / "tablet")
        return found


def side_by_side(folder: Path, rounds: int, counts: Sequence[int] = (1_000, 10_000, 50_000, 100_000)) -> Iterator[Row]:
    """All rows; without `PEERS_DIR` only ours. `counts`: small, the one compared, large, and largest."""
    small, usual, large, largest = counts
    home = os.environ.get("PEERS_DIR")
    with ExitStack() as running:
        arms: dict[str, Callable[[], Steps]] = {
            "ours": Ours(folder, usual).run,
            "imported": Ours(folder, usual, "imported").run,
            "small": Ours(folder, small).run,
            "large": Ours(folder, large).run,
            "largest": Ours(folder, largest).run,
        }
        if home is not None:
            peers = Peers(Path(home), folder)
            peers.start(running)
            arms |= {
                "pouch100": partial(peers.pouch, usual, 100),
                "pouch1000": partial(peers.pouch, usual, 1000),
                "floor": partial(peers.floor, usual),
                "large pouch100": partial(peers.pouch, large, 100),
                "large pouch1000": partial(peers.pouch, large, 1000),
            }
        found: Found = {name: [] for name in arms}
        for _ in range(rounds):
            for name, arm in arms.items():
                found[name].append(arm())
    yield from _pull_rows(found, usual, large)
    yield from _change_rows(found, small, usual, largest)
    yield from _push_rows(found, small, usual, large)
    yield from _memory_rows(found, usual, large)
    yield from _bytes_rows(found, usual, "observation")
    yield from _notes_rows(folder, small)


def _pull_rows(found: Found, usual: int, large: int) -> Iterator[Row]:
    yield Row(f"first pull of {usual:,} revisions, whole product", _of(found, "ours", "pull"))
    yield from _against(
        found,
        "pull",
        {
            "pouch100": (f"PouchDB, {usual:,} documents, batch 100", at_least(5)),
            "pouch1000": (f"PouchDB, {usual:,} documents, batch 1000", at_least(4)),
        },
    )
    if "floor" in found:
        yield Row(
            f"bare floor (no proof, checks or signatures), {usual:,} rows; ours is",
            _of(found, "floor", "pull"),
            _ratio(found, ("ours", "pull"), ("floor", "pull")),
            "the floor",
            goal=at_most(2),
        )
    yield Row(
        "first pull, every entry imported and vouched for by the server's signature of its page",
        _of(found, "imported", "pull"),
        _ratio(found, ("imported", "pull"), ("ours", "pull")),
        "ours as tablets made it",
    )
    each = _ratio(found, ("large", "pull"), ("ours", "pull")) * usual / large
    yield Row(
        f"first pull of {large:,}, per entry", _of(found, "large", "pull"), each, f"{usual:,}'s", goal=at_most(1.3)
    )


def _change_rows(found: Found, small: int, usual: int, largest: int) -> Iterator[Row]:
    yield Row(f"100 changes, {small:,} stored", _of(found, "small", "incr100"))
    yield Row(
        f"100 changes, {largest:,} stored",
        _of(found, "largest", "incr100"),
        _ratio(found, ("largest", "incr100"), ("small", "incr100")),
        f"{small:,}'s",
        goal=at_most(1.5),
    )
    yield Row(f"100 changes, {usual:,} stored", _of(found, "ours", "incr100"))
    yield from _against(found, "incr100", {"pouch100": (f"PouchDB, 100 changes of {usual:,}", at_least(4))})
    yield Row("idle sync", _of(found, "ours", "noop"))
    if "pouch100" in found:
        yield Row(
            "PouchDB, nothing new; ours is",
            _of(found, "pouch100", "noop"),
            _ratio(found, ("ours", "noop"), ("pouch100", "noop")),
            "PouchDB's",
            goal=at_most(0.2),
        )
    both = [step["noop"]["up"] + step["noop"]["down"] for step in found["ours"]]
    yield Row("idle sync, requests", [step["noop"]["reqs"] for step in found["ours"]], unit="", goal=at_most(1, ""))
    yield Row("idle sync, all that is sent and received", both, unit="bytes", goal=at_most(400, "bytes"))


def _push_rows(found: Found, small: int, usual: int, large: int) -> Iterator[Row]:
    yield Row(f"first push of 1,100 after a pull of {usual:,}", _of(found, "ours", "push1100"))
    yield from _against(found, "push1100", {"pouch100": (f"PouchDB, the same after {usual:,}", at_least(10))})
    flat = _ratio(found, ("large", "push1100"), ("small", "push1100"))
    what = f"first push of 1,100 after {large:,}"
    yield Row(what, _of(found, "large", "push1100"), flat, f"that after {small:,}", goal=at_most(1.3))
    yield Row("steady push of 1,000", _of(found, "ours", "push1k_steady"))
    yield from _against(found, "push1k_steady", {"pouch100": ("PouchDB, steady push of 1,000", at_least(4))})


def _memory_rows(found: Found, usual: int, large: int) -> Iterator[Row]:
    ours = _of(found, "large", "pull", "cli_hwm_mb")
    yield Row(f"client's peak memory after a pull of {usual:,}", _of(found, "ours", "pull", "cli_hwm_mb"), unit="MiB")
    for name in ("large pouch100", "large pouch1000"):
        if name in found:
            ratio = _ratio(found, ("large", "pull"), (name, "pull"), "cli_hwm_mb")
            what = f"PouchDB's client at {large:,}, batch {name[11:]}; ours is"
            yield Row(what, _of(found, name, "pull", "cli_hwm_mb"), ratio, "PouchDB's", "MiB", at_most(0.5))
    flat = _ratio(found, ("large", "pull"), ("ours", "pull"), "cli_hwm_mb")
    yield Row(f"client's peak memory after {large:,}", ours, flat, f"that at {usual:,}", "MiB", at_most(1.2))


def _bytes_rows(found: Found, count: int, entry: str) -> Iterator[Row]:
    for step, limit, word in (("pull", 0.5, "pulled"), ("push1k_steady", 0.25, "pushed")):
        for name, whose in (("ours", "ours"), ("pouch100", "PouchDB")):
            if name not in found:
                continue
            sent = [(each[step]["up"] + each[step]["down"]) / each[step]["docs"] for each in found[name]]
            goal: Goal | None = at_most(limit) if name == "pouch100" else None
            mine = [(each[step]["up"] + each[step]["down"]) / each[step]["docs"] for each in found["ours"]]
            ratio = None if goal is None else paired({"ours": mine, "theirs": sent}, "ours", "theirs")
            of = f" of {count:,}" if step == "pull" else ""
            what = f"bytes on the wire {word} per {entry}{of}, {whose}{'; ours is' if goal else ''}"
            yield Row(what, sent, ratio, "PouchDB's", "bytes", goal)


def _notes_rows(folder: Path, count: int) -> Iterator[Row]:
    """Bytes alone, so one round is enough."""
    home = os.environ.get("PEERS_DIR")
    found: Found = {"ours": [Ours(folder, count, "notes").run()]}
    if home is not None:
        place = folder / "notes-peers"
        with ExitStack() as running:
            peers = Peers(with_notes(Path(home), place), place)
            peers.start(running)
            found["pouch100"] = [peers.pouch(count, 100)]
        os.environ["PEERS_DIR"] = home
    yield from _bytes_rows(found, count, "note of free text")


def _of(found: Found, arm: str, step: str, what: str = "ms") -> list[float]:
    return [float(steps[step][what]) for steps in found[arm]]


def _ratio(found: Found, of: tuple[str, str], to: tuple[str, str], what: str = "ms") -> float:
    return paired({"of": _of(found, *of, what), "to": _of(found, *to, what)}, "of", "to")


def _against(found: Found, step: str, peers: dict[str, tuple[str, Goal]]) -> Iterator[Row]:
    """How many times as long a peer takes."""
    for name, (what, goal) in peers.items():
        if name in found:
            ratio = _ratio(found, (name, step), ("ours", step))
            yield Row(what, _of(found, name, step), ratio, "ours", goal=goal)
