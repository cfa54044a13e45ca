"""The made-up service as its staff meets it: a seeded server in its own process, and tablets of its people."""

from __future__ import annotations

import json
import sys
from collections.abc import Generator, Mapping
from contextlib import closing, contextmanager
from pathlib import Path

from sqlalchemy import select

from fieldapp.domain.canonical import Json
from fieldapp.domain.clock import SystemClock
from server.db import schema
from server.db.engine import Database
from server.db.tables import feed
from server.demo.seeding import Seeded, seed
from server.identity.codes import make_code
from server.visitlinks import make_link
from tests.app.running import PASSPHRASE, fieldapp
from tests.browser.process import Program, free_port, tablet, wait_for


class MadeUpService:
    """The demo's story in a database of its own, and the server on it. Everything it keeps is in `folder`."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.database = f"sqlite:///{folder / 'server.db'}"
        self.port = free_port()
        argv = [sys.executable, "-m", "server.cli", "serve", "--database", self.database, "--port", str(self.port)]
        self.program = Program("fieldserver", argv, self.port, folder / "server.log")
        with self._open() as database:
            self.story: Seeded = seed(database, SystemClock(), schema.prepare(database, SystemClock()))

    @property
    def address(self) -> str:
        return self.program.url

    def start(self) -> None:
        self.program.start()

    def stop(self) -> None:
        self.program.stop()

    @contextmanager
    def stopped(self) -> Generator[None]:
        """No server inside the block."""
        self.stop()
        try:
            yield
        finally:
            self.start()

    def patient(self, story: str) -> str:
        """The id of somebody in the story."""
        return self.story.stories[story].patient

    def record(self, story: str, name: str) -> str:
        """The record id of one of their entries."""
        return self.story.stories[story].record(name)

    def code(self, member: str) -> str:
        """A fresh one-time code for a member of staff."""
        person = self.story.people[member].id
        with self._open() as database:
            return database.write(lambda c: make_code(c, SystemClock(), person)).text

    def link(self, visit: str) -> str:
        """The address of the page of a visit of today's run."""
        record = self.story.visit(visit)
        with self._open() as database:
            return database.write(lambda c: make_link(c, SystemClock(), record, self.address))

    def tablet(
        self, member: str, name: str, *, server: str = "", env: Mapping[str, str] | None = None, sync: bool = True
    ) -> Program:
        """A tablet of a member of staff, set up and synced by command; the app on it is not started."""
        store = self.folder / name
        code = self.code(member)
        done = fieldapp("enrol", "--store", store, "--server", server or self.address, "--code", code)
        assert done.code == 0, done.said
        if sync:
            self.sync(name)
        return tablet(name, self.folder, env)

    def shown(self, store: str, patient: str, *, history: bool = False) -> dict[str, Json]:
        """What a tablet's commands show of a patient, by record."""
        more = ["--history"] if history else []
        lines = fieldapp("show", "--store", self.folder / store, "--patient", patient, *more).lines
        return {line["id"]: line for line in lines}

    def sync(self, store: str) -> Json:
        """One sync by command."""
        return fieldapp("sync", "--store", self.folder / store).one

    def feed(self, patient: str) -> list[Json]:
        """Every revision of a patient in the feed of each team, oldest first, as the server serves it."""
        query = select(feed.c.team, feed.c.data).where(feed.c.patient == patient, feed.c.item == "revision")
        with self._open() as database, database.reading() as connection:
            rows = connection.execute(query.order_by(feed.c.team, feed.c.position)).all()
        return [{**json.loads(data), "team": team} for team, data in rows]

    def received(self, patient: str, kind: str, since: set[str]) -> list[Json]:
        """The bodies of the revisions of a kind that are not among `since`, which must each be there once a team."""
        fresh = [item for item in self.feed(patient) if item["kind"] == kind and item["id"] not in since]
        seen = [(item["team"], item["id"]) for item in fresh]
        assert len(seen) == len(set(seen)), "a revision stands twice in one team's feed"
        return [item["body"] for item in {item["id"]: item for item in fresh}.values()]

    def arrived(self, patient: str, kind: str, since: set[str], count: int) -> list[Json]:
        """`received`, once so many are there."""
        what = f"{count} of kind {kind} at the server"
        wait_for(lambda: len(self.received(patient, kind, since)) >= count, what)
        return self.received(patient, kind, since)

    @contextmanager
    def _open(self) -> Generator[Database]:
        with closing(Database(self.database)) as database:
            yield database


__all__ = ["PASSPHRASE", "MadeUpService"]
