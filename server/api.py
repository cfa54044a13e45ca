"""The tablets' routes: enrol, token, push, offer, pull, hints, me, attachments."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any, TypeVar, cast

from fastapi import APIRouter, Request
from pydantic import BaseModel, ValidationError
from sqlalchemy import Connection
from starlette.concurrency import run_in_threadpool
from starlette.responses import Response

from fieldapp.domain.clock import Clock
from fieldapp.sync.wire import (
    API,
    MAX_PUSH_BYTES,
    MAX_PUSH_ITEMS,
    NOW,
    PAGE_BYTES,
    EnrolRequest,
    Me,
    OfferRequest,
    TokenRequest,
)
from server.attachments import routes as attachments
from server.db.engine import Database
from server.db.service import Service
from server.errors import BadCodeError, MalformedError, TooLargeError
from server.http.bodies import SMALL_BYTES, read_json, read_raw, reply, reply_model, unpack
from server.http.boundary import DEVICE
from server.http.limits import Limiter
from server.identity import devices, tokens
from server.identity.caller import Caller
from server.identity.leases import Lease, read_lease
from server.identity.nonces import Nonces
from server.identity.tokens import SignedRequest
from server.sync.hints import Hints
from server.sync.offers import wanted
from server.sync.pull import pull
from server.sync.push import push
from server.times import now_ms

_EVERYBODY = ""

M = TypeVar("M", bound=BaseModel)
T = TypeVar("T")


@dataclass(frozen=True)
class Parts:
    """What the routes work with."""

    database: Database
    clock: Clock
    service: Service
    nonces: Nonces
    devices: Limiter
    wrong_codes_of_address: Limiter
    wrong_codes_of_all: Limiter
    hints: Hints


def make_api(parts: Parts) -> APIRouter:
    """The routes under `/v1`."""
    router = APIRouter(prefix=API)

    @router.post("/enrol")
    async def enrol(request: Request) -> Response:
        message = await _message(request, EnrolRequest)
        address = request.client.host if request.client else ""
        return reply_model(request, await run_in_threadpool(_enrol, parts, message, address))

    @router.post("/token")
    async def token(request: Request) -> Response:
        message = await _message(request, TokenRequest)

        def work(connection: Connection) -> BaseModel:
            return tokens.issue_token(connection, parts.clock, parts.nonces, message)

        request.scope[DEVICE] = message.device
        parts.devices.take(message.device)
        return reply_model(request, await run_in_threadpool(parts.database.write, work))

    @router.post("/push")
    async def push_(request: Request) -> Response:
        raw = await read_raw(request, MAX_PUSH_BYTES)

        def work() -> BaseModel:
            caller = _read(parts, request, raw, lambda _, caller: caller)
            wires = _revisions(unpack(request, raw, MAX_PUSH_BYTES))
            epoch = request.query_params.get("epoch")
            try:
                return push(parts.database, parts.clock, parts.service, caller, wires, epoch)
            except RecursionError as error:
                raise MalformedError("The body is nested too deeply.") from error

        return reply_model(request, await run_in_threadpool(work))

    @router.post("/offer")
    async def offer(request: Request) -> Response:
        raw = await read_raw(request, MAX_PUSH_BYTES)

        def answer(connection: Connection, _: Caller) -> BaseModel:
            message = _valid(OfferRequest, unpack(request, raw, MAX_PUSH_BYTES))
            return wanted(connection, parts.clock, parts.service, message)

        return reply_model(request, await run_in_threadpool(_read, parts, request, raw, answer))

    @router.get("/pull")
    async def pull_(request: Request) -> Response:
        cursor = request.query_params.get("cursor")
        size = _size(request.query_params.get("bytes"))

        def page(connection: Connection, caller: Caller) -> bytes | None:
            return pull(connection, parts.clock, parts.service, caller, cursor, size)

        def work() -> Response:
            found = _read(parts, request, b"", page)
            if found is None:
                return Response(status_code=204, headers={NOW: str(now_ms(parts.clock))})
            return reply(request, found)

        return await run_in_threadpool(work)

    @router.get("/hints")
    async def hints(request: Request) -> Response:
        def lease(connection: Connection, _: Caller) -> Lease:
            return read_lease(connection, parts.clock, request.headers.get("authorization"))

        return await parts.hints.answer(await run_in_threadpool(_read, parts, request, b"", lease))

    @router.get("/me")
    async def me(request: Request) -> Response:
        caller = await run_in_threadpool(_read, parts, request, b"", lambda _, caller: caller)
        answer = Me(person=caller.person, teams=caller.wire_teams(), epoch=parts.service.epoch, now=now_ms(parts.clock))
        return reply_model(request, answer)

    def read(request: Request, raw: bytes, work: Callable[[Connection, Caller], T]) -> T:
        return _read(parts, request, raw, work)

    def run(work: Callable[..., T], *arguments: object) -> Awaitable[T]:
        return run_in_threadpool(work, *arguments)

    attachments.add_routes(router, parts.database, parts.clock, read, run)
    return router


def _read(parts: Parts, request: Request, raw: bytes, work: Callable[[Connection, Caller], T]) -> T:
    """Authenticate and read in one transaction."""
    signed = SignedRequest(request.method, _target(request), raw, request.headers.get("authorization"))
    with parts.database.reading() as connection:
        caller = tokens.authenticate(connection, parts.clock, parts.nonces, signed)
        request.scope[DEVICE] = caller.device
        parts.devices.take(caller.device)
        return work(connection, caller)


def _enrol(parts: Parts, message: EnrolRequest, address: str) -> BaseModel:
    parts.wrong_codes_of_address.check(address)
    parts.wrong_codes_of_all.check(_EVERYBODY)
    try:
        return parts.database.write(lambda connection: devices.enrol(connection, parts.clock, parts.service, message))
    except BadCodeError:
        parts.wrong_codes_of_address.take(address)
        parts.wrong_codes_of_all.take(_EVERYBODY)
        raise


def _target(request: Request) -> str:
    raw_path: bytes = request.scope.get("raw_path") or request.scope["path"].encode()
    query: bytes = request.scope["query_string"]
    return (raw_path + (b"?" + query if query else b"")).decode("latin-1")


async def _message(request: Request, model: type[M]) -> M:
    raw = await read_raw(request, SMALL_BYTES)
    return _valid(model, unpack(request, raw, SMALL_BYTES))


def _valid(model: type[M], content: bytes) -> M:
    read_json(content)
    try:
        return model.model_validate_json(content)
    except ValidationError as error:
        raise MalformedError("The request is not complete. Update the app.") from error


def _revisions(content: bytes) -> list[object]:
    value = read_json(content)
    found = cast("dict[str, Any]", value).get("revisions") if isinstance(value, dict) else None
    if not isinstance(found, list):
        raise MalformedError("The body must hold a list of revisions.")
    if len(cast("list[object]", found)) > MAX_PUSH_ITEMS:
        raise TooLargeError
    return cast("list[object]", found)


def _size(text: str | None) -> int:
    return int(text) if text and text.isascii() and text.isdigit() and len(text) < 10 else PAGE_BYTES
