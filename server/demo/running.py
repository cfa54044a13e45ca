"""`fieldserver demo`: the server and two tablets, set up once and taken up again where they were."""

from __future__ import annotations

import json
import shutil
import signal
import sys
import threading
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from types import FrameType
from typing import Any, Final

from fieldapp.domain.clock import SystemClock
from server.config import DEFAULT_DATABASE, Settings
from server.db import schema
from server.db.engine import Database
from server.demo.children import Child, StartError, free_port, is_free, run_to_end
from server.demo.day import FIRST_PAGE
from server.demo.seeding import DemoError, Seeded, seed
from server.demo.staff import STAFF, TABLETS, TEAMS, Tablet
from server.identity.codes import make_code
from server.visitlinks import make_link

FOLDER: Final = Path("var/demo")
_HOST: Final = "127.0.0.1"
_SERVER_SECONDS: Final = 60.0
_TABLET_SECONDS: Final = 120.0
_TICK_S: Final = 1.0


@dataclass
class _Running:
    """What runs now, in the order in which it was started."""

    folder: Path
    database_url: str
    stopping: threading.Event = field(default_factory=threading.Event)
    children: list[Child] = field(default_factory=list[Child])

    @property
    def setup(self) -> Path:
        return self.folder / "demo.json"

    def log(self, name: str) -> Path:
        return self.folder / f"{name}.log"

    def stop(self) -> None:
        for child in reversed(self.children):
            child.stop()
        self.children.clear()


def run(settings: Settings, *, reset: bool = False, port: int = 8000, folder: Path = FOLDER) -> int:
    """Run until Ctrl-C or SIGTERM. Returns 0 after a clean stop, 1 when a part could not start or stopped by itself.

    The demo keeps everything in `folder` unless `settings` name a database. `reset` removes the folder first.

    Raises:
        ServerError: the database cannot be used.
    """
    folder = folder.resolve()
    own = settings.database == DEFAULT_DATABASE
    if reset and not own:
        _say("The demo removes only its own folder. Start anew without --database, or empty that database yourself.")
        return 1
    if reset and folder.exists():
        if not (folder / "demo.json").exists():
            _say(f"{folder} does not look like a demo's folder. Nothing was removed.")
            return 1
        shutil.rmtree(folder)
    folder.mkdir(parents=True, exist_ok=True)
    running = _Running(folder, f"sqlite:///{folder / 'server.db'}" if own else settings.database)
    with _signals(running.stopping):
        try:
            return _run(running, port)
        except (StartError, DemoError) as error:
            _say(str(error))
            return 1
        finally:
            running.stop()
            _say("The demo has stopped. Everything is kept; start it again to go on.")


def _run(running: _Running, port: int) -> int:
    setup = _read(running.setup)
    address_port = _server_port(setup, port)
    _write(running.setup, setup)
    clock = SystemClock()
    database = Database(running.database_url)
    try:
        service = schema.prepare(database, clock)
        seeded = seed(database, clock, service)
        url = f"http://{_HOST}:{address_port}"
        serve = ["server.cli", "serve", "--database", running.database_url, "--port", str(address_port)]
        server = Child("The server", serve, {"FIELDSERVER_URL": url}, running.log("server"))
        running.children.append(server)
        server.wait_until_it_answers(address_port, _SERVER_SECONDS, running.stopping)
        ports: list[int] = []
        for tablet in TABLETS:
            if running.stopping.is_set():
                return 0
            _set_up(running, setup, database, seeded, tablet, url)
            ports.append(free_port(tablet.port, ports))
            running.children.append(_start(running, tablet, ports[-1], url))
        for child, chosen in zip(running.children[1:], ports, strict=True):
            child.wait_until_it_answers(chosen, _TABLET_SECONDS, running.stopping)
        visit = seeded.visit(FIRST_PAGE)
        page = database.write(lambda connection: make_link(connection, clock, visit, url))
    finally:
        database.close()
    if not running.stopping.is_set():
        _announce(url, ports, page)
    while not running.stopping.wait(_TICK_S):
        for child in running.children:
            if child.ended:
                raise StartError(f"{child.title} stopped by itself. What it said is in {running.folder}.")
    return 0


def _server_port(setup: dict[str, Any], wanted: int) -> int:
    """The port of the server: tablets remember their server's address, so once chosen it stays."""
    kept = setup.get("port")
    if isinstance(kept, int):
        if not is_free(kept):
            raise StartError(
                f"The demo's tablets know their server on port {kept}, which is in use. Is the demo running already?"
                " Stop what uses the port, or start anew with: make demo-reset"
            )
        return kept
    setup["port"] = free_port(wanted)
    return int(setup["port"])


def _set_up(
    running: _Running, setup: dict[str, Any], database: Database, seeded: Seeded, tablet: Tablet, url: str
) -> None:
    """Enrol the tablet and bring its patients, once. What a first try cut short has left is removed: it holds nothing
    that anybody entered, because no tablet is started before this is done."""
    enrolled: list[str] = setup.setdefault("enrolled", [])
    if tablet.folder in enrolled:
        return
    store = running.folder / tablet.folder
    if store.exists():
        shutil.rmtree(store)
    person = seeded.people[tablet.member].id
    code = database.write(lambda connection: make_code(connection, SystemClock(), person)).text
    secret = {"FIELDAPP_PASSPHRASE": tablet.passphrase}
    log = running.log(tablet.folder)
    enrol = ["fieldapp.cli", "enrol", "--store", str(store), "--server", url, "--code", code]
    run_to_end(tablet.title, enrol, secret, log)
    run_to_end(tablet.title, ["fieldapp.cli", "sync", "--store", str(store)], secret, log)
    enrolled.append(tablet.folder)
    _write(running.setup, setup)


def _start(running: _Running, tablet: Tablet, port: int, url: str) -> Child:
    extra = {
        "FIELDAPP_STORE": str(running.folder / tablet.folder),
        "FIELDAPP_SERVER": url,
        "FIELDAPP_DEMO": "1",
        "FLET_FORCE_WEB_SERVER": "true",
        "FLET_SERVER_IP": _HOST,
        "FLET_SERVER_PORT": str(port),
        "FLET_WEB_NO_CDN": "true",
    }
    return Child(tablet.title, ["fieldapp.main"], extra, running.log(tablet.folder))


def _announce(url: str, ports: list[int], page: str) -> None:
    lines = ["", "The made-up service is running. Nobody in it exists.", ""]
    for tablet, port in zip(TABLETS, ports, strict=True):
        member = STAFF[tablet.member]
        teams = " and ".join(TEAMS[team].name for team in member.teams)
        lines += [
            f"  {tablet.title:<20} http://{_HOST}:{port}",
            f"  {'':<20} {member.name}, {member.role.lower()}, {teams}",
            f"  {'':<20} passphrase: {tablet.passphrase}",
            "",
        ]
    lines += [
        f"  {'Patient’s page':<20} {page}",
        f"  {'Server':<20} {url}",
        "",
        "Each tablet has an aeroplane switch. Ctrl-C stops everything and keeps it; make demo-reset starts anew.",
        "",
    ]
    print("\n".join(lines), flush=True)


@contextmanager
def _signals(stopping: threading.Event) -> Generator[None]:
    """Set `stopping` on Ctrl-C and SIGTERM while inside."""

    def stop(_number: int, _frame: FrameType | None) -> None:
        stopping.set()

    names = (signal.SIGINT, signal.SIGTERM)
    before = [signal.signal(name, stop) for name in names]
    try:
        yield
    finally:
        for name, handler in zip(names, before, strict=True):
            signal.signal(name, handler)


def _read(path: Path) -> dict[str, Any]:
    if not path.exists():
        return {}
    try:
        found: Any = json.loads(path.read_text())
    except ValueError as error:
        raise StartError(f"{path} cannot be read. Start anew with: make demo-reset") from error
    return dict(found)


def _write(path: Path, setup: dict[str, Any]) -> None:
    fresh = path.with_suffix(".new")
    fresh.write_text(json.dumps(setup))
    fresh.replace(path)


def _say(sentence: str) -> None:
    print(sentence, file=sys.stderr, flush=True)
