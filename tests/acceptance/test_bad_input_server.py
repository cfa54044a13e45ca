"""Whatever comes in, the server answers with a code and a sentence, goes on, and stores nothing of it by halves."""

from __future__ import annotations

import codecs
import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
import requests
import zstandard

from fieldapp.domain.ids import new_id
from fieldapp.sync.wire import MAX_PUSH_BYTES, ErrorCode
from server.sync.cursor import Cursor, Reached
from tests.acceptance.bad_server import (
    Wire,
    changed,
    held,
)
from tests.browser.process import wait_for
from tests.server.world import Tablet, World, push_body

pytestmark = pytest.mark.usefixtures("unharmed")


def zstd(content: bytes, **options: Any) -> bytes:
    return zstandard.ZstdCompressor(**options).compress(content)


def wide_window(content: bytes) -> bytes:
    """A frame that wants 64 MB of memory to be unpacked."""
    options = zstandard.ZstdCompressionParameters.from_level(3, window_log=26)
    packer = zstandard.ZstdCompressor(compression_params=options).compressobj()
    return packer.compress(content) + packer.flush()


def bomb() -> bytes:
    """A frame of 4 GB in 131 kB: blocks that repeat one byte (RFC 8878, 3.1.1.2)."""
    block = 128 << 10
    repeated = (1 << 1 | block << 3).to_bytes(3, "little") + b" "
    last = (1 | 1 << 1 | block << 3).to_bytes(3, "little") + b" "
    return b"\x28\xb5\x2f\xfd\x00\x50" + repeated * ((4 << 30) // block - 1) + last


BOMB = bomb()
PACKED = {"Content-Encoding": "zstd"}
BODIES: dict[str, tuple[Callable[[bytes], bytes], dict[str, str]]] = {
    "empty": (lambda good: b"", {}),
    "no JSON": (lambda good: b"<revisions/>", {}),
    "half": (lambda good: good[: len(good) // 2], {}),
    "with something behind": (lambda good: good + b"{}", {}),
    "a list": (lambda good: b"[" + good + b"]", {}),
    "a text": (lambda good: json.dumps(good.decode()).encode(), {}),
    "null": (lambda good: b"null", {}),
    "a byte order mark": (lambda good: codecs.BOM_UTF8 + good, {}),
    "UTF-16": (lambda good: good.decode().encode("utf-16"), {}),
    "UTF-32": (lambda good: good.decode().encode("utf-32-le"), {}),
    "not UTF-8": (lambda good: good.replace(b"Heel", b"H\xc3\x28l"), {}),
    "an encoded surrogate": (lambda good: good.replace(b"Heel", b"\xed\xa0\x80"), {}),
    "a bare NUL": (lambda good: good.replace(b"Heel", b"\0"), {}),
    "a key twice, outside": (lambda good: good[:-1] + b',"revisions":[],"offers":{}}', {}),
    "a key twice, inside": (lambda good: good.replace(b'"text": "Heel', b'"text": "Toe", "text": "Heel'), {}),
    "very deep": (lambda good: good[:-1] + b',"more":' + b"[" * 200_000 + b"]" * 200_000 + b"}", {}),
    "a number of 5,000 digits": (lambda good: good[:-1] + b',"more":' + b"9" * 5000 + b"}", {}),
    "an object of items": (lambda good: b'{"revisions": {"0": 1}}', {}),
    "10,000 tiny items": (lambda good: b'{"revisions": [' + b"0," * 9_999 + b"0]}", {}),
    "half a million tiny items": (lambda good: zstd(b'{"revisions": [' + b"0," * 520_000 + b"0]}"), PACKED),
    "too long": (lambda good: good + b" " * MAX_PUSH_BYTES, {}),
    "a bomb of 4 GB": (lambda good: BOMB, PACKED),
    "a bomb in a bomb": (lambda good: zstd(BOMB), PACKED),
    "packed twice": (lambda good: zstd(zstd(good)), PACKED),
    "two frames": (lambda good: zstd(good) + zstd(b" "), PACKED),
    "a frame and something behind": (lambda good: zstd(good) + b"{}", PACKED),
    "a frame without its end": (lambda good: zstd(good, write_checksum=True)[:-1], PACKED),
    "a frame without its checksum": (lambda good: zstd(good, write_checksum=True)[:-4], PACKED),
    "a frame that is damaged": (lambda good: zstd(good, write_checksum=True)[:-4] + b"\0\0\0\0", PACKED),
    "a frame that wants much memory": (wide_window, PACKED),
    "said to be packed": (lambda good: good, PACKED),
    "packed and not said so": (lambda good: zstd(good), {}),
    "packed with gzip": (lambda good: good, {"Content-Encoding": "gzip"}),
    "packed twice and said so": (lambda good: zstd(zstd(good)), {"Content-Encoding": "zstd, zstd"}),
}


@pytest.mark.parametrize("what", BODIES)
@pytest.mark.parametrize("target", ["/v1/push", "/v1/offer"])
def test_a_body_that_is_none_is_refused_whole(
    world: World, nurse: Tablet, patient: str, target: str, what: str
) -> None:
    make, headers = BODIES[what]
    note = nurse.write(patient, "note", {"text": "Heel intact"})
    good = (
        push_body(note) if target == "/v1/push" else json.dumps({"offers": {note.id: "Heel", "text": "Heel"}}).encode()
    )
    body = make(good)
    before = held(world)
    response = nurse.send("POST", target, body, {**nurse.headers("POST", target, body), **headers})
    assert response.status_code in (400, 413), response.text
    assert response.json()["code"] in (ErrorCode.MALFORMED, ErrorCode.TOO_LARGE)
    assert len(response.json()["sentence"]) > 20
    assert changed(before, held(world)) == set()


@pytest.mark.parametrize("what", [what for what in BODIES if "items" not in what])
@pytest.mark.parametrize("target", ["/v1/enrol", "/v1/token"])
def test_a_small_message_that_is_none_is_refused(world: World, target: str, what: str) -> None:
    make, headers = BODIES[what]
    good = {"code": "AAAA-BBBB-CCCC-DDDD", "key": "A" * 43, "name": "Heel", "text": "Heel"}
    token = {"device": "Heel", "at": 1, "nonce": "n", "proof": "p", "text": "Heel", "revisions": 1, "offers": 1}
    body = make(json.dumps({**good, "revisions": 1, "offers": 1} if target == "/v1/enrol" else token).encode())
    before = held(world)
    response = requests.post(world.address + target, body, headers=headers, timeout=20)
    assert (response.status_code, response.json()["code"]) in ((400, "malformed"), (413, "too_large"))
    assert response.json()["sentence"]
    assert changed(before, held(world)) == set()


PROOFS = {
    "none": "",
    "another scheme": "Bearer abc",
    "no parts": "Fieldapp",
    "too few": "Fieldapp a.1.n",
    "too many": "Fieldapp a.1.n.s.x",
    "no time": "Fieldapp a..n.AAAA",
    "a time of 4,000 digits": f"Fieldapp a.{'9' * 4000}.n.AAAA",
    "a time in other digits": "Fieldapp a.\u00b2.n.AAAA",
    "no base64": "Fieldapp a.1.n.\u00e9\u00e9\u00e9\u00e9",
    "32 kB": f"Fieldapp {'a' * 32_000}.1.n.AAAA",
    "not Latin": b"Fieldapp \xff\xfe.1.n.AAAA".decode("latin-1"),
}


@pytest.mark.parametrize("what", PROOFS)
def test_a_proof_that_is_none_is_refused(world: World, nurse: Tablet, patient: str, what: str) -> None:
    before = held(world)
    body = push_body(nurse.write(patient, "note", {"text": "Heel intact"}))
    for method, target in (("POST", "/v1/push"), ("GET", "/v1/pull"), ("GET", "/v1/hints"), ("GET", "/v1/me")):
        response = nurse.send(method, target, body if method == "POST" else b"", {"Authorization": PROOFS[what]})
        assert (response.status_code, response.json()["code"]) == (401, "unauthenticated")
    assert changed(before, held(world)) == set()


def test_a_token_is_not_given_for_wild_values(world: World, nurse: Tablet) -> None:
    before = held(world)
    for wrong in (
        {"at": 10**300},
        {"at": -1},
        {"at": 0},
        {"nonce": ""},
        {"nonce": "n" * 65},
        {"device": "\0"},
        {"device": "X" * 3000},
    ):
        response = nurse.ask_token(**wrong)
        assert (response.status_code, response.json()["code"]) in ((401, "unauthenticated"), (401, "clock")), wrong
    for wrong in ({"at": 1.5}, {"at": None}, {"at": "now"}, {"device": 1}, {"proof": None}):
        response = (
            nurse.ask_token(at=1, nonce="n")
            if not wrong
            else requests.post(
                f"{world.address}/v1/token",
                json={"device": "d", "at": 1, "nonce": "n", "proof": "p", **wrong},
                timeout=20,
            )
        )
        assert (response.status_code, response.json()["code"]) == (400, "malformed"), wrong
    assert changed(before, held(world)) == set()


def test_a_code_is_not_spent_by_a_wild_enrolment(world: World) -> None:
    tablet = Tablet(world)
    code = world.code(world.person("Ida Finch", world.team("Home ward")))
    before = held(world)
    good = {"code": code, "key": tablet.public_key, "name": "Tablet"}
    wild = [
        {"key": "A" * 42},
        {"key": "\u00e9" * 43},
        {"key": 7},
        {"key": "A" * 3900},
        {"name": "x" * 101},
        {"name": None},
    ]
    for wrong in wild:
        response = requests.post(f"{world.address}/v1/enrol", json=good | wrong, timeout=20)
        assert (response.status_code, response.json()["code"]) == (400, "malformed"), wrong
    surrogate = json.dumps(good | {"name": "\ud800"}).encode()
    assert requests.post(f"{world.address}/v1/enrol", surrogate, timeout=20).status_code == 400
    assert changed(before, held(world)) == set()
    assert tablet.enrol(code).status_code == 200


@pytest.mark.parametrize("how", ["whole", "stalled", "trickling", "left"])
@pytest.mark.parametrize("framed", ["Content-Length: {size}", "Transfer-Encoding: chunked"])
def test_a_body_that_does_not_come_is_given_up(
    world: World, nurse: Tablet, patient: str, how: str, framed: str
) -> None:
    body = push_body(nurse.write(patient, "note", {"text": "Heel intact"}))
    parts = [body[:-1], body[-1:]] if how == "whole" else [body[:-1]]
    if how == "trickling":
        parts = [bytes([byte]) for byte in body[:60]]
    before = held(world)
    with Wire(world) as wire:
        wire.head(nurse, "/v1/push", framed.format(size=len(body)), "Connection: close", body=body)
        chunked = "chunked" in framed
        if how == "trickling":
            wire.trickle(parts, 0.02, chunked=chunked)
        else:
            for part in parts:
                wire.send(b"%x\r\n%b\r\n" % (len(part), part) if chunked else part)
        if how == "left":
            wire.leave()
            wait_for(lambda: nurse.send("GET", "/v1/me").status_code == 200, "the server to go on")
        else:
            wire.send(b"0\r\n\r\n" if chunked and how == "whole" else b"")
            status, reply = wire.reply()
            assert (status, reply.get("code")) == ((200, None) if how == "whole" else (408, "too_slow"))
    touched = changed(before, held(world))
    assert touched == (set() if how != "whole" else touched)
    assert ("feed" in touched) == (how == "whole")


@pytest.mark.parametrize("framed", ["Content-Length: 1099511627776", "Transfer-Encoding: chunked"])
@pytest.mark.parametrize("target", ["/v1/push", "/v1/enrol", "/visit/0123456789/answer"])
def test_a_body_without_end_ends(world: World, nurse: Tablet, target: str, framed: str) -> None:
    block = b"\x00" * (1 << 16)
    chunk = b"%x\r\n%b\r\n" % (len(block), block) if "chunked" in framed else block
    before = held(world)
    with Wire(world) as wire:
        wire.head(nurse, target, framed)
        assert wire.until_refused(chunk, 64 << 20) < 64 << 20
    assert changed(before, held(world)) == set()


def test_a_body_that_is_too_long_gets_its_answer_however_it_is_framed(world: World, nurse: Tablet) -> None:
    body = b" " * (MAX_PUSH_BYTES + 1)
    for parts in (body, iter([body[: 1 << 19], body[1 << 19 :]])):
        response = requests.post(
            f"{world.address}/v1/push", data=parts, headers=nurse.headers("POST", "/v1/push", body), timeout=20
        )
        assert (response.status_code, response.json()["code"]) == (413, "too_large")


def test_cursors_that_cannot_be_continued_are_refused(world: World, nurse: Tablet, patient: str) -> None:
    stranger = world.tablet("Sam Poole", world.team("Urgent response"), role="Paramedic")
    stranger.new_patient("Zebedeesworth")
    stranger.pull()
    nurse.pull()
    team, theirs = world.team("Home ward"), world.team("Urgent response")
    end = nurse.caller().teams[0].end
    other = replace(world.service, secret=b"x" * 32)
    restored = replace(world.service, epoch=new_id(world.clock))
    mine = nurse.cursor or ""
    bad = {
        "of the future": Cursor({team: Reached(end + 1, 0)}, None).encode(world.service, nurse.device),
        "before the beginning": Cursor({team: Reached(-1, 0)}, None).encode(world.service, nurse.device),
        "of another server": Cursor({team: Reached(0, 0)}, None).encode(other, nurse.device),
        "of another epoch": Cursor({team: Reached(0, 0)}, None).encode(restored, nurse.device),
        "of another tablet": Cursor({theirs: Reached(1, 1)}, None).encode(world.service, stranger.device),
        "of another tablet, pulled": stranger.cursor or "",
        "changed": mine.replace(".", "_", 1),
        "cut": mine[:-1],
        "longer": mine + "A",
        "without its seal": mine.rpartition("~")[0],
        "very long": "9" * 30_000,
        "a NUL": "%00",
        "not UTF-8": "%FF%FE",
        "a surrogate": "%ED%A0%80",
        "twice": f"{'0' * 20}&cursor=1",
    }
    for what, cursor in bad.items():
        response = nurse.send("GET", f"/v1/pull?cursor={cursor}")
        assert (response.status_code, response.json()["code"]) == (400, "bad_cursor"), what
    for size in ("0", "-1", "1e3", "x" * 100, "9" * 5000, "%00", "%D9%A3", "1&bytes=2"):
        assert nurse.send("GET", f"/v1/pull?bytes={size}").status_code in (200, 204), size
    assert nurse.pull() == []
