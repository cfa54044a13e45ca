"""A visit as it stands and what the clinician can say about it: on my way, arrived, done, running late."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final, Literal

from fieldapp.domain.canonical import Json
from fieldapp.domain.display.dates import clock_time, time_range
from fieldapp.domain.display.durations import relative, short_length
from fieldapp.domain.revision import format_time
from fieldapp.usecases import reading
from fieldapp.usecases.errors import NotNowError, UnknownRecordError
from fieldapp.usecases.session import Saved, Session

VisitAction = Literal["on_the_way", "running_late", "arrived", "done"]
Standing = Literal["planned", "late", "on_the_way", "arrived", "done", "cancelled", "moved"]

WORDS: Final[dict[VisitAction, str]] = {
    "on_the_way": "On my way",
    "running_late": "Running late",
    "arrived": "Arrived",
    "done": "Visit done",
}
"""What the button of each action says."""

_ACTIONS: Final[dict[str, tuple[VisitAction, ...]]] = {
    "planned": ("on_the_way", "running_late", "arrived"),
    "moved": ("on_the_way", "running_late", "arrived"),
    "on_the_way": ("arrived", "running_late"),
    "arrived": ("done",),
}


@dataclass(frozen=True, slots=True)
class Travel:
    """The travel bar, to scale: minutes to spare, of the drive and of the window, and the moments between them.

    `spare` is 0 once it is time to leave; `late_by` is how many minutes too late leaving now would be.
    """

    spare: int
    drive: int
    window: int
    late_by: int
    now: str
    leave_by: str
    starts: str
    ends: str
    words: str
    """`Leave by 14:18, 16 min to spare`, `Leave now`, `12 min behind`"""


@dataclass(frozen=True, slots=True)
class Visit:
    """One visit as screens show it. `actions` are what can be said now, the likeliest first."""

    record: str
    patient: str
    standing: Standing
    window: str
    """`14:30–15:00`"""
    starts_at: datetime
    ends_at: datetime
    why: str | None
    clinician: str | None
    team: str | None
    episode: str | None
    access: str | None
    travel: Travel | None
    progress: str
    """`Planned`, `On the way since 14:10, there about 14:25`, `Arrived 14:31`, `Done 15:02`"""
    actions: tuple[VisitAction, ...]


def status(body: Json) -> str:
    """The recorded status, `planned` where nothing was said."""
    return reading.text(reading.part(body, "progress"), "status") or "planned"


def standing(body: Json, now: datetime) -> Standing:
    """The status, with a planned visit whose window has passed as late."""
    said: Any = status(body)
    ends = reading.moment(body, "window_end")
    return "late" if said in ("planned", "moved") and ends is not None and now > ends else said


def visit_of(record: str, patient: str, body: Json, now: datetime) -> Visit | None:
    """From a visit's body, whole or as the summary keeps it; None where its window cannot be read."""
    starts, ends = reading.moment(body, "window_start"), reading.moment(body, "window_end")
    if starts is None or ends is None:
        return None
    return Visit(
        record=record,
        patient=patient,
        standing=standing(body, now),
        window=time_range(starts, ends),
        starts_at=starts,
        ends_at=ends,
        why=reading.text(body, "purpose"),
        clinician=reading.text(reading.part(body, "clinician"), "name"),
        team=reading.text(body, "team"),
        episode=reading.text(body, "episode"),
        access=reading.text(body, "access"),
        travel=_travel(body, starts, ends, now) if status(body) in ("planned", "moved") else None,
        progress=_progress(body),
        actions=_ACTIONS.get(status(body), ()),
    )


def visits_of(session: Session, patient: str) -> Sequence[Visit]:
    """Every visit of the patient on this tablet, in the order of their windows."""
    now = session.now()
    found = [visit_of(state.id, patient, state.body, now) for state in session.store.records(patient, {"visit"})]
    return sorted((visit for visit in found if visit is not None), key=lambda visit: (visit.starts_at, visit.record))


def say(
    session: Session, record: str, action: VisitAction, *, minutes: int | None = None, reason: str | None = None
) -> Saved:
    """Record what became of the visit. `minutes` is how long until arrival, for `running_late` (needed) and
    `on_the_way` (else the planned travel time). The patient's page follows once it is sent.

    Raises:
        UnknownRecordError, NotNowError
    """
    state = session.record(record)
    if state.kind != "visit":
        raise UnknownRecordError("This is not a visit. Open the visit and try again.")
    if action not in _ACTIONS.get(status(state.body), ()):
        raise NotNowError("The visit has moved on meanwhile. Look at it again.")
    if action == "running_late" and minutes is None:
        raise NotNowError("Say in how many minutes you will be there.")
    heads, body = state.heads, state.body
    if state.in_conflict:
        newest = max((r for r in session.store.revisions(record) if r.id in heads), key=lambda r: (r.true_time, r.id))
        heads, body = (newest.id,), newest.body
    progress = _after(session, state.body, action, minutes, reason)
    return session.put(state.patient, "visit", {**body, "progress": progress}, record=record, base=heads)


def _after(session: Session, body: Json, action: VisitAction, minutes: int | None, reason: str | None) -> Json:
    now = session.now()
    progress: Json = {**reading.part(body, "progress"), "changed_at": format_time(now)}
    progress.setdefault("status", "planned")
    if action != "running_late":
        progress["status"] = action
    stamp = {"on_the_way": "on_the_way_at", "arrived": "arrived_at", "done": "finished_at"}.get(action)
    if stamp is not None:
        progress[stamp] = format_time(now)
    drive = minutes if minutes is not None else reading.number(body, "travel_minutes")
    if action in ("on_the_way", "running_late") and drive is not None:
        arrival = now + timedelta(minutes=drive)
        progress["eta_start"] = format_time(arrival)
        progress["eta_end"] = format_time(arrival + session.service.arrival_spread)
    if reason:
        progress["late_reason"] = reason
    return progress


def _travel(body: Json, starts: datetime, ends: datetime, now: datetime) -> Travel | None:
    drive = reading.number(body, "travel_minutes")
    if drive is None or now > ends:
        return None
    leave_by = starts - timedelta(minutes=drive)
    left = leave_by - now
    spare = max(int(left.total_seconds() // 60), 0)
    behind = max(int((now - leave_by).total_seconds() // 60), 0)
    if spare:
        words = f"Leave by {clock_time(leave_by)}, {short_length(timedelta(minutes=spare))} to spare"
    else:
        words = f"{short_length(timedelta(minutes=behind))} behind" if behind else "Leave now"
    return Travel(
        spare=spare,
        drive=int(drive),
        window=int((ends - starts).total_seconds() // 60),
        late_by=behind,
        now=clock_time(now),
        leave_by=clock_time(leave_by),
        starts=clock_time(starts),
        ends=clock_time(ends),
        words=words,
    )


def _progress(body: Json) -> str:
    progress = reading.part(body, "progress")
    eta = reading.moment(progress, "eta_start")
    about = f", there about {clock_time(eta)}" if eta else ""
    match status(body):
        case "on_the_way":
            return f"On the way since {clock_time(reading.moment(progress, 'on_the_way_at'))}{about}"
        case "arrived":
            return f"Arrived {clock_time(reading.moment(progress, 'arrived_at'))}"
        case "done":
            return f"Done {clock_time(reading.moment(progress, 'finished_at'))}"
        case "cancelled":
            return "Cancelled"
        case "moved":
            return f"Moved{about}"
        case _:
            return f"Running late{about}" if eta else "Planned"


def starts_in(visit: Visit, now: datetime) -> str:
    """`in 25 min`, `22 min ago`."""
    return relative(visit.starts_at, now)
