"""The made-up service: plausible, whole, written once, and today's again tomorrow."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from fieldapp.domain.canonical import Json
from fieldapp.domain.clock import LONDON, FixedClock
from fieldapp.domain.merge import resolve
from fieldapp.domain.news2 import news2
from fieldapp.domain.nhs_number import is_valid_nhs_number
from fieldapp.domain.records import read_body
from fieldapp.domain.revision import Revision, parse_revision, parse_time
from server.db import schema
from server.db.engine import Database
from server.db.tables import caseload, feed, receipts, visits
from server.demo import day, seeding
from server.demo.seeding import Seeded, seed, told
from server.demo.staff import TABLETS, TEAMS
from server.demo.story import Story, When

NOW = datetime(2026, 11, 24, 14, 2, tzinfo=UTC)
IDS = {key: key for key in TEAMS}
PARAMETERS = "respiration_rate spo2 spo2_scale on_oxygen systolic_bp pulse consciousness temperature".split()


class World:
    def __init__(self, folder: Path, now: datetime = NOW) -> None:
        self.clock = FixedClock(now)
        self.database = Database(f"sqlite:///{folder / 'server.db'}")
        self.service = schema.prepare(self.database, self.clock)

    def seed(self) -> Seeded:
        return seed(self.database, self.clock, self.service)

    def count(self) -> int:
        with self.database.reading() as connection:
            return len(connection.scalars(select(receipts.c.revision)).all())

    def visits(self) -> list[Any]:
        with self.database.reading() as connection:
            return list(connection.execute(select(visits).order_by(visits.c.window_start)))

    def revisions(self, patient: str) -> list[Revision]:
        with self.database.reading() as connection:
            query = select(feed.c.data).where(feed.c.patient == patient, feed.c.item == "revision")
            found = {r.id: r for data in connection.scalars(query) if (r := parse_revision(json.loads(data)))}
        return list(found.values())


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    made = World(tmp_path)
    yield made
    made.database.close()


def score(body: Json) -> int | None:
    return news2(**{name: body[name] for name in PARAMETERS}).total


def totals(story: Story) -> list[int | None]:
    sets = sorted((e for e in story.entries if e.kind == "observations"), key=lambda entry: -entry.ago)
    return [score(entry.body) for entry in sets]


def test_sixty_people_with_test_numbers_of_their_own():
    people = [story.details for story in told(When(NOW), IDS).values()]
    assert len(people) == 60
    numbers = [person["nhs_number"] for person in people]
    assert len(set(numbers)) == 60
    assert all(number.startswith("999") and is_valid_nhs_number(number) for number in numbers)
    assert {person.get("allergies", {}).get("state") for person in people} == {
        "known",
        "none_known",
        "not_recorded",
        None,
    }
    assert any("died" in person for person in people)
    longest = max(f"{p['name']['family']} {p['name']['given']}" for p in people if p["name"]["title"] == "Dr")
    assert sum(letter.isalpha() for letter in longest) >= 60
    phones = [person["phone"] for person in people]
    assert all(phone.startswith(("0113 496 0", "07700 900")) for phone in phones)
    assert all(set(person["address"]["postcode"][-2:]) & set("CIKMOV") for person in people)


@pytest.mark.parametrize(
    "now", [NOW, datetime(2027, 2, 28, 23, 58, tzinfo=UTC), datetime(2028, 2, 29, 0, 1, tzinfo=UTC)]
)
def test_every_body_fits_its_kind_and_nothing_lies_ahead_of_now(now: datetime):
    for story in told(When(now), IDS).values():
        read_body("patient", story.details)
        for entry in story.entries:
            read_body(entry.kind, entry.body)
            assert entry.ago > timedelta(0)
            if entry.kind == "observations":
                assert parse_time(entry.body["taken_at"]) < now


def test_the_numbers_tell_the_story():
    stories = told(When(NOW), IDS)
    assert totals(stories["dorothy"]) == [4, 5, 8, 7, 6, 5, 6, 5]
    assert totals(stories["suresh"])[-1] == 3
    assert totals(stories["abdul"])[-1] == 1
    crowd = [totals(story) for key, story in stories.items() if key.startswith("crowd") and totals(story)]
    assert len(crowd) > 25
    better = sum((course[0] or 0) >= (course[-1] or 0) for course in crowd)
    assert better / len(crowd) > 0.9
    ratings = [e.body["ratings"] for e in stories["patrick"].entries if e.kind == "therapy_session"]
    assert [rating["score"] for rating in ratings[0]] == [-1, -2, -2]
    assert all(last["score"] > first["score"] for first, last in zip(ratings[0], ratings[-1], strict=True))


def test_seeding_again_writes_nothing(world: World):
    first = world.seed()
    count = world.count()
    world.clock.advance(3600)
    assert world.seed().stories == first.stories
    assert world.count() == count
    with world.database.reading() as connection:
        teams = connection.execute(select(caseload.c.team, caseload.c.patient).where(caseload.c.active)).all()
    assert len({patient for _, patient in teams}) == 60
    assert {team for team, _ in teams} == set(first.teams.values())


def test_a_start_cut_short_is_taken_up_with_the_same_records(world: World, monkeypatch: pytest.MonkeyPatch):
    whole = World(world.database.path.parent / "whole" if world.database.path else Path())
    whole.seed()
    real = seeding.add_revisions
    calls: list[str] = []

    def cut(*args: Any, **kwargs: Any) -> Any:
        if len(calls) == 2:
            raise OSError("cut short")
        calls.append(kwargs["team"])
        return real(*args, **kwargs)

    monkeypatch.setattr(seeding, "add_revisions", cut)
    with pytest.raises(OSError, match="cut short"):
        world.seed()
    assert 0 < world.count() < whole.count()
    monkeypatch.setattr(seeding, "add_revisions", real)
    world.clock.advance(120)
    world.seed()
    assert world.count() == whole.count()
    whole.database.close()


@pytest.mark.parametrize(
    "now",
    [
        NOW,
        datetime(2026, 11, 24, 0, 4, tzinfo=UTC),
        datetime(2026, 11, 24, 23, 51, tzinfo=UTC),
        datetime(2026, 10, 25, 0, 30, tzinfo=UTC),
        datetime(2026, 3, 28, 23, 40, tzinfo=UTC),
        datetime(2026, 6, 30, 23, 30, tzinfo=UTC),
    ],
)
def test_every_visit_is_today_in_london_at_any_hour(tmp_path: Path, now: datetime):
    world = World(tmp_path, now)
    seeded = world.seed()
    rows = world.visits()
    assert len({row.visit for row in rows}) == len(day.RUN)
    today = now.astimezone(LONDON).date()
    for row in rows:
        begins = datetime.fromtimestamp(row.window_start / 1000, LONDON)
        assert begins.date() == datetime.fromtimestamp(row.window_end / 1000, LONDON).date() == today
    assert seeded.visit(day.FIRST_PAGE) in {row.visit for row in rows}
    world.database.close()


def test_a_day_later_there_are_new_visits_a_new_clock_and_new_measurements(world: World):
    seeded = world.seed()
    dorothy, grace = (seeded.stories[key].patient for key in ("dorothy", "grace"))
    before = len([r for r in world.revisions(dorothy) if r.kind == "observations"])
    world.clock.advance(24 * 3600)
    world.seed()
    assert len({row.visit for row in world.visits()}) == 2 * len(day.RUN)
    sets = [r for r in world.revisions(dorothy) if r.kind == "observations"]
    assert len(sets) == before + 2
    newest = max(sets, key=lambda r: r.body["taken_at"])
    assert world.clock.now() - parse_time(newest.body["taken_at"]) == timedelta(hours=0.4)
    assert score(newest.body) == 5
    episodes = [r for r in world.revisions(grace) if r.kind == "episode"]
    last = {record: [r for r in episodes if r.record == record][-1].body for record in {r.record for r in episodes}}
    assert sorted(body["status"] for body in last.values()) == ["ended", "referred"]


def test_two_colleagues_disagree_about_a_diuretic(world: World):
    suresh = world.seed().stories["suresh"].patient
    plans = {r.id: r for r in world.revisions(suresh) if r.kind == "plan"}
    state = resolve("plan", plans)
    assert [dispute.path for dispute in state.disputes] == ["medicines"]
    assert {plans[side.revision].author.name for side in state.disputes[0].sides} == {"Dr S. Mensah", "Priya Raman"}


def test_the_two_tablets_share_a_patient(world: World):
    seeded = world.seed()
    with world.database.reading() as connection:
        teams = set(
            connection.scalars(select(caseload.c.team).where(caseload.c.patient == seeded.stories["dorothy"].patient))
        )
    assert teams == {seeded.teams["ward"]}
    assert {tablet.member for tablet in TABLETS} == {"amira", "tom"}
    ours = {call.by for call in day.RUN if call.story == "dorothy"}
    assert ours == {"amira", "tom"}
