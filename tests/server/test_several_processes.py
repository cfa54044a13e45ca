"""What each server process keeps for itself: seen nonces and rates. A request replayed at another process changes
nothing; behind a proxy each tablet is counted by its own address."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import requests
from sqlalchemy import text

from fieldapp.domain.clock import FixedClock
from tests.browser.process import Program, free_port
from tests.server.world import Json, Tablet, World, push_body, revisions_in


@pytest.fixture
def other(database_url: str, world: World, clock: FixedClock) -> Iterator[World]:
    """One more server on the same database, which has seen none of the first one's requests."""
    made = World(database_url, clock)
    yield made
    made.close()


def everything(world: World) -> list[tuple[object, ...]]:
    """All rows that a push may write."""
    tables = ("feed", "receipts", "records", "rejected", "audit", "teams", "caseload")
    with world.database.reading() as connection:
        found = [connection.execute(text(f"SELECT * FROM {name} ORDER BY 1, 2")).all() for name in tables]
    return [tuple(row) for rows in found for row in rows]


def replayed(world: World, method: str, target: str, body: bytes, headers: dict[str, str]) -> requests.Response:
    return requests.request(method, world.address + target, data=body, headers=headers, timeout=20)


def test_a_push_replayed_at_another_process_changes_nothing(world: World, other: World, nurse: Tablet) -> None:
    patient = nurse.new_patient()
    body = push_body(nurse.write(patient, "note", {"text": "Once"}), nurse.write(patient, "nonsense!", {}))
    headers = nurse.headers("POST", "/v1/push", body)
    first = replayed(world, "POST", "/v1/push", body, headers)
    before = everything(world)
    again = replayed(other, "POST", "/v1/push", body, headers)
    assert (first.status_code, again.status_code) == (200, 200)
    assert again.json()["outcomes"] == first.json()["outcomes"]
    assert everything(world) == before
    assert replayed(world, "POST", "/v1/push", body, headers).status_code == 401


def test_a_pull_replayed_at_another_process_gives_what_the_first_gave(
    world: World, other: World, nurse: Tablet
) -> None:
    nurse.new_patient()
    headers = nurse.headers("GET", "/v1/pull")
    pages: list[Json] = [replayed(each, "GET", "/v1/pull", b"", headers).json() for each in (world, other)]
    assert revisions_in(pages[0]["items"]) == revisions_in(pages[1]["items"])


def test_a_replayed_token_is_worth_nothing_without_the_key(world: World, other: World, nurse: Tablet) -> None:
    nurse.new_patient()
    stranger = Tablet(other, device=nurse.device)
    stranger.token = nurse.token
    assert stranger.send("GET", "/v1/pull").status_code == 401


@pytest.mark.parametrize("proxy", [None, "127.0.0.1"])
def test_the_address_that_a_proxy_names_is_believed_of_the_proxy_alone(tmp_path: Path, proxy: str | None) -> None:
    port = free_port()
    argv = [sys.executable, "-m", "server.cli", "serve", "--port", str(port)]
    argv += ["--database", f"sqlite:///{tmp_path / 'server.db'}", *(["--proxy", proxy] if proxy else [])]
    program = Program("fieldserver", argv, port, tmp_path / "log")
    program.start()
    try:

        def guess(address: str) -> int:
            body = {"code": "WRONG-WRONG", "key": "A" * 43, "name": "Guesser"}
            asked = requests.post(
                f"{program.url}/v1/enrol", json=body, headers={"X-Forwarded-For": address}, timeout=20
            )
            return asked.status_code

        first = [guess("198.51.100.1") for _ in range(12)]
        assert first[-1] == 429
        assert guess("198.51.100.2") == (first[0] if proxy else 429)
    finally:
        program.stop()
