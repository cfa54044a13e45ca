"""Entering numbers: the pad that is always there, its prompt, and the question that waits for an answer."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final, Literal

import flet as ft

from fieldapp.views import theme as t
from fieldapp.views.controls.layout import BETWEEN, STRETCH, Maybe, box, col, fill, row
from fieldapp.views.controls.press import OnClick, button, pressable
from fieldapp.views.controls.text import THIN, Part, heading, icon, rich, text
from fieldapp.views.metrics import Metrics

Key = Literal["0", "1", "2", "3", "4", "5", "6", "7", "8", "9", ".", "back", "plus", "minus"]

_SPOKEN: Final[dict[Key, str]] = {".": "Point", "back": "Delete", "plus": "One more", "minus": "One less"}
_GLYPHS: Final[dict[Key, ft.IconData]] = {
    "back": ft.Icons.BACKSPACE_OUTLINED,
    "plus": ft.Icons.ADD_ROUNDED,
    "minus": ft.Icons.REMOVE_ROUNDED,
}
_ROWS: Final[tuple[tuple[Key, ...], ...]] = (
    ("1", "2", "3", "back"),
    ("4", "5", "6", "plus"),
    ("7", "8", "9", "minus"),
)
_ONE_ROW: Final[tuple[Key, ...]] = ("1", "2", "3", "4", "5", "6", "7", "8", "9", "0", ".", "back")
_STEPPERS: Final[tuple[Key, ...]] = ("minus", "plus")


def _key(m: Metrics, key: Key, on_key: Callable[[Key], None], height: float, cap: float = 9.0) -> ft.Control:
    step = key in _GLYPHS
    ground, ink = (t.PRIMARY_SOFT, t.ON_PRIMARY_SOFT) if step else (t.SUNKEN, t.INK)
    face: ft.Control = text(key, "title", ink, no_wrap=True, shrink=m.shrink(cap))
    if step:
        face = ft.Icon(_GLYPHS[key], color=ink, size=24 * min(m.text_scale, cap))
    return pressable(
        face,
        lambda: on_key(key),
        label=_SPOKEN.get(key, key),
        identifier=f"key-{'point' if key == '.' else key}",
        bgcolor=ground,
        height=height,
        radius=t.R_CONTROL,
        alignment=ft.Alignment.CENTER,
        expand=True,
    )


def _next(m: Metrics, label: str, on_next: OnClick, height: float, cap: float = 9.0) -> ft.Control:
    ground, ink = (t.SUNKEN, t.MUTED) if on_next is None else (t.PRIMARY, t.ON_PRIMARY)
    return pressable(
        text(label, "strong", ink, align=ft.TextAlign.CENTER, shrink=m.shrink(cap)),
        on_next,
        identifier="key-next",
        label=label,
        bgcolor=ground,
        height=height,
        radius=t.R_CONTROL,
        alignment=ft.Alignment.CENTER,
        expand=True,
    )


def pad(
    m: Metrics, on_key: Callable[[Key], None], next_label: str, on_next: OnClick, *, stacked: bool | None = None
) -> ft.Control:
    """1-2-3 on top, delete and the steppers at the right, *Next* below. `on_next=None` makes it wait.

    From 150 % text it shrinks to one row of keys (two on a phone), so that the focused row stays in view;
    `stacked` overrides that.
    """
    gap = t.S2
    if m.large_text if stacked is None else stacked:
        return _short(m, on_key, next_label, on_next)
    height = m.px(t.PAD_KEY_PHONE if m.phone else t.PAD_KEY)

    def k(key: Key) -> ft.Control:
        return _key(m, key, on_key, height)

    lines = [row(*[k(key) for key in keys], gap=gap) for keys in _ROWS]
    last = row(fill(row(k("."), k("0"), gap=gap)), _next(m, next_label, on_next, height), gap=gap)
    return col(*lines, last, gap=gap)


def _short(m: Metrics, on_key: Callable[[Key], None], next_label: str, on_next: OnClick) -> ft.Control:
    room = int((m.width - 2 * m.gutter + t.S1) // (t.TARGET + t.S1))
    cut = len(_ONE_ROW) if room >= len(_ONE_ROW) else 6
    groups: Sequence[tuple[Key, ...]] = [_ONE_ROW[i : i + cut] for i in range(0, len(_ONE_ROW), cut)]
    lines = [row(*[_key(m, k, on_key, 52, 1.3) for k in keys], gap=t.S1) for keys in groups]
    steppers = [_key(m, k, on_key, 56, 1.3) for k in _STEPPERS]
    last = row(
        fill(row(*steppers, gap=t.S1)), fill(row(_next(m, next_label, on_next, 56, 1.3 if m.tiny else 1.6))), gap=t.S1
    )
    return col(*lines, last, gap=t.S1)


def prompt(
    m: Metrics,
    label: str,
    value: str,
    unit: str,
    last: str,
    *,
    before: str = "",
    history: Maybe = None,
    on_unmeasured: OnClick = None,
    short: str = "",
) -> ft.Control:
    """What is being asked. `before` is the part already entered ("108/"), `last` the value before with its age,
    `history` a spark line with words, and *Could not measure*, beside the pad on a tablet. On a phone they make way
    for the rows above: *Could not measure* then belongs in `save_row`."""
    size: t.TypeName = "heading" if m.tiny else "value" if m.phone else "display"
    figure = rich(
        Part(before, "heading" if m.tiny else "value", t.MUTED),
        Part(value, size),
        Part("|", size, t.PRIMARY),
        Part(f"{THIN}{unit}" if unit else "", "caption", t.MUTED),
    )
    was = text(last, "caption", t.MUTED) if last else None
    shown = ft.Semantics(
        label=f"{before}{value} {unit}".strip() or "Nothing entered", exclude_semantics=True, content=figure
    )
    if m.phone:
        if m.tiny:
            return row(fill(heading(short or label, "strong")), shown)
        return row(fill(col(heading(short or label), was, gap=0)), shown)
    could_not = unmeasured(m, on_unmeasured) if on_unmeasured else None
    top = col(heading(label), row(shown), was, gap=t.S1)
    return ft.Column(
        [c for c in (top, history, could_not) if c is not None],
        height=m.px(4 * t.PAD_KEY + 3 * t.S2),
        spacing=t.S2,
        alignment=BETWEEN,
        horizontal_alignment=STRETCH,
    )


def unmeasured(m: Metrics, on_click: OnClick, *, expand: bool | None = None, cap: float = 9.0) -> ft.Control:
    """The honest answer when a reading cannot be taken."""
    return button(
        m, "Could not measure", on_click, "secondary", height=t.TARGET, expand=expand, identifier="unmeasured", cap=cap
    )


def save_row(
    m: Metrics, note: str, label: str, on_save: OnClick, on_unmeasured: OnClick = None, *, ready: bool = False
) -> ft.Control:
    """The foot of a recording: what saving means, and *Save*. On a phone *Could not measure* stands here. Once it is
    `ready`, with nothing left to ask, *Save* leads."""
    said = text(note, "caption", t.MUTED, expand=True)
    kind = "primary" if ready else "secondary"
    if not m.phone:
        return row(said, button(m, label, on_save, kind, identifier="save"), gap=t.S3)
    cap = 1.2 if m.tiny else 1.6
    save = button(m, label, on_save, kind, height=t.TARGET, expand=True, identifier="save", cap=cap)
    acts = row(unmeasured(m, on_unmeasured, expand=True, cap=cap) if on_unmeasured else None, save, gap=t.S1)
    return acts if m.large_text else col(row(said), acts, gap=t.S1)


def question(
    m: Metrics, title: str, sentence: str, change: str, on_change: OnClick, keep: str, on_keep: OnClick
) -> ft.Control:
    """A plausibility question in the prompt's place ("Systolic 300 mmHg?"). Nothing is altered until answered."""
    ground, ink = t.tone("attention")
    words = col(
        row(icon(ft.Icons.HELP_OUTLINE_ROUNDED, ink, 24), fill(heading(title, "heading", ink))),
        ft.Semantics(live_region=True, content=text(sentence, "body", ink)),
        gap=t.S1,
    )
    yes = button(m, change, on_change, height=t.TARGET, expand=True, identifier="question-change")
    no = button(m, keep, on_keep, "secondary", height=t.TARGET, expand=True, identifier="question-keep")
    if m.phone:
        return box(col(words, row(yes, no)), ground, 12, t.R_CONTROL)
    inside = ft.Column([words, col(row(yes), row(no))], alignment=BETWEEN, horizontal_alignment=STRETCH)
    whole = box(inside, ground, 16, t.R_CONTROL)
    whole.height = m.px(4 * t.PAD_KEY + 3 * t.S2)
    return whole


def pad_panel(m: Metrics, ask: ft.Control, keys: ft.Control, foot: Maybe = None) -> ft.Control:
    """The question beside the pad on a tablet, above it on a phone and in large type; `foot` holds *Save*."""
    if m.phone or m.large_text:
        return col(ask, keys, foot, gap=t.S3)
    return col(row(ft.Container(ask, width=m.px(280)), fill(keys), gap=t.S6), foot, gap=t.S3)


def pin_pad(m: Metrics, on_key: Callable[[Key], None], *, other: str = "", on_other: OnClick = None) -> ft.Control:
    """Ten digits and delete, 80 px high; `other` is the way in without a PIN ("Use passphrase")."""
    height = m.px(t.PIN_KEY if not m.phone else 64)

    def k(key: Key) -> ft.Control:
        face = icon(ft.Icons.BACKSPACE_OUTLINED, t.PRIMARY, 24) if key == "back" else text(key, "value", no_wrap=True)
        return pressable(
            face,
            lambda: on_key(key),
            label=_SPOKEN.get(key, key),
            identifier=f"key-{key}",
            bgcolor=None if key == "back" else t.CARD,
            border=None if key == "back" else ft.Border.all(1, t.LINE),
            height=height,
            radius=t.R_CONTROL,
            alignment=ft.Alignment.CENTER,
            expand=True,
        )

    aside: ft.Control = ft.Container(expand=True)
    if other:
        aside = pressable(
            text(other, "strong", t.PRIMARY, align=ft.TextAlign.CENTER),
            on_other,
            identifier="pin-other",
            height=height,
            radius=t.R_CONTROL,
            alignment=ft.Alignment.CENTER,
            expand=True,
        )
    lines = [row(*[k(key) for key in keys[:3]]) for keys in _ROWS]
    return col(*lines, row(aside, k("0"), k("back")))


def pin_dots(filled: int, size: int = 6) -> ft.Control:
    """How many digits are in; spoken as a count, never as digits."""
    dots = [
        ft.Container(
            width=20,
            height=20,
            border_radius=10,
            bgcolor=t.PRIMARY if n < filled else None,
            border=ft.Border.all(2, t.PRIMARY if n < filled else t.EDGE),
        )
        for n in range(size)
    ]
    shown = row(*dots, gap=t.S4, justify=ft.MainAxisAlignment.CENTER)
    return ft.Semantics(label=f"{filled} of {size} entered", identifier="pin-dots", content=shown)
