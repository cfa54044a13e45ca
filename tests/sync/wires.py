"""A wire between a tablet and its server: every byte passes both ways, until it is cut, frozen or dead."""

from __future__ import annotations

import contextlib
import socket
import threading

_BLOCK = 65_536


class Wire:
    """Passes connections to `port` on to `target`. `taken` counts connections, `asked` requests for hints."""

    def __init__(self, target: int) -> None:
        self._target = target
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        self._flowing = threading.Event()
        self._flowing.set()
        self._lock = threading.Lock()
        self._open: list[socket.socket] = []
        self._threads: list[threading.Thread] = []
        self.down = False
        self.taken = 0
        self.asked = 0
        self._spawn(self._accept)

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def cut(self) -> None:
        """End every connection in the middle of whatever it carries."""
        with self._lock:
            ends = list(self._open)
        for end in ends:
            with contextlib.suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)

    def freeze(self) -> None:
        """Nothing passes any more, and nobody is told."""
        self._flowing.clear()

    def thaw(self) -> None:
        self._flowing.set()

    def close(self) -> None:
        self.thaw()
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self.cut()
        for thread in self._threads:
            thread.join(10)
        for end in self._open:
            end.close()

    def _spawn(self, work: object, *arguments: object) -> None:
        thread = threading.Thread(target=work, args=arguments, daemon=True)  # type: ignore[arg-type]
        self._threads.append(thread)
        thread.start()

    def _accept(self) -> None:
        while True:
            try:
                tablet, _ = self._listener.accept()
            except OSError:
                return
            self.taken += 1
            if self.down:
                tablet.close()
                continue
            try:
                server = socket.create_connection(("127.0.0.1", self._target), timeout=10)
            except OSError:
                tablet.close()
                continue
            server.settimeout(None)
            with self._lock:
                self._open += [tablet, server]
            self._spawn(self._pass, tablet, server)
            self._spawn(self._pass, server, tablet)

    def _pass(self, source: socket.socket, sink: socket.socket) -> None:
        with contextlib.suppress(OSError):
            while block := source.recv(_BLOCK):
                if b"/v1/hints " in block:
                    self.asked += 1
                self._flowing.wait()
                sink.sendall(block)
            sink.shutdown(socket.SHUT_WR)
