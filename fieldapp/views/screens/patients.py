"""Everybody on the caseload, by name; found by any part of a name or of the NHS number."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final

import flet as ft

from fieldapp.usecases import caseload
from fieldapp.usecases.caseload import PatientRow
from fieldapp.views import theme as t
from fieldapp.views.chrome import chrome_of
from fieldapp.views.controls.forms import field
from fieldapp.views.controls.layout import BETWEEN, CENTER, START, col, fill, row, side, wrap
from fieldapp.views.controls.marks import chip, news2_badge, tag
from fieldapp.views.controls.press import pressable
from fieldapp.views.controls.states import state_page
from fieldapp.views.controls.text import announce, heading, icon, text
from fieldapp.views.hooks import memo, use_state
from fieldapp.views.loading import use_loaded
from fieldapp.views.metrics import Metrics
from fieldapp.views.model import AppModel
from fieldapp.views.screens.beside import Beside
from fieldapp.views.screens.waiting import counted, waiting
from fieldapp.views.shell import body_metrics, detail_metrics, frame, list_metrics, split

SLICE: Final = 40
"""Rows drawn at first, and again as many each time the end comes near."""
_NEAR: Final = 1200.0


def matches(found: PatientRow, search: str) -> bool:
    """Every word is part of a name, or the digits are part of the NHS number, however they are spaced."""
    words, digits = search.casefold().split(), "".join(search.split())
    known = f"{found.who.name} {found.who.preferred or ''}".casefold()
    number = found.who.nhs_number.replace(" ", "")
    return all(word in known for word in words) or (len(digits) > 2 and digits in number)


@ft.component
def Patients(app: AppModel, m: Metrics) -> ft.Control:
    """The second of the three places."""
    loaded = use_loaded(app, caseload.patients)
    b = list_metrics(m) if m.wide else body_metrics(m)
    chrome = chrome_of(app)
    if loaded.value is None:
        return frame(m, chrome, waiting(body_metrics(m), loaded.problem))
    if not loaded.value:
        page = state_page(
            body_metrics(m),
            ft.Icons.PEOPLE_OUTLINE,
            "No patients yet",
            "Your team's patients arrive with the first sync. Today's come first.",
            "Sync now",
            app.sync,
        )
        return frame(m, chrome, page)
    chosen = _chosen(app, loaded.value) if m.wide else None
    listing = PatientList(b, loaded.value, chosen, app.select if m.wide else app.open_patient)
    if chosen is None:
        return frame(m, chrome, listing)
    beside = Beside(app, detail_metrics(m), chosen, None, _nothing_to_say, app.visit)
    return frame(m, chrome, split(m, listing, beside))


def _chosen(app: AppModel, rows: Sequence[PatientRow]) -> str:
    known = [found.who.patient for found in rows]
    return next((patient for patient in known if patient == app.selected), known[0])


def _nothing_to_say(*_: object) -> None: ...


@ft.component
def PatientList(
    b: Metrics, rows: Sequence[PatientRow], chosen: str | None, on_open: Callable[[str], None]
) -> ft.Control:
    """The search field and the rows that match it, drawn in slices as they are scrolled."""
    search, set_search = use_state("")
    shown, show = use_state(SLICE)

    def on_search(words: str) -> None:
        set_search(words)
        show(SLICE)

    def on_scroll(e: ft.OnScrollEvent) -> None:
        if e.pixels > e.max_scroll_extent - _NEAR and shown < len(found):
            show(shown + SLICE)

    found = [person for person in rows if matches(person, search)]
    count = counted(len(found), "patient") if not search.strip() else f"{len(found)} of {counted(len(rows), 'patient')}"
    head = ft.Container(
        col(
            ft.Row(
                [heading("Patients", "value"), announce(count, "caption", t.MUTED, "patient-count")],
                alignment=BETWEEN,
                vertical_alignment=CENTER,
                wrap=True,
            ),
            field("Search by name or NHS number", search, on_search, identifier="search"),
            gap=t.S3,
        ),
        padding=ft.Padding.only(left=b.gutter, right=b.gutter, top=16, bottom=12),
    )
    rows_shown = [Row(b, person, person.who.patient == chosen, on_open) for person in found[:shown]]
    # Nobody found stands in the list's own place: another control there would take the cursor out of the search.
    listing = ft.ListView(
        rows_shown or [_nobody(b, lambda: on_search(""))],
        padding=ft.Padding.only(bottom=24),
        on_scroll=on_scroll,
        scroll_interval=200,
    )
    body = ft.Container(
        listing,
        expand=True,
        margin=ft.Margin.symmetric(horizontal=b.gutter),
        border_radius=ft.BorderRadius.only(top_left=t.R_CARD, top_right=t.R_CARD),
        clip_behavior=ft.ClipBehavior.ANTI_ALIAS,
    )
    return col(head, body, gap=0, expand=True)


def _nobody(b: Metrics, on_clear: Callable[[], None]) -> ft.Control:
    sentence = "Nobody on this tablet has that name or NHS number. Check the spelling, or sync."
    return state_page(b, ft.Icons.PERSON_SEARCH_OUTLINED, "Nobody found", sentence, "Clear the search", on_clear)


@ft.component
def _Row(m: Metrics, found: PatientRow, selected: bool, on_open: Callable[[str], None]) -> ft.Control:
    who = found.who
    ink, quiet = (t.ON_PRIMARY_SOFT, t.ON_PRIMARY_SOFT) if selected else (t.INK, t.MUTED)
    badge = news2_badge(m, found.score.total, found.score.words or "No NEWS2 yet")
    marks = wrap(
        badge if m.phone else None,
        chip(f"Died {who.died}", "neutral") if who.died else None,
        chip(counted(found.conflicts, "conflict"), "attention", ft.Icons.CALL_SPLIT_ROUNDED)
        if found.conflicts
        else None,
        chip(f"{found.unsent} unsent", "attention", ft.Icons.CLOUD_UPLOAD_OUTLINED) if found.unsent else None,
        tag(found.pathway) if found.pathway else None,
    )
    words = col(
        text(who.name, "strong", ink),
        text(f"Born {who.born}   NHS No. {who.nhs_number}", "caption", quiet),
        text(f"Next visit {found.next_visit}", "caption", quiet) if found.next_visit else None,
        ft.Container(marks, margin=ft.Margin.only(top=4)) if marks.controls else None,
        gap=0,
    )
    said = [
        who.name,
        f"born {who.born}",
        f"NHS number {who.nhs_number}",
        found.pathway,
        f"NEWS2 {found.score.total}" if found.score.total is not None else found.score.words,
        f"next visit {found.next_visit}" if found.next_visit else None,
        counted(found.conflicts, "conflict") if found.conflicts else None,
        f"{found.unsent} unsent" if found.unsent else None,
    ]
    aside = icon(ft.Icons.CHEVRON_RIGHT_ROUNDED, t.PRIMARY, 24) if selected else None if m.phone else badge
    return pressable(
        row(fill(words), aside, gap=t.S3, align=START),
        lambda: on_open(who.patient),
        label=", ".join(w for w in said if w),
        identifier=f"patient-{who.patient}",
        selected=selected or None,
        bgcolor=t.PRIMARY_SOFT if selected else t.CARD,
        padding=ft.Padding.symmetric(horizontal=t.S4, vertical=12),
        border=ft.Border.only(bottom=side()),
    )


Row = memo(_Row)
