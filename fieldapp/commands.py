"""What the commands of `fieldapp.cli` do."""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections.abc import Callable, Iterable
from dataclasses import asdict
from pathlib import Path
from types import TracebackType
from typing import Any, Final, NamedTuple, cast

from fieldapp.cli import PASSPHRASE
from fieldapp.domain.attachments import MAX_BYTES, AttachmentError
from fieldapp.domain.canonical import Json, NotCanonicalError
from fieldapp.domain.clock import SystemClock
from fieldapp.domain.records import InvalidBodyError
from fieldapp.domain.revision import format_time, parse_time
from fieldapp.domain.state import RecordState
from fieldapp.storage import errors as storage
from fieldapp.sync import errors as sync
from fieldapp.sync.engine import SyncReport
from fieldapp.usecases import errors as usecases
from fieldapp.usecases import photos, reading
from fieldapp.usecases.caseload import PatientRow, patients
from fieldapp.usecases.conflict import sides_json
from fieldapp.usecases.people import first
from fieldapp.usecases.session import Session
from fieldapp.usecases.statements import in_order
from fieldapp.usecases.tablet import Tablet

MAX_BODY_BYTES: Final = 1 << 20


class BadFileError(Exception):
    """The file given is no JSON object."""


class PassphraseError(Exception):
    """No passphrase in the environment."""


class _Exit(NamedTuple):
    kinds: tuple[type[Exception], ...]
    code: int


_EXITS: Final = (
    _Exit((PassphraseError, storage.WrongPassphraseError, storage.LockedOutError, storage.WeakPassphraseError), 3),
    _Exit((storage.DiskError,), 5),
    _Exit((storage.PatientGoneError, storage.UnknownRecordError, storage.NotRefusedError), 9),
    _Exit((storage.MissingPictureError, AttachmentError), 9),
    _Exit((usecases.NotEnrolledError, usecases.AlreadyEnrolledError, usecases.LockedError), 4),
    _Exit((storage.StoreError,), 4),
    _Exit((sync.UnreachableError, sync.AeroplaneModeError, sync.AlreadyRunningError), 6),
    _Exit((sync.CodeRefusedError,), 7),
    _Exit((sync.SyncError,), 8),
    _Exit((BadFileError, InvalidBodyError, NotCanonicalError, usecases.UseCaseError), 9),
)


def run(arguments: argparse.Namespace) -> int:
    """Do what `arguments.command` says. Returns the exit code."""
    try:
        _COMMANDS[arguments.command](arguments)
        sys.stdout.flush()
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
    except tuple(kind for known in _EXITS for kind in known.kinds) as error:
        print(_sentence(error), file=sys.stderr)
        return next(known.code for known in _EXITS if isinstance(error, known.kinds))
    return 0


def _enrol(arguments: argparse.Namespace) -> None:
    passphrase = _passphrase()
    tablet = Tablet(arguments.store, SystemClock())
    try:
        session = tablet.enrol(arguments.server, arguments.code, passphrase)
        _print({"person": session.author.name, "role": session.author.role, "teams": list(session.team_names)})
    finally:
        tablet.lock()


def _sync(arguments: argparse.Namespace) -> None:
    with _Open(arguments.store) as (tablet, session):
        try:
            report = tablet.sync().run()
        except sync.SyncError as error:
            kept = session.store.outbox_size()
            told = "1 unsent entry is" if kept == 1 else f"{kept} unsent entries are"
            print(f"{told} kept on this tablet.", file=sys.stderr)
            raise error
        _print(_report_line(report))
        if report.refused:
            print(
                "Some entries were sent back. They are kept on this tablet: see the state refused in fieldapp show.",
                file=sys.stderr,
            )


def _patients(arguments: argparse.Namespace) -> None:
    with _Open(arguments.store) as (_, session):
        bodies = {patient: first(summary["patient"]) for patient, summary in session.store.summaries()}
        _print_all(_patient_line(row, bodies[row.who.patient]) for row in patients(session))


def _show(arguments: argparse.Namespace) -> None:
    with _Open(arguments.store) as (_, session):
        everyone = session.store.patients()
        if arguments.patient is not None and arguments.patient not in everyone:
            raise usecases.UnknownPatientError("This patient is not on this tablet. Sync, then try again.")
        for patient in [arguments.patient] if arguments.patient is not None else everyone:
            statuses = session.store.statuses(patient)
            _print_all(
                _record_line(session, state, statuses[state.id], history=arguments.history)
                for state in session.store.records(patient)
                if state.id in statuses
            )


def _put(arguments: argparse.Namespace) -> None:
    body = _body(arguments.file)
    with _Open(arguments.store) as (_, session):
        saved = session.put(arguments.patient, arguments.kind, body, record=arguments.record, reason=arguments.reason)
        _print(saved._asdict())


def _photo(arguments: argparse.Namespace) -> None:
    data = _bytes(arguments.file, MAX_BYTES)
    taken = None
    if arguments.taken is not None:
        try:
            taken = parse_time(arguments.taken)
        except ValueError:
            raise BadFileError("The time must be like 2026-11-22T09:00:00Z. Correct it and try again.") from None
    with _Open(arguments.store) as (_, session):
        saved = photos.save(session, arguments.patient, data, arguments.says, site=arguments.site, taken_at=taken)
        _print(saved._asdict())


def _conflicts(arguments: argparse.Namespace) -> None:
    with _Open(arguments.store) as (_, session):
        _print_all(sides_json(session, state.id) for state in session.conflicts())


def _settle(arguments: argparse.Namespace) -> None:
    body = _body(arguments.file)
    with _Open(arguments.store) as (_, session):
        saved = session.settle(arguments.conflict, body, arguments.reason)
        _print(saved._asdict())


def _report_line(report: SyncReport) -> Json:
    """Attachments are told of where there are any."""
    line: Json = asdict(report)
    carried: Json = line.pop("attachments")
    return {**line, "photographs": carried} if any(carried.values()) else line


class _Open:
    """The unlocked tablet, locked again at the end."""

    def __init__(self, directory: Path) -> None:
        self._tablet = Tablet(directory, SystemClock())

    def __enter__(self) -> tuple[Tablet, Session]:
        return self._tablet, self._tablet.unlock(_passphrase())

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._tablet.lock()


def _passphrase() -> str:
    passphrase = os.environ.get(PASSPHRASE, "")
    if not passphrase:
        raise PassphraseError(f"Put the passphrase into the environment variable {PASSPHRASE}.")
    return passphrase


def _patient_line(row: PatientRow, body: Json) -> Json:
    return {
        "id": row.who.patient,
        "name": row.who.name,
        "nhs_number": reading.text(body, "nhs_number"),
        "born": reading.text(body, "born"),
        "gender": reading.text(body, "gender"),
        "pathways": list(row.pathways),
        "news2": row.score.total,
        "unsent": row.unsent,
        "conflicts": row.conflicts,
    }


def _record_line(session: Session, state: RecordState, status: str, *, history: bool) -> Json:
    revisions = in_order(session.store.revisions(state.id))
    line: Json = {
        "id": state.id,
        "kind": state.kind,
        "patient": state.patient,
        "revisions": [revision.id for revision in revisions],
        "state": status,
        "disputed": list(state.disputed),
        "body": state.body,
    }
    if history:
        line["versions"] = [
            {
                "revision": revision.id,
                "parents": list(revision.parents),
                "author": revision.author.name,
                "role": revision.author.role,
                "at": format_time(revision.true_time),
                "reason": revision.reason,
                "body": revision.body,
            }
            for revision in revisions
        ]
    return line


def _body(file: str) -> Json:
    """The JSON object in a file. Raises BadFileError, without repeating what is in it."""
    data = _bytes(file, MAX_BODY_BYTES)
    if len(data) > MAX_BODY_BYTES:
        raise BadFileError("The file is larger than 1 MB. An entry must be smaller.")
    try:
        body = json.loads(data, object_pairs_hook=_distinct, parse_constant=_not_a_number)
    except (ValueError, RecursionError):
        raise BadFileError("The file is not JSON in UTF-8. Correct it and try again.") from None
    if not isinstance(body, dict):
        raise BadFileError('The file must hold one JSON object, such as {"text": "…"}.')
    return cast("Json", body)


def _bytes(file: str, most: int) -> bytes:
    """What is in a file, up to one byte more than `most`. Raises BadFileError."""
    try:
        return sys.stdin.buffer.read(most + 1) if file == "-" else _read(Path(file), most + 1)
    except OSError as error:
        raise BadFileError(f"The file cannot be read: {error.strerror or 'it is not readable'}. Check it.") from error


def _read(path: Path, most: int) -> bytes:
    with path.open("rb") as file:
        return file.read(most)


def _distinct(pairs: list[tuple[str, Any]]) -> Json:
    if len({name for name, _ in pairs}) < len(pairs):
        raise BadFileError("The file names one field twice. Keep one of them.")
    return dict(pairs)


def _not_a_number(_: str) -> float:
    raise BadFileError("The file holds a number that is not finite. Correct it and try again.")


def _print(value: Json) -> None:
    print(json.dumps(value), flush=True)


def _print_all(values: Iterable[Json]) -> None:
    for value in values:
        print(json.dumps(value))


def _sentence(error: Exception) -> str:
    wait = getattr(error, "retry_after", None)
    return f"{error} ({wait:.0f} s)" if isinstance(wait, int | float) and wait > 0 else str(error)


_COMMANDS: Final[dict[str, Callable[[argparse.Namespace], None]]] = {
    "enrol": _enrol,
    "sync": _sync,
    "patients": _patients,
    "show": _show,
    "put": _put,
    "photo": _photo,
    "conflicts": _conflicts,
    "settle": _settle,
}
