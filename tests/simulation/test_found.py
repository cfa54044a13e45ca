"""Situations that schedules found, told one by one."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import text

from fieldapp.domain.canonical import Json
from tests.simulation.chance import Chance, seeded
from tests.simulation.world import Tablet, World


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    """Six tablets, after their first sync, and the server."""
    chance = Chance("found")
    with seeded(chance):
        made = World.make(chance, 6, tmp_path)
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
    return of_team(world, world.template.teams[0])[0]


def plan(tablet: Tablet, patient: str, **fields: object) -> str:
    """A changed plan: the revision."""
    (state,) = tablet.store.records(patient, {"plan"})
    body: Json = {**state.body, **fields}
    return tablet.session.put(patient, "plan", body, record=state.id).revision


def of_team(world: World, team: str) -> list[str]:
    """The patients on a team's caseload at the start."""
    return [p for p, each in world.template.episodes.items() if team in {owner for owner, _ in each.values()}]


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


def test_after_a_restore_what_the_server_has_is_asked_for_and_not_sent(
    world: World, anna: Tablet, ben: Tablet, patient: str
) -> None:
    plan(ben, patient, summary="Before the backup")
    quiet(ben, anna)
    world.hospital.backup(world.directory / "backup.db")
    world.hospital.restore(world.directory / "backup.db")
    world.road.heard.clear()
    assert anna.sync.run().pushed == 0
    assert {target.partition("?")[0] for target, _ in world.road.heard} == {"/v1/offer", "/v1/pull"}


def test_after_a_restore_nobody_forgets_what_only_they_hold_until_the_server_takes_it(
    world: World, anna: Tablet, patient: str
) -> None:
    """The patient moved to Ben's team and was written on there; the restored server knows of neither."""
    ben = world.tablets[1]
    ((episode, (team, head)),) = world.template.episodes[patient].items()
    world.hospital.backup(world.directory / "backup.db")
    _moved(world, episode, patient, team, head)
    quiet(ben)
    note = ben.session.put(patient, "note", {"text": "In the new team"}).revision
    quiet(ben, world.tablets[5])
    world.hospital.restore(world.directory / "backup.db")
    world.hospital.revoke(ben.identity.device)
    colleague = world.tablets[5]
    quiet(colleague)
    assert note not in world.hospital.receipts()
    assert colleague.store.revision(note) is not None, "not on the caseload, and nobody else has it"
    assert (colleague.store.outbox_size(), colleague.store.refusals()) == (0, [])
    _moved(world, episode, patient, team, head)
    quiet(colleague)
    assert note in world.hospital.receipts()


def _moved(world: World, episode: str, patient: str, team: str, head: str) -> None:
    """The office gives a patient to the second team."""
    body: Json = {"pathway": "virtual_ward", "team": world.template.teams[1], "status": "active"}
    made = world.hospital.imported(patient, "episode", body, record=episode, parents=(head,))
    assert world.hospital.office(team, made) == ["accepted"]


def test_a_server_put_back_without_a_word_is_noticed_by_the_place_and_its_leavers_are_forgotten(
    world: World, patient: str
) -> None:
    """Nobody gave it a new epoch: it does not know the tablet's cursor."""
    ben, hospital = world.tablets[1], world.hospital
    person, epoch = ben.identity.person.id, hospital.service.epoch
    mine = of_team(world, world.template.teams[1])[0]
    hospital.backup(world.directory / "backup.db")
    hospital.move(person, None, world.template.teams[0])
    lost = ben.session.put(mine, "note", {"text": "After the backup"}).revision
    quiet(ben)
    assert patient in ben.store.patients()
    unsent = ben.session.put(patient, "note", {"text": "Not sent yet"}).revision
    hospital.restore(world.directory / "backup.db")
    hospital.write(lambda c: c.execute(text("UPDATE meta SET value = :e WHERE name = 'epoch'"), {"e": epoch}))
    hospital.restart()
    quiet(ben)
    assert lost in hospital.receipts()
    assert [each.revision for each in ben.store.refusals()] == [unsent], "unsent work keeps its patient"
    assert set(ben.store.patients()) == {patient, *of_team(world, world.template.teams[1])}
