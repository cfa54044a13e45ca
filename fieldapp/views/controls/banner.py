"""Who this is and what is dangerous: the patient banner and the strip under it.

Order, wording and the four allergy statements follow the NHS Common User Interface guidance on the patient banner.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final, Literal

import flet as ft

from fieldapp.views import theme as t
from fieldapp.views.controls.layout import START, Maybe, col, fill, grid, row, side, wrap
from fieldapp.views.controls.marks import chip
from fieldapp.views.controls.press import OnClick, icon_button, pressable
from fieldapp.views.controls.text import Part, heading, icon, rich, text
from fieldapp.views.metrics import Metrics

AllergyStatus = Literal["known", "none", "not_recorded", "unavailable"]


@dataclass(frozen=True, slots=True)
class Identity:
    """A person as the banner shows them, already in words: `name` "HARGREAVES, Dorothy (Mrs)", `born`
    "14-Jul-1943", `age` "83y", `nhs_number` "999 041 2758". Missing facts are "Not known". `died` is "" for
    the living, else the date, and `age` is then the age at death."""

    name: str
    born: str
    age: str
    gender: str
    nhs_number: str
    preferred: str = ""
    died: str = ""


@dataclass(frozen=True, slots=True)
class Danger:
    """One thing to know before touching anything."""

    kind: t.Tone
    glyph: ft.IconData
    title: str
    detail: str = ""
    updated: str = ""


_ALLERGIES: Final[dict[AllergyStatus, tuple[str, t.Tone, ft.IconData]]] = {
    "known": ("Known allergies", "danger", ft.Icons.WARNING_ROUNDED),
    "none": ("No known allergies", "neutral", ft.Icons.CHECK_CIRCLE_OUTLINE_ROUNDED),
    "not_recorded": ("Allergies not recorded", "attention", ft.Icons.HELP_OUTLINE_ROUNDED),
    "unavailable": ("Allergies unavailable", "attention", ft.Icons.CLOUD_OFF_OUTLINED),
}


def allergy_danger(status: AllergyStatus, detail: str = "", updated: str = "") -> Danger:
    """Exactly one of the four statements, with its last update."""
    title, kind, glyph = _ALLERGIES[status]
    return Danger(kind, glyph, title, detail, updated)


def _item(label: str, value: str, quiet: ft.ColorValue, ink: ft.ColorValue, shrink: float = 1.0) -> ft.Control:
    return rich(Part(f"{label} ", "caption", quiet), Part(value, "strong", ink), shrink=shrink)


def _facts(who: Identity, quiet: ft.ColorValue, ink: ft.ColorValue, shrink: float = 1.0) -> list[ft.Control]:
    born = who.born if who.died else f"{who.born} ({who.age})"
    items = [_item("Born", born, quiet, ink, shrink)]
    if who.died:
        items += [_item("Died", who.died, quiet, ink, shrink), _item("Age at death", who.age, quiet, ink, shrink)]
    items.append(_item("Gender", who.gender, quiet, ink, shrink))
    items.append(_item("NHS No.", who.nhs_number, quiet, ink, shrink))
    return items


def banner(m: Metrics, who: Identity, on_back: OnClick) -> ft.Control:
    """Full width, on top, never scrolled away; the name wraps and is never cut. On a phone the micro banner:
    name, born and NHS number."""
    shrink = m.shrink(1.4) if m.tiny else 1.0
    name = heading(who.name, "heading" if m.phone else "title", t.ON_BANNER, shrink=shrink)
    facts = _facts(who, t.BANNER_MUTED, t.ON_BANNER, shrink)
    if m.phone:
        shown = [*facts[:-2], facts[-1]]
        body = col(name, *shown, gap=0)
    else:
        preferred = _item("Preferred name", who.preferred, t.BANNER_MUTED, t.ON_BANNER) if who.preferred else None
        first = ft.Row(
            [name, *([preferred] if preferred else [])],
            wrap=True,
            spacing=t.S4,
            run_spacing=0,
            vertical_alignment=ft.CrossAxisAlignment.CENTER,
        )
        second = ft.Row(list(facts), wrap=True, spacing=t.S5, run_spacing=0)
        body = col(first, second, gap=0)
    back = icon_button(m, ft.Icons.ARROW_BACK_ROUNDED, "Back", on_back, color=t.ON_BANNER, identifier="back")
    padding = ft.Padding.only(left=4, right=16, top=8, bottom=8)
    if not m.phone:
        padding = ft.Padding.only(left=20, right=24, top=12, bottom=12)
    whole = ft.Container(row(back, fill(body), gap=t.S1), bgcolor=t.BANNER, padding=padding)
    if who.died:
        whole.bgcolor, whole.gradient = None, _stripes()
    return ft.Semantics(identifier="banner", content=whole)


def _stripes() -> ft.LinearGradient:
    """Grey diagonal stripes: colour and pattern both say that the person has died."""
    return ft.LinearGradient(
        begin=ft.Alignment(-1, -1),
        end=ft.Alignment(-0.96, -0.6),
        colors=["#36424C", "#36424C", "#44515C", "#44515C"],
        stops=[0, 0.5, 0.5, 1],
        tile_mode=ft.GradientTileMode.REPEATED,
    )


def pane_header(m: Metrics, who: Identity, aside: Maybe = None, on_open: OnClick = None) -> ft.Control:
    """Beside a list several patients are on screen, so the same facts in the same order, but not the banner."""
    name = row(fill(heading(who.name, "title")), aside)
    facts = ft.Row(list(_facts(who, t.MUTED, t.INK)), wrap=True, spacing=t.S5, run_spacing=0)
    inside = ft.Container(
        col(name, facts, gap=t.S1),
        bgcolor=t.CARD,
        padding=ft.Padding.symmetric(horizontal=m.gutter, vertical=14),
        border=ft.Border.only(bottom=side()),
    )
    if on_open is None:
        return inside
    return pressable(inside, on_open, label=f"Open {who.name}", identifier="open-patient")


def danger_strip(m: Metrics, dangers: Sequence[Danger], on_open: Callable[[int], None] | None = None) -> ft.Control:
    """What cannot be missed: cards side by side on a tablet, lines on a phone. `on_open(i)` shows the i-th."""
    cells = [_danger(m, i, danger, on_open) for i, danger in enumerate(dangers)]
    if m.phone:
        return col(*cells, gap=t.S1)
    return grid(cells, min(3, max(1, len(cells))))


def _danger(m: Metrics, i: int, danger: Danger, on_open: Callable[[int], None] | None) -> ft.Control:
    ground, ink = t.tone(danger.kind)
    if m.phone:
        words = rich(
            Part(danger.title, "strong", ink),
            Part(f"  {danger.detail}" if danger.detail else "", "caption", ink),
            expand=True,
        )
        inside = row(icon(danger.glyph, ink), words, align=START)
        padding = ft.Padding.symmetric(horizontal=12, vertical=12)
    else:
        stressed: t.TypeName = "label" if danger.kind == "danger" else "caption"
        lines = col(
            text(danger.title, "strong", ink),
            text(danger.detail, stressed, ink) if danger.detail else None,
            text(danger.updated, "caption", ink) if danger.updated else None,
            gap=0,
        )
        inside = row(icon(danger.glyph, ink, 24), fill(lines), gap=t.S3, align=START)
        padding = ft.Padding.all(12)
    chosen = None if on_open is None else (lambda: on_open(i))
    return pressable(inside, chosen, bgcolor=ground, padding=padding, radius=t.R_CONTROL)


def danger_line(dangers: Sequence[Danger]) -> ft.Control:
    """The same facts as chips, on tabs where the strip would push the content away."""
    return wrap(
        *[
            chip(f"{d.title}: {d.detail}" if d.kind == "danger" and d.detail else d.title, d.kind, d.glyph)
            for d in dangers
        ]
    )
