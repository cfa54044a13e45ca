"""The patient's pages on a real server on loopback, with visits in memory and a clock that stands still."""

from __future__ import annotations

import re
import socket
import threading
from datetime import timedelta
from html.parser import HTMLParser

import uvicorn
from fastapi import FastAPI, Request
from starlette.responses import HTMLResponse, Response

from fieldapp.domain.clock import FixedClock
from server.pages import SecurityHeaders, SourceUnavailableError, VisitPage, Wording, make_router, render_trouble
from server.pages.gallery import PAGES
from tests.pages.memory import MemoryVisits


class Site:
    """A running server. `visits` and `clock` are what it reads; `broken` makes the source unavailable."""

    def __init__(self) -> None:
        self.clock = FixedClock(PAGES["planned"][1])
        self.visits = MemoryVisits()
        self._socket = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._socket.getsockname()[1]}"
        config = uvicorn.Config(self._app(), log_config=None, ws="none", lifespan="off", timeout_graceful_shutdown=2)
        self._server = uvicorn.Server(config)
        self._thread = threading.Thread(target=self._server.run, kwargs={"sockets": [self._socket]}, daemon=True)
        self._thread.start()

    def reset(self) -> None:
        """Forget every link and answer; the clock goes back to the morning."""
        self.visits.links.clear()
        self.visits.pages.clear()
        self.visits.answers.clear()
        self.visits.broken = False
        self.clock.set(PAGES["planned"][1])

    def close(self) -> None:
        self._server.should_exit = True
        self._thread.join(10)
        self._socket.close()

    def send(self, name: str = "planned", link_id: str = "link-1", page: VisitPage | None = None) -> str:
        """Issue a link to a page of the gallery, as it is looked at; return the address that is sent."""
        sample, now = PAGES[name]
        self.clock.set(now)
        token = self.visits.issue(link_id, page or sample, now + timedelta(hours=6))
        return f"{self.url}/v/{token}"

    def _app(self) -> SecurityHeaders:
        app = FastAPI(openapi_url=None)
        app.include_router(make_router(self.visits, self.clock, Wording()))

        @app.get("/boom")
        def boom() -> Response:
            raise SourceUnavailableError("The store is closed.")

        @app.exception_handler(Exception)
        async def trouble(request: Request, error: Exception) -> Response:
            return HTMLResponse(render_trouble(Wording()), 500)

        _ = (boom, trouble)
        return SecurityHeaders(app)


class _Text(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.parts: list[str] = []
        self.skipping = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in ("head", "svg"):
            self.skipping += 1
        elif tag not in ("b", "bdi", "a", "del", "span", "strong"):
            self.parts.append("\n")

    def handle_endtag(self, tag: str) -> None:
        if tag in ("head", "svg"):
            self.skipping -= 1

    def handle_data(self, data: str) -> None:
        if not self.skipping:
            self.parts.append(data)


def text_of(html: str) -> str:
    """What a reader sees of a page, one block a line, on screen and on paper together."""
    parser = _Text()
    parser.feed(html)
    lines = (re.sub(r"\s+", " ", line).strip() for line in "".join(parser.parts).split("\n"))
    return "\n".join(line for line in lines if line)


def buttons_of(html: str) -> list[str]:
    """The words on the buttons, in order."""
    return [text.strip() for text in re.findall(r"<button[^>]*>\s*([^<]*?)\s*</button>", html)]


def fields_of(html: str) -> dict[str, str]:
    """The hidden fields that every form of a page carries."""
    return dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)">', html))
