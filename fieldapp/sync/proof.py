"""Proof that a request comes from the enrolled device: an Ed25519 signature over everything that matters in it.

`Authorization: Fieldapp <token>.<at>.<nonce>.<signature>` where `at` is milliseconds since 1970 by the server's clock
as the device knows it, and the signature covers method, path with query, SHA-256 of the body as sent, token, time and
nonce. Shorter than a DPoP proof (RFC 9449) and binds the body as well; see docs/decisions.
"""

from __future__ import annotations

import base64
import binascii
from typing import NamedTuple

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from fieldapp.domain.canonical import sha256_hex

SCHEME = "Fieldapp"
MAX_SKEW_MS = 60_000
"""A proof older or newer than this is refused; the answer carries the server's time."""


class Proof(NamedTuple):
    """The parts of the Authorization header."""

    token: str
    at: int
    nonce: str
    signature: bytes


def b64(data: bytes) -> str:
    """base64url without padding."""
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def unb64(text: str) -> bytes:
    """Bytes of base64url without padding. Raises ValueError for anything else."""
    try:
        return base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
    except (binascii.Error, ValueError) as error:
        raise ValueError("Not base64url.") from error


def request_text(method: str, target: str, body: bytes, token: str, at: int, nonce: str) -> bytes:
    """What is signed for a request; `target` is the path with its query, as sent."""
    return "\n".join(["fieldapp-request-1", method, target, sha256_hex(body), token, str(at), nonce]).encode()


def token_text(device: str, at: int, nonce: str) -> bytes:
    """What is signed to ask for a token."""
    return "\n".join(["fieldapp-token-1", device, str(at), nonce]).encode()


def revision_text(hash: str) -> bytes:
    """What is signed for a revision."""
    return f"fieldapp-revision-1\n{hash}".encode()


def page_text(cursor: str, items: bytes) -> bytes:
    """What the server signs for a page: where it ends and its items, as they are sent."""
    return f"fieldapp-page-1\n{cursor}\n{sha256_hex(items)}".encode()


def authorization(
    key: Ed25519PrivateKey, *, method: str, target: str, body: bytes, token: str, at: int, nonce: str
) -> str:
    """The header's value for one request."""
    signature = key.sign(request_text(method, target, body, token, at, nonce))
    return f"{SCHEME} {token}.{at}.{nonce}.{b64(signature)}"


def parse_authorization(header: str) -> Proof:
    """The parts of the header. Raises ValueError when it is not one."""
    scheme, _, value = header.partition(" ")
    parts = value.split(".")
    if scheme != SCHEME or len(parts) != 4 or not parts[1].isdigit() or len(parts[1]) > 16:
        raise ValueError("Not a Fieldapp proof.")
    return Proof(parts[0], int(parts[1]), parts[2], unb64(parts[3]))


def verified(key: Ed25519PublicKey, signature: bytes, text: bytes) -> bool:
    """Whether `signature` is the key's signature of `text`."""
    try:
        key.verify(signature, text)
    except InvalidSignature:
        return False
    return True
