"""The one thing to know about a visit."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from server.pages import times
from server.pages.model import VisitPage, VisitState
from server.pages.naming import at_time, name

STEPS = ("Planned", "On the way", "Here", "Done")
_STEP_OF = {
    VisitState.PLANNED: 0,
    VisitState.LATE: 0,
    VisitState.ON_THE_WAY: 1,
    VisitState.HERE: 2,
    VisitState.DONE: 3,
}


@dataclass(frozen=True, slots=True)
class Headline:
    """The one thing to know. What is `…_printed` does without “today” and “tomorrow”, which paper outlives."""

    tag: str
    colour: str
    tone: str
    day: str
    day_printed: str
    text: str
    text_printed: str
    is_time: bool
    step: int | None


def headline_of(page: VisitPage, now: datetime) -> Headline:
    tag, colour, tone = {
        VisitState.PLANNED: ("Planned", "white", ""),
        VisitState.ON_THE_WAY: ("On the way", "yellow", ""),
        VisitState.LATE: ("Running late", "yellow", ""),
        VisitState.HERE: ("Here now", "green", ""),
        VisitState.DONE: ("Done", "white", "done"),
        VisitState.MOVED: (_moved_tag(page, now), "yellow", ""),
        VisitState.CANCELLED: ("Cancelled", "red", "off"),
    }[page.state]
    words = {
        VisitState.HERE: f"{name(page.carer, start=True)} {at_time('arrived', page.arrived_at, 'is here')}",
        VisitState.DONE: "Your visit is done",
        VisitState.CANCELLED: f"Nobody is coming {times.relative_day(page.window.start, now)}",
    }.get(page.state)
    printed = "Nobody is coming" if page.state is VisitState.CANCELLED else words
    return Headline(
        tag=tag,
        colour=colour,
        tone=tone,
        day=times.near_day(page.window.start, now),
        day_printed=times.day(page.window.start),
        text=words or times.span(page.window),
        text_printed=printed or times.span(page.window),
        is_time=words is None,
        step=_STEP_OF.get(page.state),
    )


def _moved_tag(page: VisitPage, now: datetime) -> str:
    ahead = times.days_ahead(page.window.start, now)
    before = page.previous_window
    if before is not None and times.days_ahead(before.start, now) == ahead:
        return "New time"
    return f"Moved to {({0: 'today', 1: 'tomorrow'}).get(ahead, times.weekday(page.window.start))}"
