"""How long and for which teams a token lets its device listen: read for many tokens at once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from sqlalchemy import Connection, bindparam, select

from fieldapp.domain.clock import Clock
from server.db.tables import devices, memberships, teams, tokens
from server.errors import UnauthenticatedError
from server.identity.tokens import proof_in, token_hash
from server.times import now_ms

_AT_ONCE: Final = 500


@dataclass(frozen=True)
class Lease:
    """`teams` maps the person's teams to the position of the last item in each feed; `expires_at` is in ms."""

    token: bytes
    device: str
    person: str
    expires_at: int
    teams: Mapping[str, int] = field(default_factory=dict[str, int])


def read_leases(connection: Connection, clock: Clock, hashes: Sequence[bytes]) -> dict[bytes, Lease]:
    """The leases of the tokens with these hashes. An expired token has none, nor has a revoked device's."""
    found: dict[bytes, dict[str, int]] = {}
    heads: dict[bytes, Any] = {}
    for start in range(0, len(hashes), _AT_ONCE):
        some = {"hashes": hashes[start : start + _AT_ONCE], "now": now_ms(clock)}
        for row in connection.execute(_LEASES, some):
            heads[row.hash] = row
            mine = found.setdefault(row.hash, {})
            if row.team is not None:
                mine[row.team] = row.next_position - 1
    return {key: Lease(key, row.device, row.person, row.expires_at, found[key]) for key, row in heads.items()}


def read_lease(connection: Connection, clock: Clock, authorization: str | None) -> Lease:
    """The lease of an authenticated request's token. Raises UnauthenticatedError: it has just ended."""
    key = token_hash(proof_in(authorization).token)
    found = read_leases(connection, clock, [key])
    if key not in found:
        raise UnauthenticatedError
    return found[key]


def _leases_query() -> Any:
    return (
        select(
            tokens.c.hash, tokens.c.expires_at, devices.c.device, devices.c.person, teams.c.team, teams.c.next_position
        )
        .select_from(tokens)
        .join(devices, devices.c.device == tokens.c.device)
        .outerjoin(memberships, memberships.c.person == devices.c.person)
        .outerjoin(teams, teams.c.team == memberships.c.team)
        .where(
            tokens.c.hash.in_(bindparam("hashes", expanding=True)),
            tokens.c.expires_at > bindparam("now"),
            devices.c.revoked_at.is_(None),
        )
    )


_LEASES = _leases_query()
