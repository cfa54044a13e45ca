"""Rows and tiles that several screens share."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import flet as ft

from fieldapp.views import theme as t
from fieldapp.views.controls.layout import END, START, Maybe, card, col, fill, row, side, wrap
from fieldapp.views.controls.marks import chip, points
from fieldapp.views.controls.press import ButtonKind, OnClick, button, pressable
from fieldapp.views.controls.states import countdown
from fieldapp.views.controls.text import THIN, Part, icon, quantity, rich, text
from fieldapp.views.metrics import Metrics


def tabs(m: Metrics, labels: Sequence[str], selected: int, on_select: Callable[[int], None]) -> ft.Control:
    """The parts of one patient. Each tab carries the identifier `tab-{label}` in lower case."""

    def tab(i: int, label: str) -> ft.Control:
        on = i == selected
        return pressable(
            text(label, "strong", t.PRIMARY if on else t.MUTED, no_wrap=True, shrink=m.shrink(1.6)),
            lambda: on_select(i),
            label=label,
            identifier=f"tab-{label.lower().replace(' ', '-')}",
            selected=on,
            height=m.px(t.TARGET),
            width=None if m.phone else m.px(120),
            expand=True if m.phone else None,
            alignment=ft.Alignment.CENTER,
            border=ft.Border.only(bottom=ft.BorderSide(3, t.PRIMARY if on else t.CLEAR)),
        )

    return ft.Container(
        row(*[tab(i, label) for i, label in enumerate(labels)], gap=0),
        bgcolor=t.CARD,
        border=ft.Border.only(bottom=side()),
        padding=ft.Padding.symmetric(horizontal=0 if m.phone else 12),
    )


def alert(
    m: Metrics,
    kind: t.Tone,
    glyph: ft.IconData,
    title: str,
    value: str,
    who: str,
    on_click: OnClick,
    *,
    detail: str = "",
    short: str = "",
    left: float | None = None,
    compact: bool | None = None,
    identifier: str | None = None,
) -> ft.Control:
    """Something that cannot wait: a clock, a recheck, a conflict, a message. `who` is the person's name in full,
    `short` the title where room is scarce, `left` the share of a clock that remains, 0-1. `compact` is one line."""
    ground, ink = t.tone(kind)
    narrow = m.phone if compact is None else compact
    if narrow:
        name = short or title
        top = wrap(icon(glyph, ink), text(name, "strong", ink), text(value, "strong", ink))
        if m.large_text:
            inside: ft.Control = col(top, text(who, "caption", ink), gap=0)
        else:
            first = row(text(name, "strong", ink, expand=True), text(value, "strong", ink))
            inside = row(icon(glyph, ink), fill(col(first, text(who, "caption", ink), gap=0)), gap=t.S3)
        padding = ft.Padding.symmetric(horizontal=12, vertical=8)
    else:
        first = row(text(title, "strong", ink, expand=True), text(value, "strong", ink), align=START)
        second = text(f"{who} · {detail}" if detail else who, "caption", ink)
        inside = row(countdown(m, glyph, left, ink), fill(col(first, second, gap=0)), gap=t.S3)
        padding = ft.Padding.all(12)
    return pressable(
        inside,
        on_click,
        identifier=identifier,
        label=f"{title}, {value}, {who}" + (f", {detail}" if detail else ""),
        bgcolor=ground,
        radius=t.R_CONTROL,
        padding=padding,
    )


def reading_tile(
    m: Metrics,
    label: str,
    value: str,
    unit: str,
    scored: int | None,
    was: str,
    chart: Maybe = None,
    *,
    is_scored: bool = True,
) -> ft.Control:
    """A latest value on a tablet: `was` is the one before with its time, `chart` a spark line. `is_scored` leaves
    room for the points; a reading that NEWS2 does not count has none."""
    mark = points(m, scored) if is_scored else ft.Container(height=m.px(28))
    head = row(text(label, "label", t.MUTED, expand=True), mark)
    body = row(fill(quantity(value, unit)), chart, align=END)
    return card(col(head, body, text(was, "caption", t.MUTED), gap=t.S1), padding=12)


def reading_row(
    m: Metrics,
    label: str,
    value: str,
    unit: str,
    scored: int | None,
    was: str,
    chart: Maybe = None,
    *,
    is_scored: bool = True,
) -> ft.Control:
    """The same as a row, for a phone."""
    words = col(text(label, "strong"), text(was, "caption", t.MUTED), gap=0)
    figure = ft.Container(
        quantity(value, unit, "title", align=ft.TextAlign.END), width=m.px(108), alignment=ft.Alignment.CENTER_RIGHT
    )
    mark = points(m, scored) if is_scored else ft.Container(width=m.px(28))
    return ft.Container(
        row(fill(words), None if m.large_text else chart, figure, mark),
        padding=ft.Padding.only(left=16, right=12, top=8, bottom=8),
    )


def entry_row(
    m: Metrics,
    label: str,
    last: str,
    value: str,
    unit: str,
    scored: int | None,
    *,
    focused: bool = False,
    on_click: OnClick = None,
    picker: Maybe = None,
    picker_width: float | None = None,
    below: Maybe = None,
    absent: str = "Not recorded",
    is_scored: bool = True,
    identifier: str | None = None,
    cursor: bool = True,
) -> ft.Control:
    """One question while recording, with a `cursor` where the pad types into it. `last` is the value before with its
    age; `picker` a segmented control, under the words, or beside them on a tablet when it has a `picker_width` in px;
    `below` a line of its own such as the scale's authority. A press on the words moves the focus here."""
    words = col(
        text(label, "strong", t.PRIMARY if focused else t.INK),
        text(last, "caption", t.MUTED) if last else None,
        gap=0,
    )
    caret = [Part("|", "title", t.PRIMARY)] if focused and cursor else []
    shown: Maybe = text(absent, "body", t.MUTED) if absent else None
    if value or caret:
        shown = rich(Part(value, "title"), *caret, Part(f"{THIN}{unit}" if unit else "", "caption", t.MUTED))
    mark = points(m, scored) if is_scored else None
    reading = f"{value} {unit}".strip() if value else absent.lower()
    said = ". ".join(w for w in (", ".join(w for w in (label, reading) if w), last) if w)
    left = 12 if focused else 16
    if picker is not None and picker_width is not None and not m.phone and not m.large_text:
        asked = pressable(words, on_click, label=said, identifier=identifier, height=m.px(t.TARGET), expand=True)
        first = row(asked, ft.Container(picker, width=picker_width), _right(m, shown), mark, gap=t.S3)
        inside = ft.Container(
            col(first, below, gap=t.S1), padding=ft.Padding.only(left=left, right=16, top=8, bottom=8)
        )
    else:
        rest = col(picker, below, gap=t.S1) if picker is not None or below is not None else None
        above = ft.Padding.only(left=left, right=16, top=8, bottom=4 if rest else 8)
        line = row(fill(words), shown, mark, gap=t.S3)
        if m.tiny:
            line = col(words, row(fill(shown) if shown else ft.Container(expand=True), mark))
        first = pressable(line, on_click, label=said, identifier=identifier, padding=above)
        under = ft.Container(rest, padding=ft.Padding.only(left=left, right=16, bottom=8)) if rest else None
        inside = ft.Container(col(first, under, gap=0))
    inside.bgcolor = t.PRIMARY_SOFT if focused else None
    inside.border = ft.Border.only(left=ft.BorderSide(4, t.PRIMARY)) if focused else None
    return inside


def _right(m: Metrics, content: Maybe) -> ft.Control:
    return ft.Container(content, width=m.px(108), alignment=ft.Alignment.CENTER_RIGHT)


def task_row(
    m: Metrics,
    glyph: ft.IconData,
    when: str,
    what: ft.Control,
    soon: str,
    kind: t.Tone = "neutral",
    on_click: OnClick = None,
    *,
    label: str | None = None,
    identifier: str | None = None,
) -> ft.Control:
    """A thing due: its time, what it is, how soon. `what` is words or a medicine line with `expand=True`."""
    mark = chip(soon, kind) if soon else None
    if m.phone or m.large_text:
        head = row(text(when, "strong", expand=True), mark)
        inside = row(icon(glyph, t.MUTED, 24), fill(col(head, row(what), gap=t.S1)), gap=t.S3, align=START)
    else:
        time = ft.Container(text(when, "strong"), width=m.px(52))
        inside = row(icon(glyph, t.MUTED, 24), time, what, mark, gap=t.S3)
    padding = ft.Padding.symmetric(horizontal=16, vertical=12)
    return pressable(inside, on_click, label=label, identifier=identifier, padding=padding)


def radio_row(
    m: Metrics,
    label: str,
    note: str,
    selected: bool,
    on_click: OnClick,
    *,
    lead: Maybe = None,
    aside: str = "",
    identifier: str | None = None,
) -> ft.Control:
    """One of several, chosen by pressing the whole row; `lead` (an avatar) stands first."""
    ink = t.ON_PRIMARY_SOFT if selected else t.INK
    quiet = t.ON_PRIMARY_SOFT if selected else t.MUTED
    glyph = ft.Icons.RADIO_BUTTON_CHECKED if selected else ft.Icons.RADIO_BUTTON_UNCHECKED
    beside = aside if not m.tiny else ""
    under = aside if m.tiny else ""
    words = col(
        text(label, "strong", ink),
        text(note, "caption", quiet) if note else None,
        text(under, "label", quiet) if under else None,
        gap=0,
    )
    inside = row(
        None if m.tiny else lead,
        fill(words),
        text(beside, "label", quiet) if beside else None,
        icon(glyph, t.PRIMARY if selected else t.EDGE, 24),
        gap=t.S4,
    )
    return pressable(
        inside,
        on_click,
        label=", ".join(w for w in (label, note, aside) if w),
        identifier=identifier,
        selected=selected,
        bgcolor=t.PRIMARY_SOFT if selected else None,
        padding=ft.Padding.symmetric(horizontal=16, vertical=12),
    )


def step_row(
    m: Metrics,
    number: int,
    title: str,
    detail: str,
    action: str,
    on_action: OnClick,
    kind: ButtonKind = "secondary",
    glyph: ft.IconData | None = None,
) -> ft.Control:
    """A numbered step of a policy with its own button."""
    disc = ft.Container(
        text(str(number), "strong", t.MUTED),
        width=m.px(28),
        height=m.px(28),
        border_radius=m.px(14),
        bgcolor=t.SUNKEN,
        alignment=ft.Alignment.CENTER,
    )
    words = fill(col(text(title, "strong"), text(detail, "caption", t.MUTED) if detail else None, gap=0))
    narrow = m.phone
    act = button(
        m,
        action,
        on_action,
        kind,
        glyph,
        height=t.TARGET,
        width=None if narrow else 160,
        expand=True if narrow else None,
        identifier=f"step-{number}",
    )
    inside = col(row(disc, words, gap=t.S3), row(act)) if narrow else row(disc, words, act, gap=t.S3)
    return ft.Container(inside, padding=ft.Padding.symmetric(vertical=8))


def alarm(m: Metrics, title: str, note: str) -> ft.Control:
    """The red header of an escalation, with the policy's name and date."""
    ground, ink = t.NEWS2[3]
    words = fill(col(ft.Semantics(header=True, content=text(title, "title", ink)), text(note, "caption", ink), gap=0))
    inside = ft.Container(
        row(icon(ft.Icons.WARNING_ROUNDED, ink, 28), words, gap=t.S3),
        bgcolor=ground,
        padding=ft.Padding.symmetric(horizontal=m.gutter, vertical=12),
    )
    return ft.Semantics(live_region=True, identifier="alarm", content=inside)


def filter_chip(m: Metrics, label: str, selected: bool, on_click: OnClick) -> ft.Control:
    """One of the filters above a list."""
    ground, ink = (t.PRIMARY, t.ON_PRIMARY) if selected else (t.CARD, t.INK)
    made = pressable(
        text(label, "label", ink, no_wrap=True),
        on_click,
        label=label,
        identifier=f"filter-{label.lower().replace(' ', '-')}",
        selected=selected,
        bgcolor=ground,
        border=ft.Border.all(1, t.PRIMARY if selected else t.EDGE),
        radius=m.px(t.TARGET / 2),
        height=m.px(t.TARGET),
        padding=ft.Padding.symmetric(horizontal=16),
        alignment=ft.Alignment.CENTER,
    )
    return row(made, tight=True)
