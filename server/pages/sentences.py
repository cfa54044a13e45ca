"""From the facts of a visit to the sentences of its page. Pure: no template, no I/O."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from server.pages import times
from server.pages.answering import Ask, Said, ask, said
from server.pages.headline import Headline, headline_of
from server.pages.model import COMING, OtherVisit, VisitPage, VisitState
from server.pages.naming import at_time, name, who
from server.pages.wording import Wording

NO_SIGNAL_FOR = timedelta(hours=2)
"""Silence up to this long is put down to the signal; about a longer one the page says only that it is."""

_DayWords = Callable[[datetime, datetime], str]
_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Change:
    """What the headline replaces: `struck` is shown crossed out, `text` is not."""

    text: str
    struck: str = ""


@dataclass(frozen=True, slots=True)
class Stale:
    """The warning that news is old."""

    heading: str
    body: str


@dataclass(frozen=True, slots=True)
class Sentences:
    """Everything the visit's template prints that depends on the visit."""

    title: str
    headline: Headline
    change: Change | None
    lede: str
    lede_printed: str
    lede_on_screen: str
    ring_why: str
    stale: Stale | None
    fresh: str
    printed: str
    said: tuple[Said, ...]
    ask: Ask | None
    who_heading: str
    who: str
    badge: str
    badge_name: str
    badge_role: str
    purposes: str
    duration: str
    have_ready: tuple[str, ...]
    visits_heading: str
    visits: tuple[tuple[str, str, str], ...]
    takes_note: bool
    asks_feedback: bool


def sentences(page: VisitPage, wording: Wording, now: datetime) -> Sentences:
    """The page in words. Codes the wording does not know are left out and counted in the log."""
    purposes = _phrases(page.what_for, wording.purposes)
    reason = _reason(page, wording)
    headline = headline_of(page, now)
    coming = page.state in COMING
    return Sentences(
        title=f"{headline.tag}: {headline.text} – your visit",
        headline=headline,
        change=_change(page),
        lede=_lede(page, reason, now, times.relative_day),
        lede_printed=_lede(page, reason.replace(" today", ""), now, times.dated_day),
        lede_on_screen=_on_screen(page, now),
        ring_why=_ring_why(page, now),
        stale=_stale(page, now),
        fresh=f"Up to date at {times.clock(now)}.",
        printed=f"Printed at {times.clock(now)} on {times.full_date(now)}. Times can change. To check, ring us.",
        said=said(page, wording, now),
        ask=ask(page, now),
        who_heading=("Who is coming" if coming else "Who is here") if coming or page.state is VisitState.HERE else "",
        who=who(page.carer),
        badge=wording.badge_of(page.carer),
        badge_name=page.carer.first_name or "",
        badge_role=page.carer.role.capitalize(),
        purposes=f"To {_listed(purposes)}" if purposes else "",
        duration=f"About {times.length(page.duration)}" if page.duration else "",
        have_ready=_phrases(page.have_ready, wording.have_ready),
        visits_heading="Your other visits this week" if coming else "Your next visits this week",
        visits=tuple(_visit_row(v) for v in _listable(page, now)),
        takes_note=coming,
        asks_feedback=page.state is VisitState.DONE and page.feedback_at is None,
    )


def _change(page: VisitPage) -> Change | None:
    if page.state is VisitState.CANCELLED:
        return Change("Cancelled:", times.span(page.window))
    before = page.previous_window
    if before is None or before == page.window:
        return None
    if page.state is VisitState.ON_THE_WAY:
        shorter = before.end - before.start > page.window.end - page.window.start
        inside = before.start <= page.window.start and page.window.end <= before.end
        start = "Shorter now. It was" if shorter and inside else "It was"
        return Change(f"{start} {times.span(before)}.")
    if page.state in (VisitState.LATE, VisitState.MOVED):
        same_day = times.day(before.start) == times.day(page.window.start)
        return Change("Before:", times.span(before) if same_day else f"{times.day(before.start)}, {times.span(before)}")
    return None


def _reason(page: VisitPage, wording: Wording) -> str:
    return "".join(_phrases((page.reason,) if page.reason else (), wording.reasons))


def _lede(page: VisitPage, reason: str, now: datetime, day_words: _DayWords) -> str:
    carer = who(page.carer, start=True)
    because = f" {reason}" if reason else ""
    match page.state:
        case VisitState.PLANNED:
            return f"{carer} plans to come in this time."
        case VisitState.ON_THE_WAY:
            return f"{carer} is on the way to you."
        case VisitState.LATE:
            return f"Sorry. {carer} is still coming.{because}"
        case VisitState.HERE:
            return f"The visit takes about {times.length(page.duration)}." if page.duration else ""
        case VisitState.DONE:
            return f"{carer} {at_time('left', page.left_at, 'has left')}." + _next_visit(page, now, day_words)
        case VisitState.MOVED:
            return f"Sorry.{because} {carer} plans to come {day_words(page.window.start, now)} instead."
        case VisitState.CANCELLED:
            return (reason or "Sorry. We cancelled this visit.") + _next_visit(page, now, day_words)


def _on_screen(page: VisitPage, now: datetime) -> str:
    if page.state is VisitState.PLANNED and not page.is_overdue(now):
        return f"You will see a shorter time here when {name(page.carer)} sets off."
    return ""


def _ring_why(page: VisitPage, now: datetime) -> str:
    if page.state is VisitState.HERE:
        return f"Is {name(page.carer)} not with you?"
    if page.is_overdue(now):
        return "Sorry. This time has passed and we do not know why. Please ring us."
    return ""


def _stale(page: VisitPage, now: datetime) -> Stale | None:
    age = page.staleness(now)
    if age is None or page.last_heard is None:
        return None
    maybe = (
        f" {name(page.carer, start=True)} may already be on the way."
        if page.state in (VisitState.PLANNED, VisitState.LATE)
        else ""
    )
    no_signal = f"The {page.carer.role} has no signal." if age < NO_SIGNAL_FOR else ""
    heard = f"We last heard from {name(page.carer)} {times.moment(page.last_heard, now)}."
    return Stale(f"This news is {times.length(age)} old", f"{no_signal}{maybe} {heard}".strip())


def _next_visit(page: VisitPage, now: datetime, day_words: _DayWords) -> str:
    following = page.next_visit(now)
    if following is None:
        return ""
    when = day_words(following.window.start, now)
    return f" Your next visit is {when}, {times.span(following.window)}."


def _listable(page: VisitPage, now: datetime) -> list[OtherVisit]:
    ahead = [v for v in page.other_visits if v.window.end > now]
    return sorted(ahead, key=lambda v: v.window.start)


def _visit_row(visit: OtherVisit) -> tuple[str, str, str]:
    return times.short_day(visit.window.start), times.span(visit.window), visit.role.capitalize()


def _phrases(codes: Iterable[str], phrases: Mapping[str, str]) -> tuple[str, ...]:
    wanted = tuple(codes)
    known = tuple(phrases[code] for code in wanted if code in phrases)
    if len(known) < len(wanted):
        _log.warning("The wording lacks %d of %d codes of a visit.", len(wanted) - len(known), len(wanted))
    return known


def _listed(items: tuple[str, ...]) -> str:
    return items[0] if len(items) == 1 else f"{', '.join(items[:-1])} and {items[-1]}"
