"""What a pull costs: work that follows what changed and never what is stored, and an idle sync of a few hundred bytes.

Counted, not timed: instructions of SQLite's machine, rows that PostgreSQL says it read, bytes that passed a socket.
"""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable, Generator
from contextlib import closing, contextmanager, suppress
from typing import Any

import pytest
from sqlalchemy import Connection, text

from fieldapp.domain.clock import FixedClock
from fieldapp.sync.transport import HttpTransport
from fieldapp.sync.wire import Page, Unchanged
from server.sync import pull as pulling
from tests.server.world import Tablet, World

CHANGES = 100
IDLE_BYTES = 400


def stored(world: World, team: str, patient: str, count: int) -> None:
    made = [world.imported(patient, "note", {"text": f"A note of the past, number {n}."}) for n in range(count)]
    for start in range(0, count, 500):
        world.bring(team, *made[start : start + 500])


def work(world: World, connection: Connection, pull: Callable[[], bytes | None]) -> int:
    """SQLite's instructions, or the rows of the feed that PostgreSQL read."""
    if world.database.is_sqlite:
        steps = 0

        def step() -> int:
            nonlocal steps
            steps += 1
            return 0

        driver: Any = connection.connection.driver_connection
        driver.set_progress_handler(step, 1)
        pull()
        driver.set_progress_handler(None, 1)
        return steps
    rows = text("SELECT seq_tup_read + coalesce(idx_tup_fetch, 0) FROM pg_stat_xact_user_tables WHERE relname = 'feed'")
    before = connection.execute(rows).scalar_one()
    pull()
    return connection.execute(rows).scalar_one() - before


def test_a_hundred_changes_cost_the_same_whatever_is_stored(world: World, nurse: Tablet) -> None:
    """Each changed row is looked at twice, once for its size and once for its text, and no other row is."""
    team, patient = world.team("Home ward"), nurse.new_patient()
    found: list[int] = []
    for already in (150, 2_500):
        stored(world, team, patient, already)
        nurse.pull()
        cursor, caller = nurse.cursor, nurse.caller()
        nurse.push(*[nurse.write(patient, "note", {"text": f"Change {n}"}) for n in range(CHANGES)])
        caller = nurse.caller()
        if not world.database.is_sqlite:
            with world.database.engine.begin() as connection:
                connection.execute(text("ANALYZE feed, caseload"))
        with world.database.reading() as connection:
            page = pulling.pull(connection, world.clock, world.service, caller, cursor)
            assert page is not None
            assert page.count(b'{"revision":') == CHANGES
            found.append(
                work(
                    world,
                    connection,
                    lambda c=connection, at=cursor, who=caller: pulling.pull(c, world.clock, world.service, who, at),
                )
            )
    few, many = found
    assert 0 < many <= few * 1.05
    if not world.database.is_sqlite:
        assert many <= 2 * CHANGES + 20


class Proxy:
    """Passes bytes on between tablets and a server, and counts them."""

    def __init__(self, port: int) -> None:
        self._port = port
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.bytes = 0
        self.connections = 0
        threading.Thread(target=self._accept, daemon=True).start()

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self._listener.getsockname()[1]}"

    def close(self) -> None:
        self._listener.close()

    def _accept(self) -> None:
        while True:
            try:
                near, _ = self._listener.accept()
            except OSError:
                return
            self.connections += 1
            far = socket.create_connection(("127.0.0.1", self._port))
            for come, go in ((near, far), (far, near)):
                threading.Thread(target=self._carry, args=(come, go), daemon=True).start()

    def _carry(self, come: socket.socket, go: socket.socket) -> None:
        with closing(come), closing(go), suppress(OSError):
            while data := come.recv(1 << 16):
                self.bytes += len(data)
                go.sendall(data)


@contextmanager
def proxied(world: World) -> Generator[Proxy]:
    with closing(Proxy(int(world.address.rpartition(":")[2]))) as proxy:
        yield proxy


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_an_idle_sync_is_one_request_of_four_hundred_bytes_both_ways(world: World, nurse: Tablet) -> None:
    patient = nurse.new_patient()
    nurse.push(*[nurse.write(patient, "note", {"text": f"Note {n}"}) for n in range(20)])
    with proxied(world) as proxy:
        road = HttpTransport(proxy.address, nurse.device, nurse.key, FixedClock(world.clock.now()))
        page = road.pull(None)
        while isinstance(page, Page) and page.more:
            page = road.pull(page.cursor)
        assert isinstance(page, Page)
        before = proxy.bytes
        again = road.pull(page.cursor)
        assert isinstance(again, Unchanged)
        assert 0 < proxy.bytes - before <= IDLE_BYTES
        assert proxy.connections == 1
        road.close()
