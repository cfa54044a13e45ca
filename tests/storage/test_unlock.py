"""Who gets in, who does not, and that a failure leaves the file as it was."""

from __future__ import annotations

import hashlib
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from fieldapp.domain.clock import FixedClock
from fieldapp.storage import Identity, NoKeyStore, Store, create_store, open_store
from fieldapp.storage.errors import (
    CorruptError,
    KeystoreLostError,
    NewerSchemaError,
    NoStoreError,
    StoreClosedError,
    StoreError,
    StoreExistsError,
    TamperedError,
    UnknownPersonError,
    WeakPassphraseError,
    WrongPassphraseError,
)
from fieldapp.storage.kdf import FLOOR
from fieldapp.storage.keys import passphrase_sealer, unwrap
from tests.storage.making import AUTHOR, IDENTITY, PASSPHRASE, START, Maker, flood, fresh


class PlatformKeyStore:
    """A keystore that can lose what it kept, as real ones do."""

    def __init__(self) -> None:
        self.kept: dict[str, bytes] = {}

    def read(self, store: str) -> bytes | None:
        return self.kept.get(store)

    def write(self, store: str, secret: bytes) -> bool:
        self.kept[store] = secret
        return True


def digest(directory: Path) -> str:
    return hashlib.sha256((directory / "store.db").read_bytes()).hexdigest()


def test_the_right_passphrase_opens_what_was_saved(
    store: Store, tmp_path: Path, clock: FixedClock, make: Maker
) -> None:
    patient = make.id()
    store.save([note := make.note(patient)])
    key = store.device_key().private_bytes_raw()
    store.close()
    again = open_store(tmp_path, clock=clock).unlock(PASSPHRASE)
    assert again.revision(note.id) == note
    assert again.device_key().private_bytes_raw() == key
    again.close()


def test_a_closed_store_says_so(store: Store, make: Maker) -> None:
    store.close()
    store.close()
    for call in (store.patients, store.identity, lambda: store.save([make.note(make.id())]), store.device_key):
        with pytest.raises(StoreClosedError):
            call()


def test_setting_up_twice_is_refused(store: Store, tmp_path: Path, clock: FixedClock) -> None:
    with pytest.raises(StoreExistsError):
        fresh(tmp_path, clock)


def test_a_tablet_that_was_not_set_up_says_so(tmp_path: Path, clock: FixedClock) -> None:
    with pytest.raises(NoStoreError):
        open_store(tmp_path, clock=clock)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("passphrase", ["", "123456", "elevenchars"])
def test_a_short_passphrase_is_refused_and_leaves_no_store(tmp_path: Path, clock: FixedClock, passphrase: str) -> None:
    with pytest.raises(WeakPassphraseError) as refused:
        create_store(tmp_path, passphrase=passphrase, clock=clock, kdf=FLOOR)
    assert refused.value.characters == 12
    with pytest.raises(NoStoreError):
        open_store(tmp_path, clock=clock)


def test_a_keystore_makes_a_pin_enough_and_its_loss_is_told(tmp_path: Path, clock: FixedClock) -> None:
    keystore = PlatformKeyStore()
    create_store(tmp_path, passphrase="493817", clock=clock, kdf=FLOOR, keystore=keystore).close()
    open_store(tmp_path, clock=clock, keystore=keystore).unlock("493817").close()
    before = digest(tmp_path)
    with pytest.raises(KeystoreLostError):
        open_store(tmp_path, clock=clock, keystore=NoKeyStore()).unlock("493817")
    (name,) = keystore.kept
    keystore.kept[name] = bytes(32)
    with pytest.raises(WrongPassphraseError):
        open_store(tmp_path, clock=clock, keystore=keystore).unlock("493817")
    assert digest(tmp_path) == before


def test_a_five_digit_pin_is_too_short_even_with_a_keystore(tmp_path: Path, clock: FixedClock) -> None:
    with pytest.raises(WeakPassphraseError):
        create_store(tmp_path, passphrase="49381", clock=clock, kdf=FLOOR, keystore=PlatformKeyStore())


def test_three_clinicians_unlock_in_any_order_and_share_the_records(
    store: Store, tmp_path: Path, clock: FixedClock, make: Maker
) -> None:
    store.set_identity(IDENTITY)
    store.save([note := make.note(make.id())])
    store.put_draft("note", {"text": "hers"})
    second = store.add_person("second long passphrase", name="Bilal Khan", role="Physiotherapist", kdf=FLOOR)
    third = store.add_person("third long passphrase", name="Cerys Pugh", role="Occupational therapist", kdf=FLOOR)
    first = store.slot
    store.close()
    locked = open_store(tmp_path, clock=clock)
    assert [(p.slot, p.name) for p in locked.people()] == [
        (first, AUTHOR.name),
        (second, "Bilal Khan"),
        (third, "Cerys Pugh"),
    ]
    with pytest.raises(UnknownPersonError):
        locked.unlock(PASSPHRASE)
    for slot, passphrase in [(third, "third long passphrase"), (first, PASSPHRASE), (second, "second long passphrase")]:
        opened = locked.unlock(passphrase, slot)
        assert opened.revision(note.id) == note
        assert opened.drafts() == ({"note": {"text": "hers"}} if slot == first else {})
        assert (opened.identity() is not None) == (slot == first)
        opened.put_draft("note", {"text": slot if slot != first else "hers"})
        opened.close()
    with pytest.raises(WrongPassphraseError):
        locked.unlock(PASSPHRASE, second)


def test_identity_is_kept_and_follows_the_last_contact(store: Store, tmp_path: Path, clock: FixedClock) -> None:
    assert store.identity() is None
    store.set_identity(IDENTITY)
    assert store.identity() == IDENTITY
    store.note_contact(-1500)
    store.close()
    again = open_store(tmp_path, clock=clock).unlock(PASSPHRASE)
    found = again.identity()
    assert isinstance(found, Identity)
    assert found.offset_ms == -1500
    assert again.freshness() == clock.now()
    again.close()


def test_a_changed_passphrase_opens_and_the_old_one_does_not(
    store: Store, tmp_path: Path, clock: FixedClock, make: Maker
) -> None:
    store.save([note := make.note(make.id())])
    with pytest.raises(WeakPassphraseError):
        store.change_passphrase("short", kdf=FLOOR)
    store.change_passphrase("a different passphrase", kdf=FLOOR)
    store.close()
    again = open_store(tmp_path, clock=clock).unlock("a different passphrase")
    assert again.revision(note.id) == note
    again.close()
    with pytest.raises(WrongPassphraseError):
        open_store(tmp_path, clock=clock).unlock(PASSPHRASE)


def test_a_wrong_passphrase_leaves_the_file_as_it_was(store: Store, tmp_path: Path, clock: FixedClock) -> None:
    store.close()
    before = digest(tmp_path)
    with pytest.raises(WrongPassphraseError) as refused:
        open_store(tmp_path, clock=clock).unlock("not the right passphrase")
    assert refused.value.retry_after == 1
    assert digest(tmp_path) == before


def _schema(connection: sqlite3.Connection) -> None:
    connection.execute("PRAGMA user_version = 99")


def _other_program(connection: sqlite3.Connection) -> None:
    connection.execute("PRAGMA application_id = 1")


def _no_people(connection: sqlite3.Connection) -> None:
    connection.execute("DELETE FROM person")


def _weak(connection: sqlite3.Connection) -> None:
    connection.execute("UPDATE person SET memory_kib = 8")


def _heavy(connection: sqlite3.Connection) -> None:
    connection.execute("UPDATE person SET memory_kib = 1 << 30")


def _store_key(connection: sqlite3.Connection) -> None:
    connection.execute("UPDATE person SET store_key = zeroblob(length(store_key))")


@pytest.mark.parametrize(
    ("change", "error"),
    [
        (_schema, NewerSchemaError),
        (_other_program, CorruptError),
        (_no_people, CorruptError),
        (_weak, TamperedError),
        (_heavy, TamperedError),
        (_store_key, TamperedError),
    ],
)
def test_a_changed_file_is_refused_and_left_as_it_is(
    store: Store, tmp_path: Path, clock: FixedClock, change: object, error: type[StoreError]
) -> None:
    store.close()
    with closing(sqlite3.connect(tmp_path / "store.db")) as connection:
        assert callable(change)
        change(connection)
        connection.commit()
    before = digest(tmp_path)
    with pytest.raises(error):
        open_store(tmp_path, clock=clock).unlock(PASSPHRASE)
    assert digest(tmp_path) == before


@pytest.mark.parametrize("damage", ["truncated", "overwritten", "empty"])
def test_an_unreadable_file_is_refused_and_left_as_it_is(
    store: Store, tmp_path: Path, clock: FixedClock, damage: str
) -> None:
    store.close()
    path = tmp_path / "store.db"
    whole = path.read_bytes()
    path.write_bytes({"truncated": whole[:5000], "overwritten": b"\x55" * len(whole), "empty": b""}[damage])
    before = digest(tmp_path)
    with pytest.raises(CorruptError):
        open_store(tmp_path, clock=clock).unlock(PASSPHRASE)
    assert digest(tmp_path) == before


def test_a_copied_store_gives_no_pin_anything_to_try_against(tmp_path: Path, clock: FixedClock) -> None:
    create_store(tmp_path, passphrase="004071", clock=clock, kdf=FLOOR, keystore=PlatformKeyStore()).close()
    locked = open_store(tmp_path, clock=clock)
    for pin in range(0, 10_000, 101):
        with pytest.raises(KeystoreLostError):
            locked.unlock(f"{pin:04}")


@pytest.mark.parametrize("guessed", [b"", bytes(32)])
def test_even_the_right_pin_needs_the_keystores_secret(tmp_path: Path, clock: FixedClock, guessed: bytes) -> None:
    create_store(tmp_path, passphrase="004071", clock=clock, kdf=FLOOR, keystore=PlatformKeyStore()).close()
    store, (person,) = open_store(tmp_path, clock=clock)._read()
    outer = passphrase_sealer(
        "004071", guessed, slot=person.slot, salt=person.salt, cost=FLOOR, store=store, entropy=flood("any")
    )
    with pytest.raises(TamperedError):
        unwrap(outer, "person.clinician_key", person.slot, person.clinician_key)


def test_a_store_is_the_same_for_the_same_entropy(tmp_path: Path) -> None:
    keys: list[bytes] = []
    for name in ("one", "two"):
        made = fresh(tmp_path / name, FixedClock(START), entropy=flood("seed"))
        keys.append(made.device_key().private_bytes_raw())
        made.close()
    assert keys[0] == keys[1]
