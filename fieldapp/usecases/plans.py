"""A patient's *Plan*: each statement, who changed it last, and what waits for a decision. And changing it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from fieldapp.domain.canonical import Json
from fieldapp.domain.display.dates import day_and_time
from fieldapp.domain.records import InvalidBodyError, read_body
from fieldapp.domain.records.plan import Plan
from fieldapp.usecases.errors import UnknownRecordError
from fieldapp.usecases.session import Saved, Session
from fieldapp.usecases.statements import Change, changes, in_order, statements, title_of, words


@dataclass(frozen=True, slots=True)
class Statement:
    """The smallest thing a clinician signs. `path` is `field` or `field/item id`."""

    path: str
    title: str
    words: str
    changed_by: str
    """`Dr S. Mensah, consultant`"""
    changed: str
    """`10:40`, `yesterday 18:10`, `19-Nov-2026 16:20`"""
    disputed: bool


@dataclass(frozen=True, slots=True)
class PlanView:
    """One plan. `plan` is the typed body, or None where a newer version's plan does not fit this app: then only
    `statements` are shown and it cannot be edited here. `heads` is the base to hand to `change`."""

    record: str
    patient: str
    heads: tuple[str, ...]
    body: Json
    plan: Plan | None
    statements: Mapping[str, Statement]
    disputed: tuple[str, ...]
    changed: str
    """`Changed 10:40 by Dr S. Mensah: oxygen target`"""


def plans(session: Session, patient: str) -> Sequence[PlanView]:
    """The patient's plans, the newest first; entered-in-error ones last."""
    states = session.store.records(patient, {"plan"})
    ordered = sorted(states, key=lambda s: (not s.body.get("entered_in_error"), s.first_at, s.id), reverse=True)
    return [plan_view(session, state.id) for state in ordered]


def plan_view(session: Session, record: str) -> PlanView:
    """One plan by its record's id. Raises UnknownRecordError."""
    state = session.record(record)
    if state.kind != "plan":
        raise UnknownRecordError("This is not a treatment plan. Open the patient's plan and try again.")
    now = session.now()
    history = in_order(session.store.revisions(record))
    last = changes("plan", history)
    shown: dict[str, Statement] = {}
    for path, value in statements("plan", state.body).items():
        by = last.get(path)
        shown[path] = Statement(
            path=path,
            title=title_of("plan", path),
            words=words("plan", path, value),
            changed_by=_by(by) if by else "",
            changed=day_and_time(by.at, now) if by else "",
            disputed=path in state.disputed,
        )
    for path in state.disputed:
        if path not in shown:
            shown[path] = Statement(path, title_of("plan", path), "Not in the plan until settled", "", "", True)
    try:
        typed = read_body("plan", state.body)
    except InvalidBodyError:
        typed = None
    order = {revision.id: n for n, revision in enumerate(history)}
    newest = max(last.values(), key=lambda c: order[c.revision], default=None)
    changed = ""
    if newest is not None:
        what = dict.fromkeys(title_of("plan", p).lower() for p, c in last.items() if c.revision == newest.revision)
        told = ", ".join(what) if len(what) <= 2 else f"{len(what)} statements"
        changed = f"Changed {day_and_time(newest.at, now)} by {newest.author.name}: {told}"
    return PlanView(
        record=record,
        patient=state.patient,
        heads=state.heads,
        body=state.body,
        plan=typed if isinstance(typed, Plan) else None,
        statements=shown,
        disputed=state.disputed,
        changed=changed,
    )


def change(
    session: Session,
    view: PlanView,
    fields: Json,
    *,
    reason: str | None = None,
    drop_draft: str | None = None,
) -> Saved:
    """Sign the plan with `fields` replaced (a field given as None is taken out). Everything else stays as it was on
    the screen, fields of a newer version included.

    Raises:
        UnsettledError: while versions wait for a decision; fieldapp.domain.records.InvalidBodyError.
    """
    body = {name: value for name, value in {**view.body, **fields}.items() if not (value is None and name in fields)}
    return session.put(
        view.patient, "plan", body, record=view.record, reason=reason, base=view.heads, drop_draft=drop_draft
    )


def _by(change_: Change) -> str:
    role = change_.author.role
    return f"{change_.author.name}, {role[:1].lower()}{role[1:]}"
