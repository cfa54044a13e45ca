"""What a pull brings, in which order, and how it continues."""

from __future__ import annotations

from collections.abc import Generator
from contextlib import contextmanager
from typing import Any

import pytest
from sqlalchemy import event

from fieldapp.sync.proof import b64
from server.identity import people
from server.sync import pull as pulling
from server.sync.cursor import Cursor, Reached
from tests.server.world import Tablet, World, ids_in, revisions_in


def notes(tablet: Tablet, patient: str, count: int, text: str = "A note") -> list[str]:
    made = [tablet.write(patient, "note", {"text": f"{text} {n}"}) for n in range(count)]
    tablet.push(*made)
    return [note.id for note in made]


def visit(team: str, start: str, end: str, clinician: str | None = None) -> dict[str, Any]:
    body: dict[str, Any] = {"team": team, "window_start": start, "window_end": end}
    return body | ({"clinician": {"id": clinician, "name": "Ann Lee", "role": "Nurse"}} if clinician else {})


@pytest.mark.parametrize("size", [1, 700, 2_000, None])
def test_pages_of_any_size_bring_everything_once_and_in_order(
    nurse: Tablet, therapist: Tablet, size: int | None
) -> None:
    patient = nurse.new_patient()
    made = notes(nurse, patient, 12, "ü" * 100)
    items = therapist.pull(size)
    assert ids_in(items)[1:] == made
    assert len(items) == 14
    assert therapist.pull(size) == []
    assert ids_in(therapist.pull(size)) == []
    more = notes(nurse, patient, 3)
    assert ids_in(therapist.pull(size)) == more


def test_a_page_ends_near_the_bytes_asked_for(nurse: Tablet) -> None:
    notes(nurse, nurse.new_patient(), 10, "x" * 1000)
    page = nurse.page(size=4000)
    assert page["more"]
    assert 3 <= len(page["items"]) <= 5
    assert len(nurse.page(page["cursor"], size=1)["items"]) == 1


@pytest.mark.parametrize("mine", [True, False])
def test_todays_patients_come_first(world: World, nurse: Tablet, therapist: Tablet, mine: bool) -> None:
    team = world.team("Home ward")
    quiet, tomorrow, today, colleague = (nurse.new_patient(f"Family{n}") for n in range(4))
    for patient in (quiet, today, tomorrow, colleague):
        notes(nurse, patient, 2)
    who = nurse.person["id"] if mine else None
    nurse.push(
        nurse.write(today, "visit", visit(team, "2026-11-23T23:30:00Z", "2026-11-23T23:50:00Z", who)),
        nurse.write(tomorrow, "visit", visit(team, "2026-11-24T00:10:00Z", "2026-11-24T02:00:00Z", who)),
    )
    if mine:
        other = visit(team, "2026-11-23T10:00:00Z", "2026-11-23T11:00:00Z", therapist.person["id"])
        nurse.push(nurse.write(colleague, "visit", other))
    first = nurse.page(size=1)
    items, page = list(first["items"]), first
    while page["today"]:
        assert page["more"]
        page = nurse.page(page["cursor"], size=1)
        items += page["items"] if page["today"] else []
    assert items[0] == {"joined": {"team": team, "patient": today}}
    assert {revision["patient"] for revision in revisions_in(items)} == {today}
    assert len(revisions_in(items)) == 4
    everything = 4 * len(["joined", "patient", "note", "note"]) + (3 if mine else 2)
    assert len(nurse.pull()) == everything + len(items)


def test_the_end_of_a_caseload_stay_is_told_and_nothing_more_is_shown(
    world: World, nurse: Tablet, therapist: Tablet
) -> None:
    team = world.team("Home ward")
    patient = nurse.new_patient()
    therapist.pull()
    world.leave(patient, team)
    late = nurse.write(patient, "note", {"text": "Written before the news"})
    assert nurse.push(late)[0]["status"] == "accepted"
    assert therapist.pull() == [{"left": {"team": team, "patient": patient}}]
    fresh = world.tablet("New colleague", team)
    assert revisions_in(fresh.pull()) == []
    world.join(patient, team)
    back = therapist.pull()
    assert back[0] == {"joined": {"team": team, "patient": patient}}
    assert ids_in(back)[-1] == late.id
    assert len(back) == 3
    assert ids_in(fresh.pull()) == ids_in(back)


def test_a_patient_who_joins_another_team_comes_with_everything(world: World, nurse: Tablet, stranger: Tablet) -> None:
    patient = nurse.new_patient()
    made = notes(nurse, patient, 3)
    stranger.pull()
    other = world.team("Urgent response")
    world.join(patient, other)
    items = stranger.pull()
    assert items[0] == {"joined": {"team": other, "patient": patient}}
    assert ids_in(items)[1:] == made
    both = nurse.write(patient, "note", {"text": "For both"})
    (outcome,) = nurse.push(both)
    assert set(outcome["positions"]) == {world.team("Home ward"), other}
    assert ids_in(stranger.pull()) == [both.id]


def test_caseloads_follow_the_episodes(world: World, nurse: Tablet, stranger: Tablet) -> None:
    patient = nurse.new_patient()
    other = world.team("Urgent response")
    referral = nurse.write(patient, "episode", {"pathway": "ucr", "team": other, "status": "referred"})
    nurse.push(referral)
    items = stranger.pull()
    assert items[0] == {"joined": {"team": other, "patient": patient}}
    assert ids_in(items)[-1] == referral.id
    ended = {"pathway": "ucr", "team": other, "status": "ended"}
    assert stranger.push(stranger.write(patient, "episode", ended, parents=[referral]))[0]["status"] == "accepted"
    assert stranger.pull() == [{"left": {"team": other, "patient": patient}}]
    assert revisions_in(nurse.pull())[-1]["body"] == ended


def test_leaving_a_team_takes_its_patients_off_the_tablet(world: World, nurse: Tablet) -> None:
    home, other = world.team("Home ward"), world.team("Reablement")
    patient = nurse.new_patient()
    world.person("Ann Lee", other)
    world.join(patient, other)
    nurse.pull()
    world.database.write(lambda c: people.remove_from_team(c, world.clock, nurse.person["id"], other))
    assert nurse.pull() == [{"left": {"team": other, "patient": patient}}]
    assert nurse.pull() == []
    notes(nurse, patient, 1)
    assert len(nurse.pull()) == 1
    world.person("Ann Lee", other)
    assert nurse.pull()[0] == {"joined": {"team": other, "patient": patient}}
    assert home != other


@pytest.mark.parametrize("cursor", ["", "0", "1", "-1", "AAAA", "AAAA.AAAA", "é", "null", "9" * 20_000])
def test_a_cursor_that_is_not_ours_is_refused(nurse: Tablet, cursor: str) -> None:
    response = nurse.send("GET", f"/v1/pull?cursor={cursor}&bytes=1".replace("é", "%C3%A9"))
    if cursor == "":
        assert response.status_code == 200
    else:
        assert (response.status_code, response.json().get("code")) in ((400, "bad_cursor"), (400, "malformed"))


def test_a_changed_a_future_and_a_foreign_cursor_are_refused(world: World, nurse: Tablet) -> None:
    nurse.new_patient()
    nurse.pull()
    cursor = nurse.cursor or ""
    team = world.team("Home ward")
    changed = cursor[:12] + ("A" if cursor[12] != "A" else "B") + cursor[13:]
    future = Cursor({team: Reached(10**6, 0)}, None).encode(world.service, nurse.device)
    backward = Cursor({team: Reached(-1, 0)}, None).encode(world.service, nurse.device)
    restored = world.service.__class__("another-epoch", world.service.key, world.service.secret)
    foreign = Cursor({team: Reached(0, 0)}, None).encode(restored, nurse.device)
    for bad in (changed, future, backward, foreign, cursor + "A", cursor.partition(".")[0], b64(b"{}") + "."):
        response = nurse.send("GET", f"/v1/pull?cursor={bad}")
        assert (response.status_code, response.json()["code"]) == (400, "bad_cursor")
    assert nurse.pull() == []


@contextmanager
def counted(world: World) -> Generator[list[str]]:
    """The statements that run meanwhile."""
    seen: list[str] = []

    def note(_c: object, _cursor: object, statement: str, *_: object) -> None:
        seen.append(statement)

    event.listen(world.database.engine, "before_cursor_execute", note)
    yield seen
    event.remove(world.database.engine, "before_cursor_execute", note)


def test_an_idle_pull_runs_one_query_and_a_hundred_changes_one_more(
    world: World, nurse: Tablet, therapist: Tablet
) -> None:
    patient = nurse.new_patient()
    notes(nurse, patient, 150)
    therapist.pull()
    with counted(world) as idle:
        assert therapist.pull() == []
    assert len([s for s in idle if not s.startswith("BEGIN")]) == 1
    notes(nurse, patient, 100)
    with counted(world) as busy:
        assert len(therapist.pull()) == 100
    assert len([s for s in busy if not s.startswith("BEGIN")]) == 2


def test_a_push_of_a_hundred_runs_as_many_queries_as_a_push_of_ten(world: World, nurse: Tablet) -> None:
    patient = nurse.new_patient()
    counts: list[int] = []
    for size in (10, 100):
        with counted(world) as seen:
            notes(nurse, patient, size)
        counts.append(len(seen))
    assert counts[0] == counts[1] < 30


def test_stored_text_is_served_without_reading_it(world: World, nurse: Tablet, monkeypatch: pytest.MonkeyPatch) -> None:
    notes(nurse, nurse.new_patient(), 2)
    caller = nurse.caller()
    monkeypatch.setattr("json.loads", None)
    with world.database.reading() as connection:
        page = pulling.pull(connection, world.clock, world.service, caller, None)
    monkeypatch.undo()
    assert page is not None
    assert page.count(b'{"revision":') == 3
