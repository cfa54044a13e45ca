"""Reablement: where the six weeks stand, and the person's goals."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final, cast

from fieldapp.domain.canonical import Json
from fieldapp.domain.clocks import local_date, outcome_check_on, reablement_day, reablement_ends_on
from fieldapp.domain.display.dates import clinical_date
from fieldapp.domain.display.numbers import number, signed
from fieldapp.domain.state import RecordState
from fieldapp.usecases import reading
from fieldapp.usecases.session import Session

SCALE: Final = (-2, -1, 0, 1, 2)
SCALE_WORDS: Final = "−2 much less · 0 as expected · +2 much more"
HELP_WORDS: Final[Mapping[str, str]] = {
    "independent": "Independent",
    "prompts": "Prompts",
    "one_person": "1 person",
    "two_people": "2 people",
}
"""From least to most help, as `therapy_session` records it."""


@dataclass(frozen=True, slots=True)
class Weeks:
    """`Week 3 of 6, day 16`. `fraction` is how much of the current week is over (0-1)."""

    headline: str
    week: int
    weeks: int
    fraction: float
    ends: str
    """`Ends 20-Dec-2026 · 91-day check 08-Feb-2027`"""
    past_end: bool


@dataclass(frozen=True, slots=True)
class Measure:
    """A measure over the sessions: the latest as shown, its unit, the first as `28.4 s at week 1`, and the series."""

    label: str
    value: str
    unit: str
    first: str | None
    series: tuple[tuple[datetime, float], ...]


@dataclass(frozen=True, slots=True)
class GoalRow:
    """One goal. `was` reads `−1 at week 1`; `last` is the score of the session before."""

    record: str
    quote: str
    detail: str | None
    baseline: int | None
    was: str | None
    last: int | None
    disputed: bool


@dataclass(frozen=True, slots=True)
class Programme:
    """The reablement screen apart from the session being recorded."""

    patient: str
    episode: str | None
    weeks: Weeks | None
    timed_up_and_go: Measure | None
    barthel: Measure | None
    sessions: int
    goals: tuple[GoalRow, ...]
    effort_was: int | None
    pain_was: int | None
    last_next: str | None
    """What the last session planned for this one."""


def programme(session: Session, patient: str) -> Programme:
    """Where the programme stands, from the newest reablement episode that has not ended."""
    states = session.store.records(patient, {"episode", "goal", "therapy_session"})
    episodes = [s for s in states if s.kind == "episode" and s.body.get("pathway") == "reablement"]
    open_ = [s for s in episodes if s.body.get("status", "active") != "ended"]
    episode = max(open_ or episodes, key=lambda s: (s.first_at, s.id), default=None)
    began = reading.moment(episode.body, "started_at") if episode else None
    done = _sessions(states)
    last = done[-1][1] if done else {}
    return Programme(
        patient=patient,
        episode=episode.id if episode else None,
        weeks=_weeks(session, began) if began else None,
        timed_up_and_go=_measure("Timed Up and Go", "s", _tug(done), began),
        barthel=_measure(f"Barthel, of {_scale(done)}", "", _barthel(done), began),
        sessions=len(done),
        goals=tuple(_goal(state, done) for state in _goals(states)),
        effort_was=cast("int | None", reading.number(last, "effort_borg")),
        pain_was=cast("int | None", reading.number(last, "pain_after")),
        last_next=reading.text(last, "next_session"),
    )


_Done = Sequence[tuple[datetime, Json]]


def _sessions(states: Iterable[RecordState]) -> _Done:
    found = [
        (at, state.body)
        for state in states
        if state.kind == "therapy_session" and not state.body.get("entered_in_error")
        if (at := reading.moment(state.body, "started_at")) is not None
    ]
    return sorted(found, key=lambda pair: pair[0])


def _goals(states: Iterable[RecordState]) -> Sequence[RecordState]:
    found = [s for s in states if s.kind == "goal" and not s.body.get("entered_in_error")]
    return sorted((s for s in found if s.body.get("status", "active") == "active"), key=lambda s: (s.first_at, s.id))


def _goal(state: RecordState, done: _Done) -> GoalRow:
    given = [
        reading.number(rating, "score")
        for _, known in done
        for rating in reading.parts(known, "ratings")
        if rating.get("goal") == state.id
    ]
    baseline = reading.number(state.body, "baseline")
    return GoalRow(
        record=state.id,
        quote=reading.text(state.body, "quote") or "",
        detail=reading.text(state.body, "detail"),
        baseline=int(baseline) if baseline is not None else None,
        was=f"{signed(int(baseline))} at week 1" if baseline is not None else None,
        last=int(given[-1]) if given and given[-1] is not None else None,
        disputed=state.in_conflict,
    )


def _weeks(session: Session, began: datetime) -> Weeks | None:
    policy = session.service.reablement
    day = reablement_day(local_date(began), local_date(session.now()), policy)
    if day is None:
        return None
    ends, check = reablement_ends_on(local_date(began), policy), outcome_check_on(local_date(began), policy)
    return Weeks(
        headline=f"Week {day.week} of {day.weeks}, day {day.day}",
        week=day.week,
        weeks=day.weeks,
        fraction=((day.day - 1) % 7 + 1) / 7,
        ends=f"Ends {clinical_date(ends)} · {policy.outcome_after_days}-day check {clinical_date(check)}",
        past_end=day.past_end,
    )


def _tug(done: _Done) -> list[tuple[datetime, float]]:
    found: list[tuple[datetime, float]] = []
    for at, known in done:
        value = known.get("timed_up_and_go")
        times = (
            [t for t in cast("list[object]", value) if isinstance(t, int | float)] if isinstance(value, list) else []
        )
        if times:
            found.append((at, float(min(times))))
    return found


def _scale(done: _Done) -> int:
    scales = [reading.number(reading.part(known, "barthel"), "scale") for _, known in done]
    return int(next((scale for scale in reversed(scales) if scale is not None), 20))


def _barthel(done: _Done) -> list[tuple[datetime, float]]:
    scale = _scale(done)
    found: list[tuple[datetime, float]] = []
    for at, known in done:
        scored_ = reading.part(known, "barthel")
        score = reading.number(scored_, "score")
        if score is not None and scored_.get("scale") == scale:
            found.append((at, score))
    return found


def _measure(label: str, unit: str, points: list[tuple[datetime, float]], began: datetime | None) -> Measure | None:
    if not points:
        return None
    at, value = points[0]
    first = None
    if len(points) > 1:
        week = (local_date(at) - local_date(began)).days // 7 + 1 if began else None
        when = f"at week {week}" if week and week > 0 else clinical_date(at)
        first = f"{number(value)} {unit} {when}".replace("  ", " ")
    return Measure(label, number(points[-1][1]), unit, first, tuple(points))
