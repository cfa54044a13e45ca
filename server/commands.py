"""What the commands do. Each prints its result and returns the exit code."""

from __future__ import annotations

import json
import socket
import sys
from argparse import Namespace
from collections.abc import Generator
from contextlib import contextmanager
from typing import Any, Final

import uvicorn

from fieldapp.domain.clock import Clock
from fieldapp.domain.revision import format_time
from server import audit as chains
from server import logs
from server.app import create_app
from server.config import Settings
from server.db import schema
from server.db.engine import Database
from server.db.service import begin_epoch
from server.errors import BusyError
from server.files import allow_open_files
from server.identity import codes, devices, people
from server.sync.hints import Hints
from server.times import from_ms, now_ms
from server.visitlinks import make_link

_STOP_SECONDS: Final = 5
"""How long a stop waits for requests under way; a tablet whose request is cut short sends it again."""


def show(value: dict[str, Any]) -> None:
    """One JSON object on standard output."""
    print(json.dumps(value, ensure_ascii=False), flush=True)


def say(sentence: str) -> None:
    """One sentence on standard error."""
    print(sentence, file=sys.stderr, flush=True)


@contextmanager
def prepared(settings: Settings, clock: Clock) -> Generator[Database]:
    """The database at this version's schema. Raises SchemaNewerError, BusyError."""
    database = Database(settings.database)
    try:
        schema.prepare(database, clock)
        yield database
    finally:
        database.close()


def init(settings: Settings, clock: Clock, _options: Namespace) -> int:
    """Prepare or upgrade the database."""
    database = Database(settings.database)
    try:
        service = schema.prepare(database, clock)
    finally:
        database.close()
    show({"epoch": service.epoch, "server_key": service.public_key})
    say("The database is ready. Protect it and its backups like the records themselves: it holds the server's keys.")
    return 0


def serve(settings: Settings, clock: Clock, options: Namespace) -> int:
    """Run the server; prints its address once it listens."""
    listener = _listen(options.host, options.port)
    logs.configure()
    port: int = listener.getsockname()[1]
    address = f"http://{f'[{options.host}]' if ':' in options.host else options.host}:{port}"
    database = Database(settings.database)
    try:
        allow_open_files()
        hints = Hints(database, clock, settings.hints)
        app = create_app(settings, clock, database, hints)
        config = uvicorn.Config(
            app,
            access_log=False,
            log_config=None,
            proxy_headers=options.proxy is not None,
            forwarded_allow_ips=options.proxy or "",
            server_header=False,
            timeout_keep_alive=75,
            timeout_graceful_shutdown=_STOP_SECONDS,
        )
        show({"url": address})
        say(f"The server listens on {address}. Ctrl-C stops it.")
        _Server(config, hints).run(sockets=[listener])
    except KeyboardInterrupt:
        say("The server has stopped.")
    finally:
        database.close()
        listener.close()
    return 0


class _Server(uvicorn.Server):
    """Lets the listening tablets go before it waits for requests under way."""

    def __init__(self, config: uvicorn.Config, hints: Hints) -> None:
        super().__init__(config)
        self._hints = hints

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        self._hints.stop()
        await super().shutdown(sockets)


def person(settings: Settings, clock: Clock, options: Namespace) -> int:
    """Add a person to a team."""
    with prepared(settings, clock) as database:

        def work(connection: Any) -> tuple[people.Ensured, people.Ensured]:
            team = people.ensure_team(connection, clock, options.team, options.phone)
            return people.ensure_person(connection, clock, options.name, options.role, team.id), team

        who, team = database.write(work)
    if team.made:
        say(f"The team {options.team} is new and was made.")
    if not who.made:
        say(f"{options.name} was there already and is in the team {options.team}.")
    show({"person": who.id, "name": options.name, "role": options.role, "team": team.id, "team_name": options.team})
    return 0


def code(settings: Settings, clock: Clock, options: Namespace) -> int:
    """Make a one-time code."""
    with prepared(settings, clock) as database:

        def work(connection: Any) -> tuple[str, codes.Code]:
            who = people.find_person(connection, options.person)
            return who.id, codes.make_code(connection, clock, who.id)

        who, made = database.write(work)
    show({"code": made.text, "person": who, "expires_at": format_time(from_ms(made.expires_at))})
    say("The code is good for ten minutes and one tablet.")
    return 0


def link(settings: Settings, clock: Clock, options: Namespace) -> int:
    """Make the address of a visit's page."""
    with prepared(settings, clock) as database:
        url = database.write(lambda connection: make_link(connection, clock, options.visit, settings.url))
    show({"url": url, "visit": options.visit})
    return 0


def revoke(settings: Settings, clock: Clock, options: Namespace) -> int:
    """Stop a tablet."""
    with prepared(settings, clock) as database:
        database.write(lambda connection: devices.revoke(connection, clock, options.device))
    show({"device": options.device, "revoked": True})
    return 0


def audit(settings: Settings, clock: Clock, _options: Namespace) -> int:
    """Check the audit's chains; every fault is a line."""
    with prepared(settings, clock) as database, database.reading() as connection:
        faults = chains.verify(connection)
    for fault in faults:
        show(fault._asdict())
    if faults:
        say("The audit was changed at the places listed.")
        return 1
    show({"intact": True})
    return 0


def restored(settings: Settings, clock: Clock, _options: Namespace) -> int:
    """Give a database that was put back to a copy a new epoch."""
    with prepared(settings, clock) as database:

        def work(connection: Any) -> str:
            epoch = begin_epoch(connection, clock)
            event = chains.Event(chains.SERVICE, people.ADMINISTRATOR, "restored", {"epoch": epoch})
            chains.record(connection, now_ms(clock), [event])
            return epoch

        epoch = database.write(work)
    show({"epoch": epoch})
    say("Start the servers now. Each tablet brings what is lacking with its next sync. Check teams and lost tablets.")
    return 0


def _listen(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((host, port))
        listener.listen(2048)
    except OSError as error:
        listener.close()
        raise PortError(host, port) from error
    return listener


class PortError(BusyError):
    """The address is taken or not this machine's."""

    def __init__(self, host: str, port: int) -> None:
        super().__init__()
        self.sentence = f"Port {port} on {host} cannot be used. Choose another with --port."
        self.args = (self.sentence,)
