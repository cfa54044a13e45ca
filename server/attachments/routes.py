"""The routes of attachments. Scope is checked where the rows are read and written (`server.attachments.storing`)."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any, Protocol, TypeVar

from fastapi import APIRouter, Request
from pydantic import BaseModel
from sqlalchemy import Connection
from starlette.responses import Response

from fieldapp.domain.attachments import CHUNK_BYTES, MOST_CHUNKS
from fieldapp.domain.clock import Clock
from server.attachments import storing
from server.db.engine import Database
from server.errors import NotFoundError
from server.http.bodies import read_raw, reply_model, unpack
from server.identity.caller import Caller
from server.times import now_ms

_PACKED: int = CHUNK_BYTES + 4096
"""Compression may make a picture a little longer."""

T = TypeVar("T")


class Read(Protocol):
    """Authenticates a request with its body as sent, and reads in the same transaction."""

    def __call__(self, request: Request, raw: bytes, work: Callable[[Connection, Caller], T]) -> T: ...


def add_routes(
    router: APIRouter, database: Database, clock: Clock, read: Read, run: Callable[..., Awaitable[Any]]
) -> None:
    """`GET` what is missing, `PUT` a chunk, `GET` a chunk. `run` does blocking work elsewhere."""
    place = "/patients/{patient}/attachments/{sha256}"

    @router.get(place)
    async def standing(request: Request, patient: str, sha256: str) -> Response:
        def answer(connection: Connection, caller: Caller) -> BaseModel:
            return storing.standing(connection, caller, patient, sha256)

        return reply_model(request, await run(read, request, b"", answer))

    @router.put(f"{place}/{{index}}")
    async def take(request: Request, patient: str, sha256: str, index: str) -> Response:
        raw = await read_raw(request, _PACKED)

        def work() -> BaseModel:
            caller = read(request, raw, lambda _, caller: caller)
            at, data = _index(index), unpack(request, raw, CHUNK_BYTES)
            return database.write(lambda c: storing.take(c, now_ms(clock), caller, patient, sha256, at, data))

        return reply_model(request, await run(work))

    @router.get(f"{place}/{{index}}")
    async def chunk(request: Request, patient: str, sha256: str, index: str) -> Response:
        def find(connection: Connection, caller: Caller) -> bytes:
            return storing.chunk(connection, caller, patient, sha256, _index(index))

        return Response(await run(read, request, b"", find), media_type="application/octet-stream")


def _index(text: str) -> int:
    if not (text.isascii() and text.isdigit() and len(text) <= 4 and int(text) < MOST_CHUNKS):
        raise NotFoundError("There is no such photograph for this tablet.")
    return int(text)
