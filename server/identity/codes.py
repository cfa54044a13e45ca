"""One-time enrolment codes: 80 random bits, easy to read out, good for ten minutes and one tablet."""

from __future__ import annotations

import hashlib
import secrets
from typing import NamedTuple

from sqlalchemy import Connection, delete

from fieldapp.domain.clock import Clock
from server.audit import SERVICE, Event, record
from server.db.tables import codes
from server.identity.people import ADMINISTRATOR
from server.times import now_ms

LIFE_MS = 10 * 60 * 1000
_ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_CHARACTERS = 16
_GROUP = 4
_LOOKALIKES = str.maketrans("OIL", "011", "- \t")


class Code(NamedTuple):
    """`text` in groups of four (Crockford's base 32, 80 bits); `expires_at` in ms."""

    text: str
    expires_at: int


def make_code(connection: Connection, clock: Clock, person: str) -> Code:
    """A new code for the person; only its hash is stored."""
    now = now_ms(clock)
    letters = "".join(secrets.choice(_ALPHABET) for _ in range(_CHARACTERS))
    connection.execute(delete(codes).where(codes.c.expires_at < now))
    connection.execute(codes.insert().values(hash=hash_code(letters), person=person, expires_at=now + LIFE_MS))
    record(connection, now, [Event(SERVICE, ADMINISTRATOR, "code", {"person": person})])
    groups = [letters[start : start + _GROUP] for start in range(0, _CHARACTERS, _GROUP)]
    return Code("-".join(groups), now + LIFE_MS)


def hash_code(text: str) -> bytes:
    """The 32 stored bytes of a code, however it was typed: case, hyphens and look-alikes do not matter."""
    plain = text.upper().translate(_LOOKALIKES)
    return hashlib.sha256(f"fieldserver-code\n{plain}".encode(errors="replace")).digest()
