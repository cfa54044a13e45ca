"""The pull's cursor: opaque to tablets, sealed against change, bound to the server's epoch."""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

from fieldapp.domain.canonical import canonical_json
from fieldapp.sync.proof import b64, unb64
from server.db.service import Service
from server.errors import BadCursorError

_VERSION = 1
_SEAL_BYTES = 16
_LONGEST = 16_384


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

    def encode(self, service: Service) -> str:
        """The text for the tablet."""
        value = {
            "v": _VERSION,
            "e": service.epoch,
            "t": {team: list(reached) for team, reached in self.teams.items()},
            "d": list(self.today) if self.today else None,
        }
        plain = canonical_json(value)
        return f"{b64(plain)}.{b64(_seal(service, plain))}"


def decode(text: str, service: Service) -> Cursor:
    """The cursor a tablet brings.

    Raises:
        BadCursorError: it is not one that this server gave in this epoch.
    """
    body, _, seal = text.partition(".")
    if len(text) > _LONGEST:
        raise BadCursorError
    try:
        plain = unb64(body)
        if not hmac.compare_digest(unb64(seal), _seal(service, plain)):
            raise BadCursorError
        value: dict[str, Any] = json.loads(plain)
    except ValueError as error:
        raise BadCursorError from error
    if value["v"] != _VERSION or value["e"] != service.epoch:
        raise BadCursorError
    teams = {team: Reached(*reached) for team, reached in value["t"].items()}
    return Cursor(teams, Place(*value["d"]) if value["d"] else None)


def _seal(service: Service, plain: bytes) -> bytes:
    return hmac.new(service.secret, b"cursor\n" + plain, hashlib.sha256).digest()[:_SEAL_BYTES]
