"""Random kills, from one seed: of tablets and servers at work, of the database, and during a first pull."""

from __future__ import annotations

import random
import threading
from pathlib import Path
from typing import Any, NamedTuple

from tests.server.cluster import Cluster
from tests.soak.ward import Ward
from tests.soak.zygote import Zygote

PAGE_BYTES = 6000
HISTORY = 240
"""Notes that a first pull brings; at about 500 bytes each they fill 20 pages."""

_ENTRY_BYTES = 300


class Again(NamedTuple):
    """What a first pull cost beyond what it brings: pages sent again, whole or in part; those of them that had come
    whole before, and the bytes of these; after how many kills. `pages` and `largest` (bytes) are what a pull without
    any is made of."""

    sent: int
    came: int
    bytes: int
    kills: int
    pages: int
    largest: int


def storm(ward: Ward, kills: int, cluster: Cluster | None = None) -> None:
    """So many kills at random moments of work, however fast the machine is; what was killed starts again, mostly at
    once. Every tablet has pulled once before, undisturbed."""
    chance = random.Random(f"{ward.seed}/storm")
    tablets = [child.name for child in ward.tablets()]
    servers = [name for name in ward.children if name.startswith("s")]
    pause = threading.Event()
    ward.drain()
    for name in tablets:
        ward.start(name)
    for _ in range(kills):
        _until_worked(ward, chance.choice((0, 1, 4, 12)))
        pause.wait(chance.uniform(0, 0.05))
        draw = chance.random()
        if cluster is not None and draw < 0.06:
            cluster.restart()
            ward.restarts += 1
            continue
        name = chance.choice(tablets if draw < 0.6 else servers)
        if name in tablets and not may_kill(ward, name, chance):
            name = chance.choice(servers)
        ward.kill(name)
        if chance.random() < 0.2:
            pause.wait(chance.uniform(0, 0.1))
        ward.start(name)


def may_kill(ward: Ward, name: str, chance: random.Random) -> bool:
    """A kill while a passphrase is being checked counts as a wrong one, after which the tablet waits: it is tried now
    and then, but not twice in a row."""
    return ward.is_open(name) or (chance.random() < 0.1 and not ward.children[name].unopened)


def bring_history(ward: Ward) -> None:
    """Notes from another system for the first team."""
    patient = ward.patients[0]
    notes = [ward.imported(patient, "note", {"text": f"Note {n} of them all. " * 12}) for n in range(HISTORY)]
    for start in range(0, HISTORY, 60):
        ward.add(0, notes[start : start + 60])


def first_pulls(ward: Ward, name: str, kills: int, *, ahead: bool) -> Again:
    """New tablets pull everything, one after the other, until there were so many kills."""
    found: list[Again] = []
    while (done := sum(each.kills for each in found)) < kills:
        assert len(found) < 20, "The pulls end before they can be killed."
        found.append(first_pull(ward, f"{name}-{len(found)}", kills - done, ahead=ahead))
    largest = max(each.largest for each in found)
    sent, came, size, done = (sum(each[field] for each in found) for field in range(4))
    return Again(sent, came, size, done, found[0].pages, largest)


def first_pull(ward: Ward, name: str, kills: int, *, ahead: bool) -> Again:
    """A new tablet of the first team pulls everything in small pages, killed so often, and its server now and then."""
    chance = random.Random(f"{ward.seed}/{name}")
    folder = ward.enrol(name, [0], ward.ports[0])
    ward.add_child(
        name, "tests.soak.tablet:first_pull", {"folder": str(folder), "page_bytes": PAGE_BYTES, "ahead": ahead}
    )
    child = ward.children[name]
    pause, done, servers = threading.Event(), 0, 0
    ward.start(name)
    while done < kills and not _has_ended(child.out):
        asked, more = len(child.out.read_bytes()), chance.randint(1, 4)
        _until_said(ward, child.out, asked, more)
        pause.wait(chance.uniform(0, 0.02))
        if _has_ended(child.out):
            break
        if chance.random() < 0.25:
            servers += 1
            ward.kill("s0")
            ward.start("s0")
        else:
            ward.kill(name)
            ward.start(name)
        done += 1
    ward.ended(name)
    return _counted(list(ward.said(name)), done, servers)


def _until_worked(ward: Ward, entries: int) -> None:
    """Wait until about so many more entries were saved, or half a second."""
    before, pause = ward.amount_said(), threading.Event()
    for _ in range(100):
        if ward.amount_said() - before >= entries * _ENTRY_BYTES:
            return
        pause.wait(0.005)


def _until_said(ward: Ward, out: Path, before: int, lines: int) -> None:
    """Wait until so many more lines were said, or the pull has ended."""
    pause = threading.Event()
    for _ in range(4000):
        more = out.read_bytes()[before:]
        if more.count(b"\n") >= lines or b'"pulled"' in more:
            return
        pause.wait(0.005)
    raise AssertionError(f"The pull stands still:\n{ward.tail()}")


def _has_ended(out: Path) -> bool:
    return b'"pulled"' in out.read_bytes()


def _counted(said: list[dict[str, Any]], kills: int, servers: int) -> Again:
    """A request that failed brought at most a part of a page where a server was killed, else nothing."""
    asked: set[str | None] = set()
    came: dict[str | None, int] = {}
    again = failed = again_came = size = 0
    for line in said:
        if "asked" in line:
            again += line["asked"] in asked
            asked.add(line["asked"])
        elif "failed" in line:
            failed += 1
        elif "came" in line:
            if line["came"] in came:
                again_came, size = again_came + 1, size + line["bytes"]
            came[line["came"]] = line["bytes"]
    sent = again - failed + min(failed, servers)
    return Again(sent, again_came, size, kills, len(came), max(came.values()))


def ward_on(zygote: Zygote, place: Path, seed: str, cluster: Cluster | None = None) -> Ward:
    """A ward that runs: one server on SQLite, or two on the cluster's database."""
    url = f"sqlite:///{place / 'server.db'}" if cluster is None else cluster.uri
    ward = Ward(zygote, place, url, servers=1 if cluster is None else 2, seed=seed)
    ward.start_servers()
    ward.enrol_all()
    return ward
