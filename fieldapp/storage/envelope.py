"""The envelope in which every sealed value lies.

    version (1) ‖ algorithm (1) ‖ key id (8) ‖ nonce (12) ‖ ciphertext ‖ tag (16)

AES-256-GCM with a random nonce. The associated data bind the header, the store, the table and column, and the row, so
that a value that was moved, copied from another store or changed by one bit is refused. A key seals fewer than 2³²
values in its life (NIST SP 800-38D §8.3): each patient has their own.
"""

from __future__ import annotations

from typing import Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from fieldapp.domain.ids import Entropy
from fieldapp.storage.errors import TamperedError

VERSION: Final = 1
"""The schema of what is sealed; a store whose schema changes what it seals counts it up."""
AES_256_GCM: Final = 1
KEY_ID_BYTES: Final = 8
NONCE_BYTES: Final = 12
_HEADER: Final = 2 + KEY_ID_BYTES
OVERHEAD: Final = _HEADER + NONCE_BYTES + 16


def aead(key: bytes) -> AESGCM:
    """The one primitive that seals: AES-GCM with a 256-bit key."""
    if len(key) != 32:
        raise ValueError("A sealing key has 256 bits.")
    return AESGCM(key)


class Sealer:
    """Seals and opens with one key of one store."""

    __slots__ = ("_aead", "_entropy", "_header", "_places", "_store", "key_id")

    def __init__(self, key: bytes, key_id: bytes, store: bytes, entropy: Entropy) -> None:
        if len(key_id) != KEY_ID_BYTES:
            raise ValueError("A key's id has 8 bytes.")
        self._aead = aead(key)
        self._entropy = entropy
        self._header = bytes((VERSION, AES_256_GCM)) + key_id
        self._store = store
        self._places: dict[str, bytes] = {}
        self.key_id = key_id

    def seal(self, place: str, row: str, plain: bytes) -> bytes:
        """`plain` sealed for `row` of `place` (`table.column`)."""
        nonce = self._entropy(NONCE_BYTES)
        return self._header + nonce + self._aead.encrypt(nonce, plain, self._bound(place, row))

    def open(self, place: str, row: str, sealed: bytes) -> bytes:
        """What was sealed there.

        Raises:
            TamperedError: it is not exactly what this key sealed for this place.
        """
        if len(sealed) < OVERHEAD or not sealed.startswith(self._header):
            raise TamperedError
        nonce = sealed[_HEADER : _HEADER + NONCE_BYTES]
        try:
            return self._aead.decrypt(nonce, sealed[_HEADER + NONCE_BYTES :], self._bound(place, row))
        except InvalidTag:
            raise TamperedError from None

    def _bound(self, place: str, row: str) -> bytes:
        where = self._places.get(place)
        if where is None:
            name = place.encode()
            where = self._places[place] = b"%b%b%d:%b" % (self._header, self._store, len(name), name)
        which = row.encode()
        return b"%b%d:%b" % (where, len(which), which)


def key_id_of(sealed: bytes) -> bytes:
    """Which key sealed this, unchecked: only for looking the key up."""
    return sealed[2:_HEADER]
