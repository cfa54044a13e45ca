"""The chain of keys.

    passphrase ─Argon2id─┐
    keystore secret ─────┴HKDF→ key-encryption key ─wraps→ clinician key ─wraps→ store key ─wraps→ a key per patient

Each clinician has their own passphrase, salt and clinician key; all of them reach the same store key. Drafts are sealed
by the clinician key, settings by the store key, everything about a patient by that patient's key. Destroying the one
row of a patient's key makes everything sealed by it unreadable.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Iterable
from typing import Final, NamedTuple, Protocol

from sqlalchemy import Connection, select
from sqlalchemy.dialects.sqlite import insert

from fieldapp.domain.ids import Entropy
from fieldapp.storage import tables
from fieldapp.storage.envelope import KEY_ID_BYTES, Sealer
from fieldapp.storage.errors import PatientGoneError, WeakPassphraseError
from fieldapp.storage.kdf import KEY_BYTES, KdfParameters, expand, stretch
from fieldapp.storage.statement import Statement

PASSPHRASE_CHARACTERS: Final = 12
PIN_CHARACTERS: Final = 6
"""Enough only together with a secret of the platform keystore."""


class KeyStore(Protocol):
    """The platform's safe for one 256-bit secret a store, which a copied file does not contain."""

    def read(self, store: str) -> bytes | None:
        """The secret, or None where it is not (or no longer) there."""
        ...

    def write(self, store: str, secret: bytes) -> bool:
        """Keep the secret. False where this platform has no such safe."""
        ...


class NoKeyStore:
    """A platform without a safe: the passphrase alone must be strong enough."""

    def read(self, store: str) -> bytes | None:
        return None

    def write(self, store: str, secret: bytes) -> bool:
        return False


class Key(NamedTuple):
    """A key and the id by which envelopes name it."""

    id: bytes
    secret: bytes

    def sealer(self, store: bytes, entropy: Entropy) -> Sealer:
        return Sealer(self.secret, self.id, store, entropy)


def new_key(entropy: Entropy) -> Key:
    """A random 256-bit key."""
    return Key(entropy(KEY_ID_BYTES), entropy(KEY_BYTES))


def wrap(outer: Sealer, place: str, row: str, key: Key) -> bytes:
    """`key` sealed by the key above it."""
    return outer.seal(place, row, key.id + key.secret)


def unwrap(outer: Sealer, place: str, row: str, sealed: bytes) -> Key:
    """What `wrap` sealed. Raises TamperedError."""
    plain = outer.open(place, row, sealed)
    return Key(plain[:KEY_ID_BYTES], plain[KEY_ID_BYTES:])


def check_passphrase(passphrase: str, *, with_keystore: bool) -> None:
    """Raises WeakPassphraseError."""
    least = PIN_CHARACTERS if with_keystore else PASSPHRASE_CHARACTERS
    if len(passphrase) < least:
        raise WeakPassphraseError(least)


def passphrase_sealer(
    passphrase: str, secret: bytes, *, slot: str, salt: bytes, cost: KdfParameters, store: bytes, entropy: Entropy
) -> Sealer:
    """The key-encryption key of one person: slow on purpose."""
    stretched = stretch(passphrase, salt, cost)
    key = expand(stretched + secret, salt=store, purpose=b"fieldapp key-encryption key " + slot.encode())
    return Sealer(key, hashlib.sha256(slot.encode()).digest()[:KEY_ID_BYTES], store, entropy)


class Keys:
    """The keys of an unlocked store, in memory only. Safe to use from several threads."""

    def __init__(self, store: bytes, slot: str, clinician: Key, store_key: Key, entropy: Entropy) -> None:
        self.store = store
        self.slot = slot
        self.clinician = clinician
        self.store_key = store_key
        self.settings = store_key.sealer(store, entropy)
        self.drafts = clinician.sealer(store, entropy)
        self._attachment_names = expand(store_key.secret, salt=store, purpose=b"fieldapp attachment names")
        self._draft_names = expand(clinician.secret, salt=store, purpose=b"fieldapp draft names")
        self._entropy = entropy
        self._patients: dict[str, tuple[bytes, Sealer]] = {}

    def draft_id(self, name: str) -> str:
        """The opaque id under which a draft is kept."""
        return hmac.new(self._draft_names, name.encode(), "sha256").hexdigest()

    def attachment_id(self, patient: str, sha256: str) -> str:
        """The opaque id under which a patient's attachment is kept, the same whoever unlocked the store."""
        return hmac.new(self._attachment_names, f"{patient} {sha256}".encode(), "sha256").hexdigest()

    def of_patient(self, patient: str, wrapped: bytes | None) -> Sealer:
        """The patient's key as it is wrapped in the store now.

        Raises:
            PatientGoneError: it was destroyed.
            TamperedError
        """
        if wrapped is None:
            raise PatientGoneError
        cached = self._patients.get(patient)
        if cached is not None and cached[0] == wrapped:
            return cached[1]
        sealer = unwrap(self.settings, "patient.key", patient, wrapped).sealer(self.store, self._entropy)
        self._patients[patient] = (wrapped, sealer)
        return sealer

    def for_writing(self, tx: Connection, patients: Iterable[str]) -> dict[str, Sealer]:
        """The key of each patient, made where there is none. Only inside a writing transaction."""
        wanted = set(patients)
        found = {row.id: row.key for row in _PATIENT_KEYS.all(tx, ids=tables.listed(wanted))}
        made = [
            {"id": patient, "key": wrap(self.settings, "patient.key", patient, new_key(self._entropy))}
            for patient in sorted(wanted)
            if found.get(patient) is None
        ]
        if made:
            _KEEP_KEY.run_each(tx, made)
            found.update((row["id"], row["key"]) for row in made)
        return {patient: self.of_patient(patient, found[patient]) for patient in wanted}

    def forget(self, patients: Iterable[str]) -> None:
        """Drop destroyed keys from memory."""
        for patient in patients:
            self._patients.pop(patient, None)


_PATIENT_KEYS = Statement(
    select(tables.patient.c.id, tables.patient.c.key).where(tables.patient.c.id.in_(tables.among()))
)
_insert_key = insert(tables.patient)
_KEEP_KEY = Statement(
    _insert_key.on_conflict_do_update(index_elements=["id"], set_={"key": _insert_key.excluded.key}), "id", "key"
)
