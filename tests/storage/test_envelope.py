"""The envelope: published vectors, one place for each value, and every byte guarded."""

from __future__ import annotations

import json
import secrets

import pytest
from cryptography.exceptions import InvalidTag
from hypothesis import given
from hypothesis import strategies as st

from fieldapp.storage.envelope import OVERHEAD, Sealer, aead, key_id_of
from fieldapp.storage.errors import TamperedError
from tests.storage.making import SHARED, flood

KEY, KEY_ID, STORE = bytes(range(32)), b"key-id-1", b"store-one-------"


def sealer(*, key: bytes = KEY, key_id: bytes = KEY_ID, store: bytes = STORE) -> Sealer:
    return Sealer(key, key_id, store, secrets.token_bytes)


def test_the_primitive_agrees_with_wycheproof() -> None:
    path = SHARED / "data/wycheproof/aes_gcm_test.json"
    if not path.exists():
        pytest.skip(f"The vectors are not at {path}; set FIELDAPP_SHARED to their folder.")
    groups = [g for g in json.loads(path.read_text())["testGroups"] if (g["keySize"], g["ivSize"]) == (256, 96)]
    results = {"valid": 0, "invalid": 0}
    for case in (case for group in groups for case in group["tests"]):
        key, nonce, bound, plain, sealed, tag = (
            bytes.fromhex(case[name]) for name in ("key", "iv", "aad", "msg", "ct", "tag")
        )
        results[case["result"]] += 1
        if case["result"] == "valid":
            assert aead(key).encrypt(nonce, plain, bound) == sealed + tag, case["tcId"]
            assert aead(key).decrypt(nonce, sealed + tag, bound) == plain, case["tcId"]
        else:
            with pytest.raises(InvalidTag):
                aead(key).decrypt(nonce, sealed + tag, bound)
    assert sum(results.values()) == 66
    assert min(results.values()) > 0


@pytest.mark.parametrize("size", [0, 16, 24, 31, 33])
def test_only_256_bit_keys_seal(size: int) -> None:
    with pytest.raises(ValueError, match="256"):
        aead(bytes(size))


def test_a_keys_id_has_eight_bytes() -> None:
    with pytest.raises(ValueError, match="8 bytes"):
        sealer(key_id=b"short")


@given(plain=st.binary(max_size=300), place=st.text(max_size=20), row=st.text(max_size=40))
def test_what_was_sealed_comes_back(plain: bytes, place: str, row: str) -> None:
    sealed = sealer().seal(place, row, plain)
    assert sealer().open(place, row, sealed) == plain
    assert len(sealed) == len(plain) + OVERHEAD
    assert key_id_of(sealed) == KEY_ID


@given(st.tuples(st.text(max_size=9), st.text(max_size=9)), st.tuples(st.text(max_size=9), st.text(max_size=9)))
def test_a_value_opens_only_in_its_own_place(sealed_at: tuple[str, str], opened_at: tuple[str, str]) -> None:
    sealed = sealer().seal(*sealed_at, b"plain")
    if sealed_at == opened_at:
        assert sealer().open(*opened_at, sealed) == b"plain"
    else:
        with pytest.raises(TamperedError):
            sealer().open(*opened_at, sealed)


def test_every_flipped_bit_is_refused() -> None:
    sealed = sealer().seal("record.sealed", "row", b"Marigold Thistlewood")
    for at in range(len(sealed)):
        for bit in range(8):
            changed = bytearray(sealed)
            changed[at] ^= 1 << bit
            with pytest.raises(TamperedError):
                sealer().open("record.sealed", "row", bytes(changed))


def test_every_shorter_or_longer_text_is_refused() -> None:
    sealed = sealer().seal("record.sealed", "row", b"Marigold")
    for changed in (*(sealed[:at] for at in range(len(sealed))), sealed + b"\0", b"\0" + sealed):
        with pytest.raises(TamperedError):
            sealer().open("record.sealed", "row", changed)


@pytest.mark.parametrize(
    "other", [sealer(store=b"store-two-------"), sealer(key=bytes(32)), sealer(key_id=b"key-id-2")]
)
def test_another_store_key_or_key_id_is_refused(other: Sealer) -> None:
    with pytest.raises(TamperedError):
        other.open("a", "b", sealer().seal("a", "b", b"plain"))


def test_no_nonce_comes_twice() -> None:
    one = sealer()
    assert len({one.seal("a", "b", b"")[10:22] for _ in range(2000)}) == 2000


def test_entropy_is_injected() -> None:
    first, second = (Sealer(KEY, KEY_ID, STORE, flood("seed")).seal("a", "b", b"plain") for _ in range(2))
    assert first == second
