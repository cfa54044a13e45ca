"""Listening to the server's hints, so that nothing has to be asked for again and again.

While the app is unlocked one connection stays open, on which the server says when a feed of this person has moved.
Each hint, and each time the connection comes to stand, wakes the sync: what was missed meanwhile is fetched, and what
could not be sent goes at once. Without hints nothing is lost: the app syncs after every save and when it is in front.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Final, Protocol

from fieldapp.domain.clock import Clock
from fieldapp.sync.backoff import Backoff
from fieldapp.sync.errors import AeroplaneModeError, RevokedError, SyncError
from fieldapp.sync.web import Stream

SILENCE_S: Final = 60.0
"""The server gives a sign of life every 25 seconds; after this long without one the connection is dead."""
STEADY_S: Final = 60.0
"""A connection that stood for so long was a good one: the next is not put off as after a failure."""
_MOVED: Final = b"event: moved"


class HintRoad(Protocol):
    """The part of `fieldapp.sync.transport.HttpTransport` that is needed here; a transport of its own."""

    def listen(self, silence: float) -> Stream: ...
    def check(self) -> None: ...
    def close(self) -> None: ...


class Hints:
    """One listening thread for one unlocked store. `heard` runs in it.

    After a connection ended, whatever the reason, the next is opened after a while that grows with each failure. In
    aeroplane mode, and once this tablet was revoked, it waits for `wake`.
    """

    def __init__(
        self,
        road: HintRoad,
        heard: Callable[[], None],
        clock: Clock,
        *,
        backoff: Backoff | None = None,
        silence: float = SILENCE_S,
    ) -> None:
        self._road = road
        self._heard = heard
        self._clock = clock
        self._backoff = backoff or Backoff(first=5.0, longest=120.0)
        self._silence = silence
        self._condition = threading.Condition()
        self._stream: Stream | None = None
        self._woken = False
        self._stopping = False
        self._thread: threading.Thread | None = None

    def start(self) -> None:
        """Start the thread and open the connection."""
        self._thread = threading.Thread(target=self._work, name="hints", daemon=True)
        self._thread.start()

    def wake(self) -> None:
        """The signal may be back, or the aeroplane switch was turned: do not wait any longer."""
        with self._condition:
            self._woken = self._stream is None
            self._condition.notify_all()
            if self._stream is not None and self._grounded():
                self._stream.cut()

    def stop(self, timeout: float = 10.0) -> None:
        """Cut the connection; returns when the thread has ended, or after `timeout` seconds. Idempotent."""
        with self._condition:
            self._stopping = True
            self._condition.notify_all()
            if self._stream is not None:
                self._stream.cut()
        thread = self._thread
        if thread is not None and thread is not threading.current_thread():
            thread.join(timeout)

    def _work(self) -> None:
        try:
            while self._until_due(self._once()):
                pass
        finally:
            self._road.close()

    def _until_due(self, wait: float | None) -> bool:
        with self._condition:
            self._condition.wait_for(lambda: self._woken or self._stopping, wait)
            self._woken = False
            return not self._stopping

    def _once(self) -> float | None:
        """One connection from its opening to its end. Returns how long to wait then, None until woken."""
        try:
            self._follow(self._road.listen(self._silence))
        except AeroplaneModeError:
            return None
        except RevokedError:
            self._heard()
            return None
        except SyncError:
            pass
        return self._backoff.failed()

    def _follow(self, stream: Stream) -> None:
        try:
            if not self._take(stream):
                return
            self._heard()
            begun = self._clock.monotonic()
            for block in stream.blocks():
                self._road.check()
                if self._stopping:
                    return
                if self._clock.monotonic() - begun >= STEADY_S:
                    self._backoff.succeeded()
                if _MOVED in block.splitlines():
                    self._heard()
        finally:
            with self._condition:
                self._stream = None
            stream.close()

    def _take(self, stream: Stream) -> bool:
        """Keep the stream where `stop` finds it. False when that has come already."""
        with self._condition:
            self._stream = None if self._stopping else stream
            self._woken = False
            return not self._stopping

    def _grounded(self) -> bool:
        try:
            self._road.check()
        except AeroplaneModeError:
            return True
        return False
