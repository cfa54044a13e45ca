"""How the sending stands, in plain sentences: what waits, where it is, what to do."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from fieldapp.domain.canonical import Json
from fieldapp.domain.clocks import local_date
from fieldapp.domain.display.dates import as_at, day_and_time
from fieldapp.domain.display.durations import duration_words, short_length
from fieldapp.storage import Delivery
from fieldapp.sync.auto import AutoState
from fieldapp.usecases.people import first, identity
from fieldapp.usecases.photos import waiting_words
from fieldapp.usecases.session import Session
from fieldapp.usecases.statements import kind_title

Word = Literal["On tablet", "Sending", "Sent", "Sent back"]
Mood = Literal["sent", "waiting", "sending", "receiving", "offline", "trouble"]

_PROMISE = "Everything is safe on this tablet. “Sent” shows only when the server has answered for that entry."


@dataclass(frozen=True, slots=True)
class Badge:
    """What is always on screen."""

    unsent: int
    refused: int
    as_at: str
    """`as at 08:12`"""


@dataclass(frozen=True, slots=True)
class Line:
    """One entry on its way. `chip` reads `On tablet`, `Sending`, `Sent 11:02`, `Sent back`."""

    revision: str
    record: str
    patient: str
    title: str
    who: str
    when: str
    word: Word
    chip: str


@dataclass(frozen=True, slots=True)
class SentBack:
    """An entry the server refused: kept here until somebody corrects it (`Session.repair`)."""

    revision: str
    record: str
    patient: str
    kind: str
    title: str
    who: str
    sentence: str
    where: str | None


@dataclass(frozen=True, slots=True)
class SyncView:
    """The sync screen. `fraction` (0-1) while sending; `action` is what the one button says, None where none helps."""

    mood: Mood
    headline: str
    sentence: str
    fraction: float | None
    action: str | None
    badge: Badge
    waiting: tuple[Line, ...]
    refused: tuple[SentBack, ...]
    recent: tuple[Line, ...]
    """Today's entries made on this tablet, newest first."""
    facts: tuple[tuple[str, str], ...]
    """(label, value), such as (`Data as at`, `14:02, 45 min ago`)."""


def badge(session: Session) -> Badge:
    """Unsent count and age of the data."""
    refused = len(session.store.refusals())
    unsent = session.store.outbox_size() + session.store.attachments_waiting_alone()
    return Badge(unsent, refused, as_at(session.store.freshness(), session.now()))


def waiting_sentence(count: int, oldest: datetime | None, now: datetime) -> str:
    """`3 entries wait for signal. Oldest 40 minutes. All of them are safe on this tablet.`"""
    if not count:
        return "Everything is sent."
    entries = "1 entry waits" if count == 1 else f"{count} entries wait"
    age = f" Oldest {_old(now - oldest)}." if oldest else ""
    safe = "It is" if count == 1 else "All of them are"
    return f"{entries} for signal.{age} {safe} safe on this tablet."


def _old(age: timedelta) -> str:
    return "under a minute" if age < timedelta(minutes=1) else duration_words(age)


def sync_view(session: Session, auto: AutoState | None = None, *, limit: int = 200) -> SyncView:
    """The screen as of now; `auto` is the state of the worker, where one runs."""
    now = session.now()
    state = auto or AutoState()
    names = {patient: _who(patient, summary, now) for patient, summary in session.store.summaries()}
    deliveries = session.store.deliveries(limit)
    unsent = [d for d in deliveries if d.state == "waiting"]
    sending = state.phase == "sending"
    without = session.store.revisions_waiting_for_pictures()
    waiting = tuple(_line(d, names, now, sending=sending) for d in unsent)
    refused = tuple(_sent_back(d, names) for d in session.store.refusals())
    count = session.store.outbox_size() - len(refused)
    oldest = min((d.saved_at for d in unsent), default=None)
    pictures = waiting_words(session.store.attachments_waiting())
    mood, headline, sentence, fraction = _said(state, count, oldest, now, pictures)
    fresh = session.store.freshness()
    age = f"{day_and_time(fresh, now)}, {short_length(now - fresh)} ago" if fresh else "Never synced"
    return SyncView(
        mood=mood,
        headline=headline,
        sentence=sentence,
        fraction=fraction,
        action="Try now" if mood in ("offline", "trouble") else "Sync now" if mood in ("sent", "waiting") else None,
        badge=badge(session),
        waiting=waiting,
        refused=refused,
        recent=tuple(
            _line(d, names, now, sending=sending, without_picture=d.revision in without)
            for d in deliveries
            if local_date(d.saved_at) == local_date(now)
        ),
        facts=(("Data as at", age), ("Patients on this tablet", str(len(names)))),
    )


def _said(
    state: AutoState, count: int, oldest: datetime | None, now: datetime, pictures: str
) -> tuple[Mood, str, str, float | None]:
    entries = waiting_sentence(count, oldest, now) if count or not pictures else ""
    waits = " ".join(filter(None, (entries, pictures and f"{pictures}, safe on this tablet.")))
    waiting = bool(count or pictures)
    match state.phase:
        case "sending":
            at = min(state.done + 1, state.total)
            part = state.done / state.total if state.total else None
            return "sending", f"Sending {at} of {state.total}", _PROMISE, part
        case "receiving":
            ready = "Today’s patients are here." if state.today_ready else "Today’s patients come first."
            return "receiving", "Receiving", f"{ready} {waits if waiting else ''}".strip(), None
        case "offline":
            return "offline", "No signal. Carry on.", waits, None
        case "trouble":
            return "trouble", "Not synced", f"{state.error or ''} {waits if waiting else ''}".strip(), None
        case _:
            if waiting:
                return "waiting", "Waiting to send", waits, None
            return "sent", "Everything is sent", "Nothing waits on this tablet.", None


def _who(patient: str, summary: Json, now: datetime) -> str:
    return identity(patient, first(summary["patient"]), now).short


def _line(
    delivery: Delivery, names: dict[str, str], now: datetime, *, sending: bool, without_picture: bool = False
) -> Line:
    word: Word = "Sent"
    if delivery.state == "refused":
        word = "Sent back"
    elif delivery.state == "waiting" or without_picture:
        word = "Sending" if sending else "On tablet"
    at = delivery.received_at
    return Line(
        revision=delivery.revision,
        record=delivery.record,
        patient=delivery.patient,
        title=kind_title(delivery.kind),
        who=names.get(delivery.patient, "No longer on your caseload"),
        when=day_and_time(delivery.saved_at, now),
        word=word,
        chip=f"Sent {day_and_time(at, now)}" if word == "Sent" and at else word,
    )


def _sent_back(delivery: Delivery, names: dict[str, str]) -> SentBack:
    refusal = delivery.refusal
    return SentBack(
        revision=delivery.revision,
        record=delivery.record,
        patient=delivery.patient,
        kind=delivery.kind,
        title=kind_title(delivery.kind),
        who=names.get(delivery.patient, "No longer on your caseload"),
        sentence=f"{refusal.sentence if refusal else ''} The entry is kept here until you correct it.".strip(),
        where=refusal.where if refusal else None,
    )
