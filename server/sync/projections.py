"""Current states that the server itself needs: visits, for today's list and the patient's page; episodes, for who is on
which caseload."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from sqlalchemy import Connection, select

from fieldapp.domain.canonical import Json, canonical_json
from fieldapp.domain.records import InvalidBodyError, read_body
from fieldapp.domain.records.episode import Episode
from fieldapp.domain.records.visit import Visit
from server.db.engine import upsert
from server.db.queries import chunks
from server.db.tables import episodes, teams, visits
from server.times import to_ms

ERROR_STATUS = "error"
"""A visit that was entered in error."""


class Current(NamedTuple):
    """A record's current state, and the teams whose partitions hold it."""

    record: str
    patient: str
    kind: str
    body: Json
    teams: Sequence[str]


class Owned(NamedTuple):
    """The team an episode names, and whether it is going on."""

    owner: str | None
    active: bool


def named_teams(connection: Connection, texts: Sequence[str]) -> dict[str, str]:
    """The id of each team that a body names, by id or by name; unknown ones are missing."""
    found: dict[str, str] = {}
    for some in chunks(sorted(set(texts))):
        query = select(teams.c.team, teams.c.name).where(teams.c.team.in_(some) | teams.c.name.in_(some))
        for row in connection.execute(query):
            found[row.name] = row.team
    return {text: found.get(text, text) for text in texts if text in found or text in found.values()}


def team_named(body: Json) -> str | None:
    """The team a body names, as text."""
    team = body.get("team")
    return team if isinstance(team, str) else None


def owned(body: Json, names: Mapping[str, str]) -> Owned:
    """What an episode's body says about the caseload."""
    owner = names.get(team_named(body) or "")
    going_on = body.get("status", "active") in ("referred", "active") and not body.get("entered_in_error")
    return Owned(owner, owner is not None and going_on)


def stored_episodes(connection: Connection, keepers: Mapping[str, str]) -> dict[str, dict[str, Owned]]:
    """Each patient's episodes as stored, by patient and record; `keepers` are the patients with their keeping team."""
    found: dict[str, dict[str, Owned]] = {patient: {} for patient in keepers}
    for some in chunks(sorted(keepers)):
        keeping = sorted({keepers[patient] for patient in some})
        query = select(episodes).where(episodes.c.team.in_(keeping), episodes.c.patient.in_(some))
        for row in connection.execute(query):
            if keepers[row.patient] == row.team:
                found[row.patient][row.episode] = Owned(row.owner, row.active)
    return found


def store(connection: Connection, at: int, states: Sequence[Current], names: Mapping[str, str]) -> None:
    """Write the visits and episodes among `states`; a state that does not fit its kind keeps the row before."""
    visit_rows: list[dict[str, Any]] = []
    episode_rows: list[dict[str, Any]] = []
    for state in states:
        if state.kind not in (Visit.KIND, Episode.KIND):
            continue
        try:
            body = read_body(state.kind, state.body)
        except InvalidBodyError:
            continue
        if isinstance(body, Visit):
            row = _visit(state, body, names, at)
            visit_rows += [{"team": team, **row} for team in state.teams]
        elif isinstance(body, Episode):
            row = {"episode": state.record, "patient": state.patient, **owned(state.body, names)._asdict()}
            episode_rows += [{"team": team, **row} for team in state.teams]
    upsert(connection, visits, visit_rows)
    upsert(connection, episodes, episode_rows)


def _visit(state: Current, body: Visit, names: Mapping[str, str], at: int) -> dict[str, Any]:
    finished = body.progress.finished_at
    return {
        "visit": state.record,
        "patient": state.patient,
        "owner": names.get(body.team),
        "clinician": body.clinician.id if body.clinician else None,
        "window_start": to_ms(body.window_start),
        "window_end": to_ms(body.window_end),
        "status": ERROR_STATUS if body.entered_in_error else body.progress.status,
        "finished_at": to_ms(finished) if finished else None,
        "heard_at": at,
        "body": canonical_json(state.body).decode(),
    }
