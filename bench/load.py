"""A cheap load: requests made and signed beforehand, sent over kept-alive sockets, several at a time."""

from __future__ import annotations

import socket
import time
from collections import deque
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from typing import Any

import requests
from requests.adapters import HTTPAdapter

from fieldapp.sync.transport import HttpTransport


class _Caught(Exception):  # noqa: N818 - no error: what was about to be sent
    def __init__(self, request: requests.PreparedRequest) -> None:
        super().__init__()
        self.request = request


class _Catching(HTTPAdapter):
    def send(self, request: requests.PreparedRequest, *arguments: Any, **more: Any) -> requests.Response:
        raise _Caught(request)


class Catcher:
    """Requests as the tablet's own transport makes them, proof and all, in bytes. It must have its token."""

    def __init__(self, transport: HttpTransport) -> None:
        self.transport = transport

    def catch(self, ask: Callable[[], object]) -> bytes:
        """What `ask` would send."""
        session: requests.Session = self.transport._http._session  # pyright: ignore[reportPrivateUsage]
        before = session.get_adapter("http://127.0.0.1")
        session.mount("http://", _Catching())
        try:
            ask()
        except _Caught as caught:
            return _bytes(caught.request)
        finally:
            session.mount("http://", before)
        raise AssertionError("Nothing was sent.")


def _bytes(request: requests.PreparedRequest) -> bytes:
    body = request.body or b""
    assert isinstance(body, bytes)
    headers = {"Host": "127.0.0.1", **request.headers}
    lines = [f"{request.method} {request.path_url} HTTP/1.1", *(f"{name}: {_text(headers[name])}" for name in headers)]
    return "\r\n".join([*lines, "", ""]).encode("latin-1") + body


def _text(value: str | bytes) -> str:
    return value if isinstance(value, str) else value.decode("latin-1")


def run(asked: Sequence[bytes], ports: Sequence[int], connections: int) -> tuple[float, list[tuple[int, bytes]]]:
    """Send everything, `connections` at a time spread over the ports. Returns the seconds it took and every reply's
    status and body."""
    replies: list[tuple[int, bytes]] = []
    with ExitStack() as opened:
        free: deque[socket.socket] = deque()
        for n in range(connections):
            connection = socket.create_connection(("127.0.0.1", ports[n % len(ports)]), timeout=60)
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            free.append(opened.enter_context(connection))
        busy: deque[socket.socket] = deque()
        started = time.perf_counter()
        for each in asked:
            if not free:
                free.append(_finish(busy, replies))
            connection = free.popleft()
            connection.sendall(each)
            busy.append(connection)
        while busy:
            _finish(busy, replies)
        return time.perf_counter() - started, replies


def _finish(busy: deque[socket.socket], replies: list[tuple[int, bytes]]) -> socket.socket:
    connection = busy.popleft()
    replies.append(_reply(connection))
    return connection


def _reply(connection: socket.socket) -> tuple[int, bytes]:
    found = b""
    while b"\r\n\r\n" not in found:
        found += _more(connection)
    head, _, body = found.partition(b"\r\n\r\n")
    status = int(head[9:12])
    length = 0
    for line in head.split(b"\r\n")[1:]:
        name, _, value = line.partition(b":")
        if name.lower() == b"content-length":
            length = int(value)
    while len(body) < length:
        body += _more(connection)
    return status, body


def _more(connection: socket.socket) -> bytes:
    found = connection.recv(1 << 16)
    if not found:
        raise AssertionError("The server closed the connection.")
    return found
