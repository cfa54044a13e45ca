"""One entry of the timeline, whole: all its values, the original, every amendment with its reason, and what to do."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import flet as ft

from fieldapp.domain.attachments import Attachment, attachment_of
from fieldapp.domain.delivery import RecordStatus
from fieldapp.domain.display.dates import clinical_datetime
from fieldapp.domain.state import RecordState
from fieldapp.storage import Delivery
from fieldapp.usecases import timeline
from fieldapp.usecases.chart import Banner
from fieldapp.usecases.session import Session
from fieldapp.usecases.statements import kind_title
from fieldapp.usecases.timeline import Version
from fieldapp.views import theme as t
from fieldapp.views.controls.forms import SAVED, reason_dialog
from fieldapp.views.controls.layout import Maybe, card, col, dock, fill, lines, pair, row, rows, rule, scroll, wrap
from fieldapp.views.controls.marks import chip
from fieldapp.views.controls.press import button
from fieldapp.views.controls.states import notice
from fieldapp.views.controls.text import Part, heading, rich, section, text
from fieldapp.views.hooks import use_state
from fieldapp.views.loading import use_loaded
from fieldapp.views.metrics import Metrics
from fieldapp.views.model import AppModel
from fieldapp.views.navigation import (
    LogSession,
    OpenPatient,
    RecordObservations,
    RepairEntry,
    Screen,
    SettleConflict,
    TakePhotograph,
    WriteNote,
)
from fieldapp.views.screens.photo_parts import PhotographCard
from fieldapp.views.screens.waiting import waiting

I = ft.Icons  # noqa: E741
_BESIDE: Final = 60
"""Characters up to which a value stands beside its label."""
STATES: Final[dict[RecordStatus, tuple[str, t.Tone, ft.IconData]]] = {
    "sent": ("Sent", "done", I.CLOUD_DONE_OUTLINED),
    "pending": ("On tablet", "attention", I.TABLET_ANDROID_ROUNDED),
    "conflict": ("2 versions", "attention", I.CALL_SPLIT_ROUNDED),
    "refused": ("Sent back", "danger", I.SYNC_PROBLEM_ROUNDED),
}


def state_chip(status: RecordStatus) -> ft.Control:
    """How the sending stands, in words, with its own shape."""
    words, tone, glyph = STATES[status]
    return chip(words, tone, glyph)


class Whole:
    """A record with its history and how its sending stands."""

    def __init__(self, session: Session, record: str) -> None:
        self.state: RecordState = session.record(record)
        self.status: RecordStatus = session.store.status(record)
        self.named: Attachment | None = attachment_of(self.state.kind, self.state.body)
        if self.named is not None and self.status == "sent":
            self.status = timeline.with_picture(session, self.state, self.status)
        self.versions: Sequence[Version] = timeline.history(session, record)
        self.refused: Delivery | None = timeline.sent_back(session, record)


def amendment(patient: str, kind: str, record: str) -> Screen | None:
    """The form that corrects an entry; None for a document, which is changed where it is shown."""
    forms: dict[str, Screen] = {
        "observations": RecordObservations(patient, amends=record),
        "note": WriteNote(patient, amends=record),
        "photo": TakePhotograph(patient, amends=record),
        "therapy_session": LogSession(patient, amends=record),
    }
    return forms.get(kind)


@ft.component
def EntryPage(app: AppModel, m: Metrics, known: Banner, record: str) -> ft.Control:
    """`m` are the measures of the body."""
    loaded = use_loaded(app, lambda session: Whole(session, record), record)
    marking, set_marking = use_state(False)
    patient = known.who.patient

    def mark(reason: str) -> None:
        set_marking(False)
        session = app.opened()
        app.start(lambda: timeline.mark_in_error(session, record, reason), said=SAVED)

    def close() -> None:
        set_marking(False)

    def ask() -> None:
        set_marking(True)

    sentence = "It stays in the timeline with all its values, and no longer counts. Say why."
    ft.use_dialog(
        reason_dialog(m, "Entered in error?", sentence, "Mark as entered in error", mark, close) if marking else None
    )
    whole = loaded.value
    if whole is None:
        return waiting(m, loaded.problem)
    state, wrong = whole.state, bool(whole.state.body.get("entered_in_error"))
    form = amendment(patient, state.kind, record)
    acts: list[ft.Control] = []
    if form is not None and not wrong:
        acts.append(button(m, "Entered in error", ask, "secondary", identifier="mark-error", expand=m.phone or None))
        acts.append(
            button(m, "Amend", lambda: app.open(form), "secondary", I.EDIT_OUTLINED, expand=True, identifier="amend")
        )
    elif state.kind == "plan":
        go = OpenPatient(patient, "plan")
        acts.append(button(m, "Open the plan", lambda: app.replace(go), expand=True, identifier="open-plan"))
    picture = PhotographCard(app, m, record) if whole.named is not None else None
    body = scroll(m, _head(m, app, whole, wrong), picture, _values(state), *_history(m, whole))
    return col(body, dock(m, *acts) if acts else None, gap=0, expand=True)


def _head(m: Metrics, app: AppModel, whole: Whole, wrong: bool) -> ft.Control:
    state, first = whole.state, whole.versions[-1]
    by = f"{clinical_datetime(state.first_at)}, {first.by}, {first.role[:1].lower()}{first.role[1:]}"
    marks = wrap(chip("Entered in error", "neutral", I.BLOCK_ROUNDED) if wrong else None, state_chip(whole.status))
    parts: list[Maybe] = [
        lines(heading(kind_title(state.kind), "title"), text(by, "caption", t.MUTED), ft.Container(marks), gap=t.S1)
    ]
    refused = whole.refused
    if refused is not None:
        why = refused.refusal.sentence if refused.refusal else "The server could not take it."
        put = button(
            m, "Put it right", lambda: app.open(RepairEntry(refused.revision)), height=t.TARGET, identifier="repair"
        )
        parts.append(notice(m, "danger", I.SYNC_PROBLEM_ROUNDED, "Sent back. It is safe on this tablet", why, (put,)))
    if state.in_conflict:
        go = button(m, "Settle", lambda: app.open(SettleConflict(state.id)), height=t.TARGET, identifier="settle")
        told = "What stood before is shown until somebody decides."
        parts.append(notice(m, "attention", I.CALL_SPLIT_ROUNDED, "2 versions", told, (go,)))
    return col(*parts, gap=t.S3)


def _values(state: RecordState) -> ft.Control:
    found = timeline.values(state.kind, state.body)
    if not found:
        return card(text("It holds no values.", "body", t.MUTED))
    made: list[ft.Control] = []
    for label, words in found:
        if len(words) + len(label) <= _BESIDE and "\n" not in words and state.kind != "note":
            made.append(pair(label, words))
        else:
            inside = lines(text(label, "body", t.MUTED), text(words, "body", selectable=True), gap=2)
            made.append(ft.Container(inside, padding=ft.Padding.symmetric(horizontal=16, vertical=12)))
    return rows(*made)


def _history(m: Metrics, whole: Whole) -> list[Maybe]:
    """Every version, the newest first. A single one is the original and needs no list."""
    if len(whole.versions) < 2:
        return []
    made: list[ft.Control] = []
    for n, version in enumerate(whole.versions):
        original = n == len(whole.versions) - 1
        before = None if original else whole.versions[n + 1]
        made += [rule()] if made else []
        made.append(_version(whole.state.kind, version, before))
    return [section("Versions", f"{len(whole.versions)}, newest first"), card(col(*made, gap=t.S3))]


def _version(kind: str, version: Version, before: Version | None) -> ft.Control:
    name = "Original" if before is None else "Current" if version.current else "Earlier"
    head = row(
        fill(lines(text(version.when, "strong"), text(f"{version.by}, {version.role.lower()}", "caption", t.MUTED))),
        chip(name, "primary" if version.current else "neutral"),
    )
    told: list[Maybe] = [text(f"Reason: {version.reason}", "label")] if version.reason else []
    now, then = timeline.values(kind, version.body), dict(timeline.values(kind, before.body)) if before else {}
    for label, words in now:
        old = then.pop(label, None)
        if before is None:
            told.append(rich(Part(f"{label}: ", "label", t.MUTED), Part(words.replace("\n", "; "), "caption")))
        elif old != words:
            told.append(_difference(label, old, words))
    told += [_difference(label, old, None) for label, old in then.items()]
    if version.body.get("entered_in_error") and before is not None and not before.body.get("entered_in_error"):
        told.append(text("Marked as entered in error", "caption"))
    return col(head, *told, gap=t.S1)


def _difference(label: str, old: str | None, new: str | None) -> ft.Control:
    """What it says now, and struck through what it said before."""
    parts = [Part(f"{label}: ", "label", t.MUTED)]
    if old is not None:
        parts += [Part(old.replace("\n", "; "), "caption", t.MUTED, strike=True), Part("  ")]
    parts.append(Part(new.replace("\n", "; ") if new is not None else "taken out", "caption"))
    return rich(*parts)
