"""Canonical JSON: one text for one value, so that a hash means the same on every device.

Keys sorted by code point, no white space, UTF-8, numbers as Python writes them (recorded precision is kept:
37.0 stays 37.0), no NaN or infinity, no lone surrogates. What arrives in this form is stored and served as it is.
"""

from __future__ import annotations

import hashlib
import json
from typing import Any

from pydantic_core import from_json

Json = dict[str, Any]


class NotCanonicalError(ValueError):
    """The value has no canonical JSON text: a NaN, a lone surrogate, or a type that JSON does not know."""


def canonical_json(value: object) -> bytes:
    """The one UTF-8 text of `value`.

    Raises:
        NotCanonicalError: where there is none.
    """
    try:
        return _ENCODER.encode(value).encode()
    except (ValueError, TypeError, RecursionError) as error:
        raise NotCanonicalError(
            "This value cannot be written as JSON. Check for numbers that are not finite or broken characters."
        ) from error


_ENCODER = json.JSONEncoder(sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False)


def read_json(data: bytes) -> Any:
    """The value of a JSON text.

    Raises:
        ValueError: it is none.
    """
    return from_json(data)


def sha256_hex(data: bytes) -> str:
    """SHA-256 as 64 lower-case hexadecimal characters."""
    return hashlib.sha256(data).hexdigest()
