"""The tab *Timeline*: everything that was signed, newest first; an entry opens with every version it ever had."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import groupby
from typing import Final

import flet as ft

from fieldapp.domain.clocks import local_date
from fieldapp.domain.display.dates import clock_time, weekday_date
from fieldapp.usecases import timeline
from fieldapp.usecases.chart import Banner
from fieldapp.usecases.timeline import Entry
from fieldapp.views import theme as t
from fieldapp.views.controls.banner import danger_line
from fieldapp.views.controls.layout import START, Maybe, col, fill, row, rows, scroll, wrap
from fieldapp.views.controls.lists import filter_chip
from fieldapp.views.controls.marks import chip
from fieldapp.views.controls.press import button, pressable
from fieldapp.views.controls.states import state_page
from fieldapp.views.controls.text import icon, section, text
from fieldapp.views.hooks import use_state
from fieldapp.views.loading import use_loaded
from fieldapp.views.metrics import Metrics
from fieldapp.views.model import AppModel
from fieldapp.views.navigation import OpenPatient
from fieldapp.views.screens.patient_entry import STATES, EntryPage, state_chip
from fieldapp.views.screens.patient_frame import dangers_of
from fieldapp.views.screens.photo_parts import Thumbnail
from fieldapp.views.screens.waiting import waiting

I = ft.Icons  # noqa: E741
FILTERS: Final[tuple[tuple[str, frozenset[str]], ...]] = (
    ("All", frozenset()),
    ("Observations", frozenset({"observations"})),
    ("Notes", frozenset({"note"})),
    ("Photographs", frozenset({"photo"})),
    ("Sessions", frozenset({"therapy_session", "goal"})),
    ("Plan", frozenset({"plan"})),
    ("Visits", frozenset({"visit"})),
    ("Details", frozenset({"patient", "episode"})),
)
GLYPHS: Final[dict[str, ft.IconData]] = {
    "observations": I.MONITOR_HEART_OUTLINED,
    "note": I.EDIT_NOTE_ROUNDED,
    "photo": I.PHOTO_OUTLINED,
    "therapy_session": I.DIRECTIONS_WALK_ROUNDED,
    "goal": I.FLAG_OUTLINED,
    "plan": I.ASSIGNMENT_OUTLINED,
    "visit": I.HOME_OUTLINED,
    "patient": I.PERSON_OUTLINE_ROUNDED,
    "episode": I.EVENT_OUTLINED,
}
_PAGE: Final = 40
_THUMBNAILS: Final = 8
"""Photographs that are drawn in the list; older ones have a sign."""
_LINE: Final = 220


@ft.component
def Timeline(app: AppModel, m: Metrics, known: Banner, tail: float, record: str | None) -> ft.Control:
    """The list, or the entry `record`. `m` are the measures of the body; `tail` px stay free at its end."""
    if record is not None:
        return EntryPage(app, m, known, record)
    return _Entries(app, m, known, tail)


@ft.component
def _Entries(app: AppModel, m: Metrics, known: Banner, tail: float) -> ft.Control:
    patient = known.who.patient
    loaded = use_loaded(app, lambda session: (timeline.timeline(session, patient), session.now()), patient)
    chosen, choose = use_state(0)
    most, set_most = use_state(_PAGE)
    if loaded.value is None:
        return waiting(m, loaded.problem)
    entries, now = loaded.value
    label, kinds = FILTERS[chosen]
    there = {entry.kind for entry in entries}
    found = [entry for entry in entries if not kinds or entry.kind in kinds]

    def more() -> None:
        set_most(lambda n: n + _PAGE)

    chips = [
        filter_chip(m, name, i == chosen, _chooser(choose, i))
        for i, (name, wanted) in enumerate(FILTERS)
        if not wanted or wanted & there or i == chosen
    ]
    filters = wrap(*chips)
    if not found:
        sentence = "What is recorded, changed or sent for this person appears here." if chosen == 0 else ""
        title = "Nothing recorded yet" if chosen == 0 else f"No {label.lower()} yet"
        return col(
            ft.Container(filters, padding=ft.Padding.symmetric(horizontal=m.gutter, vertical=16)),
            state_page(m, I.HISTORY_ROUNDED, title, sentence or "Choose another filter to see the rest."),
            gap=0,
            expand=True,
        )

    def open_entry(entry: str) -> None:
        app.open(OpenPatient(patient, "timeline", entry))

    photographs = [entry for entry in found[:most] if entry.image is not None and not entry.entered_in_error]
    drawn = {e.record: Thumbnail(app, patient, e.image) for e in photographs[:_THUMBNAILS] if e.image is not None}
    dangers, _ = dangers_of(known)
    parts: list[Maybe] = [danger_line(dangers), filters]
    today = local_date(now)
    for day, group in groupby(found[:most], key=lambda entry: local_date(entry.at)):
        several = list(group)
        name = f"Today, {weekday_date(several[0].at)}" if day == today else weekday_date(several[0].at)
        parts += [
            section(name),
            rows(*[_row(m, entry, open_entry, drawn.get(entry.record)) for entry in several]),
        ]
    if len(found) > most:
        show = f"Show {min(_PAGE, len(found) - most)} more of {len(found)}"
        parts.append(row(button(m, show, more, "secondary", expand=True, identifier="show-more")))
    return scroll(m, *parts, tail=tail)


def _chooser(choose: Callable[[int], None], i: int) -> Callable[[], None]:
    return lambda: choose(i)


def _row(m: Metrics, entry: Entry, on_open: Callable[[str], None], thumbnail: Maybe = None) -> ft.Control:
    ink = t.MUTED if entry.entered_in_error else t.INK
    line = entry.line if len(entry.line) <= _LINE else f"{entry.line[:_LINE].rsplit(' ', 1)[0]} …"
    marks: Sequence[Maybe] = (
        chip("Entered in error", "neutral", I.BLOCK_ROUNDED) if entry.entered_in_error else None,
        chip("Amended", "neutral", I.EDIT_OUTLINED) if entry.versions > 1 and entry.kind in AMENDED else None,
        state_chip(entry.status),
    )
    by = f"{clock_time(entry.at)} · {entry.by}, {entry.role[:1].lower()}{entry.role[1:]}"
    words = col(
        text(entry.title, "strong", ink, strike=entry.entered_in_error),
        text(line, "body", ink, strike=entry.entered_in_error) if line else None,
        text(by, "caption", t.MUTED),
        gap=0,
    )
    glyph = thumbnail or icon(GLYPHS.get(entry.kind, I.ARTICLE_OUTLINED), t.MUTED, 24)
    if m.phone or m.large_text:
        inside: ft.Control = row(glyph, fill(col(words, wrap(*marks))), gap=t.S3, align=START)
    else:
        inside = row(glyph, fill(words), *marks, icon(I.CHEVRON_RIGHT_ROUNDED, t.MUTED, 20), gap=t.S3)
    state = STATES[entry.status][0]
    said = ", ".join(filter(None, (entry.title, "entered in error" if entry.entered_in_error else "", line, by, state)))
    return pressable(
        inside,
        lambda: on_open(entry.record),
        label=said,
        identifier=f"entry-{entry.kind}",
        padding=ft.Padding.symmetric(horizontal=16, vertical=12),
    )


AMENDED: Final = frozenset({"observations", "note", "photo", "therapy_session"})
"""Kinds whose later versions are corrections."""
