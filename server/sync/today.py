"""Who comes first in a new tablet's pull: the patients of today's visits."""

from __future__ import annotations

from collections.abc import Mapping

from sqlalchemy import Connection, and_, or_, select

from fieldapp.domain.clock import Clock
from server.db.tables import caseload, feed, visits
from server.identity.caller import Caller
from server.sync.cursor import Place
from server.sync.feedpage import PageText, read
from server.sync.projections import ERROR_STATUS
from server.times import london_day


def todays_patients(connection: Connection, clock: Clock, caller: Caller) -> Mapping[str, list[str]]:
    """By team, who is visited today (in London) by the caller or, where there is nobody, by the caller's teams.

    A patient of several teams is listed with the first.
    """
    start, end = london_day(clock.now())
    query = (
        select(visits.c.team, visits.c.patient, visits.c.clinician, visits.c.owner)
        .join(caseload, and_(caseload.c.team == visits.c.team, caseload.c.patient == visits.c.patient))
        .where(visits.c.team.in_(caller.team_ids), visits.c.window_start >= start, visits.c.window_start < end)
        .where(caseload.c.active, visits.c.status != ERROR_STATUS)
    )
    rows = connection.execute(query).all()
    chosen = [row for row in rows if row.clinician == caller.person.id] or [
        row for row in rows if row.owner == row.team
    ]
    first: dict[str, str] = {}
    for row in sorted(chosen, key=lambda row: row.team):
        first.setdefault(row.patient, row.team)
    found: dict[str, list[str]] = {}
    for patient in sorted(first):
        found.setdefault(first[patient], []).append(patient)
    return found


def fill(connection: Connection, page: PageText, patients: Mapping[str, list[str]], place: Place) -> Place | None:
    """Continue after `place` with everything on today's patients. Returns where it ended; None when all is served."""
    for team in sorted(patients):
        if team < place.team:
            continue
        after = place if team == place.team else Place(team, "", 0)
        where = and_(
            feed.c.patient.in_(patients[team]),
            feed.c.item != "left",
            or_(
                feed.c.patient > after.patient,
                and_(feed.c.patient == after.patient, feed.c.position > after.position),
            ),
        )
        last, done = read(connection, page, team, where, [feed.c.patient, feed.c.position])
        if not done:
            return Place(team, last.patient, last.position) if last is not None else after
    return None
