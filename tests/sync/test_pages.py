"""Pages read item by item are the pages read whole, in the server's form and in any other."""

from __future__ import annotations

import json
from hashlib import sha256
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fieldapp.domain.canonical import canonical_json
from fieldapp.domain.clock import FixedClock
from fieldapp.domain.revision import HashMismatchError, RevisionError, parse_revision
from fieldapp.sync.pages import read_page
from fieldapp.sync.wire import Page
from tests.storage.making import START, Maker

HEAD: dict[str, Any] = {"cursor": "c", "epoch": "e", "more": False, "now": 7, "today": False}
MAKE = Maker(FixedClock(START))
TEXTS = st.text(st.characters(codec="utf-8"), max_size=30)
BODIES = st.recursive(
    st.one_of(TEXTS, st.integers(), st.floats(allow_nan=False, allow_infinity=False), st.none(), st.booleans()),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXTS | st.just("revision"), inner, max_size=3),
    max_leaves=8,
)


def served(items: list[Any]) -> str:
    """As the server writes a page: the head, then the items as they are stored."""
    inner = b",".join(canonical_json(item) for item in items)
    return (canonical_json(HEAD)[:-1] + b',"items":[' + inner + b"]}").decode()


@given(st.lists(BODIES, max_size=4))
def test_each_revision_comes_with_its_own_text_whatever_is_in_it(values: list[Any]) -> None:
    made = [MAKE.revision(MAKE.id(), "newer", {"value": value, "hash": "x", "sig": None}) for value in values]
    moved = {"joined": {"team": "t", "patient": "p"}}
    items = [moved, *({"revision": each.to_wire()} for each in made), moved]
    page = read_page(served(items))
    assert page.items[0] == page.items[-1]
    assert [item.text for item in page.items[1:-1]] == [each.to_json() for each in made]
    read = [parse_revision(item.revision, text=item.text) for item in page.items[1:-1]]
    assert read == made
    assert [each.to_json() for each in read] == [each.to_json() for each in made]


@pytest.mark.parametrize("indent", [None, 1])
def test_any_other_form_is_read_whole(indent: int | None) -> None:
    note = MAKE.note(MAKE.id())
    value = {"items": [{"revision": note.to_wire()}, {"left": {"team": "t", "patient": "p"}}], **HEAD}
    page = read_page(json.dumps(value, indent=indent))
    assert (page.cursor, page.now, len(page.items)) == ("c", 7, 2)
    assert parse_revision(page.items[0].revision, text=page.items[0].text) == note


def test_an_unknown_item_is_passed_over() -> None:
    page = read_page(served([{"newer": {"revision": 1}}, {"revision": None}, {"revision": {}, "more": 1}]))
    assert [item.revision for item in page.items] == [None, None, {}]


def test_an_empty_page_is_one() -> None:
    assert read_page(served([])) == Page.model_validate({**HEAD, "items": []})


NO_PAGES = [
    *("", "[]", "{}", '{"items":[]}', '[1,"items":[]}', "[" * 100_000),
    *(served([]) + "x", served([])[:-1], served([1]), served([[]]), served([{}])[:-2]),
    '{"cursor":"c","epoch":"e","more":false,"items":[{"revision":[]}]}',
]


@pytest.mark.parametrize("text", NO_PAGES)
def test_what_is_no_page_is_refused(text: str) -> None:
    with pytest.raises((ValueError, RecursionError)):
        read_page(text)


def test_a_text_that_was_changed_is_refused() -> None:
    note = MAKE.note(MAKE.id())
    page = read_page(served([{"revision": {**note.to_wire(), "body": {"text": "Wound infected."}}}]))
    with pytest.raises(HashMismatchError):
        parse_revision(page.items[0].revision, text=page.items[0].text)


@pytest.mark.parametrize("said", ["1e400", "-1e999"])
def test_a_number_too_great_is_refused_though_its_hash_is_right(said: str) -> None:
    made = MAKE.revision(MAKE.id(), "newer", {"value": 123454321.5})
    content = {key: value for key, value in made.to_wire().items() if key not in ("hash", "sig")}
    text = canonical_json(content).replace(b"123454321.5", said.encode())
    digest = sha256(text).hexdigest().encode()
    forged = text[:-1].replace(b',"kind":', b',"hash":"' + digest + b'","kind":') + b',"sig":null}'
    item = read_page(served([]).replace("[]", f'[{{"revision":{forged.decode()}}}]')).items[0]
    with pytest.raises((RevisionError, ValueError)):
        parse_revision(item.revision, text=item.text)
