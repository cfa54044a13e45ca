"""Reading bodies as JSON: a field that is absent, null or of a newer version's type reads as None."""

from __future__ import annotations

from datetime import date, datetime
from typing import cast

from fieldapp.domain.canonical import Json
from fieldapp.domain.revision import parse_time


def text(body: Json, name: str) -> str | None:
    """A string with something in it."""
    value = body.get(name)
    return value if isinstance(value, str) and value else None


def number(body: Json, name: str) -> int | float | None:
    """A number in its recorded unit and precision."""
    value = body.get(name)
    return value if isinstance(value, int | float) and not isinstance(value, bool) else None


def flag(body: Json, name: str) -> bool | None:
    """True, false or not said."""
    value = body.get(name)
    return value if isinstance(value, bool) else None


def moment(body: Json, name: str) -> datetime | None:
    """An aware UTC time."""
    value = text(body, name)
    try:
        return parse_time(value) if value else None
    except ValueError:
        return None


def day(body: Json, name: str) -> date | None:
    """A calendar date."""
    value = text(body, name)
    try:
        return date.fromisoformat(value) if value else None
    except ValueError:
        return None


def part(body: Json, name: str) -> Json:
    """An object, empty where there is none."""
    value = body.get(name)
    return cast("Json", value) if isinstance(value, dict) else {}


def parts(body: Json, name: str) -> list[Json]:
    """A list of objects."""
    value = body.get(name)
    found = cast("list[object]", value) if isinstance(value, list) else []
    return [cast("Json", item) for item in found if isinstance(item, dict)]


def lines(body: Json, name: str) -> tuple[str, ...]:
    """A list of strings."""
    value = body.get(name)
    found = cast("list[object]", value) if isinstance(value, list) else []
    return tuple(item for item in found if isinstance(item, str))
