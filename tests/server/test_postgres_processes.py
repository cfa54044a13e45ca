"""Two server processes on one PostgreSQL, and what may happen to them and to it, driven by the tablets' own engine."""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable, Generator, Iterator
from contextlib import closing, contextmanager
from typing import Any, TypeVar

import psycopg
import pytest
from sqlalchemy import Connection

from fieldapp.sync.engine import SyncReport
from fieldapp.sync.errors import UnreachableError
from fieldapp.usecases.tablet import Tablet
from server.db.engine import Database
from server.sync.push import add_revisions
from tests.browser.process import wait_for
from tests.server.cluster import Cluster
from tests.simulation.world import memory_disk
from tests.soak.__main__ import folder
from tests.soak.tablet import opened
from tests.soak.verdict import Held, verdict
from tests.soak.ward import Ward
from tests.soak.zygote import Zygote

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="Windows has no fork and no SIGKILL.")
T = TypeVar("T")
HARBOUR, HILL = 0, 1


@pytest.fixture(scope="module")
def zygote() -> Iterator[Zygote]:
    made = Zygote()
    yield made
    made.close()


@pytest.fixture(scope="module")
def cluster() -> Iterator[Cluster]:
    made = Cluster("kept", folder=memory_disk())
    yield made
    made.close()


@pytest.fixture(scope="module")
def ward(zygote: Zygote, cluster: Cluster) -> Iterator[Ward]:
    """Two server processes; three tablets, of both teams, the first and the second, after their first sync."""
    with folder() as place:
        made = Ward(zygote, place, cluster.create("ward"), servers=2)
        made.start_servers()
        made.enrol_all()
        made.drain()
        yield made
        made.stop()


class SlowDatabase(Database):
    """Everything of a transaction is done, its locks are held, and then its commit takes until `gate` is set."""

    def __init__(self, url: str) -> None:
        super().__init__(url)
        self.gate = threading.Event()
        self.reached = threading.Event()

    def write(self, work: Callable[[Connection], T]) -> T:
        def slow(connection: Connection) -> T:
            result = work(connection)
            self.reached.set()
            assert self.gate.wait(30)
            return result

        return super().write(slow)


@contextmanager
def slow_commit(ward: Ward, patient: str, words: str) -> Generator[SlowDatabase]:
    """Inside the block another system's note has its position in the team's feed and is not yet committed."""
    with closing(SlowDatabase(ward.url)) as database:
        note = ward.imported(patient, "note", {"text": words})

        def bring() -> None:
            add_revisions(database, ward.clock, ward.service, team=ward.teams[HARBOUR], revisions=[note])

        thread = threading.Thread(target=bring)
        thread.start()
        assert database.reached.wait(30)
        yield database
        database.gate.set()
        thread.join()


class Meanwhile(threading.Thread):
    """A sync in a thread of its own."""

    def __init__(self, tablet: Tablet) -> None:
        super().__init__()
        self.report: SyncReport | None = None
        self.error: Exception | None = None
        self._sync = tablet.sync()
        self.start()

    def run(self) -> None:
        try:
            self.report = self._sync.run()
        except UnreachableError as error:
            self.error = error


@contextmanager
def unlocked(ward: Ward, *names: str) -> Generator[list[Tablet]]:
    tablets = [opened(ward.place / name) for name in names]
    yield tablets
    for tablet in tablets:
        tablet.lock()


def put(ward: Ward, name: str, tablet: Tablet, patient: str, words: str) -> str:
    """A note that is not said twice, acknowledged. Returns its revision."""
    assert tablet.session is not None
    body = {"text": f"{words}, the {ward.amount_said()}th byte"}
    saved = tablet.session.put(patient, "note", body)
    line = {"saved": saved.revision, "record": saved.record, "patient": patient}
    ward.say(name, {**line, "kind": "note", "body": body})
    return saved.revision


def waiting_for_locks(ward: Ward) -> int:
    with psycopg.connect(ward.url, autocommit=True) as connection:
        query = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
        return int(connection.execute(query.encode()).fetchall()[0][0])


def positions(ward: Ward, *revisions: str) -> list[int]:
    with psycopg.connect(ward.url) as connection:
        query = "SELECT revision, position FROM feed WHERE team = %s"
        found: dict[Any, Any] = dict(connection.execute(query, (ward.teams[HARBOUR],)).fetchall())
        return [found[revision] for revision in revisions]


def test_a_slow_commit_makes_no_reader_skip_a_position(ward: Ward) -> None:
    patient, another, strangers = ward.patients[:3]
    with unlocked(ward, "t0", "t1", "t2") as (writer, reader, stranger):
        with slow_commit(ward, patient, "Brought slowly"):
            put(ward, "t2", stranger, strangers, "Another team's, meanwhile")
            assert stranger.sync().run().accepted == 1
            mine = put(ward, "t0", writer, another, "Behind the slow one")
            blocked = Meanwhile(writer)
            wait_for(lambda: waiting_for_locks(ward) == 1, "the writer to wait for the counter")
            assert [reader.sync().run().pulled for _ in range(3)] == [0, 0, 0]
            assert blocked.is_alive()
        blocked.join()
        assert blocked.report is not None
        assert blocked.report.accepted == 1
        assert reader.sync().run().pulled == 2
        (last,) = positions(ward, mine)
        (before,) = (key for key, wire in Held(ward).wires.items() if wire["body"].get("text") == "Brought slowly")
        assert positions(ward, before) == [last - 1]
    ward.drain()
    verdict(ward)


@pytest.mark.parametrize(
    "hold",
    [
        "SELECT * FROM teams WHERE team = %s FOR UPDATE",
        "SELECT * FROM chains WHERE chain = %s FOR UPDATE",
    ],
    ids=["before_anything_is_written", "before_the_commit"],
)
def test_a_server_killed_in_mid_transaction_leaves_no_half_batch_and_no_lock(ward: Ward, hold: str) -> None:
    patient = ward.patients[0]
    with unlocked(ward, "t0", "t1") as (nurse, colleague):
        batch = [put(ward, "t0", nurse, patient, f"Note {n} of one batch") for n in range(10)]
        with psycopg.connect(ward.url) as holder:
            holder.execute(hold.encode(), (ward.teams[HARBOUR],))
            push = Meanwhile(nurse)
            wait_for(lambda: waiting_for_locks(ward) == 1, "the push to wait in its transaction")
            ward.kill("s0")
            push.join()
            assert push.error is not None
        put(ward, "t1", colleague, patient, "By the other process")
        assert colleague.sync().run().accepted == 1
        assert not Held(ward).texts.keys() & set(batch)
        ward.start("s0")
        wait_for(lambda: comes_through(nurse), "the batch to arrive")
        assert set(batch) <= Held(ward).texts.keys()
    ward.drain()
    verdict(ward)


def comes_through(tablet: Tablet) -> bool:
    again = Meanwhile(tablet)
    again.join()
    return again.report is not None


@pytest.mark.parametrize("how", ["restart", "end_backends"])
def test_servers_outlive_a_restart_and_a_failover_of_the_database(ward: Ward, cluster: Cluster, how: str) -> None:
    lives = [child.lives for child in ward.children.values() if child not in ward.tablets()]
    for child in ward.tablets():
        ward.start(child.name)
    for _ in range(3):
        before = ward.amount_said()
        wait_for(lambda before=before: ward.amount_said() > before + 3000, "some work to be done")
        getattr(cluster, how)()
    before = ward.amount_said()
    wait_for(lambda: ward.amount_said() > before + 3000, "work to go on")
    ward.heal()
    tally = verdict(ward)
    assert [child.lives for child in ward.children.values() if child not in ward.tablets()] == lives
    assert tally.troubles.keys() <= {"busy"}
    assert tally.troubles or how == "end_backends"
