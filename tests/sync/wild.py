"""A real HTTP server that answers whatever a test tells it to: the Wi-Fi page, the proxy, the liar."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Generator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import zstandard

from fieldapp.sync.wire import Page, Unchanged


def ended_at(answer: Page | Unchanged) -> str:
    """The cursor of a page, which it must be."""
    assert isinstance(answer, Page)
    return answer.cursor


@dataclass(frozen=True)
class Asked:
    """One request as it arrived."""

    method: str
    target: str
    headers: dict[str, str]
    raw: bytes

    @property
    def body(self) -> Any:
        raw = self.raw
        if self.headers.get("content-encoding") == "zstd":
            raw = zstandard.ZstdDecompressor().decompressobj().decompress(raw)
        return json.loads(raw)


@dataclass(frozen=True)
class Answer:
    """One reply; `claimed` is a Content-Length that need not be true."""

    body: bytes
    status: int = 200
    headers: dict[str, str] = field(default_factory=lambda: {"Content-Type": "application/json"})
    claimed: int | None = None


def answer(value: object, status: int = 200) -> Answer:
    """A JSON reply."""
    return Answer(json.dumps(value).encode(), status)


class Wild:
    """`answers` maps a path to what is said there, one after another; the last one is repeated."""

    def __init__(self, port: int) -> None:
        self.url = f"http://127.0.0.1:{port}"
        self.asked: list[Asked] = []
        self.answers: dict[str, list[Answer | Callable[[Asked], Answer]]] = {}

    def at(self, path: str) -> list[Asked]:
        return [asked for asked in self.asked if asked.target.partition("?")[0] == path]

    def reply(self, asked: Asked) -> Answer:
        self.asked.append(asked)
        queue = self.answers[asked.target.partition("?")[0]]
        said = queue.pop(0) if len(queue) > 1 else queue[0]
        return said(asked) if callable(said) else said


@contextmanager
def wild_server() -> Generator[Wild]:
    """Listening on a free loopback port."""
    wild: list[Wild] = []

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        wbufsize = -1

        def _any(self) -> None:
            size = int(self.headers.get("Content-Length", "0"))
            headers = {name.lower(): value for name, value in self.headers.items()}
            said = wild[0].reply(Asked(self.command, self.path, headers, self.rfile.read(size)))
            self.send_response(said.status)
            for name, value in said.headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(said.body) if said.claimed is None else said.claimed))
            self.end_headers()
            self.wfile.write(said.body)
            if said.claimed is not None:
                self.close_connection = True

        do_GET = do_POST = _any  # noqa: N815

        def log_message(self, format: str, *args: object) -> None:
            return

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    wild.append(Wild(server.server_address[1]))
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    try:
        yield wild[0]
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
