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
    """What one address, one device and everybody together may ask. Only failed codes count against the last two."""

    address: Rate = Rate(200, 2000)
    device: Rate = Rate(50, 1000)
    wrong_codes_of_address: Rate = Rate(1 / 60, 10)
    wrong_codes_of_all: Rate = Rate(1, 200)


@dataclass(frozen=True, slots=True)
class Settings:
    """How one server runs. `url` is its public address, which patients' links start with."""

    database: str = DEFAULT_DATABASE
    url: str = "http://127.0.0.1:8000"
    wording: str | None = None
    limits: Limits = field(default_factory=Limits)


def database_url(chosen: str | None, environment: Mapping[str, str] = os.environ) -> str:
    """The database to use: the one chosen, else the environment's, else a file under `var`."""
    return chosen or environment.get(DATABASE_VARIABLE) or DEFAULT_DATABASE
