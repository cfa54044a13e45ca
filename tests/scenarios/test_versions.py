"""The shared list of sync scenarios, by their numbers: versions that arise apart and meet."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from pathlib import Path

import pytest

from fieldapp.domain.canonical import Json
from fieldapp.domain.state import RecordState
from tests.scenarios.ward import Ward, all_of, everything, opened, quiet
from tests.simulation.world import Tablet

MONITORING: Json = {"every_minutes": 60}


def test_s01_three_replicas_create_the_same_record_apart(tmp_path: Path) -> None:
    seen: list[tuple[RecordState, dict[str, bytes]]] = []
    for turn, order in enumerate(itertools.permutations(range(3))):
        directory = tmp_path / str(turn)
        directory.mkdir()
        with opened(directory) as ward:
            tablets = [ward.tablet(n) for n in range(3)]
            record = ward.new_record()
            made = {ward.write(tablet, record, f"Version {n}") for n, tablet in enumerate(tablets)}
            quiet(*(tablets[n] for n in order))
            for tablet in tablets:
                state = tablet.session.record(record)
                assert set(state.heads) == made, "all three versions are kept"
                assert [each.id for each in tablet.session.conflicts()] == [record]
                seen.append((state, {key: each.to_json() for key, each in all_of(tablet, record).items()}))
    assert len({repr(each) for each in seen}) == 1, "whatever the order of arrival, every replica shows the same"


def test_s02_a_long_and_a_short_branch_without_a_common_root_make_one_record(
    ward: Ward, anna: Tablet, ben: Tablet
) -> None:
    record = ward.new_record()
    branches = [_branch(ward, anna, record, 10), _branch(ward, ben, record, 2)]
    quiet(anna, ben)
    for tablet in (anna, ben):
        assert [state.id for state in tablet.store.records(ward.patient, {"plan"})].count(record) == 1
        assert tablet.session.record(record).heads == tuple(sorted(branch[-1] for branch in branches))
        assert all_of(tablet, record).keys() == {each for branch in branches for each in branch}
        short = tablet.store.revision(branches[1][0])
        assert short is not None
        assert short.body["summary"] == "Step 0"


def test_s04_an_erroneous_and_a_live_branch_meet_in_any_order(tmp_path: Path) -> None:
    seen: set[str] = set()
    for turn, order in enumerate([(0, 1, 2), (1, 0, 2), (2, 1, 0), (1, 2, 0)]):
        directory = tmp_path / str(turn)
        directory.mkdir()
        with opened(directory) as ward:
            tablets = [ward.tablet(n) for n in range(3)]
            anna, ben, cara = tablets
            root = ward.plan(anna).heads[0]
            for summary in ("Once", "Twice"):
                ward.change(anna, summary=summary)
            ward.change(anna, entered_in_error=True)
            live = ward.change(ben, [root], monitoring=MONITORING)
            quiet(*(tablets[n] for n in order))
            state = ward.plan(cara)
            assert live in all_of(cara, state.id)
            assert all(ward.plan(tablet) == state for tablet in tablets)
            seen.add(repr((state.body, state.disputed, state.in_conflict)))
    assert len(seen) == 1


def test_s05_a_write_on_a_stale_version_stands_beside_the_newer_one(ward: Ward, anna: Tablet, ben: Tablet) -> None:
    stale = list(ward.plan(anna).heads)
    newer = [ward.change(anna, summary="Newer"), ward.change(anna, summary="Newest")]
    anna.sync.run()
    ben.sync.run()
    late = ward.change(ben, stale, summary="On the old version")
    assert ben.sync.run().conflicts == 1
    quiet(anna)
    for tablet in (anna, ben):
        state = ward.plan(tablet)
        assert set(state.heads) == {newer[-1], late}
        assert state.in_conflict
        assert {*newer, late, *stale} == all_of(tablet, state.id).keys()


def test_s06_the_second_of_two_writers_on_one_base_is_told_of_the_conflict(
    ward: Ward, anna: Tablet, ben: Tablet
) -> None:
    made = [ward.change(anna, summary="From Anna"), ward.change(ben, summary="From Ben")]
    assert anna.sync.run().accepted == 1
    assert ben.sync.run().conflicts == 1
    quiet(anna, ben)
    held = ward.held().of_record[ward.plan(anna).id]
    assert set(made) <= held.keys()
    for tablet in (anna, ben):
        assert ward.plan(tablet).disputed == ("summary",)
        assert {all_of(tablet, ward.plan(tablet).id)[each].body["summary"] for each in made} == {
            "From Anna",
            "From Ben",
        }


def test_s07_two_devices_that_created_one_record_end_with_the_same_bytes(ward: Ward, anna: Tablet, ben: Tablet) -> None:
    record = ward.new_record()
    ward.write(anna, record, "From Anna")
    ward.write(ben, record, "From Ben")
    for _ in range(2):
        anna.sync.run()
        ben.sync.run()
    assert everything(anna, ward.patient) == everything(ben, ward.patient)
    for tablet in (anna, ben):
        assert [state.id for state in tablet.session.conflicts()] == [record]


def test_s08_a_new_device_receives_every_version_of_a_conflict(
    ward: Ward, anna: Tablet, ben: Tablet, cara: Tablet
) -> None:
    made = {ward.change(tablet, summary=f"From {tablet.name}") for tablet in (anna, ben, cara)}
    quiet(anna, ben, cara)
    new = ward.tablet(3, synced=False)
    new.sync.run()
    state = ward.plan(new)
    assert set(state.heads) == made
    assert {each.id for each in new.session.conflicts()} == {state.id}
    assert everything(new, ward.patient) == everything(anna, ward.patient)


def test_s14_three_edits_with_a_sync_after_each_are_three_versions(ward: Ward, anna: Tablet, ben: Tablet) -> None:
    made: list[str] = []
    for summary in ("One", "Two", "Three"):
        made.append(ward.change(anna, summary=summary))
        anna.sync.run()
        ben.sync.run()
    assert ward.plan(anna) == ward.plan(ben)
    assert ward.plan(ben).body["summary"] == "Three"
    assert [each for each in all_of(ben, ward.plan(ben).id) if each in made] == made


@pytest.mark.parametrize(
    "said",
    [
        "😷 👩🏽‍⚕️",
        "\u05e9\u05dc\u05d5\u05dd \u202eabc",
        "e\u0301 is not \u00e9",
        "../a/b\\c?#%00",
        "_leading",
        "\u0000\u2028\n",
    ],
    ids=["emoji", "right to left", "combining", "slashes", "underscore", "controls"],
)
def test_s20_awkward_text_arrives_byte_by_byte(ward: Ward, anna: Tablet, ben: Tablet, said: str) -> None:
    record, revision = ward.note(anna, said, **{f"x-{said}": [said, 37.0, 1e-7]})
    quiet(anna, ben)
    mine, theirs = all_of(anna, record)[revision], all_of(ben, record)[revision]
    assert mine.to_json() == theirs.to_json()
    assert ward.held().texts[revision].encode() == mine.to_json()


def test_s21_changes_to_different_fields_are_both_kept_and_so_is_who_said_what(
    ward: Ward, anna: Tablet, ben: Tablet
) -> None:
    mine, theirs = ward.change(anna, summary="Home on Friday"), ward.change(ben, monitoring=MONITORING)
    quiet(anna, ben)
    for tablet in (anna, ben):
        state = ward.plan(tablet)
        assert (state.body["summary"], state.body["monitoring"]) == ("Home on Friday", MONITORING)
        assert not state.in_conflict
        history = all_of(tablet, state.id)
        assert history[state.heads[0]].parents == tuple(sorted([mine, theirs]))
        assert history[mine].author.id == anna.identity.person.id
        assert history[theirs].author.id == ben.identity.person.id


def test_s27_a_record_unknown_here_is_created_from_the_servers_copy(ward: Ward, anna: Tablet) -> None:
    made = ward.world.hospital.imported(ward.patient, "note", {"text": "From the hospital"})
    assert ward.world.hospital.office(ward.team, made) == ["accepted"]
    assert anna.store.record(made.record) is None
    anna.sync.run()
    assert anna.session.record(made.record).body == {"text": "From the hospital"}


def test_s37_a_report_changed_on_the_device_and_on_the_server_keeps_both_versions(ward: Ward, anna: Tablet) -> None:
    state = ward.plan(anna)
    mine = ward.change(anna, summary="From the tablet")
    body: Json = {**state.body, "summary": "From the hospital"}
    theirs = ward.world.hospital.imported(ward.patient, "plan", body, record=state.id, parents=state.heads)
    assert ward.world.hospital.office(ward.team, theirs) == ["accepted"]
    quiet(anna)
    said = {key: each.body["summary"] for key, each in all_of(anna, state.id).items()}
    assert (said[mine], said[theirs.id]) == ("From the tablet", "From the hospital")
    assert {mine, theirs.id} <= ward.held().of_record[state.id].keys()


def test_s45_a_remote_version_arrives_while_a_local_change_waits(ward: Ward, anna: Tablet, ben: Tablet) -> None:
    theirs = ward.change(ben, summary="From Ben")
    ben.sync.run()
    mine = ward.change(anna, monitoring=MONITORING)
    anna.store.apply(
        [found for found in ward.held().revisions.values() if found.id == theirs],
        cursor=anna.store.cursor() or "",
        epoch=anna.store.epoch() or "",
    )
    assert [each.id for each in anna.store.outbox(1 << 20)] == [mine], "the local change still waits"
    assert theirs in all_of(anna, ward.plan(anna).id)
    quiet(anna, ben)
    for tablet in (anna, ben):
        body = ward.plan(tablet).body
        assert (body["summary"], body["monitoring"]) == ("From Ben", MONITORING)


def _branch(ward: Ward, tablet: Tablet, record: str, length: int) -> Sequence[str]:
    made: list[str] = []
    for n in range(length):
        made.append(ward.write(tablet, record, f"Step {n}", *made[-1:]))
    return made
