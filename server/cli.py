"""`fieldserver`: the server's commands. JSON on standard output, sentences on standard error, 0 only on success."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence
from typing import Any

from fieldapp.domain.clock import SystemClock
from server import commands
from server.config import ADDRESS_VARIABLE, Settings, database_url
from server.errors import ServerError
from server.pages import PagesError

_ENTRIES = {
    "init": commands.init,
    "serve": commands.serve,
    "person": commands.person,
    "code": commands.code,
    "link": commands.link,
    "audit": commands.audit,
    "revoke": commands.revoke,
    "restored": commands.restored,
}


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command. Returns the exit code: 0 done, 1 refused, 2 wrong usage."""
    options = _parser().parse_args(arguments)
    settings = Settings(database=database_url(options.database), url=_address(options))
    try:
        if options.command in _ENTRIES:
            return _ENTRIES[options.command](settings, SystemClock(), options)
        return _other(settings, options)
    except (ServerError, PagesError) as error:
        commands.say(str(error))
        return 1


def _other(settings: Settings, options: argparse.Namespace) -> int:
    """Commands that live in packages of their own, loaded only when asked for."""
    if options.command == "openapi":
        from server.openapi import describe

        commands.show(describe())
        return 0
    if options.command == "demo":
        from server.demo import run

        return run(settings, reset=options.reset, port=options.port)
    from server.importing import import_fhir

    return import_fhir(settings, SystemClock(), options)


def _address(options: argparse.Namespace) -> str:
    given = getattr(options, "url", None) or os.environ.get(ADDRESS_VARIABLE)
    return given or f"http://127.0.0.1:{getattr(options, 'port', 8000)}"


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="fieldserver", description=__doc__)
    common = argparse.ArgumentParser(add_help=False)
    common.add_argument("--database", help="sqlite:///FILE or postgresql://…; else FIELDSERVER_DATABASE")
    command: Any = parser.add_subparsers(dest="command", required=True)

    def add(name: str, text: str) -> argparse.ArgumentParser:
        return command.add_parser(name, help=text, description=text, parents=[common])

    add("init", "Prepare or upgrade the database.")
    serve = add("serve", "Run the server until Ctrl-C.")
    serve.add_argument("--host", default="127.0.0.1")
    serve.add_argument("--port", type=int, default=8000, help="0 takes a free one")
    proxy = "addresses of the reverse proxy, with commas, whose X-Forwarded-For is believed"
    serve.add_argument("--proxy", metavar="ADDRESS", help=proxy)
    demo = add("demo", "Run a made-up service with two tablets.")
    demo.add_argument("--reset", action="store_true", help="start anew")
    demo.add_argument("--port", type=int, default=8000)
    fhir = add("import-fhir", "Import FHIR bundles and resources.")
    fhir.add_argument("files", nargs="+", metavar="FILE")
    fhir.add_argument("--team", required=True, help="the team that looks after them; made when it is new")
    person = add("person", "Add a person to a team; both are made when new.")
    person.add_argument("--name", required=True)
    person.add_argument("--role", required=True)
    person.add_argument("--team", required=True)
    person.add_argument("--phone", help="the team's number, when the team is new")
    add("code", "Make a one-time code for a person's tablet.").add_argument("--person", required=True)
    link = add("link", "Make the address of a visit's page for its patient.")
    link.add_argument("--visit", required=True)
    link.add_argument("--url", help="the server's public address; else FIELDSERVER_URL")
    add("revoke", "Stop a tablet from syncing.").add_argument("--device", required=True)
    add("restored", "Tell the service that its database was put back to a copy, before the servers start again.")
    add("openapi", "Print the HTTP interface as an OpenAPI document.")
    add("audit", "Check that nothing was changed in the audit.")
    return parser


if __name__ == "__main__":
    sys.exit(main())
