"""One small summary a patient, kept in step with the records, from which the lists are shown without opening them.

`fold` adds one record's new state; folding a state twice changes nothing. Lists that could grow for ever are bounded:
the newest observation sets and visits are kept, by the clinical time they carry.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any, Final, TypedDict, cast

from fieldapp.domain.canonical import Json
from fieldapp.domain.revision import format_time, parse_time
from fieldapp.domain.state import RecordState


class Summary(TypedDict):
    """What the lists know of a patient: for each kind, record id → the fields named in `KEPT`, as signed.

    `conflicts` maps a disputed record's id to `{"kind": …, "disputed": [path…]}`; `changed_at` is when the newest
    revision of any of it was signed (UTC).
    """

    patient: dict[str, Json]
    plan: dict[str, Json]
    episode: dict[str, Json]
    visit: dict[str, Json]
    observations: dict[str, Json]
    conflicts: dict[str, Json]
    changed_at: str


KEPT: Final[Mapping[str, frozenset[str]]] = {
    "patient": frozenset(
        {"name", "nhs_number", "born", "died", "gender", "sex", "pregnant", "address", "access", "phone"}
        | {"allergies", "alerts", "needs"}
    ),
    "plan": frozenset({"oxygen", "escalation", "monitoring", "review_on"}),
    "episode": frozenset(
        {"pathway", "team", "focus", "reason", "status", "referred_at", "started_at", "first_contact_at", "ended_at"}
    ),
    "visit": frozenset(
        {"episode", "team", "clinician", "window_start", "window_end", "minutes", "travel_minutes", "purpose"}
        | {"access", "progress"}
    ),
    "observations": frozenset(
        {"taken_at", "respiration_rate", "spo2", "spo2_scale", "on_oxygen", "systolic_bp", "pulse", "consciousness"}
        | {"temperature", "recorded_news2"}
    ),
}
"""The fields of each kind that lists show; kinds not named here are not in the summary."""

_NEWEST: Final[Mapping[str, tuple[str, int]]] = {"observations": ("taken_at", 8), "visit": ("window_start", 90)}


def empty() -> Summary:
    """The summary of a patient of whom nothing is known yet."""
    return Summary(patient={}, plan={}, episode={}, visit={}, observations={}, conflicts={}, changed_at="")


def fold(summary: Json | None, state: RecordState) -> Json:
    """The summary with `state` taken in. `summary` is what an earlier fold gave, or None; it is not changed."""
    return fold_all(summary, (state,))


def fold_all(summary: Json | None, states: Iterable[RecordState]) -> Json:
    """`fold` of one state after another, each of another record, for what folding a page costs once."""
    folded: dict[str, Any] = dict(summary) if summary is not None else dict(empty())
    changed_at = None
    own: set[str] = set()
    for state in states:
        changed_at = state.latest_at if changed_at is None else max(changed_at, state.latest_at)
        if state.in_conflict or state.id in folded["conflicts"]:
            conflicts = _own(folded, own, "conflicts")
            conflicts.pop(state.id, None)
            if state.in_conflict:
                conflicts[state.id] = {"kind": state.kind, "disputed": list(state.disputed)}
        kept = KEPT.get(state.kind)
        if kept is not None:
            known = _own(folded, own, state.kind)
            known.pop(state.id, None)
            if not state.body.get("entered_in_error"):
                known[state.id] = {name: value for name, value in state.body.items() if name in kept}
    if changed_at is not None:
        folded["changed_at"] = max(str(folded["changed_at"]), format_time(changed_at))
    for kind in own.intersection(_NEWEST):
        folded[kind] = _bounded(kind, folded[kind])
    return folded


def _own(folded: dict[str, Any], own: set[str], part: str) -> dict[str, Any]:
    """A part that may be changed, because it is this fold's own copy."""
    if part not in own:
        folded[part] = dict(cast("dict[str, Any]", folded[part]))
        own.add(part)
    return folded[part]


def _bounded(kind: str, records: dict[str, Any]) -> dict[str, Any]:
    if len(records) <= _NEWEST[kind][1]:
        return records
    time, count = _NEWEST[kind]
    newest = sorted(records, key=lambda record: (_moment(records[record].get(time)), record))[-count:]
    return {record: records[record] for record in newest}


def _moment(text: object) -> datetime:
    try:
        return parse_time(str(text))
    except ValueError:
        return datetime.min.replace(tzinfo=UTC)
