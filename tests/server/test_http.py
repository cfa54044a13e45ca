"""What every answer has in common: headers, limits, errors, and logs that say nothing about anybody."""

from __future__ import annotations

import io
import json
import logging
from collections.abc import Iterator
from typing import Any

import pytest
import requests
import zstandard

from server import logs
from server.config import Limits, Rate, Settings
from tests.server.world import Tablet, World, push_body

CANARIES = ("Zebedeesworth", "9990000018", "ZE9 9ZZ", "confides")
BODY: dict[str, Any] = {
    "name": {"family": CANARIES[0]},
    "nhs_number": CANARIES[1],
    "address": {"lines": [], "postcode": CANARIES[2]},
    "about_me": CANARIES[3],
}


@pytest.fixture
def logged() -> Iterator[io.StringIO]:
    """Everything that any library logs, at every level, as the server would write it."""
    names = (None, "uvicorn", "uvicorn.error", "uvicorn.access", "alembic", "sqlalchemy")
    loggers = [logging.getLogger(name) for name in names]
    before = [(logger.handlers, logger.level, logger.propagate) for logger in loggers]
    logs.configure()
    stream = io.StringIO()
    for handler in logging.getLogger().handlers:
        assert isinstance(handler, logging.StreamHandler)
        handler.setStream(stream)
    for logger in loggers:
        logger.setLevel(logging.DEBUG)
    yield stream
    for logger, (handlers, level, propagate) in zip(loggers, before, strict=True):
        logger.handlers, logger.propagate = handlers, propagate
        logger.setLevel(level)


def lines_of(stream: io.StringIO) -> list[dict[str, Any]]:
    return [json.loads(line) for line in stream.getvalue().splitlines()]


@pytest.mark.parametrize("target", ["/", "/v1/me", "/v1/nothing", "/v/none", "/visit/none", "/v1/enrol", "/docs"])
def test_every_answer_carries_the_security_headers(world: World, target: str) -> None:
    headers = requests.get(world.address + target, timeout=20).headers
    assert "default-src 'none'" in headers["content-security-policy"]
    assert "frame-ancestors 'none'" in headers["content-security-policy"]
    assert headers["referrer-policy"] == "no-referrer"
    assert headers["cache-control"] == "no-store"
    assert headers["x-content-type-options"] == "nosniff"
    assert "server" not in headers or "uvicorn" in headers["server"]


def test_a_failure_inside_says_nothing_and_carries_the_headers(
    world: World, nurse: Tablet, monkeypatch: pytest.MonkeyPatch, logged: io.StringIO
) -> None:
    def fail(*_: object) -> None:
        raise RuntimeError(f"with {CANARIES[0]} inside")

    patient = nurse.new_patient()
    monkeypatch.setattr("server.sync.push.Batch", fail)
    response = nurse.send("POST", "/v1/push", push_body(nurse.write(patient, "patient", BODY)))
    assert (response.status_code, response.json()["code"]) == (500, "internal")
    assert "content-security-policy" in response.headers
    assert all(canary not in response.text for canary in CANARIES)
    traced = [line for line in lines_of(logged) if "trace" in line]
    assert traced
    assert "RuntimeError" in traced[0]["trace"]
    assert all(canary not in logged.getvalue() for canary in CANARIES)


def test_no_log_line_holds_what_was_sent(world: World, nurse: Tablet, logged: io.StringIO) -> None:
    patient = nurse.new_patient()
    good = nurse.write(patient, "patient", BODY)
    nurse.push(good, {**good.to_wire(), "hash": "0"}, {"id": CANARIES[0]}, CANARIES[1])
    nurse.push(nurse.write(patient, "patient", {**BODY, "nhs_number": CANARIES[2]}))
    nurse.send("POST", "/v1/push", f'{{"{CANARIES[0]}'.encode())
    nurse.send("GET", f"/v1/pull?cursor={CANARIES[0]}")
    requests.get(f"{world.address}/v1/{CANARIES[0]}?name={CANARIES[1]}", timeout=20)
    requests.post(f"{world.address}/v1/enrol", json={"code": CANARIES[0], "key": CANARIES[1]}, timeout=20)
    requests.post(f"{world.address}/v1/token", json={"device": CANARIES[0]}, timeout=20)
    text = logged.getvalue()
    assert len([line for line in lines_of(logged) if line.get("event") == "request"]) >= 7
    assert all(canary not in text for canary in CANARIES)
    assert nurse.device not in text
    assert patient not in text


def test_only_listed_fields_can_be_logged() -> None:
    with pytest.raises(ValueError, match="body"):
        logs.log(logging.INFO, body="anything")


def test_bodies_come_and_go_compressed(world: World, nurse: Tablet) -> None:
    patient = nurse.new_patient()
    body = zstandard.compress(push_body(*[nurse.write(patient, "note", {"text": "long " * 50}) for _ in range(20)]))
    head = {**nurse.headers("POST", "/v1/push", body), "Content-Encoding": "zstd", "Accept-Encoding": "zstd"}
    response = nurse.send("POST", "/v1/push", body, head)
    assert response.headers["content-encoding"] == "zstd"
    head = {**nurse.headers("GET", "/v1/pull"), "Accept-Encoding": "zstd"}
    raw = requests.get(f"{world.address}/v1/pull", headers=head, stream=True, timeout=20).raw.read(decode_content=False)
    plain = zstandard.ZstdDecompressor().decompressobj().decompress(raw)
    assert len(json.loads(plain)["items"]) == 22
    assert len(raw) < len(plain) / 3


@pytest.mark.parametrize(
    ("content", "encoding", "status", "code"),
    [
        (b"\x00" * ((1 << 20) + 1), "identity", 413, "too_large"),
        (zstandard.compress(b"\x00" * (1 << 26)), "zstd", 413, "too_large"),
        (b"\x00" * 100, "zstd", 400, "malformed"),
        (zstandard.compress(b"{}")[:-3], "zstd", 400, "malformed"),
        (b"{}", "gzip", 400, "malformed"),
        (b"[" * 100_000, "identity", 400, "malformed"),
        (b'{"revisions": {}}', "identity", 400, "malformed"),
        (b'{"revisions": [%s]}' % (b"9" * 5000), "identity", 400, "malformed"),
    ],
)
def test_bombs_and_rubbish_are_refused(nurse: Tablet, content: bytes, encoding: str, status: int, code: str) -> None:
    head = {**nurse.headers("POST", "/v1/push", content), "Content-Encoding": encoding}
    response = nurse.send("POST", "/v1/push", content, head)
    assert (response.status_code, response.json()["code"]) == (status, code)


def test_a_body_longer_than_declared_sizes_is_not_read_to_the_end(nurse: Tablet) -> None:
    def endless() -> Iterator[bytes]:
        for _ in range(64):
            yield b"\x00" * (1 << 16)

    response = requests.post(f"{nurse.world.address}/v1/enrol", data=endless(), timeout=20)
    assert (response.status_code, response.json()["code"]) == (413, "too_large")


def test_addresses_and_devices_are_limited(world: World) -> None:
    limits = Limits(address=Rate(0.1, 12), device=Rate(0.1, 3))
    world.settings = Settings(database=world.url, limits=limits)
    nurse = world.tablet("Ann Lee", world.team("Home ward"))
    answers = [nurse.send("GET", "/v1/me").status_code for _ in range(4)]
    assert answers == [200, 200, 429, 429]
    beyond = [requests.get(f"{world.address}/", timeout=20) for _ in range(8)]
    assert [response.status_code for response in beyond] == [404] * 6 + [429] * 2
    assert int(beyond[-1].headers["retry-after"]) >= 1
    assert "content-security-policy" in beyond[-1].headers


def test_methods_and_paths_that_are_not_there(world: World) -> None:
    assert requests.delete(f"{world.address}/v1/me", timeout=20).status_code == 405
    missing = requests.get(f"{world.address}/v1/nothing", timeout=20)
    assert (missing.status_code, missing.json()["code"]) == (404, "not_found")
