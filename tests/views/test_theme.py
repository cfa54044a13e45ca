from __future__ import annotations

from pathlib import Path

import flet as ft
import pytest

from fieldapp.views import theme as t
from fieldapp.views.metrics import Metrics, body_metrics, detail_metrics, list_metrics

WORDS = [
    (ink, ground)
    for ink, grounds in {
        "ink": ("card", "page", "sunken"),
        "muted": ("card", "page", "sunken"),
        "primary": ("card", "page"),
        "done": ("card", "page"),
        "danger": ("card", "page"),
        "on_primary": ("primary",),
        "on_primary_soft": ("primary_soft",),
        "on_done": ("done",),
        "on_done_soft": ("done_soft",),
        "on_attention": ("attention",),
        "on_attention_soft": ("attention_soft",),
        "on_danger": ("danger",),
        "on_danger_soft": ("danger_soft",),
        "on_banner": ("banner",),
        "banner_muted": ("banner",),
    }.items()
    for ground in grounds
]
EDGES = [("edge", "card"), ("primary", "primary_soft")]


def luminance(colour: str) -> float:
    """Relative luminance, WCAG 2.2."""
    parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    r, g, b = (p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts)
    return 0.2126 * r + 0.7152 * g + 0.0722 * b


def contrast(a: str, b: str) -> float:
    high, low = sorted((luminance(a), luminance(b)), reverse=True)
    return (high + 0.05) / (low + 0.05)


def colour(name: str, mode: t.Mode) -> str:
    return t.ROLES[name].light if mode == "light" else t.ROLES[name].dark


@pytest.mark.parametrize("mode", ["light", "dark"])
@pytest.mark.parametrize(("ink", "ground"), WORDS)
def test_words_reach_aa_contrast(ink: str, ground: str, mode: t.Mode) -> None:
    assert contrast(colour(ink, mode), colour(ground, mode)) >= 4.5


@pytest.mark.parametrize("mode", ["light", "dark"])
@pytest.mark.parametrize(("edge", "ground"), EDGES)
def test_edges_of_controls_reach_3_to_1(edge: str, ground: str, mode: t.Mode) -> None:
    assert contrast(colour(edge, mode), colour(ground, mode)) >= 3


@pytest.mark.parametrize("points", t.NEWS2)
def test_news2_numbers_reach_aa_contrast_on_their_colour(points: int) -> None:
    assert contrast(*t.NEWS2[points]) >= 4.5


@pytest.mark.parametrize("mode", ["light", "dark"])
def test_chart_words_and_line_stand_out_on_every_band(mode: t.Mode) -> None:
    for band in ("band_1", "band_2", "band_3", "card"):
        assert contrast(colour("ink", mode), colour(band, mode)) >= 4.5


def test_every_role_has_its_own_material_slot() -> None:
    slots = [role.slot for role in t.ROLES.values()]
    assert len(set(slots)) == len(slots)
    assert all(isinstance(t.role(name), ft.Colors) for name in t.ROLES)


def test_both_schemes_fill_the_slots_stock_controls_read() -> None:
    for mode in ("light", "dark"):
        scheme = t.scheme(mode)
        assert scheme.surface_container_high == colour("card", mode)
        assert scheme.primary == colour("primary", mode)


@pytest.mark.parametrize(("total", "band"), [(0, 0), (1, 1), (4, 1), (5, 2), (6, 2), (7, 3), (20, 3)])
def test_band_of_a_total(total: int, band: int) -> None:
    assert t.band(total) == band


def test_a_missing_face_is_left_out(tmp_path: Path) -> None:
    folder = tmp_path / "fonts"
    folder.mkdir()
    (folder / "Roboto-Bold.ttf").write_bytes(b"face")
    assert t.fonts(tmp_path) == {"Sans-Bold": "/fonts/Roboto-Bold.ttf"}
    assert t.fonts(tmp_path / "nowhere") == {}


def test_no_style_is_under_14_px_and_lines_sit_on_the_grid() -> None:
    for size, line, _ in t.TYPE.values():
        assert size >= 14
        assert line % 4 == 0


def test_breakpoints_count_in_text() -> None:
    assert Metrics(390).phone
    assert not Metrics(800).phone
    assert Metrics(800, 2.0).phone
    assert Metrics(1280).wide
    assert not Metrics(1280, 1.3).wide
    assert Metrics(390, 2.0).tiny


def test_panes_add_up_to_the_window() -> None:
    m = Metrics(1280)
    assert list_metrics(m).width + 1 + detail_metrics(m).width + t.RAIL == m.width
    assert body_metrics(m).width == m.width - t.RAIL
    assert body_metrics(Metrics(390)).width == 390
