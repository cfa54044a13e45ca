"""Correcting an entry that the server sent back: what may be typed anew, and the signed replacement."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal, cast

from fieldapp.domain.canonical import Json
from fieldapp.domain.records import body_type
from fieldapp.usecases.errors import UnknownRecordError
from fieldapp.usecases.session import Saved, Session
from fieldapp.usecases.statements import kind_title, statements, title_of, words

Typing = Literal["text", "integer", "number"]


@dataclass(frozen=True, slots=True)
class Blank:
    """One field to type: its value as it was signed, "" where it is missing. `wanted` is the one the server named."""

    name: str
    label: str
    typing: Typing
    value: str
    wanted: bool


@dataclass(frozen=True, slots=True)
class Repair:
    """An entry that was sent back. `rest` is what stays as it is, in words."""

    revision: str
    record: str
    patient: str
    title: str
    sentence: str
    blanks: tuple[Blank, ...]
    rest: tuple[tuple[str, str], ...]
    body: Json
    typed: Mapping[str, str]
    """What was typed before and not saved."""


def start(session: Session, revision: str) -> Repair:
    """Raises UnknownRecordError where the entry was not sent back, or was corrected already."""
    delivery = next((d for d in session.store.refusals() if d.revision == revision), None)
    refused = session.store.revision(revision)
    if delivery is None or delivery.refusal is None or refused is None:
        raise UnknownRecordError("This entry was not sent back. Look at the sync screen again.")
    typings = _typings(refused.kind)
    named = _top(delivery.refusal.where)
    blanks = tuple(
        Blank(name, title_of(refused.kind, name), typing, _text(refused.body.get(name)), name == named)
        for name, typing in typings.items()
        if name == named or _is_plain(refused.body.get(name))
    )
    typed = {blank.name for blank in blanks}
    rest = tuple(
        (title_of(refused.kind, path), words(refused.kind, path, value))
        for path, value in statements(refused.kind, refused.body).items()
        if path.partition("/")[0] not in typed and path != "entered_in_error"
    )
    return Repair(
        revision=revision,
        record=refused.record,
        patient=refused.patient,
        title=kind_title(refused.kind),
        sentence=delivery.refusal.sentence,
        blanks=blanks,
        rest=rest,
        body=refused.body,
        typed=session.store.draft(_draft(revision)) or {},
    )


def keep(session: Session, revision: str, typed: Mapping[str, str]) -> None:
    """Seal what was typed so far as a draft."""
    session.store.put_draft(_draft(revision), dict(typed))


def save(session: Session, repair: Repair, values: Mapping[str, str], reason: str | None = None) -> Saved:
    """Sign the corrected entry in place of the refused one, which stays on the tablet. `values` maps a blank's name to
    what was typed; an emptied field is left out.

    Raises:
        UnknownRecordError, fieldapp.domain.records.InvalidBodyError
    """
    body: dict[str, Any] = dict(repair.body)
    for blank in repair.blanks:
        typed = values.get(blank.name, blank.value).strip()
        if typed == blank.value.strip():
            continue
        if typed:
            body[blank.name] = _value(blank.typing, typed)
        else:
            body.pop(blank.name, None)
    saved = session.repair(repair.revision, body, reason=reason)
    session.store.drop_draft(_draft(repair.revision))
    return saved


def _draft(revision: str) -> str:
    return f"repair:{revision}"


def _value(typing: Typing, typed: str) -> str | int | float:
    """The typed number; words stay words, for the kind's own rules to refuse."""
    try:
        return int(typed) if typing == "integer" else float(typed) if typing == "number" else typed
    except ValueError:
        return typed


def _is_plain(value: object) -> bool:
    return isinstance(value, str | int | float) and not isinstance(value, bool)


def _text(value: object) -> str:
    return str(value) if _is_plain(value) else ""


def _top(where: str | None) -> str:
    return (where or "").removeprefix("body.").partition(".")[0].partition("/")[0]


def _typings(kind: str) -> dict[str, Typing]:
    """The fields of a kind that are typed: words and numbers, not times, choices of ids or lists."""
    model = body_type(kind)
    properties = cast("dict[str, Json]", model.model_json_schema()["properties"]) if model else {}
    found: dict[str, Typing] = {}
    for name, schema in properties.items():
        options = cast("list[Json]", schema.get("anyOf", [schema]))
        kinds = [option.get("type") for option in options if "format" not in option]
        for json_type, typing in (("integer", "integer"), ("number", "number"), ("string", "text")):
            if json_type in kinds and name not in ("visit", "episode", "team"):
                found[name] = cast("Typing", typing)
                break
    return found
