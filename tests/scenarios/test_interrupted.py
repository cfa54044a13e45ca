"""The shared list of sync scenarios, by their numbers: syncs that are cut, killed, paused, doubled or lied to."""

from __future__ import annotations

import threading
from collections.abc import Callable

import pytest
from sqlalchemy import text

from fieldapp.domain.canonical import Json
from fieldapp.sync import engine
from fieldapp.sync.auto import AutoSync
from fieldapp.sync.backoff import Backoff
from fieldapp.sync.errors import AlreadyRunningError, SyncError, UnreachableError
from fieldapp.sync.transport import HttpTransport
from tests.scenarios.ward import Ward, Watched, everything, quiet
from tests.simulation.chance import replaced
from tests.simulation.faults import Answers, Asked, Crash, Reply
from tests.simulation.schedule import Schedule
from tests.simulation.world import Tablet

SMALL_PAGES = (HttpTransport, "page_bytes", 1200)


@pytest.mark.parametrize("trouble", ["crash_before", "crash_after"], ids=["page not stored", "page stored"])
@pytest.mark.parametrize("restarted", [False, True], ids=["server lives", "server restarts"])
def test_s11_a_sync_killed_half_way_goes_on_where_it_was(
    ward: Ward, anna: Tablet, ben: Tablet, trouble: str, restarted: bool
) -> None:
    made: list[str] = []
    for write in range(1, 5):
        made += [ward.note(ben, f"From Ben {write} {n}")[1] for n in range(4)]
        ben.sync.run()
        made.append(ward.note(anna, f"From Anna {write}")[1])
        anna.disk.arm(trouble, write)
        with replaced(SMALL_PAGES), pytest.raises(Crash):
            anna.sync.run()
        anna.crash()
        if restarted:
            ward.world.hospital.restart()
    quiet(anna, ben)
    assert [ward.times_in_feed(each) for each in made] == [1] * len(made)
    assert everything(anna, ward.patient) == everything(ben, ward.patient)


def test_s12_a_tablet_and_a_server_that_disagree_on_the_place_skip_nothing(
    ward: Ward, anna: Tablet, ben: Tablet
) -> None:
    directory, hospital = ward.world.directory, ward.world.hospital
    epoch = hospital.service.epoch
    anna.copy(directory / "yesterday")
    ward.note(ben, "Today")
    quiet(ben, anna)
    anna.put_back(directory / "yesterday")
    anna.sync.run()
    assert everything(anna, ward.patient) == everything(ben, ward.patient), "an older place: what followed comes again"
    hospital.backup(directory / "backup.db")
    lost = ward.note(ben, "After the backup")[1]
    quiet(ben, anna)
    hospital.restore(directory / "backup.db")
    hospital.write(lambda c: c.execute(text("UPDATE meta SET value = :e WHERE name = 'epoch'"), {"e": epoch}))
    hospital.restart()
    assert hospital.service.epoch == epoch, "put back without a word"
    quiet(anna)
    assert ward.times_in_feed(lost) == 1, "a place the server never reached: from the beginning, and what it lacks"
    quiet(ben)
    assert everything(anna, ward.patient) == everything(ben, ward.patient)


def test_s15_twenty_times_on_and_off_ends_synced_and_leaves_nothing_behind(ward: Ward, anna: Tablet) -> None:
    before = threading.active_count()
    anna.link.one_way = "drop"
    watched = Watched()
    auto = AutoSync(anna.sync, anna.clock, backoff=Backoff(first=0.001, longest=0.001), changed=watched.told)
    auto.start()
    for turn in range(20):
        watched.until(lambda state: state.phase == "offline")
        ward.note(anna, f"Turn {turn}")
        anna.link.one_way = None
        watched.until(lambda state: state.phase == "idle" and state.last is not None)
        assert anna.store.outbox_size() == 0
        anna.link.one_way = "drop"
        ward.note(anna, f"Unsent {turn}")
        auto.kick()
    anna.link.one_way = None
    watched.until(lambda state: state.phase == "idle" and anna.store.outbox_size() == 0)
    auto.stop()
    assert threading.active_count() == before
    longest = Backoff(first=1, longest=60, uniform=lambda low, high: high)
    assert max(longest.failed() for _ in range(50)) == 60


def test_s16_a_thousand_entries_over_a_bad_road_arrive_once_each(ward: Ward, anna: Tablet, ben: Tablet) -> None:
    made = [
        anna.session._make(ward.new_record(), ward.patient, "note", {"text": f"Note {n}"}, (), None)
        for n in range(1000)
    ]
    anna.store.save(made)
    ward.world.road.trouble = 0.5
    with replaced((engine, "BATCH_BYTES", 60_000), (HttpTransport, "page_bytes", 60_000)):
        for tablet in (anna, ben):
            for _ in range(200):
                try:
                    tablet.sync.run()
                except SyncError:
                    continue
                except Crash:
                    tablet.crash()
                    continue
                break
            ward.world.road.deliver(everything=True)
    assert anna.store.outbox_size() == 0
    feed = ward.held().feeds[(ward.team, ward.patient)]
    assert {each.id for each in made} <= feed
    assert [ward.times_in_feed(each.id) for each in made[::100]] == [1] * 10
    assert everything(ben, ward.patient) == everything(anna, ward.patient)


def test_s17_a_server_that_is_down_is_a_typed_error_and_work_goes_on(ward: Ward, anna: Tablet) -> None:
    ward.note(anna, "Before")
    here = everything(anna, ward.patient)
    anna.link.one_way = "drop"
    with pytest.raises(UnreachableError, match="safe on this tablet"):
        anna.sync.run()
    assert everything(anna, ward.patient) == here
    ward.note(anna, "Meanwhile")
    assert anna.store.outbox_size() == 2


def test_s18_sent_but_not_received_says_so_and_the_next_sync_repairs_it(ward: Ward, anna: Tablet, ben: Tablet) -> None:
    theirs, _ = ward.note(ben, "From Ben")
    ben.sync.run()
    fresh = anna.store.freshness()
    ward.world.advance(600)
    mine, _ = ward.note(anna, "From Anna")
    with ward.spoilt(_only("/v1/pull", lambda asked, server: None)), pytest.raises(UnreachableError):
        anna.sync.run()
    assert anna.store.status(mine) == "sent"
    assert anna.store.record(theirs) is None
    assert fresh is not None
    quiet(anna)
    assert anna.session.record(theirs).body == {"text": "From Ben"}
    assert anna.store.freshness() != fresh


def test_s19_an_edit_made_during_a_sync_goes_once(ward: Ward, anna: Tablet, ben: Tablet) -> None:
    ward.note(anna, "First")
    late: list[str] = []
    anna.link.meanwhile = lambda: late.append(ward.note(anna, "While sending")[1])
    anna.sync.run()
    assert anna.store.outbox_size() == 0
    assert ben.sync.run().pulled == 2
    assert ben.sync.run().pulled == 0
    assert [ward.times_in_feed(each) for each in late] == [1]


def test_s31_of_two_syncs_at_once_the_second_steps_back(ward: Ward, anna: Tablet) -> None:
    ward.note(anna, "A note")
    refused: list[bool] = []

    def second() -> None:
        with pytest.raises(AlreadyRunningError):
            anna.sync.run()
        refused.append(True)

    anna.link.meanwhile = second
    anna.sync.run()
    assert refused == [True]
    assert ward.wire.count("/v1/push") == 1


@pytest.mark.parametrize("reached", [False, True], ids=["request lost", "reply lost"])
def test_s33_a_failure_at_any_call_leaves_no_trace(ward: Ward, anna: Tablet, ben: Tablet, reached: bool) -> None:
    failed = True
    calls = 0
    while failed:
        theirs = ward.change(ben, summary=f"From Ben {calls}")
        ben.sync.run()
        mine = [ward.change(anna, monitoring={"every_minutes": 30 + calls}), ward.note(anna, "A note")[1]]
        ward.world.advance(700)
        with ward.spoilt(_fails(calls, reached)):
            try:
                anna.sync.run()
                failed = False
            except UnreachableError:
                calls += 1
        quiet(anna, ben)
        assert [ward.times_in_feed(each) for each in (theirs, *mine)] == [1] * 3
        assert everything(anna, ward.patient) == everything(ben, ward.patient)
        assert not ward.plan(anna).in_conflict
    assert calls >= 3, "token, push and pull"


NO_PLACE: dict[str, Json] = {
    "missing": {},
    "zero": {"cursor": 0},
    "empty": {"cursor": ""},
    "nothing": {"cursor": None},
}


@pytest.mark.parametrize("place", NO_PLACE.values(), ids=NO_PLACE.keys())
def test_s36_an_answer_without_a_place_is_refused_and_the_old_one_kept(
    ward: Ward, anna: Tablet, ben: Tablet, place: Json
) -> None:
    _refused(ward, anna, ben, lambda before: place)


def test_s36_a_place_that_goes_back_is_refused_and_the_old_one_kept(ward: Ward, anna: Tablet, ben: Tablet) -> None:
    _refused(ward, anna, ben, lambda before: {"cursor": before})


def test_s36_a_made_up_place_is_found_out_by_the_server_and_nothing_is_skipped(
    ward: Ward, anna: Tablet, ben: Tablet
) -> None:
    record, _ = ward.note(ben, "From Ben")
    ben.sync.run()
    spoil = _only("/v1/pull", lambda asked, server: ward.answered(asked, cursor="f" * 64, items=[], more=False))
    with ward.spoilt(spoil):
        anna.sync.run()
    assert anna.store.record(record) is None
    anna.sync.run()
    assert anna.session.record(record).body == {"text": "From Ben"}


def test_s42_three_requests_at_once_are_run_one_after_another(ward: Ward, anna: Tablet) -> None:
    watched = Watched(anna.sync)
    made: list[str] = []
    auto = AutoSync(watched, anna.clock, changed=watched.told)
    auto.start()
    for n in range(3):
        made.append(ward.note(anna, f"Note {n}")[1])
        auto.kick()
    watched.until(lambda state: state.phase == "idle" and anna.store.outbox_size() == 0)
    auto.stop()
    assert watched.most_at_once == 1
    assert [each for each in ward.order_in_feed() if each in made] == made


JUNK: dict[str, Reply] = {
    "sign-in page": Reply(200, {"content-type": "text/html"}, b"<html>Sign in to the guest network</html>"),
    "other JSON": Reply(200, {"content-type": "application/json"}, b'{"hello": "world"}'),
    "not JSON": Reply(200, {"content-type": "application/json"}, b"\x00\xff{{{"),
    "a list": Reply(200, {"content-type": "application/json"}, b"[]"),
    "a redirect": Reply(302, {"content-type": "text/html", "location": "https://example.org/"}, b""),
    "a proxy's own": Reply(502, {"content-type": "text/html"}, b"<html>Bad gateway</html>"),
    "no content": Reply(204, {"now": "1"}, b""),
}
WRONG: dict[str, Callable[[list[Json]], list[Json]]] = {
    "none": lambda outcomes: [],
    "too few": lambda outcomes: outcomes[:-1],
    "too many": lambda outcomes: [*outcomes, outcomes[0]],
    "swapped": lambda outcomes: outcomes[::-1],
    "another hash": lambda outcomes: [{**each, "hash": "0" * 64} for each in outcomes],
    "another type": lambda outcomes: [{**each, "status": 7} for each in outcomes],
}


@pytest.mark.parametrize("junk", JUNK.values(), ids=JUNK.keys())
def test_s43_what_is_not_the_servers_answer_marks_nothing_as_sent(ward: Ward, anna: Tablet, junk: Reply) -> None:
    record, _ = ward.note(anna, "A note")
    reply = Reply(junk.status, {**junk.headers, "content-length": str(len(junk.body))}, junk.body)
    with ward.spoilt(_only("/v1/push", lambda asked, server: reply)), pytest.raises(SyncError):
        anna.sync.run()
    assert anna.store.status(record) == "pending"


@pytest.mark.parametrize("wrong", WRONG.values(), ids=WRONG.keys())
def test_s43_an_answer_that_does_not_fit_marks_nothing_as_sent(
    ward: Ward, anna: Tablet, wrong: Callable[[list[Json]], list[Json]]
) -> None:
    records = [ward.note(anna, f"Note {n}")[0] for n in range(2)]

    def spoil(asked: Asked, server: Answers) -> Reply | None:
        return ward.answered(asked, outcomes=wrong(ward.answer(asked)["outcomes"]))

    with ward.spoilt(_only("/v1/push", spoil)), pytest.raises(SyncError):
        anna.sync.run()
    assert {anna.store.status(record) for record in records} == {"pending"}
    quiet(anna)
    assert {anna.store.status(record) for record in records} == {"sent"}


@pytest.mark.parametrize("pause", [0.1, 10, 700, 7200])
def test_s51_a_pause_anywhere_ends_tokens_and_doubles_nothing(
    ward: Ward, anna: Tablet, ben: Tablet, pause: float
) -> None:
    theirs, mine = ward.note(ben, "From Ben")[1], ward.note(anna, "From Anna")[1]
    ben.sync.run()

    def paused(asked: Asked, server: Answers) -> Reply | None:
        ward.world.advance(pause)
        reply = server.handle(asked)
        ward.world.advance(pause)
        return reply

    with ward.spoilt(_fails(3, reached=True, meanwhile=paused)):
        for _ in range(4):
            try:
                anna.sync.run()
            except SyncError:
                continue
    quiet(anna, ben)
    assert [ward.times_in_feed(each) for each in (theirs, mine)] == [1, 1]
    assert everything(anna, ward.patient) == everything(ben, ward.patient)


def test_s52_a_resend_after_a_restart_finds_the_entry_there_and_takes_effect_once(ward: Ward, anna: Tablet) -> None:
    record, revision = ward.note(anna, "A note")
    answers: list[Json] = []

    def lost(asked: Asked, server: Answers) -> Reply | None:
        answers.append(ward.answer(asked))
        return None

    for _ in range(5):
        with ward.spoilt(_only("/v1/push", lost)), pytest.raises(UnreachableError):
            anna.sync.run()
        anna.crash()
        assert anna.store.status(record) == "pending"
    assert anna.sync.run().accepted == 1
    assert all(each["outcomes"] == answers[0]["outcomes"] for each in answers), "the first answer again"
    assert ward.times_in_feed(revision) == 1


def test_s53_one_seed_tells_one_story_in_which_the_invariants_hold() -> None:
    assert Schedule(53, steps=12).run() == Schedule(53, steps=12).run()


def _refused(ward: Ward, anna: Tablet, ben: Tablet, place: Callable[[str | None], Json]) -> None:
    record, _ = ward.note(ben, "From Ben")
    ben.sync.run()
    before = anna.store.cursor()
    spoil = _only("/v1/pull", lambda asked, server: ward.answered(asked, without=("cursor",), **place(before)))
    with ward.spoilt(spoil), pytest.raises(SyncError):
        anna.sync.run()
    assert anna.store.cursor() == before
    assert anna.store.record(record) is None
    anna.sync.run()
    assert anna.session.record(record).body == {"text": "From Ben"}


def _only(path: str, spoil: Callable[[Asked, Answers], Reply | None]) -> Callable[[Asked, Answers], Reply | None]:
    return lambda asked, server: spoil(asked, server) if asked.target.startswith(path) else server.handle(asked)


def _fails(
    number: int, reached: bool, meanwhile: Callable[[Asked, Answers], Reply | None] | None = None
) -> Callable[[Asked, Answers], Reply | None]:
    """Request `number` comes to nothing, before the server hears of it or after."""
    count = -1

    def spoil(asked: Asked, server: Answers) -> Reply | None:
        nonlocal count
        count += 1
        if count == number and not reached:
            return None
        reply = meanwhile(asked, server) if meanwhile else server.handle(asked)
        return None if count == number else reply

    return spoil
