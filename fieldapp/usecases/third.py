"""A third version of a statement: its parts as text to type over, and the value that follows from them.

Each statement is taken apart as far as a person can type it: a plain value is one field, an object one field a part,
a list of items the same for each item. What cannot be typed stays as the first version has it.

ThirdError   what was typed cannot be read; the text says what to write instead
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final, cast

from fieldapp.domain.canonical import Json
from fieldapp.usecases import plan_reading as typed_as
from fieldapp.usecases.conflict import Question
from fieldapp.usecases.plan_form import LABELS
from fieldapp.usecases.plan_reading import TypedError

_LINES: Final = frozenset({"not_for", "still_for", "lines", "have_ready"})
_TALL: Final = _LINES | {"items"}
_DATES: Final = frozenset({"born", "died", "updated", "expected_by"})
_HEADS: Final = ("name", "text", "what", "quote", "label", "substance")
_PLANNED: Final = frozenset({"target_low", "target_high", "spo2_scale", "every_minutes"})
_ALLERGY: Final = {
    "state": "Known, none known or not recorded",
    "items": "Allergies, one a line, as substance: reaction",
    "updated": "Updated",
}
_STATES: Final = {"known": "known", "none known": "none_known", "not recorded": "not_recorded"}


class ThirdError(ValueError):
    """What was typed cannot be read."""


@dataclass(frozen=True, slots=True)
class ThirdField:
    """One part to type. `name` is its place, `text` what the first version says, `tall` asks for one a line."""

    name: str
    label: str
    text: str
    tall: bool = False


def fields(question: Question) -> tuple[ThirdField, ...]:
    """The parts of the statement, filled in from the first version that has it."""
    section = question.path.partition("/")[0]
    value = _start(question)
    if isinstance(value, list) and _objects(value):
        items = _items(question)
        return tuple(
            ThirdField(f"{item['id']}.{part.name}", f"{n}. {part.label}", part.text, part.tall)
            for n, item in enumerate(items, 1)
            for part in _parts(section, item, items)
        )
    if isinstance(value, dict):
        sides = [cast("Json", side.value) for side in question.sides if side.value is not None]
        return _parts(section, cast("Json", value), sides)
    return (ThirdField(section, question.title, _text(section, value), isinstance(value, list)),)


def read(question: Question, texts: Mapping[str, str]) -> Any:
    """The JSON value of what was typed; None where nothing is left of the statement. Raises ThirdError."""
    section = question.path.partition("/")[0]
    value = _start(question)
    if isinstance(value, list) and _objects(value):
        made = [_object(section, item, texts, f"{item['id']}.") for item in _items(question)]
        return [item for item in made if any(name in item for name in _HEADS)] or None
    if isinstance(value, dict):
        made_ = _object(section, cast("Json", value), texts, "")
        return made_ if set(made_) - {"id"} else None
    return _value(section, question.title, texts.get(section, ""), value)


def _start(question: Question) -> Any:
    sides = (side.value for side in question.sides if side.value is not None)
    return next(sides, question.base)


def _objects(value: Any) -> bool:
    found = cast("list[Any]", value)
    return bool(found) and all(isinstance(item, dict) and "id" in item for item in found)


def _items(question: Question) -> list[Json]:
    """The items of every version, the first version's before the rest."""
    found: dict[str, Json] = {}
    for side in question.sides:
        for item in cast("Iterable[Json]", side.value or ()):
            found.setdefault(str(item.get("id")), item)
    return list(found.values())


def _parts(section: str, value: Json, sides: Iterable[Json]) -> tuple[ThirdField, ...]:
    known = LABELS.get(section, {})
    names = list(known) or list(dict.fromkeys(name for side in sides for name in side))
    return tuple(
        ThirdField(name, known.get(name) or _label(section, name), _text(name, value.get(name)), name in _TALL)
        for name in names
        if name not in ("id", "code") and (name == "items" or not _nested(value.get(name)))
    )


def _label(section: str, name: str) -> str:
    return _ALLERGY.get(name, name) if section == "allergies" else name.replace("_", " ").capitalize()


def _nested(value: Any) -> bool:
    items = cast("list[Any]", value) if isinstance(value, list) else [value]
    return any(isinstance(item, dict) for item in items)


def _object(section: str, value: Json, texts: Mapping[str, str], prefix: str) -> Json:
    made = dict(value)
    labels = LABELS.get(section, {})
    for key, words in texts.items():
        if not key.startswith(prefix):
            continue
        name = key.removeprefix(prefix)
        read_ = _value(name, labels.get(name) or _label(section, name), words, value.get(name))
        if read_ is None:
            made.pop(name, None)
        else:
            made[name] = read_
    if section == "allergies" and made.get("state") != "known":
        made.pop("items", None)
    return made


def _text(name: str, value: Any) -> str:
    if name == "items" and isinstance(value, list):
        return "\n".join(_allergy(item) for item in cast("list[Json]", value))
    if name == "state":
        return str(value or "").replace("_", " ")
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, list) and name in _LINES:
        return "\n".join(str(item) for item in cast("list[Any]", value))
    return typed_as.text_of("review_on" if name in _DATES else name, value)


def _allergy(item: Json) -> str:
    return ": ".join(str(item[name]) for name in ("substance", "reaction") if item.get(name))


def _value(name: str, label: str, words: str, before: Any) -> Any:
    words = words.strip()
    if words == _text(name, before).strip():
        return before
    if not words:
        return None
    try:
        if name == "items":
            return [_substance(line) for line in typed_as.lines(words)]
        if name == "state":
            return _STATES[words.lower()]
        if name in _DATES:
            return typed_as.day(words).isoformat()
        if isinstance(before, bool):
            return {"yes": True, "no": False}[words.lower()]
        if isinstance(before, int | float) and name not in _PLANNED:
            return float(words) if "." in words else int(words)
        if isinstance(before, list) or name in _LINES:
            return typed_as.value_of(name, words) if name == "times" else typed_as.lines(words)
        return typed_as.value_of(name, words)
    except TypedError as wrong:
        raise ThirdError(f"{label}: {wrong}") from None
    except (KeyError, ValueError):
        raise ThirdError(f"{label}: this cannot be read. Write it as it was before.") from None


def _substance(line: str) -> Json:
    substance, _, reaction = (part.strip() for part in line.partition(":"))
    return {"substance": substance, **({"reaction": reaction} if reaction else {})}
