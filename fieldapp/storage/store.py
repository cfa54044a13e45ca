"""Making, opening and using the sealed store.

with a passphrase:  create_store(directory, …) → Store        once, on a new tablet
                    open_store(directory, …) → LockedStore    shows who may unlock it
                    LockedStore.unlock(passphrase) → Store    until `Store.close()`
"""

from __future__ import annotations

import secrets
from pathlib import Path
from typing import NamedTuple

from sqlalchemy import insert

from fieldapp.domain.clock import Clock
from fieldapp.domain.ids import Entropy
from fieldapp.storage import tables
from fieldapp.storage.attachment_sync import AttachmentSyncing
from fieldapp.storage.attachments import Attachments
from fieldapp.storage.core import put_setting
from fieldapp.storage.drafts import Drafts
from fieldapp.storage.engine import create_database, finish_database, translated, untouched
from fieldapp.storage.errors import (
    CorruptError,
    KeystoreLostError,
    NewerSchemaError,
    NoStoreError,
    StoreExistsError,
    TamperedError,
    UnknownPersonError,
    WrongPassphraseError,
)
from fieldapp.storage.files import StoreFiles, file_lock, sync_directory
from fieldapp.storage.kdf import DEFAULT, KEY_BYTES, KdfParameters, stored_parameters
from fieldapp.storage.keys import Keys, KeyStore, NoKeyStore, check_passphrase, new_key, passphrase_sealer, unwrap
from fieldapp.storage.lockout import Lockout
from fieldapp.storage.migrations import upgrade
from fieldapp.storage.model import PersonLabel
from fieldapp.storage.people import People, person_row
from fieldapp.storage.reads import Reads
from fieldapp.storage.syncing import Syncing
from fieldapp.storage.writes import Writes

_NO_KEYSTORE = NoKeyStore()


class Store(Reads, Writes, Syncing, Attachments, AttachmentSyncing, Drafts, People):
    """An unlocked store. Safe to use from several threads and from several processes at once."""


def create_store(
    directory: Path,
    *,
    passphrase: str,
    clock: Clock,
    entropy: Entropy = secrets.token_bytes,
    kdf: KdfParameters = DEFAULT,
    keystore: KeyStore = _NO_KEYSTORE,
) -> Store:
    """Make this tablet's store, with its keys and the device's signing key, and unlock it.

    The file gets its name only when it is whole. What an earlier, killed attempt left never held an entry and is made
    again. `passphrase` has 12 characters or more, or 6 where `keystore` keeps a secret.

    Raises:
        StoreExistsError, WeakPassphraseError, DiskError
    """
    files = StoreFiles(directory)
    check_passphrase(passphrase, with_keystore=not isinstance(keystore, NoKeyStore))
    if files.database.exists():
        raise StoreExistsError
    with translated():
        directory.mkdir(parents=True, exist_ok=True)
        with file_lock(files.creating, wait=True):
            if files.database.exists():
                raise StoreExistsError
            _clear_unfinished(files)
            keys = _write_unfinished(files, passphrase, kdf, entropy, keystore)
            files.unfinished.replace(files.database)
            sync_directory(directory)
    return Store(files, keys, clock=clock, entropy=entropy, keystore=keystore)


def _write_unfinished(
    files: StoreFiles, passphrase: str, kdf: KdfParameters, entropy: Entropy, keystore: KeyStore
) -> Keys:
    store, secret, slot = entropy(16), entropy(KEY_BYTES), entropy(8).hex()
    if not keystore.write(store.hex(), secret):
        secret = b""
    keys = Keys(store, slot, new_key(entropy), new_key(entropy), entropy)
    row = person_row(passphrase, secret, keys=keys, slot=slot, name="", role="", kdf=kdf, entropy=entropy)
    engine = create_database(files.unfinished)
    with engine.begin() as tx:
        tables.metadata.create_all(tx)
        tx.execute(insert(tables.store), {"id": store})
        tx.execute(insert(tables.generation), {"value": 0})
        tx.execute(insert(tables.person), row)
        put_setting(tx, keys.settings, "device_key", entropy(32).hex())
    engine.dispose()
    finish_database(files.unfinished, schema=tables.SCHEMA, application_id=tables.APPLICATION_ID)
    return keys


def open_store(
    directory: Path,
    *,
    clock: Clock,
    entropy: Entropy = secrets.token_bytes,
    keystore: KeyStore = _NO_KEYSTORE,
) -> LockedStore:
    """The store of this tablet, still locked. Its file is only read.

    Raises:
        NoStoreError, CorruptError, NewerSchemaError
    """
    files = StoreFiles(directory)
    if not files.database.exists():
        raise NoStoreError
    locked = LockedStore(files, clock, entropy, keystore)
    locked.people()
    return locked


class _Person(NamedTuple):
    slot: str
    name: str
    role: str
    salt: bytes
    memory_kib: int
    passes: int
    lanes: int
    keystore: int
    clinician_key: bytes
    store_key: bytes


class LockedStore:
    """A store that waits for a passphrase."""

    def __init__(self, files: StoreFiles, clock: Clock, entropy: Entropy, keystore: KeyStore) -> None:
        self._files = files
        self._clock = clock
        self._entropy = entropy
        self._keystore = keystore
        self._lockouts: dict[str, Lockout] = {}
        self._older = False

    def people(self) -> list[PersonLabel]:
        """Who may unlock it, in the order in which they were added."""
        return [PersonLabel(person.slot, person.name, person.role) for person in self._read()[1]]

    def unlock(self, passphrase: str, slot: str | None = None) -> Store:
        """The open store, its file brought up to this version's schema. `slot` may be left out where only one person
        uses this tablet. The attempt is counted before the passphrase is looked at.

        Raises:
            WrongPassphraseError, LockedOutError, UnknownPersonError, KeystoreLostError, DamageError, NewerSchemaError
        """
        store, people = self._read()
        person = _chosen(people, slot)
        cost = stored_parameters(person.memory_kib, person.passes, person.lanes)
        secret = self._keystore.read(store.hex()) if person.keystore else b""
        if secret is None:
            raise KeystoreLostError
        lockout = self._lockouts.setdefault(person.slot, Lockout(self._files.attempts(person.slot), self._clock))
        retry_after = lockout.attempt()
        outer = passphrase_sealer(
            passphrase, secret, slot=person.slot, salt=person.salt, cost=cost, store=store, entropy=self._entropy
        )
        try:
            clinician = unwrap(outer, "person.clinician_key", person.slot, person.clinician_key)
        except TamperedError:
            raise WrongPassphraseError(retry_after) from None
        lockout.succeeded()
        if self._older:
            upgrade(self._files.database)
        own = clinician.sealer(store, self._entropy)
        store_key = unwrap(own, "person.store_key", person.slot, person.store_key)
        keys = Keys(store, person.slot, clinician, store_key, self._entropy)
        return Store(self._files, keys, clock=self._clock, entropy=self._entropy, keystore=self._keystore)

    def _read(self) -> tuple[bytes, list[_Person]]:
        with untouched(self._files.database) as connection:
            application = connection.execute("PRAGMA application_id").fetchone()[0]
            schema = connection.execute("PRAGMA user_version").fetchone()[0]
            if application != tables.APPLICATION_ID or schema < 1:
                raise CorruptError
            if schema > tables.SCHEMA:
                raise NewerSchemaError
            self._older = schema < tables.SCHEMA
            store = connection.execute("SELECT id FROM store").fetchone()
            columns = ", ".join(_Person._fields)
            people = [_Person(*row) for row in connection.execute(f"SELECT {columns} FROM person ORDER BY rowid")]
        if store is None or not people:
            raise CorruptError
        return store[0], people


def _chosen(people: list[_Person], slot: str | None) -> _Person:
    found = [person for person in people if slot is None or person.slot == slot]
    if len(found) != 1:
        raise UnknownPersonError
    return found[0]


def _clear_unfinished(files: StoreFiles) -> None:
    """Remove what a killed creation left, and set aside a log that belongs to a database no longer here."""
    for suffix in ("", "-journal", "-wal", "-shm"):
        Path(f"{files.unfinished}{suffix}").unlink(missing_ok=True)
    orphan = Path(f"{files.database}-wal")
    if orphan.exists():
        orphan.replace(f"{files.database}-wal-{secrets.token_hex(4)}")
    Path(f"{files.database}-shm").unlink(missing_ok=True)
