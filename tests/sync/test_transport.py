"""The transport over real HTTP against a server that says what it likes."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
import zstandard
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from fieldapp.domain.clock import FixedClock
from fieldapp.domain.revision import Author, Revision, make_revision
from fieldapp.sync import web
from fieldapp.sync.errors import (
    AeroplaneModeError,
    BadReplyError,
    ClockError,
    CodeRefusedError,
    RefusedError,
    RevokedError,
    UnreachableError,
)
from fieldapp.sync.proof import parse_authorization, request_text, token_text, unb64, verified
from fieldapp.sync.transport import HttpTransport, enrol
from fieldapp.sync.web import Aeroplane, check_address
from tests.browser.process import free_port
from tests.sync.wild import Answer, Asked, Wild, answer, ended_at, wild_server

CLOCK = FixedClock(datetime(2026, 11, 22, 9, 0, tzinfo=UTC))
NOW = int(CLOCK.now().timestamp() * 1000)
KEY = Ed25519PrivateKey.generate()
TOKEN = answer({"token": "opaque", "seconds": 600, "now": NOW})
PAGE: dict[str, Any] = {"epoch": "e", "cursor": "c", "more": False, "items": []}
ENROLLED = {
    "device": "d",
    "person": {"id": "p", "name": "Amira Khan", "role": "Registered nurse"},
    "teams": [{"id": "t", "name": "Harbour team"}],
    "epoch": "e",
    "server_key": "k",
    "now": NOW,
}


@pytest.fixture
def wild() -> Iterator[Wild]:
    with wild_server() as server:
        server.answers["/v1/token"] = [TOKEN]
        server.answers["/v1/pull"] = [answer(PAGE)]
        yield server


@pytest.fixture
def road(wild: Wild) -> Iterator[HttpTransport]:
    made = HttpTransport(wild.url, "device", KEY, FixedClock(CLOCK.now()))
    yield made
    made.close()


def note(text: str) -> Revision:
    return make_revision(
        id="01900000-0000-7000-8000-000000000001",
        record="01900000-0000-7000-8000-000000000002",
        kind="note",
        patient="01900000-0000-7000-8000-000000000003",
        parents=(),
        author=Author("p", "Amira Khan", "Registered nurse"),
        device="device",
        at=CLOCK.now(),
        offset_ms=None,
        schema=1,
        body={"text": text},
    )


def refusal(code: str, status: int, **more: object) -> Answer:
    return answer({"code": code, "sentence": "Not like this.", **more}, status)


def proved(asked: Asked, token: str = "opaque") -> int:
    """The proof's time, once the proof holds."""
    proof = parse_authorization(asked.headers["authorization"])
    text = request_text(asked.method, asked.target, asked.raw, proof.token, proof.at, proof.nonce)
    assert verified(KEY.public_key(), proof.signature, text)
    assert proof.token == token
    return proof.at


def test_every_request_proves_its_device_and_the_token_is_kept(wild: Wild, road: HttpTransport) -> None:
    for cursor in (None, "a b&c=d/é"):
        assert ended_at(road.pull(cursor)) == "c"
    first, second = wild.at("/v1/pull")
    assert proved(first) == proved(second) == NOW
    assert "cursor" not in first.target
    assert "cursor=a+b%26c%3Dd%2F%C3%A9" in second.target
    (asked,) = wild.at("/v1/token")
    assert asked.body["device"] == "device"
    text = token_text("device", asked.body["at"], asked.body["nonce"])
    assert verified(KEY.public_key(), unb64(asked.body["proof"]), text)
    nonces = {parse_authorization(a.headers["authorization"]).nonce for a in (first, second)}
    assert len(nonces) == 2


def test_a_server_below_a_path_is_signed_with_its_path(wild: Wild) -> None:
    wild.answers = {"/visits/v1/token": [TOKEN], "/visits/v1/pull": [answer(PAGE)]}
    road = HttpTransport(f"{wild.url}/visits/", "device", KEY, CLOCK)
    road.pull(None)
    road.close()
    proved(wild.at("/visits/v1/pull")[0])


def test_bodies_go_compressed_and_whole(wild: Wild, road: HttpTransport) -> None:
    wild.answers["/v1/push"] = [answer({"outcomes": [], "epoch": "e", "now": NOW})]
    revision = note("x" * 5000)
    road.push([revision, revision])
    (asked,) = wild.at("/v1/push")
    proved(asked)
    assert asked.headers["content-encoding"] == "zstd"
    assert len(asked.raw) < 1000
    assert asked.body == {"revisions": [revision.to_wire()] * 2}


def test_compressed_replies_are_read(wild: Wild, road: HttpTransport) -> None:
    packed = zstandard.ZstdCompressor().compress(json.dumps(PAGE).encode())
    wild.answers["/v1/pull"] = [
        Answer(packed, headers={"Content-Type": "application/json; charset=utf-8", "Content-Encoding": "zstd"})
    ]
    assert ended_at(road.pull(None)) == "c"
    assert wild.at("/v1/pull")[0].headers["accept-encoding"] == "zstd"


def test_a_token_is_renewed_before_it_ends_and_when_it_is_refused(wild: Wild) -> None:
    clock = FixedClock(CLOCK.now())
    wild.answers["/v1/token"] = [answer({"token": f"t{n}", "seconds": 600, "now": NOW}) for n in range(3)]
    wild.answers["/v1/pull"] = [answer(PAGE), answer(PAGE), refusal("unauthenticated", 401), answer(PAGE)]
    road = HttpTransport(wild.url, "device", KEY, clock)
    road.pull(None)
    clock.advance(580)
    road.pull(None)
    road.pull(None)
    road.close()
    tokens = [parse_authorization(a.headers["authorization"]).token for a in wild.at("/v1/pull")]
    assert tokens == ["t0", "t1", "t1", "t2"]


def test_a_token_refused_twice_is_told(wild: Wild, road: HttpTransport) -> None:
    wild.answers["/v1/pull"] = [refusal("unauthenticated", 401)]
    with pytest.raises(RefusedError) as refused:
        road.pull(None)
    assert refused.value.code == "unauthenticated"
    assert len(wild.at("/v1/pull")) == 2


@pytest.mark.parametrize("where", ["/v1/token", "/v1/pull"])
def test_a_wrong_clock_is_measured_and_tried_once_more(wild: Wild, road: HttpTransport, where: str) -> None:
    ahead = NOW + 7_200_000
    wild.answers["/v1/token"] = [answer({"token": "opaque", "seconds": 600, "now": NOW})]
    wild.answers[where] = [refusal("clock", 401, now=ahead), *wild.answers[where]]
    if where == "/v1/token":
        wild.answers[where][-1] = answer({"token": "opaque", "seconds": 600, "now": ahead})
    road.pull(None)
    assert proved(wild.at("/v1/pull")[-1]) == ahead


def test_a_clock_that_cannot_be_put_right_is_told(wild: Wild, road: HttpTransport) -> None:
    wild.answers["/v1/pull"] = [refusal("clock", 401, now=NOW)]
    with pytest.raises(ClockError):
        road.pull(None)
    assert len(wild.at("/v1/pull")) == 2


def test_a_revoked_device_is_told(wild: Wild, road: HttpTransport) -> None:
    wild.answers["/v1/token"] = [refusal("revoked", 403)]
    with pytest.raises(RevokedError):
        road.pull(None)


HTML = {"Content-Type": "text/html"}
STRANGERS = {
    "a Wi-Fi page": Answer(b"<html>Welcome to the cafe</html>", headers=HTML),
    "a Wi-Fi page that says JSON": Answer(b"<html>Welcome to the cafe</html>"),
    "a redirect": Answer(b"", 302, {"Location": "http://127.0.0.1:9/login", **HTML}),
    "a redirect with JSON": Answer(b"{}", 307, {"Location": "/v1/pull", "Content-Type": "application/json"}),
    "truncated JSON": Answer(json.dumps(PAGE).encode()[:-2]),
    "nothing": Answer(b""),
    "a list": answer([]),
    "another object": answer({"hello": "world"}),
    "the wrong types": answer({**PAGE, "items": "none"}),
    "no content": Answer(b"", 204, {}),
    "an error of somebody else": answer({"error": "no"}, 404),
    "not UTF-8": Answer(b'{"epoch": "\xff"}'),
    "gzip that was not asked for": Answer(
        b"x", headers={"Content-Type": "application/json", "Content-Encoding": "gzip"}
    ),
    "broken zstd": Answer(b"x" * 9, headers={"Content-Type": "application/json", "Content-Encoding": "zstd"}),
    "half a zstd frame": Answer(
        zstandard.ZstdCompressor().compress(json.dumps({**PAGE, "pad": "abc" * 999}).encode())[:-9],
        headers={"Content-Type": "application/json", "Content-Encoding": "zstd"},
    ),
}


@pytest.mark.parametrize("stranger", STRANGERS)
def test_what_is_not_the_server_is_a_bad_reply(wild: Wild, road: HttpTransport, stranger: str) -> None:
    wild.answers["/v1/pull"] = [STRANGERS[stranger]]
    with pytest.raises(BadReplyError):
        road.pull(None)


def test_a_bomb_is_not_unpacked(wild: Wild, road: HttpTransport) -> None:
    bomb = zstandard.ZstdCompressor().compress(b" " * (web.MAX_REPLY_BYTES + 1))
    assert len(bomb) < 100_000
    wild.answers["/v1/pull"] = [Answer(bomb, headers={"Content-Type": "application/json", "Content-Encoding": "zstd"})]
    with pytest.raises(BadReplyError, match="too large"):
        road.pull(None)


def test_a_reply_without_end_is_not_read(wild: Wild, road: HttpTransport, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(web, "MAX_REPLY_BYTES", 10_000)
    wild.answers["/v1/pull"] = [Answer(b" " * 20_000)]
    with pytest.raises(BadReplyError, match="too large"):
        road.pull(None)


def test_a_reply_cut_off_is_no_reply(wild: Wild, road: HttpTransport) -> None:
    whole = json.dumps(PAGE).encode()
    wild.answers["/v1/pull"] = [Answer(whole[:-1], claimed=len(whole)), answer(PAGE)]
    with pytest.raises(UnreachableError):
        road.pull(None)
    assert ended_at(road.pull(None)) == "c", "and the next one is read"


def test_a_gateway_without_its_server_is_unreachable(wild: Wild, road: HttpTransport) -> None:
    wild.answers["/v1/pull"] = [Answer(b"<html>Bad gateway</html>", 502, HTML)]
    with pytest.raises(UnreachableError):
        road.pull(None)


def test_nobody_there_is_unreachable() -> None:
    road = HttpTransport(f"http://127.0.0.1:{free_port()}", "device", KEY, CLOCK)
    with pytest.raises(UnreachableError):
        road.pull(None)
    road.close()


def test_aeroplane_mode_sends_nothing(wild: Wild) -> None:
    aeroplane = Aeroplane(on=True)
    road = HttpTransport(wild.url, "device", KEY, CLOCK, aeroplane=aeroplane)
    with pytest.raises(AeroplaneModeError):
        road.pull(None)
    assert wild.asked == []
    aeroplane.on = False
    assert ended_at(road.pull(None)) == "c"
    road.close()


def test_enrolling_sends_the_public_key_and_the_code(wild: Wild) -> None:
    wild.answers["/v1/enrol"] = [answer(ENROLLED)]
    assert enrol(wild.url, "CODE", KEY, name="Tablet 7").person.name == "Amira Khan"
    (asked,) = wild.at("/v1/enrol")
    assert asked.body["code"] == "CODE"
    assert unb64(asked.body["key"]) == KEY.public_key().public_bytes_raw()
    assert "authorization" not in asked.headers


def test_a_refused_code_is_told(wild: Wild) -> None:
    wild.answers["/v1/enrol"] = [refusal("bad_code", 403)]
    with pytest.raises(CodeRefusedError, match=r"Not like this\."):
        enrol(wild.url, "CODE", KEY)


@pytest.mark.parametrize(
    "address",
    ["", "visits", "http://visits.example", "ftp://visits.example", "https://", "https://u:p@visits.example",
     "https://visits.example?x", "http://[::1", "https://visits.example:port"],
)  # fmt: skip
def test_addresses_that_cannot_be_a_server(address: str) -> None:
    with pytest.raises(UnreachableError):
        check_address(address)


@pytest.mark.parametrize("address", ["https://visits.example/", "http://127.0.0.1:8000", "http://localhost:1/x/"])
def test_addresses_that_can(address: str) -> None:
    assert check_address(f" {address} ") == address.rstrip("/")
