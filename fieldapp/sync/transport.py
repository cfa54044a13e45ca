"""The server over HTTP: compressed bodies, a proof on every request, and nothing believed that is not our server's.

A token is fetched and renewed as needed; the clock's offset is measured when the server refuses a proof as too old or
too new. Neither is ever a reason to lose work: whatever fails here, the tablet keeps what it wanted to send.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Mapping, Sequence
from typing import ClassVar, Final, TypeVar
from urllib.parse import urlencode

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from fieldapp.domain.canonical import canonical_json
from fieldapp.domain.clock import Clock
from fieldapp.domain.delivery import Offer
from fieldapp.domain.ids import Entropy
from fieldapp.domain.revision import Revision
from fieldapp.sync.ahead import Ahead
from fieldapp.sync.errors import ClockError, RefusedError
from fieldapp.sync.pages import read_page
from fieldapp.sync.proof import authorization, b64, token_text
from fieldapp.sync.web import Aeroplane, Answer, Http, Stream, model, packed, read
from fieldapp.sync.wire import (
    API,
    OFFER_HASH_CHARS,
    EnrolReply,
    EnrolRequest,
    ErrorCode,
    Me,
    OfferReply,
    OfferRequest,
    Page,
    PushReply,
    TokenReply,
    TokenRequest,
    Unchanged,
)

_RENEW_BEFORE: Final = 30.0
_NONCE_BYTES: Final = 12

_Reply = TypeVar("_Reply")


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
        self._http = Http(server, aeroplane or Aeroplane())
        self._device = device
        self._key = key
        self._clock = clock
        self._offset_ms = offset_ms or 0
        self._entropy = entropy
        self._token: tuple[str, float] | None = None
        self._ahead = Ahead(self._pull, clock) if ahead else None

    def push(self, revisions: Sequence[Revision], epoch: str | None = None) -> PushReply:
        """Send revisions, parents before children; one outcome each, or none at all from a server of another epoch."""
        self._settle()
        body = b'{"revisions":[' + b",".join(revision.to_json() for revision in revisions) + b"]}"
        target = f"{API}/push?{urlencode({'epoch': epoch})}" if epoch else f"{API}/push"
        return self._ask("POST", target, model(PushReply), body)

    def offer(self, offers: Sequence[Offer]) -> OfferReply:
        """Ask which of these revisions the server lacks."""
        self._settle()
        named = OfferRequest(offers={offer.revision: offer.hash[:OFFER_HASH_CHARS] for offer in offers})
        return self._ask("POST", f"{API}/offer", model(OfferReply), canonical_json(named.model_dump()))

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
        return self._ask("GET", f"{API}/me", model(Me))

    def ask(self, method: str, target: str, reading: Callable[[Answer], _Reply], body: bytes = b"") -> _Reply:
        """One signed request of another part of the protocol, such as attachments."""
        self._settle()
        return self._ask(method, target, reading, body)

    def listen(self, silence: float) -> Stream:
        """Open the hint channel. Reading it raises UnreachableError when nothing came for `silence` seconds."""
        target = f"{API}/hints"
        return self._signed("GET", target, b"", lambda proof: self._http.listen(target, proof, silence))

    def check(self) -> None:
        """Raises AeroplaneModeError while the tablet is not to use the network."""
        self._http.check()

    def close(self) -> None:
        """Let the connection go."""
        self._settle()
        self._http.close()

    def _settle(self) -> None:
        if self._ahead is not None:
            self._ahead.drop()

    def _ask(self, method: str, target: str, reading: Callable[[Answer], _Reply], body: bytes = b"") -> _Reply:
        sent, headers = packed(body)

        def ask(proof: Mapping[str, str]) -> _Reply:
            return read(reading, self._http.send(method, target, sent, {**headers, **proof}))

        return self._signed(method, target, sent, ask)

    def _signed(self, method: str, target: str, sent: bytes, ask: Callable[[Mapping[str, str]], _Reply]) -> _Reply:
        again = {ErrorCode.CLOCK, ErrorCode.UNAUTHENTICATED}
        while True:
            try:
                return ask({"Authorization": self._proof(method, target, sent)})
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
        sent, headers = packed(body)
        return read(model(TokenReply), self._http.send("POST", f"{API}/token", sent, headers))

    def _device_ms(self) -> int:
        return int(self._clock.now().timestamp() * 1000)


def enrol(
    server: str, code: str, key: Ed25519PrivateKey, *, name: str = "Tablet", aeroplane: Aeroplane | None = None
) -> EnrolReply:
    """Register the device's public key with a one-time code. Repeating it with the same key gives the same answer.

    Raises:
        CodeRefusedError, RefusedError, UnreachableError, BadReplyError, AeroplaneModeError
    """
    http = Http(server, aeroplane or Aeroplane())
    try:
        public = b64(key.public_key().public_bytes_raw())
        sent, headers = packed(canonical_json(EnrolRequest(code=code, key=public, name=name).model_dump()))
        return read(model(EnrolReply), http.send("POST", f"{API}/enrol", sent, headers))
    finally:
        http.close()


def _after(cursor: str | None) -> Callable[[Answer], Page | Unchanged]:
    def understand(answer: Answer) -> Page | Unchanged:
        if isinstance(answer, str):
            return read_page(answer)
        if isinstance(answer, bytes) or cursor is None:
            raise ValueError("Nothing new for a tablet that has nothing.")
        return answer

    return understand
