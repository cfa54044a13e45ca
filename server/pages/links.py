"""The patient's link: its token, what is stored of it, and how it stays out of logs.

The token stands in the link only. The first request turns it into a key that lives in an HttpOnly
cookie for the clean address; the key does not give the token back, and the server stores only the
SHA-256 of the key. So neither the database nor a browser's cookies contain a link that can be sent on.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import logging
import re
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta

TOKEN_BYTES = 18
"""144 random bits: 24 characters in the link."""

COOKIE = "visit"
COOKIE_LIFETIME = timedelta(hours=12)
"""From the last look at the page: long enough for one day's waiting, and never past the link's end."""

LIFE_AFTER_VISIT = timedelta(hours=2)

_LINK_PATH = re.compile(r"(?i)(/+(?:v|visit)/+)[^\s\"'?#<>]+")


@dataclass(frozen=True, slots=True)
class LinkState:
    """A stored link: whose visit it shows, until when, and whether it was called back."""

    link_id: str
    expires_at: datetime
    revoked_at: datetime | None = None

    def is_alive(self, now: datetime) -> bool:
        """Whether the link still opens its page."""
        return now < self.expires_at and (self.revoked_at is None or now < self.revoked_at)


def new_token() -> str:
    """A fresh token for the address `/v/{token}`; send it, store only `hash_token(token)`."""
    return secrets.token_urlsafe(TOKEN_BYTES)


def hash_token(token: str) -> bytes:
    """The 32 bytes to store for a token."""
    return hash_key(key_of(token))


def key_of(token: str) -> str:
    """The cookie's value for a token: one-way."""
    return _digest("visit-key", token)


def hash_key(key: str) -> bytes:
    """The 32 stored bytes for a cookie's value."""
    return hashlib.sha256(key.encode()).digest()


def slot_of(key: str) -> str:
    """The clean address's name: 60 bits, opaque, the same each time the link is opened."""
    return _digest("visit-slot", key)[:10]


def form_check(key: str) -> str:
    """A form's proof that it came from this page: another site cannot know it."""
    return _digest("visit-form", key)[:22]


def same_text(one: str, other: str) -> bool:
    """Equality in constant time for text from outside."""
    return hmac.compare_digest(one.encode(), other.encode())


def link_expiry(visit_end: datetime) -> datetime:
    """When a link dies: two hours after the visit."""
    return visit_end + LIFE_AFTER_VISIT


def redact_links(text: str) -> str:
    """The text with every `/v/…` and `/visit/…` path cut short."""
    return _LINK_PATH.sub(r"\1[link]", text)


class LinkRedactor(logging.Filter):
    """Keeps links out of log records; put it on every handler, or on uvicorn's loggers.

    `logging.getLogger("uvicorn.access").addFilter(LinkRedactor())`
    """

    def filter(self, record: logging.LogRecord) -> bool:
        if isinstance(record.msg, str):
            record.msg = redact_links(record.msg)
        if isinstance(record.args, dict):
            record.args = {name: _redacted(value) for name, value in record.args.items()}
        elif record.args:
            record.args = tuple(_redacted(value) for value in record.args)
        if record.exc_info and not record.exc_text:
            record.exc_text = logging.Formatter().formatException(record.exc_info)
        if record.exc_text:
            record.exc_text = redact_links(record.exc_text)
        return True


def _redacted(value: object) -> object:
    if isinstance(value, str):
        return redact_links(value)
    if value is None or isinstance(value, int | float):
        return value
    text = str(value)
    return redact_links(text) if _LINK_PATH.search(text) else value


def _digest(purpose: str, secret: str) -> str:
    raw = hashlib.sha256(f"{purpose}:{secret}".encode()).digest()
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()
