"""Many writers and readers at once."""

from __future__ import annotations

import threading
from collections.abc import Callable

from sqlalchemy import select

from server.db.tables import feed, teams
from server.sync.pull import pull
from server.sync.push import push
from tests.server.world import Tablet, World, ids_in


def together(*work: Callable[[], object]) -> None:
    """Run all at once; any failure fails the test."""
    failures: list[object] = []

    def guarded(one: Callable[[], object]) -> None:
        failed = True
        try:
            one()
            failed = False
        finally:
            if failed:
                failures.append(one)

    threads = [threading.Thread(target=guarded, args=(one,)) for one in work]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []


def store(world: World, tablet: Tablet, *items: object) -> list[str]:
    wires = [item.to_wire() for item in items]  # type: ignore[attr-defined]
    return [o.status for o in push(world.database, world.clock, world.service, tablet.caller(), wires).outcomes]


def test_a_reader_never_passes_a_write_in_flight(world: World) -> None:
    both = world.team("Home ward"), world.team("Urgent response")
    tablets = [world.tablet(f"Nurse {n}", *both) for n in range(4)]
    patient = tablets[0].new_patient()
    for team in both:
        world.join(patient, team)
    written: set[str] = set()
    seen: set[str] = set()
    done = threading.Event()

    def write(tablet: Tablet) -> None:
        for _ in range(12):
            notes = [tablet.write(patient, "note", {"text": "A note"}) for _ in range(2)]
            assert store(world, tablet, *notes) == ["accepted"] * 2
            written.update(note.id for note in notes)

    def read(tablet: Tablet) -> None:
        last = False
        while not last:
            last = done.is_set()
            seen.update(ids_in(tablet.pull()))

    reader = threading.Thread(target=read, args=(world.tablet("Reader", *both),))
    reader.start()
    together(*[lambda t=tablet: write(t) for tablet in tablets])
    done.set()
    reader.join()
    assert len(written) == 96
    assert written <= seen


def test_positions_have_no_gaps_and_follow_the_counter(world: World) -> None:
    home, urgent = world.team("Home ward"), world.team("Urgent response")
    first, second = world.tablet("Ann Lee", home), world.tablet("Sam Poole", urgent)
    mine, yours, shared = first.new_patient(), second.new_patient(), first.new_patient()

    def write(tablet: Tablet, *patients: str) -> None:
        for patient in patients * 8:
            store(world, tablet, tablet.write(patient, "note", {"text": "A note"}))

    def move() -> None:
        for _ in range(6):
            world.join(shared, urgent)
            world.leave(shared, urgent)

    together(lambda: write(first, mine, shared), lambda: write(second, yours), lambda: write(first, shared), move)
    with world.database.reading() as connection:
        ends = {row.team: row.next_position for row in connection.execute(select(teams))}
        rows = connection.execute(select(feed.c.team, feed.c.position).order_by(feed.c.position)).all()
    for team in (home, urgent):
        assert [row.position for row in rows if row.team == team] == list(range(1, ends[team]))


def test_a_patient_who_joins_while_others_write_arrives_whole(world: World) -> None:
    home, urgent = world.team("Home ward"), world.team("Urgent response")
    writers = [world.tablet(f"Nurse {n}", home) for n in range(3)]
    patient = writers[0].new_patient()
    reader = world.tablet("Sam Poole", urgent)

    def write(tablet: Tablet) -> None:
        for _ in range(10):
            store(world, tablet, tablet.write(patient, "note", {"text": "A note"}))

    together(*[lambda t=tablet: write(t) for tablet in writers], lambda: world.join(patient, urgent))
    assert len(ids_in(reader.pull())) == len(set(ids_in(reader.pull()) + ids_in(writers[0].pull()))) == 31


def test_one_push_from_many_connections_at_once_has_one_effect(world: World, nurse: Tablet) -> None:
    patient = nurse.new_patient()
    notes = [nurse.write(patient, "note", {"text": f"Note {n}"}) for n in range(5)]
    answers: list[list[str]] = []
    together(*[lambda: answers.append(store(world, nurse, *notes)) for _ in range(5)])
    assert answers == [["accepted"] * 5] * 5
    assert len(ids_in(nurse.pull())) == 6


def test_two_tablets_register_one_patient_at_once(world: World) -> None:
    one = world.tablet("Ann Lee", world.team("Home ward"))
    two = world.tablet("Sam Poole", world.team("Urgent response"))
    first = one.write("01a20000-0000-7000-8000-000000000001", "patient", {"name": {"family": "Once"}})
    second = two.write(first.patient, "patient", {"name": {"family": "Twice"}})
    answers: list[str] = []
    together(lambda: answers.extend(store(world, one, first)), lambda: answers.extend(store(world, two, second)))
    assert sorted(answers) == ["accepted", "refused"]


def test_opposite_changes_of_one_plan_are_all_kept(world: World, nurse: Tablet, therapist: Tablet) -> None:
    patient = nurse.new_patient()
    plan = nurse.write(patient, "plan", {"summary": "Base"})
    nurse.push(plan)

    def change(tablet: Tablet) -> None:
        for n in range(5):
            store(world, tablet, tablet.write(patient, "plan", {"summary": f"{tablet.device} {n}"}, parents=[plan]))

    together(lambda: change(nurse), lambda: change(therapist))
    with world.database.reading() as connection:
        page = pull(connection, world.clock, world.service, nurse.caller(), None)
    assert page is not None
    assert page.count(b'"kind":"plan"') == 11
