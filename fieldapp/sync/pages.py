"""A page of the feed read from its text, each revision beside the very text it came in.

The server writes a page's head first and its items last, from stored text. Such a page is read item by item, so that a
hash can be checked on what arrived instead of on the object written out again. Any other form is read whole.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from math import isfinite
from typing import Any, Final, cast

from pydantic import TypeAdapter

from fieldapp.domain.canonical import NotCanonicalError
from fieldapp.domain.revision import Revision, RevisionError, parse_revision
from fieldapp.sync.calm import unswept
from fieldapp.sync.proof import page_text
from fieldapp.sync.wire import Page, PageItem

_ITEMS: Final = ',"items":['
_REVISION: Final = '{"revision":'
_END: Final = "]}"
_OTHER_FORM_CHARS: Final = 2 << 20
"""Of a page that is read whole, which takes several times its size."""
_MOST_ITEMS: Final = 100_000
_ITEM: Final = TypeAdapter(PageItem)


def _number(text: str) -> float:
    value = float(text)
    if not isfinite(value):
        raise ValueError("A number too great to be one.")
    return value


def _no_number(_: str) -> float:
    raise ValueError("Not a number.")


_decode = json.JSONDecoder(parse_float=_number, parse_constant=_no_number).raw_decode


class _OtherFormError(ValueError):
    """Not as our server writes it; it may be a page all the same."""


@unswept()
def read_page(text: str) -> Page:
    """The page. A revision whose hash was checked on its text is in its item's `read`; the others are unchecked.

    Raises:
        ValueError, RecursionError: it is not a page.
    """
    head, found, tail = text.partition(_ITEMS)
    if found:
        try:
            page = Page.model_validate({**_head(head), "items": []})
            page.items.extend(_items(tail))
            if page.sig is not None:
                page.keep_signed(page_text(page.cursor, tail[: -len(_END)].encode()))
        except ValueError:
            pass
        else:
            return page
    if len(text) > _OTHER_FORM_CHARS:
        raise _OtherFormError
    value = json.loads(text, object_pairs_hook=_object)
    items = cast("dict[str, Any]", value).get("items") if isinstance(value, dict) else None
    if isinstance(items, list) and len(cast("list[Any]", items)) > _MOST_ITEMS:
        raise _OtherFormError
    return Page.model_validate(value)


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("A key stands twice in one object.")
    return found


def _head(text: str) -> dict[str, Any]:
    value = json.loads(text + "}", object_pairs_hook=_object)
    if not isinstance(value, dict):
        raise _OtherFormError
    return cast("dict[str, Any]", value)


def _revision(wire: object, text: bytes) -> Revision | None:
    """The checked revision; None where it is none, which whoever takes the page finds out again."""
    try:
        return parse_revision(wire, text=text)
    except (RevisionError, NotCanonicalError):
        return None


def _items(text: str) -> Iterator[PageItem]:
    """Each item, up to the end of the list, which must be the end of the page."""
    at, more, count = 0, text != _END, 0
    while more:
        count += 1
        if count > _MOST_ITEMS:
            raise _OtherFormError
        value, end = _decode(text, at)
        if text.startswith(_REVISION, at) and len(value) == 1 and isinstance(value["revision"], dict):
            item = PageItem(revision=cast("dict[str, Any]", value["revision"]))
            item.text = text[at + len(_REVISION) : end - 1].encode()
            item.read = _revision(item.revision, item.text)
        else:
            item = _ITEM.validate_python(value)
        yield item
        more = text[end : end + 1] == ","
        at = end + 1
        if not more and text[end:] != _END:
            raise _OtherFormError
