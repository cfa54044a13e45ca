"""What a visit's record says to its patient: the state, the window and the first name; nothing clinical."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, cast

from fieldapp.domain.canonical import Json
from fieldapp.domain.records.visit import Progress, Visit
from server.pages import Carer, GivenAnswer, OtherVisit, TeamContact, VisitPage, VisitState, Window

_TITLES = frozenset({"dr", "mr", "mrs", "ms", "miss", "mx", "prof", "sister", "nurse"})
_STATES = {
    "planned": VisitState.PLANNED,
    "on_the_way": VisitState.ON_THE_WAY,
    "arrived": VisitState.HERE,
    "done": VisitState.DONE,
    "cancelled": VisitState.CANCELLED,
    "moved": VisitState.MOVED,
}


def page_of(
    body: Json,
    *,
    team: TeamContact,
    last_heard: datetime | None,
    others: Sequence[OtherVisit] = (),
    answer: GivenAnswer | None = None,
    worse_at: datetime | None = None,
    note_at: datetime | None = None,
    feedback_at: datetime | None = None,
) -> VisitPage:
    """The page of a visit, from the body of its record's current state."""
    visit = Visit.model_validate(body)
    window, previous = _windows(visit)
    return VisitPage(
        state=_state(visit),
        window=window,
        previous_window=previous,
        carer=carer_of(body),
        team=team,
        arrived_at=visit.progress.arrived_at,
        left_at=visit.progress.finished_at,
        last_heard=last_heard,
        reason=visit.progress.late_reason,
        what_for=(visit.purpose_for_patient,) if visit.purpose_for_patient else (),
        duration=timedelta(minutes=visit.minutes) if visit.minutes else None,
        have_ready=tuple(visit.have_ready),
        other_visits=tuple(others),
        answer=answer,
        worse_at=worse_at,
        note_at=note_at,
        feedback_at=feedback_at,
    )


def carer_of(body: Json) -> Carer:
    """Role in lower case and first name; a nurse without a name while nobody is down for it."""
    clinician: Any = body.get("clinician")
    if not isinstance(clinician, dict):
        return Carer("nurse")
    fields = cast("dict[str, Any]", clinician)
    return Carer(str(fields.get("role", "nurse")).lower(), _first_name(str(fields.get("name", ""))))


def _first_name(name: str) -> str | None:
    """`Ann` of `Ann Lee`, `Dr Ann Lee` and `LEE, Ann (Dr)`."""
    family, comma, given = name.partition(",")
    words = [word for word in (given if comma else family).split() if word.lower().strip(".()") not in _TITLES]
    return words[0] if words else None


def _state(visit: Visit) -> VisitState:
    state = _STATES[visit.progress.status]
    if state in (VisitState.PLANNED, VisitState.ON_THE_WAY) and _is_late(visit):
        return VisitState.LATE
    return state


def _is_late(visit: Visit) -> bool:
    expected = visit.progress.eta_end
    return visit.progress.late_reason is not None or (expected is not None and expected > visit.window_end)


def _windows(visit: Visit) -> tuple[Window, Window | None]:
    promised = Window(visit.window_start, visit.window_end)
    expected = _expected(visit.progress)
    if expected and visit.progress.status in ("planned", "on_the_way"):
        return expected, promised
    if visit.previous_window_start and visit.previous_window_end:
        return promised, Window(visit.previous_window_start, visit.previous_window_end)
    return promised, None


def _expected(progress: Progress) -> Window | None:
    if progress.eta_start and progress.eta_end and progress.eta_end >= progress.eta_start:
        return Window(progress.eta_start, progress.eta_end)
    return None
