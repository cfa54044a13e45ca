"""UUIDv7 identifiers (RFC 9562 §5.7): made offline, unique everywhere, in order of making."""

from __future__ import annotations

import re
import secrets
from collections.abc import Callable
from uuid import UUID

from fieldapp.domain.clock import Clock

Entropy = Callable[[int], bytes]
"""Gives that many unpredictable bytes; `secrets.token_bytes` in production, seeded in a simulation."""


def new_id(clock: Clock, entropy: Entropy = secrets.token_bytes) -> str:
    """A UUIDv7 as 36 lower-case characters. A wrong clock spoils its order, never its uniqueness."""
    milliseconds = max(0, int(clock.now().timestamp() * 1000)) & ((1 << 48) - 1)
    random = int.from_bytes(entropy(10), "big")
    value = milliseconds << 80 | 0x7 << 76 | (random >> 68 & 0xFFF) << 64 | 0b10 << 62 | random & ((1 << 62) - 1)
    return str(UUID(int=value))


def is_id(text: object) -> bool:
    """Whether `text` is a UUID of any version in its canonical 36 characters."""
    return isinstance(text, str) and _CANONICAL(text) is not None


_CANONICAL = re.compile("[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}").fullmatch
