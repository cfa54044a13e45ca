"""Importing again: what the source says now, laid over what it said before.

An import adds and changes; it never removes. Items of lists go by their id, other fields by their name. What clinicians
have written since is not touched here: the revision made of this has the last import as its parent, so the server's
merge sets the two beside each other.
"""

from __future__ import annotations

from typing import Any, Final, cast

from fieldapp.domain.canonical import Json

NOT_KNOWN: Final = "Not known"
IDENTITY_ALERT: Final = "identity"


def carry(kind: str, before: Json, new: Json) -> Json:
    """The body that holds `before` and, over it, `new`."""
    body = dict(before)
    for name, value in new.items():
        old = body.get(name)
        if name == "allergies" and isinstance(old, dict):
            body[name] = _allergies(cast("Json", old), value)
        elif isinstance(old, list) and isinstance(value, list):
            body[name] = _listed(cast("list[Any]", old), cast("list[Any]", value))
        else:
            body[name] = value
    if kind == "patient" and "name" in new and family_of(before) == NOT_KNOWN != family_of(new):
        body["alerts"] = [alert for alert in body.get("alerts", []) if alert.get("id") != IDENTITY_ALERT]
    return body


def same_person(before: Json, new: Json) -> bool:
    """Whether details that carry the same source id can be one person's: what both know must agree."""
    if "name" not in new or family_of(before) == NOT_KNOWN:
        return True
    if family_of(before).casefold() != family_of(new).casefold():
        return False
    return all(before.get(name) in (None, new.get(name)) or new.get(name) is None for name in ("born", "nhs_number"))


def family_of(body: Json) -> str:
    """The family name, empty where there is none."""
    return str(cast("Json", body.get("name", {})).get("family", ""))


def _allergies(old: Json, new: Json) -> Json:
    if new["state"] != "known" and old.get("state") == "known":
        return old
    kept = [item for item in old.get("items", []) if item not in new["items"]] if new["state"] == "known" else []
    return {**old, **new, "items": [*kept, *new["items"]]}


def _listed(old: list[Any], new: list[Any]) -> list[Any]:
    by_id = {_id(item): item for item in new if _id(item)}
    kept = [by_id.get(_id(item), item) if _id(item) else item for item in old]
    return [*kept, *(item for item in new if item not in kept)]


def _id(item: object) -> str:
    return str(cast("Json", item).get("id", "")) if isinstance(item, dict) else ""
