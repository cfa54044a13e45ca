"""The whole server as one ASGI application."""

from __future__ import annotations

import logging
from pathlib import Path

from fastapi import FastAPI, Request
from starlette.exceptions import HTTPException
from starlette.responses import HTMLResponse, Response
from starlette.types import ASGIApp

from fieldapp.domain.clock import Clock, SystemClock
from server import logs
from server.api import Parts, make_api
from server.config import Settings
from server.db import schema
from server.db.engine import Database
from server.errors import MalformedError, NotFoundError, ServerError
from server.http.bodies import reply_error
from server.http.boundary import Boundary, failure
from server.http.limits import Limiter
from server.identity.nonces import Nonces
from server.pages import SecurityHeaders, Wording, make_router, read_wording, render_trouble
from server.pagesource import DatabaseSource
from server.sync.hints import Hints
from server.times import now_ms

_PAGES = ("/v/", "/visit/")


def create_app(
    settings: Settings, clock: Clock | None = None, database: Database | None = None, hints: Hints | None = None
) -> ASGIApp:
    """The server on a database, which is brought to this version's schema first.

    Whoever stops the server stops `hints` first: tablets listen there for as long as they may.

    Raises:
        SchemaNewerError: a newer version has used the database.
        BusyError: the database cannot be used just now.
    """
    clock = clock or SystemClock()
    database = database or Database(settings.database)
    service = schema.prepare(database, clock)
    limits = settings.limits
    parts = Parts(
        database,
        clock,
        service,
        Nonces(clock),
        Limiter(clock, limits.device),
        Limiter(clock, limits.wrong_codes_of_address),
        Limiter(clock, limits.wrong_codes_of_all),
        hints or Hints(database, clock, settings.hints),
    )
    app = FastAPI(openapi_url=None, docs_url=None, redoc_url=None)
    app.include_router(make_api(parts))
    wording = read_wording(Path(settings.wording)) if settings.wording else Wording()
    app.include_router(make_router(DatabaseSource(database, wording), clock, wording))

    async def refused(_request: Request, error: Exception) -> Response:
        reply = reply_error(_as_error(error), now_ms(clock))
        if isinstance(error, HTTPException):
            reply.headers.update(error.headers or {})
        return reply

    async def failed(request: Request, error: Exception) -> Response:
        logs.log(logging.ERROR, event="error", trace=logs.trace(error))
        if request.url.path.startswith(_PAGES):
            return HTMLResponse(render_trouble(wording), 503, {"retry-after": "120"})
        return reply_error(failure(), now_ms(clock))

    app.add_exception_handler(ServerError, refused)
    app.add_exception_handler(HTTPException, refused)
    app.add_exception_handler(Exception, failed)
    return SecurityHeaders(Boundary(app, clock, service.secret, limits))


def _as_error(error: Exception) -> ServerError:
    if isinstance(error, ServerError):
        return error
    status = error.status_code if isinstance(error, HTTPException) else 400
    if status == 404:
        return NotFoundError("There is nothing at this address.")
    refusal = MalformedError("The server does not take this request.")
    refusal.status = status  # pyright: ignore[reportAttributeAccessIssue]
    return refusal
