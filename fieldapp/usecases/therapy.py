"""Recording one reablement session against the person's goals. What is entered is a draft until it is signed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, Final

from fieldapp.domain.canonical import Json
from fieldapp.domain.records import read_body
from fieldapp.domain.revision import format_time, parse_time
from fieldapp.usecases import reading
from fieldapp.usecases.errors import UnknownRecordError
from fieldapp.usecases.reablement import programme
from fieldapp.usecases.session import Saved, Session


@dataclass(frozen=True, slots=True)
class Activity:
    """What was practised; `help` is a key of `HELP_WORDS`."""

    what: str
    minutes: int | None = None
    help: str | None = None


@dataclass(frozen=True, slots=True)
class SessionDraft:
    """A session being recorded. Each change gives a new value; `keep` seals it."""

    draft: str
    patient: str
    episode: str | None
    visit: str | None
    started_at: datetime
    scores: Mapping[str, int] = field(default_factory=dict[str, int])
    """Goal record → −2…+2"""
    activities: tuple[Activity, ...] = ()
    timed_up_and_go: tuple[float, ...] = ()
    """Seconds, one an attempt"""
    minutes: int | None = None
    effort_borg: int | None = None
    pain_after: int | None = None
    barthel: int | None = None
    barthel_scale: int = 20
    quote: str | None = None
    next_session: str | None = None
    kept_at: datetime | None = field(default=None, compare=False)
    """When a restored draft was last typed in (UTC)."""
    amends: str | None = None
    """The session that is corrected, with its `before` body and the `base` heads it was opened on."""
    before: Json = field(default_factory=dict[str, Any])
    base: tuple[str, ...] = ()

    @property
    def activity_minutes(self) -> int:
        """Minutes practised, where they were given."""
        return sum(activity.minutes or 0 for activity in self.activities)


def start(session: Session, patient: str, *, visit: str | None = None, amends: str | None = None) -> SessionDraft:
    """A new session, one to correct, or what was left open of either on this tablet by this clinician.

    Raises:
        UnknownRecordError
    """
    fresh = _fresh(session, patient, visit) if amends is None else _amending(session, patient, amends)
    kept = session.store.draft(fresh.draft)
    return fresh if kept is None else _filled(fresh, kept)


def _fresh(session: Session, patient: str, visit: str | None) -> SessionDraft:
    episode = programme(session, patient).episode
    return SessionDraft(f"therapy_session:{patient}", patient, episode, visit, session.now())


def _amending(session: Session, patient: str, record: str) -> SessionDraft:
    state = session.record(record)
    began = reading.moment(state.body, "started_at")
    if state.kind != "therapy_session" or state.patient != patient or began is None:
        raise UnknownRecordError("This is not a session of this patient. Open the timeline and try again.")
    known = state.body
    barthel = reading.part(known, "barthel")
    kept: Json = {name: known.get(name) for name in _PLAIN}
    kept |= {"barthel": barthel.get("score"), "barthel_scale": barthel.get("scale", 20)}
    kept |= {
        "visit": known.get("visit"),
        "started_at": known["started_at"],
        "scores": {rating["goal"]: rating["score"] for rating in reading.parts(known, "ratings")},
        "activities": [
            {name: each.get(name) for name in ("what", "minutes", "help")}
            for each in reading.parts(known, "activities")
        ],
        "timed_up_and_go": known.get("timed_up_and_go") or [],
        "base": list(state.heads),
    }
    episode = reading.text(known, "episode")
    empty = SessionDraft(f"therapy_session:{record}", patient, episode, None, began, amends=record, before=known)
    return _filled(empty, kept)


def _filled(fresh: SessionDraft, kept: Json) -> SessionDraft:
    at = kept.get("kept_at")
    return replace(
        fresh,
        visit=kept["visit"],
        started_at=parse_time(kept["started_at"]),
        scores=kept["scores"],
        activities=tuple(Activity(**activity) for activity in kept["activities"]),
        timed_up_and_go=tuple(kept["timed_up_and_go"]),
        kept_at=parse_time(at) if at else None,
        base=tuple(kept["base"]),
        **{name: kept[name] for name in _PLAIN},
    )


_PLAIN: Final = (
    "minutes", "effort_borg", "pain_after", "barthel", "barthel_scale", "quote", "next_session",
)  # fmt: skip


def scored(draft: SessionDraft, goal: str, score: int | None) -> SessionDraft:
    """The draft with a goal's attainment, −2 to +2; None clears it."""
    scores = {record: known for record, known in draft.scores.items() if record != goal}
    if score is not None:
        scores[goal] = score
    return replace(draft, scores=scores)


def attempted(draft: SessionDraft, seconds: float) -> SessionDraft:
    """The draft with one more Timed Up and Go attempt."""
    return replace(draft, timed_up_and_go=(*draft.timed_up_and_go, round(float(seconds), 1)))


def timed(draft: SessionDraft, at: int, seconds: float | None) -> SessionDraft:
    """The draft with the attempt at that place put right; None takes it out."""
    times = list(draft.timed_up_and_go)
    times[at : at + 1] = [] if seconds is None else [round(float(seconds), 1)]
    return replace(draft, timed_up_and_go=tuple(times))


def without(draft: SessionDraft, at: int) -> SessionDraft:
    """The draft without the activity at that place."""
    return replace(draft, activities=(*draft.activities[:at], *draft.activities[at + 1 :]))


def practised(draft: SessionDraft, activity: Activity, *, at: int | None = None) -> SessionDraft:
    """The draft with one more activity, or with the one at that place replaced."""
    activities = list(draft.activities)
    if at is None:
        activities.append(activity)
    else:
        activities[at] = activity
    return replace(draft, activities=tuple(activities))


def keep(session: Session, draft: SessionDraft) -> None:
    """Seal the draft. Call it after every change."""
    kept: Json = {name: getattr(draft, name) for name in _PLAIN}
    kept |= {
        "visit": draft.visit,
        "started_at": format_time(draft.started_at),
        "scores": dict(draft.scores),
        "activities": [{"what": a.what, "minutes": a.minutes, "help": a.help} for a in draft.activities],
        "timed_up_and_go": list(draft.timed_up_and_go),
        "kept_at": format_time(session.now()),
        "base": list(draft.base),
    }
    session.store.put_draft(draft.draft, kept)


def discard(session: Session, draft: SessionDraft) -> None:
    """The clinician threw the draft away."""
    session.store.drop_draft(draft.draft)


def save(session: Session, draft: SessionDraft, reason: str | None = None) -> Saved:
    """Sign the session; its draft goes in the same transaction. A correction needs a reason.

    Raises:
        NeedsReasonError, fieldapp.domain.records.InvalidBodyError: the draft stays.
    """
    return session.put(
        draft.patient,
        "therapy_session",
        body(draft),
        record=draft.amends,
        reason=reason,
        base=draft.base or None,
        drop_draft=draft.draft,
    )


def body(draft: SessionDraft) -> Json:
    """The body to sign: what was recorded, nothing invented."""
    typed = {*_PLAIN, "ratings", "timed_up_and_go", "activities", "started_at"}
    made: Json = {name: value for name, value in draft.before.items() if name not in typed}
    made["started_at"] = format_time(draft.started_at)
    optional: dict[str, Any] = {
        "episode": draft.episode,
        "visit": draft.visit,
        "minutes": draft.minutes,
        "effort_borg": draft.effort_borg,
        "pain_after": draft.pain_after,
        "quote": draft.quote or None,
        "next_session": draft.next_session or None,
        "barthel": {"score": draft.barthel, "scale": draft.barthel_scale} if draft.barthel is not None else None,
        "ratings": [{"goal": goal, "score": score} for goal, score in sorted(draft.scores.items())] or None,
        "timed_up_and_go": list(draft.timed_up_and_go) or None,
        "activities": [_activity(activity) for activity in draft.activities] or None,
    }
    made |= {name: value for name, value in optional.items() if value is not None}
    read_body("therapy_session", made)
    return made


def _activity(activity: Activity) -> Json:
    full = {"what": activity.what, "minutes": activity.minutes, "help": activity.help}
    return {name: value for name, value in full.items() if value is not None}
