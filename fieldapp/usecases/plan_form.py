"""Changing a plan, statement by statement: what was typed, kept as a draft, and read into what is signed.

A `Form` holds text exactly as typed, by section. Only sections that differ from what the plan said are signed again;
in those, a field left as it was keeps its recorded value, and fields of a newer version stay.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Final, cast

from fieldapp.domain.canonical import Json
from fieldapp.domain.display.medicines import MedicineLine, medicine_line, unsafe_notation
from fieldapp.domain.ids import new_id
from fieldapp.domain.revision import format_time, parse_time
from fieldapp.usecases import plan_reading as typed_as
from fieldapp.usecases import plans, reading
from fieldapp.usecases.plan_reading import TypedError
from fieldapp.usecases.session import Saved, Session
from fieldapp.usecases.statements import MEDICINE_PARTS

SINGLE: Final = ("escalation", "oxygen", "monitoring", "review_on", "summary")
LISTS: Final = ("medicines", "problems", "interventions", "aims")
SECTIONS: Final = ("escalation", "oxygen", "medicines", "problems", "interventions", "aims", *SINGLE[2:])
"""In the order in which the editor shows them."""

LABELS: Final[dict[str, dict[str, str]]] = {
    "escalation": {
        "not_for": "Not for",
        "still_for": "For",
        "decided_by": "Decided by",
        "decided_at": "Decided when",
        "agreed_with": "Agreed with",
        "review_on": "Decision review date",
    },
    "oxygen": {
        "target_low": "Oxygen target low",
        "target_high": "Oxygen target high",
        "spo2_scale": "NEWS2 scale",
        "authorised_by": "Authorised by",
        "authorised_at": "Authorised when",
        "delivery": "Delivery",
    },
    "medicines": {
        "name": "Medicine name",
        "brand": "Brand",
        "strength": "Strength",
        "form": "Form",
        "dose": "Dose",
        "rate": "Rate",
        "duration": "Duration",
        "route": "Route",
        "frequency": "Frequency",
        "times": "Medicine times",
        "starts": "First day",
        "ends": "Last day",
    },
    "problems": {"text": "Problem", "since": "Since", "status": "Problem status"},
    "interventions": {
        "what": "What we do",
        "how_often": "How often",
        "who": "Who does it",
        "times": "Intervention times",
    },
    "aims": {"quote": "What matters, in their words", "measure": "How we will know"},
    "monitoring": {"every_minutes": "Observations every, in minutes", "note": "Monitoring note"},
    "review_on": {"review_on": "Review date"},
    "summary": {"summary": "Summary"},
}
"""What each field is called: on screen, read aloud, and in the sentence that says what is wrong with it."""

_KEY: Final = {"medicines": "name", "problems": "text", "interventions": "what", "aims": "quote"}


@dataclass(frozen=True, slots=True)
class Editing:
    """One plan being changed. `record` None is the first plan; `base` are the heads it was opened on. `kept_at` is
    when the restored draft was last kept, None for a fresh one; `moved_on` says that the plan changed meanwhile."""

    draft: str
    patient: str
    record: str | None
    base: tuple[str, ...]
    body: Json
    form: Json
    kept_at: datetime | None = None
    moved_on: bool = False


@dataclass(frozen=True, slots=True)
class Outcome:
    """What the form says: `fields` to sign (None takes one out), or `errors` by `section.field` or
    `section/item.field`, each a sentence that names the field."""

    fields: Json
    errors: dict[str, str]


def start(session: Session, patient: str) -> Editing:
    """The plan to change, with what this clinician left unsaved on this tablet."""
    key = f"plan:{patient}"
    current = next((p for p in plans.plans(session, patient) if not p.body.get("entered_in_error")), None)
    record, heads, body = (current.record, current.heads, current.body) if current else (None, (), {})
    kept = session.store.draft(key)
    if kept is None:
        return Editing(key, patient, record, heads, body, form_of(body))
    base = tuple(cast("list[str]", kept["base"]))
    same = kept["record"] == record and set(base) == set(heads)
    return Editing(
        key, patient, kept["record"], base, kept["body"], kept["form"], parse_time(kept["kept_at"]), not same
    )


def keep(session: Session, editing: Editing) -> None:
    """Seal what was typed as a draft; a form that says what the plan says needs none."""
    if not changed(editing):
        session.store.drop_draft(editing.draft)
        return
    session.store.put_draft(
        editing.draft,
        {
            "record": editing.record,
            "base": list(editing.base),
            "body": editing.body,
            "form": editing.form,
            "kept_at": format_time(session.now()),
        },
    )


def discard(session: Session, editing: Editing) -> None:
    """The clinician threw the changes away."""
    session.store.drop_draft(editing.draft)


def save(session: Session, editing: Editing, fields: Json) -> Saved:
    """Sign `fields` (of an `Outcome` without errors) on the version the form was opened on; the draft goes with it.

    Raises:
        UnsettledError: where versions waited for a decision when it was opened; InvalidBodyError.
    """
    body = {name: value for name, value in {**editing.body, **fields}.items() if value is not None}
    base = editing.base if editing.record is not None else None
    return session.put(editing.patient, "plan", body, record=editing.record, base=base, drop_draft=editing.draft)


def typed(editing: Editing, section: str, name: str, value: str, item: str | None = None) -> Editing:
    """The form with one field as typed."""
    part = editing.form[section]
    if item is None:
        made: Any = {**part, name: value}
    else:
        made = [{**each, name: value} if each["id"] == item else each for each in part]
    return replace(editing, form={**editing.form, section: made})


def added(session: Session, editing: Editing, section: str) -> tuple[Editing, str]:
    """The form with one more, empty item in a list, and its id."""
    item = new_id(session.clock)
    blank = {"id": item, **dict.fromkeys(LABELS[section], "")}
    if section == "problems":
        blank["status"] = "active"
    return replace(editing, form={**editing.form, section: [*editing.form[section], blank]}), item


def removed(editing: Editing, section: str, item: str, away: bool = True) -> Editing:
    """The form with an item marked to go when it is saved, or brought back; one never signed goes at once."""
    signed = {each.get("id") for each in reading.parts(editing.body, section)}
    items = cast("list[Json]", editing.form[section])
    if item not in signed:
        kept = [each for each in items if each["id"] != item]
    else:
        kept = [{**each, "gone": "yes" if away else ""} if each["id"] == item else each for each in items]
    return replace(editing, form={**editing.form, section: kept})


def changed(editing: Editing) -> tuple[str, ...]:
    """The sections that say something else than the plan."""
    before = form_of(editing.body)
    return tuple(s for s in SECTIONS if _plain(s, editing.form[s]) != _plain(s, before[s]))


def form_of(body: Json) -> Json:
    """A plan's body as text to type over."""
    made: Json = {s: _texts(s, reading.part(body, s)) for s in ("escalation", "oxygen", "monitoring")}
    for section in LISTS:
        made[section] = [{"id": str(each.get("id")), **_texts(section, each)} for each in reading.parts(body, section)]
    made["review_on"] = _texts("review_on", body)
    made["summary"] = _texts("summary", body)
    if not made["oxygen"]["spo2_scale"]:
        made["oxygen"]["spo2_scale"] = "1"
    return made


def read(editing: Editing, now: datetime) -> Outcome:
    """What would be signed, or what must be put right first."""
    fields: Json = {}
    errors: dict[str, str] = {}
    for section in changed(editing):
        if section in LISTS:
            fields[section] = _read_list(section, editing, errors)
            continue
        nested = section not in ("review_on", "summary")
        before = reading.part(editing.body, section) if nested else editing.body
        made = _read_part(section, f"{section}.", editing.form[section], before, errors)
        if nested:
            _CHECKS.get(section, _unchecked)(made, f"{section}.", errors, now)
            fields[section] = made if _says(section, made) else None
        else:
            fields[section] = made.get(section)
    return Outcome(fields, errors)


def line(item: Json) -> MedicineLine:
    """The medicine as it will be shown."""
    parts = {name: reading.text(item, name) for name in MEDICINE_PARTS if name != "name"}
    return medicine_line(str(item.get("name") or ""), **parts)


def warnings(item: Json) -> tuple[str, ...]:
    """What to write differently in a medicine, without repeats."""
    said = [unsafe_notation(str(item.get(name) or "")) for name in MEDICINE_PARTS]
    return tuple(dict.fromkeys(sentence for each in said for sentence in each))


def _plain(section: str, part: Any) -> Any:
    """A section without white space round its words and without items nobody filled in."""
    if section not in LISTS:
        return {name: str(value).strip() for name, value in part.items()}
    items = [{name: str(value).strip() for name, value in each.items()} for each in part]
    return [each for each in items if any(v for n, v in each.items() if n not in ("id", "status"))]


def _texts(section: str, part: Json) -> dict[str, str]:
    return {name: typed_as.text_of(name, part.get(name)) for name in LABELS[section]}


def _read_list(section: str, editing: Editing, errors: dict[str, str]) -> list[Json]:
    before = {str(each.get("id")): each for each in reading.parts(editing.body, section)}
    found: list[Json] = []
    for item in cast("list[Json]", editing.form[section]):
        if item.get("gone") or not _plain(section, [item]):
            continue
        at = f"{section}/{item['id']}."
        made = _read_part(section, at, item, before.get(str(item["id"]), {}), errors)
        if _KEY[section] not in made:
            errors.setdefault(
                f"{at}{_KEY[section]}", f"{LABELS[section][_KEY[section]]}: write it, or remove this one."
            )
        starts, ends = reading.day(made, "starts"), reading.day(made, "ends")
        if starts and ends and ends < starts:
            errors[f"{at}ends"] = "Last day: it is before the first day."
        found.append({**made, "id": item["id"]})
    return found


def _read_part(section: str, at: str, form: Json, before: Json, errors: dict[str, str]) -> Json:
    """The section with each field read; one left as it was keeps its recorded value."""
    made = dict(before)
    for name, label in LABELS[section].items():
        words = str(form.get(name, "")).strip()
        if words == typed_as.text_of(name, before.get(name)).strip():
            continue
        made.pop(name, None)
        if not words:
            continue
        try:
            made[name] = typed_as.value_of(name, words)
        except TypedError as failed:
            errors[f"{at}{name}"] = f"{label}: {failed}"
    return made


def _says(section: str, made: Json) -> bool:
    ignored = {"spo2_scale"} if section == "oxygen" else set[str]()
    return any(value not in (None, "", []) for name, value in made.items() if name not in ignored)


def _check_oxygen(made: Json, at: str, errors: dict[str, str], now: datetime) -> None:
    if not _says("oxygen", made):
        return
    labels = LABELS["oxygen"]
    for name in ("target_low", "target_high"):
        if name not in made:
            errors.setdefault(f"{at}{name}", f"{labels[name]}: write a whole number from 50 to 100.")
    low, high = reading.number(made, "target_low"), reading.number(made, "target_high")
    if low is not None and high is not None and high < low:
        errors.setdefault(f"{at}target_high", f"{labels['target_high']}: it is below the low end, {low}.")
    if made.setdefault("spo2_scale", 1) == 2:
        if "authorised_by" not in made:
            errors.setdefault(f"{at}authorised_by", f"{labels['authorised_by']}: scale 2 needs who authorised it.")
        if "authorised_at" not in made:
            errors.setdefault(
                f"{at}authorised_at", f"{labels['authorised_at']}: scale 2 needs when, such as {typed_as.EXAMPLE}."
            )
    _not_ahead(made, "authorised_at", labels, at, errors, now)


def _check_escalation(made: Json, at: str, errors: dict[str, str], now: datetime) -> None:
    _not_ahead(made, "decided_at", LABELS["escalation"], at, errors, now)


def _not_ahead(made: Json, name: str, labels: dict[str, str], at: str, errors: dict[str, str], now: datetime) -> None:
    when = reading.moment(made, name)
    if when is not None and when > now:
        errors.setdefault(f"{at}{name}", f"{labels[name]}: this time is still to come. Check the date.")


def _unchecked(made: Json, at: str, errors: dict[str, str], now: datetime) -> None:
    """Nothing beyond its fields."""


_CHECKS: Final[dict[str, Callable[[Json, str, dict[str, str], datetime], None]]] = {
    "oxygen": _check_oxygen,
    "escalation": _check_escalation,
}


def summaries(editing: Editing, section: str) -> Sequence[str]:
    """What a section says as typed, in a few lines, for the closed editor."""
    part = editing.form[section]
    if section == "oxygen":
        low, high = part["target_low"].strip(), part["target_high"].strip()
        if not low and not high:
            return ()
        target = f"Target {low or '?'}–{high or '?'}%, NEWS2 scale {part['spo2_scale']}"
        return tuple(filter(None, (target, part["delivery"].strip())))
    if section == "escalation":
        against, still = (", ".join(typed_as.lines(part[name])) for name in ("not_for", "still_for"))
        return tuple(filter(None, (f"Not for {against}" if against else "", f"For {still}" if still else "")))
    if section == "monitoring":
        every = part["every_minutes"].strip()
        return tuple(filter(None, (f"Observations every {every} minutes" if every else "", part["note"].strip())))
    return tuple(filter(None, (str(value).strip() for value in part.values())))
