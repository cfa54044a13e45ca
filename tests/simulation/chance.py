"""One seed decides everything: the schedule, the ids, the keys, the nonces, the weather on the road."""

from __future__ import annotations

import random
from collections.abc import Callable, Generator, Sequence
from contextlib import contextmanager
from functools import cache, partial
from types import ModuleType, SimpleNamespace
from typing import Any

from alembic.config import Config
from alembic.script import ScriptDirectory

import server.api
import server.db.service
import server.http.boundary
import server.identity.codes
import server.identity.people
import server.identity.tokens
import server.sync.merging
from fieldapp.domain.ids import new_id
from fieldapp.storage import kdf, keys
from fieldapp.sync import ahead
from server.db import schema


class Chance:
    """Independent streams from one seed, so that a draw in one place moves no other."""

    def __init__(self, seed: object) -> None:
        self._seed = seed

    def stream(self, name: str) -> random.Random:
        """A generator of its own for `name`."""
        return random.Random(f"{self._seed}/{name}")

    def entropy(self, name: str) -> Callable[[int], bytes]:
        """What `secrets.token_bytes` is in production."""
        return self.stream(name).randbytes


@contextmanager
def replaced(*changes: tuple[Any, str, Any]) -> Generator[None]:
    """Attributes as given inside the block, as before after it."""
    before = [(place, name, getattr(place, name)) for place, name, _ in changes]
    try:
        for place, name, value in changes:
            setattr(place, name, value)
        yield
    finally:
        for place, name, value in reversed(before):
            setattr(place, name, value)


@contextmanager
def seeded(chance: Chance) -> Generator[None]:
    """The server draws from `chance`; it and the fetching of the next page work in the calling thread; a passphrase is
    stretched once a process."""
    entropy = chance.entropy("server")
    choose = chance.stream("server codes")
    secrets = SimpleNamespace(token_bytes=entropy, choice=choose.choice)
    id_makers: Sequence[ModuleType] = (server.db.service, server.identity.people, server.sync.merging)
    with replaced(
        *((module, "new_id", partial(new_id, entropy=entropy)) for module in id_makers),
        (server.identity.tokens, "secrets", secrets),
        (server.identity.codes, "secrets", secrets),
        (server.db.service, "secrets", secrets),
        (server.api, "run_in_threadpool", _inline),
        (server.http.boundary, "Arrival", _AtOnce),
        (keys, "stretch", _stretched),
        (schema, "ScriptDirectory", _Scripts),
        (ahead._Fetch, "start", ahead._Fetch.run),
        (ahead._Fetch, "join", lambda self: None),
    ):
        yield


class _AtOnce:
    """A request's body that is there as soon as it is asked for."""

    def __init__(self, scope: Any, receive: Any, limits: Any) -> None:
        self.receive = receive

    def sending(self, send: Any) -> Any:
        """Nothing is missing when the answer leaves."""
        return send


async def _inline(work: Callable[..., Any], *arguments: Any) -> Any:
    return work(*arguments)


_stretched = cache(kdf.stretch)


class _Scripts:
    """The list of migrations, read from the disk once a process."""

    @staticmethod
    def from_config(config: Config) -> ScriptDirectory:
        location = config.get_main_option("script_location")
        if location not in _scripts:
            _scripts[location] = ScriptDirectory.from_config(config)
        return _scripts[location]


_scripts: dict[str | None, ScriptDirectory] = {}
