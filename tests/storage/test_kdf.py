"""Argon2id and HKDF against published vectors, and the bounds of what a file may ask for."""

from __future__ import annotations

import json

import pytest
from argon2.low_level import Type, core, ffi

from fieldapp.storage.errors import TamperedError
from fieldapp.storage.kdf import DEFAULT, FLOOR, KdfParameters, argon2id, expand, stored_parameters, stretch
from tests.storage.making import SHARED


def _read(name: str) -> str:
    path = SHARED / "data" / name
    if not path.exists():
        pytest.skip(f"The vectors are not at {path}; set FIELDAPP_SHARED to their folder.")
    return path.read_text()


def _cases(text: str) -> list[dict[str, str]]:
    cases: list[dict[str, str]] = []
    for line in text.splitlines():
        name, equals, value = line.partition("=")
        if not equals or line.startswith("#"):
            continue
        if name.strip() == "COUNT":
            cases.append({})
        cases[-1][name.strip()] = value.strip()
    return cases


def _keyed_argon2id(case: dict[str, str], version: int) -> bytes:
    """The same binding with a secret and associated data, which the store's function does not take."""
    parts = [bytes.fromhex(case[name]) for name in ("pass", "salt", "secret", "ad")]
    buffers = [ffi.new("uint8_t[]", part) for part in parts]
    out = ffi.new("uint8_t[]", int(case["length"]))
    context = ffi.new(
        "argon2_context *",
        {
            "out": out,
            "outlen": int(case["length"]),
            "pwd": buffers[0],
            "pwdlen": len(parts[0]),
            "salt": buffers[1],
            "saltlen": len(parts[1]),
            "secret": buffers[2],
            "secretlen": len(parts[2]),
            "ad": buffers[3],
            "adlen": len(parts[3]),
            "t_cost": int(case["iter"]),
            "m_cost": int(case["memcost"]),
            "lanes": int(case["lanes"]),
            "threads": 1,
            "allocate_cbk": ffi.NULL,
            "free_cbk": ffi.NULL,
            "flags": 0,
            "version": version,
        },
    )
    assert core(context, Type.ID.value) == 0
    return bytes(ffi.buffer(out))


def test_argon2id_agrees_with_the_published_vectors() -> None:
    cases = _cases(_read("argon2_kats/pyca_argon2id.txt"))
    for case in cases:
        if "secret" in case:
            found = _keyed_argon2id(case, 0x13)
        else:
            found = argon2id(
                bytes.fromhex(case["pass"]),
                bytes.fromhex(case["salt"]),
                int(case["memcost"]),
                int(case["iter"]),
                int(case["lanes"]),
                int(case["length"]),
            )
        assert found.hex() == case["output"], case["COUNT"]
    assert len(cases) == 6


@pytest.mark.parametrize(("name", "version"), [("argon2id.txt", 0x13), ("argon2id_v16.txt", 0x10)])
def test_argon2id_agrees_with_the_reference_implementation(name: str, version: int) -> None:
    tag = next(line for line in _read(f"argon2_kats/{name}").splitlines() if line.startswith("Tag:"))
    case = {"pass": "01" * 32, "salt": "02" * 16, "secret": "03" * 8, "ad": "04" * 12}
    case |= {"iter": "3", "memcost": "32", "lanes": "4", "length": "32"}
    assert _keyed_argon2id(case, version) == bytes.fromhex(tag.removeprefix("Tag:").replace(" ", ""))


def test_hkdf_agrees_with_rfc_5869() -> None:
    cases = _cases(_read("argon2_kats/pyca_rfc-5869-HKDF-SHA256.txt"))
    for case in cases:
        secret, salt, info = (bytes.fromhex(case[name]) for name in ("IKM", "salt", "info"))
        assert expand(secret, salt=salt, purpose=info, length=int(case["L"])).hex() == case["OKM"]
    assert len(cases) == 3


def test_hkdf_agrees_with_wycheproof() -> None:
    groups = json.loads(_read("wycheproof/hkdf_sha256_test.json"))["testGroups"]
    tested = 0
    for case in (case for group in groups for case in group["tests"]):
        secret, salt, info = (bytes.fromhex(case[name]) for name in ("ikm", "salt", "info"))
        if case["result"] == "invalid":
            with pytest.raises(ValueError, match="larger"):
                expand(secret, salt=salt, purpose=info, length=case["size"])
        else:
            assert expand(secret, salt=salt, purpose=info, length=case["size"]).hex() == case["okm"]
        tested += 1
    assert tested == 86


def test_stretching_is_argon2id_of_the_normalised_passphrase() -> None:
    salt = bytes(16)
    assert stretch("caf\u00e9 \ufb01ne", salt, FLOOR) == stretch("cafe\u0301 fine", salt, FLOOR)
    assert stretch("a", salt, FLOOR) == argon2id(b"a", salt, 19 * 1024, 2, 1)
    assert stretch("a", salt, FLOOR) != stretch("b", salt, FLOOR)


@pytest.mark.parametrize(
    ("memory_kib", "passes", "lanes"),
    [
        (19 * 1024 - 1, 2, 1),
        (19 * 1024, 1, 1),
        (0, 0, 0),
        (1 << 21, 3, 1),
        (65536, 17, 1),
        (65536, 3, 5),
        (65536, 3, 0),
    ],
)
def test_parameters_outside_the_bounds_are_refused(memory_kib: int, passes: int, lanes: int) -> None:
    with pytest.raises(ValueError, match="outside"):
        KdfParameters(memory_kib, passes, lanes)
    with pytest.raises(TamperedError):
        stored_parameters(memory_kib, passes, lanes)


def test_the_default_costs_what_was_decided() -> None:
    assert (DEFAULT.memory_kib, DEFAULT.passes, DEFAULT.lanes) == (64 * 1024, 3, 1)
    assert stored_parameters(19 * 1024, 2, 1) == FLOOR
