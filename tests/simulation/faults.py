"""What goes wrong: on the road between a tablet and the server, on a tablet's disk, and in the server's commits.

Crash    (BaseException) a tablet loses power; nothing in its way may run any product code afterwards
Killed   (BaseException) the server's process ends
"""

from __future__ import annotations

import io
import random
import sqlite3
from collections.abc import Callable, Generator, Mapping
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from typing import Any, NamedTuple, Protocol

import requests
from requests.adapters import HTTPAdapter
from urllib3 import HTTPResponse


class Crash(BaseException):
    """A tablet loses power."""


class Killed(BaseException):
    """The server's process ends."""


class Asked(NamedTuple):
    """One request on the road."""

    method: str
    target: str
    headers: Mapping[str, str]
    body: bytes


class Reply(NamedTuple):
    """One answer on the road."""

    status: int
    headers: Mapping[str, str]
    body: bytes


class Answers(Protocol):
    """The server as the road sees it: None where the connection broke because the server died."""

    def handle(self, asked: Asked) -> Reply | None: ...


ROAD = (
    "drop",
    "lose",
    "delay",
    "twice",
    "later_again",
    "truncate",
    "cut",
    "garbage",
    "stale",
    "crash_before",
    "crash_after",
)
"""Request lost; reply lost; request arrives after others; twice at once; once more later; reply shorter than it says;
reply cut without its length; not our server; an older reply to the same question; power lost before and after."""

_JUNK: tuple[tuple[int, str, bytes], ...] = (
    (200, "text/html", b"<html>Sign in to the guest network</html>"),
    (302, "text/html", b""),
    (200, "application/json", b'{"hello": "world"}'),
    (200, "application/json", b"\x00\xff\xfe{{{"),
    (200, "application/json", b"[]"),
    (502, "text/html", b"<html>Bad gateway</html>"),
    (503, "application/json", b'{"code": "busy", "sentence": "Try again.", "now": 0}'),
    (500, "application/json", b'{"code": "internal", "sentence": "Try again.", "now": null}'),
    (413, "application/json", b'{"status": "too large, said a proxy"}'),
)


@dataclass
class Road:
    """All tablets' way to the server. `trouble` is the chance that a request meets a fault; `heard` are the targets and
    sizes of what was answered."""

    server: Answers
    chance: random.Random
    trouble: float = 0.0
    waiting: list[tuple[int, Asked]] = field(default_factory=list[tuple[int, Asked]])
    log: Callable[[str], None] = lambda line: None
    count: int = 0
    heard: list[tuple[str, int]] = field(default_factory=list[tuple[str, int]])
    _old: dict[tuple[str, str], Reply] = field(default_factory=dict[tuple[str, str], Reply])

    def deliver(self, *, everything: bool = False) -> None:
        """Bring what was delayed and is due to the server; nobody hears the answer."""
        due = [(at, asked) for at, asked in self.waiting if everything or at <= self.count]
        self.waiting = [each for each in self.waiting if each not in due]
        for _, asked in due:
            reply = self.server.handle(asked)
            self.log(f"late {asked.target[:8]} {reply.status if reply else 'dead'}")

    def carry(self, link: Link, asked: Asked) -> Reply:
        """One request and its reply, or what becomes of them."""
        self.count += 1
        self.deliver()
        fault = self.chance.choice(ROAD) if self.chance.random() < self.trouble else None
        fault = link.one_way or fault
        if fault:
            self.log(f"{fault} {asked.target[:8]}")
        if fault == "crash_before":
            raise Crash
        if fault == "drop":
            raise requests.ConnectionError("dropped")
        if fault == "delay":
            self.waiting.append((self.count + self.chance.randint(1, 6), asked))
            raise requests.ReadTimeout("delayed")
        reply = self.server.handle(asked)
        if fault == "twice":
            self.server.handle(asked)
        if fault == "later_again":
            self.waiting.append((self.count + self.chance.randint(1, 6), asked))
        if fault == "crash_after":
            raise Crash
        if reply is None or fault == "lose":
            raise requests.ConnectionError("no reply")
        self.heard.append((asked.target, len(reply.body)))
        return self._spoilt(asked, reply, fault)

    def _spoilt(self, asked: Asked, reply: Reply, fault: str | None) -> Reply:
        question = asked.method, asked.target
        before = self._old.setdefault(question, reply)
        if fault == "stale" and asked.method == "GET":
            return before
        self._old[question] = reply
        if fault == "garbage":
            status, kind, body = self.chance.choice(_JUNK)
            return Reply(status, {"content-type": kind, "content-length": str(len(body))}, body)
        if fault in ("truncate", "cut") and reply.body:
            headers = dict(reply.headers)
            if fault == "cut":
                headers.pop("content-length", None)
            return Reply(reply.status, headers, reply.body[: self.chance.randrange(len(reply.body))])
        return reply


class Link(HTTPAdapter):
    """One tablet's end of the road, below `requests`: everything above it is the product's. `one_way` is `drop` or
    `lose` while only one direction works; `meanwhile` runs once, before the next request leaves."""

    def __init__(self, road: Road) -> None:
        super().__init__()
        self.road = road
        self.one_way: str | None = None
        self.meanwhile: Callable[[], None] | None = None

    def send(self, request: requests.PreparedRequest, *arguments: Any, **more: Any) -> requests.Response:
        meanwhile, self.meanwhile = self.meanwhile, None
        if meanwhile is not None:
            meanwhile()
        body = request.body or b""
        assert request.method is not None
        assert isinstance(body, bytes)
        asked = Asked(
            request.method,
            request.path_url,
            {name: value if isinstance(value, str) else value.decode() for name, value in request.headers.items()},
            body,
        )
        reply = self.road.carry(self, asked)
        raw = HTTPResponse(
            io.BytesIO(reply.body),
            headers=dict(reply.headers),
            status=reply.status,
            preload_content=False,
            decode_content=False,
            request_method=request.method,
        )
        return self.build_response(request, raw)


DISK = ("full", "error", "crash_before", "crash_after")
"""No room for another page; the commit fails; power lost just before and just after the commit."""


class Disk:
    """One tablet's disk: the write transaction number `countdown` from now meets `trouble`."""

    def __init__(self) -> None:
        self.trouble: str | None = None
        self.countdown = 0
        self.full = False
        self._bounded = False

    def arm(self, trouble: str, countdown: int) -> None:
        """Let a later write fail, once; `full` lasts until `mend`."""
        self.trouble, self.countdown = trouble, countdown

    def mend(self) -> None:
        """All is well from now on."""
        self.trouble, self.full = None, False

    def guard(self, writing: Callable[..., AbstractContextManager[Any]]) -> Callable[..., Any]:
        """The store's transactions with this disk underneath."""

        @contextmanager
        def guarded(*arguments: Any, **more: Any) -> Generator[Any]:
            trouble = self._due()
            with writing(*arguments, **more) as tx:
                self._bound(tx)
                yield tx
                if trouble == "error":
                    raise _disk_error()
                if trouble == "crash_before":
                    raise Crash
            if trouble == "crash_after":
                raise Crash

        return guarded

    def _bound(self, tx: Any) -> None:
        if self.full or self._bounded:
            pages = tx.exec_driver_sql("PRAGMA page_count").scalar_one() if self.full else _ALL_PAGES
            tx.exec_driver_sql(f"PRAGMA max_page_count = {pages}")
            self._bounded = self.full

    def _due(self) -> str | None:
        if self.trouble is None:
            return None
        self.countdown -= 1
        if self.countdown > 0:
            return None
        trouble, self.trouble = self.trouble, None
        self.full = self.full or trouble == "full"
        return trouble


_ALL_PAGES = 1 << 30


def _disk_error() -> sqlite3.OperationalError:
    error = sqlite3.OperationalError("disk I/O error")
    error.sqlite_errorcode = sqlite3.SQLITE_IOERR
    return error
