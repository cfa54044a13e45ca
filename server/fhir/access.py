"""Looking into a resource that may have any shape: what is not there, or is not what it should be, is None or empty."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from datetime import date, datetime
from typing import Any, cast

from fieldapp.domain.canonical import Json
from fieldapp.domain.clock import LONDON
from fieldapp.domain.revision import format_time

_SEMANTIC_TAG = re.compile(
    r" \((?:disorder|finding|situation|procedure|regime/therapy|substance|product|medicinal product|clinical drug"
    r"|person|event|observable entity|qualifier value|record artifact)\)$"
)
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_ZONED = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T.*(?:Z|[+-][0-9]{2}:[0-9]{2})")
LONGEST_LINE = 500


def part(node: object, *path: str) -> Json:
    """The object at `path`, else an empty one. The first of a list stands for the list."""
    for name in path:
        node = cast("Json", node).get(name) if isinstance(node, dict) else None
        if isinstance(node, list):
            node = next(iter(cast("list[object]", node)), None)
    return cast("Json", node) if isinstance(node, dict) else {}


def parts(node: object, name: str) -> list[Json]:
    """The objects in the list called `name`; a single object is a list of one."""
    found = cast("Json", node).get(name) if isinstance(node, dict) else None
    if isinstance(found, dict):
        return [cast("Json", found)]
    listed = cast("list[Any]", found) if isinstance(found, list) else []
    return [cast("Json", one) for one in listed if isinstance(one, dict)]


def word(node: object, name: str) -> str | None:
    """The text called `name`, trimmed, or None where it says nothing."""
    value = cast("Json", node).get(name) if isinstance(node, dict) else None
    return value.strip() or None if isinstance(value, str) else None


def words(node: object, name: str) -> list[str]:
    """The texts in the list called `name`."""
    value = cast("Json", node).get(name) if isinstance(node, dict) else None
    if isinstance(value, str):
        return [value.strip()] if value.strip() else []
    listed = cast("list[Any]", value) if isinstance(value, list) else []
    return [one.strip() for one in listed if isinstance(one, str) and one.strip()]


def line(text: str | None) -> str | None:
    """The text on one line, as a record's line takes it; None where there is nothing or too much."""
    joined = " ".join((text or "").split())
    return joined if 0 < len(joined) <= LONGEST_LINE else None


def codings(concept: object) -> Iterator[tuple[str | None, str]]:
    """System and code of each coding of a concept."""
    for coding in parts(concept, "coding"):
        code = word(coding, "code")
        if code:
            yield word(coding, "system"), code


def codes(concept: object) -> set[str]:
    """The codes of a concept, of any system."""
    return {code for _, code in codings(concept)}


def code_in(concept: object, system: str) -> str | None:
    """The concept's first code in `system`."""
    return next((code for found, code in codings(concept) if found == system), None)


def wording(concept: object) -> str | None:
    """What a concept is called: its own words, else the chosen or first display, without SNOMED CT's semantic tag."""
    text = word(concept, "text")
    if text is None:
        displayed = sorted(parts(concept, "coding"), key=lambda coding: coding.get("userSelected") is not True)
        text = next((found for coding in displayed if (found := word(coding, "display"))), None)
    return line(_SEMANTIC_TAG.sub("", text)) if text else None


def first_wording(concepts: Iterable[object]) -> str | None:
    """The first concept that is called something."""
    return next((text for concept in concepts if (text := wording(concept))), None)


def day(text: str | None) -> date | None:
    """The day of a FHIR date or time, as written there; None where the source knows only the month or year."""
    found = _DAY.match(text or "")
    try:
        return date.fromisoformat(found.group()) if found else None
    except ValueError:
        return None


def moment(text: str | None) -> tuple[datetime, bool] | None:
    """The aware time of a FHIR dateTime and whether the time of day was given; a bare day begins at London midnight."""
    if not text:
        return None
    try:
        if _ZONED.fullmatch(text):
            return datetime.fromisoformat(text), True
    except ValueError:
        return None
    only = day(text)
    if only is None or "T" in text:
        return None
    return datetime(only.year, only.month, only.day, tzinfo=LONDON), False


def clinical_day(value: date) -> str:
    """`05-Apr-2008`."""
    months = "Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec".split()
    return f"{value.day:02}-{months[value.month - 1]}-{value.year}"


def onset(resource: Json, name: str) -> str | None:
    """When something began, in words: a day, or what the source says of it."""
    text = word(resource, f"{name}DateTime") or word(part(resource, f"{name}Period"), "start")
    known = day(text)
    if known:
        return clinical_day(known)
    return line(text or word(resource, f"{name}String"))


def extension(resource: Json, ending: str) -> Json:
    """The first extension whose address ends with `ending`, looking also inside extensions."""
    for found in parts(resource, "extension"):
        if (word(found, "url") or "").endswith(ending):
            return found
        inner = extension(found, ending)
        if inner:
            return inner
    return {}


def stored(value: datetime) -> str:
    """The time as a record stores it, in UTC."""
    return format_time(value)
