"""What the service knows of itself: its epoch and its keys. Whoever can read the database can sign as the service and
read every record, so the database and its backups must be protected like the records themselves."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from functools import cached_property

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from sqlalchemy import Connection, select, update

from fieldapp.domain.clock import Clock
from fieldapp.domain.ids import new_id
from fieldapp.domain.revision import Revision
from fieldapp.sync.proof import b64, revision_text, unb64
from fieldapp.sync.wire import SERVER_DEVICE as SERVER_DEVICE
from server.db.engine import insert_new
from server.db.tables import meta
from server.errors import SchemaMissingError


@dataclass(frozen=True)
class Service:
    """`epoch` changes when a backup is restored; `secret` keys cursors and the pseudonyms in logs."""

    epoch: str
    key: Ed25519PrivateKey
    secret: bytes

    @cached_property
    def public_key(self) -> str:
        """The Ed25519 key with which tablets check the server's merges, base64url."""
        return b64(self.key.public_key().public_bytes_raw())

    def sign(self, revision: Revision) -> Revision:
        """The revision with the server's signature."""
        return revision.signed_with(self.sign_text(revision_text(revision.hash)))

    def sign_text(self, text: bytes) -> str:
        """The server's signature of `text`, base64url."""
        return b64(self.key.sign(text))


def prepare_service(connection: Connection, clock: Clock) -> None:
    """Make the epoch and the keys once; what is there stays."""
    key = Ed25519PrivateKey.generate().private_bytes_raw()
    values = {"epoch": new_id(clock), "key": b64(key), "secret": b64(secrets.token_bytes(32))}
    insert_new(connection, meta, [{"name": name, "value": value} for name, value in values.items()])


def begin_epoch(connection: Connection, clock: Clock) -> str:
    """Give a database that was put back to a copy a new epoch, so that tablets bring what it lacks. Servers read it
    when they start."""
    epoch = new_id(clock)
    connection.execute(update(meta).where(meta.c.name == "epoch").values(value=epoch))
    return epoch


def load_service(connection: Connection) -> Service:
    """Read the epoch and the keys. Raises SchemaMissingError."""
    values = {row.name: row.value for row in connection.execute(select(meta.c.name, meta.c.value))}
    if not {"epoch", "key", "secret"} <= values.keys():
        raise SchemaMissingError
    key = Ed25519PrivateKey.from_private_bytes(unb64(values["key"]))
    return Service(values["epoch"], key, unb64(values["secret"]))
