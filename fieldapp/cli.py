"""The tablet app without a screen, for scripts and support desks.

JSON on standard output, one object a line; sentences on standard error. No sentence holds a patient's data. The store
and everything else that takes a while to load is loaded once the command line is understood.
"""

from __future__ import annotations

import argparse
import sys
import traceback
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType
from typing import Final

PASSPHRASE: Final = "FIELDAPP_PASSPHRASE"

EXIT_CODES: Final = """\
exit codes:
  0   done
  1   something unexpected; nothing saved is lost
  2   the command was not used as described here
  3   the passphrase is missing, too short, wrong, or it is too soon after a wrong one
  4   the tablet is not set up, set up already, or its store cannot be opened; the store is left as it is
  5   the tablet's storage is full or failing; the entry was not saved
  6   the server cannot be reached; everything unsent is kept
  7   the enrolment code is wrong, used or too old
  8   the server refused, or something else answered; everything unsent is kept
  9   the file, patient, record or kind cannot be taken as given; nothing was saved
"""


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command. Returns the exit code."""
    sys.excepthook = _unexpected
    arguments = _parser().parse_args(argv)
    from fieldapp import commands

    return commands.run(arguments)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="fieldapp",
        description=f"The tablet app without a screen. The passphrase is read from {PASSPHRASE}.",
        epilog=EXIT_CODES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    commands = parser.add_subparsers(required=True, metavar="COMMAND")

    def command(name: str, told: str) -> argparse.ArgumentParser:
        made = commands.add_parser(
            name,
            help=told,
            description=told,
            epilog=EXIT_CODES,
            formatter_class=argparse.RawDescriptionHelpFormatter,
        )
        made.add_argument("--store", type=Path, required=True, metavar="DIR", help="the folder of the sealed store")
        made.set_defaults(command=name)
        return made

    enrol = command("enrol", "set the tablet up with a one-time code; repeat it after a lost reply")
    enrol.add_argument("--server", required=True, metavar="URL", help="such as https://visits.example.nhs.uk")
    enrol.add_argument("--code", required=True, help="from: fieldserver code")
    command("sync", "send what waits, then fetch what is new")
    command("patients", "a line a patient on the caseload")
    show = command("show", "a line a record")
    show.add_argument("--patient", metavar="ID", help="this patient's records only")
    show.add_argument("--history", action="store_true", help="with every version of each record")
    put = command("put", "save an entry or a change; printed once it is durable")
    put.add_argument("--patient", required=True, metavar="ID")
    put.add_argument("--kind", required=True, help="such as note, observations, plan")
    put.add_argument("--file", required=True, metavar="BODY.json", help="the body as JSON; - for standard input")
    put.add_argument("--record", metavar="ID", help="the record to amend or change")
    put.add_argument("--reason", metavar="TEXT", help="why an entry is amended")
    photo = command("photo", "attach a photograph; printed once both are durable")
    photo.add_argument("--patient", required=True, metavar="ID")
    photo.add_argument("--file", required=True, metavar="PICTURE", help="JPEG, PNG or WebP, 12 MB at most; - for input")
    photo.add_argument(
        "--says", required=True, metavar="TEXT", help="what it shows, such as: Left heel, pressure ulcer"
    )
    photo.add_argument("--site", metavar="TEXT", help="where on the body")
    photo.add_argument("--taken", metavar="TIME", help="such as 2026-11-22T09:00:00Z; now where it is left out")
    command("conflicts", "a line for each record with versions to settle")
    settle = command("settle", "settle a conflict with a body that stands for all its versions")
    settle.add_argument("--conflict", required=True, metavar="ID", help="from: fieldapp conflicts")
    settle.add_argument("--file", required=True, metavar="BODY.json", help="the whole body as JSON; - for input")
    settle.add_argument("--reason", required=True, metavar="TEXT")
    return parser


def _unexpected(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
    """What went wrong and where, without the message, which could hold what was typed."""
    if issubclass(kind, KeyboardInterrupt):
        print("Stopped.", file=sys.stderr)
        return
    places = traceback.extract_tb(trace)[-3:]
    where = ", ".join(f"{Path(place.filename).name}:{place.lineno}" for place in places)
    print(f"Something unexpected went wrong ({kind.__name__} at {where}). Nothing saved is lost.", file=sys.stderr)


if __name__ == "__main__":
    sys.exit(main())
