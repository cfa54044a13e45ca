"""A service whose processes are killed: servers on one database, tablets of two teams, all real, all children of one
zygote. What each tablet said is read from a file that outlives it."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from fieldapp.domain.canonical import Json
from fieldapp.domain.clock import SystemClock
from fieldapp.domain.ids import new_id
from fieldapp.domain.nhs_number import make_test_number
from fieldapp.domain.revision import Revision, make_revision
from fieldapp.storage.kdf import FLOOR
from fieldapp.usecases.tablet import Tablet
from server.db import schema
from server.db.engine import Database
from server.db.service import SERVER_DEVICE, Service
from server.identity import codes, people
from server.sync.push import IMPORTER, add_revisions
from tests.browser.process import answers, free_port, wait_for
from tests.soak.tablet import PASSPHRASE
from tests.soak.zygote import Zygote

TEAMS = ("Harbour team", "Hill team")
CLINICIANS = (("t0", (0, 1)), ("t1", (0,)), ("t2", (1,)))
"""Each tablet's name and its person's teams."""
PATIENTS = ((0,), (0,), (1,), (1,), (0, 1), (0, 1))
"""The teams of each patient."""
KILLED = -9


@dataclass
class Child:
    """One process that is started, killed and started again. `lives` counts its starts, `kills` its ends, `unopened`
    those in a row before its store was unlocked; `begun` is how much had been said before this life (bytes)."""

    name: str
    what: str
    arguments: Json
    out: Path
    pid: int | None = None
    lives: int = 0
    kills: int = 0
    unopened: int = 0
    begun: int = 0


@dataclass
class Ward:
    """Made and enrolled, with nothing running yet. `url` is the database's, `places` where everything is kept."""

    zygote: Zygote
    place: Path
    url: str
    servers: int = 1
    seed: str = "1"
    teams: tuple[str, ...] = ()
    patients: list[str] = field(default_factory=list[str])
    children: dict[str, Child] = field(default_factory=dict[str, Child])
    restarts: int = 0
    """Of the database, all of whose processes were ended at once."""

    def __post_init__(self) -> None:
        self.clock = SystemClock()
        self.database = Database(self.url)
        self.service: Service = schema.prepare(self.database, self.clock)
        self.log = self.place / "log"
        self.ports = [free_port() for _ in range(self.servers)]
        for n, port in enumerate(self.ports):
            self.add_child(f"s{n}", "tests.soak.service:serve", {"url": self.url, "port": port})
        self.teams = tuple(
            self.database.write(lambda c, name=name: people.ensure_team(c, self.clock, name)).id for name in TEAMS
        )
        for n, teams in enumerate(PATIENTS):
            self.patients.append(self._patient(n, [self.teams[team] for team in teams]))

    def enrol(self, name: str, teams: Sequence[int], port: int) -> Path:
        """A tablet of its own person, set up and locked. Its server must be running."""
        mine = [self.teams[team] for team in teams]

        def code(connection: Any) -> str:
            made = [people.ensure_person(connection, self.clock, f"Clinician {name}", "Nurse", team) for team in mine]
            return codes.make_code(connection, self.clock, made[0].id).text

        folder = self.place / name
        tablet = Tablet(folder, self.clock, kdf=FLOOR)
        tablet.enrol(f"http://127.0.0.1:{port}", self.database.write(code), PASSPHRASE)
        tablet.lock()
        return folder

    def enrol_all(self) -> None:
        """The ward's tablets, each with one of the servers."""
        for n, (name, teams) in enumerate(CLINICIANS):
            folder = self.enrol(name, teams, self.ports[n % self.servers])
            self.add_child(name, "tests.soak.tablet:work", {"folder": str(folder)})

    def tablets(self) -> list[Child]:
        """The tablets' processes."""
        return [self.children[name] for name, _ in CLINICIANS]

    def start(self, name: str) -> None:
        """A new process; what it does is another story in each of its lives."""
        child = self.children[name]
        assert child.pid is None, f"{name} runs already"
        child.lives += 1
        child.begun = child.out.stat().st_size
        more = {"seed": f"{self.seed}/{name}/{child.lives}"} if child.what.endswith(":work") else {}
        child.pid = self._run(child, child.what, **more)

    def start_servers(self) -> None:
        """All of them, until each answers."""
        for n, port in enumerate(self.ports):
            self.start(f"s{n}")
            wait_for(lambda port=port: answers(f"http://127.0.0.1:{port}/"), f"server {n}")

    def kill(self, name: str) -> None:
        """SIGKILL. Raises AssertionError where it had ended by itself."""
        child = self.children[name]
        assert child.pid is not None, f"{name} does not run"
        child.unopened = 0 if self.is_open(name) else child.unopened + 1
        code, child.pid = self.zygote.kill(child.pid), None
        assert code == KILLED, f"{name} had ended with {code}:\n{self.tail()}"
        child.kills += 1

    def is_open(self, name: str) -> bool:
        """Whether a tablet's store has been unlocked in this life."""
        child = self.children[name]
        with child.out.open("rb") as said:
            said.seek(child.begun)
            return b'"open"' in said.read(4096)

    def ended(self, name: str) -> None:
        """Wait for its own end. Raises AssertionError where it was not a good one."""
        child = self.children[name]
        assert child.pid is not None, f"{name} does not run"
        code, child.pid = self.zygote.wait(child.pid), None
        self._good_end(name, code)

    def drain(self) -> None:
        """Every tablet syncs, undisturbed, until nothing moves; twice, so that each has what the others sent last."""
        for _ in range(2):
            started = [(child.name, self._run(child, "tests.soak.tablet:drain")) for child in self.tablets()]
            for name, pid in started:
                self._good_end(name, self.zygote.wait(pid))

    def heal(self) -> None:
        """Every server runs, every tablet is killed once more, and all of them sync to the end."""
        for child in self.children.values():
            if child.pid is None and child.name.startswith("s"):
                self.start(child.name)
        for child in self.tablets():
            if child.pid is not None:
                self.kill(child.name)
        self.drain()

    def amount_said(self) -> int:
        """Bytes, all tablets together."""
        return sum(child.out.stat().st_size for child in self.tablets())

    def said(self, name: str) -> Iterator[Json]:
        """What a tablet said in all its lives."""
        for line in self.children[name].out.read_text().splitlines():
            yield json.loads(line)

    def say(self, name: str, line: Json) -> None:
        """Count what the test itself had a tablet do."""
        with self.children[name].out.open("a") as out:
            out.write(json.dumps(line) + "\n")

    def add(self, team: int, revisions: Sequence[Revision]) -> None:
        """What another system brings to a team."""
        made = add_revisions(self.database, self.clock, self.service, team=self.teams[team], revisions=revisions)
        assert {outcome.status.value for outcome in made} == {"accepted"}

    def imported(self, patient: str, kind: str, body: Json) -> Revision:
        """A revision for `add`."""
        return make_revision(
            id=new_id(self.clock),
            record=new_id(self.clock),
            kind=kind,
            patient=patient,
            parents=(),
            author=IMPORTER,
            device=SERVER_DEVICE,
            at=self.clock.now(),
            offset_ms=0,
            schema=1,
            body=body,
        )

    def tail(self) -> str:
        """The end of what the processes wrote to standard error, without the requests."""
        lines = self.log.read_text(errors="replace").splitlines() if self.log.exists() else []
        return "\n".join([line for line in lines if '"event": "request"' not in line][-40:])

    def stop(self) -> None:
        """End every process, and let the database go."""
        for child in self.children.values():
            if child.pid is not None:
                self.zygote.kill(child.pid)
                child.pid = None
        self.database.close()

    def add_child(self, name: str, what: str, arguments: Json) -> None:
        """One more process, not yet started."""
        out = self.place / f"{name}.said"
        out.touch()
        self.children[name] = Child(name, what, arguments, out)

    def _run(self, child: Child, what: str, **more: Any) -> int:
        return self.zygote.run(what, child.out, self.log, **child.arguments, **more)

    def _good_end(self, name: str, code: int) -> None:
        assert code == 0, f"{name} ended with {code}:\n{self.tail()}"

    def _patient(self, n: int, teams: Sequence[str]) -> str:
        patient = new_id(self.clock)
        details = {"name": {"family": f"Thistlewood-{n}"}, "nhs_number": make_test_number(n + 1)}
        records: list[tuple[str, Json]] = [("patient", details), ("plan", {"summary": "Hospital at home"})]
        records += [("episode", {"pathway": "virtual_ward", "team": team, "status": "active"}) for team in teams]
        made = [self.imported(patient, kind, body) for kind, body in records]
        self.add(self.teams.index(teams[0]), made)
        return patient
