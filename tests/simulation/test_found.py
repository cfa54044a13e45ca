"""Situations that schedules found, told one by one."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from fieldapp.domain.canonical import Json
from tests.simulation.chance import Chance, seeded
from tests.simulation.world import Tablet, World


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    """Two tablets of one team, after their first sync, and the server."""
    chance = Chance("found")
    with seeded(chance):
        made = World.make(chance, 4, tmp_path)
        for tablet in made.tablets:
            tablet.sync.run()
        yield made
        made.close()


@pytest.fixture
def anna(world: World) -> Tablet:
    """In the first two teams."""
    return world.tablets[0]


@pytest.fixture
def ben(world: World) -> Tablet:
    """In the first two teams."""
    return world.tablets[3]


@pytest.fixture
def patient(world: World) -> str:
    """On the first team's caseload."""
    first = world.template.teams[0]
    return next(p for p, each in world.template.episodes.items() if first in {team for team, _ in each.values()})


def plan(tablet: Tablet, patient: str, **fields: object) -> str:
    """A changed plan: the revision."""
    (state,) = tablet.store.records(patient, {"plan"})
    body: Json = {**state.body, **fields}
    return tablet.session.put(patient, "plan", body, record=state.id).revision


def quiet(*tablets: Tablet) -> None:
    """Everybody syncs, three times."""
    for _ in range(3):
        for tablet in tablets:
            tablet.sync.run()


def test_work_sent_back_while_away_from_the_team_is_sent_once_back_in_it(
    world: World, anna: Tablet, patient: str
) -> None:
    first = world.template.teams[0]
    world.hospital.move(anna.identity.person.id, first, None)
    sent_back = [plan(anna, patient, summary="One"), plan(anna, patient, summary="Two")]
    anna.sync.run()
    assert {each.revision for each in anna.store.refusals()} == set(sent_back)
    world.hospital.move(anna.identity.person.id, None, first)
    quiet(anna)
    assert set(sent_back) <= set(world.hospital.receipts())
    assert anna.store.outbox_size() == 0


def test_a_chain_of_changes_that_was_sent_back_can_be_repaired_one_by_one(
    world: World, anna: Tablet, patient: str
) -> None:
    first = world.template.teams[0]
    world.hospital.move(anna.identity.person.id, first, None)
    sent_back = [plan(anna, patient, summary="One"), plan(anna, patient, summary="Two")]
    anna.sync.run()
    world.hospital.move(anna.identity.person.id, None, first)
    for revision in sent_back:
        body = anna.store.revision(revision)
        assert body is not None
        anna.session.repair(revision, body.body)
    quiet(anna)
    assert anna.store.outbox_size() == 0


def test_after_a_restore_a_change_waits_for_the_one_it_was_based_on(
    world: World, anna: Tablet, ben: Tablet, patient: str
) -> None:
    world.hospital.backup(world.directory / "backup.db")
    plan(ben, patient, summary="From Ben")
    quiet(ben, anna)
    on_top = plan(anna, patient, summary="From Anna, on top of Ben's")
    quiet(anna, ben)
    world.hospital.restore(world.directory / "backup.db")
    quiet(anna)
    quiet(ben, anna)
    assert on_top in world.hospital.receipts()
    assert anna.store.outbox_size() == 0


def test_after_a_restore_a_change_on_top_of_a_lost_merge_is_offered_with_it(
    world: World, anna: Tablet, ben: Tablet, patient: str
) -> None:
    world.hospital.backup(world.directory / "backup.db")
    plan(anna, patient, summary="From Anna")
    plan(ben, patient, monitoring={"every_minutes": 60})
    quiet(anna, ben)
    on_top = plan(anna, patient, summary="On top of the merge")
    quiet(anna, ben)
    world.hospital.restore(world.directory / "backup.db")
    quiet(anna, ben)
    assert on_top in world.hospital.receipts()


def test_after_a_restore_any_holder_offers_what_the_server_lost(
    world: World, anna: Tablet, ben: Tablet, patient: str
) -> None:
    world.hospital.backup(world.directory / "backup.db")
    note = ben.session.put(patient, "note", {"text": "Ben's tablet is lost after this."}).revision
    quiet(ben, anna)
    world.hospital.restore(world.directory / "backup.db")
    world.hospital.revoke(ben.identity.device)
    quiet(anna)
    assert note in world.hospital.receipts()


def test_after_a_restore_a_tablet_keeps_only_the_patients_of_its_teams(
    world: World, anna: Tablet, patient: str
) -> None:
    first = world.template.teams[0]
    ben = world.tablets[1]
    person = ben.identity.person.id
    assert patient not in ben.store.patients()
    world.hospital.backup(world.directory / "backup.db")
    world.hospital.move(person, None, first)
    quiet(ben)
    assert patient in ben.store.patients()
    world.hospital.restore(world.directory / "backup.db")
    quiet(ben)
    assert patient not in ben.store.patients()
