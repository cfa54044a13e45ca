"""The feeds of the teams that one transaction writes to: locks, positions, joining and leaving.

Locks are taken in one order everywhere: patients, then teams, then audit chains, each sorted. While a patient's row is
locked, nobody else changes whose caseload the patient is on. Positions are taken from the team's locked counter and
become visible with the commit, so a reader who sees one position has seen or can see all before it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

from sqlalchemy import Connection, Table, delete, func, insert, literal, select, update

from fieldapp.domain.canonical import canonical_json
from fieldapp.domain.revision import Revision
from server.audit import Event
from server.db.engine import RacedError, insert_new, upsert
from server.db.notices import announce_moves
from server.db.queries import chunks
from server.db.tables import caseload, episodes, feed, patients, records, teams, visits


class Stay(NamedTuple):
    """A patient's current or last stay on a team's caseload."""

    active: bool
    spell: int
    first_position: int


class Ledger:
    """Locks the patients and every team they are or were with, and `more_teams`. `at` is the time in ms."""

    def __init__(
        self, connection: Connection, at: int, wanted: Iterable[str], more_teams: Iterable[str] = (), actor: str = ""
    ) -> None:
        self._connection = connection
        self._at = at
        self._actor = actor
        self._rows: list[dict[str, Any]] = []
        self.events: list[Event] = []
        self.keepers = _lock_patients(connection, wanted)
        self._stays = _stays(connection, self.keepers)
        named = {team for stays in self._stays.values() for team in stays}
        self._next = _lock_teams(connection, named.union(more_teams))
        self._moved: set[str] = set()

    def knows(self, patient: str) -> bool:
        """Whether anything of the patient is stored."""
        return patient in self.keepers

    def stays(self, patient: str) -> Mapping[str, Stay]:
        """The patient's stays by team, ended ones too."""
        return self._stays.get(patient, {})

    def targets(self, patient: str) -> tuple[str, ...]:
        """The teams whose feeds get what is written on the patient: the caseload's, else the keeper."""
        active = tuple(sorted(team for team, stay in self.stays(patient).items() if stay.active))
        return active or ((self.keepers[patient],) if patient in self.keepers else ())

    def append(self, revision: Revision, text: str) -> dict[str, int]:
        """Put the revision, as `text`, into every feed it belongs to. Returns the position in each."""
        positions: dict[str, int] = {}
        for team in self.targets(revision.patient):
            spell = self._stays[revision.patient][team].spell
            positions[team] = self._put(team, "revision", revision.patient, spell, text, revision)
        return positions

    def join(self, patient: str, team: str) -> None:
        """Put a patient on a caseload, with everything there is; nothing when they are on it already."""
        before = self.stays(patient).get(team)
        if before is not None and before.active:
            return
        if team not in self._next:
            self._next |= _lock_teams(self._connection, [team])
        spell = before.spell + 1 if before else 1
        if not self.knows(patient) and not insert_new(
            self._connection, patients, [{"patient": patient, "keeper": team}]
        ):
            raise RacedError
        keeper = self.keepers.get(patient)
        position = self._put(team, "joined", patient, spell, _membership("joined", team, patient))
        if keeper is not None:
            self._copy(patient, keeper, team, spell)
        first = before.first_position if before else position
        self._stay(patient, team, Stay(True, spell, first))
        self._keep(patient)
        self._note("joined", patient, team)

    def leave(self, patient: str, team: str) -> None:
        """Take a patient off a caseload; nothing when they are not on it."""
        before = self.stays(patient).get(team)
        if before is None or not before.active:
            return
        self._put(team, "left", patient, before.spell, _membership("left", team, patient))
        self._stay(patient, team, before._replace(active=False))
        self._keep(patient)
        self._note("left", patient, team)

    def flush(self) -> None:
        """Write what was put since the last time, and the counters."""
        if self._rows:
            self._connection.execute(feed.insert(), self._rows)
            self._rows = []
        for team in sorted(self._moved):
            self._connection.execute(update(teams).where(teams.c.team == team).values(next_position=self._next[team]))
        announce_moves(self._connection, {team: self._next[team] - 1 for team in self._moved})
        self._moved.clear()

    def _put(self, team: str, item: str, patient: str, spell: int, text: str, revision: Revision | None = None) -> int:
        position = self._next[team]
        self._next[team] = position + 1
        self._moved.add(team)
        self._rows.append(
            {
                "team": team,
                "position": position,
                "item": item,
                "patient": patient,
                "spell": spell,
                "record": revision.record if revision else None,
                "revision": revision.id if revision else None,
                "size": len(text.encode()),
                "data": text,
            }
        )
        return position

    def _copy(self, patient: str, keeper: str, team: str, spell: int) -> None:
        self.flush()
        source = self._stays[patient][keeper].spell
        start = literal(self._next[team] - 1)
        columns = ("item", "patient", "record", "revision", "size", "data")
        rows = select(
            literal(team),
            start + func.row_number().over(order_by=feed.c.position),
            literal(spell),
            *(feed.c[name] for name in columns),
        ).where(feed.c.team == keeper, feed.c.patient == patient, feed.c.spell == source, feed.c.item == "revision")
        statement = insert(feed).from_select(["team", "position", "spell", *columns], rows)
        copied = self._connection.execute(statement, execution_options={"preserve_rowcount": True})
        self._next[team] += copied.rowcount
        self._moved.add(team)
        if keeper != team:
            for table in (records, visits, episodes):
                self._copy_state(table, patient, keeper, team)

    def _copy_state(self, table: Table, patient: str, keeper: str, team: str) -> None:
        self._connection.execute(delete(table).where(table.c.team == team, table.c.patient == patient))
        columns = [column for column in table.columns if column.name != "team"]
        rows = select(literal(team), *columns).where(table.c.team == keeper, table.c.patient == patient)
        names = ["team", *(column.name for column in columns)]
        self._connection.execute(insert(table).from_select(names, rows))

    def _stay(self, patient: str, team: str, stay: Stay) -> None:
        self._stays.setdefault(patient, {})[team] = stay
        upsert(self._connection, caseload, [{"team": team, "patient": patient, **stay._asdict(), "since": self._at}])

    def _keep(self, patient: str) -> None:
        stays = self._stays[patient]
        active = sorted(team for team, stay in stays.items() if stay.active)
        keeper = self.keepers.get(patient)
        if active and keeper not in active:
            self.keepers[patient] = active[0]
            changed = update(patients).where(patients.c.patient == patient).values(keeper=active[0])
            self._connection.execute(changed)

    def _note(self, action: str, patient: str, team: str) -> None:
        self.events.append(Event(team, self._actor, action, {"patient": patient}))


def _membership(what: str, team: str, patient: str) -> str:
    return canonical_json({what: {"patient": patient, "team": team}}).decode()


def _lock_patients(connection: Connection, wanted: Iterable[str]) -> dict[str, str]:
    found: dict[str, str] = {}
    for some in chunks(sorted(set(wanted))):
        query = select(patients).where(patients.c.patient.in_(some)).order_by(patients.c.patient).with_for_update()
        found.update({row.patient: row.keeper for row in connection.execute(query)})
    return found


def _stays(connection: Connection, wanted: Iterable[str]) -> dict[str, dict[str, Stay]]:
    found: dict[str, dict[str, Stay]] = defaultdict(dict)
    for some in chunks(sorted(wanted)):
        for row in connection.execute(select(caseload).where(caseload.c.patient.in_(some))):
            found[row.patient][row.team] = Stay(row.active, row.spell, row.first_position)
    return found


def _lock_teams(connection: Connection, wanted: Iterable[str]) -> dict[str, int]:
    found: dict[str, int] = {}
    for some in chunks(sorted(wanted)):
        query = select(teams.c.team, teams.c.next_position).where(teams.c.team.in_(some))
        rows = connection.execute(query.order_by(teams.c.team).with_for_update(key_share=True))
        found.update({row.team: row.next_position for row in rows})
    return found
