"""A road between a tablet and its server that can be cut: real sockets, every byte passed on, until told otherwise."""

from __future__ import annotations

import contextlib
import socket
import struct
import threading
from collections.abc import Callable, Generator
from contextlib import contextmanager

_BLOCK = 65_536


class Road:
    """Listens on `port` and passes connections on to the server's.

    `cut_reply` arms it for the next push: the request arrives whole, a part of the reply passes, then the connection
    is gone. Inside `held()` every push arrives and no reply comes back.
    """

    def __init__(self, target: int) -> None:
        self._target = target
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        self._lock = threading.Lock()
        self._cut: Callable[[bytes], int] | None = None
        self._reset = True
        self._held = False
        self._open: set[socket.socket] = set()
        self._threads: list[threading.Thread] = []
        self.pushes = 0
        self.cuts = 0
        self.answered = threading.Event()
        self._start(self._accept)

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def cut_reply(self, after: Callable[[bytes], int], *, reset: bool = True) -> None:
        """Cut the reply to the next push after as many bytes as `after` says of it: by a reset, or an orderly close."""
        with self._lock:
            self._cut, self._reset = after, reset

    @contextmanager
    def held(self) -> Generator[None]:
        """Inside the block pushes arrive and are answered, and no answer to one comes back."""
        self._held = True
        self.answered.clear()
        yield
        self._held = False

    def close(self) -> None:
        """Close every connection and end."""
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        with self._lock:
            left = list(self._open)
        for connection in left:
            _shut(connection)
        for thread in self._threads:
            thread.join(10)

    def _start(self, work: Callable[..., None], *arguments: object) -> None:
        thread = threading.Thread(target=work, args=arguments, daemon=True)
        self._threads.append(thread)
        thread.start()

    def _accept(self) -> None:
        while True:
            try:
                tablet, _ = self._listener.accept()
            except OSError:
                return
            self._start(self._serve, tablet)

    def _serve(self, tablet: socket.socket) -> None:
        """One connection of the tablet, one to the server: a request at a time, as HTTP/1.1 without pipelining."""
        with self._kept(tablet):
            try:
                server = socket.create_connection(("127.0.0.1", self._target), timeout=60)
            except OSError:
                return
            with self._kept(server), contextlib.suppress(OSError):
                while request := _message(tablet):
                    server.sendall(request)
                    push = request.startswith((b"POST /v1/push ", b"POST /v1/push?"))
                    reply = _message(server)
                    if not reply or not self._answer(tablet, reply, push):
                        return

    def _answer(self, tablet: socket.socket, reply: bytes, push: bool) -> bool:
        """Pass the reply on, or as much of it as may pass. False when the connection is over."""
        if not push:
            tablet.sendall(reply)
            return True
        with self._lock:
            self.pushes += 1
            cut, self._cut = self._cut, None
        if self._held:
            self.answered.set()
            return False
        if cut is None:
            tablet.sendall(reply)
            return True
        self.cuts += 1
        tablet.sendall(reply[: min(cut(reply), len(reply) - 1)])
        if self._reset:
            tablet.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        return False

    @contextmanager
    def _kept(self, connection: socket.socket) -> Generator[None]:
        with self._lock:
            self._open.add(connection)
        try:
            yield
        finally:
            with self._lock:
                self._open.discard(connection)
            connection.close()


def _message(connection: socket.socket) -> bytes:
    """One whole HTTP message with a Content-Length or no body; b"" when the connection has ended."""
    data = b""
    while b"\r\n\r\n" not in data:
        block = connection.recv(_BLOCK)
        if not block:
            return b""
        data += block
    head, _, rest = data.partition(b"\r\n\r\n")
    lines = [line.partition(b":") for line in head.split(b"\r\n")[1:]]
    length = next((int(value) for name, _, value in lines if name.strip().lower() == b"content-length"), 0)
    while len(rest) < length:
        block = connection.recv(_BLOCK)
        if not block:
            return b""
        rest += block
    return head + b"\r\n\r\n" + rest


def _shut(connection: socket.socket) -> None:
    with contextlib.suppress(OSError):
        connection.shutdown(socket.SHUT_RDWR)
