"""2 to 6 real tablets and the real server in one process, on one seed; template files are made once a process."""

from __future__ import annotations

import atexit
import shutil
import sqlite3
import tempfile
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any

from fieldapp.domain.canonical import Json
from fieldapp.domain.clock import FixedClock
from fieldapp.domain.ids import Entropy, new_id
from fieldapp.domain.nhs_number import make_test_number
from fieldapp.domain.revision import Author, Revision
from fieldapp.storage import Identity, Store, TeamLabel, create_store, open_store
from fieldapp.storage.kdf import FLOOR
from fieldapp.sync.attachment_road import HttpAttachments
from fieldapp.sync.attachments import Attachments
from fieldapp.sync.engine import Sync
from fieldapp.sync.proof import b64
from fieldapp.sync.transport import HttpTransport
from fieldapp.sync.wire import EnrolReply, EnrolRequest
from fieldapp.usecases.session import Session
from server.identity import codes, people
from tests.simulation.chance import Chance, seeded
from tests.simulation.databases import Databases, Files, OnCluster, copy_database
from tests.simulation.faults import Asked, Disk, Link, Road
from tests.simulation.hospital import Hospital, prepare

START = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
PASSPHRASE = "correct horse battery staple"
ADDRESS = "http://127.0.0.1"
MOST_TABLETS = 6
TEAMS = ("Harbour team", "Hill team", "River team")
PATIENTS = 4


@dataclass(frozen=True)
class Template:
    """Where the files are that every schedule starts from: the server's, enrolled tablets', and the same tablets' after
    their first sync; and what is in them."""

    directory: Path
    database: str
    """The server's: the path of an SQLite file, or the name of a PostgreSQL database."""
    teams: tuple[str, ...]
    persons: tuple[str, ...]
    memberships: dict[str, tuple[str, ...]]
    episodes: dict[str, dict[str, tuple[str, str]]]
    """By patient and episode: team, head revision."""


class Tablet:
    """One clinician's tablet, through the product's own layers, and what it was asked to keep."""

    def __init__(self, name: str, directory: Path, clock: FixedClock, road: Road, chance: Chance) -> None:
        self.name = name
        self.directory = directory
        self.clock = clock
        self.road = road
        self.disk = Disk()
        self.revoked = False
        self.attempted: list[Revision] = []
        self._chance = chance
        self._drawn = 0
        self._peek: sqlite3.Connection | None = None
        self.open()

    def open(self) -> None:
        """Unlock what is in the folder."""
        self.store: Store = self.unlocked()
        identity = self.store.identity()
        assert identity is not None
        self.identity: Identity = identity
        self.session = Session(self.store, self.clock, self._entropy("ids"))
        self.link = Link(self.road)
        self.sync = self.engine(self.store)

    def unlocked(self) -> Store:
        """One more opening of the same store, as another process would have it."""
        store = open_store(self.directory, clock=self.clock, entropy=self._entropy("store")).unlock(PASSPHRASE)
        place: Any = store
        place._writing = self.disk.guard(store._writing)
        place.save = self._noting(store.save)
        place.repair = self._noting_repair(store.repair)
        return store

    def engine(self, store: Store) -> Sync:
        """A sync engine on the simulated road."""
        identity = store.identity()
        assert identity is not None
        transport = HttpTransport(
            ADDRESS,
            identity.device,
            store.device_key(),
            self.clock,
            offset_ms=identity.offset_ms,
            entropy=self._entropy("nonces"),
        )
        transport._http._session.mount("http://", self.link)
        transport._http._session.trust_env = False
        pictures = Attachments(store, HttpAttachments(transport))
        return Sync(store, transport, self.clock, server_key=identity.server_key, attachments=pictures)

    def crash(self) -> None:
        """Power is lost and comes back: what the disk held is opened anew."""
        self._become(self.directory)

    def copy(self, target: Path) -> None:
        """A copy of the folder, as a backup of the whole tablet would make it."""
        shutil.rmtree(target, ignore_errors=True)
        target.mkdir()
        copy_database(self.directory / "store.db", target / "store.db")
        for attempts in self.directory.glob("attempts-*"):
            shutil.copyfile(attempts, target / attempts.name)

    def put_back(self, source: Path) -> None:
        """The folder is replaced by an older copy of it."""
        self._become(source)

    def close(self) -> None:
        """Lock for good."""
        if self._peek is not None:
            self._peek.close()
            self._peek = None
        self.sync.close()
        self.store.close()

    def rows(self, query: str, *values: Any) -> list[Any]:
        """Opaque rows, read from the file beside the product."""
        if self._peek is None:
            self._peek = sqlite3.connect(f"file:{self.directory / 'store.db'}?mode=ro", uri=True, isolation_level=None)
        return self._peek.execute(query, values).fetchall()

    def _entropy(self, purpose: str) -> Entropy:
        self._drawn += 1
        return self._chance.entropy(f"{self.name} {purpose} {self._drawn}")

    def _become(self, source: Path) -> None:
        base, _, life = self.directory.name.partition(".")
        fresh = self.directory.with_name(f"{base}.{int(life or 0) + 1}")
        old = self.directory
        shutil.rmtree(fresh, ignore_errors=True)
        fresh.mkdir()
        copy_database(source / "store.db", fresh / "store.db")
        for attempts in source.glob("attempts-*"):
            shutil.copyfile(attempts, fresh / attempts.name)
        self.close()
        shutil.rmtree(old)
        self.directory = fresh
        self.open()

    def _noting(self, save: Callable[..., None]) -> Callable[..., None]:
        def noted(revisions: Any, **more: Any) -> None:
            self.attempted.extend(revisions)
            save(revisions, **more)

        return noted

    def _noting_repair(self, repair: Callable[..., None]) -> Callable[..., None]:
        def noted(revision: str, replacement: Revision) -> None:
            self.attempted.append(replacement)
            repair(revision, replacement)

        return noted


@dataclass
class World:
    """Everything of one schedule."""

    chance: Chance
    directory: Path
    template: Template
    hospital: Hospital
    road: Road
    tablets: list[Tablet] = field(default_factory=list[Tablet])

    @classmethod
    def make(cls, chance: Chance, tablets: int, directory: Path, postgres: str | None = None) -> World:
        """Fresh copies of the template's files; the server's on the PostgreSQL cluster at `postgres` where given."""
        made = template(postgres)
        clock = new_clock()
        on_disk: Databases = OnCluster(postgres, made.database) if postgres else Files(directory, Path(made.database))
        hospital = Hospital(on_disk, clock, chance.entropy("office"))
        road = Road(hospital, chance.stream("road"))
        world = cls(chance, directory, made, hospital, road)
        begun = chance.stream("begun")
        for n in range(tablets):
            folder = directory / f"tablet-{n}"
            before = "synced" if begun.random() < 0.6 else "tablet"
            shutil.copytree(made.directory / f"{before}-{n}", folder)
            world.tablets.append(Tablet(f"t{n}", folder, new_clock(), road, chance))
        return world

    def advance(self, seconds: float) -> None:
        """Time passes everywhere."""
        for clock in (self.hospital.clock, *(tablet.clock for tablet in self.tablets)):
            clock.advance(seconds)

    def close(self) -> None:
        """Let every file go."""
        for tablet in self.tablets:
            tablet.close()
        self.hospital.close()


@cache
def template(postgres: str | None = None) -> Template:
    """Made once a process and database, always the same."""
    directory = Path(tempfile.mkdtemp(prefix="simulation-", dir=memory_disk()))
    atexit.register(shutil.rmtree, directory, ignore_errors=True)
    chance = Chance("template")
    with seeded(chance):
        return _made(directory, chance, postgres)


def memory_disk() -> str | None:
    """Where files cost nothing, if there is such a place."""
    return "/dev/shm" if Path("/dev/shm").is_dir() else None


def new_clock() -> FixedClock:
    return FixedClock(START)


def _made(directory: Path, chance: Chance, postgres: str | None) -> Template:
    clock = FixedClock(START - timedelta(hours=1))
    on_disk = OnCluster(postgres) if postgres else Files(directory)
    prepare(on_disk.url, clock)
    hospital = Hospital(on_disk, clock, chance.entropy("office"))
    teams = tuple(hospital.write(lambda c, n=name: people.ensure_team(c, clock, n)).id for name in TEAMS)
    persons: list[str] = []
    memberships: dict[str, tuple[str, ...]] = {}
    for n in range(MOST_TABLETS):
        mine = (teams[n % 2],) if n % 3 else (teams[0], teams[1])
        enrolled = _enrolled(hospital, directory / f"tablet-{n}", f"Clinician {n}", mine, chance)
        persons.append(enrolled.person.id)
        memberships[enrolled.person.id] = mine
    episodes: dict[str, dict[str, tuple[str, str]]] = {}
    for n in range(PATIENTS):
        clock.advance(60)
        patient, team = new_id(clock, chance.entropy(f"patient {n}")), teams[n % 2]
        brought = [hospital.imported(patient, kind, body) for kind, body in _records(n, team).items()]
        assert set(hospital.office(team, *brought)) == {"accepted"}
        episode = next(each for each in brought if each.kind == "episode")
        episodes[patient] = {episode.record: (team, episode.id)}
    road = Road(hospital, chance.stream("road"))
    for n in range(MOST_TABLETS):
        shutil.copytree(directory / f"tablet-{n}", directory / f"synced-{n}")
        tablet = Tablet(f"t{n}", directory / f"synced-{n}", clock, road, chance)
        tablet.sync.run()
        tablet.close()
    hospital.database.close()
    database = on_disk.name if isinstance(on_disk, OnCluster) else str(on_disk.path)
    return Template(directory, database, teams, tuple(persons), memberships, episodes)


def _records(n: int, team: str) -> dict[str, Json]:
    return {
        "patient": {"name": {"family": f"Thistlewood-{n}"}, "nhs_number": make_test_number(n + 1)},
        "episode": {"pathway": "virtual_ward", "team": team, "status": "active"},
        "plan": {"summary": "Hospital at home", "problems": [{"id": "p0", "text": "Pneumonia"}]},
        "visit": {"team": team, "window_start": "2026-11-23T10:00:00Z", "window_end": "2026-11-23T12:00:00Z"},
    }


def _enrolled(hospital: Hospital, directory: Path, name: str, teams: tuple[str, ...], chance: Chance) -> EnrolReply:
    clock = hospital.clock

    def work(connection: Any) -> str:
        who = [people.ensure_person(connection, clock, name, "Nurse", team).id for team in teams][-1]
        return codes.make_code(connection, clock, who).text

    code = hospital.write(work)
    store = create_store(
        directory, passphrase=PASSPHRASE, clock=clock, entropy=chance.entropy(directory.name), kdf=FLOOR
    )
    key = b64(store.device_key().public_key().public_bytes_raw())
    body = EnrolRequest(code=code, key=key, name=name).model_dump_json().encode()
    reply = hospital.handle(Asked("POST", "/v1/enrol", {"Content-Type": "application/json"}, body))
    assert reply is not None
    enrolled = EnrolReply.model_validate_json(reply.body)
    store.set_identity(
        Identity(
            server=ADDRESS,
            device=enrolled.device,
            person=Author(enrolled.person.id, enrolled.person.name, enrolled.person.role),
            teams=tuple(TeamLabel(team.id, team.name, team.phone) for team in enrolled.teams),
            epoch=enrolled.epoch,
            server_key=enrolled.server_key,
            offset_ms=0,
        )
    )
    store.close()
    return enrolled
