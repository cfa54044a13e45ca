"""A patient's *Timeline*: everything that was signed, newest first, with every earlier version one tap away."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from fieldapp.domain.attachments import Attachment, attachment_of
from fieldapp.domain.canonical import Json
from fieldapp.domain.codes import MEASUREMENTS
from fieldapp.domain.delivery import RecordStatus
from fieldapp.domain.display.dates import clinical_datetime, day_and_time
from fieldapp.domain.display.numbers import blood_pressure
from fieldapp.domain.state import RecordState
from fieldapp.storage import Delivery
from fieldapp.usecases import reading
from fieldapp.usecases.observations import VALUES, shown
from fieldapp.usecases.scoring import score_of
from fieldapp.usecases.session import Saved, Session
from fieldapp.usecases.statements import in_order, kind_title, statements, title_of, words

_HIDDEN: Final = frozenset({"visit", "episode", "about", "entered_in_error", "image"})


@dataclass(frozen=True, slots=True)
class Entry:
    """One record in the timeline. `at` is the clinical time where the kind has one, else when it was signed."""

    record: str
    kind: str
    title: str
    at: datetime
    when: str
    by: str
    role: str
    line: str
    versions: int
    entered_in_error: bool
    status: RecordStatus
    image: Attachment | None = None
    """Of a photograph."""


@dataclass(frozen=True, slots=True)
class Version:
    """One signed version of a record. `changed` are the statements that differ from the version(s) it followed."""

    revision: str
    by: str
    role: str
    at: datetime
    when: str
    reason: str | None
    body: Json
    changed: tuple[tuple[str, str], ...]
    """(title, words) of each."""
    current: bool


def timeline(session: Session, patient: str, *, kinds: Collection[str] | None = None) -> Sequence[Entry]:
    """Every record of the patient, or those of some kinds."""
    now = session.now()
    states = session.store.records(patient, set(kinds) if kinds is not None else None)
    status = session.store.statuses(patient)
    entries = [_entry(state, with_picture(session, state, status.get(state.id, "sent")), now) for state in states]
    return sorted(entries, key=lambda entry: (entry.at, entry.record), reverse=True)


def history(session: Session, record: str) -> Sequence[Version]:
    """Every version of one record, newest first. Raises UnknownRecordError."""
    state = session.record(record)
    now = session.now()
    revisions = in_order(session.store.revisions(record))
    said = {r.id: statements(state.kind, r.body) for r in revisions}
    found: list[Version] = []
    for revision in revisions:
        before = [said[parent] for parent in revision.parents if parent in said]
        changed = [
            (title_of(state.kind, path), words(state.kind, path, value))
            for path, value in said[revision.id].items()
            if all(parent.get(path) != value for parent in before)
        ]
        found.append(
            Version(
                revision=revision.id,
                by=revision.author.name,
                role=revision.author.role,
                at=revision.true_time,
                when=day_and_time(revision.true_time, now),
                reason=revision.reason,
                body=revision.body,
                changed=tuple(changed),
                current=revision.id in state.heads,
            )
        )
    return list(reversed(found))


def values(kind: str, body: Json) -> list[tuple[str, str]]:
    """Everything a record says, as (label, words), numbers with their units; ids of other records are left out."""
    found: list[tuple[str, str]] = []
    for path, value in statements(kind, body).items():
        if path in _HIDDEN or value in (None, "", [], {}):
            continue
        if kind == "observations" and path in VALUES:
            label = "Air or oxygen" if path == "on_oxygen" else MEASUREMENTS[path].label
            found.append((label, shown(path, value)))
        elif kind == "observations" and path == "recorded_news2":
            found.append(("NEWS2 as recorded", str(value)))
        else:
            label = kind_title(kind) if kind == "note" and path == "text" else title_of(kind, path)
            found.append((label, words(kind, path, value)))
    if kind == "observations" and (total := score_of(body).total) is not None:
        found.insert(0, ("NEWS2 computed", str(total)))
    return found


def mark_in_error(session: Session, record: str, reason: str) -> Saved:
    """Say that an entry should not have been made. It stays in the timeline with its values and the reason, and no
    longer counts on *Now*. Raises UnknownRecordError, NeedsReasonError."""
    state = session.record(record)
    body = {**state.body, "entered_in_error": True}
    return session.put(state.patient, state.kind, body, record=record, reason=reason, base=state.heads)


def sent_back(session: Session, record: str) -> Delivery | None:
    """What the server sent back of a record and nobody has repaired yet."""
    return next((refused for refused in session.store.refusals() if refused.record == record), None)


def with_picture(session: Session, state: RecordState, status: RecordStatus) -> RecordStatus:
    """A photograph is sent when its bytes are."""
    named = attachment_of(state.kind, state.body) if status == "sent" else None
    if named is not None and session.store.attachment_state(state.patient, named) == "waiting":
        return "pending"
    return status


def _entry(state: RecordState, status: RecordStatus, now: datetime) -> Entry:
    named = {
        "observations": "taken_at",
        "therapy_session": "started_at",
        "visit": "window_start",
        "photo": "taken_at",
    }.get(state.kind)
    at = (reading.moment(state.body, named) if named else None) or state.first_at
    return Entry(
        record=state.id,
        kind=state.kind,
        title=kind_title(state.kind),
        at=at,
        when=clinical_datetime(at),
        by=state.first_author.name,
        role=state.first_author.role,
        line=line_of(state.kind, state.body),
        versions=state.revisions,
        entered_in_error=bool(state.body.get("entered_in_error")),
        status=status,
        image=attachment_of(state.kind, state.body),
    )


def line_of(kind: str, body: Json) -> str:
    """One line that says what the record holds."""
    if kind == "observations":
        return _observed(body)
    if kind == "patient":
        return "Details, allergies, alerts and needs"
    for name in ("text", "shows", "quote", "purpose", "summary", "reason", "focus", "pathway"):
        value = reading.text(body, name)
        if value is not None:
            return value.replace("_", " ") if name == "pathway" else value
    if kind == "therapy_session":
        return ", ".join(filter(None, (reading.text(item, "what") for item in reading.parts(body, "activities"))))
    titles = dict.fromkeys(title_of(kind, path) for path in statements(kind, body))
    return ", ".join(titles)


_SHORT: Final = {
    "respiration_rate": "resp",
    "spo2": "SpO₂",
    "pulse": "pulse",
    "pain": "pain",
    "glucose": "glucose",
    "weight": "weight",
    "height": "height",
}


def _observed(body: Json) -> str:
    """`NEWS2 5: resp 22 /min, SpO₂ 90 %, oxygen 1 L/min, BP 128/74 mmHg, pulse 94 /min, alert, 37.8 °C`"""
    found: list[str] = []
    for name in VALUES:
        value = body.get(name)
        if value is None or name in ("oxygen_flow", "diastolic_bp"):
            continue
        if name == "on_oxygen":
            flow = body.get("oxygen_flow")
            found.append("air" if not value else f"oxygen {shown('oxygen_flow', flow)}" if flow else "oxygen")
        elif name == "systolic_bp":
            upper, lower = reading.number(body, name), reading.number(body, "diastolic_bp")
            found.append(f"BP {blood_pressure(upper, lower, MEASUREMENTS['blood_pressure'].unit)}")
        elif name in _SHORT:
            found.append(f"{_SHORT[name]} {shown(name, value)}")
        else:
            found.append(shown(name, value).lower() if name == "consciousness" else shown(name, value))
    total = score_of(body).total
    words = ", ".join(found)
    return f"NEWS2 {total}: {words}" if total is not None else words[:1].upper() + words[1:]
