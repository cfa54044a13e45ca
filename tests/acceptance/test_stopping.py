"""The server stops when it is told to, whatever a tablet with a bad signal is in the middle of."""

from __future__ import annotations

import socket
import time

import requests
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from fieldapp.domain.clock import SystemClock
from fieldapp.domain.ids import new_id
from fieldapp.domain.revision import make_revision
from fieldapp.sync.transport import HttpTransport, enrol
from fieldapp.sync.wire import SERVER_DEVICE
from server.db import schema
from server.db.engine import Database
from server.sync.push import IMPORTER, add_revisions
from tests.browser.journey import MadeUpService


def test_a_request_that_never_ends_does_not_hold_the_server(service: MadeUpService) -> None:
    head = b"POST /v1/push HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1000\r\n\r\n{"
    with socket.create_connection(("127.0.0.1", service.port)) as stalled:
        stalled.sendall(head)
        assert requests.get(f"{service.address}/v1/me", timeout=10).status_code == 401
        begun = time.monotonic()
        with service.stopped():
            assert time.monotonic() - begun < 12, "it had to be killed"
    assert requests.get(f"{service.address}/v1/me", timeout=10).status_code == 401


def test_a_listening_tablet_hears_what_a_command_brings_and_does_not_hold_the_server(service: MadeUpService) -> None:
    key, clock = Ed25519PrivateKey.generate(), SystemClock()
    reply = enrol(service.address, service.code("amira"), key)
    road = HttpTransport(service.address, reply.device, key, clock)
    stream = road.listen(silence=30)
    blocks = stream.blocks()
    assert next(blocks) == b":\n\n"
    bring(service, service.patient("dorothy"))
    assert next(blocks).startswith(b"event: moved\n")
    begun = time.monotonic()
    with service.stopped():
        assert time.monotonic() - begun < 4, "it waited for the tablet"
        assert list(blocks) == [], "the stream ended in order"
    stream.close()
    road.close()


def bring(service: MadeUpService, patient: str) -> None:
    """What an import does: a write by another process than the server's."""
    clock = SystemClock()
    database = Database(service.database)
    note = make_revision(
        id=new_id(clock),
        record=new_id(clock),
        kind="note",
        patient=patient,
        parents=(),
        author=IMPORTER,
        device=SERVER_DEVICE,
        at=clock.now(),
        offset_ms=0,
        schema=1,
        body={"text": "From another system."},
    )
    team = service.feed(patient)[0]["team"]
    made = add_revisions(database, clock, schema.check(database), team=team, revisions=[note])
    database.close()
    assert [outcome.status.value for outcome in made] == ["accepted"]
