"""Whose signatures count: the caller's, the service's own, and those of every tablet ever enrolled."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cached_property
from typing import NamedTuple, cast

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from sqlalchemy import select

from fieldapp.domain.ids import is_id
from server.db.engine import Database
from server.db.queries import chunks
from server.db.service import SERVER_DEVICE, Service
from server.db.tables import devices
from server.identity.caller import Caller


class Signer(NamedTuple):
    """A device's key, and the person it belongs to; None for the service, which signs what others wrote."""

    key: Ed25519PublicKey
    person: str | None


class Signers:
    """Who may have signed the objects that `caller` sends. Other tablets' keys are read once, when one is needed.

    A revoked tablet's signature counts: what it signed while it was trusted may come back from a colleague's tablet
    after a restore. It can send nothing itself, and the audit says who brought its revisions.
    """

    def __init__(self, caller: Caller, service: Service, database: Database, wires: Sequence[object]) -> None:
        self._caller = caller
        self._service = service
        self._database = database
        self._wires = wires

    def of(self, device: str) -> Signer | None:
        """Whose key a revision of this device must be signed with."""
        if device == self._caller.device:
            return Signer(self._caller.key, self._caller.person.id)
        if device == SERVER_DEVICE:
            return Signer(self._service.key.public_key(), None)
        return self._others.get(device)

    @cached_property
    def _others(self) -> Mapping[str, Signer]:
        named = [cast("dict[str, object]", wire).get("device") for wire in self._wires if isinstance(wire, dict)]
        ids = sorted({name for name in named if isinstance(name, str) and is_id(name)})
        found: dict[str, Signer] = {}
        with self._database.reading() as connection:
            for some in chunks(ids):
                for row in connection.execute(select(devices).where(devices.c.device.in_(some))):
                    found[row.device] = Signer(Ed25519PublicKey.from_public_bytes(row.public_key), row.person)
        return found
