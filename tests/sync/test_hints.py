"""The tablet's ear: a real server, real sockets, a wire that is cut, frozen or dead."""

from __future__ import annotations

import ipaddress
import socket
import threading
import time
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import uvicorn
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from fieldapp.domain.clock import FixedClock
from fieldapp.sync.auto import AutoSync
from fieldapp.sync.backoff import Backoff
from fieldapp.sync.engine import Progress, SyncReport
from fieldapp.sync.hints import STEADY_S, Hints
from fieldapp.sync.transport import HttpTransport
from fieldapp.sync.web import Aeroplane
from server.app import create_app
from server.config import HintSettings, Settings
from server.identity import devices
from server.sync.hints import Hints as ServerHints
from tests.browser.process import wait_for
from tests.server.world import START, Tablet, World
from tests.sync.wild import Answer, answer, wild_server
from tests.sync.wires import Wire

TIMEOUT = 10.0
QUICK = HintSettings(heartbeat_s=0.1, gap_s=0.02, tick_s=0.1)


class Heard:
    """How often it was said that there is something to sync."""

    def __init__(self) -> None:
        self.count = 0
        self._news = threading.Condition()

    def __call__(self) -> None:
        with self._news:
            self.count += 1
            self._news.notify_all()

    def times(self, count: int) -> bool:
        with self._news:
            return self._news.wait_for(lambda: self.count >= count, TIMEOUT)


class Waits(Backoff):
    """A back-off that keeps what it said."""

    def __init__(self, first: float, longest: float) -> None:
        super().__init__(first, longest, uniform=lambda low, high: high)
        self.said: list[float] = []

    def failed(self) -> float:
        self.said.append(super().failed())
        return self.said[-1]


class Ear:
    """A listening tablet on a wire of its own."""

    def __init__(self, tablet: Tablet, *, silence: float = 5.0, backoff: Backoff | None = None) -> None:
        self.wire = Wire(int(tablet.world.address.rpartition(":")[2]))
        self.aeroplane = Aeroplane()
        self.heard = Heard()
        self.backoff = backoff or Waits(0.02, 0.02)
        clock = tablet.world.clock
        road = HttpTransport(self.wire.address, tablet.device, tablet.key, clock, aeroplane=self.aeroplane)
        self.hints = Hints(road, self.heard, clock, backoff=self.backoff, silence=silence)

    def start(self) -> Ear:
        self.hints.start()
        assert self.heard.times(1), "coming to stand is a reason to sync"
        return self

    def close(self) -> None:
        self.hints.stop()
        self.wire.close()


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    made = World(f"sqlite:///{tmp_path / 'server.db'}", FixedClock(START))
    made.settings = Settings(database=made.url, hints=QUICK)
    yield made
    made.close()


@pytest.fixture
def nurse(world: World) -> Tablet:
    return world.tablet("Ann Lee", world.team("Home ward"))


@pytest.fixture
def ear(nurse: Tablet) -> Iterator[Callable[..., Ear]]:
    made: list[Ear] = []

    def make(**options: Any) -> Ear:
        made.append(Ear(nurse, **options))
        return made[-1]

    yield make
    for one in made:
        one.close()


MakeEar = Callable[..., Ear]


def test_a_colleagues_write_is_a_reason_to_sync_and_nothing_else_is(world: World, ear: MakeEar) -> None:
    listening = ear().start()
    colleague = world.tablet("Tom Ogilvie", world.team("Home ward"))
    elsewhere = world.tablet("Sam Poole", world.team("Urgent response"))
    elsewhere.new_patient()
    colleague.new_patient()
    assert listening.heard.times(2)
    assert not threading.Event().wait(0.4), "four heartbeats"
    assert listening.heard.count == 2
    assert listening.wire.asked == 1


def test_after_a_cut_it_comes_again_and_syncs_what_it_missed(ear: MakeEar) -> None:
    listening = ear().start()
    for cut in range(1, 4):
        listening.wire.cut()
        assert listening.heard.times(1 + cut)
    assert listening.wire.asked == 4


def test_a_silent_connection_is_dead_and_one_with_heartbeats_is_not(ear: MakeEar) -> None:
    listening = ear(silence=0.5).start()
    assert not threading.Event().wait(1.0)
    assert listening.wire.asked == 1
    listening.wire.freeze()
    wait_for(lambda: listening.wire.taken >= 2, "a second connection", TIMEOUT)
    listening.wire.thaw()
    assert listening.heard.times(2)


def test_it_does_not_hammer_a_server_that_is_not_there(ear: MakeEar) -> None:
    waits = Waits(0.05, 0.8)
    listening = ear(backoff=waits)
    listening.wire.down = True
    listening.hints.start()
    wait_for(lambda: len(waits.said) >= 5, "five tries", TIMEOUT)
    assert waits.said[:5] == [0.05, 0.1, 0.2, 0.4, 0.8]
    assert listening.wire.taken <= 6
    assert listening.heard.count == 0
    listening.wire.down = False
    listening.hints.wake()
    assert listening.heard.times(1), "woken, it does not wait any longer"


def test_only_a_connection_that_stood_long_is_forgiven(world: World, ear: MakeEar) -> None:
    waits = Waits(0.01, 10.0)
    listening = ear(backoff=waits).start()
    for cut in range(1, 4):
        listening.wire.cut()
        assert listening.heard.times(1 + cut)
    world.clock.advance(STEADY_S)
    wait_for(lambda: waits.failures == 0, "the back-off to begin anew", TIMEOUT)
    listening.wire.cut()
    assert listening.heard.times(5)
    assert waits.said == [0.01, 0.02, 0.04, 0.01]


class Counted(HttpTransport):
    """A road that counts the blocks that were read from it."""

    blocks = 0

    def check(self) -> None:
        super().check()
        self.blocks += 1


@pytest.mark.parametrize("scheme", ["http", "https"])
def test_locking_ends_it_at_once_in_the_middle_of_silence(
    world: World, nurse: Tablet, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, scheme: str
) -> None:
    certificate, key = self_signed(tmp_path)
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(certificate))
    quiet = ServerHints(world.database, world.clock, HintSettings(heartbeat_s=60.0))
    app = create_app(world.settings, world.clock, world.database, quiet)
    tls: dict[str, Any] = {"ssl_certfile": certificate, "ssl_keyfile": key} if scheme == "https" else {}
    listener = socket.create_server(("127.0.0.1", 0))
    server = uvicorn.Server(uvicorn.Config(app, log_config=None, timeout_graceful_shutdown=1, **tls))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
    thread.start()
    road = Counted(f"{scheme}://127.0.0.1:{listener.getsockname()[1]}", nurse.device, nurse.key, world.clock)
    hints = Hints(road, Heard(), world.clock)
    hints.start()
    try:
        wait_for(lambda: road.blocks == 1, "the listener to read", TIMEOUT)
        begun = time.monotonic()
        hints.stop()
        assert time.monotonic() - begun < 1
        assert "hints" not in [thread.name for thread in threading.enumerate()]
        wait_for(lambda: quiet.count == 0, "the stream to be given back", TIMEOUT)
    finally:
        hints.stop()
        server.should_exit = True
        thread.join()


def test_aeroplane_mode_is_silence(ear: MakeEar) -> None:
    listening = ear().start()
    listening.aeroplane.on = True
    listening.hints.wake()
    wait_for(lambda: listening.hints._stream is None, "the stream to be let go", TIMEOUT)
    taken = listening.wire.taken
    assert not threading.Event().wait(0.3)
    assert (listening.heard.count, listening.wire.taken) == (1, taken)
    listening.aeroplane.on = False
    listening.hints.wake()
    assert listening.heard.times(2)


def test_a_revoked_tablet_says_so_once_and_asks_no_more(world: World, nurse: Tablet, ear: MakeEar) -> None:
    listening = ear().start()
    world.database.write(lambda c: devices.revoke(c, world.clock, nurse.device))
    assert listening.heard.times(2), "the sync shows why"
    taken = listening.wire.taken
    assert not threading.Event().wait(0.3)
    assert (listening.heard.count, listening.wire.taken) == (2, taken)


def test_a_new_token_takes_the_place_of_an_old_one(world: World, ear: MakeEar) -> None:
    listening = ear().start()
    world.clock.advance(601)
    assert listening.heard.times(2)
    assert listening.wire.asked == 2


@pytest.mark.parametrize("body", [b"<html>Sign in</html>", b"event: moved\ndata: {}\n\n"])
def test_what_is_not_our_server_is_not_believed(world: World, nurse: Tablet, body: bytes) -> None:
    heard, waits = Heard(), Waits(0.01, 0.01)
    with wild_server() as server:
        server.answers["/v1/token"] = [answer({"token": "t", "seconds": 600, "now": 0})]
        server.answers["/v1/hints"] = [Answer(body, 200, {"Content-Type": "text/html"})]
        road = HttpTransport(server.url, nurse.device, nurse.key, world.clock)
        hints = Hints(road, heard, world.clock, backoff=waits)
        hints.start()
        wait_for(lambda: len(waits.said) >= 2, "two tries", TIMEOUT)
        hints.stop()
    assert heard.count == 0


class Engine:
    """As much of a sync as shows whether the server can be reached."""

    def __init__(self, road: HttpTransport) -> None:
        self.road = road
        self.runs = 0

    def run(self, progress: Callable[[Progress], None] | None = None) -> SyncReport:
        self.runs += 1
        self.road.me()
        return SyncReport()


def test_when_the_signal_is_back_it_wakes_the_sync(world: World, nurse: Tablet, ear: MakeEar) -> None:
    listening = ear()
    listening.wire.down = True
    engine = Engine(HttpTransport(listening.wire.address, nurse.device, nurse.key, world.clock))
    auto = AutoSync(engine, world.clock, backoff=Backoff(first=10_000, longest=10_000))
    listening.hints._heard = auto.kick
    auto.start()
    listening.hints.start()
    try:
        wait_for(lambda: auto.state.phase == "offline", "the sync to be offline", TIMEOUT)
        listening.wire.down = False
        wait_for(lambda: auto.state.phase == "idle", "the sync to be through", TIMEOUT)
        assert engine.runs == 2
    finally:
        auto.stop()
        engine.road.close()


def test_a_burst_of_hints_is_few_syncs(world: World, nurse: Tablet) -> None:
    engine = Engine(HttpTransport(world.address, nurse.device, nurse.key, world.clock))
    held, running = threading.Event(), threading.Event()

    class Slow:
        def run(self, progress: Callable[[Progress], None] | None = None) -> SyncReport:
            running.set()
            held.wait(TIMEOUT)
            return engine.run(progress)

    auto = AutoSync(Slow(), world.clock)
    auto.start()
    assert running.wait(TIMEOUT)
    for _ in range(50):
        auto.kick()
    held.set()
    wait_for(lambda: auto.state.last is not None and engine.runs >= 2, "a second sync", TIMEOUT)
    auto.stop()
    engine.road.close()
    assert engine.runs == 2


def self_signed(folder: Path) -> tuple[Path, Path]:
    """A certificate for this machine alone, and its key."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "127.0.0.1")])
    now = FixedClock(START).now()
    built = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=3650))
        .not_valid_after(now + timedelta(days=3650))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]), False)
        .sign(key, hashes.SHA256())
    )
    certificate, secret = folder / "server.pem", folder / "server.key"
    certificate.write_bytes(built.public_bytes(serialization.Encoding.PEM))
    form = serialization.PrivateFormat.PKCS8
    secret.write_bytes(key.private_bytes(serialization.Encoding.PEM, form, serialization.NoEncryption()))
    return certificate, secret
