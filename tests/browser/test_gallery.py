"""The shared controls, drawn by the real client: pressed, spoken, photographed at every size."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import OpenUi
from tests.browser.process import ROOT, Program, flet_env, free_port
from tests.browser.ui import VIEWPORTS

PAGES = [
    "basics",
    "today",
    "now",
    "long-name",
    "charts",
    "record",
    "alarm",
    "empty",
    "closed",
    "sync",
    "forms",
    "unlock",
]


@pytest.fixture(scope="module")
def gallery(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    port = free_port()
    script = ROOT / "tests" / "browser" / "gallery" / "app.py"
    log = tmp_path_factory.mktemp("gallery") / "gallery.log"
    program = Program("gallery", [sys.executable, str(script)], port, log, flet_env(port))
    program.start()
    yield program.url
    program.stop()
    assert "Traceback" not in log.read_text(), program.tail()


def painted(path: Path) -> bool:
    return path.stat().st_size > 9_000


LANDSCAPE = {"today", "now", "record", "closed"}
DARK = {"today", "record", "charts", "forms"}


@pytest.mark.parametrize("page", PAGES)
def test_every_page_draws_at_every_size(ui_at: OpenUi, gallery: str, page: str) -> None:
    ui = ui_at(f"{gallery}/{page}", "phone")
    assert painted(ui.shot(page))
    for viewport in ("landscape", "tablet") if page in LANDSCAPE else ("tablet",):
        ui.turn(viewport)
        assert painted(ui.shot(page))
    if page in DARK:
        ui.darken()
        assert painted(ui.shot(page))


@pytest.mark.parametrize("page", ["today", "record", "now", "sync"])
def test_text_twice_as_large(ui_at: OpenUi, gallery: str, page: str) -> None:
    ui = ui_at(f"{gallery}/{page}", "phone", text_scale=2.0)
    assert painted(ui.shot(page))
    ui.turn("tablet")
    assert painted(ui.shot(page))
    expect(ui.by_id("place-sync") if page != "record" else ui.by_id("key-next")).to_be_attached()


@pytest.mark.parametrize("viewport", VIEWPORTS)
def test_presses_arrive_and_are_named(ui_at: OpenUi, gallery: str, viewport: str) -> None:
    ui = ui_at(f"{gallery}/basics", viewport)
    ui.scroll_to(ui.by_id("said"))
    ui.tap("button", "Save observations of Dot")
    expect(ui.by_id("said")).to_have_text("Pressed save")
    ui.tap("back")
    expect(ui.by_id("said")).to_have_text("Pressed back")
    ui.tap("air-1")
    expect(ui.by_id("air-1")).to_have_attribute("aria-current", "true")
    expect(ui.by_id("scale")).to_have_attribute("aria-checked", "true")
    ui.tap("scale")
    expect(ui.by_id("scale")).to_have_attribute("aria-checked", "false")
    ui.tap("place-sync")
    expect(ui.by_id("place-sync")).to_have_attribute("aria-current", "true")
    ui.tap("lock")
    expect(ui.by_id("said")).to_have_text("Pressed lock")


def test_every_target_is_48_px_and_named(ui_at: OpenUi, gallery: str) -> None:
    ui = ui_at(f"{gallery}/record", "tablet")
    ui.shot("record")
    targets = ui.targets()
    assert len(targets) > 25
    assert all(name.strip() for name, _, _ in targets)
    assert [t for t in targets if t[1] < 47.5 or t[2] < 47.5] == []


def test_the_pad_types_and_a_doubt_holds_next(ui_at: OpenUi, gallery: str) -> None:
    ui = ui_at(f"{gallery}/record", "phone")
    for key in ("key-0", "key-0"):
        ui.tap(key)
    expect(ui.by_id("question-keep")).to_be_attached()
    ui.tap("question-change")
    expect(ui.by_id("question-keep")).not_to_be_attached()
    ui.point(ui.by_id("key-5"))
    expect(ui.text("108/65 mmHg").first).to_be_attached()


def test_a_reason_is_asked_and_the_saving_is_said(ui_at: OpenUi, gallery: str) -> None:
    ui = ui_at(f"{gallery}/forms", "tablet")
    ui.tap("button", "Amend")
    ui.tap("dialog-confirm")
    expect(ui.text("Write a reason first")).to_be_attached()
    ui.shot("forms-reason")
    ui.type("Reason", "Cuff was too small")
    ui.tap("dialog-confirm")
    expect(ui.by_id("said")).to_have_text("Reason: Cuff was too small")
    expect(ui.text("Saved on this tablet").first).to_be_attached()
