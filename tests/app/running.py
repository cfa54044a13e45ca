"""The real programs as a person starts them: `fieldserver` and `fieldapp`, each in its own process."""

from __future__ import annotations

import io
import json
import os
import subprocess
import sys
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass
from pathlib import Path

from fieldapp.cli import main
from fieldapp.domain.canonical import Json
from fieldapp.domain.clock import SystemClock
from fieldapp.domain.ids import new_id
from fieldapp.domain.nhs_number import make_test_number
from server.cli import main as fieldserver
from server.db.engine import Database
from server.db.service import load_service
from server.sync.push import add_revisions
from tests.browser.process import ROOT, Program, free_port
from tests.sync.service import imported

PASSPHRASE = "correct horse battery staple"
TEAM = "Harbour team"
NURSE, THERAPIST = "Amira Khan", "Tom Ogilvie"
DETAILS: Json = {"name": {"family": "Thistlewood", "given": "Marigold", "title": "Ms"}, "born": "1941-03-02"}
PLAN: Json = {
    "oxygen": {"target_low": 88, "target_high": 92, "delivery": "1 L/min"},
    "problems": [{"id": "p1", "text": "Pneumonia"}],
    "summary": "Hospital at home",
}


@dataclass(frozen=True)
class Ran:
    """What a command did."""

    code: int
    out: str
    said: str

    @property
    def lines(self) -> list[Json]:
        """Each line of standard output, which is JSON and nothing else."""
        return [json.loads(line) for line in self.out.splitlines()]

    @property
    def one(self) -> Json:
        """The one object printed by a command that succeeded."""
        assert self.code == 0, self.said
        assert len(self.lines) == 1
        return self.lines[0]


def fieldapp(*argv: str | Path, passphrase: str | None = PASSPHRASE) -> Ran:
    """One command of the tablet app to its end, in this process: starting Python each time would take most of it."""
    out, said = io.StringIO(), io.StringIO()
    hook, before = sys.excepthook, os.environ.pop("FIELDAPP_PASSPHRASE", None)
    if passphrase is not None:
        os.environ["FIELDAPP_PASSPHRASE"] = passphrase
    try:
        with redirect_stdout(out), redirect_stderr(said):
            code = main([str(part) for part in argv])
    except SystemExit as ended:
        code = int(str(ended.code))
    finally:
        sys.excepthook = hook
        os.environ.pop("FIELDAPP_PASSPHRASE", None)
        if before is not None:
            os.environ["FIELDAPP_PASSPHRASE"] = before
    return Ran(code, out.getvalue(), said.getvalue().strip())


def fieldapp_process(*argv: str | Path, stdin: bytes = b"") -> Ran:
    """One command in a process of its own."""
    env = {**os.environ, "FIELDAPP_PASSPHRASE": PASSPHRASE}
    command = [sys.executable, "-m", "fieldapp.cli", *map(str, argv)]
    done = subprocess.run(command, cwd=ROOT, env=env, input=stdin, capture_output=True, timeout=120, check=False)
    return Ran(done.returncode, done.stdout.decode(), done.stderr.decode().strip())


class Running:
    """The service: `fieldserver serve` on a free port with a database of its own."""

    def __init__(self, directory: Path) -> None:
        self.url = f"sqlite:///{directory / 'service.db'}"
        self.port = free_port()
        self.team = ""
        self._made = 0
        argv = [sys.executable, "-m", "server.cli", "serve", "--port", str(self.port), "--database", self.url]
        self.program = Program("fieldserver", argv, self.port, directory / "server.log")

    @property
    def address(self) -> str:
        return self.program.url

    def start(self) -> None:
        self.command("init")
        for name, role in ((NURSE, "Registered nurse"), (THERAPIST, "Physiotherapist")):
            self.team = self.command("person", "--name", name, "--role", role, "--team", TEAM)["team"]
        self.program.start()

    def stop(self) -> None:
        self.program.stop()

    def command(self, *argv: str) -> Json:
        """One command of the server, its one object."""
        out = io.StringIO()
        with redirect_stdout(out), redirect_stderr(io.StringIO()):
            assert fieldserver([*argv, "--database", self.url]) == 0
        found: Json = json.loads(out.getvalue())
        return found

    def code(self, person: str = NURSE) -> str:
        """A fresh one-time code."""
        return str(self.command("code", "--person", person)["code"])

    def patient(self, **records: Json) -> str:
        """A new invented patient on the team's caseload, with one record of each kind given."""
        self._made += 1
        clock = SystemClock()
        who = new_id(clock)
        details = {**DETAILS, "nhs_number": make_test_number(self._made)}
        database = Database(self.url)
        try:
            with database.reading() as connection:
                service = load_service(connection)
            made = [imported(clock, who, kind, body) for kind, body in {"patient": details, **records}.items()]
            outcomes = add_revisions(database, clock, service, team=self.team, revisions=made)
        finally:
            database.close()
        assert {outcome.status.value for outcome in outcomes} == {"accepted"}
        return who

    def enrolled(self, store: Path, person: str = NURSE) -> Json:
        """A tablet set up and synced for a person."""
        done = fieldapp("enrol", "--store", store, "--server", self.address, "--code", self.code(person)).one
        assert fieldapp("sync", "--store", store).code == 0
        return done
