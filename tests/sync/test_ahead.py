"""The next page may be on its way already; what is given is what was asked for."""

from __future__ import annotations

import threading

import pytest

from fieldapp.domain.clock import FixedClock
from fieldapp.sync.ahead import Ahead
from fieldapp.sync.errors import UnreachableError
from fieldapp.sync.wire import Page
from tests.storage.making import START
from tests.sync.wild import ended_at

NOW = 1_000_000


class Pages:
    """Pages 0, 1, 2… up to `last`, and which were asked for; an error is what came in a page's place."""

    def __init__(self, last: int) -> None:
        self.last = last
        self.asked: list[tuple[str | None, bool]] = []
        self.errors: dict[str, Exception] = {}

    def pull(self, cursor: str | None) -> Page:
        self.asked.append((cursor, threading.current_thread() is threading.main_thread()))
        error = self.errors.pop(cursor or "", None)
        if error is not None:
            raise error
        at = int(cursor or 0) + 1
        return Page(epoch="e", cursor=str(at), more=at < self.last, items=[], now=NOW)


def test_every_page_is_asked_for_once_and_only_the_first_is_waited_for() -> None:
    pages = Pages(4)
    ahead = Ahead(pages.pull, FixedClock(START))
    given = [ahead.pull(cursor) for cursor in (None, "1", "2", "3")]
    assert [ended_at(page) for page in given] == ["1", "2", "3", "4"]
    assert pages.asked == [(None, True), ("1", False), ("2", False), ("3", False)]


def test_what_was_fetched_for_another_cursor_is_dropped() -> None:
    pages = Pages(9)
    ahead = Ahead(pages.pull, FixedClock(START))
    ahead.pull(None)
    assert ended_at(ahead.pull("5")) == "6"
    ahead.drop()
    assert ended_at(ahead.pull("6")) == "7"
    ahead.drop()


def test_an_error_comes_to_whoever_asks_for_that_page_and_the_next_try_asks_again() -> None:
    pages = Pages(9)
    pages.errors["1"] = UnreachableError("cut")
    ahead = Ahead(pages.pull, FixedClock(START))
    ahead.pull(None)
    with pytest.raises(UnreachableError):
        ahead.pull("1")
    assert ended_at(ahead.pull("1")) == "2"
    ahead.drop()


def test_the_servers_time_goes_on_while_a_page_waits() -> None:
    clock = FixedClock(START)
    ahead = Ahead(Pages(2).pull, clock)
    ahead.pull(None)
    waiting = ahead._fetch
    assert waiting is not None
    waiting.join()
    clock.advance(2.5)
    assert ahead.pull("1").now == NOW + 2500
