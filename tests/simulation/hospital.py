"""The simulated service: the real ASGI application on a real database, without a socket, killed and restored."""

from __future__ import annotations

import json
import logging
from collections.abc import Callable
from pathlib import Path
from typing import Any
from unittest.mock import patch

from sqlalchemy import event, text
from sqlalchemy.exc import OperationalError
from starlette.types import ASGIApp

from fieldapp.domain.canonical import Json
from fieldapp.domain.clock import FixedClock
from fieldapp.domain.ids import Entropy, new_id
from fieldapp.domain.revision import Revision, make_revision, parse_revision
from server.app import create_app
from server.config import Limits, Rate, Settings
from server.db import schema
from server.db.engine import Database
from server.db.service import SERVER_DEVICE, Service, begin_epoch, load_service
from server.identity import devices, people
from server.sync.push import IMPORTER, add_revisions
from tests.simulation.databases import Databases
from tests.simulation.faults import Asked, Killed, Reply

_PLENTY = Rate(1e6, 1_000_000)
_LIMITS = Limits(_PLENTY, _PLENTY, _PLENTY, _PLENTY)
logging.getLogger("server").addHandler(logging.NullHandler())

COMMIT = ("busy", "error", "kill_before", "kill_after")
"""The database is locked; something unforeseen; the process ends before the commit, or after it."""


class Hospital:
    """One server. `commit_trouble` happens to its next write."""

    def __init__(self, databases: Databases, clock: FixedClock, entropy: Entropy) -> None:
        self.clock = clock
        self.commit_trouble: str | None = None
        self._databases = databases
        self._asked = False
        self._entropy = entropy
        self.start()

    def start(self) -> None:
        """A new process on what is there."""
        url = self._databases.url
        self.database = Database(url)
        self.app: ASGIApp = create_app(Settings(database=url, limits=_LIMITS), self.clock, self.database)
        with self.database.reading() as connection:
            self.service: Service = load_service(connection)
        event.listen(self.database.engine, "commit", self._at_commit)

    def restart(self) -> None:
        """The process ended without a word; another one finds what is on the disk."""
        before = self.database
        self._databases.left()
        before.close()
        self.start()

    def backup(self, target: Path) -> None:
        """A copy of everything, as of now, under the name of `target`."""
        if not self.database.is_sqlite:
            self.database.close()
        self._databases.keep(target.stem)

    def restore(self, source: Path) -> None:
        """Back to a copy, under a new epoch, as the operator does it."""
        self.database.close()
        self._databases.put_back(source.stem)
        database = Database(self._databases.url)
        database.write(lambda c: begin_epoch(c, self.clock))
        database.close()
        self.start()

    def close(self) -> None:
        """End for good."""
        self.database.close()
        self._databases.drop()

    def handle(self, asked: Asked) -> Reply | None:
        """One request to its end; None when the process died of it, and another one is there now."""
        self._asked = True
        try:
            return call(self.app, asked)
        except Killed:
            self.restart()
            return None
        finally:
            self._asked = False

    def write(self, work: Callable[[Any], Any]) -> Any:
        """What an administrator's command does."""
        return self.database.write(work)

    def receipts(self) -> list[str]:
        """Ids of the revisions it holds."""
        with self.database.reading() as connection:
            return list(connection.execute(text("SELECT revision FROM receipts")).scalars())

    def revisions(self, kind: str) -> list[Revision]:
        """All of one kind that it holds."""
        with self.database.reading() as connection:
            query = "SELECT DISTINCT data FROM feed WHERE item = 'revision'"
            found = [parse_revision(json.loads(data)) for data in connection.execute(text(query)).scalars()]
        return [revision for revision in found if revision.kind == kind]

    def office(self, team: str, *revisions: Revision) -> list[str]:
        """What another system brings to a team: one status each."""
        made = add_revisions(self.database, self.clock, self.service, team=team, revisions=revisions)
        return [outcome.status.value for outcome in made]

    def imported(
        self, patient: str, kind: str, body: Json, *, record: str | None = None, parents: tuple[str, ...] = ()
    ) -> Revision:
        """A revision for `office`."""
        return make_revision(
            id=new_id(self.clock, self._entropy),
            record=record or new_id(self.clock, self._entropy),
            kind=kind,
            patient=patient,
            parents=parents,
            author=IMPORTER,
            device=SERVER_DEVICE,
            at=self.clock.now(),
            offset_ms=0,
            schema=1,
            body=body,
        )

    def revoke(self, device: str) -> None:
        """Stop a tablet."""
        self.write(lambda c: devices.revoke(c, self.clock, device))

    def move(self, person: str, leaves: str | None, joins: str | None) -> None:
        """A person changes teams."""

        def work(connection: Any) -> None:
            if joins:
                people.add_to_team(connection, self.clock, person, joins)
            if leaves:
                people.remove_from_team(connection, self.clock, person, leaves)

        self.write(work)

    def _at_commit(self, connection: Any) -> None:
        trouble = self.commit_trouble
        if trouble is None or not self._asked or not connection.get_execution_options().get("writes"):
            return
        self.commit_trouble = None
        if trouble == "busy":
            raise OperationalError("COMMIT", {}, Exception("database is locked"))
        if trouble == "error":
            raise RuntimeError("something unforeseen")
        if trouble == "kill_after":
            connection.connection.driver_connection.execute("COMMIT")
        raise Killed


def call(app: ASGIApp, asked: Asked) -> Reply:
    """One request to an ASGI application whose work runs in the calling thread, so that nothing is ever awaited."""
    path, _, query = asked.target.partition("?")
    headers = [(name.lower().encode("latin-1"), value.encode("latin-1")) for name, value in asked.headers.items()]
    scope: dict[str, Any] = {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "method": asked.method,
        "scheme": "http",
        "path": path,
        "raw_path": path.encode(),
        "query_string": query.encode(),
        "root_path": "",
        "headers": headers,
        "client": ("127.0.0.1", 1),
        "server": ("127.0.0.1", 80),
    }
    sent: list[Any] = []

    async def receive() -> Any:
        return {"type": "http.request", "body": asked.body, "more_body": False}

    async def send(message: Any) -> None:
        sent.append(message)

    work: Any = app(scope, receive, send)
    try:
        work.send(None)
    except StopIteration:
        pass
    else:
        work.close()
        raise AssertionError("The server waits for something that the simulation does not know.")
    head = {name.decode("latin-1"): value.decode("latin-1") for name, value in sent[0]["headers"]}
    return Reply(sent[0]["status"], head, b"".join(message.get("body", b"") for message in sent[1:]))


def prepare(url: str, clock: FixedClock) -> None:
    """Give an empty database this version's schema."""
    database = Database(url)
    with patch("server.db.service.Ed25519PrivateKey.generate", _fixed_key):
        schema.prepare(database, clock)
    database.close()


def _fixed_key() -> Any:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

    return Ed25519PrivateKey.from_private_bytes(b"the simulated server's own key".ljust(32))
