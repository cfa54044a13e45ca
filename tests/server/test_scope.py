"""Who sees what, against the simplest possible account of it: random organisations, every tablet's exact set of ids."""

from __future__ import annotations

import random
from dataclasses import dataclass, field

import pytest
from sqlalchemy import select

from fieldapp.domain.ids import new_id
from fieldapp.domain.revision import Revision
from server.db.tables import caseload, episodes
from server.identity import people
from tests.server.world import Tablet, World, ids_in


@dataclass
class Oracle:
    """The truth, as sets."""

    members: dict[str, set[str]] = field(default_factory=dict[str, set[str]])
    caseload: dict[str, set[str]] = field(default_factory=dict[str, set[str]])
    written: dict[str, set[str]] = field(default_factory=dict[str, set[str]])
    past: dict[str, set[str]] = field(default_factory=dict[str, set[str]])

    def may_read(self, person: str) -> set[str]:
        patients = {p for team, people in self.members.items() if person in people for p in self.caseload[team]}
        return {revision for patient in patients for revision in self.written[patient]}

    def may_write(self, person: str, patient: str) -> bool:
        return any(person in people and patient in self.past[team] for team, people in self.members.items())


@pytest.mark.parametrize("seed", range(4))
def test_every_tablet_gets_exactly_what_its_person_may_see(world: World, seed: int) -> None:
    chance = random.Random(seed)
    teams = [world.team(f"Team {n}") for n in range(3)]
    tablets = [world.tablet(f"Person {n}", *chance.sample(teams, chance.randint(1, 2))) for n in range(4)]
    oracle = Oracle({t: set() for t in teams}, {t: set() for t in teams}, {}, {t: set() for t in teams})
    for tablet in tablets:
        for team in tablet.caller().team_ids:
            oracle.members[team].add(tablet.person["id"])
    for _ in range(45):
        _step(world, chance, oracle, teams, tablets)
    for tablet in tablets:
        assert set(ids_in(_from_the_start(tablet))) == oracle.may_read(tablet.person["id"])


def _step(world: World, chance: random.Random, oracle: Oracle, teams: list[str], tablets: list[Tablet]) -> None:
    tablet, team = chance.choice(tablets), chance.choice(teams)
    person = tablet.person["id"]
    patients = sorted(oracle.written)
    action = chance.choice(["new", "write", "write", "write", "join", "leave", "member", "pull"])
    if action == "new" or not patients:
        mine = sorted(t for t, members in oracle.members.items() if person in members)
        if not mine:
            return
        patient = new_id(world.clock)
        first = tablet.write(patient, "patient", {"name": {"family": "Thistlewood"}})
        assert tablet.push(first)[0]["status"] == "accepted"
        oracle.written[patient] = {first.id}
        oracle.caseload[mine[0]].add(patient)
        oracle.past[mine[0]].add(patient)
        return
    patient = chance.choice(patients)
    if action == "write":
        note = tablet.write(patient, "note", {"text": "A note"})
        allowed = oracle.may_write(person, patient)
        assert tablet.push(note)[0].get("code") == (None if allowed else "not_your_patient")
        if allowed:
            oracle.written[patient].add(note.id)
    elif action == "join":
        world.join(patient, team)
        oracle.caseload[team].add(patient)
        oracle.past[team].add(patient)
    elif action == "leave":
        world.leave(patient, team)
        oracle.caseload[team].discard(patient)
    elif action == "member":
        if person in oracle.members[team]:
            world.database.write(lambda c: people.remove_from_team(c, world.clock, person, team))
            oracle.members[team].discard(person)
        else:
            world.person(tablet.person["name"], team)
            oracle.members[team].add(person)
    else:
        tablet.pull(chance.choice([1, 900, None]))


def _from_the_start(tablet: Tablet) -> list[dict[str, object]]:
    tablet.cursor = None
    return tablet.pull()


@pytest.mark.parametrize("kind", ["patient", "note", "episode", "wound_map"])
def test_a_foreign_patient_cannot_be_written_and_is_not_told_from_an_unknown_one(
    world: World, nurse: Tablet, stranger: Tablet, kind: str
) -> None:
    bodies = {
        "patient": {"name": {"family": "Other"}},
        "note": {"text": "x"},
        "episode": {"pathway": "ucr", "team": world.team("Urgent response")},
        "wound_map": {},
    }
    patient = nurse.new_patient()
    (foreign,) = stranger.push(stranger.write(patient, kind, bodies[kind]))
    assert foreign["code"] == "not_your_patient"
    if kind != "patient":
        (unknown,) = stranger.push(stranger.write(new_id(world.clock), kind, bodies[kind]))
        assert {**unknown, "id": ""} == {**foreign, "id": ""}
    assert ids_in(stranger.pull()) == []


def test_while_two_teams_dispute_a_patient_the_one_before_has_them(world: World) -> None:
    first, second, third = (world.team(f"Team {n}") for n in range(3))
    patient = new_id(world.clock)

    def episode(team: str, *parents: Revision) -> Revision:
        return world.imported(patient, "episode", {"pathway": "ucr", "team": team}, parents=parents)

    root = episode(first)
    assert world.bring(first, root, episode(second, root)) == ["accepted"] * 2
    disputed = episode(third, root)
    assert world.bring(second, disputed) == ["conflict"]
    with world.database.reading() as connection:
        query = select(caseload.c.team).where(caseload.c.patient == patient, caseload.c.active)
        assert connection.scalars(query).all() == [first]
        owners = select(episodes.c.owner).where(episodes.c.team == first, episodes.c.episode == disputed.record)
        assert connection.scalars(owners).all() == [first]


def test_a_tablet_that_follows_along_ends_with_what_a_fresh_one_gets(world: World, nurse: Tablet) -> None:
    team = world.team("Home ward")
    chance = random.Random(7)
    held: dict[str, set[str]] = {}
    patients = [nurse.new_patient() for _ in range(3)]
    for _ in range(30):
        patient = chance.choice(patients)
        getattr(world, chance.choice(["join", "leave"]))(patient, team)
        nurse.push(nurse.write(patient, "note", {"text": "A note"}))
        if chance.random() < 0.5:
            _apply(held, nurse.pull(chance.choice([1, None])))
    _apply(held, nurse.pull())
    fresh: dict[str, set[str]] = {}
    _apply(fresh, _from_the_start(nurse))
    assert held == fresh


def _apply(held: dict[str, set[str]], items: list[dict[str, object]]) -> None:
    """What a tablet does: a patient who left is forgotten."""
    for item in items:
        match item:
            case {"joined": {"patient": str(patient)}}:
                held.setdefault(patient, set())
            case {"left": {"patient": str(patient)}}:
                held.pop(patient, None)
            case {"revision": {"patient": str(patient), "id": str(revision)}}:
                held[patient].add(revision)
            case _:
                raise AssertionError(item)
