"""Today as a run and the patients as a list, from sealed summaries alone: no record is opened for either."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import Literal

from fieldapp.domain.canonical import Json
from fieldapp.domain.clock import LONDON
from fieldapp.domain.clocks import is_overdue, local_date, ucr_deadline
from fieldapp.domain.delivery import RecordStatus
from fieldapp.domain.display.dates import clock_time, weekday_date
from fieldapp.domain.display.durations import countdown, late, relative
from fieldapp.usecases import reading
from fieldapp.usecases.people import Identity, allergies, first, identity
from fieldapp.usecases.scoring import Score, latest_score, recheck
from fieldapp.usecases.session import Session
from fieldapp.usecases.statements import title_of
from fieldapp.usecases.visits import Visit, status, visit_of

Tone = Literal["danger", "attention", "primary", "neutral"]
UrgentKind = Literal["ucr_clock", "news2_recheck", "conflict"]


@dataclass(frozen=True, slots=True)
class Urgent:
    """One thing that cannot wait. `left` is the part of the clock still to run (0-1), None where nothing runs."""

    kind: UrgentKind
    tone: Tone
    patient: str
    record: str | None
    title: str
    """`UCR 2-hour clock`, on a phone `short`: `UCR clock`"""
    short: str
    who: str
    detail: str
    """`fall · by 15:49`"""
    value: str
    """`1hr 47min`, `in 38 min`, `2 versions`"""
    left: float | None
    due_at: datetime | None


@dataclass(frozen=True, slots=True)
class Stop:
    """One visit of the run. `flag` is the chip that explains its place: `32 min late`, `Clock ends 15:49`."""

    visit: Visit
    who: Identity
    pathway: str | None
    """`Home Ward: respiratory`, as an outlined tag"""
    score: Score
    flag: str | None
    overdue: bool
    clock_ends_at: datetime | None
    sent: RecordStatus | None
    """Whether a visit that is done has reached the server."""


@dataclass(frozen=True, slots=True)
class Today:
    """The day's run. `next` is the large card; `then` the rows after it; `done` what is behind."""

    date: str
    """`Tue 24-Nov-2026`"""
    who: str
    role: str
    total: int
    urgent: tuple[Urgent, ...]
    next: Stop | None
    then: tuple[Stop, ...]
    done: tuple[Stop, ...]
    ends_about: str | None
    """`18:15`"""


@dataclass(frozen=True, slots=True)
class PatientRow:
    """One patient in the list. `unsent` counts what waits on this tablet; `conflicts` what waits for a decision."""

    who: Identity
    pathway: str | None
    pathways: tuple[str, ...]
    """As recorded, such as `virtual_ward`: what *Record* offers first."""
    score: Score
    allergies: str
    next_visit: str | None
    unsent: int
    conflicts: int
    changed_at: str


def today(session: Session, *, everyone: bool = False) -> Today:
    """The run of the person signed in: their visits today and those of their teams that nobody has yet; with
    `everyone`, all of them. An overdue clock comes first, then late, then planned; a visit under way leads."""
    now = session.now()
    begins = datetime.combine(local_date(now), time(), LONDON)
    ends = datetime.combine(local_date(now) + timedelta(days=1), time(), LONDON)
    urgent: list[Urgent] = []
    stops: list[Stop] = []
    for patient, summary in session.store.summaries():
        clocks = dict(_ucr_clocks(session, summary))
        mine = [
            visit
            for record, starts, _ in _windows(summary)
            if begins <= starts < ends and (everyone or _mine(session, summary["visit"][record]))
            if (visit := visit_of(record, patient, summary["visit"][record], now)) is not None
        ]
        if mine or clocks or summary["conflicts"]:
            who = identity(patient, first(summary["patient"]), now)
            score = latest_score(who, summary["observations"])
            stops.extend(_stop(session, who, summary, visit, clocks, score, now) for visit in mine)
            urgent.extend(_urgent(session, who, summary, clocks, score if mine else None, now))
    ahead = sorted((s for s in stops if s.visit.standing not in ("done", "cancelled")), key=_place)
    done = sorted((s for s in stops if s.visit.standing == "done"), key=lambda s: s.visit.starts_at)
    return Today(
        date=weekday_date(now),
        who=session.author.name,
        role=session.author.role,
        total=len(ahead) + len(done),
        urgent=tuple(sorted(urgent, key=_urgency)),
        next=ahead[0] if ahead else None,
        then=tuple(ahead[1:]),
        done=tuple(done),
        ends_about=clock_time(max(s.visit.ends_at for s in ahead)) if ahead else None,
    )


def patients(session: Session, search: str = "") -> Sequence[PatientRow]:
    """Everyone on the caseload by name; `search` matches any part of names, or of the NHS number however spaced."""
    now = session.now()
    pending = session.store.pending_by_patient()
    words = search.casefold().split()
    digits = "".join(search.split())
    rows: list[PatientRow] = []
    for patient, summary in session.store.summaries():
        body = first(summary["patient"])
        who = identity(patient, body, now)
        known = f"{who.name} {who.preferred or ''}".casefold()
        number = reading.text(body, "nhs_number") or ""
        if not all(word in known for word in words) and not (len(digits) > 2 and digits in number):
            continue
        rows.append(_row(session, who, body, summary, pending.get(patient, 0), now))
    return sorted(rows, key=lambda row: (row.who.name.casefold(), row.who.patient))


def pathway_label(session: Session, episodes: Mapping[str, Json]) -> str | None:
    """`Home Ward: respiratory` of the newest episode that has not ended."""
    for _, body in sorted(episodes.items(), reverse=True):
        name = reading.text(body, "pathway")
        if name is not None and body.get("status", "active") != "ended":
            label, focus = session.service.pathways.get(name, name), reading.text(body, "focus")
            return f"{label}: {focus}" if focus else label
    return None


def _pathways(summary: Json) -> tuple[str, ...]:
    return tuple(
        sorted(
            {
                name
                for body in summary["episode"].values()
                if body.get("status", "active") != "ended" and (name := reading.text(body, "pathway"))
            }
        )
    )


def _row(session: Session, who: Identity, body: Json, summary: Json, unsent: int, now: datetime) -> PatientRow:
    visits = summary["visit"]
    coming = [
        (starts, record)
        for record, starts, ends in _windows(summary)
        if ends >= now and status(visits[record]) not in ("done", "cancelled")
    ]
    soonest = visit_of(record, who.patient, visits[record], now) if coming and (record := min(coming)[1]) else None
    return PatientRow(
        who=who,
        pathway=pathway_label(session, summary["episode"]),
        pathways=_pathways(summary),
        score=latest_score(who, summary["observations"]),
        allergies=allergies(body).phrase,
        next_visit=f"{weekday_date(soonest.starts_at)}, {soonest.window}" if soonest else None,
        unsent=unsent,
        conflicts=len(summary["conflicts"]),
        changed_at=summary["changed_at"],
    )


def _windows(summary: Json) -> Iterator[tuple[str, datetime, datetime]]:
    """Each visit's record and window."""
    for record, body in summary["visit"].items():
        starts, ends = reading.moment(body, "window_start"), reading.moment(body, "window_end")
        if starts is not None and ends is not None:
            yield record, starts, ends


def _mine(session: Session, body: Json) -> bool:
    clinician, team = reading.part(body, "clinician"), body.get("team")
    if clinician:
        return clinician.get("id") == session.author.id
    return team in session.teams or team in session.team_names


def _ucr_clocks(session: Session, summary: Json) -> Iterator[tuple[str, datetime]]:
    """Each two-hour clock still running: episode id and deadline. It stops at the first face-to-face contact."""
    for record, body in summary["episode"].items():
        referred = reading.moment(body, "referred_at")
        if body.get("pathway") != "ucr" or body.get("status", "active") == "ended" or referred is None:
            continue
        seen = any(
            visit.get("episode") == record and reading.moment(reading.part(visit, "progress"), "arrived_at")
            for visit in summary["visit"].values()
        )
        if not seen and reading.moment(body, "first_contact_at") is None:
            yield record, ucr_deadline(referred, session.service.hours, session.service.ucr)


def _stop(
    session: Session,
    who: Identity,
    summary: Json,
    visit: Visit,
    clocks: Mapping[str, datetime],
    score: Score,
    now: datetime,
) -> Stop:
    deadline = clocks.get(visit.episode or "")
    overdue = deadline is not None and is_overdue(deadline, now)
    flag = late(visit.ends_at, now) if visit.standing == "late" else None
    if deadline is not None:
        flag = f"Clock {countdown(deadline, now)}" if overdue else f"Clock ends {clock_time(deadline)}"
    episodes = summary["episode"]
    here = {record: body for record, body in episodes.items() if record == visit.episode} or episodes
    return Stop(
        visit=visit,
        who=who,
        pathway=pathway_label(session, here),
        score=score,
        flag=flag,
        overdue=overdue,
        clock_ends_at=deadline,
        sent=session.store.status(visit.record) if visit.standing == "done" else None,
    )


def _place(stop: Stop) -> tuple[int, datetime, str]:
    visit = stop.visit
    if visit.standing in ("on_the_way", "arrived"):
        return 0, visit.starts_at, visit.record
    if stop.overdue and stop.clock_ends_at is not None:
        return 1, stop.clock_ends_at, visit.record
    return (2 if visit.standing == "late" else 3), visit.starts_at, visit.record


def _urgent(
    session: Session,
    who: Identity,
    summary: Json,
    clocks: Mapping[str, datetime],
    score: Score | None,
    now: datetime,
) -> Iterator[Urgent]:
    """`score` is None for somebody who is not on the run."""
    for record, deadline in clocks.items():
        body = summary["episode"][record]
        why = reading.text(body, "focus") or reading.text(body, "reason")
        detail = " · ".join(filter(None, (why, f"by {clock_time(deadline)}")))
        part = (deadline - now) / session.service.ucr.response
        left = min(max(part, 0.0), 1.0)
        yield Urgent(
            "ucr_clock", "danger", who.patient, record, "UCR 2-hour clock", "UCR clock", who.short,
            detail, countdown(deadline, now), left, deadline,
        )  # fmt: skip
    monitored = not session.service.monitored.isdisjoint(_pathways(summary))
    due = recheck(session.service, score, first(summary["plan"]), monitored) if score else None
    if score is not None and due is not None and due.due_at - now <= session.service.recheck_notice:
        value = "Continuous" if due.continuous else relative(due.due_at, now)
        overdue = due.continuous or due.due_at < now - timedelta(minutes=1)
        yield Urgent(
            "news2_recheck", "danger" if overdue else "attention", who.patient, None, "NEWS2 recheck due",
            "NEWS2 recheck", who.short, f"score {score.total}", value, None, due.due_at,
        )  # fmt: skip
    for record, conflict in summary["conflicts"].items():
        paths = reading.lines(conflict, "disputed")
        what = ", ".join(dict.fromkeys(title_of(str(conflict["kind"]), path).lower() for path in paths))
        yield Urgent(
            "conflict", "attention", who.patient, record, "Conflict to settle", "Conflict", who.short,
            what, "2 versions", None, None,
        )  # fmt: skip


def _urgency(item: Urgent) -> tuple[int, float, str, str]:
    order = ("ucr_clock", "news2_recheck", "conflict").index(item.kind)
    return order, item.due_at.timestamp() if item.due_at else 0.0, item.who, item.record or ""
