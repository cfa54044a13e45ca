"""Tablets of one team with the real store, engine and transport, the real server application, and a road between them
that a test can spoil. Nobody waits: clocks, network and disks are the simulation's."""

from __future__ import annotations

import json
import queue
import shutil
import threading
from collections.abc import Callable, Generator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import zstandard
from sqlalchemy import text

from fieldapp.domain.canonical import Json
from fieldapp.domain.ids import new_id
from fieldapp.domain.revision import Revision
from fieldapp.domain.state import RecordState
from fieldapp.sync.auto import AutoState
from fieldapp.sync.engine import Progress, Sync, SyncReport
from tests.simulation.chance import Chance, seeded
from tests.simulation.faults import Answers, Asked, Reply
from tests.simulation.invariants import Held
from tests.simulation.world import Tablet, World, new_clock

_TOGETHER = (0, 3, 2, 4)
"""The template's tablets whose people are in the first team; 0 and 3 are in the second as well."""


@dataclass
class Wire:
    """What stands between the road and the server: `spoil` may answer in the server's place. `asked` are all requests
    that came this far."""

    server: Answers
    spoil: Callable[[Asked, Answers], Reply | None] | None = None
    asked: list[Asked] = field(default_factory=list[Asked])

    def handle(self, asked: Asked) -> Reply | None:
        self.asked.append(asked)
        return self.spoil(asked, self.server) if self.spoil else self.server.handle(asked)

    def count(self, path: str) -> int:
        """How many requests went to a path."""
        return sum(asked.target.startswith(path) for asked in self.asked)


class Ward:
    """A team's tablets, synced once, a patient of theirs with a plan, and the server."""

    def __init__(self, directory: Path, seed: str = "ward") -> None:
        self.world = World.make(Chance(seed), 0, directory)
        self.wire = Wire(self.world.hospital)
        self.world.road.server = self.wire
        self._entropy = self.world.chance.entropy("records")
        self.team = self.world.template.teams[0]
        self.other_team = self.world.template.teams[1]
        owners = {
            patient: {team for team, _ in each.values()} for patient, each in self.world.template.episodes.items()
        }
        self.patient = next(patient for patient, teams in owners.items() if teams == {self.team})
        self.elsewhere = next(patient for patient, teams in owners.items() if teams == {self.other_team})

    def tablet(self, number: int, *, synced: bool = True) -> Tablet:
        """One more of the team's tablets; not synced, as it is right after enrolment."""
        template = _TOGETHER[number]
        folder = self.world.directory / f"tablet-{template}"
        shutil.copytree(self.world.template.directory / f"{'synced' if synced else 'tablet'}-{template}", folder)
        made = Tablet(f"t{template}", folder, new_clock(), self.world.road, self.world.chance)
        made.clock.set(self.world.hospital.clock.now())
        self.world.tablets.append(made)
        return made

    def plan(self, tablet: Tablet) -> RecordState:
        """The patient's plan as the tablet has it."""
        (state,) = tablet.store.records(self.patient, {"plan"})
        return state

    def change(self, tablet: Tablet, base: list[str] | None = None, **fields: Any) -> str:
        """The patient's plan is changed: the new revision."""
        state = self.plan(tablet)
        self.world.advance(60)
        body: Json = {**state.body, **fields}
        return tablet.session.put(self.patient, "plan", body, record=state.id, base=base).revision

    def note(self, tablet: Tablet, said: str, **more: Any) -> tuple[str, str]:
        """A note on the patient: its record and revision."""
        saved = tablet.session.put(self.patient, "note", {"text": said, **more})
        return saved.record, saved.revision

    def write(self, tablet: Tablet, record: str, summary: str, *parents: str, **more: Any) -> str:
        """A plan of a given record, which may be unknown here: the revision."""
        self.world.advance(60)
        body: Json = {"summary": summary, **more}
        made = tablet.session._make(record, self.patient, "plan", body, parents, None)
        tablet.store.save([made])
        return made.id

    def new_record(self) -> str:
        """An id that no tablet has seen."""
        return new_id(self.world.hospital.clock, self._entropy)

    def held(self) -> Held:
        """All that the server holds."""
        return Held(self.world.hospital)

    def times_in_feed(self, revision: str) -> int:
        """How often the team's feed has it."""
        query = "SELECT count(*) FROM feed WHERE team = :team AND revision = :revision"
        with self.world.hospital.database.reading() as connection:
            found = connection.execute(text(query), {"team": self.team, "revision": revision}).scalar_one()
        return int(found)

    def order_in_feed(self) -> list[str]:
        """The revisions of the team's feed."""
        query = "SELECT revision FROM feed WHERE team = :team AND item = 'revision' ORDER BY position"
        with self.world.hospital.database.reading() as connection:
            return list(connection.execute(text(query), {"team": self.team}).scalars())

    def answer(self, asked: Asked) -> Json:
        """What the server truly says, unpacked."""
        reply = self.world.hospital.handle(asked)
        assert reply is not None
        packed = reply.headers.get("content-encoding") == "zstd"
        body = zstandard.ZstdDecompressor().decompressobj().decompress(reply.body) if packed else reply.body
        found: Json = json.loads(body)
        return found

    def answered(self, asked: Asked, *, without: Sequence[str] = (), **changed: Any) -> Reply:
        """The server's answer with fields left out or changed."""
        said = {key: value for key, value in self.answer(asked).items() if key not in without}
        body = json.dumps({**said, **changed}).encode()
        return Reply(200, {"content-type": "application/json", "content-length": str(len(body))}, body)

    @contextmanager
    def spoilt(self, spoil: Callable[[Asked, Answers], Reply | None]) -> Generator[Wire]:
        """Something answers in the server's place inside the block."""
        before, self.wire.spoil = self.wire.spoil, spoil
        yield self.wire
        self.wire.spoil = before


class Watched:
    """What an automatic sync says of itself, and how many of its syncs ran at once."""

    def __init__(self, sync: Sync | None = None) -> None:
        self.most_at_once = 0
        self._sync = sync
        self._now = 0
        self._lock = threading.Lock()
        self._states: queue.Queue[AutoState] = queue.Queue()

    def told(self, state: AutoState) -> None:
        """For `AutoSync(changed=…)`."""
        self._states.put(state)

    def until(self, wanted: Callable[[AutoState], bool]) -> None:
        """Wait for such a state; queue.Empty where none comes."""
        while not wanted(self._states.get(timeout=30)):
            pass

    def run(self, progress: Callable[[Progress], None] | None = None) -> SyncReport:
        """One sync, counted."""
        assert self._sync is not None
        with self._lock:
            self._now += 1
            self.most_at_once = max(self.most_at_once, self._now)
        try:
            return self._sync.run(progress)
        finally:
            with self._lock:
                self._now -= 1


def quiet(*tablets: Tablet) -> None:
    """Everybody syncs, three times."""
    for _ in range(3):
        for tablet in tablets:
            tablet.sync.run()


def everything(tablet: Tablet, patient: str) -> dict[str, tuple[bytes, ...]]:
    """Every revision of every record of a patient, byte by byte."""
    return {
        state.id: tuple(sorted(revision.to_json() for revision in tablet.store.revisions(state.id)))
        for state in tablet.store.records(patient)
    }


def all_of(tablet: Tablet, record: str) -> dict[str, Revision]:
    """A record's whole history on a tablet."""
    return {revision.id: revision for revision in tablet.store.revisions(record)}


@contextmanager
def opened(directory: Path, seed: str = "ward") -> Generator[Ward]:
    """A ward for one test."""
    with seeded(Chance(seed)):
        ward = Ward(directory, seed)
        try:
            yield ward
        finally:
            ward.world.close()
