"""What the engine does not believe: answers and pages that cannot be the server's, and a server that started anew."""

from __future__ import annotations

import itertools
from contextlib import suppress
from typing import Any

import pytest

from fieldapp.domain.canonical import Json
from fieldapp.domain.clock import FixedClock
from fieldapp.sync.errors import BadReplyError, UnreachableError
from tests.sync.notes import NOTE, everything
from tests.sync.service import Device, Service, imported


def without(name: str) -> Any:
    return lambda reply: {**reply, name: ""}


def backward(reply: Json) -> Json:
    return {**reply, "cursor": f"{reply['epoch']}:0", "more": True}


def standing_still(reply: Json) -> Json:
    epoch, _, position = reply["cursor"].partition(":")
    return {**reply, "cursor": f"{epoch}:{int(position) - len(reply['items'])}"}


@pytest.mark.parametrize("lie", [without("cursor"), without("epoch"), backward, standing_still])
def test_a_cursor_that_leads_nowhere_is_refused_and_the_old_one_kept_s36(
    nurse: Device, therapist: Device, patient: str, lie: Any
) -> None:
    for n in range(4):
        therapist.session.put(patient, "note", {"text": f"Note {n}"})
    therapist.sync()
    before, here = nurse.store.cursor(), everything(nurse, patient)
    nurse.road.faults = [lie]
    if lie is backward:
        nurse.road.faults = [None, lie, lie]
    with pytest.raises(BadReplyError):
        nurse.sync()
    if lie is not backward:
        assert nurse.store.cursor() == before
        assert everything(nurse, patient) == here
    nurse.sync()
    assert everything(nurse, patient) == everything(therapist, patient)


def wrong_size(reply: Json) -> Json:
    return {**reply, "outcomes": reply["outcomes"][:-1]}


def empty(reply: Json) -> Json:
    return {**reply, "outcomes": []}


def doubled(reply: Json) -> Json:
    return {**reply, "outcomes": reply["outcomes"] * 2}


def swapped(reply: Json) -> Json:
    return {**reply, "outcomes": reply["outcomes"][::-1]}


def other_hash(reply: Json) -> Json:
    return {**reply, "outcomes": [{**o, "hash": "0" * 64} for o in reply["outcomes"]]}


def no_hash(reply: Json) -> Json:
    return {**reply, "outcomes": [{**o, "hash": None} for o in reply["outcomes"]]}


def refused_without_reason(reply: Json) -> Json:
    return {**reply, "outcomes": [{"id": o["id"], "status": "refused"} for o in reply["outcomes"]]}


@pytest.mark.parametrize(
    "garbage", [wrong_size, empty, doubled, swapped, other_hash, no_hash, refused_without_reason, without("epoch")]
)
def test_a_garbled_answer_marks_nothing_as_sent_s43(
    nurse: Device, patient: str, service: Service, garbage: Any
) -> None:
    saved = [nurse.session.put(patient, "note", {"text": f"Note {n}"}) for n in range(2)]
    nurse.road.faults = [garbage]
    with pytest.raises(BadReplyError):
        nurse.sync()
    assert [nurse.store.status(s.record) for s in saved] == ["pending", "pending"]
    assert nurse.sync().accepted == 2
    assert sum(1 for item in service.feed if item.get("revision", {}).get("kind") == "note") == 2


def test_a_damaged_entry_from_the_server_is_not_taken(
    nurse: Device, therapist: Device, patient: str, service: Service
) -> None:
    saved = therapist.session.put(patient, "note", NOTE)
    therapist.sync()

    def damaged(reply: Json) -> Json:
        reply["items"][0]["revision"]["body"]["text"] = "Wound infected."
        return reply

    before = nurse.store.cursor()
    nurse.road.faults = [damaged]
    with pytest.raises(BadReplyError):
        nurse.sync()
    assert nurse.store.cursor() == before
    nurse.sync()
    assert nurse.body(saved.record) == NOTE


def test_a_merge_that_the_server_did_not_sign_is_not_taken(
    nurse: Device, service: Service, clock: FixedClock, patient: str
) -> None:
    note = imported(clock, patient, "note", NOTE)
    service.seed(note)

    def forged(reply: Json) -> Json:
        reply["items"][0]["revision"]["sig"] = "A" * 86
        return reply

    nurse.road.faults = [forged]
    with pytest.raises(BadReplyError):
        nurse.sync()
    assert nurse.store.record(note.record) is None


def test_an_unknown_cursor_starts_from_the_beginning(nurse: Device, patient: str) -> None:
    here = everything(nurse, patient)
    nurse.store.apply([], cursor="nonsense:7", epoch=nurse.road.service.epoch)
    assert nurse.sync().pulled == 0, "everything was here already"
    assert everything(nurse, patient) == here


def test_a_restored_server_is_offered_what_it_lost(
    nurse: Device, therapist: Device, patient: str, service: Service
) -> None:
    keep = len(service.feed)
    saved = nurse.session.put(patient, "note", NOTE)
    nurse.sync()
    therapist.sync()
    service.restored(keep)
    assert saved.revision not in service.revisions
    nurse.sync()
    assert saved.revision in service.revisions
    therapist.sync()
    assert everything(nurse, patient) == everything(therapist, patient)


@pytest.mark.parametrize("at", range(5))
@pytest.mark.parametrize("fault", ["lost", "cut"])
def test_an_offer_that_is_cut_goes_on_and_what_it_had_is_not_sent_again(
    nurse: Device, therapist: Device, patient: str, service: Service, at: int, fault: str
) -> None:
    theirs = therapist.session.put(patient, "note", {"text": "From the therapist"}).revision
    therapist.sync()
    keep = len(service.feed) - 1
    saved = nurse.session.put(patient, "note", NOTE).revision
    nurse.sync()
    service.restored(keep)
    late = nurse.session.put(patient, "note", {"text": "After the restore"}).revision
    nurse.road.faults = [*([None] * at), fault]
    with suppress(UnreachableError):
        nurse.sync()
    nurse.sync()
    ids = [item["revision"]["id"] for item in service.feed if "revision" in item]
    assert [ids.count(each) for each in (theirs, saved, late)] == [1, 1, 1]
    assert ids.index(theirs) < ids.index(late)
    assert nurse.store.outbox_size() == 0


def test_a_server_that_asks_for_what_it_was_not_offered_is_not_believed(
    nurse: Device, patient: str, service: Service
) -> None:
    saved = nurse.session.put(patient, "note", NOTE)
    nurse.sync()
    service.restored(len(service.feed) - 1)
    nurse.road.faults = [None, None, lambda reply: {**reply, "wanted": [*reply["wanted"], "something else"]}]
    with pytest.raises(BadReplyError):
        nurse.sync()
    assert saved.revision not in service.revisions
    nurse.sync()
    assert saved.revision in service.revisions


def test_a_server_that_keeps_changing_is_not_believed(nurse: Device, patient: str) -> None:
    count = itertools.count()

    def changing(reply: Json) -> Json:
        return {**reply, "epoch": f"epoch {next(count)}"}

    saved = nurse.session.put(patient, "note", NOTE)
    nurse.road.faults = [changing] * 20
    with pytest.raises(BadReplyError):
        nurse.sync()
    assert len(nurse.road.calls) < 10
    assert nurse.body(saved.record) == NOTE
