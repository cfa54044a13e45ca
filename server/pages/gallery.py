"""One invented page for every state a patient can see: for building styles, reviewing wording, and tests."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from server.pages.model import (
    AnswerKind,
    Carer,
    GivenAnswer,
    OtherVisit,
    TeamContact,
    VisitPage,
    VisitState,
    Window,
)
from server.pages.render import (
    CLOSED,
    DEAD_LINK,
    NOT_TAKEN,
    TROUBLE,
    Address,
    Notice,
    render_message,
    render_visit,
)
from server.pages.wording import Wording


def at(hour: int, minute: int = 0, day: int = 24) -> datetime:
    """A time in November 2026, when London is on UTC."""
    return datetime(2026, 11, day, hour, minute, tzinfo=UTC)


MORNING = Window(at(10), at(12))
_PLANNED = VisitPage(
    state=VisitState.PLANNED,
    window=MORNING,
    carer=Carer("nurse", "Ann"),
    team=TeamContact("01632 960 123", "8am to 8pm, every day."),
    last_heard=at(8, 10),
    what_for=("check-up", "blood-pressure", "dressing"),
    duration=timedelta(minutes=40),
    have_ready=("medicines", "folder", "glasses"),
    other_visits=(
        OtherVisit(Window(at(13, day=25), at(15, day=25)), "physiotherapist"),
        OtherVisit(Window(at(10, day=27), at(12, day=27)), "nurse"),
    ),
)
_LATE = replace(
    _PLANNED,
    state=VisitState.LATE,
    window=Window(at(12, 15), at(12, 45)),
    previous_window=MORNING,
    reason="earlier-visit",
    last_heard=at(11),
)
_ON_THE_WAY = replace(
    _PLANNED,
    state=VisitState.ON_THE_WAY,
    window=Window(at(10, 40), at(11)),
    previous_window=MORNING,
    last_heard=at(10, 20),
)
_MOVED = replace(
    _PLANNED,
    state=VisitState.MOVED,
    window=Window(at(13, day=25), at(15, day=25)),
    previous_window=MORNING,
    reason="short-of-staff",
    other_visits=_PLANNED.other_visits[1:],
)
_CANCELLED = replace(_PLANNED, state=VisitState.CANCELLED, reason="patient-unavailable")
_DONE = replace(_PLANNED, state=VisitState.DONE, arrived_at=at(10, 52), left_at=at(11, 35))

PAGES: dict[str, tuple[VisitPage, datetime]] = {
    "planned": (_PLANNED, at(8, 12)),
    "answered": (
        replace(_PLANNED, answer=GivenAnswer(AnswerKind.SUITS, at(8, 12), MORNING)),
        at(8, 12),
    ),
    "asked-to-ring": (
        replace(_PLANNED, answer=GivenAnswer(AnswerKind.RING, at(8, 12), seen=True), note_at=at(8, 14)),
        at(8, 20),
    ),
    "unnamed": (replace(_PLANNED, carer=Carer("occupational therapist"), duration=None), at(8, 12)),
    "overdue": (replace(_PLANNED, last_heard=at(12, 15)), at(12, 20)),
    "on-the-way": (_ON_THE_WAY, at(10, 22)),
    "late": (_LATE, at(11, 5)),
    "here": (replace(_PLANNED, state=VisitState.HERE, arrived_at=at(10, 52), last_heard=at(10, 52)), at(10, 53)),
    "done": (_DONE, at(11, 36)),
    "thanked": (replace(_DONE, feedback_at=at(11, 40)), at(11, 41)),
    "moved": (_MOVED, at(8, 40)),
    "cancelled": (_CANCELLED, at(8, 40)),
    "stale": (replace(_PLANNED, last_heard=at(9, 57)), at(10, 22)),
    "worse": (replace(_PLANNED, worse_at=at(8, 15)), at(8, 16)),
}
"""Name → the page and the time it is looked at."""

MESSAGES = {"dead-link": DEAD_LINK, "closed": CLOSED, "not-taken": NOT_TAKEN, "trouble": TROUBLE}


def gallery(wording: Wording | None = None) -> dict[str, str]:
    """Every page as HTML, by name, and the refused forms and the large print."""
    words = wording or Wording()
    address = Address("/visit/a", "/visit/a/answer", "/visit/a/visits.ics", "check")
    pages = {name: render_visit(page, words, now, address) for name, (page, now) in PAGES.items()}
    pages |= {name: render_message(message, words) for name, message in MESSAGES.items()}
    planned, now = PAGES["planned"]
    done, later = PAGES["done"]
    pages["note-refused"] = render_visit(
        planned, words, now, address, Notice("Please write your note first, then send it.", "note")
    )
    pages["feedback-refused"] = render_visit(
        done, words, later, address, Notice("Please choose an answer first, then send it.", "feedback")
    )
    pages["large"] = render_visit(planned, words, now, replace(address, large=True))
    return pages
