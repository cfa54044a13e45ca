"""What the store gives to screens besides records: who is enrolled, who may unlock, how an entry's sending stands."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal, NamedTuple

from fieldapp.domain.canonical import Json
from fieldapp.domain.delivery import Refusal
from fieldapp.domain.revision import Author


class PersonLabel(NamedTuple):
    """A clinician as the unlock screen shows them, before anything is opened. Empty names before enrolment."""

    slot: str
    name: str
    role: str


class TeamLabel(NamedTuple):
    """A team of the enrolled clinician; `phone` is None where none is known."""

    id: str
    name: str
    phone: str | None


@dataclass(frozen=True, slots=True)
class Identity:
    """Who this tablet is to which server. `server` is its address; `server_key` the base64url Ed25519 public key with
    which it signs merges; `offset_ms` is what must be added to this tablet's clock, as last measured."""

    server: str
    device: str
    person: Author
    teams: tuple[TeamLabel, ...]
    epoch: str
    server_key: str
    offset_ms: int | None = None

    def to_json(self) -> Json:
        """The JSON object that `from_json` reads."""
        return {
            "server": self.server,
            "device": self.device,
            "person": list(self.person),
            "teams": [list(team) for team in self.teams],
            "epoch": self.epoch,
            "server_key": self.server_key,
            "offset_ms": self.offset_ms,
        }

    @classmethod
    def from_json(cls, value: Json) -> Identity:
        """Read what `to_json` wrote."""
        return cls(
            server=value["server"],
            device=value["device"],
            person=Author(*value["person"]),
            teams=tuple(TeamLabel(*team) for team in value["teams"]),
            epoch=value["epoch"],
            server_key=value["server_key"],
            offset_ms=value["offset_ms"],
        )


DeliveryState = Literal["waiting", "refused", "sent"]


@dataclass(frozen=True, slots=True)
class Delivery:
    """One entry made on this tablet on its way to the team. `saved_at` is the device's time; `received_at` the
    tablet's time when the server's receipt came, None before."""

    revision: str
    record: str
    kind: str
    patient: str
    saved_at: datetime
    state: DeliveryState
    refusal: Refusal | None = None
    received_at: datetime | None = None
