"""The clinicians of one tablet: their names on the unlock screen, their passphrases, and their enrolment."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from sqlalchemy import bindparam, insert, select, update

from fieldapp.domain.ids import Entropy
from fieldapp.storage import tables
from fieldapp.storage.core import Core
from fieldapp.storage.errors import KeystoreLostError
from fieldapp.storage.kdf import DEFAULT, SALT_BYTES, KdfParameters
from fieldapp.storage.keys import Key, Keys, check_passphrase, new_key, passphrase_sealer, wrap
from fieldapp.storage.model import Identity


class People(Core):
    """Identity, the device's key, and passphrases."""

    def identity(self) -> Identity | None:
        """Who this clinician is to the server, with the clock offset and epoch as last known; None before
        enrolment."""
        with self._reading() as tx:
            value = self._setting(tx, f"identity:{self.slot}")
            if value is None:
                return None
            contact = self._setting(tx, "contact")
            epoch = self._setting(tx, "epoch")
        identity = Identity.from_json(value)
        return replace(
            identity,
            offset_ms=contact["offset_ms"] if contact else identity.offset_ms,
            epoch=epoch or identity.epoch,
        )

    def set_identity(self, identity: Identity) -> None:
        """Keep who the server takes this clinician for, and show their name and role on the unlock screen."""
        with self._writing() as tx:
            self._put_setting(tx, f"identity:{self.slot}", identity.to_json())
            label = {"of": self.slot, "name": identity.person.name, "role": identity.person.role}
            tx.execute(_RELABEL, label)

    def device_key(self) -> Ed25519PrivateKey:
        """The device's signing key, made with the store."""
        with self._reading() as tx:
            value = self._setting(tx, "device_key")
        return Ed25519PrivateKey.from_private_bytes(bytes.fromhex(value))

    def add_person(self, passphrase: str, *, name: str, role: str, kdf: KdfParameters = DEFAULT) -> str:
        """Let one more clinician unlock this store with their own passphrase; returns their slot.

        Raises:
            WeakPassphraseError, KeystoreLostError
        """
        slot = self._entropy(8).hex()
        row = self._row(new_key(self._entropy), slot, passphrase, name, role, kdf)
        with self._writing() as tx:
            tx.execute(insert(tables.person), row)
        return slot

    def change_passphrase(self, passphrase: str, *, kdf: KdfParameters = DEFAULT) -> None:
        """Wrap this clinician's key anew; nothing else is sealed again.

        Raises:
            WeakPassphraseError, KeystoreLostError
        """
        with self._reading() as tx:
            old = tx.execute(_PERSON, {"slot": self.slot}).one()
        row = self._row(self._keys.clinician, self.slot, passphrase, old.name, old.role, kdf)
        with self._writing() as tx:
            tx.execute(update(tables.person).where(tables.person.c.slot == self.slot).values(row))

    def _row(
        self, clinician: Key, slot: str, passphrase: str, name: str, role: str, kdf: KdfParameters
    ) -> dict[str, Any]:
        own = self._keys
        with self._reading() as tx:
            with_keystore = tx.execute(_PERSON, {"slot": own.slot}).one().keystore
        secret = self._keystore.read(own.store.hex()) if with_keystore else b""
        if secret is None:
            raise KeystoreLostError
        keys = Keys(own.store, slot, clinician, own.store_key, self._entropy)
        return person_row(
            passphrase, secret, keys=keys, slot=slot, name=name, role=role, kdf=kdf, entropy=self._entropy
        )


def person_row(
    passphrase: str,
    secret: bytes,
    *,
    keys: Keys,
    slot: str,
    name: str,
    role: str,
    kdf: KdfParameters,
    entropy: Entropy,
) -> dict[str, Any]:
    """The row through which one clinician reaches the store key. `secret` is the keystore's, or empty without one."""
    check_passphrase(passphrase, with_keystore=bool(secret))
    salt = entropy(SALT_BYTES)
    outer = passphrase_sealer(passphrase, secret, slot=slot, salt=salt, cost=kdf, store=keys.store, entropy=entropy)
    return {
        "slot": slot,
        "name": name,
        "role": role,
        "salt": salt,
        "memory_kib": kdf.memory_kib,
        "passes": kdf.passes,
        "lanes": kdf.lanes,
        "keystore": int(bool(secret)),
        "clinician_key": wrap(outer, "person.clinician_key", slot, keys.clinician),
        "store_key": wrap(keys.drafts, "person.store_key", slot, keys.store_key),
    }


_RELABEL = update(tables.person).where(tables.person.c.slot == bindparam("of"))
_PERSON = select(tables.person).where(tables.person.c.slot == bindparam("slot"))
