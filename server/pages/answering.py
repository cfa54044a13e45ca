"""What the page asks a patient, what it says was answered, and how a sent form is read."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from urllib.parse import parse_qsl

from server.pages import times
from server.pages.errors import FormRefusedError
from server.pages.model import COMING, Answer, AnswerKind, Reply, VisitPage, VisitState, Window
from server.pages.naming import name
from server.pages.wording import Wording

NOTE_LIMIT = 300
FEEDBACK_LIMIT = 500
"""Characters; the browser stops at them and the server refuses more, so nothing is cut silently."""

CANNOT_TEXT = "I can’t be there"
RING_TEXT = "Please ring me"


@dataclass(frozen=True, slots=True)
class Choice:
    """One button. `primary` is the filled one."""

    kind: AnswerKind
    text: str
    primary: bool = False


@dataclass(frozen=True, slots=True)
class Ask:
    """A question with its buttons; `hint` stands below them."""

    question: str
    choices: tuple[Choice, ...]
    hint: str = ""


@dataclass(frozen=True, slots=True)
class Said:
    """What the patient told the team, and who has it."""

    heading: str
    body: str
    after: str = ""
    urgent: bool = False


def ask(page: VisitPage, now: datetime) -> Ask | None:
    """The question that fits the visit's state, less the answer already given."""
    question, choices = _question(page, now)
    given = page.standing_answer()
    if given is not None:
        choices = tuple(Choice(c.kind, c.text) for c in choices if c.kind is not given.kind)
        question = "Change your answer"
    if not choices:
        return None
    hint = ""
    if page.staleness(now) is not None:
        carer = name(page.carer, start=True)
        hint = f"We get your answer at once. {carer} will see it when the signal is back."
    return Ask(question, choices, hint)


def _question(page: VisitPage, now: datetime) -> tuple[str, tuple[Choice, ...]]:
    cannot = Choice(AnswerKind.CANNOT, CANNOT_TEXT)
    ring = Choice(AnswerKind.RING, RING_TEXT)
    if page.is_overdue(now):
        return "Has nobody come?", (Choice(AnswerKind.RING, "I am still waiting: ring me"), cannot)
    match page.state:
        case VisitState.PLANNED:
            suits = Choice(AnswerKind.SUITS, "This time suits me", primary=True)
            return "Does this time suit you?", (suits, cannot, ring)
        case VisitState.ON_THE_WAY:
            return "If something has changed", (ring, cannot)
        case VisitState.LATE:
            suits = Choice(AnswerKind.SUITS, "The new time suits me", primary=True)
            return "Does the new time suit you?", (suits, cannot, ring)
        case VisitState.MOVED:
            return _moved_question(page, now, cannot)
        case VisitState.CANCELLED:
            return "Is this wrong?", (Choice(AnswerKind.RING, "I still need a visit: ring me"),)
        case VisitState.HERE | VisitState.DONE:
            return "", ()


def _moved_question(page: VisitPage, now: datetime, cannot: Choice) -> tuple[str, tuple[Choice, ...]]:
    ahead = times.days_ahead(page.window.start, now)
    if ahead <= 0:
        question, text = "Does the new time suit you?", "The new time suits me"
    elif ahead == 1:
        question, text = "Can it wait until tomorrow?", "Tomorrow suits me"
    else:
        weekday = times.weekday(page.window.start)
        question, text = f"Can it wait until {times.day(page.window.start)}?", f"{weekday} suits me"
    ring_text = "I can’t wait: ring me today" if ahead > 0 else "I can’t wait: ring me"
    suits = Choice(AnswerKind.SUITS, text, primary=True)
    return question, (suits, Choice(AnswerKind.RING, ring_text), cannot)


def said(page: VisitPage, wording: Wording, now: datetime) -> tuple[Said, ...]:
    """What was told, the most urgent first. Free text is never shown back: others may hold the link."""
    told: list[Said] = []
    if page.worse_at is not None:
        sent = f"Sent {times.moment(page.worse_at, now)}."
        told.append(Said("You told us: I feel worse", sent, wording.told_worse, urgent=True))
    given = page.standing_answer()
    if given is not None:
        carer = name(page.carer, start=True)
        seen = f"{carer} has seen it." if given.seen else f"{carer} has not seen it yet."
        words = {
            AnswerKind.SUITS: "this time suits me",
            AnswerKind.CANNOT: "I can’t be there",
            AnswerKind.RING: "please ring me",
        }[given.kind]
        after = "Changed your mind? Use the buttons below." if page.state in COMING else ""
        if given.kind is AnswerKind.RING:
            after = wording.will_ring
        told.append(Said(f"You said: {words}", f"{_sent(given.at, now)} {seen}", after))
    if page.note_at is not None and page.state in COMING:
        told.append(Said("You sent a note", _sent(page.note_at, now)))
    if page.feedback_at is not None and page.state is VisitState.DONE:
        told.append(Said("Thank you for your answers", _sent(page.feedback_at, now)))
    return tuple(told)


def _sent(at: datetime, now: datetime) -> str:
    return f"Sent {times.moment(at, now)}. The hub has it."


def shown_mark(window: Window) -> str:
    """The window a form was shown with, for its hidden field: two whole Unix times."""
    return f"{int(window.start.timestamp())}-{int(window.end.timestamp())}"


def read_form(body: bytes) -> dict[str, str]:
    """The fields of a URL-encoded form; of a repeated field the first. Raises FormRefusedError when malformed."""
    try:
        pairs = parse_qsl(body.decode("utf-8"), keep_blank_values=True, max_num_fields=20, errors="strict")
    except ValueError as error:
        raise FormRefusedError("We could not read your answer. Please try again, or ring us.") from error
    form: dict[str, str] = {}
    for field, value in pairs:
        form.setdefault(field, value)
    return form


def read_answer(form: dict[str, str]) -> Answer:
    """The answer in a form. Raises FormRefusedError, keeping what the person wrote."""
    try:
        kind = AnswerKind(form.get("answer", ""))
        listened = Reply(form["listened"]) if "listened" in form else None
        mattered = Reply(form["mattered"]) if "mattered" in form else None
    except ValueError as error:
        raise FormRefusedError("We could not read your answer. Please try again, or ring us.") from error
    text = form.get("text", "").replace("\r\n", "\n").strip() if kind in _LIMITS else ""
    limit = _LIMITS.get(kind, 0)
    if len(text) > limit:
        raise FormRefusedError(f"Please write {limit} letters or fewer. You wrote {len(text)}.", kind, text)
    if kind is AnswerKind.NOTE and not text:
        raise FormRefusedError("Please write your note first, then send it.", kind)
    if kind is AnswerKind.FEEDBACK and not (text or listened or mattered):
        raise FormRefusedError("Please choose an answer first, then send it.", kind)
    return Answer(kind, _shown(form.get("shown", "")), text, listened, mattered)


_LIMITS = {AnswerKind.NOTE: NOTE_LIMIT, AnswerKind.FEEDBACK: FEEDBACK_LIMIT}


def _shown(mark: str) -> Window | None:
    start, _, end = mark.partition("-")
    try:
        return Window(datetime.fromtimestamp(int(start), UTC), datetime.fromtimestamp(int(end), UTC))
    except (ValueError, OverflowError, OSError):
        return None


def is_outdated(answer: Answer, page: VisitPage) -> bool:
    """Whether the answer is about a time the person can no longer have: only then must they look again."""
    if answer.kind not in (AnswerKind.SUITS, AnswerKind.CANNOT):
        return False
    if page.state not in COMING or answer.shown is None:
        return True
    return shown_mark(answer.shown) != shown_mark(page.window)
