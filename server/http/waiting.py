"""How long a request's body may take: nobody holds a connection for ever by sending slowly or without end."""

from __future__ import annotations

import asyncio

from starlette.datastructures import Headers
from starlette.types import Message, Receive, Scope, Send

from server.config import Limits
from server.errors import TooSlowError


class Arrival:
    """One request's body on its way in. Use `receive` and `sending` in the place of the server's own."""

    def __init__(self, scope: Scope, receive: Receive, limits: Limits) -> None:
        headers = Headers(scope=scope)
        self._missing = "transfer-encoding" in headers or headers.get("content-length", "0") != "0"
        self._receive = receive
        self._limits = limits
        self._end: float | None = None

    async def receive(self) -> Message:
        """The next part. Raises TooSlowError where it does not come; what comes after the body may take its time."""
        if not self._missing:
            return await self._receive()
        now = asyncio.get_running_loop().time()
        self._end = self._end or now + self._limits.body_s
        try:
            async with asyncio.timeout(min(self._limits.body_idle_s, max(0.0, self._end - now))):
                message = await self._receive()
        except TimeoutError as error:
            raise TooSlowError from error
        self._missing = message["type"] == "http.request" and message.get("more_body", False)
        return message

    def sending(self, send: Send) -> Send:
        """Answers given before the body has come whole end the connection, so that the rest need not be read."""

        async def closing(message: Message) -> None:
            if message["type"] == "http.response.start" and self._missing:
                headers = [*message.get("headers", []), (b"connection", b"close")]
                message = {**message, "headers": headers}
            await send(message)

        return closing
