"""The next page on its way while the last one is being stored.

Nothing is skipped by it: a page is given only for the very cursor that is asked for, and what was fetched for another
is dropped. A page or an error that waited is given as it came, but for the server's time, which went on.
"""

from __future__ import annotations

import threading
from collections.abc import Callable

from fieldapp.domain.clock import Clock
from fieldapp.sync.errors import SyncError
from fieldapp.sync.wire import Page, Unchanged


class Ahead:
    """Pulls with `pull`, in another thread where the next page can be known. For one thread at a time."""

    def __init__(self, pull: Callable[[str | None], Page | Unchanged], clock: Clock) -> None:
        self._pull = pull
        self._clock = clock
        self._fetch: _Fetch | None = None

    def pull(self, cursor: str | None) -> Page | Unchanged:
        """The page at `cursor`. Raises SyncError."""
        waiting, self._fetch = self._fetch, None
        if waiting is not None:
            waiting.join()
        page = waiting.result() if waiting and waiting.cursor == cursor else self._pull(cursor)
        if isinstance(page, Page) and page.more and page.cursor != cursor:
            self._fetch = _Fetch(self._pull, self._clock, page.cursor)
            self._fetch.start()
        return page

    def drop(self) -> None:
        """Wait for what is on its way, which nobody needs."""
        waiting, self._fetch = self._fetch, None
        if waiting is not None:
            waiting.join()


class _Fetch(threading.Thread):
    def __init__(self, pull: Callable[[str | None], Page | Unchanged], clock: Clock, cursor: str) -> None:
        super().__init__(name="pull", daemon=True)
        self.cursor = cursor
        self._pull = pull
        self._clock = clock
        self._came = 0.0
        self._outcome: Page | Unchanged | BaseException | None = None

    def run(self) -> None:
        try:
            self._outcome = self._pull(self.cursor)
        except BaseException as error:  # noqa: BLE001 - raised again in the thread that asked
            self._outcome = error
        self._came = self._clock.monotonic()

    def result(self) -> Page | Unchanged:
        page = self._outcome
        if page is None or isinstance(page, BaseException):
            raise page or SyncError("The answer did not come. Try again.")
        if page.now is None:
            return page
        now = page.now + max(0, round((self._clock.monotonic() - self._came) * 1000))
        return Unchanged(now) if isinstance(page, Unchanged) else page.model_copy(update={"now": now})
