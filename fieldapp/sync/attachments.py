"""Attachments after the records: what is here goes to the server, what is missing comes, a chunk a step.

Each chunk is durable where it arrives before the next one starts, and the receiving side says what it lacks; so a
sync that ends anywhere is continued with at most one chunk repeated. The whole is checked against the hash that the
signed record names, on either side, before it counts.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, replace
from typing import Final, Protocol

from fieldapp.domain.attachments import Place
from fieldapp.sync.errors import BadReplyError, RefusedError
from fieldapp.sync.wire import Attached, ErrorCode

NOT_FOUND: Final = "not_found"
"""The server's answer where there is no such attachment, and to whoever may not know of it."""
FETCH_BYTES: Final = 24 << 20
"""How much one sync fetches that nobody asked for."""
_EVERYTHING_STOPS: Final = frozenset(
    {
        ErrorCode.UNAUTHENTICATED,
        ErrorCode.CLOCK,
        ErrorCode.REVOKED,
        ErrorCode.RATE_LIMITED,
        ErrorCode.BUSY,
        ErrorCode.INTERNAL,
        "too_slow",
    }
)
"""Refusals that are not about the one attachment."""


class AttachmentStore(Protocol):
    """The part of the sealed store that attachments use. Every method is one transaction; all are safe to repeat."""

    def attachments_to_send(self) -> Sequence[Place]: ...
    def attachment_chunk(self, place: Place, index: int) -> bytes: ...
    def settle_attachment(self, place: Place) -> None: ...
    def put_attachment_aside(self, place: Place, code: str, sentence: str) -> None: ...
    def offer_attachments_put_aside(self) -> None: ...
    def attachments_to_fetch(self, max_bytes: int) -> Sequence[Place]: ...
    def attachment_chunks(self, place: Place) -> Collection[int]: ...
    def keep_attachment_chunk(self, place: Place, index: int, data: bytes) -> None: ...
    def finish_attachment(self, place: Place) -> bool: ...
    def attachments_waiting(self) -> int: ...


class AttachmentRoad(Protocol):
    """The server's side. Raises `fieldapp.sync.errors.SyncError`."""

    def standing(self, place: Place) -> Attached: ...
    def put(self, place: Place, index: int, data: bytes) -> Attached: ...
    def chunk(self, place: Place, index: int) -> bytes: ...


@dataclass(frozen=True, slots=True)
class Carried:
    """What one sync did. `waiting` counts what was attached on this tablet and is not wholly at the server."""

    sent: int = 0
    fetched: int = 0
    waiting: int = 0


class Attachments:
    """Carries them between one store and its server. `interrupted` tells that records wait, which go first."""

    def __init__(self, store: AttachmentStore, road: AttachmentRoad, *, fetch_bytes: int = FETCH_BYTES) -> None:
        self._store = store
        self._road = road
        self._fetch_bytes = fetch_bytes
        self.carried = Carried()

    def begin(self) -> None:
        """A new sync: nothing is carried yet."""
        self.carried = Carried()

    def carry(
        self,
        *,
        news: bool,
        interrupted: Callable[[], bool] = lambda: False,
        progress: Callable[[int, int], None] = lambda done, total: None,
    ) -> bool:
        """Send what waits, then fetch; False where records came first. `news`: records came or went in this sync, so
        that what the server would not take may be welcome now. `progress` gets (done, total) while sending.

        Raises:
            fieldapp.sync.errors.SyncError: what was carried until then stays so.
        """
        if news:
            self._store.offer_attachments_put_aside()
        whole = self._send_all(interrupted, progress) and self._fetch_all(interrupted)
        self.carried = replace(self.carried, waiting=self._store.attachments_waiting())
        return whole

    def _send_all(self, interrupted: Callable[[], bool], progress: Callable[[int, int], None]) -> bool:
        waiting = self._store.attachments_to_send()
        for done, place in enumerate(waiting):
            progress(done, len(waiting))
            try:
                if not self._send(place, interrupted):
                    return False
            except RefusedError as error:
                self._refused(place, error)
        return True

    def _send(self, place: Place, interrupted: Callable[[], bool]) -> bool:
        standing = self._checked(place, self._road.standing(place))
        for index in standing.missing:
            if interrupted():
                return False
            standing = self._checked(place, self._road.put(place, index, self._store.attachment_chunk(place, index)))
            if standing.whole:
                break
        if standing.wrong:
            sentence = "The server holds other content under this photograph's number. Tell your support."
            self._store.put_attachment_aside(place, "wrong_content", sentence)
        elif not standing.whole:
            raise BadReplyError("A photograph stayed unsent after its answer. It is safe on this tablet; try again.")
        else:
            self._store.settle_attachment(place)
            self.carried = replace(self.carried, sent=self.carried.sent + 1)
        return True

    def _refused(self, place: Place, error: RefusedError) -> None:
        """Leave the one the server will not take; a fault of everything is raised again. What is only not known there
        yet, because its record is not, is asked about with the next sync where it was attached on this tablet."""
        if error.code in _EVERYTHING_STOPS:
            raise error
        if error.code != NOT_FOUND or not place.mine:
            self._store.put_attachment_aside(place, error.code, str(error))

    def _fetch_all(self, interrupted: Callable[[], bool]) -> bool:
        for place in self._store.attachments_to_fetch(self._fetch_bytes):
            try:
                if not self._fetch(place, interrupted):
                    return False
            except RefusedError as error:
                if error.code in _EVERYTHING_STOPS:
                    raise
        return True

    def _fetch(self, place: Place, interrupted: Callable[[], bool]) -> bool:
        here = set(self._store.attachment_chunks(place))
        for index in range(place.named.chunks):
            if index in here:
                continue
            if interrupted():
                return False
            data = self._road.chunk(place, index)
            if len(data) != place.named.chunk_size(index):
                raise BadReplyError("Part of a photograph came with another length. It was not taken; try again.")
            self._store.keep_attachment_chunk(place, index, data)
        if not self._store.finish_attachment(place):
            raise BadReplyError("A photograph came that is not the one in the record. It was not taken; try again.")
        self.carried = replace(self.carried, fetched=self.carried.fetched + 1)
        return True

    @staticmethod
    def _checked(place: Place, standing: Attached) -> Attached:
        if standing.chunks != place.named.chunks or not set(standing.missing) <= set(range(place.named.chunks)):
            raise BadReplyError("The server speaks of another photograph. It is safe on this tablet; try again.")
        return standing
