"""A patient's *Now*: who this is, what is dangerous, the latest observations with their course, what is due today."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, time
from typing import Any, Final, Literal

from fieldapp.domain.canonical import Json
from fieldapp.domain.clock import LONDON
from fieldapp.domain.clocks import local_date
from fieldapp.domain.codes import MEASUREMENTS
from fieldapp.domain.display.allergies import AllergyLine
from fieldapp.domain.display.dates import clinical_datetime, clock_time, day_and_time, measured_when
from fieldapp.domain.display.durations import relative
from fieldapp.domain.display.numbers import blood_pressure, number
from fieldapp.domain.news2 import Band
from fieldapp.domain.state import RecordState
from fieldapp.usecases import reading
from fieldapp.usecases.caseload import pathway_label
from fieldapp.usecases.errors import UnknownPatientError
from fieldapp.usecases.observations import shown
from fieldapp.usecases.people import Caution, Identity, allergies, cautions, identity
from fieldapp.usecases.scoring import LABELS, Score, age_caution, recheck, refusal, score_of
from fieldapp.usecases.session import Session
from fieldapp.usecases.statements import medicine, title_of
from fieldapp.usecases.visits import Visit, visit_of

Tone = Literal["danger", "attention", "neutral"]

READINGS: Final = (
    "respiration_rate", "spo2", "oxygen", "blood_pressure", "pulse", "consciousness", "temperature", "pain", "glucose",
    "weight",
)  # fmt: skip
_TREND: Final = 12
_KINDS: Final = ("medicine", "observations", "intervention", "visit")
_POINTS: Final = {"blood_pressure": "systolic_bp"}
_NUMERIC: Final = {"oxygen": "oxygen_flow", "blood_pressure": "systolic_bp"}


@dataclass(frozen=True, slots=True)
class OpenConflict:
    """Versions of this patient's record that wait for a decision. `paths` are the disputed statements."""

    record: str
    kind: str
    what: str
    paths: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class AllergyVersion:
    """What one version says about allergies while versions wait for a decision."""

    by: str
    when: str
    allergies: AllergyLine


@dataclass(frozen=True, slots=True)
class Banner:
    """The part that never scrolls away, and the danger strip beneath it."""

    who: Identity
    record: str
    """The record of the patient's details."""
    allergies: AllergyLine
    allergy_versions: tuple[AllergyVersion, ...]
    """Both versions while they wait for a decision: `allergies` is then what stood before."""
    cautions: tuple[Caution, ...]
    conflicts: tuple[OpenConflict, ...]
    """Of the patient's details, plans and episodes."""
    pathway: str | None
    pathways: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ScorePoint:
    """One total on the trend chart (0-20)."""

    at: datetime
    total: int


@dataclass(frozen=True, slots=True)
class ScoreNow:
    """The latest score. Without a total, `response` says why: `No NEWS2 yet`, `NEWS2 not used` with `detail`."""

    total: int | None
    band: Band | None
    response: str
    detail: str
    """`13:40, 22 min ago · was 6 at 08:12`"""
    recheck: str | None
    """`Recheck 14:40, in 38 min`"""
    recheck_at: datetime | None
    recheck_overdue: bool
    scored: tuple[tuple[str, int], ...]
    """Parameters that scored, in the chart's order."""
    recorded: str | None
    """Where the total as recorded differs from the computed one: `Recorded as 6 by its source`."""


@dataclass(frozen=True, slots=True)
class Reading:
    """One measurement's tile. `series` is for the spark, in the recorded unit; `lower` its diastolic ends."""

    name: str
    label: str
    value: str
    unit: str
    points: int | None
    at: datetime
    when: str
    was: str | None
    """`132/76 at 08:12`"""
    note: str | None
    series: tuple[tuple[datetime, float], ...]
    lower: tuple[tuple[datetime, float], ...]


@dataclass(frozen=True, slots=True)
class Due:
    """One thing due today. `at` None means once, at any time."""

    kind: Literal["medicine", "observations", "intervention", "visit"]
    at: datetime | None
    when: str
    what: str
    medicine: Json | None
    """The medicine's attributes where it is one, to be shown in their order and weight."""
    soon: str
    tone: Tone


@dataclass(frozen=True, slots=True)
class Now:
    """The tab *Now*."""

    banner: Banner
    score: ScoreNow
    trend: tuple[ScorePoint, ...]
    taken: str | None
    """`24-Nov-2026 13:40, Leanne Brook, healthcare assistant`"""
    taken_at: datetime | None
    readings: tuple[Reading, ...]
    due: tuple[Due, ...]
    visit: Visit | None
    conflicts: tuple[OpenConflict, ...]
    about_me: str | None
    reablement: bool


def banner(session: Session, patient: str) -> Banner:
    """Raises UnknownPatientError."""
    states = session.store.records(patient, {"patient", "plan", "episode"})
    return _banner(session, patient, states)


def now(session: Session, patient: str) -> Now:
    """Everything on the tab. Raises UnknownPatientError."""
    at = session.now()
    states = session.store.records(patient)
    shown_banner = _banner(session, patient, states)
    plan = _newest(states, "plan")
    sets = _sets(states)
    score, trend = _score(session, shown_banner, plan, sets, at)
    details = _newest(states, "patient")
    return Now(
        banner=shown_banner,
        score=score,
        trend=trend,
        taken=_taken(sets),
        taken_at=sets[-1][0] if sets else None,
        readings=tuple(_readings(sets, at, scored=score.total is not None or bool(score.scored))),
        due=tuple(_due(plan, score, states, at)),
        visit=_current_visit(states, at),
        conflicts=_conflicts(states),
        about_me=reading.text(details, "about_me"),
        reablement="reablement" in shown_banner.pathways,
    )


def about(session: Session, patient: str) -> tuple[str | None, tuple[str, ...]]:
    """What the person says of themselves, and how they must be spoken and written to."""
    details = _newest(session.store.records(patient, {"patient"}), "patient")
    return reading.text(details, "about_me"), identity(patient, details, session.now()).needs


def _banner(session: Session, patient: str, states: Sequence[RecordState]) -> Banner:
    details = next((s for s in states if s.kind == "patient"), None)
    if details is None:
        raise UnknownPatientError("This patient is not on this tablet. Sync, then try again.")
    episodes = {s.id: s.body for s in states if s.kind == "episode"}
    active = [body for body in episodes.values() if body.get("status", "active") != "ended"]
    return Banner(
        who=identity(patient, details.body, session.now()),
        record=details.id,
        allergies=allergies(details.body),
        allergy_versions=_allergy_versions(session, details),
        conflicts=_conflicts(states),
        cautions=cautions(details.body, _newest(states, "plan")),
        pathway=pathway_label(session, episodes),
        pathways=tuple(sorted({name for body in active if (name := reading.text(body, "pathway"))})),
    )


def _conflicts(states: Sequence[RecordState]) -> tuple[OpenConflict, ...]:
    return tuple(
        OpenConflict(s.id, s.kind, ", ".join(dict.fromkeys(title_of(s.kind, p) for p in s.disputed)), s.disputed)
        for s in states
        if s.in_conflict
    )


def _allergy_versions(session: Session, details: RecordState) -> tuple[AllergyVersion, ...]:
    if "allergies" not in details.disputed:
        return ()
    heads = [r for r in session.store.revisions(details.id) if r.id in details.heads]
    return tuple(
        AllergyVersion(r.author.name, day_and_time(r.true_time, session.now()), allergies(r.body)) for r in heads
    )


def _newest(states: Sequence[RecordState], kind: str) -> Json:
    """The body of the newest record of a kind that was not entered in error; empty where there is none."""
    found = [s for s in states if s.kind == kind and not s.body.get("entered_in_error")]
    return max(found, key=lambda s: (s.first_at, s.id)).body if found else {}


def _sets(states: Sequence[RecordState]) -> list[tuple[datetime, RecordState]]:
    """Observation sets by the time they were taken, oldest first."""
    timed = [
        (at, state)
        for state in states
        if state.kind == "observations" and not state.body.get("entered_in_error")
        if (at := reading.moment(state.body, "taken_at")) is not None
    ]
    return sorted(timed, key=lambda pair: (pair[0], pair[1].id))


def _score(
    session: Session, shown_banner: Banner, plan: Json, sets: Sequence[tuple[datetime, RecordState]], at: datetime
) -> tuple[ScoreNow, tuple[ScorePoint, ...]]:
    newest = reading.number(sets[-1][1].body, "recorded_news2") if sets else None
    told = f"Recorded as {newest} by its source" if newest is not None else None
    refused = refusal(shown_banner.who)
    if refused is not None:
        return ScoreNow(None, None, "NEWS2 not used", refused.reason, None, None, False, (), told), ()
    totals = [(taken, state, scored) for taken, state in sets if (scored := score_of(state.body)).total is not None]
    trend = tuple(ScorePoint(taken, scored.total or 0) for taken, _, scored in totals[-_TREND:])
    if not totals:
        return ScoreNow(None, None, "No NEWS2 yet", "No complete set recorded", None, None, False, (), told), ()
    taken, state, scored = totals[-1]
    assert scored.total is not None
    assert scored.band is not None
    monitored = not session.service.monitored.isdisjoint(shown_banner.pathways)
    due = recheck(session.service, Score(scored.total, scored.band, taken, None), plan, monitored)
    before = f" · was {totals[-2][2].total} {measured_when(totals[-2][0], at)}" if len(totals) > 1 else ""
    caution = f" · {words}" if (words := age_caution(shown_banner.who)) else ""
    source = reading.number(state.body, "recorded_news2")
    again = None
    if due is not None:
        again = (
            "Watch continuously" if due.continuous else f"Recheck {clock_time(due.due_at)}, {relative(due.due_at, at)}"
        )
    return ScoreNow(
        total=scored.total,
        band=scored.band,
        response=session.service.response(scored.total, scored.band),
        detail=f"{measured_when(taken, at).removeprefix('at ')}, {relative(taken, at)}{before}{caution}",
        recheck=again,
        recheck_at=due.due_at if due else None,
        recheck_overdue=due is not None and due.due_at < at,
        scored=tuple((LABELS[name], points) for name, points in scored.points.items() if points),
        recorded=f"Recorded as {source} by its source" if source is not None and source != scored.total else None,
    ), trend


def _taken(sets: Sequence[tuple[datetime, RecordState]]) -> str | None:
    if not sets:
        return None
    taken, state = sets[-1]
    role = state.author.role
    return f"{clinical_datetime(taken)}, {state.author.name}, {role[:1].lower()}{role[1:]}"


def _readings(sets: Sequence[tuple[datetime, RecordState]], at: datetime, *, scored: bool) -> Iterator[Reading]:
    for name in READINGS:
        known = [(taken, state.body) for taken, state in sets if _has(name, state.body)]
        if not known:
            continue
        taken, body = known[-1]
        points = score_of(body).points.get(_POINTS.get(name, name)) if scored else None
        numeric = _NUMERIC.get(name, name)
        value, unit = _value(name, body)
        scale = reading.number(body, "spo2_scale")
        label = f"SpO₂, scale {scale}" if name == "spo2" and scale else _label(name)
        yield Reading(
            name=name,
            label=label,
            value=value,
            unit=unit,
            points=points,
            at=taken,
            when=measured_when(taken, at),
            was=f"{_value(name, known[-2][1])[0]} {measured_when(known[-2][0], at)}" if len(known) > 1 else None,
            note=reading.text(body, "oxygen_device") if name == "oxygen" else None,
            series=_series(known, numeric),
            lower=_series(known, "diastolic_bp") if name == "blood_pressure" else (),
        )


def _has(name: str, body: Json) -> bool:
    if name == "oxygen":
        return reading.flag(body, "on_oxygen") is not None
    return body.get(_NUMERIC.get(name, name)) is not None


def _label(name: str) -> str:
    return "Air or oxygen" if name == "oxygen" else MEASUREMENTS[name].label


def _value(name: str, body: Json) -> tuple[str, str]:
    """The value as shown and its unit apart."""
    if name == "oxygen":
        flow = reading.number(body, "oxygen_flow")
        if body.get("on_oxygen") and flow is not None:
            return number(flow), MEASUREMENTS["oxygen_flow"].unit
        return shown("on_oxygen", body.get("on_oxygen")), ""
    if name == "blood_pressure":
        text = blood_pressure(reading.number(body, "systolic_bp"), reading.number(body, "diastolic_bp"), "")
        return text.strip(), MEASUREMENTS[name].unit
    if name == "consciousness":
        return shown(name, body[name]), ""
    return number(reading.number(body, name)), MEASUREMENTS[name].unit


def _series(known: Sequence[tuple[datetime, Json]], name: str) -> tuple[tuple[datetime, float], ...]:
    points = [(taken, float(value)) for taken, body in known if (value := reading.number(body, name)) is not None]
    return tuple(points[-_TREND:])


def _current_visit(states: Sequence[RecordState], at: datetime) -> Visit | None:
    """The visit under way, else the next one today, else the next one."""
    visits = [v for s in states if s.kind == "visit" and (v := visit_of(s.id, s.patient, s.body, at)) is not None]
    open_ = [v for v in visits if v.standing in ("planned", "late", "moved", "on_the_way", "arrived")]
    coming = [v for v in open_ if local_date(v.starts_at) >= local_date(at) or v.standing in ("on_the_way", "arrived")]
    return min(coming, key=lambda v: (v.standing not in ("on_the_way", "arrived"), v.starts_at, v.record), default=None)


def _due(plan: Json, score: ScoreNow, states: Sequence[RecordState], at: datetime) -> Iterator[Due]:
    found: list[Due] = []
    today = local_date(at)
    for item in reading.parts(plan, "medicines"):
        starts, ends = reading.day(item, "starts"), reading.day(item, "ends")
        if (starts is None or starts <= today) and (ends is None or today <= ends):
            found.extend(_timed("medicine", medicine(item), item, reading.lines(item, "times"), at))
    for item in reading.parts(plan, "interventions"):
        what = reading.text(item, "what")
        if what is not None:
            found.extend(_timed("intervention", what, None, reading.lines(item, "times"), at))
    if score.recheck_at is not None and local_date(score.recheck_at) <= today:
        found.append(_one("observations", "Observations and NEWS2", None, score.recheck_at, at))
    visit = _current_visit(states, at)
    if visit is not None and visit.standing in ("planned", "late", "moved") and local_date(visit.starts_at) == today:
        found.append(_one("visit", visit.why or "Visit", None, visit.starts_at, at))
    yield from sorted(found, key=lambda due: (due.at is None, due.at or at, _KINDS.index(due.kind), due.what))


def _timed(kind: Any, what: str, body: Json | None, times: Sequence[str], at: datetime) -> Iterator[Due]:
    for text in times:
        match = re.fullmatch(r"([01]?[0-9]|2[0-3]):([0-5][0-9])", text.strip())
        if match is None:
            yield Due(kind, None, text, what, body, "Today", "neutral")
            continue
        wall = time(int(match[1]), int(match[2]))
        yield _one(kind, what, body, datetime.combine(local_date(at), wall, LONDON), at)


def _one(kind: Any, what: str, body: Json | None, due: datetime, at: datetime) -> Due:
    minutes = (due - at).total_seconds() / 60
    tone: Tone = "danger" if minutes < 0 and kind == "observations" else "attention" if minutes <= 60 else "neutral"
    return Due(kind, due, clock_time(due), what, body, relative(due, at), tone)
