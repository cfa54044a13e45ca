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
from fieldapp.storage.keys import Key, check_passphrase, new_key, passphrase_sealer, wrap
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
        keys = self._keys
        with self._reading() as tx:
            with_keystore = bool(tx.execute(_KEYSTORE, {"slot": keys.slot}).scalar_one())
        secret = self._keystore.read(keys.store.hex()) if with_keystore else b""
        if secret is None:
            raise KeystoreLostError
        row = person_row(
            passphrase,
            secret,
            clinician=new_key(self._entropy),
            store_key=keys.store_key,
            store=keys.store,
            slot=self._entropy(8).hex(),
            name=name,
            role=role,
            kdf=kdf,
            entropy=self._entropy,
        )
        with self._writing() as tx:
            tx.execute(insert(tables.person), row)
        return row["slot"]

    def change_passphrase(self, passphrase: str, *, kdf: KdfParameters = DEFAULT) -> None:
        """Wrap this clinician's key anew; nothing else is sealed again.

        Raises:
            WeakPassphraseError, KeystoreLostError
        """
        keys = self._keys
        with self._reading() as tx:
            old = tx.execute(_PERSON, {"slot": keys.slot}).one()
        secret = self._keystore.read(keys.store.hex()) if old.keystore else b""
        if secret is None:
            raise KeystoreLostError
        row = person_row(
            passphrase,
            secret,
            clinician=keys.clinician,
            store_key=keys.store_key,
            store=keys.store,
            slot=keys.slot,
            name=old.name,
            role=old.role,
            kdf=kdf,
            entropy=self._entropy,
        )
        with self._writing() as tx:
            tx.execute(update(tables.person).where(tables.person.c.slot == keys.slot).values(row))


def person_row(
    passphrase: str,
    secret: bytes,
    *,
    clinician: Key,
    store_key: Key,
    store: bytes,
    slot: str,
    name: str,
    role: str,
    kdf: KdfParameters,
    entropy: Entropy,
) -> dict[str, Any]:
    """The row through which one clinician reaches the store key. `secret` is the keystore's, or empty without one."""
    check_passphrase(passphrase, with_keystore=bool(secret))
    salt = entropy(SALT_BYTES)
    outer = passphrase_sealer(passphrase, secret, slot=slot, salt=salt, cost=kdf, store=store, entropy=entropy)
    return {
        "slot": slot,
        "name": name,
        "role": role,
        "salt": salt,
        "memory_kib": kdf.memory_kib,
        "passes": kdf.passes,
        "lanes": kdf.lanes,
        "keystore": int(bool(secret)),
        "clinician_key": wrap(outer, "person.clinician_key", slot, clinician),
        "store_key": wrap(clinician.sealer(store, entropy), "person.store_key", slot, store_key),
    }


_RELABEL = update(tables.person).where(tables.person.c.slot == bindparam("of"))
_KEYSTORE = select(tables.person.c.keystore).where(tables.person.c.slot == bindparam("slot"))
_PERSON = select(tables.person).where(tables.person.c.slot == bindparam("slot"))
