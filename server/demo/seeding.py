"""Writing the story into a database: once, and each later day its own visits.

When a part was begun is kept in the database before any of it is written, so that a start cut short is taken up with
the same records. Everything goes through the same door as a tablet's push.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import Connection, select

from fieldapp.domain.canonical import Json
from fieldapp.domain.clock import Clock
from fieldapp.domain.merge import heads_of
from fieldapp.domain.records import body_type, read_body
from fieldapp.domain.revision import Author, Revision, format_time, make_revision, parse_revision, parse_time
from fieldapp.sync.wire import Person, Status
from server.db.engine import Database, insert_new
from server.db.service import SERVER_DEVICE, Service
from server.db.tables import feed, meta
from server.demo import crowd, day, reablement, response, ward, ward_more
from server.demo.staff import STAFF, TEAMS
from server.demo.story import Entry, Story, When, demo_id
from server.identity.people import ensure_person, ensure_team
from server.sync.push import add_revisions

CROWD: Final = 47
DRAW: Final = 2026
_BEGUN: Final = "demo begun"
_TELLERS: Final = (
    ("ward", ward.stories),
    ("ward", ward_more.stories),
    ("ucr", response.stories),
    ("reablement", reablement.stories),
)


class DemoError(RuntimeError):
    """The story could not be written as it is told: the program is at fault, not who started it."""


@dataclass(frozen=True)
class Seeded:
    """The made-up service as the database knows it: teams and people by the staff module's keys."""

    teams: Mapping[str, str]
    people: Mapping[str, Person]
    stories: Mapping[str, Story]
    day: str

    def visit(self, key: str) -> str:
        """The record of today's call with this key."""
        return day.visit_id(self.day, next(call for call in day.RUN if call.key == key))


def seed(database: Database, clock: Clock, service: Service) -> Seeded:
    """Everything told until now, and today's run if it is not there yet.

    Raises:
        BusyError, DemoError
    """
    teams, people = database.write(lambda connection: _staff(connection, clock))
    begun = _begin(database, _BEGUN, clock.now())
    when = When(begun)
    stories = told(when, teams)
    today = When(clock.now())
    marks = _marks(database)
    if f"{_BEGUN} done" not in marks:
        write = _writer(database, clock, service, people)
        for key, team in teams.items():
            write(team, _told_revisions(when, (one for one in stories.values() if one.team == key), people))
        _begin(database, f"{_BEGUN} done", clock.now())
    name = f"demo day {today.day(0)}"
    if f"{name} done" not in marks:
        today = When(_begin(database, name, clock.now()))
        fresh = told(today, teams) if today.day(0) != when.day(0) else {}
        _write_day(database, clock, service, today, stories, fresh, people, teams)
        _begin(database, f"{name} done", clock.now())
    return Seeded(teams, people, stories, today.day(0))


def told(when: When, teams: Mapping[str, str]) -> dict[str, Story]:
    """All stories by key, those that the day turns on first."""
    main = [replace(story, team=key) for key, tell in _TELLERS for story in tell(when, teams[key])]
    return {story.key: story for story in [*main, *crowd.stories(when, dict(teams), CROWD, DRAW)]}


def _staff(connection: Connection, clock: Clock) -> tuple[dict[str, str], dict[str, Person]]:
    teams = {key: ensure_team(connection, clock, team.name, team.phone).id for key, team in TEAMS.items()}
    people: dict[str, Person] = {}
    for key, member in STAFF.items():
        ids = [ensure_person(connection, clock, member.name, member.role, teams[team]).id for team in member.teams]
        people[key] = Person(id=ids[0], name=member.name, role=member.role)
    return teams, people


def _marks(database: Database) -> set[str]:
    with database.reading() as connection:
        return set(connection.scalars(select(meta.c.name)))


def _begin(database: Database, name: str, now: datetime) -> datetime:
    """When the part called `name` was first begun: now, unless a start before this one began it."""

    def work(connection: Connection) -> str:
        insert_new(connection, meta, [{"name": name, "value": format_time(now)}])
        return connection.execute(select(meta.c.value).where(meta.c.name == name)).scalar_one()

    return parse_time(database.write(work))


def _writer(
    database: Database, clock: Clock, service: Service, people: Mapping[str, Person]
) -> Callable[[str, Sequence[Revision]], None]:
    def write(team: str, revisions: Sequence[Revision]) -> None:
        outcomes = add_revisions(database, clock, service, team=team, revisions=revisions)
        refused = next((outcome for outcome in outcomes if outcome.status is Status.REFUSED), None)
        if refused is not None:
            raise DemoError(f"The demo's story was refused: {refused.sentence} ({refused.where})")

    return write


def _told_revisions(when: When, stories: Iterable[Story], people: Mapping[str, Person]) -> list[Revision]:
    revisions: list[Revision] = []
    for story in stories:
        begun = max((entry.ago for entry in story.entries), default=timedelta(hours=1)) + timedelta(minutes=10)
        by = story.entries[0].by if story.entries else "callum"
        revisions.append(
            _revision(people[by], story.patient, story.patient, "patient", story.details, when.now - begun)
        )
        in_order = sorted(story.entries, key=lambda entry: -entry.ago)
        revisions += [_of_entry(when, story, entry, people) for entry in in_order]
        if story.key == "suresh":
            revisions += _apart(when, story, revisions[-len(story.entries) :], people)
    return revisions


def _apart(when: When, story: Story, told_: Sequence[Revision], people: Mapping[str, Person]) -> list[Revision]:
    """Two colleagues change one medicine without seeing each other: a conflict to settle."""
    base = next(revision for revision in told_ if revision.kind == "plan")
    spell = story.record("episode")
    return [
        _revision(people[by], base.record, story.patient, "plan", ward.suresh_plan(when, spell, dose, often),
                  when.ago(minutes=minutes), (base.id,))
        for by, dose, often, minutes in (("mensah", "80 mg", "once a day", 75), ("priya", "40 mg", "twice a day", 58))
    ]  # fmt: skip


def _write_day(
    database: Database,
    clock: Clock,
    service: Service,
    today: When,
    stories: Mapping[str, Story],
    fresh: Mapping[str, Story],
    people: Mapping[str, Person],
    teams: Mapping[str, str],
) -> None:
    """Today's referral, visits and, on a later day, new measurements; referrals of earlier days end."""
    write = _writer(database, clock, service, people)
    grace = stories["grace"]
    referred = _of_entry(today, grace, day.todays_referral(today, teams["ucr"]), people)
    write(teams["ucr"], [referred, *_ended(database, today, grace, people)])
    by_team: dict[str, list[Revision]] = {}
    for call, body in day.visits(today, stories, people, teams):
        record, patient = day.visit_id(today.day(0), call), stories[call.story].patient
        said = _revision(people[call.by], record, patient, "visit", body, today.ago(hours=7))
        by_team.setdefault(call.team, []).append(said)
    for call in day.RUN:
        if call.story in fresh:
            story = fresh[call.story]
            sets = [_of_entry(today, story, entry, people) for entry in day.fresh_sets(today, story)]
            by_team.setdefault(call.team, []).extend(sets)
    for team, revisions in by_team.items():
        write(teams[team], list({revision.id: revision for revision in revisions}.values()))


def _ended(database: Database, today: When, grace: Story, people: Mapping[str, Person]) -> list[Revision]:
    """An end for each referral of an earlier day that is still open."""
    with database.reading() as connection:
        query = select(feed.c.data).where(feed.c.patient == grace.patient, feed.c.item == "revision")
        stored = [parse_revision(json.loads(data), check_hash=False) for data in connection.scalars(query)]
    found: list[Revision] = []
    for record in sorted({one.record for one in stored if one.kind == "episode"} - {day.referral_id(today)}):
        known = {one.id: one for one in stored if one.record == record}
        heads = heads_of(known.values())
        body = known[heads[0]].body
        if body.get("status") != "ended" and len(heads) == 1:
            over = body | {"status": "ended", "ended_at": today.text(hours=8), "outcome": "Seen; safe at home."}
            found.append(_revision(people["callum"], record, grace.patient, "episode", over, today.ago(hours=8), heads))
    return found


def _of_entry(when: When, story: Story, entry: Entry, people: Mapping[str, Person]) -> Revision:
    record = story.record(entry.name)
    return _revision(people[entry.by], record, story.patient, entry.kind, entry.body, when.now - entry.ago)


def _revision(
    by: Person, record: str, patient: str, kind: str, body: Json, at: datetime, parents: tuple[str, ...] = ()
) -> Revision:
    model = body_type(kind)
    read_body(kind, body)
    return make_revision(
        id=demo_id("revision", record, by.id, format_time(at)),
        record=record,
        kind=kind,
        patient=patient,
        parents=parents,
        author=Author(by.id, by.name, by.role),
        device=SERVER_DEVICE,
        at=at,
        offset_ms=0,
        schema=model.SCHEMA if model else 1,
        body=body,
    )
