"""Who is asking: the device, its person, and the person's teams, as the server knows them."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from fieldapp.sync.wire import Person, Team


class CallerTeam(NamedTuple):
    """A team of the caller; `end` is the position of the last item in its feed, 0 when empty."""

    id: str
    name: str
    phone: str | None
    end: int


@dataclass(frozen=True)
class Caller:
    """An authenticated tablet."""

    device: str
    public_key: bytes
    person: Person
    teams: tuple[CallerTeam, ...]

    @cached_property
    def key(self) -> Ed25519PublicKey:
        """The key that signs this tablet's requests and revisions."""
        return Ed25519PublicKey.from_public_bytes(self.public_key)

    @property
    def team_ids(self) -> tuple[str, ...]:
        """Sorted."""
        return tuple(sorted(team.id for team in self.teams))

    def wire_teams(self) -> list[Team]:
        """The teams as the wire has them."""
        return [Team(id=team.id, name=team.name, phone=team.phone) for team in self.teams]
