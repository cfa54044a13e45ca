"""Tablets: enrolled by a code with their public key, revoked by an administrator."""

from __future__ import annotations

import hashlib
from uuid import UUID

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from sqlalchemy import Connection, delete, select, update

from fieldapp.domain.clock import Clock
from fieldapp.sync.proof import unb64
from fieldapp.sync.wire import EnrolReply, EnrolRequest, Person
from server.audit import SERVICE, Event, record
from server.db.engine import RacedError, insert_new
from server.db.notices import announce_people
from server.db.service import Service
from server.db.tables import codes, devices, people, tokens
from server.errors import BadCodeError, MalformedError, NotFoundError, RevokedError
from server.identity.codes import hash_code
from server.identity.people import ADMINISTRATOR, teams_of
from server.times import now_ms

_KEY_BYTES = 32


def enrol(connection: Connection, clock: Clock, service: Service, request: EnrolRequest) -> EnrolReply:
    """Register the tablet's key for the person whose code this is.

    The code belongs to the first key that brings it; brought again by that key within its life it gets the same
    answer, so that a lost reply locks nobody out. A device's id follows from its key.

    Raises:
        BadCodeError: wrong, used or too old, or the key belongs to somebody else.
        MalformedError: the key is not one.
        RevokedError: this key was revoked; a new key pair is needed.
    """
    key = _public_key(request.key)
    device = device_id(key)
    now = now_ms(clock)
    hashed = hash_code(request.code)
    claim = codes.c.hash == hashed, codes.c.expires_at > now
    taken = connection.execute(update(codes).where(*claim, codes.c.device.is_(None)).values(device=device)).rowcount
    person = connection.scalar(select(codes.c.person).where(*claim, codes.c.device == device))
    if person is None:
        raise BadCodeError
    row = connection.execute(select(devices).where(devices.c.device == device)).one_or_none()
    if row is not None and row.person != person:
        raise BadCodeError
    if row is not None and row.revoked_at is not None:
        raise RevokedError
    if row is None:
        fresh = {"device": device, "person": person, "public_key": key, "name": request.name, "enrolled_at": now}
        if not insert_new(connection, devices, [fresh]):
            raise RacedError
    if taken:
        record(connection, now, [Event(SERVICE, person, "enrol", {"person": person}, device)])
    who = connection.execute(select(people).where(people.c.person == person)).one()
    return EnrolReply(
        device=device,
        person=Person(id=who.person, name=who.name, role=who.role),
        teams=teams_of(connection, person),
        epoch=service.epoch,
        server_key=service.public_key,
        now=now,
    )


def revoke(connection: Connection, clock: Clock, device: str) -> None:
    """Stop a tablet: its tokens end now and it gets no more. Raises NotFoundError."""
    now = now_ms(clock)
    changed = update(devices).where(devices.c.device == device, devices.c.revoked_at.is_(None)).values(revoked_at=now)
    if not connection.execute(changed).rowcount:
        raise NotFoundError("There is no such tablet, or it is revoked already.")
    connection.execute(delete(tokens).where(tokens.c.device == device))
    announce_people(connection)
    record(connection, now, [Event(SERVICE, ADMINISTRATOR, "revoke", {"device": device})])


def device_id(key: bytes) -> str:
    """A UUIDv8 (RFC 9562) from the SHA-256 of the public key."""
    value = int.from_bytes(hashlib.sha256(b"fieldapp-device\n" + key).digest()[:16], "big")
    value = value & ~(0xF << 76) | 0x8 << 76
    return str(UUID(int=value & ~(0b11 << 62) | 0b10 << 62))


def _public_key(text: str) -> bytes:
    try:
        key = unb64(text)
        if len(key) == _KEY_BYTES:
            Ed25519PublicKey.from_public_bytes(key)
            return key
    except ValueError as error:
        raise MalformedError("The tablet's key is not an Ed25519 public key.") from error
    raise MalformedError("The tablet's key is not an Ed25519 public key.")
