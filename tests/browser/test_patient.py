"""One patient's screens in the real client: photographed at every size, typed into, killed and opened again."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import OpenUi
from tests.browser.process import Program, flet_env, free_port


def program(folder: Path) -> Program:
    """The screens over a store in `folder`."""
    port = free_port()
    env = {**flet_env(port), "FIELDAPP_STORE": str(folder / "store")}
    argv = [sys.executable, "-m", "tests.views.patient_gallery"]
    return Program("patient", argv, port, folder / "patient.log", env)


@pytest.fixture(scope="module")
def patient(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    made = program(tmp_path_factory.mktemp("patient"))
    made.start()
    yield made.url
    made.stop()


SCREENS = ("dot/now", "dot/plan", "dot/timeline", "long/edit", "dot/note", "empty/now", "empty/plan", "child/now")
SHOWN = [
    *((page, size, False, 1.0) for page in SCREENS for size in ("phone", "tablet")),
    *((page, "landscape", True, 1.0) for page in ("dot/now", "dot/plan", "dot/timeline")),
    *((page, size, False, 2.0) for page in ("long/now", "dot/plan", "long/edit") for size in ("phone", "tablet")),
]


@pytest.mark.parametrize(("page", "viewport", "dark", "scale"), SHOWN)
def test_every_screen_draws_at_every_size(
    ui_at: OpenUi, patient: str, page: str, viewport: str, dark: bool, scale: float
) -> None:
    ui = ui_at(f"{patient}/{page}", viewport, dark=dark, text_scale=scale)
    expect(ui.by_id("banner").or_(ui.by_id("back")).first).to_be_attached()
    ui.shot(f"patient-{page}")


@pytest.mark.parametrize("page", ["empty/now", "empty/plan", "dot/note"])
def test_everything_that_is_pressed_can_be_hit_with_a_glove(ui_at: OpenUi, patient: str, page: str) -> None:
    ui = ui_at(f"{patient}/{page}", "phone")
    ui.settled()
    found = ui.targets()
    assert len(found) > 1
    assert not [each for each in found if each[1] < 47.5 or each[2] < 47.5]


def test_a_killed_process_costs_nothing_that_was_typed(ui_at: OpenUi, tmp_path: Path) -> None:
    made = program(tmp_path)
    made.start()
    try:
        ui = ui_at(f"{made.url}/long/edit", "phone")
        ui.tap("button", "Change oxygen target")
        ui.type("Delivery", "2 L/min, nasal cannula")
        ui.tap("done")
        expect(ui.text("2 L/min, nasal cannula").first).to_be_attached()
        expect(ui.by_id("kept")).to_contain_text("Draft kept on this tablet")
        made.kill()
        ui.page.goto("about:blank")
        ui.console.clear()  # the client complains that its server is gone, as it should
        made.start()
        again = ui_at(f"{made.url}/long/edit", "phone")
        expect(again.by_id("restored")).to_be_attached()
        again.tap("button", "Change oxygen target")
        field = again.root.get_by_label("Delivery")
        field.click()
        expect(field).to_have_value("2 L/min, nasal cannula")
        again.tap("save")
        expect(again.by_id("save")).to_have_count(0)
    finally:
        made.kill()
