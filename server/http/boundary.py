"""The outermost layer: limits by address, one log line a request, and no error that says more than it should."""

from __future__ import annotations

import logging
from typing import Any

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from fieldapp.domain.clock import Clock
from server import logs
from server.config import Limits
from server.errors import RateLimitedError, ServerError
from server.http.bodies import reply_error
from server.http.limits import Limiter
from server.http.waiting import Arrival
from server.times import now_ms

DEVICE = "fieldserver.device"
"""Where a route leaves the device's id for the log."""


def failure() -> ServerError:
    """What is said of a failure that nobody foresaw."""
    return ServerError("Something went wrong on the server. Nothing was lost. Try again later.")


class Boundary:
    """Wraps the whole application."""

    def __init__(self, app: ASGIApp, clock: Clock, secret: bytes, limits: Limits) -> None:
        self._app = app
        self._clock = clock
        self._secret = secret
        self._limits = limits
        self._addresses = Limiter(clock, limits.address)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        begun = self._clock.monotonic()
        status = 0

        async def watched(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        try:
            client = scope.get("client")
            self._addresses.take(client[0] if client else "")
            arrival = Arrival(scope, receive, self._limits)
            await self._app(scope, arrival.receive, arrival.sending(watched))
        except RateLimitedError as error:
            await reply_error(error, now_ms(self._clock))(scope, receive, watched)
        except Exception as error:  # noqa: BLE001 - the last place that can keep what an error says out of the logs
            if not status:
                logs.log(logging.ERROR, event="error", trace=logs.trace(error))
                await reply_error(failure(), now_ms(self._clock))(scope, receive, watched)
        self._log(scope, status, begun)

    def _log(self, scope: Scope, status: int, begun: float) -> None:
        device: str | None = scope.get(DEVICE)
        route: Any = scope.get("route")
        logs.log(
            logging.INFO,
            event="request",
            method=scope["method"] if scope["method"] in _METHODS else "other",
            route=getattr(route, "path", "unknown"),
            status=status,
            ms=round((self._clock.monotonic() - begun) * 1000, 1),
            device=logs.pseudonym(self._secret, device) if device else None,
        )


_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
