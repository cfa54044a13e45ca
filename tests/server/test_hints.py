"""The hint channel over real HTTP: who hears what, from which process, and when it ends."""

from __future__ import annotations

import asyncio
import contextlib
import queue
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

import psycopg
import pytest
import requests
from sqlalchemy import event

from fieldapp.domain.clock import FixedClock
from server.config import HintSettings, Settings
from server.db.tables import tokens
from server.identity import devices, people
from server.identity.leases import Lease, read_leases
from server.identity.tokens import token_hash
from server.sync.hints import HEARTBEAT, MOVED, Hints
from server.sync.ledger import Ledger
from server.times import now_ms
from tests.browser.process import wait_for
from tests.server.world import Tablet, World

TIMEOUT = 10.0
QUICK = HintSettings(heartbeat_s=0.1, gap_s=0.02, tick_s=0.1)


class Ear:
    """One open stream, read in a thread as it arrives."""

    def __init__(self, tablet: Tablet) -> None:
        head = {**tablet.headers("GET", "/v1/hints"), "Accept-Encoding": "zstd, gzip"}
        self.response = requests.get(f"{tablet.world.address}/v1/hints", headers=head, stream=True, timeout=TIMEOUT)
        self.said: queue.Queue[bytes] = queue.Queue()
        self.over = threading.Event()
        self._thread = threading.Thread(target=self._read)
        self._thread.start()

    def _read(self) -> None:
        block = b""
        with contextlib.suppress(requests.RequestException, AttributeError):
            for byte in self.response.iter_content(1):
                block += byte
                if block.endswith(b"\n\n"):
                    self.said.put(block)
                    block = b""
        self.over.set()

    def next(self) -> bytes:
        return self.said.get(timeout=TIMEOUT)

    def hears(self) -> bool:
        """Wait for a hint among the heartbeats."""
        while self.next() != MOVED:
            pass
        return True

    def silent(self, beats: int = 4) -> bool:
        """Nothing but heartbeats, so many of them."""
        return all(self.next() == HEARTBEAT for _ in range(beats))

    def settled(self) -> None:
        """Wait until what happened before has been told."""
        quiet = 0
        while quiet < 3:
            quiet = quiet + 1 if self.next() == HEARTBEAT else 0

    def close(self) -> None:
        if not self.over.is_set():
            with contextlib.suppress(OSError, ValueError, RuntimeError):
                self.response.raw.shutdown()
        self._thread.join(TIMEOUT)
        self.response.close()


Listen = Callable[[Tablet], Ear]
on_sqlite = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
"""For what the database has no part in."""


@pytest.fixture
def world(database_url: str, clock: FixedClock) -> Iterator[World]:
    made = World(database_url, clock)
    made.settings = Settings(database=database_url, hints=QUICK)
    yield made
    made.close()


@pytest.fixture
def other(world: World, clock: FixedClock) -> Iterator[World]:
    """A second server process's world: another engine, another application on the same database."""
    made = World(world.url, clock)
    made.settings = world.settings
    yield made
    made.close()


@pytest.fixture
def listen() -> Iterator[Listen]:
    ears: list[Ear] = []

    def open_(tablet: Tablet) -> Ear:
        ears.append(Ear(tablet))
        return ears[-1]

    yield open_
    for ear in ears:
        ear.close()


def test_a_colleagues_write_is_heard_and_says_nothing_else(nurse: Tablet, therapist: Tablet, listen: Listen) -> None:
    ear = listen(therapist)
    assert ear.response.headers["content-type"].startswith("text/event-stream")
    assert "content-encoding" not in ear.response.headers
    assert "default-src 'none'" in ear.response.headers["content-security-policy"]
    assert ear.response.headers["cache-control"] == "no-store"
    assert ear.next() == HEARTBEAT, "the first sign of life comes at once"
    nurse.new_patient("Thistlewood")
    assert ear.hears()
    ear.settled()
    assert ear.silent(), "one write is told once"


def test_a_write_in_another_process_is_heard(world: World, other: World, nurse: Tablet, listen: Listen) -> None:
    ear = listen(nurse)
    ear.settled()
    patient = nurse.new_patient()
    ear.hears()
    ear.settled()
    other.bring(world.team("Home ward"), world.imported(patient, "note", {"text": "Seen."}))
    assert ear.hears()
    elsewhere = Tablet(other, nurse.key, nurse.device, nurse.person)
    far = listen(elsewhere)
    far.settled()
    nurse.push(nurse.write(patient, "note", {"text": "Again."}))
    assert far.hears()


@on_sqlite
def test_other_teams_movements_are_not_heard(nurse: Tablet, stranger: Tablet, listen: Listen) -> None:
    ear = listen(stranger)
    ear.settled()
    nurse.new_patient()
    assert ear.silent(6)
    stranger.new_patient()
    assert ear.hears()


def test_hints_follow_a_person_into_and_out_of_teams(
    world: World, nurse: Tablet, stranger: Tablet, listen: Listen
) -> None:
    ear = listen(stranger)
    ear.settled()
    person, home = stranger.person["id"], world.team("Home ward")
    world.database.write(lambda c: people.add_to_team(c, world.clock, person, home))
    assert ear.hears(), "there are new patients to fetch"
    ear.settled()
    nurse.new_patient()
    assert ear.hears()
    world.database.write(lambda c: people.remove_from_team(c, world.clock, person, home))
    assert ear.hears(), "there are patients to give up"
    ear.settled()
    nurse.new_patient()
    assert ear.silent(6)


def test_a_write_while_the_stream_opens_is_not_lost(world: World, nurse: Tablet, therapist: Tablet) -> None:
    """What was committed between reading where the feeds end and listening is told."""
    patient = nurse.new_patient()

    async def story() -> bytes:
        hints = Hints(world.database, world.clock, QUICK)
        lease = lease_of(world, therapist)
        await asyncio.to_thread(nurse.push, nurse.write(patient, "note", {"text": "Meanwhile."}))
        return await asyncio.wait_for(first_hint(hints, lease), TIMEOUT)

    assert asyncio.run(story()) == MOVED


@on_sqlite
def test_a_burst_is_few_hints(world: World, listen: Listen) -> None:
    gap = 0.5
    world.settings = Settings(database=world.url, hints=HintSettings(heartbeat_s=0.6, gap_s=gap, tick_s=0.1))
    nurse = world.tablet("Ann Lee", world.team("Home ward"))
    patient = nurse.new_patient()
    ear = listen(nurse)
    assert ear.next() == HEARTBEAT
    begun = time.monotonic()
    for _ in range(20):
        nurse.push(nurse.write(patient, "note", {"text": "A note"}))
    said = [ear.next()]
    while said[-1] != HEARTBEAT:
        said.append(ear.next())
    assert 1 <= said.count(MOVED) <= (time.monotonic() - begun) / gap + 1


def test_a_revoked_tablet_is_let_go_and_the_others_stay(
    world: World, other: World, nurse: Tablet, therapist: Tablet, listen: Listen
) -> None:
    gone, stays = listen(nurse), listen(therapist)
    other.database.write(lambda c: devices.revoke(c, other.clock, nurse.device))
    assert gone.over.wait(TIMEOUT)
    assert nurse.send("GET", "/v1/hints").status_code == 401
    assert nurse.ask_token().json()["code"] == "revoked"
    assert stays.silent()
    assert not stays.over.is_set()


@on_sqlite
def test_a_stream_ends_with_its_token(clock: FixedClock, nurse: Tablet, listen: Listen) -> None:
    ear = listen(nurse)
    clock.advance(599)
    assert ear.silent()
    clock.advance(1)
    assert ear.over.wait(TIMEOUT)
    nurse.token = ""
    assert listen(nurse).silent()


@on_sqlite
def test_nobody_listens_without_token_and_fresh_proof(world: World, nurse: Tablet, listen: Listen) -> None:
    assert requests.get(f"{world.address}/v1/hints", timeout=TIMEOUT).status_code == 401
    head = nurse.headers("GET", "/v1/me")
    assert nurse.send("GET", "/v1/hints", headers=head).status_code == 401, "a proof is for one address"
    head = nurse.headers("GET", "/v1/hints")
    with requests.get(f"{world.address}/v1/hints", headers=head, stream=True, timeout=TIMEOUT) as first:
        assert first.status_code == 200
    assert nurse.send("GET", "/v1/hints", headers=head).status_code == 401, "a proof is for one time"


@on_sqlite
def test_streams_are_bounded(world: World, listen: Listen) -> None:
    few = HintSettings(heartbeat_s=0.15, gap_s=0.02, tick_s=0.1, per_device=2, per_person=3, per_process=4)
    world.settings = Settings(database=world.url, hints=few)
    nurse, therapist = (world.tablet(name, world.team("Home ward")) for name in ("Ann Lee", "Tom Ogilvie"))
    second = Tablet(world)
    second.enrol(world.code(nurse.person["id"]))
    first = listen(nurse)
    ears = [listen(nurse), listen(second)]
    refused = second.send("GET", "/v1/hints")
    assert (refused.status_code, refused.json()["code"]) == (429, "rate_limited")
    assert int(refused.headers["retry-after"]) >= 1
    assert "Sync goes on without them" in refused.json()["sentence"]
    again = listen(nurse)
    assert first.over.wait(TIMEOUT), "a tablet that comes again gets its place from its oldest stream"
    assert again.silent()
    assert listen(therapist).silent()
    assert therapist.send("GET", "/v1/hints").status_code == 429
    ears[0].close()
    wait_for(lambda: listen(therapist).response.status_code == 200, "room for one more", TIMEOUT)


@on_sqlite
def test_a_thousand_streams_are_no_threads_and_no_queries_of_their_own(world: World, nurse: Tablet) -> None:
    count, home = 1000, world.team("Home ward")
    patient = nurse.new_patient()
    names = [number.to_bytes(32, "big") for number in range(count)]
    expires = now_ms(world.clock) + 600_000
    rows = [{"hash": name, "device": nurse.device, "expires_at": expires} for name in names]
    world.database.write(lambda connection: connection.execute(tokens.insert(), rows))
    with world.database.reading() as connection:
        leases = read_leases(connection, world.clock, names)
    statements: list[str] = []
    event.listen(world.database.engine, "before_cursor_execute", lambda *seen: statements.append(seen[2]))
    patience = HintSettings(heartbeat_s=30.0, gap_s=5.0, tick_s=0.1, per_device=count, per_person=count)

    async def story() -> tuple[int, int]:
        hints = Hints(world.database, world.clock, patience)
        before = threading.active_count()
        listening = [asyncio.create_task(first_hint(hints, lease)) for lease in leases.values()]
        await until(lambda: hints.count == count)
        await asyncio.sleep(0)
        threads = threading.active_count() - before
        await asyncio.to_thread(nurse.world.bring, home, world.imported(patient, "note", {"text": "Seen."}))
        assert await asyncio.wait_for(asyncio.gather(*listening), TIMEOUT) == [MOVED] * count
        await until(lambda: hints.count == 0)
        return threads, len(statements)

    threads, asked = asyncio.run(story())
    assert threads <= 4
    assert asked < 60, statements


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
def test_it_hears_again_after_the_database_was_away(world: World, nurse: Tablet, listen: Listen) -> None:
    patient = nurse.new_patient()
    ear = listen(nurse)
    ear.settled()
    with psycopg.connect(world.url, autocommit=True) as connection:
        query = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE query LIKE 'LISTEN%'"
        assert len(connection.execute(query).fetchall()) == 1
    nurse.push(nurse.write(patient, "note", {"text": "Seen."}))
    assert ear.hears()


def test_a_notice_that_was_lost_is_made_good(world: World, nurse: Tablet, listen: Listen) -> None:
    """As when the process is killed between its commit and the notice."""
    patient, home = nurse.new_patient(), world.team("Home ward")
    ear = listen(nurse)
    ear.settled()
    with world.database._writer.begin() as connection:
        ledger = Ledger(connection, now_ms(world.clock), [patient], [home])
        ledger.leave(patient, home)
        ledger.flush()
    assert ear.hears()


def test_a_refused_write_and_one_rolled_back_are_not_told(world: World, nurse: Tablet, listen: Listen) -> None:
    ear = listen(nurse)
    patient = nurse.new_patient()
    ear.hears()
    ear.settled()
    refused = nurse.write(patient, "note", {"text": "Not signed."}).to_wire()
    assert nurse.push({**refused, "sig": "AAAA"})[0]["status"] == "refused"

    home = world.team("Home ward")

    def broken(connection: Any) -> None:
        ledger = Ledger(connection, now_ms(world.clock), [patient], [home])
        ledger.leave(patient, home)
        ledger.flush()
        raise KeyError

    with pytest.raises(KeyError):
        world.database.write(broken)
    assert ear.silent()


async def first_hint(hints: Hints, lease: Lease) -> bytes:
    """Listen until the first hint, then go."""
    answer = await hints.answer(lease)
    try:
        async for line in answer.body_iterator:
            if line != HEARTBEAT:
                return bytes(line)  # type: ignore[arg-type]
    finally:
        hints.leave(answer.stream)
    return b""


def lease_of(world: World, tablet: Tablet) -> Lease:
    if not tablet.token:
        tablet.ask_token()
    key = token_hash(tablet.token)
    with world.database.reading() as connection:
        return read_leases(connection, world.clock, [key])[key]


async def until(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + TIMEOUT
    while not condition():
        assert time.monotonic() < deadline
        await asyncio.sleep(0.01)
