"""The hint channel: tells listening tablets that a feed of theirs has moved, and nothing else.

A stream is `text/event-stream`: a comment line as a heartbeat, `event: moved` when any team of the caller has a new
feed position. It names no team and no patient; what moved is found by a pull. It ends with its token, when the tablet
is revoked and when the server stops. A stream is two tasks on the event loop, never a thread; one watch a process
(`server.sync.moves`) and one query a process now and then, for all streams together, feed them.
"""

from __future__ import annotations

import asyncio
import logging
from collections import defaultdict
from collections.abc import AsyncIterator, Mapping
from contextlib import suppress
from typing import Final

from starlette.responses import StreamingResponse
from starlette.types import Receive, Scope, Send

from fieldapp.domain.clock import Clock
from server import logs
from server.config import HintSettings
from server.db.engine import Database
from server.errors import BusyError, ServerError, StreamsFullError
from server.files import open_files
from server.identity.leases import Lease, read_leases
from server.sync.moves import watch, within
from server.times import now_ms

MOVED: Final = b"event: moved\ndata: {}\n\n"
HEARTBEAT: Final = b":\n\n"
_HEADERS: Final = {"x-accel-buffering": "no", "connection": "close"}
"""Reverse proxies hold nothing back, and the connection is not kept for another request."""
_READY_S: Final = 10.0


class Stream:
    """One listening tablet. `teams` maps its teams to the feed position it knows of."""

    def __init__(self, lease: Lease) -> None:
        self.lease = lease
        self.teams = dict(lease.teams)
        self.over = asyncio.Event()
        self.news = asyncio.Event()
        self.moved = False

    def tell(self, team: str, position: int) -> None:
        """One of its teams' feeds ends at this position."""
        if position > self.teams[team]:
            self.teams[team] = position
            self.hint()

    def hint(self) -> None:
        """Have the tablet look."""
        self.moved = True
        self.news.set()

    def end(self) -> None:
        """Let the tablet go."""
        self.over.set()
        self.news.set()


class Hints:
    """All streams of one process. Everything but the bell belongs to one event loop."""

    def __init__(self, database: Database, clock: Clock, settings: HintSettings | None = None) -> None:
        self._database = database
        self._clock = clock
        self._settings = settings or HintSettings()
        self._of_person: dict[str, list[Stream]] = defaultdict(list)
        self._of_team: dict[str, set[Stream]] = defaultdict(set)
        self._count = 0
        self._most = min(self._settings.per_process, open_files() // 2)
        self._stopped = False
        self._loop: asyncio.AbstractEventLoop | None = None
        self._work: asyncio.Task[None] | None = None
        self._bell = asyncio.Event()
        self._people = asyncio.Event()
        self._ready = asyncio.Event()
        if database.is_sqlite:
            database.on_write = self._ring

    @property
    def count(self) -> int:
        """How many streams are open."""
        return self._count

    async def answer(self, lease: Lease) -> HintResponse:
        """The stream for a tablet.

        A tablet that lost its connection comes again before the server knows, so its oldest stream makes room.

        Raises:
            StreamsFullError: too many of this person, or of this process.
            BusyError: the server stops, or the database is away.
        """
        stream = Stream(lease)
        self._enter(stream)
        try:
            if not await within(self._ready, _READY_S):
                raise BusyError
        except BaseException:
            self.leave(stream)
            raise
        return HintResponse(self, stream)

    async def lines(self, stream: Stream) -> AsyncIterator[bytes]:
        """What the tablet reads."""
        yield HEARTBEAT
        while True:
            left = (stream.lease.expires_at - now_ms(self._clock)) / 1000
            if stream.over.is_set() or left <= 0:
                return
            await within(stream.news, min(self._settings.heartbeat_s, left))
            stream.news.clear()
            if stream.over.is_set():
                return
            if not stream.moved:
                yield HEARTBEAT
                continue
            stream.moved = False
            yield MOVED
            await within(stream.over, self._settings.gap_s)

    def stop(self) -> None:
        """End every stream and take no more, so that the server can stop."""
        self._stopped = True
        for stream in self._all():
            stream.end()

    # --- server.sync.moves.Listener ---

    def moved(self, positions: Mapping[str, int]) -> None:
        """Pass on where feeds end."""
        for team in positions.keys() & self._of_team.keys():
            for stream in self._of_team[team]:
                stream.tell(team, positions[team])

    def people_changed(self) -> None:
        """Look soon who may still listen."""
        self._people.set()

    def watching(self) -> None:
        """Streams may open."""
        self._ready.set()

    def _all(self) -> list[Stream]:
        return [stream for mine in self._of_person.values() for stream in mine]

    def _enter(self, stream: Stream) -> None:
        if self._stopped:
            raise BusyError
        mine = self._of_person.get(stream.lease.person, [])
        same = [other for other in mine if other.lease.device == stream.lease.device and not other.over.is_set()]
        if len(same) >= self._settings.per_device:
            same[0].end()
        elif len(mine) >= self._settings.per_person or self._count >= self._most:
            raise StreamsFullError
        self._of_person[stream.lease.person].append(stream)
        self._index(stream)
        self._count += 1
        if self._work is None:
            self._bell, self._people, self._ready = asyncio.Event(), asyncio.Event(), asyncio.Event()
            self._loop = asyncio.get_running_loop()
            self._work = self._loop.create_task(self._run())
        self._people.set()

    def leave(self, stream: Stream) -> None:
        """The connection is gone."""
        mine = self._of_person[stream.lease.person]
        mine.remove(stream)
        if not mine:
            del self._of_person[stream.lease.person]
        self._unindex(stream)
        self._count -= 1
        if not self._count and self._work is not None:
            self._work.cancel()
            self._work = None

    def _index(self, stream: Stream) -> None:
        for team in stream.teams:
            self._of_team[team].add(stream)

    def _unindex(self, stream: Stream) -> None:
        for team in stream.teams:
            self._of_team[team].discard(stream)
            if not self._of_team[team]:
                del self._of_team[team]

    def _renew(self, stream: Stream, lease: Lease | None) -> None:
        """Hold a stream to what its token allows now: None for nothing any more."""
        if lease is None:
            stream.end()
        elif lease.teams.keys() == stream.teams.keys():
            for team, position in lease.teams.items():
                stream.tell(team, position)
        elif stream in self._of_person.get(lease.person, []):
            self._unindex(stream)
            stream.teams = dict(lease.teams)
            self._index(stream)
            stream.hint()

    async def _run(self) -> None:
        """The process's one watch, while anybody listens."""
        try:
            async with asyncio.TaskGroup() as group:
                group.create_task(watch(self._database, self, self._bell, self._settings.tick_s))
                group.create_task(self._keep())
        except ExceptionGroup as group:
            for error in group.exceptions:
                logs.log(logging.ERROR, event="error", trace=logs.trace(error))
            self._work = None
            self._ready.clear()
            for stream in self._all():
                stream.end()

    async def _keep(self) -> None:
        """Hold the streams to what the database says of their tokens and teams; what a watch missed is found too."""
        while True:
            await within(self._people, self._settings.heartbeat_s)
            self._people.clear()
            streams = self._all()
            try:
                leases = await asyncio.to_thread(self._leases, [stream.lease.token for stream in streams])
            except ServerError as error:
                logs.log(logging.WARNING, event="hints_interrupted", trace=logs.trace(error))
            else:
                for stream in streams:
                    self._renew(stream, leases.get(stream.lease.token))
            await asyncio.sleep(self._settings.gap_s)

    def _leases(self, tokens: list[bytes]) -> dict[bytes, Lease]:
        with self._database.reading() as connection:
            return read_leases(connection, self._clock, tokens)

    def _ring(self) -> None:
        """A write of this process is committed; in the writer's thread."""
        if self._count and self._loop is not None:
            with suppress(RuntimeError):  # the loop has closed meanwhile, and nobody listens
                self._loop.call_soon_threadsafe(self._bell.set)


class HintResponse(StreamingResponse):
    """Leaves however the connection ends."""

    def __init__(self, hints: Hints, stream: Stream) -> None:
        super().__init__(hints.lines(stream), headers=_HEADERS, media_type="text/event-stream")
        self._hints = hints
        self.stream = stream

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            await super().__call__(scope, receive, send)
        finally:
            self._hints.leave(self.stream)
