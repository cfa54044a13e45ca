"""The road of attachments over HTTP: one signed request a chunk."""

from __future__ import annotations

from fieldapp.domain.attachments import Place
from fieldapp.sync.transport import HttpTransport
from fieldapp.sync.web import Answer, model
from fieldapp.sync.wire import API, Attached


class HttpAttachments:
    """An enrolled device's `fieldapp.sync.attachments.AttachmentRoad`, on its one connection."""

    def __init__(self, transport: HttpTransport) -> None:
        self._transport = transport

    def standing(self, place: Place) -> Attached:
        return self._transport.ask("GET", _path(place), model(Attached))

    def put(self, place: Place, index: int, data: bytes) -> Attached:
        return self._transport.ask("PUT", f"{_path(place)}/{index}", model(Attached), data)

    def chunk(self, place: Place, index: int) -> bytes:
        return self._transport.ask("GET", f"{_path(place)}/{index}", _bytes)


def _path(place: Place) -> str:
    return f"{API}/patients/{place.patient}/attachments/{place.named.sha256}"


def _bytes(answer: Answer) -> bytes:
    if not isinstance(answer, bytes):
        raise ValueError("Not the bytes that were asked for.")
    return answer
