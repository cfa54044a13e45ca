"""Versions side by side: who signed what and when, what each had seen, and one decision that keeps everything."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final, TypeAlias, cast

from fieldapp.domain.canonical import Json
from fieldapp.domain.display.dates import day_and_time, measured_when
from fieldapp.domain.display.names import initials
from fieldapp.domain.merge import ABSENT, Dispute, State, resolve
from fieldapp.domain.revision import Revision
from fieldapp.domain.state import RecordState
from fieldapp.usecases import reading
from fieldapp.usecases.errors import NeedsReasonError, NotInConflictError
from fieldapp.usecases.observations import shown
from fieldapp.usecases.session import Saved, Session
from fieldapp.usecases.statements import kind_title, title_of, words

_LOOK_BACK: Final = timedelta(hours=24)
_SHOWN: Final = 12


@dataclass(frozen=True, slots=True)
class Keep:
    """Take the statement as this version has it."""

    revision: str


@dataclass(frozen=True, slots=True)
class Write:
    """A third version of the statement: its JSON value, or None to take it out."""

    value: Any


Choice: TypeAlias = Keep | Write


@dataclass(frozen=True, slots=True)
class Version:
    """One side: who, when, and what they had seen when they signed (`Saw 86 % at 09:45`)."""

    revision: str
    by: str
    role: str
    initials: str
    at: datetime
    when: str
    saw: str | None
    saw_at: datetime | None
    reason: str | None


@dataclass(frozen=True, slots=True)
class Said:
    """What one version says about one statement. `value` is None where the version does not have it."""

    revision: str
    value: Any
    words: str


@dataclass(frozen=True, slots=True)
class Question:
    """One statement to decide: what it was, and what each version says now, in the order of `versions`."""

    path: str
    title: str
    base: Any
    was: str
    sides: tuple[Said, ...]


@dataclass(frozen=True, slots=True)
class Measured:
    """One point of the evidence: oxygen saturation in %; `on` reads `on 1 L/min`, `on air` or nothing."""

    at: datetime
    value: float
    by: str
    on: str = ""


@dataclass(frozen=True, slots=True)
class ConflictView:
    """Everything the screen needs. `heads` are the versions shown; hand the view back to `settle`."""

    record: str
    kind: str
    kind_title: str
    patient: str
    title: str
    sentence: str
    versions: tuple[Version, ...]
    questions: tuple[Question, ...]
    evidence: tuple[Measured, ...]
    target: tuple[float, float] | None
    heads: tuple[str, ...]
    body: Json


def conflict_view(session: Session, record: str) -> ConflictView:
    """Raises UnknownRecordError, NotInConflictError."""
    state = session.record(record)
    nodes, resolved = _resolved(session, state)
    now = session.now()
    questions = tuple(_question(state.kind, dispute) for dispute in resolved.disputes)
    involved = {side.revision for dispute in resolved.disputes for side in dispute.sides}
    heads = sorted((nodes[h] for h in resolved.heads if h in involved), key=lambda r: (r.true_time, r.id))
    about_oxygen = any(dispute.path == "oxygen" for dispute in resolved.disputes)
    evidence = _evidence(session, state.patient, min(h.true_time for h in heads)) if about_oxygen else ()
    titles = list(dict.fromkeys(question.title for question in questions))
    count = {2: "two", 3: "three"}.get(len(heads), str(len(heads)))
    was = questions[0].was if len(questions) == 1 else "what was there before"
    order = [head.id for head in heads]
    return ConflictView(
        record=record,
        kind=state.kind,
        kind_title=kind_title(state.kind),
        patient=state.patient,
        title=f"{' and '.join(filter(None, (', '.join(titles[:-1]), titles[-1])))}: {count} versions",
        sentence=f"Each was signed before its author saw the other. Until you settle it the team sees: {was}.",
        versions=tuple(_version(head, evidence, now) for head in heads),
        questions=tuple(
            Question(q.path, q.title, q.base, q.was, tuple(sorted(q.sides, key=lambda s: order.index(s.revision))))
            for q in questions
        ),
        evidence=evidence,
        target=_target(resolved.body) if about_oxygen else None,
        heads=resolved.heads,
        body=resolved.body,
    )


@dataclass(frozen=True, slots=True)
class Deciding:
    """A decision being made: one choice a question, and the reason."""

    choices: Mapping[str, Choice] = field(default_factory=dict[str, Choice])
    reason: str = ""


def start(session: Session, view: ConflictView) -> Deciding:
    """A fresh decision, or the one left open on this tablet about the same versions."""
    kept = session.store.draft(_draft(view))
    if kept is None or kept["heads"] != list(view.heads):
        return Deciding()
    choices: dict[str, Choice] = {
        path: Keep(each["keep"]) if "keep" in each else Write(each["write"]) for path, each in kept["choices"].items()
    }
    return Deciding(choices, kept["reason"])


def keep(session: Session, view: ConflictView, deciding: Deciding) -> None:
    """Seal the decision so far as a draft. Call it after every change."""
    choices: Json = {
        path: {"keep": each.revision} if isinstance(each, Keep) else {"write": each.value}
        for path, each in deciding.choices.items()
    }
    session.store.put_draft(_draft(view), {"heads": list(view.heads), "choices": choices, "reason": deciding.reason})


def _draft(view: ConflictView) -> str:
    return f"settle:{view.record}"


def settled_body(view: ConflictView, choices: Mapping[str, Choice]) -> Json:
    """The body that follows from one choice a question; statements that are not disputed stay as they are.

    Raises:
        NeedsReasonError: where a question has no choice yet.
    """
    body: Json = dict(view.body)
    for question in view.questions:
        choice = choices.get(question.path)
        if choice is None:
            raise NeedsReasonError(f"Choose for {question.title.lower()} as well.")
        if isinstance(choice, Write):
            value = ABSENT if choice.value is None else choice.value
        else:
            said = next((s for s in question.sides if s.revision == choice.revision), None)
            if said is None:
                raise NotInConflictError("These versions have changed meanwhile. Open them again.")
            value = ABSENT if said.value is None else said.value
        _place(body, question.path, value)
    return body


def settle(session: Session, view: ConflictView, choices: Mapping[str, Choice], reason: str) -> Saved:
    """Sign the decision on top of every version shown.

    Raises:
        NeedsReasonError, NotInConflictError, fieldapp.domain.records.InvalidBodyError
    """
    saved = session.settle(view.record, settled_body(view, choices), reason, heads=view.heads)
    session.store.drop_draft(_draft(view))
    return saved


def settled_by(session: Session, record: str) -> tuple[str, str, str]:
    """Patient, who signed the version that stands now, and when. Raises UnknownRecordError."""
    state = session.record(record)
    newest = max((r for r in session.store.revisions(record) if r.id in state.heads), key=lambda r: (r.true_time, r.id))
    return state.patient, newest.author.name, day_and_time(newest.true_time, session.now())


def sides_json(session: Session, record: str) -> Json:
    """A conflict as one JSON object, for scripts: its id is the record's; every side with its whole body and what it
    says about each disputed statement; `base` the same as it was before."""
    state = session.record(record)
    nodes, resolved = _resolved(session, state)
    return {
        "conflict": record,
        "record": record,
        "kind": state.kind,
        "patient": state.patient,
        "disputed": [dispute.path for dispute in resolved.disputes],
        "base": {d.path: _json(d.base) for d in resolved.disputes},
        "current": resolved.body,
        "sides": [
            {
                "revision": head,
                "author": nodes[head].author.name,
                "role": nodes[head].author.role,
                "at": nodes[head].true_time.isoformat(timespec="milliseconds").replace("+00:00", "Z"),
                "reason": nodes[head].reason,
                "statements": {
                    d.path: _json(s.value) for d in resolved.disputes for s in d.sides if s.revision == head
                },
                "body": nodes[head].body,
            }
            for head in resolved.heads
        ],
    }


def _resolved(session: Session, state: RecordState) -> tuple[dict[str, Revision], State]:
    nodes = {revision.id: revision for revision in session.store.revisions(state.id)}
    resolved = resolve(state.kind, nodes)
    if not resolved.in_conflict:
        raise NotInConflictError("There is nothing to settle here: the record has one version.")
    return nodes, resolved


def _question(kind: str, dispute: Dispute) -> Question:
    return Question(
        path=dispute.path,
        title=title_of(kind, dispute.path),
        base=_json(dispute.base),
        was=words(kind, dispute.path, dispute.base),
        sides=tuple(Said(s.revision, _json(s.value), words(kind, dispute.path, s.value)) for s in dispute.sides),
    )


def _json(value: Any) -> Any:
    return None if value is ABSENT else value


def _version(head: Revision, evidence: Sequence[Measured], now: datetime) -> Version:
    seen = [point for point in evidence if point.at <= head.true_time]
    last = seen[-1] if seen else None
    return Version(
        revision=head.id,
        by=head.author.name,
        role=head.author.role,
        initials=initials(head.author.name),
        at=head.true_time,
        when=day_and_time(head.true_time, now),
        saw=_saw(last, now) if last else None,
        saw_at=last.at if last else None,
        reason=head.reason,
    )


def _saw(point: Measured, now: datetime) -> str:
    return " ".join(filter(None, ("Saw SpO₂", shown("spo2", point.value), point.on, measured_when(point.at, now))))


def _breathing(body: Json) -> str:
    flow = reading.number(body, "oxygen_flow")
    if flow is not None:
        return f"on {shown('oxygen_flow', flow)}"
    return {True: "on oxygen", False: "on air", None: ""}[reading.flag(body, "on_oxygen")]


def _evidence(session: Session, patient: str, first: datetime) -> tuple[Measured, ...]:
    points: list[Measured] = []
    for state in session.store.records(patient, {"observations"}):
        at, value = reading.moment(state.body, "taken_at"), reading.number(state.body, "spo2")
        if at is not None and value is not None and at >= first - _LOOK_BACK and not state.body.get("entered_in_error"):
            points.append(Measured(at, value, state.first_author.name, _breathing(state.body)))
    return tuple(sorted(points, key=lambda p: p.at)[-_SHOWN:])


def _target(body: Json) -> tuple[float, float] | None:
    oxygen = reading.part(body, "oxygen")
    low, high = reading.number(oxygen, "target_low"), reading.number(oxygen, "target_high")
    return (low, high) if low is not None and high is not None else None


def _place(body: Json, path: str, value: Any) -> None:
    """Put a statement's value in, or take it out."""
    field, _, item = path.partition("/")
    if not item:
        if value is ABSENT:
            body.pop(field, None)
        else:
            body[field] = value
        return
    items = cast("list[Json]", list(body.get(field) or []))
    at = next((n for n, known in enumerate(items) if known.get("id") == item), None)
    if value is ABSENT:
        items = [known for known in items if known.get("id") != item]
    elif at is None:
        items.append(value)
    else:
        items[at] = value
    body[field] = items
