"""Keys from secrets: Argon2id (RFC 9106) stretches what a person remembers, HKDF-SHA256 (RFC 5869) makes keys of it.

The cost is stored beside each wrapped key and checked against bounds before it is used, so that a changed file can
neither weaken the work nor make the tablet hang.
"""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from typing import Final

from argon2.low_level import Type, hash_secret_raw
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from fieldapp.storage.errors import TamperedError

KEY_BYTES: Final = 32
SALT_BYTES: Final = 16


@dataclass(frozen=True, slots=True)
class KdfParameters:
    """The cost of one guess: memory in KiB, passes over it, lanes.

    Raises:
        ValueError: outside the bounds (19 MiB to 1 GiB, 2 to 16 passes, 1 to 4 lanes). The floor is OWASP's minimum.
    """

    memory_kib: int
    passes: int
    lanes: int

    def __post_init__(self) -> None:
        if not (19 * 1024 <= self.memory_kib <= 1024 * 1024 and 2 <= self.passes <= 16 and 1 <= self.lanes <= 4):
            raise ValueError("These Argon2id parameters are outside what the store accepts.")


DEFAULT: Final = KdfParameters(64 * 1024, 3, 1)
FLOOR: Final = KdfParameters(19 * 1024, 2, 1)


def stored_parameters(memory_kib: int, passes: int, lanes: int) -> KdfParameters:
    """Parameters as read from a file. Raises TamperedError outside the bounds."""
    try:
        return KdfParameters(memory_kib, passes, lanes)
    except ValueError:
        raise TamperedError from None


def stretch(passphrase: str, salt: bytes, cost: KdfParameters) -> bytes:
    """32 bytes from a passphrase, which is first brought to one Unicode form (NFKC)."""
    return argon2id(unicodedata.normalize("NFKC", passphrase).encode(), salt, cost.memory_kib, cost.passes, cost.lanes)


def argon2id(secret: bytes, salt: bytes, memory_kib: int, passes: int, lanes: int, length: int = KEY_BYTES) -> bytes:
    """Argon2id version 1.3, without the bounds of `KdfParameters`."""
    return hash_secret_raw(secret, salt, passes, memory_kib, lanes, length, Type.ID, version=19)


def expand(secret: bytes, *, salt: bytes, purpose: bytes, length: int = KEY_BYTES) -> bytes:
    """HKDF-SHA256: an independent key for each purpose."""
    return HKDF(SHA256(), length, salt, purpose).derive(secret)
