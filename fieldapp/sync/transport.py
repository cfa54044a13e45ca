"""The server over HTTP: compressed bodies, a proof on every request, and nothing believed that is not our server's.

A token is fetched and renewed as needed; the clock's offset is measured when the server refuses a proof as too old or
too new. Neither is ever a reason to lose work: whatever fails here, the tablet keeps what it wanted to send.
"""

from __future__ import annotations

import json
import secrets
from collections.abc import Callable, Mapping, Sequence
from typing import ClassVar, Final, TypeVar
from urllib.parse import urlencode, urlsplit

import requests
import urllib3.exceptions
import zstandard
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from pydantic import BaseModel
from requests.auth import AuthBase
from requests.structures import CaseInsensitiveDict
from urllib3.util import SKIP_HEADER

from fieldapp.domain.canonical import canonical_json
from fieldapp.domain.clock import Clock
from fieldapp.domain.delivery import Offer
from fieldapp.domain.ids import Entropy
from fieldapp.domain.revision import Revision
from fieldapp.sync.ahead import Ahead
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
from fieldapp.sync.pages import read_page
from fieldapp.sync.proof import authorization, b64, token_text
from fieldapp.sync.wire import (
    API,
    NOW,
    OFFER_HASH_CHARS,
    EnrolReply,
    EnrolRequest,
    ErrorCode,
    ErrorReply,
    Me,
    OfferReply,
    OfferRequest,
    Page,
    PushReply,
    TokenReply,
    TokenRequest,
    Unchanged,
)

CONNECT_SECONDS: Final = 5
READ_SECONDS: Final = 30
MAX_REPLY_BYTES: Final = 32 << 20
"""Uncompressed; a page is about `wire.PAGE_BYTES`, and a larger single record still fits."""
COMPRESS_FROM: Final = 1024
_RENEW_BEFORE: Final = 30.0
_NONCE_BYTES: Final = 12
_LOOPBACK: Final = frozenset({"localhost", "127.0.0.1", "::1"})

_Message = TypeVar("_Message", bound=BaseModel)
_Reply = TypeVar("_Reply")
_Answer = str | Unchanged
"""A JSON text, or that there is nothing new."""


class Aeroplane:
    """The switch that takes this tablet off the network, for the demo and for aeroplanes."""

    def __init__(self, on: bool = False) -> None:
        self.on = on

    def check(self) -> None:
        """Raises AeroplaneModeError while the switch is on."""
        if self.on:
            raise AeroplaneModeError("Aeroplane mode is on. Switch it off to sync. Everything is safe on this tablet.")


class HttpTransport:
    """An enrolled device's road to its server. `offset_ms` is what was last known to be missing from its clock.

    One connection, kept alive; for one thread at a time. With `ahead`, the page after the one just given is fetched
    while that one is being stored.

    Raises:
        UnreachableError: for an address that cannot be one.
    """

    page_bytes: ClassVar[int | None] = None
    """Where pages should be smaller than the server makes them."""

    def __init__(
        self,
        server: str,
        device: str,
        key: Ed25519PrivateKey,
        clock: Clock,
        *,
        offset_ms: int | None = None,
        aeroplane: Aeroplane | None = None,
        entropy: Entropy = secrets.token_bytes,
        ahead: bool = False,
    ) -> None:
        self._http = _Http(server, aeroplane or Aeroplane())
        self._device = device
        self._key = key
        self._clock = clock
        self._offset_ms = offset_ms or 0
        self._entropy = entropy
        self._token: tuple[str, float] | None = None
        self._ahead = Ahead(self._pull, clock) if ahead else None

    def push(self, revisions: Sequence[Revision]) -> PushReply:
        """Send revisions, parents before children; one outcome each."""
        self._settle()
        body = b'{"revisions":[' + b",".join(revision.to_json() for revision in revisions) + b"]}"
        return self._ask("POST", f"{API}/push", _model(PushReply), body)

    def offer(self, offers: Sequence[Offer]) -> OfferReply:
        """Ask which of these revisions the server lacks."""
        self._settle()
        named = OfferRequest(offers={offer.revision: offer.hash[:OFFER_HASH_CHARS] for offer in offers})
        return self._ask("POST", f"{API}/offer", _model(OfferReply), canonical_json(named.model_dump()))

    def pull(self, cursor: str | None) -> Page | Unchanged:
        """One page of the feed from an opaque cursor; None for the start."""
        return self._pull(cursor) if self._ahead is None else self._ahead.pull(cursor)

    def _pull(self, cursor: str | None) -> Page | Unchanged:
        query = {"cursor": cursor, "bytes": self.page_bytes}
        asked = urlencode({name: value for name, value in query.items() if value is not None})
        return self._ask("GET", f"{API}/pull?{asked}" if asked else f"{API}/pull", _after(cursor))

    def me(self) -> Me:
        """Who the server takes this device for."""
        self._settle()
        return self._ask("GET", f"{API}/me", _model(Me))

    def close(self) -> None:
        """Let the connection go."""
        self._settle()
        self._http.close()

    def _settle(self) -> None:
        if self._ahead is not None:
            self._ahead.drop()

    def _ask(self, method: str, target: str, read: Callable[[_Answer], _Reply], body: bytes = b"") -> _Reply:
        sent, headers = _packed(body)
        again = {ErrorCode.CLOCK, ErrorCode.UNAUTHENTICATED}
        while True:
            try:
                signed = {**headers, "Authorization": self._proof(method, target, sent)}
                return _read(read, self._http.send(method, target, sent, signed))
            except RefusedError as error:
                if error.code not in again:
                    raise
                again.discard(ErrorCode(error.code))
                self._recover(error)

    def _recover(self, error: RefusedError) -> None:
        if error.code == ErrorCode.UNAUTHENTICATED:
            self._token = None
        elif error.server_now is not None:
            self._offset_ms = error.server_now - self._device_ms()

    def _proof(self, method: str, target: str, sent: bytes) -> str:
        return authorization(
            self._key,
            method=method,
            target=self._http.path(target),
            body=sent,
            token=self._access_token(),
            at=self._device_ms() + self._offset_ms,
            nonce=b64(self._entropy(_NONCE_BYTES)),
        )

    def _access_token(self) -> str:
        if self._token is not None and self._clock.monotonic() < self._token[1]:
            return self._token[0]
        try:
            reply = self._fetch_token()
        except ClockError as error:
            self._recover(error)
            reply = self._fetch_token()
        self._offset_ms = reply.now - self._device_ms()
        self._token = reply.token, self._clock.monotonic() + max(reply.seconds - _RENEW_BEFORE, 0)
        return reply.token

    def _fetch_token(self) -> TokenReply:
        at, nonce = self._device_ms() + self._offset_ms, b64(self._entropy(_NONCE_BYTES))
        proof = b64(self._key.sign(token_text(self._device, at, nonce)))
        body = canonical_json(TokenRequest(device=self._device, at=at, nonce=nonce, proof=proof).model_dump())
        sent, headers = _packed(body)
        return _read(_model(TokenReply), self._http.send("POST", f"{API}/token", sent, headers))

    def _device_ms(self) -> int:
        return int(self._clock.now().timestamp() * 1000)


def enrol(
    server: str, code: str, key: Ed25519PrivateKey, *, name: str = "Tablet", aeroplane: Aeroplane | None = None
) -> EnrolReply:
    """Register the device's public key with a one-time code. Repeating it with the same key gives the same answer.

    Raises:
        CodeRefusedError, RefusedError, UnreachableError, BadReplyError, AeroplaneModeError
    """
    http = _Http(server, aeroplane or Aeroplane())
    try:
        public = b64(key.public_key().public_bytes_raw())
        sent, headers = _packed(canonical_json(EnrolRequest(code=code, key=public, name=name).model_dump()))
        return _read(_model(EnrolReply), http.send("POST", f"{API}/enrol", sent, headers))
    finally:
        http.close()


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


class _Http:
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
        self._session.close()

    def send(self, method: str, target: str, body: bytes, headers: Mapping[str, str]) -> _Answer:
        self._aeroplane.check()
        try:
            with self._session.request(
                method,
                self._server + target,
                data=body or None,
                headers=dict(headers),
                timeout=(CONNECT_SECONDS, READ_SECONDS),
                allow_redirects=False,
                stream=True,
            ) as response:
                raw = _drained(response)
        except requests.exceptions.SSLError as error:
            raise BadReplyError("The server could not prove who it is. Nothing was sent. Tell your support.") from error
        except (requests.RequestException, urllib3.exceptions.HTTPError, OSError) as error:
            raise UnreachableError("The server cannot be reached. Everything is safe on this tablet.") from error
        self._aeroplane.check()
        return _understood(response, raw)


def _packed(body: bytes) -> tuple[bytes, dict[str, str]]:
    headers = {"Content-Type": "application/json"} if body else {}
    if len(body) < COMPRESS_FROM:
        return body, headers
    return zstandard.ZstdCompressor(level=3).compress(body), {**headers, "Content-Encoding": "zstd"}


def _drained(response: requests.Response) -> bytes:
    """The body as it was sent, bounded, and whole: urllib3 raises where the connection ends early."""
    parts: list[bytes] = []
    size = 0
    while chunk := response.raw.read(1 << 16, decode_content=False):
        size += len(chunk)
        if size > MAX_REPLY_BYTES:
            raise BadReplyError("The answer was too large to be the server's. Nothing was marked as sent.")
        parts.append(chunk)
    return b"".join(parts)


def _understood(response: requests.Response, raw: bytes) -> _Answer:
    """The reply's JSON text, or the refusal it holds."""
    now = response.headers.get(NOW, "")
    if response.status_code == requests.codes.no_content and now.isdecimal() and now.isascii():
        return Unchanged(int(now))
    text = _text(response, raw)
    if response.status_code == requests.codes.ok:
        return text
    if not 400 <= response.status_code < 600:
        raise _stranger()
    raise _refused(_read(_model(ErrorReply), text))


def _text(response: requests.Response, raw: bytes) -> str:
    kind = response.headers.get("Content-Type", "").partition(";")[0].strip().lower()
    encoding = response.headers.get("Content-Encoding", "identity").strip().lower()
    if kind != "application/json" or encoding not in ("zstd", "identity"):
        if response.status_code in (502, 503, 504):
            raise UnreachableError("The server is not up at the moment. Everything is safe on this tablet.")
        raise _stranger()
    try:
        return (_unpacked(raw) if encoding == "zstd" else raw).decode()
    except (ValueError, zstandard.ZstdError):
        raise _stranger() from None


def _unpacked(raw: bytes) -> bytes:
    with zstandard.ZstdDecompressor(max_window_size=1 << 27).stream_reader(raw) as reader:
        text = reader.read(MAX_REPLY_BYTES + 1)
    if len(text) > MAX_REPLY_BYTES:
        raise BadReplyError("The answer was too large to be the server's. Nothing was marked as sent.")
    return text


def _model(reply: type[_Message]) -> Callable[[_Answer], _Message]:
    def read(answer: _Answer) -> _Message:
        if isinstance(answer, Unchanged):
            raise ValueError("An answer without content to a question that has one.")
        return reply.model_validate(json.loads(answer))

    return read


def _after(cursor: str | None) -> Callable[[_Answer], Page | Unchanged]:
    def read(answer: _Answer) -> Page | Unchanged:
        if not isinstance(answer, Unchanged):
            return read_page(answer)
        if cursor is None:
            raise ValueError("Nothing new for a tablet that has nothing.")
        return answer

    return read


def _read(read: Callable[[_Answer], _Reply], answer: _Answer) -> _Reply:
    try:
        return read(answer)
    except (ValueError, RecursionError):
        raise _stranger() from None


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
