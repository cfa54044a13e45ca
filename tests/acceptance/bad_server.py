"""What the server's tests of bad input share: everything that a database holds, and requests sent by hand."""

from __future__ import annotations

import json
import socket
from collections.abc import Sequence
from contextlib import suppress
from typing import Any
from urllib.parse import urlsplit

from sqlalchemy import select

from fieldapp.domain.canonical import NotCanonicalError, canonical_json, sha256_hex
from fieldapp.domain.revision import Revision
from fieldapp.sync.proof import b64, revision_text
from server.db.tables import metadata
from server.db.tables import teams as teams_table
from tests.server.world import Tablet, World

Json = dict[str, Any]
KEPT_OF_REFUSALS = {"rejected", "audit", "chains"}
"""Where a refused entry is kept for support, and noted."""


def held(world: World) -> dict[str, list[str]]:
    """Every row of every table."""
    with world.database.reading() as connection:
        return {
            name: sorted(repr(tuple(row)) for row in connection.execute(select(table)))
            for name, table in metadata.tables.items()
        }


def changed(before: dict[str, list[str]], after: dict[str, list[str]]) -> set[str]:
    """The tables that are not as they were."""
    return {name for name in before if before[name] != after[name]}


def assert_gapless(world: World) -> None:
    """The positions of each feed are 1, 2, 3… up to the one before the next."""
    feed = metadata.tables["feed"]
    with world.database.reading() as connection:
        for team in connection.execute(select(teams_table)):
            query = select(feed.c.position).where(feed.c.team == team.team).order_by(feed.c.position)
            assert connection.scalars(query).all() == list(range(1, team.next_position))


def resigned(tablet: Tablet, revision: Revision, **changes: Any) -> Json:
    """The revision with other content, hashed and signed as far as that is possible."""
    wire = {name: value for name, value in (revision.to_wire() | changes).items() if value is not MISSING}
    content = {key: value for key, value in wire.items() if key not in ("hash", "sig")}
    with suppress(NotCanonicalError):
        if "hash" not in changes:
            wire["hash"] = sha256_hex(canonical_json(content))
    if "sig" not in changes and isinstance(wire.get("hash"), str):
        wire["sig"] = b64(tablet.key.sign(revision_text(wire["hash"])))
    return wire


MISSING: Any = object()


class Wire:
    """A connection on which bytes go as they are."""

    def __init__(self, world: World) -> None:
        address = urlsplit(world.address)
        self._socket = socket.create_connection((address.hostname or "", address.port or 0), timeout=20)

    def __enter__(self) -> Wire:
        return self

    def __exit__(self, *_: object) -> None:
        self._socket.close()

    def head(self, tablet: Tablet, target: str, *lines: str, body: bytes = b"") -> None:
        """The head of a POST, signed for `body`."""
        proof = tablet.headers("POST", target, body)["Authorization"]
        self.send(
            "\r\n".join([f"POST {target} HTTP/1.1", "Host: x", f"Authorization: {proof}", *lines, "\r\n"]).encode()
        )

    def send(self, data: bytes) -> None:
        self._socket.sendall(data)

    def trickle(self, parts: Sequence[bytes], seconds: float, *, chunked: bool) -> None:
        """One part after another, with a pause after each, as long as the server takes them."""
        with suppress(BrokenPipeError, ConnectionResetError):
            for part in parts:
                self._socket.sendall(b"1\r\n%b\r\n" % part if chunked else part)
                self._socket.settimeout(seconds)
                with suppress(TimeoutError):
                    if self._socket.recv(1, socket.MSG_PEEK):
                        break
        self._socket.settimeout(20)

    def leave(self) -> None:
        """Go in the middle."""
        self._socket.close()

    def reply(self) -> tuple[int, Json]:
        """Status and JSON body, once the server has ended the connection."""
        found = b""
        while part := self._socket.recv(1 << 16):
            found += part
        head, _, body = found.partition(b"\r\n\r\n")
        return int(head.split(b" ", 2)[1]), json.loads(body)

    def until_refused(self, chunk: bytes, most: int) -> int:
        """Send the chunk again and again until the server ends the connection; how many bytes that took."""
        sent = 0
        with suppress(BrokenPipeError, ConnectionResetError):
            while sent < most:
                self._socket.sendall(chunk)
                sent += len(chunk)
        return sent
