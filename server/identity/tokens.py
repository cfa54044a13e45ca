"""Ten-minute tokens bound to a device's key, and the check of every request's proof.

A token alone is worth nothing: each request is signed by the device's key over method, target, body, time and nonce.
"""

from __future__ import annotations

import hashlib
import secrets
from typing import Any, NamedTuple

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from sqlalchemy import Connection, bindparam, delete, select

from fieldapp.domain.clock import Clock
from fieldapp.domain.ids import is_id
from fieldapp.sync.proof import (
    MAX_SKEW_MS,
    Proof,
    b64,
    parse_authorization,
    request_text,
    token_text,
    unb64,
    verified,
)
from fieldapp.sync.wire import Person, TokenReply, TokenRequest
from server.db.tables import devices, memberships, people, teams, tokens
from server.errors import ClockError, RevokedError, UnauthenticatedError
from server.identity.caller import Caller, CallerTeam
from server.identity.nonces import Nonces
from server.times import now_ms

LIFE_S = 600
_TOKEN_BYTES = 16
_SIGNATURE_BYTES = 64


class SignedRequest(NamedTuple):
    """What a proof binds. `target` is the path with its query and `body` the bytes, both as they came."""

    method: str
    target: str
    body: bytes
    authorization: str | None


def issue_token(connection: Connection, clock: Clock, nonces: Nonces, request: TokenRequest) -> TokenReply:
    """A new token for the device that signed the request.

    Raises:
        UnauthenticatedError, ClockError, RevokedError
    """
    now = now_ms(clock)
    if not is_id(request.device):
        raise UnauthenticatedError
    row = connection.execute(select(devices).where(devices.c.device == request.device)).one_or_none()
    if row is None:
        raise UnauthenticatedError
    try:
        signature = unb64(request.proof)
    except ValueError as error:
        raise UnauthenticatedError from error
    text = token_text(request.device, request.at, request.nonce)
    _check(row.public_key, signature, text, request.at, now)
    if row.revoked_at is not None:
        raise RevokedError
    if not nonces.take(request.device, request.nonce):
        raise UnauthenticatedError
    connection.execute(delete(tokens).where(tokens.c.device == request.device, tokens.c.expires_at < now))
    token = b64(secrets.token_bytes(_TOKEN_BYTES))
    row = {"hash": token_hash(token), "device": request.device, "expires_at": now + LIFE_S * 1000}
    connection.execute(tokens.insert().values(row))
    return TokenReply(token=token, seconds=LIFE_S, now=now)


def authenticate(connection: Connection, clock: Clock, nonces: Nonces, request: SignedRequest) -> Caller:
    """The device behind a request, with its person and teams: one indexed query.

    Raises:
        UnauthenticatedError, ClockError, RevokedError
    """
    now = now_ms(clock)
    proof = proof_in(request.authorization)
    rows = connection.execute(_CALLER, {"hash": token_hash(proof.token), "now": now}).all()
    if not rows:
        raise UnauthenticatedError
    first = rows[0]
    text = request_text(request.method, request.target, request.body, proof.token, proof.at, proof.nonce)
    _check(first.public_key, proof.signature, text, proof.at, now)
    if first.revoked_at is not None:
        raise RevokedError
    if not nonces.take(first.device, proof.nonce):
        raise UnauthenticatedError
    found = (CallerTeam(row.team, row.team_name, row.phone, row.next_position - 1) for row in rows if row.team)
    person = Person(id=first.person, name=first.name, role=first.role)
    return Caller(first.device, first.public_key, person, tuple(sorted(found)))


def _caller_query() -> Any:
    return (
        select(
            devices.c.device,
            devices.c.public_key,
            devices.c.revoked_at,
            people.c.person,
            people.c.name,
            people.c.role,
            teams.c.team,
            teams.c.name.label("team_name"),
            teams.c.phone,
            teams.c.next_position,
        )
        .select_from(tokens)
        .join(devices, devices.c.device == tokens.c.device)
        .join(people, people.c.person == devices.c.person)
        .outerjoin(memberships, memberships.c.person == people.c.person)
        .outerjoin(teams, teams.c.team == memberships.c.team)
        .where(tokens.c.hash == bindparam("hash"), tokens.c.expires_at > bindparam("now"))
    )


_CALLER = _caller_query()


def proof_in(header: str | None) -> Proof:
    """The parts of an Authorization header. Raises UnauthenticatedError."""
    try:
        return parse_authorization(header or "")
    except ValueError as error:
        raise UnauthenticatedError from error


def _check(public_key: bytes, signature: bytes, text: bytes, at: int, now: int) -> None:
    key = Ed25519PublicKey.from_public_bytes(public_key)
    if len(signature) != _SIGNATURE_BYTES or not verified(key, signature, text):
        raise UnauthenticatedError
    if abs(at - now) > MAX_SKEW_MS:
        raise ClockError


def token_hash(token: str) -> bytes:
    """Under which a token is stored."""
    return hashlib.sha256(token.encode(errors="replace")).digest()
