"""Recording a set of observations: one value after another, the score building itself, nothing clamped.

A `Recording` is a value: each step gives a new one, and `keep` seals it as a draft, so that lock, crash and battery
cost nothing. Values are as typed; a question about an unusual one waits in `questions` until it is answered.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, Final, cast

from fieldapp.domain.canonical import Json
from fieldapp.domain.codes import ACVPU_WORDS, MEASUREMENTS
from fieldapp.domain.display.dates import clinical_datetime, measured_when
from fieldapp.domain.display.numbers import THIN_SPACE, number
from fieldapp.domain.news2 import PARAMETERS, Band
from fieldapp.domain.plausibility import Impossible, Question, check, check_blood_pressure
from fieldapp.domain.records import read_body
from fieldapp.domain.revision import format_time, parse_time
from fieldapp.usecases import reading
from fieldapp.usecases.errors import NotAuthorisedError, UnknownRecordError
from fieldapp.usecases.people import Identity, first, identity
from fieldapp.usecases.scoring import LABELS, by_time, refusal, score_of
from fieldapp.usecases.session import Saved, Session

SCORED: Final = (
    "respiration_rate", "spo2", "on_oxygen", "oxygen_flow", "systolic_bp", "diastolic_bp", "pulse", "consciousness",
    "temperature",
)  # fmt: skip
EXTRA: Final = ("pain", "glucose", "weight", "height")
VALUES: Final = (*SCORED, *EXTRA)
"""Every value of the form, in the order in which it is asked."""

_COURSE: Final = 6
_SHORT: Final = {"respiration_rate": "Resp", "spo2": "SpO₂", "oxygen": "O₂", "systolic_bp": "BP", "pulse": "Pulse"}
_SHORT_REST: Final = {"consciousness": "Consc", "temperature": "Temp"}


@dataclass(frozen=True, slots=True)
class Last:
    """The value before: as shown (`96 %`), and when (`yesterday 18:10`, `at 13:40`)."""

    value: Any
    shown: str
    when: str


@dataclass(frozen=True, slots=True)
class Recording:
    """A set being taken. `scale_authority` is who authorised SpO₂ scale 2 (None: scale 1 only); `not_used` says why
    NEWS2 is not computed for this person. `confirmed` are unusual values the clinician stood by."""

    draft: str
    patient: str
    visit: str | None
    started_at: datetime
    values: Mapping[str, Any] = field(default_factory=dict[str, Any])
    not_measured: Mapping[str, str] = field(default_factory=dict[str, str])
    confirmed: frozenset[tuple[str, Any]] = frozenset()
    scale: int = 1
    scale_authority: str | None = None
    not_used: str | None = None
    last: Mapping[str, Last] = field(default_factory=dict[str, Last])
    last_total: str | None = None
    """`Was 5 at 13:40`"""
    note: str | None = None
    history: Mapping[str, tuple[float, ...]] = field(default_factory=dict[str, tuple[float, ...]])
    """The course of each number before this set, oldest first."""
    kept_at: datetime | None = None
    """When the last value was typed (UTC); the time that is signed."""
    restored: bool = False
    amends: str | None = None
    """The set that is corrected, with its `before` body and the `base` heads it was opened on."""
    before: Json = field(default_factory=dict[str, Any])
    base: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Segment:
    """One of the seven cells of the score strip; `points` None while it cannot be scored."""

    parameter: str
    label: str
    short: str
    points: int | None


@dataclass(frozen=True, slots=True)
class Live:
    """The score as it stands. `headline`: `No total yet: 4 of 7 scored` or the band's response; `detail`: `Missing:
    pulse, consciousness`. `can_save` is false while a question is open, an impossible value stands, or nothing is in.
    """

    total: int | None
    band: Band | None
    segments: tuple[Segment, ...]
    headline: str
    detail: str
    missing: tuple[str, ...]
    questions: tuple[Question | Impossible, ...]
    can_save: bool
    note: str
    """What the line beside *Save* says: `3 missing: saves without a total`."""


def start(session: Session, patient: str, *, visit: str | None = None, amends: str | None = None) -> Recording:
    """A new set, one to correct, or what this clinician left open of either on this tablet.

    Raises:
        UnknownPatientError, UnknownRecordError
    """
    fresh = _fresh(session, patient, visit) if amends is None else _amending(session, patient, amends)
    kept = session.store.draft(fresh.draft)
    if kept is None:
        return fresh
    pairs = cast("list[list[Any]]", kept["confirmed"])
    return replace(
        fresh,
        visit=kept["visit"],
        started_at=parse_time(kept["started_at"]),
        values=kept["values"],
        not_measured=kept["not_measured"],
        confirmed=frozenset((str(name), value) for name, value in pairs),
        scale=kept["scale"] if fresh.scale_authority else 1,
        note=kept["note"],
        kept_at=parse_time(kept["kept_at"]),
        restored=True,
        base=tuple(kept["base"]) or fresh.base,
    )


def typed(recording: Recording, name: str, value: Any) -> Recording:
    """The recording with a value in the recorded unit (int, float, bool or an ACVPU letter); None clears it."""
    if name not in VALUES:
        raise KeyError(name)
    values = {key: known for key, known in recording.values.items() if key != name}
    if value is not None:
        values[name] = value
    if name == "on_oxygen" and value is not True:
        values.pop("oxygen_flow", None)
    reasons = {key: why for key, why in recording.not_measured.items() if key != name or value is None}
    return replace(recording, values=values, not_measured=reasons)


def could_not_measure(recording: Recording, name: str, why: str = "Could not measure") -> Recording:
    """The recording with the reason why a value is missing."""
    cleared = typed(recording, name, None)
    return replace(cleared, not_measured={**cleared.not_measured, name: why})


def confirm(recording: Recording, question: Question) -> Recording:
    """The clinician stands by an unusual value; typing another one asks again."""
    return replace(recording, confirmed=recording.confirmed | {_answer(recording, question.measurement)})


def with_scale(recording: Recording, scale: int) -> Recording:
    """SpO₂ scale 1 or 2. Raises NotAuthorisedError for 2 without an authority in the plan."""
    if scale == 2 and recording.scale_authority is None:
        raise NotAuthorisedError("Scale 2 needs a clinician's authorisation in the plan's oxygen target.")
    return replace(recording, scale=scale)


def with_note(recording: Recording, note: str | None) -> Recording:
    """A remark about the set, such as the position or the device."""
    return replace(recording, note=note or None)


def live(session: Session, recording: Recording, *, typing: str | None = None) -> Live:
    """The score, the open questions and whether it can be saved, now. A value in question is not scored until it is
    answered. `typing` is a value that may not be finished yet: it is not asked about, nor scored while it is unusual.
    """
    open_ = _questions(session, recording)
    pair = {"systolic_bp", "diastolic_bp"}
    held = {typing, *(pair | {"blood_pressure"} if typing in pair else ())}
    questions = tuple(q for q in open_ if q.measurement not in held)
    doubtful = {q.measurement for q in open_}
    unscored = doubtful | (pair if "blood_pressure" in doubtful else set[str]())
    scored = score_of({**_scored_body(recording), **dict.fromkeys(unscored, None)})
    points = {name: None if recording.not_used else scored.points[name] for name in PARAMETERS}
    short = {**_SHORT, **_SHORT_REST}
    missing = tuple(LABELS[name].lower() for name in PARAMETERS if scored.points[name] is None)
    total, band = (None, None) if recording.not_used else (scored.total, scored.band)
    done = len(PARAMETERS) - len(missing)
    if recording.not_used:
        headline, detail = "NEWS2 not used", recording.not_used
    elif total is None or band is None:
        headline, detail = f"No total yet: {done} of 7 scored", f"Missing: {', '.join(missing)}"
    else:
        headline, detail = session.service.response(total, band), recording.last_total or "All seven recorded"
    empty = not recording.values and not recording.not_measured
    if recording.not_used or not missing:
        note = "Draft kept on this tablet" if not empty else "Nothing recorded yet"
    else:
        note = f"{len(missing)} missing: saves without a total"
    return Live(
        total=total,
        band=band,
        segments=tuple(Segment(name, LABELS[name], short[name], points[name]) for name in PARAMETERS),
        headline=headline,
        detail=detail,
        missing=missing,
        questions=questions,
        can_save=not questions and not empty,
        note=note,
    )


def keep(session: Session, recording: Recording) -> None:
    """Seal the recording as a draft. Call it after every value."""
    session.store.put_draft(
        recording.draft,
        {
            "visit": recording.visit,
            "started_at": format_time(recording.started_at),
            "values": dict(recording.values),
            "not_measured": dict(recording.not_measured),
            "confirmed": [list(pair) for pair in sorted(recording.confirmed, key=str)],
            "scale": recording.scale,
            "note": recording.note,
            "kept_at": format_time(recording.kept_at or session.now()),
            "base": list(recording.base),
        },
    )


def discard(session: Session, recording: Recording) -> None:
    """The clinician threw the draft away."""
    session.store.drop_draft(recording.draft)


def save(session: Session, recording: Recording, reason: str | None = None) -> Saved:
    """Sign the set; its draft goes in the same transaction. A correction needs a reason.

    Raises:
        NeedsReasonError, fieldapp.domain.records.InvalidBodyError: where a value cannot be; the draft stays.
    """
    return session.put(
        recording.patient,
        "observations",
        body(session, recording),
        record=recording.amends,
        reason=reason,
        base=recording.base or None,
        drop_draft=recording.draft,
    )


def body(session: Session, recording: Recording) -> Json:
    """The body to sign: taken when its last value was typed, else now; a correction keeps its time."""
    replaced = {*VALUES, "spo2_scale", "not_measured", "note"}
    made: Json = {name: value for name, value in recording.before.items() if name not in replaced}
    made = {"taken_at": format_time(recording.kept_at or session.now()), **made, **recording.values}
    if "spo2" in recording.values:
        made["spo2_scale"] = recording.scale
    if recording.visit is not None:
        made["visit"] = recording.visit
    if recording.not_measured:
        made["not_measured"] = dict(recording.not_measured)
    if recording.note:
        made["note"] = recording.note
    read_body("observations", made)
    return made


def shown(name: str, value: Any) -> str:
    """A recorded value with its unit: `37.8 °C`, `Alert`, `Oxygen`."""
    if name == "on_oxygen":
        return "Oxygen" if value else "Air"
    if name == "consciousness":
        return ACVPU_WORDS.get(value, str(value))
    unit = MEASUREMENTS[name].unit
    return f"{number(value)}{THIN_SPACE}{unit}" if unit else number(value)


def _fresh(session: Session, patient: str, visit: str | None, until: datetime | None = None) -> Recording:
    now = session.now()
    summary = session.summary(patient)
    who = identity(patient, first(summary["patient"]), now)
    authority = _authority(reading.part(first(summary["plan"]), "oxygen"))
    refused = refusal(who)
    states = session.store.records(patient, {"observations"})
    counted = {state.id: state.body for state in states if not state.body.get("entered_in_error")}
    sets = [
        known
        for known in by_time(counted)
        if until is None or ((at := reading.moment(known, "taken_at")) is not None and at < until)
    ]
    return Recording(
        draft=f"observations:{patient}",
        patient=patient,
        visit=visit,
        started_at=now,
        scale=2 if authority else 1,
        scale_authority=authority,
        not_used=refused.reason if refused else None,
        last=_last(sets, now),
        last_total=_last_total(who, sets, now),
        history=_history(sets),
    )


def _amending(session: Session, patient: str, record: str) -> Recording:
    state = session.record(record)
    if state.kind != "observations" or state.patient != patient:
        raise UnknownRecordError("This is not a set of this patient. Open the timeline and try again.")
    known = state.body
    fresh = _fresh(session, patient, None, reading.moment(known, "taken_at"))
    authority = fresh.scale_authority or ("As this set was recorded" if known.get("spo2_scale") == 2 else None)
    return replace(
        fresh,
        draft=f"observations:{record}",
        values={name: known[name] for name in VALUES if known.get(name) is not None},
        not_measured=cast("dict[str, str]", reading.part(known, "not_measured")),
        scale=2 if known.get("spo2_scale") == 2 else 1,
        scale_authority=authority,
        note=reading.text(known, "note"),
        amends=record,
        before=known,
        base=state.heads,
    )


def _history(sets: list[Json]) -> dict[str, tuple[float, ...]]:
    found: dict[str, tuple[float, ...]] = {}
    for name in VALUES:
        values = tuple(float(value) for known in sets if (value := reading.number(known, name)) is not None)
        if values:
            found[name] = values[-_COURSE:]
    return found


def _authority(oxygen: Json) -> str | None:
    by, at = reading.text(oxygen, "authorised_by"), reading.moment(oxygen, "authorised_at")
    if oxygen.get("spo2_scale") != 2 or by is None or at is None:
        return None
    return f"Target {oxygen['target_low']}–{oxygen['target_high']}%. Authorised by {by}, {clinical_datetime(at)}"


def _last(sets: list[Json], now: datetime) -> dict[str, Last]:
    found: dict[str, Last] = {}
    for known in sets:
        at = reading.moment(known, "taken_at")
        for name in VALUES:
            value = known.get(name)
            if value is not None and at is not None:
                found[name] = Last(value, shown(name, value), measured_when(at, now))
    return found


def _last_total(who: Identity, sets: list[Json], now: datetime) -> str | None:
    if refusal(who) is not None:
        return None
    for known in reversed(sets):
        total, at = score_of(known).total, reading.moment(known, "taken_at")
        if total is not None and at is not None:
            return f"Was {total} {measured_when(at, now)}"
    return None


def _scored_body(recording: Recording) -> Json:
    return {**recording.values, "spo2_scale": recording.scale}


def _answer(recording: Recording, measurement: str) -> tuple[str, Any]:
    if measurement == "blood_pressure":
        values = recording.values
        return measurement, f"{values.get('systolic_bp')}/{values.get('diastolic_bp')}"
    return measurement, recording.values.get(measurement)


def _questions(session: Session, recording: Recording) -> list[Question | Impossible]:
    found: list[Question | Impossible] = []
    values = recording.values
    for name in VALUES:
        value = values.get(name)
        if isinstance(value, int | float) and not isinstance(value, bool):
            verdict = check(name, value, session.service.limits)
            if verdict is not None:
                found.append(verdict)
    systolic, diastolic = values.get("systolic_bp"), values.get("diastolic_bp")
    if systolic is not None and diastolic is not None:
        swapped = check_blood_pressure(systolic, diastolic)
        if swapped is not None:
            found.append(swapped)
    return [
        verdict
        for verdict in found
        if isinstance(verdict, Impossible) or _answer(recording, verdict.measurement) not in recording.confirmed
    ]
