"""The pull's cursor: opaque to tablets, sealed against change, bound to the tablet and the server's epoch, and short,
because every request carries one: `version~team.position.mark~…~d.team.patient.position~seal`, ids as 22 characters."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple
from uuid import UUID

from fieldapp.sync.proof import b64, unb64
from fieldapp.sync.wire import MAX_CURSOR
from server.db.service import Service
from server.errors import BadCursorError

_VERSION = "2"
_TODAY = "d"
_SEAL_BYTES = 12


class Reached(NamedTuple):
    """In one team: all up to `position` was served, and today's patients may have been up to `mark`."""

    position: int
    mark: int


class Place(NamedTuple):
    """In today's patients: the last item served."""

    team: str
    patient: str
    position: int


@dataclass(frozen=True)
class Cursor:
    """How far a tablet has got. `today` is None once today's patients are done."""

    teams: Mapping[str, Reached]
    today: Place | None

    def encode(self, service: Service, device: str) -> str:
        """The text for the tablet."""
        parts = [_VERSION]
        parts += [f"{_short(team)}.{at.position}.{at.mark}" for team, at in sorted(self.teams.items())]
        if self.today is not None:
            team, patient, position = self.today
            parts.append(f"{_TODAY}.{_short(team)}.{_short(patient)}.{position}")
        plain = "~".join(parts)
        return f"{plain}~{_seal(service, device, plain)}"


def decode(text: str, service: Service, device: str) -> Cursor:
    """The cursor a tablet brings.

    Raises:
        BadCursorError: it is not one that this server gave to this tablet in this epoch.
    """
    plain, _, seal = text.rpartition("~")
    if len(text) > MAX_CURSOR or not hmac.compare_digest(
        seal.encode(errors="replace"), _seal(service, device, plain).encode()
    ):
        raise BadCursorError
    version, *parts = plain.split("~")
    if version != _VERSION:
        raise BadCursorError
    teams: dict[str, Reached] = {}
    today = None
    for part in parts:
        fields = part.split(".")
        if fields[0] == _TODAY:
            today = Place(_long(fields[1]), _long(fields[2]), int(fields[3]))
        else:
            teams[_long(fields[0])] = Reached(int(fields[1]), int(fields[2]))
    return Cursor(teams, today)


def _seal(service: Service, device: str, plain: str) -> str:
    text = f"cursor\n{service.epoch}\n{device}\n{plain}".encode(errors="replace")
    return b64(hmac.new(service.secret, text, hashlib.sha256).digest()[:_SEAL_BYTES])


def _short(id: str) -> str:
    return b64(UUID(id).bytes) if id else ""


def _long(text: str) -> str:
    return str(UUID(bytes=unb64(text))) if text else ""
