"""A small service for tests: a real database, a real server on loopback, tablets with real keys, a still clock."""

from __future__ import annotations

import json
import secrets
import socket
import threading
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cached_property
from typing import Any

import requests
import uvicorn
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from sqlalchemy import select

from fieldapp.domain.clock import FixedClock
from fieldapp.domain.ids import new_id
from fieldapp.domain.revision import Author, Revision, make_revision
from fieldapp.sync.proof import authorization, b64, revision_text, token_text
from fieldapp.sync.wire import Person
from server.app import create_app
from server.config import Settings
from server.db import schema
from server.db.engine import Database
from server.db.service import SERVER_DEVICE
from server.db.tables import teams as teams_table
from server.identity import codes, people
from server.identity.caller import Caller, CallerTeam
from server.sync.ledger import Ledger
from server.sync.push import IMPORTER, add_revisions
from server.times import now_ms

Json = dict[str, Any]
START = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)


class World:
    """One service on one database. `address` starts the HTTP server when first asked for."""

    def __init__(self, url: str, clock: FixedClock) -> None:
        self.url = url
        self.clock = clock
        self.database = Database(url)
        self.service = schema.prepare(self.database, clock)
        self.settings = Settings(database=url)
        self._server: uvicorn.Server | None = None
        self._thread: threading.Thread | None = None

    @cached_property
    def address(self) -> str:
        listener = socket.create_server(("127.0.0.1", 0))
        app = create_app(self.settings, self.clock, self.database)
        config = uvicorn.Config(app, access_log=False, log_config=None, timeout_graceful_shutdown=1)
        self._server = uvicorn.Server(config)
        self._thread = threading.Thread(target=self._server.run, kwargs={"sockets": [listener]})
        self._thread.start()
        return f"http://127.0.0.1:{listener.getsockname()[1]}"

    def close(self) -> None:
        if self._server and self._thread:
            self._server.should_exit = True
            self._thread.join()
        self.database.close()

    def team(self, name: str) -> str:
        return self.database.write(lambda c: people.ensure_team(c, self.clock, name)).id

    def person(self, name: str, *teams: str, role: str = "Nurse") -> str:
        def work(connection: Any) -> str:
            made = [people.ensure_person(connection, self.clock, name, role, team) for team in teams]
            return made[0].id

        return self.database.write(work)

    def code(self, person: str) -> str:
        return self.database.write(lambda c: codes.make_code(c, self.clock, person)).text

    def tablet(self, name: str, *teams: str, role: str = "Nurse") -> Tablet:
        """An enrolled tablet of a person in the teams."""
        tablet = Tablet(self)
        tablet.enrol(self.code(self.person(name, *teams, role=role)))
        return tablet

    def join(self, patient: str, team: str) -> None:
        self._move("join", patient, team)

    def leave(self, patient: str, team: str) -> None:
        self._move("leave", patient, team)

    def bring(self, team: str, *revisions: Revision) -> list[str]:
        """What an import brings to a team; the statuses."""
        made = add_revisions(self.database, self.clock, self.service, team=team, revisions=revisions)
        return [outcome.status for outcome in made]

    def imported(self, patient: str, kind: str, body: Json, **more: Any) -> Revision:
        """An unsigned revision for `bring`."""
        return revision_of(self.clock, SERVER_DEVICE, IMPORTER, patient, kind, body, **more)

    def _move(self, how: str, patient: str, team: str) -> None:
        def work(connection: Any) -> None:
            ledger = Ledger(connection, now_ms(self.clock), [patient], [team])
            getattr(ledger, how)(patient, team)
            ledger.flush()

        self.database.write(work)


def revision_of(
    clock: FixedClock,
    device: str,
    author: Author,
    patient: str,
    kind: str,
    body: Json,
    *,
    record: str | None = None,
    parents: Sequence[Revision | str] = (),
    reason: str | None = None,
    id: str | None = None,
) -> Revision:
    first = next((parent for parent in parents if isinstance(parent, Revision)), None)
    return make_revision(
        id=id or new_id(clock),
        record=record or (first.record if first else new_id(clock)),
        kind=kind,
        patient=patient,
        parents=tuple(parent if isinstance(parent, str) else parent.id for parent in parents),
        author=author,
        device=device,
        at=clock.now(),
        offset_ms=0,
        schema=1,
        body=body,
        reason=reason,
    )


@dataclass
class Tablet:
    """An enrolled device, as thin as the wire allows."""

    world: World
    key: Ed25519PrivateKey = field(default_factory=Ed25519PrivateKey.generate)
    device: str = ""
    person: Json = field(default_factory=dict)
    token: str = ""
    cursor: str | None = None

    @property
    def public_key(self) -> str:
        return b64(self.key.public_key().public_bytes_raw())

    def enrol(self, code: str) -> requests.Response:
        body = {"code": code, "key": self.public_key, "name": "Test tablet"}
        response = requests.post(f"{self.world.address}/v1/enrol", json=body, timeout=20)
        if response.ok:
            self.device = response.json()["device"]
            self.person = response.json()["person"]
        return response

    def ask_token(self, **changed: Any) -> requests.Response:
        at, nonce = changed.pop("at", now_ms(self.world.clock)), changed.pop("nonce", secrets.token_hex(8))
        device = changed.pop("device", self.device)
        proof = b64(self.key.sign(token_text(device, at, nonce)))
        body = {"device": device, "at": at, "nonce": nonce, "proof": proof, **changed}
        response = requests.post(f"{self.world.address}/v1/token", json=body, timeout=20)
        if response.ok:
            self.token = response.json()["token"]
        return response

    def headers(self, method: str, target: str, body: bytes = b"", **changed: Any) -> dict[str, str]:
        if not self.token:
            self.ask_token()
        signed: Json = {"at": now_ms(self.world.clock), "nonce": secrets.token_hex(8), "token": self.token, **changed}
        return {"Authorization": authorization(self.key, method=method, target=target, body=body, **signed)}

    def send(
        self, method: str, target: str, body: bytes = b"", headers: dict[str, str] | None = None
    ) -> requests.Response:
        url = self.world.address + target
        signed = headers if headers is not None else self.headers(method, target, body)
        return requests.request(method, url, data=body, headers={"Accept-Encoding": "identity", **signed}, timeout=20)

    def write(self, patient: str, kind: str, body: Json, **more: Any) -> Revision:
        """A signed revision of this tablet's person."""
        author = Author(self.person["id"], self.person["name"], self.person["role"])
        return self.sign(revision_of(self.world.clock, self.device, author, patient, kind, body, **more))

    def sign(self, revision: Revision) -> Revision:
        return revision.signed_with(b64(self.key.sign(revision_text(revision.hash))))

    def push(self, *items: Revision | object) -> list[Json]:
        """The outcomes."""
        response = self.send("POST", "/v1/push", push_body(*items))
        assert response.status_code == 200, response.text
        return response.json()["outcomes"]

    def new_patient(self, family: str = "Thistlewood") -> str:
        """A patient whom this tablet registers."""
        patient = new_id(self.world.clock)
        assert self.push(self.write(patient, "patient", {"name": {"family": family}}))[0]["status"] == "accepted"
        return patient

    def page(self, cursor: str | None = None, size: int | None = None) -> Json:
        """One page, as it came."""
        query = "&".join([f"cursor={cursor}"] * (cursor is not None) + [f"bytes={size}"] * (size is not None))
        response = self.send("GET", f"/v1/pull?{query}" if query else "/v1/pull")
        if response.status_code == 204:
            return {"cursor": cursor, "items": [], "more": False, "now": int(response.headers["now"])}
        assert response.status_code == 200, response.text
        return response.json()

    def pull(self, size: int | None = None) -> list[Json]:
        """Everything new since the last pull: the items of all pages."""
        items: list[Json] = []
        while True:
            page = self.page(self.cursor, size)
            self.cursor = page["cursor"]
            items += page["items"]
            if not page["more"]:
                return items

    def caller(self) -> Caller:
        """What the server would know of this tablet after authentication."""
        with self.world.database.reading() as connection:
            found = people.teams_of(connection, self.person["id"])
            ends = {row.team: row.next_position for row in connection.execute(select(teams_table))}
        mine = tuple(CallerTeam(team.id, team.name, team.phone, ends[team.id] - 1) for team in found)
        return Caller(self.device, self.key.public_key().public_bytes_raw(), Person(**self.person), mine)


def push_body(*items: Revision | object) -> bytes:
    wires = [item.to_wire() if isinstance(item, Revision) else item for item in items]
    return json.dumps({"revisions": wires}).encode()


def revisions_in(items: Sequence[Json]) -> list[Json]:
    return [item["revision"] for item in items if "revision" in item]


def ids_in(items: Sequence[Json]) -> list[str]:
    return [revision["id"] for revision in revisions_in(items)]
