"""People, teams and who belongs where."""

from __future__ import annotations

from typing import NamedTuple

from sqlalchemy import Connection, delete, or_, select

from fieldapp.domain.clock import Clock
from fieldapp.domain.ids import new_id
from fieldapp.sync.wire import Person, Team
from server.audit import SERVICE, Event, record
from server.db.engine import insert_new
from server.db.notices import announce_people
from server.db.tables import memberships, people, teams
from server.errors import AmbiguousError, NotFoundError
from server.times import now_ms

ADMINISTRATOR = "administrator"
"""The audit's name for whoever runs the server's commands."""


class Ensured(NamedTuple):
    """An id, and whether it was made just now."""

    id: str
    made: bool


def ensure_team(connection: Connection, clock: Clock, name: str, phone: str | None = None) -> Ensured:
    """The team called `name`, made when it is new. A phone number given later is not changed here."""
    made = (
        insert_new(connection, teams, [{"team": new_id(clock), "name": name, "phone": phone, "next_position": 1}])
        if find_team(connection, name) is None
        else 0
    )
    found = find_team(connection, name)
    if found is None:
        raise NotFoundError("The team could not be made. Try again.")
    if made:
        _note(connection, clock, "team", {"team": found})
    return Ensured(found, bool(made))


def find_team(connection: Connection, name: str) -> str | None:
    """The id of the team with this name or id."""
    return connection.scalar(select(teams.c.team).where(or_(teams.c.name == name, teams.c.team == name)))


def ensure_person(connection: Connection, clock: Clock, name: str, role: str, team: str) -> Ensured:
    """The person of this name and role, made when new, as a member of the team (its id)."""
    same = select(people.c.person).where(people.c.name == name, people.c.role == role).order_by(people.c.person)
    person = connection.scalar(same)
    made = person is None
    if person is None:
        person = new_id(clock)
        connection.execute(people.insert().values(person=person, name=name, role=role))
    add_to_team(connection, clock, person, team)
    return Ensured(person, made)


def add_to_team(connection: Connection, clock: Clock, person: str, team: str) -> None:
    """Make the person a member of the team; already being one is fine."""
    if insert_new(connection, memberships, [{"person": person, "team": team}]):
        announce_people(connection)
        _note(connection, clock, "member", {"person": person, "team": team})


def remove_from_team(connection: Connection, clock: Clock, person: str, team: str) -> None:
    """End a membership: the person's tablets lose the team's patients at their next pull."""
    gone = delete(memberships).where(memberships.c.person == person, memberships.c.team == team)
    if connection.execute(gone).rowcount:
        announce_people(connection)
        _note(connection, clock, "member_removed", {"person": person, "team": team})


def find_person(connection: Connection, text: str) -> Person:
    """The person with this name or id.

    Raises:
        NotFoundError, AmbiguousError
    """
    query = select(people).where(or_(people.c.name == text, people.c.person == text)).order_by(people.c.person)
    found = [Person(id=row.person, name=row.name, role=row.role) for row in connection.execute(query)]
    if not found:
        raise NotFoundError("There is no such person. Add them first: fieldserver person")
    if len(found) > 1:
        ids = ", ".join(person.id for person in found)
        raise AmbiguousError(f"Several people have this name. Use one of their ids instead: {ids}")
    return found[0]


def teams_of(connection: Connection, person: str) -> list[Team]:
    """The person's teams, sorted by id."""
    query = (
        select(teams.c.team, teams.c.name, teams.c.phone)
        .join(memberships, memberships.c.team == teams.c.team)
        .where(memberships.c.person == person)
        .order_by(teams.c.team)
    )
    return [Team(id=row.team, name=row.name, phone=row.phone) for row in connection.execute(query)]


def _note(connection: Connection, clock: Clock, action: str, detail: dict[str, str]) -> None:
    record(connection, now_ms(clock), [Event(SERVICE, ADMINISTRATOR, action, dict(detail))])
