"""Writing what was planned: through the same door as a tablet's push, signed by the service, each record once.

A file that cannot be read is refused whole, and the others go on. Reading and planning end before anything is written.
Importing the same files again writes nothing; newer content becomes a new revision on top of the last import.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Final
from uuid import UUID, uuid5

from sqlalchemy import Connection, select

from fieldapp.domain.canonical import Json, canonical_json
from fieldapp.domain.clock import LONDON, Clock
from fieldapp.domain.merge import heads_of
from fieldapp.domain.records import InvalidBodyError, Shape, body_type, read_body, shape_of
from fieldapp.domain.revision import Author, Revision, make_revision, parse_revision
from fieldapp.sync.wire import Status
from server.db.engine import Database
from server.db.queries import chunks
from server.db.service import SERVER_DEVICE, Service
from server.db.tables import feed, patients
from server.fhir.carrying import carry, same_person
from server.fhir.errors import FileRefusedError
from server.fhir.planning import ImportPlan, Outcome, Planned, patient_references, plan_import
from server.fhir.reading import Entry, read_file
from server.identity.people import ensure_team
from server.sync.push import IMPORTER, add_revisions

AGAIN: Final = "Imported again: the source says more than before."
MOST_AT_ONCE: Final = 2000
_SOMEBODY_ELSE: Final = "The patient with this id here is another person."
Emit = Callable[[Json], None]


@dataclass(frozen=True)
class ImportSummary:
    """What one import did. `refused` are the files that could not be read, each with a sentence.

    `imported + not_imported = resources`. `revisions` counts what was written, `unchanged` the records that already
    said all of it.
    """

    files: int
    resources: int
    imported: int
    not_imported: int
    reasons: dict[str, int]
    imported_kinds: dict[str, int]
    records: dict[str, int]
    revisions: int
    unchanged: int
    team: str
    left_out: list[Json] = field(default_factory=list["dict[str, Any]"])
    refused: dict[str, str] = field(default_factory=dict[str, str])

    def to_json(self) -> Json:
        """The object that the command prints last."""
        return dict(vars(self))


def import_files(
    database: Database,
    clock: Clock,
    service: Service,
    files: Iterable[Path | str],
    *,
    team: str,
    pathway: str = "district_nursing",
    emit: Emit | None = None,
) -> ImportSummary:
    """Import FHIR JSON files for the team of that name or id, made when it is new; one summary for all of them.

    References are looked up across all files given. `emit` gets `{"file", "resource", "reason"}` for each resource
    that is not imported. `pathway` is that of patients whose source names none of the service's own.

    Raises:
        BusyError: the database is locked, full or away; what is not in the summary was not written.
        ValueError: no such pathway.
    """
    read_body("episode", {"pathway": pathway, "team": team})
    entries: list[Entry] = []
    refused: dict[str, str] = {}
    paths = {Path(file).resolve(): Path(file) for file in files}
    for path in paths.values():
        try:
            entries += read_file(path, str(path))
        except FileRefusedError as error:
            refused[str(path)] = str(error)
    owner = database.write(lambda connection: ensure_team(connection, clock, team)).id
    with database.reading() as connection:
        known = _known(connection, patient_references(entries))
    today = clock.now().astimezone(LONDON).date()
    plan = plan_import(entries, team=owner, today=today, pathway=pathway, known=known)
    written = _write(database, clock, service, owner, plan)
    outcomes = [_after(outcome, written.refused) for outcome in plan.outcomes]
    kept = Counter(record.kind for record in plan.records if record.record not in written.refused)
    summary = ImportSummary(
        files=len(paths),
        resources=len(outcomes),
        imported=sum(outcome.record is not None for outcome in outcomes),
        not_imported=sum(outcome.record is None for outcome in outcomes),
        reasons=dict(Counter(outcome.reason for outcome in outcomes if outcome.reason).most_common()),
        imported_kinds=dict(Counter(o.entry.kind for o in outcomes if o.record is not None).most_common()),
        records=dict(kept.most_common()),
        revisions=written.revisions,
        unchanged=written.unchanged,
        team=owner,
        left_out=[{"file": left.entry.file, "resource": left.entry.place, "part": left.part} for left in plan.left_out],
        refused=refused,
    )
    for outcome in outcomes if emit else ():
        if emit and outcome.reason is not None:
            emit({"file": outcome.entry.file, "resource": outcome.entry.place, "reason": outcome.reason})
    return summary


@dataclass
class _Written:
    revisions: int = 0
    unchanged: int = 0
    refused: dict[str, str] = field(default_factory=dict[str, str])


def _after(outcome: Outcome, refused: dict[str, str]) -> Outcome:
    sentence = refused.get(outcome.record or "")
    return replace(outcome, record=None, reason=sentence) if sentence else outcome


def _known(connection: Connection, wanted: set[str]) -> set[str]:
    found: set[str] = set()
    for some in chunks(sorted(wanted)):
        found.update(connection.scalars(select(patients.c.patient).where(patients.c.patient.in_(some))))
    return found


def _write(database: Database, clock: Clock, service: Service, team: str, plan: ImportPlan) -> _Written:
    written = _Written()
    for some in _by_patient(plan.records):
        with database.reading() as connection:
            history = stored_revisions(connection, some)
        strangers = {
            one.patient
            for one in some
            if one.kind == "patient"
            and (said := _last_said(history.get(one.record)))
            and not same_person(said, one.body)
        }
        revisions: list[Revision] = []
        for one in some:
            if one.patient in strangers:
                written.refused[one.record] = _SOMEBODY_ELSE
                continue
            try:
                revision = _revision(clock, one, history.get(one.record, []))
            except InvalidBodyError as error:
                written.refused[one.record] = f"It does not fit a record: {error}"
                continue
            if revision is None:
                written.unchanged += 1
            else:
                revisions.append(revision)
        for outcome, revision in zip(
            add_revisions(database, clock, service, team=team, revisions=revisions), revisions, strict=True
        ):
            if outcome.status is Status.REFUSED:
                written.refused[revision.record] = outcome.sentence or "The service refused it."
            else:
                written.revisions += 1
    return written


def _by_patient(records: Sequence[Planned]) -> Iterator[list[Planned]]:
    """Parts of at most `MOST_AT_ONCE` records in which no patient is divided, unless one alone has more."""
    part: list[Planned] = []
    for position, one in enumerate(records):
        if len(part) >= MOST_AT_ONCE and one.patient != records[position - 1].patient:
            yield part
            part = []
        part.append(one)
    if part:
        yield part


def stored_revisions(connection: Connection, records: Sequence[Planned]) -> dict[str, list[Revision]]:
    """The stored revisions of these records, oldest first."""
    keepers: dict[str, str] = {}
    for some in chunks(sorted({one.patient for one in records})):
        query = select(patients.c.patient, patients.c.keeper).where(patients.c.patient.in_(some))
        keepers.update({row.patient: row.keeper for row in connection.execute(query)})
    found: dict[str, dict[str, Revision]] = {}
    wanted = sorted({one.record for one in records if one.patient in keepers})
    for some in chunks(wanted):
        query = select(feed.c.data).where(
            feed.c.team.in_(sorted(set(keepers.values()))), feed.c.record.in_(some), feed.c.item == "revision"
        )
        for data in connection.scalars(query.order_by(feed.c.team, feed.c.position)):
            revision = parse_revision(json.loads(data), check_hash=False)
            found.setdefault(revision.record, {})[revision.id] = revision
    return {record: list(revisions.values()) for record, revisions in found.items()}


def _last_said(history: list[Revision] | None) -> Json | None:
    mine = [revision for revision in history or () if revision.author.id == IMPORTER.id]
    return mine[-1].body if mine else (history[-1].body if history else None)


def _revision(clock: Clock, one: Planned, history: list[Revision]) -> Revision | None:
    """The revision that brings the record up to date; None when it says all of it already. Raises InvalidBodyError."""
    if not history:
        return None if one.partial and not one.body else _made(clock, one, one.body, (), None)
    mine = [revision for revision in history if revision.author.id == IMPORTER.id]
    base = mine[-1] if mine else history[-1]
    body = carry(one.kind, base.body, one.body)
    if body == base.body:
        return None
    read_body(one.kind, body)
    if shape_of(one.kind) is Shape.ENTRY:
        return _made(clock, one, body, heads_of(history), AGAIN)
    return _made(clock, one, body, (base.id,), None)


def _made(clock: Clock, one: Planned, body: Json, parents: tuple[str, ...], reason: str | None) -> Revision:
    model = body_type(one.kind)
    content = canonical_json({"body": body, "parents": sorted(parents)}).decode()
    return make_revision(
        id=str(uuid5(UUID(one.record), content)),
        record=one.record,
        kind=one.kind,
        patient=one.patient,
        parents=parents,
        author=Author(IMPORTER.id, IMPORTER.name, IMPORTER.role),
        device=SERVER_DEVICE,
        at=clock.now(),
        offset_ms=0,
        schema=model.SCHEMA if model else 1,
        body=body,
        reason=reason,
    )
