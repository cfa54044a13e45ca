"""The statements of a document in people's words: what each is called, what it says, who changed it last."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from heapq import heapify, heappop, heappush
from typing import Any, Final, cast

from fieldapp.domain.canonical import Json, canonical_json
from fieldapp.domain.display.dates import clinical_date, clinical_datetime
from fieldapp.domain.display.durations import duration_words
from fieldapp.domain.display.missing import NOT_RECORDED
from fieldapp.domain.merge import ABSENT
from fieldapp.domain.records import Policy, body_type
from fieldapp.domain.revision import Author, Revision, parse_time
from fieldapp.usecases import reading

_TITLES: Final[Mapping[str, str]] = {
    "plan/escalation": "Resuscitation and escalation",
    "plan/oxygen": "Oxygen target",
    "plan/medicines": "Medicines",
    "plan/problems": "Problems",
    "plan/interventions": "What we do",
    "plan/aims": "What matters",
    "plan/monitoring": "Monitoring",
    "plan/review_on": "Review date",
    "patient/nhs_number": "NHS number",
    "patient/born": "Date of birth",
    "patient/died": "Date of death",
    "patient/access": "Getting in",
    "patient/about_me": "About me",
    "patient/needs": "Information needs",
    "goal/quote": "Goal",
    "photo/shows": "What it shows",
    "photo/site": "Where on the body",
    "photo/taken_at": "Taken",
    "photo/image": "Photograph",
    "visit/window_start": "Visit window",
    "visit/window_end": "Visit window",
    "visit/progress": "Visit progress",
}

_NAMES: Final = ("label", "text", "quote", "what", "name", "substance")


@dataclass(frozen=True, slots=True)
class Change:
    """Who last changed a statement, in which revision, and when (corrected device time, UTC)."""

    revision: str
    author: Author
    at: datetime


def title_of(kind: str, path: str) -> str:
    """What a statement (`field` or `field/item id`) is called: `Oxygen target`."""
    field = path.partition("/")[0]
    return _TITLES.get(f"{kind}/{field}") or field.replace("_", " ").capitalize()


def kind_title(kind: str) -> str:
    """`Treatment plan`; a kind of a newer version by its own name."""
    model = body_type(kind)
    return model.TITLE if model else kind.replace("_", " ").capitalize()


def statements(kind: str, body: Json) -> dict[str, Any]:
    """Each statement of a body by its path; lists that merge by item are taken apart."""
    model = body_type(kind)
    policies = model.policies() if model else {}
    found: dict[str, Any] = {}
    for name, value in body.items():
        items = reading.parts(body, name)
        whole = policies.get(name, Policy.REVIEW) is not Policy.MERGE or not items
        ids = [item.get("id") for item in items]
        if whole or not all(isinstance(i, str) for i in ids) or len(set(ids)) < len(cast("list[Any]", value)):
            found[name] = value
        else:
            found.update({f"{name}/{item['id']}": item for item in items})
    return found


def changes(kind: str, revisions: Iterable[Revision]) -> dict[str, Change]:
    """For each statement there is, the revision that last gave it a value none of its parents had."""
    ordered = in_order(revisions)
    said = {r.id: {p: canonical_json(v) for p, v in statements(kind, r.body).items()} for r in ordered}
    last: dict[str, Change] = {}
    for revision in ordered:
        before = [said[parent] for parent in revision.parents if parent in said]
        for path, value in said[revision.id].items():
            if all(parent.get(path) != value for parent in before):
                last[path] = Change(revision.id, revision.author, revision.true_time)
    return last


def in_order(revisions: Iterable[Revision]) -> list[Revision]:
    """Oldest first: every revision after its parents, whatever the clocks said, and by time among equals."""
    waiting = {revision.id: revision for revision in revisions}
    children: dict[str, list[Revision]] = {}
    missing: dict[str, int] = {}
    for revision in waiting.values():
        known = [parent for parent in revision.parents if parent in waiting]
        missing[revision.id] = len(known)
        for parent in known:
            children.setdefault(parent, []).append(revision)
    ready = [(r.true_time, r.id) for r in waiting.values() if not missing[r.id]]
    heapify(ready)
    ordered: list[Revision] = []
    while ready:
        _, oldest = heappop(ready)
        ordered.append(waiting[oldest])
        for child in children.get(oldest, ()):
            missing[child.id] -= 1
            if not missing[child.id]:
                heappush(ready, (child.true_time, child.id))
    return ordered


def words(kind: str, path: str, value: Any) -> str:
    """What a statement says, in one or a few lines of plain text. Absent, null and empty read `Not recorded`."""
    if value is ABSENT or value is None or value in ([], {}, ""):
        return NOT_RECORDED
    field = path.partition("/")[0]
    if kind == "plan" and field == "oxygen" and isinstance(value, dict):
        return oxygen(cast("Json", value))
    if kind == "plan" and field == "medicines":
        found = cast("list[Json]", value) if isinstance(value, list) else [cast("Json", value)]
        return "\n".join(medicine(item) for item in found)
    if kind == "plan" and field == "escalation" and isinstance(value, dict):
        return escalation(cast("Json", value))
    if kind == "photo" and field == "image" and isinstance(value, dict):
        return picture(cast("Json", value))
    if kind == "patient" and field == "allergies" and isinstance(value, dict):
        return allergies(cast("Json", value))
    if kind == "plan" and field in _PARTS_OF_A_PLAN:
        found = cast("list[Json]", value) if isinstance(value, list) else [cast("Json", value)]
        return "\n".join(_part(field, item) for item in found)
    return _plain(value)


def _part(field: str, body: Json) -> str:
    """`IV antibiotic – Once a day, 14:30 – Registered nurse`; what a newer version added follows as it is."""
    said, known = _PARTS_OF_A_PLAN[field]
    rest = {name: value for name, value in body.items() if name not in {"id", "code", *known}}
    return " – ".join(filter(None, (*said(body), _plain(rest) if rest else None)))


def _problem(body: Json) -> tuple[str | None, ...]:
    since, status = reading.text(body, "since"), reading.text(body, "status")
    return reading.text(body, "text"), since and f"since {since}", status if status != "active" else None


def _intervention(body: Json) -> tuple[str | None, ...]:
    when = ", ".join(filter(None, (reading.text(body, "how_often"), *reading.lines(body, "times"))))
    return reading.text(body, "what"), when, reading.text(body, "who")


def _aim(body: Json) -> tuple[str | None, ...]:
    quote = reading.text(body, "quote")
    return quote and f"“{quote}”", reading.text(body, "measure")


def _monitoring(body: Json) -> tuple[str | None, ...]:
    every = reading.number(body, "every_minutes")
    often = f"Every {duration_words(timedelta(minutes=every))}" if every else None
    often = "Every hour" if often == "Every 1 hour" else often
    return (". ".join(filter(None, (often, reading.text(body, "note")))),)


_PARTS_OF_A_PLAN: Final[Mapping[str, tuple[Callable[[Json], tuple[str | None, ...]], frozenset[str]]]] = {
    "problems": (_problem, frozenset({"text", "since", "status"})),
    "interventions": (_intervention, frozenset({"what", "how_often", "times", "who"})),
    "aims": (_aim, frozenset({"quote", "measure"})),
    "monitoring": (_monitoring, frozenset({"every_minutes", "note"})),
}
"""How a part of a plan is said, and the fields that says."""


def escalation(body: Json) -> str:
    """`Not for CPR, intensive care`, `For hospital if reversible`, who decided and when: a line each."""
    against, still = reading.lines(body, "not_for"), reading.lines(body, "still_for")
    by, at = reading.text(body, "decided_by"), reading.moment(body, "decided_at")
    decided = ", ".join(filter(None, (by and f"Decided by {by}", clinical_datetime(at) if at else None)))
    agreed, review = reading.text(body, "agreed_with"), reading.day(body, "review_on")
    said = (
        f"Not for {', '.join(against)}" if against else None,
        f"For {', '.join(still)}" if still else None,
        decided,
        f"Agreed with {agreed}" if agreed else None,
        f"Review {clinical_date(review)}" if review else None,
    )
    return "\n".join(filter(None, said)) or NOT_RECORDED


def allergies(body: Json) -> str:
    """`Known allergies`, a line for each, or the positive statement that there are none; then when it was updated."""
    stated = {"known": "Known allergies", "none_known": "No known allergies"}.get(
        str(body.get("state")), "Allergies not recorded"
    )
    items = [
        ": ".join(filter(None, (reading.text(item, "substance"), reading.text(item, "reaction"))))
        for item in reading.parts(body, "items")
    ]
    updated = reading.day(body, "updated")
    return "\n".join([stated, *items, *([f"Updated {clinical_date(updated)}"] if updated else [])])


def picture(body: Json) -> str:
    """`JPEG, 3024 × 4032, 2.1 MB`"""
    form = (reading.text(body, "media_type") or "").partition("/")[2].upper()
    width, height, size = (reading.number(body, name) for name in ("width", "height", "size"))
    pixels = f"{width} × {height}" if width and height else None
    return ", ".join(filter(None, (form, pixels, f"{size / 1e6:.1f} MB" if size else None))) or NOT_RECORDED


def oxygen(body: Json) -> str:
    """`Target 88–92%, scale 2, 1 L/min, nasal cannula`."""
    low, high = body.get("target_low"), body.get("target_high")
    scale = f"NEWS2 scale {body.get('spo2_scale', 1)}"
    return ", ".join(filter(None, (f"Target {low}–{high}%", scale, reading.text(body, "delivery"))))


MEDICINE_PARTS: Final = ("name", "brand", "strength", "form", "dose", "rate", "duration", "route", "frequency")
"""The order in which a medicine's attributes are shown (MEDi-051)."""


def medicine(body: Json) -> str:
    """`ceftriaxone – injection – DOSE 2 g – intravenous – once a day`."""
    shown: list[str] = []
    for name in MEDICINE_PARTS:
        value = reading.text(body, name)
        if value is not None:
            shown.append({"dose": f"DOSE {value}", "brand": value.upper()}.get(name, value))
    return " – ".join(shown)


def _plain(value: Any) -> str:
    match value:
        case None | "":
            return NOT_RECORDED
        case bool():
            return "Yes" if value else "No"
        case str():
            return _time(value)
        case list():
            return "\n".join(_plain(item) for item in cast("list[Any]", value))
        case dict():
            body = cast("Json", value)
            head = next((str(body[name]) for name in _NAMES if isinstance(body.get(name), str)), None)
            hidden = {"id", "code", *(_NAMES if head else ())}
            rest = [
                f"{name.replace('_', ' ')} {_inline(item)}"
                for name, item in body.items()
                if name not in hidden and item not in (None, "", [], {})
            ]
            return ": ".join(filter(None, (head, ", ".join(rest))))
        case _:
            return str(value)


def _inline(value: Any) -> str:
    return _plain(value).replace("\n", ", ")


def _time(text: str) -> str:
    """A date or a time in the form clinicians read; any other text as it is."""
    if len(text) < 10 or text[4:5] != "-" or text[7:8] != "-":
        return text
    try:
        return (
            clinical_datetime(parse_time(text)) if "T" in text else clinical_date(datetime.fromisoformat(text).date())
        )
    except ValueError:
        return text
