"""What a patient's page may know about one visit, and what a patient may answer.

Nothing here can hold the record's free text: reasons, purposes and things to have ready are codes
that the service's `Wording` turns into approved phrases.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

STALE_AFTER = timedelta(minutes=20)
"""How old the last word from the carer's tablet may be before the page says so."""

STALE_LEAD = timedelta(hours=1)
"""A planned visit's news can be stale only from this long before its window."""


class VisitState(StrEnum):
    """Where the visit is. Whether it was answered, and whether news is old, are separate facts."""

    PLANNED = "planned"
    ON_THE_WAY = "on_the_way"
    LATE = "late"
    HERE = "here"
    DONE = "done"
    MOVED = "moved"
    CANCELLED = "cancelled"


COMING = frozenset({VisitState.PLANNED, VisitState.ON_THE_WAY, VisitState.LATE, VisitState.MOVED})
"""States in which somebody is still to come."""


class AnswerKind(StrEnum):
    """What a patient or a carer can tell the team from the page."""

    SUITS = "suits"
    CANNOT = "cannot"
    RING = "ring"
    WORSE = "worse"
    NOTE = "note"
    FEEDBACK = "feedback"


class Reply(StrEnum):
    """The three replies to a question about the visit."""

    YES = "yes"
    PARTLY = "partly"
    NO = "no"


@dataclass(frozen=True, slots=True)
class Window:
    """A promised time, as two aware datetimes.

    Raises ValueError when a time is naive or the end is before the start.
    """

    start: datetime
    end: datetime

    def __post_init__(self) -> None:
        if self.start.tzinfo is None or self.end.tzinfo is None:
            raise ValueError("A window needs aware times, such as ones in UTC.")
        if self.end < self.start:
            raise ValueError("A window cannot end before it starts.")


@dataclass(frozen=True, slots=True)
class Carer:
    """Who comes: the role in a patient's words, lower case (`nurse`), and the first name once it is known."""

    role: str
    first_name: str | None = None


@dataclass(frozen=True, slots=True)
class OtherVisit:
    """Another visit this week."""

    window: Window
    role: str


@dataclass(frozen=True, slots=True)
class TeamContact:
    """How to reach the team: a UK number as people write it, and its hours as a sentence."""

    phone: str
    hours: str
    text_relay: bool = True

    @property
    def dial(self) -> str:
        """The number for a `tel:` link."""
        return "".join(c for c in self.phone if c.isdigit())

    @property
    def relay(self) -> str:
        """The number by text relay (prefix 18001), for people who cannot hear or speak on the phone."""
        return f"18001 {self.phone}"


@dataclass(frozen=True, slots=True)
class GivenAnswer:
    """An answer the server holds: what, when, for which window, and whether the carer's tablet has it."""

    kind: AnswerKind
    at: datetime
    window: Window | None = None
    seen: bool = False


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer as it was sent, with the window the person was looking at.

    `text` is the note, or what was added to the feedback: free text, to be stored as sealed or
    protected as any clinical text. The same answer may arrive twice.
    """

    kind: AnswerKind
    shown: Window | None = None
    text: str = ""
    listened: Reply | None = None
    mattered: Reply | None = None


@dataclass(frozen=True, slots=True)
class VisitPage:
    """One visit as its page shows it. All times are aware.

    `window` is the time now promised; `previous_window` the one before it, when it changed. `last_heard`
    is when the carer's tablet last spoke to the server. `reason`, `what_for` and `have_ready` are
    codes of `Wording`. `duration` is the planned length.
    """

    state: VisitState
    window: Window
    carer: Carer
    team: TeamContact
    previous_window: Window | None = None
    arrived_at: datetime | None = None
    left_at: datetime | None = None
    last_heard: datetime | None = None
    reason: str | None = None
    what_for: tuple[str, ...] = ()
    duration: timedelta | None = None
    have_ready: tuple[str, ...] = ()
    other_visits: tuple[OtherVisit, ...] = ()
    answer: GivenAnswer | None = None
    worse_at: datetime | None = None
    note_at: datetime | None = None
    feedback_at: datetime | None = None

    def standing_answer(self) -> GivenAnswer | None:
        """The answer that still applies: one about an earlier window does not."""
        if self.answer is None or self.answer.kind is AnswerKind.RING:
            return self.answer
        return self.answer if self.answer.window in (None, self.window) else None

    def staleness(self, now: datetime) -> timedelta | None:
        """How old the news is, or None while it is fresh enough or age does not matter."""
        if self.last_heard is None or now - self.last_heard < STALE_AFTER:
            return None
        if self.state in (VisitState.ON_THE_WAY, VisitState.HERE):
            return now - self.last_heard
        if self.state in COMING and now >= self.window.start - STALE_LEAD:
            return now - self.last_heard
        return None

    def is_overdue(self, now: datetime) -> bool:
        """Whether the promised time has passed without anybody arriving."""
        return self.state in COMING and now > self.window.end

    def next_visit(self, now: datetime) -> OtherVisit | None:
        """The first other visit that has not begun."""
        ahead = [v for v in self.other_visits if v.window.start > now]
        return min(ahead, key=lambda v: v.window.start) if ahead else None
