"""The tablet before and between sessions."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from fieldapp.domain.clock import Clock, FixedClock, SystemClock
from fieldapp.storage import Identity
from fieldapp.storage.errors import StoreClosedError, WrongPassphraseError
from fieldapp.storage.kdf import FLOOR
from fieldapp.sync.errors import CodeRefusedError, UnreachableError
from fieldapp.sync.hints import HintRoad
from fieldapp.sync.ports import Transport
from fieldapp.sync.proof import b64
from fieldapp.sync.wire import EnrolReply, Person, Team
from fieldapp.usecases.errors import AlreadyEnrolledError, LockedError, NotEnrolledError
from fieldapp.usecases.tablet import Tablet
from tests.app.running import THERAPIST, Running
from tests.sync.service import Road, Service

CLOCK = FixedClock(datetime(2026, 11, 22, 9, 0, tzinfo=UTC))
PASSPHRASE = "correct horse battery staple"
SERVER = "https://visits.example.nhs.uk"


class Registry:
    """A `Network` with one code, which belongs to the first key that uses it."""

    def __init__(self) -> None:
        self.service = Service(CLOCK)
        self.owner: bytes | None = None
        self.lost = 0
        self.roads: list[Road] = []

    def enrol(self, server: str, code: str, key: Ed25519PrivateKey) -> EnrolReply:
        public = key.public_key().public_bytes_raw()
        if code != "CODE" or self.owner not in (None, public):
            raise CodeRefusedError("This code does not work.", "bad_code")
        self.owner = public
        if self.lost:
            self.lost -= 1
            raise UnreachableError("The server cannot be reached.")
        return EnrolReply(
            device=f"device of {b64(public)}",
            person=Person(id="p", name="Amira Khan", role="Registered nurse"),
            teams=[Team(id="t", name="Harbour team")],
            epoch=self.service.epoch,
            server_key=self.service.public_key,
            now=int(CLOCK.now().timestamp() * 1000) + 1500,
        )

    def transport(self, identity: Identity, key: Ed25519PrivateKey, clock: Clock) -> Transport:
        self.roads.append(Road(self.service))
        return self.roads[-1]

    def hints(self, identity: Identity, key: Ed25519PrivateKey, clock: Clock) -> HintRoad:
        raise NotImplementedError


@pytest.fixture
def registry() -> Registry:
    return Registry()


@pytest.fixture
def tablet(tmp_path: Path, registry: Registry) -> Any:
    made = Tablet(tmp_path / "tablet", CLOCK, registry, kdf=FLOOR)
    yield made
    made.lock()


def test_from_nothing_to_locked_to_open(tablet: Tablet) -> None:
    assert tablet.state == "none"
    session = tablet.enrol(SERVER, " CODE ", PASSPHRASE)
    assert (tablet.state, session.author.name, session.team_names) == ("open", "Amira Khan", ("Harbour team",))
    identity = session.store.identity()
    assert identity is not None
    assert (identity.server, identity.offset_ms) == (SERVER, 1500)
    tablet.lock()
    assert tablet.state == "locked"
    with pytest.raises(StoreClosedError):
        session.store.patients()
    assert [(p.name, p.role) for p in tablet.people()] == [("Amira Khan", "Registered nurse")]
    assert tablet.unlock(PASSPHRASE).author.name == "Amira Khan"


def test_a_lost_reply_is_asked_for_again_with_the_same_key(tablet: Tablet, registry: Registry) -> None:
    registry.lost = 2
    for _ in range(2):
        with pytest.raises(UnreachableError):
            tablet.enrol(SERVER, "CODE", PASSPHRASE)
        assert tablet.state == "locked"
        with pytest.raises(NotEnrolledError):
            tablet.unlock(PASSPHRASE)
    assert tablet.enrol(SERVER, "CODE", PASSPHRASE).author.name == "Amira Khan"


def test_a_refused_code_leaves_the_tablet_ready_for_the_next(tablet: Tablet) -> None:
    with pytest.raises(CodeRefusedError):
        tablet.enrol(SERVER, "OLD", PASSPHRASE)
    tablet.enrol(SERVER, "CODE", PASSPHRASE)


def test_an_enrolled_tablet_is_not_enrolled_again(tablet: Tablet) -> None:
    tablet.enrol(SERVER, "CODE", PASSPHRASE)
    tablet.lock()
    with pytest.raises(AlreadyEnrolledError):
        tablet.enrol(SERVER, "CODE", PASSPHRASE)
    with pytest.raises(WrongPassphraseError):
        tablet.enrol(SERVER, "CODE", "another passphrase")
    assert tablet.state == "locked"


def test_syncing_needs_an_open_tablet_and_one_engine_serves_it(tablet: Tablet, registry: Registry) -> None:
    with pytest.raises(LockedError):
        tablet.sync()
    tablet.enrol(SERVER, "CODE", PASSPHRASE)
    assert tablet.sync() is tablet.sync()
    assert tablet.sync().run().pulled == 0
    stopped: list[str] = []
    tablet.before_lock(lambda: stopped.append(tablet.state))
    tablet.lock()
    assert stopped == ["locked"]
    assert len(registry.roads) == 1


def test_against_the_real_server(running: Running, tmp_path: Path) -> None:
    who = running.patient()
    tablet = Tablet(tmp_path / "real", SystemClock(), kdf=FLOOR)
    session = tablet.enrol(running.address, running.code(THERAPIST), PASSPHRASE)
    assert session.author.role == "Physiotherapist"
    tablet.sync().run()
    assert who in session.store.patients()
    saved = session.put(who, "note", {"text": "😷 Wound clean \u0000 and dry."})
    assert tablet.sync().run().accepted == 1
    assert session.store.status(saved.record) == "sent"
    assert tablet.sync().run().pulled == 0
    tablet.lock()
