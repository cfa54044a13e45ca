"""A page's signature stands for what the server imported, and for nothing else and no other text."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from fieldapp.domain.canonical import Json, canonical_json
from fieldapp.domain.clock import FixedClock
from fieldapp.domain.ids import new_id
from fieldapp.domain.revision import Author, Revision, make_revision
from fieldapp.sync.errors import BadReplyError
from fieldapp.sync.pages import read_page
from fieldapp.sync.proof import b64, page_text
from fieldapp.sync.wire import Page
from tests.sync.service import Device, Road, Service, imported

Spoil = Callable[[str], str]
OTHER = b64(bytes(64))


class SignedRoad(Road):
    """Pages as our server writes them: text, signed as a whole. `spoil` changes the text on its way."""

    def __init__(self, service: Service, *, signs: bool = True) -> None:
        super().__init__(service)
        self.signs = signs
        self.spoil: Spoil = lambda text: text

    def pull(self, cursor: str | None) -> Page:
        page = self.service.pull(cursor)
        items = b",".join(canonical_json(item) for item in page.pop("items"))
        if self.signs:
            page["sig"] = b64(self.service.key.sign(page_text(page["cursor"], items)))
        text = canonical_json(page)[:-1] + b',"items":[' + items + b"]}"
        return read_page(self.spoil(text.decode()))


@pytest.fixture
def device(tmp_path: Path, service: Service, clock: FixedClock, patient: str) -> Device:
    """A tablet that has not synced yet."""
    made = Device(tmp_path / "new", service, clock, Author(new_id(clock), "Amira Khan", "Registered nurse"))
    made.road = SignedRoad(service)
    made.engine._transport = made.road
    return made


def last(service: Service) -> Json:
    return next(item["revision"] for item in reversed(service.feed) if "revision" in item)


def merged(service: Service, clock: FixedClock) -> Revision:
    """What the service would make of two versions of its last record."""
    base = last(service)
    return make_revision(
        id=new_id(clock),
        record=base["record"],
        kind=base["kind"],
        patient=base["patient"],
        parents=(base["id"], new_id(clock)),
        author=Author("service", "Service", "system"),
        device="server",
        at=clock.now(),
        offset_ms=0,
        schema=1,
        body=base["body"],
    )


def held(device: Device) -> int:
    return len(device.store.patients())


def test_a_signed_page_stands_for_the_imported_entries_in_it(device: Device, service: Service) -> None:
    last(service)["sig"] = OTHER
    device.sync()
    assert held(device) == 1
    revision = device.store.revision(last(service)["id"])
    assert revision is not None
    assert revision.sig == OTHER


def test_without_it_each_imported_entry_needs_its_own(device: Device, service: Service) -> None:
    assert isinstance(device.road, SignedRoad)
    device.road.signs = False
    last(service)["sig"] = OTHER
    with pytest.raises(BadReplyError):
        device.sync()
    assert held(device) == 0


def test_a_merge_needs_its_own_signature_in_any_page(device: Device, service: Service, clock: FixedClock) -> None:
    service.feed.append({"revision": merged(service, clock).signed_with(OTHER).to_wire()})
    with pytest.raises(BadReplyError):
        device.sync()


SPOILT: dict[str, Spoil] = {
    "another signature": lambda text: text.replace('"sig":"', '"sig":"AAAA', 1),
    "no signature in it": lambda text: text.replace('"sig":"', '"sig":"!', 1),
    "another cursor": lambda text: text.replace('"cursor":"', '"cursor":"x', 1),
    "one item fewer": lambda text: text.replace(
        '"items":[' + text.partition('"items":[')[2].partition("},{")[0] + "},", '"items":['
    ),
    "white space in an item": lambda text: text.replace('{"revision":{', '{"revision":{ ', 1),
}


@pytest.mark.parametrize("how", SPOILT)
def test_a_page_whose_signature_is_for_another_text_is_refused(device: Device, how: str) -> None:
    assert isinstance(device.road, SignedRoad)
    device.road.spoil = SPOILT[how]
    with pytest.raises(BadReplyError):
        device.sync()
    assert held(device) == 0
    device.road.spoil = lambda text: text
    device.sync()
    assert held(device) == 1


def test_a_page_in_another_form_is_read_whole_and_its_entries_checked_one_by_one(
    device: Device, service: Service, clock: FixedClock
) -> None:
    assert isinstance(device.road, SignedRoad)
    device.road.spoil = lambda text: text.replace(',"items":[', ', "items": [')
    service.seed(imported(clock, new_id(clock), "note", {"text": "Seen."}))
    device.sync()
    assert held(device) == 2
    last(service)["sig"] = OTHER
    service.feed.append({"revision": last(service)})
    with pytest.raises(BadReplyError):
        device.sync()
