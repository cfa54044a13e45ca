"""Design tokens: colour roles, type, space.

A colour role is a name that the client resolves, so switching between light and dark redraws nothing in
Python. Every role sits in a Material slot, so that stock controls (switches, dialogs, snack bars) obey the same
palette. The palette is the NHS identity's; the NEWS2 colours are those of the Royal College of Physicians'
chart, and never stand without their number.
"""

from __future__ import annotations

from pathlib import Path
from typing import Final, Literal, NamedTuple

import flet as ft

Mode = Literal["light", "dark"]
Tone = Literal["neutral", "primary", "done", "attention", "danger"]
TypeName = Literal["figure", "display", "value", "title", "heading", "strong", "body", "label", "caption"]


class Role(NamedTuple):
    """One colour role: the Material slot that carries it, and its value (`#RRGGBB`) in each mode."""

    slot: str
    light: str
    dark: str


ROLES: Final[dict[str, Role]] = {
    "page": Role("surface_container_low", "#F0F4F5", "#0B1218"),
    "card": Role("surface", "#FFFFFF", "#151F28"),
    "sunken": Role("surface_container", "#E8EDEE", "#22303C"),
    "ink": Role("on_surface", "#212B32", "#E9EFF3"),
    "muted": Role("on_surface_variant", "#4C6272", "#A8B7C2"),
    "line": Role("outline_variant", "#D8DDE0", "#2C3B47"),
    "edge": Role("outline", "#768692", "#71838F"),
    "primary": Role("primary", "#005EB8", "#7CB9F7"),
    "on_primary": Role("on_primary", "#FFFFFF", "#04213F"),
    "primary_soft": Role("primary_container", "#E1EDF8", "#15324F"),
    "on_primary_soft": Role("on_primary_container", "#003E7E", "#BBDCFB"),
    "done": Role("secondary", "#007F3B", "#5FCB8E"),
    "on_done": Role("on_secondary", "#FFFFFF", "#03260F"),
    "done_soft": Role("secondary_container", "#DDF0E4", "#123322"),
    "on_done_soft": Role("on_secondary_container", "#00532A", "#A8E5C1"),
    "attention": Role("tertiary", "#FFB81C", "#FFC34D"),
    "on_attention": Role("on_tertiary", "#212B32", "#2B1D00"),
    "attention_soft": Role("tertiary_container", "#FFF2D1", "#3B2D0D"),
    "on_attention_soft": Role("on_tertiary_container", "#5C4000", "#FFDE9E"),
    "danger": Role("error", "#D5281B", "#FF8F82"),
    "on_danger": Role("on_error", "#FFFFFF", "#3A0500"),
    "danger_soft": Role("error_container", "#FBE5E2", "#451A16"),
    "on_danger_soft": Role("on_error_container", "#8F1910", "#FFC9C2"),
    "banner": Role("inverse_surface", "#003087", "#0C2B60"),
    "on_banner": Role("on_inverse_surface", "#FFFFFF", "#FFFFFF"),
    "banner_muted": Role("inverse_primary", "#C2D3F0", "#B4CBEE"),
    "band_1": Role("primary_fixed", "#FFF8D2", "#2C2A14"),
    "band_2": Role("secondary_fixed", "#FFE4C4", "#402C14"),
    "band_3": Role("tertiary_fixed", "#F8D5D1", "#4A1F1B"),
}

# Slots that stock controls read and no role names: a dialog's ground, a switch's track.
_ALIASES: Final = {
    "surface_container_lowest": "card",
    "surface_bright": "card",
    "surface_container_high": "card",
    "surface_container_highest": "sunken",
    "surface_dim": "sunken",
}


def role(name: str) -> ft.Colors:
    """The colour of a role, resolved by the client in the mode it shows."""
    return ft.Colors(ROLES[name].slot.replace("_", ""))


PAGE, CARD, SUNKEN = role("page"), role("card"), role("sunken")
INK, MUTED, LINE, EDGE = role("ink"), role("muted"), role("line"), role("edge")
PRIMARY, ON_PRIMARY = role("primary"), role("on_primary")
PRIMARY_SOFT, ON_PRIMARY_SOFT = role("primary_soft"), role("on_primary_soft")
BANNER, ON_BANNER, BANNER_MUTED = role("banner"), role("on_banner"), role("banner_muted")
DONE, ATTENTION, DANGER = role("done"), role("attention"), role("danger")
CLEAR = "#00000000"
SHADOW = "#0B1218"

# NEWS2 points 0-3, the same in both modes: (fill, text).
NEWS2: Final = {
    0: ("#FFFFFF", "#212B32"),
    1: ("#FFE45C", "#212B32"),
    2: ("#FF9F40", "#212B32"),
    3: ("#D5281B", "#FFFFFF"),
}


def tone(kind: Tone) -> tuple[ft.Colors, ft.Colors]:
    """The soft ground of a tone, and the text that goes on it."""
    return (SUNKEN, MUTED) if kind == "neutral" else (role(f"{kind}_soft"), role(f"on_{kind}_soft"))


def band(total: int) -> int:
    """The chart's colour for a NEWS2 total: 0 → 0, 1-4 → 1, 5-6 → 2, 7 and over → 3."""
    return 0 if total <= 0 else 1 if total < 5 else 2 if total < 7 else 3


def scheme(mode: Mode) -> ft.ColorScheme:
    """The Material colour scheme of one mode."""
    colours = {r.slot: r.light if mode == "light" else r.dark for r in ROLES.values()}
    colours |= {slot: colours[ROLES[name].slot] for slot, name in _ALIASES.items()}
    return ft.ColorScheme(**colours, surface_tint=CLEAR, shadow=SHADOW)  # pyright: ignore[reportArgumentType]


# --- Type: (size, line height in px, weight). Line heights sit on the 4-point grid. ------------------------

ASSETS: Final = Path(__file__).resolve().parents[1] / "assets"
_FACES: Final = {
    "Sans": "Roboto-Regular.ttf",
    "Sans-Medium": "Roboto-Medium.ttf",
    "Sans-Bold": "Roboto-Bold.ttf",
}
_WEIGHTS: Final = {
    "Sans": ft.FontWeight.W_400,
    "Sans-Medium": ft.FontWeight.W_500,
    "Sans-Bold": ft.FontWeight.W_700,
}

TYPE: Final[dict[TypeName, tuple[int, int, str]]] = {
    "figure": (48, 56, "Sans-Bold"),
    "display": (34, 40, "Sans-Bold"),
    "value": (28, 32, "Sans-Bold"),
    "title": (22, 28, "Sans-Bold"),
    "heading": (18, 24, "Sans-Bold"),
    "strong": (16, 24, "Sans-Medium"),
    "body": (16, 24, "Sans"),
    "label": (14, 20, "Sans-Medium"),
    "caption": (14, 20, "Sans"),
}


def fonts(assets: Path = ASSETS) -> dict[str, str]:
    """Family name to asset URL of each installed face, one family per weight; a missing face is left out."""
    return {name: f"/fonts/{file}" for name, file in _FACES.items() if (assets / "fonts" / file).is_file()}


_INSTALLED: Final = frozenset(fonts())


def style(
    name: TypeName,
    color: ft.ColorValue = INK,
    shrink: float = 1.0,
    *,
    strike: bool = False,
    italic: bool = False,
) -> ft.TextStyle:
    """One style of the scale. `shrink` (0-1) scales it down; Material's own tracking is switched off.

    Without the installed face the platform's own is asked for the same weight, so that text stays readable.
    """
    size, line, family = TYPE[name]
    return ft.TextStyle(
        size=size * shrink,
        height=line / size,
        font_family=family if family in _INSTALLED else None,
        weight=None if family in _INSTALLED else _WEIGHTS[family],
        color=color,
        italic=italic,
        letter_spacing=-0.2 if size > 20 else 0,
        decoration=ft.TextDecoration.LINE_THROUGH if strike else None,
        decoration_color=color if strike else None,
    )


def theme(mode: Mode) -> ft.Theme:
    """The Material theme of one mode; give both to the page."""
    family = "Sans" if "Sans" in _INSTALLED else None
    return ft.Theme(color_scheme=scheme(mode), font_family=family, use_material3=True)


# --- Space, in px on a 4-point grid -----------------------------------------------------------------------

S1, S2, S3, S4, S5, S6 = 4, 8, 12, 16, 20, 24
GUTTER_TABLET, GUTTER_PHONE = 24, 16
R_CHIP, R_CONTROL, R_CARD = 8, 12, 16
TARGET, ACTION = 48, 56
RAIL, LIST_PANE = 88, 440
PAD_KEY, PAD_KEY_PHONE, PIN_KEY = 60, 48, 80
PHONE_MAX, WIDE_MIN = 600, 1100
