"""Settings, from the command line and the environment."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field

DEFAULT_DATABASE = "sqlite:///var/server.db"
DATABASE_VARIABLE = "FIELDSERVER_DATABASE"
ADDRESS_VARIABLE = "FIELDSERVER_URL"


@dataclass(frozen=True, slots=True)
class Rate:
    """A limit: `per_second` on average, `burst` at once."""

    per_second: float
    burst: int


@dataclass(frozen=True, slots=True)
class Limits:
    """What one address, one device and everybody together may ask. Only failed codes count against the last two.

    `body_idle_s` is from one part of a body to its next, `body_s` for the whole of it, in seconds: a megabyte over the
    slowest mobile network takes minutes.
    """

    address: Rate = Rate(200, 2000)
    device: Rate = Rate(50, 1000)
    wrong_codes_of_address: Rate = Rate(1 / 60, 10)
    wrong_codes_of_all: Rate = Rate(1, 200)
    body_idle_s: float = 30.0
    body_s: float = 600.0


@dataclass(frozen=True, slots=True)
class HintSettings:
    """How the hint channel runs; seconds and numbers of open streams.

    `heartbeat_s` is between signs of life, `gap_s` from one hint of a stream to its next, `tick_s` between looks at a
    SQLite file that other processes may have written. `per_device` is more than one, since a tablet that lost its
    connection comes again before the server knows.
    """

    heartbeat_s: float = 25.0
    gap_s: float = 1.0
    tick_s: float = 1.0
    per_device: int = 3
    per_person: int = 12
    per_process: int = 4000


@dataclass(frozen=True, slots=True)
class Settings:
    """How one server runs. `url` is its public address, which patients' links start with."""

    database: str = DEFAULT_DATABASE
    url: str = "http://127.0.0.1:8000"
    wording: str | None = None
    limits: Limits = field(default_factory=Limits)
    hints: HintSettings = field(default_factory=HintSettings)


def database_url(chosen: str | None, environment: Mapping[str, str] = os.environ) -> str:
    """The database to use: the one chosen, else the environment's, else a file under `var`."""
    return chosen or environment.get(DATABASE_VARIABLE) or DEFAULT_DATABASE
