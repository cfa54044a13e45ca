"""Server databases filled with one team's entries, as tablets made them or as another system brought them."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Literal

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from bench.made import Maker
from bench.running import start
from fieldapp.domain.clock import SystemClock
from fieldapp.domain.revision import Author, Revision
from fieldapp.sync.proof import b64, revision_text
from server.db import schema
from server.db.engine import Database
from server.db.service import SERVER_DEVICE
from server.identity import codes, people
from server.sync.push import IMPORTER, add_revisions

PATIENTS = 100
Source = Literal["made", "imported", "notes"]
_TEAM, _NURSE, _ROLE = "Home Ward East", "Amira Khan", "Registered nurse"
_DEVICE = "01a20000-0000-7000-8000-000000000003"
_AT_ONCE = 1000


class Team:
    """The database at `path`, and what is done to it beside the server that runs on it."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._clock = SystemClock()
        self._database = Database(f"sqlite:///{path}")
        self._service = schema.prepare(self._database, self._clock)
        self._team = self._database.write(lambda tx: people.ensure_team(tx, self._clock, _TEAM)).id
        made = self._database.write(lambda tx: people.ensure_person(tx, self._clock, _NURSE, _ROLE, self._team))
        self._nurse = Author(made.id, _NURSE, _ROLE)
        self._key = Ed25519PrivateKey.generate()

    def close(self) -> None:
        """Let the file go."""
        self._database.close()

    def code(self) -> str:
        """An enrolment code for one more tablet of the nurse."""
        return self._database.write(lambda tx: codes.make_code(tx, self._clock, self._nurse.id)).text

    def fill(self, count: int, source: Source) -> None:
        """`count` revisions: patients of three imported records each, then what `source` says."""
        office = Maker(IMPORTER, SERVER_DEVICE, self._team, seed=11)
        records = [revision for number in range(PATIENTS) for revision in office.patient(number)]
        self._store(records)
        patients = [revision.patient for revision in records[::3]]
        maker = office if source == "imported" else self._maker(13)
        entry = maker.note if source == "notes" else maker.observations
        for start_at in range(len(records), count, _AT_ONCE):
            some = [entry(patients[n % PATIENTS]) for n in range(start_at, min(count, start_at + _AT_ONCE))]
            self._store(some if source == "imported" else self._signed(some))

    def change(self, count: int) -> None:
        """As many new entries by a colleague."""
        office = Maker(IMPORTER, SERVER_DEVICE, self._team, seed=11)
        patients = [tuple(office.patient(number))[0].patient for number in range(PATIENTS)]  # noqa: RUF015
        maker = self._maker(17)
        self._store(self._signed([maker.observations(patients[n % PATIENTS]) for n in range(count)]))

    def _maker(self, seed: int) -> Maker:
        return Maker(self._nurse, _DEVICE, self._team, seed=seed)

    def _signed(self, revisions: Sequence[Revision]) -> list[Revision]:
        return [each.signed_with(b64(self._key.sign(revision_text(each.hash)))) for each in revisions]

    def _store(self, revisions: Sequence[Revision]) -> None:
        for at in range(0, len(revisions), _AT_ONCE):
            some = revisions[at : at + _AT_ONCE]
            add_revisions(self._database, self._clock, self._service, team=self._team, revisions=some)


def serve(running: ExitStack, path: Path, port: int) -> int:
    """Start our server on the database at `path`; returns its process id."""
    command = [sys.executable, "-m", "server.cli", "serve", "--port", str(port), "--database", f"sqlite:///{path}"]
    return start(running, command, f"http://127.0.0.1:{port}/")
