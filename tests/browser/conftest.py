"""Fixtures for tests of the running app. Each program is a process; each session is a real browser's."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Protocol

import pytest
from playwright.sync_api import Browser, sync_playwright

from tests.browser.process import Program, tablet
from tests.browser.ui import FLAGS, Ui, chromium_path, open_ui


class OpenUi(Protocol):
    """Open a session at a URL; closed, and checked for off-machine requests, when the test ends."""

    def __call__(self, url: str, viewport: str = "tablet", *, dark: bool = False, text_scale: float = 1.0) -> Ui: ...


class StartTablet(Protocol):
    """Start the app as its own process, with its own store; killed when the test ends."""

    def __call__(self, name: str = "tablet", env: Mapping[str, str] | None = None) -> Program: ...


class Spawn(Protocol):
    """Start a program; it is ended with the test."""

    def __call__(self, program: Program) -> Program: ...


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    with sync_playwright() as p:
        browser = p.chromium.launch(executable_path=chromium_path(), args=FLAGS)
        yield browser
        browser.close()


@pytest.fixture
def ui_at(chromium: Browser) -> Iterator[OpenUi]:
    opened: list[Ui] = []

    def make(url: str, viewport: str = "tablet", *, dark: bool = False, text_scale: float = 1.0) -> Ui:
        ui = open_ui(chromium, url, viewport, dark=dark, text_scale=text_scale)
        opened.append(ui)
        return ui

    yield make
    for ui in opened:
        ui.close()


@pytest.fixture
def spawn() -> Iterator[Callable[[Program], Program]]:
    """Start a program; it is ended with the test."""
    running: list[Program] = []

    def start(program: Program) -> Program:
        running.append(program)
        program.start()
        return program

    yield start
    for program in reversed(running):
        program.kill()


@pytest.fixture
def start_tablet(spawn: Callable[[Program], Program], tmp_path: Path) -> StartTablet:
    def start(name: str = "tablet", env: Mapping[str, str] | None = None) -> Program:
        return spawn(tablet(name, tmp_path, env))

    return start
