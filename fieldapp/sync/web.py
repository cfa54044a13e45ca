"""Requests and answers as bytes over HTTP: bounded, typed when they fail, silent while the aeroplane switch is on."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Generator, Iterator, Mapping
from contextlib import contextmanager, suppress
from time import monotonic
from typing import Final, TypeVar
from urllib.parse import urlsplit

import requests
import urllib3.exceptions
import zstandard
from pydantic import BaseModel
from requests.auth import AuthBase
from requests.structures import CaseInsensitiveDict
from urllib3.util import SKIP_HEADER

from fieldapp.sync.errors import (
    AeroplaneModeError,
    BadReplyError,
    ClockError,
    CodeRefusedError,
    RefusedError,
    RevokedError,
    SyncError,
    UnreachableError,
)
from fieldapp.sync.wire import MAX_MS, NOW, ErrorCode, ErrorReply, Unchanged

CONNECT_SECONDS: Final = 5
READ_SECONDS: Final = 30
WHOLE_SECONDS: Final = 600
"""From the first byte of an answer to its last: 8 MB compressed to a quarter over the slowest mobile network."""
MAX_REPLY_BYTES: Final = 8 << 20
"""Uncompressed; a page is about `wire.PAGE_BYTES`, and a larger single record still fits."""
_WINDOW: Final = 8 << 20
"""Bytes of memory that an answer may make the decompressor use (RFC 9659)."""
COMPRESS_FROM: Final = 1024
_MAX_BLOCK_BYTES: Final = 4096
_EVENTS: Final = "text/event-stream"
_LOOPBACK: Final = frozenset({"localhost", "127.0.0.1", "::1"})

_Message = TypeVar("_Message", bound=BaseModel)
_Reply = TypeVar("_Reply")
Answer = str | bytes | Unchanged
"""A JSON text, the bytes of an attachment, or that there is nothing new."""
_BYTES: Final = "application/octet-stream"
_MS: Final = re.compile("[0-9]{1,13}")
_ESCAPED: Final = re.compile(r"\\u[dD][89a-fA-F]")
"""What may be half a character; our server writes characters as they are."""


class Aeroplane:
    """The switch that takes this tablet off the network, for the demo and for aeroplanes."""

    def __init__(self, on: bool = False) -> None:
        self.on = on

    def check(self) -> None:
        """Raises AeroplaneModeError while the switch is on."""
        if self.on:
            raise AeroplaneModeError("Aeroplane mode is on. Switch it off to sync. Everything is safe on this tablet.")


def check_address(server: str) -> str:
    """The server's address without a trailing slash. Plain http is for this machine alone.

    Raises:
        UnreachableError: saying what an address looks like.
    """
    try:
        parts = urlsplit(server.strip())
        host = parts.hostname
        parts.port  # noqa: B018
    except ValueError:
        host, parts = None, urlsplit("")
    if not host or parts.scheme not in ("http", "https") or parts.query or parts.fragment or parts.username:
        raise UnreachableError("This is not a server's address. It looks like https://visits.example.nhs.uk")
    if parts.scheme == "http" and host not in _LOOPBACK:
        raise UnreachableError("The server's address must begin with https, so that nobody can listen.")
    return server.strip().rstrip("/")


class _NoNetrc(AuthBase):
    """Keeps requests from putting a .netrc password in the place of the proof."""

    def __call__(self, r: requests.PreparedRequest) -> requests.PreparedRequest:
        return r


class Http:
    """Bytes out, a JSON text back, or a typed error."""

    def __init__(self, server: str, aeroplane: Aeroplane) -> None:
        self._server = check_address(server)
        self._base = urlsplit(self._server).path
        self._aeroplane = aeroplane
        self._session = requests.Session()
        self._session.auth = _NoNetrc()
        self._session.headers = CaseInsensitiveDict({"Accept-Encoding": "zstd", "User-Agent": SKIP_HEADER})

    def path(self, target: str) -> str:
        """Path and query as the server sees them, which is what a proof signs."""
        return self._base + target

    def close(self) -> None:
        """Let the connections go."""
        self._session.close()

    def check(self) -> None:
        """Raises AeroplaneModeError while the switch is on."""
        self._aeroplane.check()

    def send(self, method: str, target: str, body: bytes, headers: Mapping[str, str]) -> Answer:
        """One request and its whole answer."""
        self.check()
        with _typed(), self._request(method, target, body, headers, READ_SECONDS) as response:
            raw = _drained(response)
        self.check()
        return _understood(response, raw)

    def listen(self, target: str, headers: Mapping[str, str], silence: float) -> Stream:
        """Open a stream of events on which something comes at least every `silence` seconds."""
        self.check()
        asked = {**headers, "Accept": _EVENTS, "Accept-Encoding": "identity"}
        with _typed():
            response = self._request("GET", target, b"", asked, silence)
            if response.status_code == requests.codes.ok and _kind(response) == _EVENTS:
                return Stream(response)
            with response:
                raw = _drained(response)
        _understood(response, raw)
        raise _stranger()

    def _request(
        self, method: str, target: str, body: bytes, headers: Mapping[str, str], patience: float
    ) -> requests.Response:
        return self._session.request(
            method,
            self._server + target,
            data=body or None,
            headers=dict(headers),
            timeout=(CONNECT_SECONDS, patience),
            allow_redirects=False,
            stream=True,
        )


class Stream:
    """An open stream of server-sent events. Whoever opened it reads and closes it; `cut` is for another thread."""

    def __init__(self, response: requests.Response) -> None:
        self._response = response

    def blocks(self) -> Iterator[bytes]:
        """Each block of lines as it arrives, until the server ends the stream.

        Raises:
            UnreachableError: the connection broke, was cut, or has been silent for too long.
            BadReplyError: a block that no server of ours sends.
        """
        block = b""
        with _typed():
            for byte in self._response.iter_content(1):
                block += byte
                if block.endswith(b"\n\n"):
                    yield block
                    block = b""
                elif len(block) > _MAX_BLOCK_BYTES:
                    raise _stranger()

    def cut(self) -> None:
        """Make a reader in another thread return."""
        with suppress(OSError, ValueError, RuntimeError):  # it has ended already
            self._response.raw.shutdown()

    def close(self) -> None:
        """Let the connection go."""
        self._response.close()


@contextmanager
def _typed() -> Generator[None]:
    """Whatever breaks a connection, as an error of ours."""
    try:
        yield
    except requests.exceptions.SSLError as error:
        raise BadReplyError("The server could not prove who it is. Nothing was sent. Tell your support.") from error
    except (requests.RequestException, urllib3.exceptions.HTTPError, OSError) as error:
        raise UnreachableError("The server cannot be reached. Everything is safe on this tablet.") from error


def packed(body: bytes) -> tuple[bytes, dict[str, str]]:
    """A JSON body as it is sent, with its headers."""
    headers = {"Content-Type": "application/json"} if body else {}
    if len(body) < COMPRESS_FROM:
        return body, headers
    return zstandard.ZstdCompressor(level=3).compress(body), {**headers, "Content-Encoding": "zstd"}


def _drained(response: requests.Response) -> bytes:
    """The body as it was sent, bounded, and whole: urllib3 raises where the connection ends early."""
    parts: list[bytes] = []
    size = 0
    begun = monotonic()
    while chunk := response.raw.read1(1 << 16, decode_content=False):
        if monotonic() - begun > WHOLE_SECONDS:
            raise UnreachableError("The server answers too slowly. Everything is safe on this tablet.")
        size += len(chunk)
        if size > MAX_REPLY_BYTES:
            raise BadReplyError("The answer was too large to be the server's. Nothing was marked as sent.")
        parts.append(chunk)
    return b"".join(parts)


def _understood(response: requests.Response, raw: bytes) -> Answer:
    """The reply's JSON text or bytes, or the refusal it holds."""
    now = response.headers.get(NOW, "")
    if response.status_code == requests.codes.no_content and _MS.fullmatch(now) and int(now) < MAX_MS:
        return Unchanged(int(now))
    if response.status_code == requests.codes.ok and _kind(response) == _BYTES and _encoding(response) == "identity":
        return raw
    text = _text(response, raw)
    if response.status_code == requests.codes.ok:
        return text
    if not 400 <= response.status_code < 600:
        raise _stranger()
    raise _refused(read(model(ErrorReply), text))


def _kind(response: requests.Response) -> str:
    return response.headers.get("Content-Type", "").partition(";")[0].strip().lower()


def _encoding(response: requests.Response) -> str:
    return response.headers.get("Content-Encoding", "identity").strip().lower()


def _text(response: requests.Response, raw: bytes) -> str:
    encoding = _encoding(response)
    if _kind(response) != "application/json" or encoding not in ("zstd", "identity"):
        if response.status_code in (502, 503, 504):
            raise UnreachableError("The server is not up at the moment. Everything is safe on this tablet.")
        raise _stranger()
    try:
        return (_unpacked(raw) if encoding == "zstd" else raw).decode()
    except (ValueError, zstandard.ZstdError):
        raise _stranger() from None


def _unpacked(raw: bytes) -> bytes:
    with zstandard.ZstdDecompressor(max_window_size=_WINDOW).stream_reader(raw) as reader:
        text = reader.read(MAX_REPLY_BYTES + 1)
    if len(text) > MAX_REPLY_BYTES:
        raise BadReplyError("The answer was too large to be the server's. Nothing was marked as sent.")
    return text


def model(reply: type[_Message]) -> Callable[[Answer], _Message]:
    """How an answer of this form is understood."""

    def understand(answer: Answer) -> _Message:
        if not isinstance(answer, str):
            raise ValueError("Not the content that was asked for.")
        return reply.model_validate(json.loads(answer))

    return understand


def read(reading: Callable[[Answer], _Reply], answer: Answer) -> _Reply:
    """The answer understood. Raises BadReplyError."""
    try:
        if isinstance(answer, str) and _ESCAPED.search(answer):
            _check_characters(answer)
        return reading(answer)
    except (ValueError, RecursionError):
        raise _stranger() from None


def _check_characters(text: str) -> None:
    """Half a character can be neither stored nor written again. Raises ValueError."""
    json.dumps(json.loads(text), ensure_ascii=False).encode()


def _refused(reply: ErrorReply) -> SyncError:
    kinds = {
        ErrorCode.BAD_CODE: CodeRefusedError,
        ErrorCode.CLOCK: ClockError,
        ErrorCode.REVOKED: RevokedError,
    }
    kind = next((kind for code, kind in kinds.items() if code == reply.code), RefusedError)
    return kind(reply.sentence, reply.code, server_now=reply.now)


def _stranger() -> BadReplyError:
    return BadReplyError(
        "Something answered that is not the server, such as a Wi-Fi sign-in page. Nothing was marked as sent."
    )
