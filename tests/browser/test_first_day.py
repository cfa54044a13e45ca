"""A nurse's first minutes with a real server: set up, see the day, lock, unlock, reload."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import OpenUi, StartTablet
from tests.browser.process import ROOT, Program, free_port

PASSPHRASE = "lantern copper meadow"


def cli(database: str, *words: str) -> dict[str, str]:
    """What `server.cli` printed, as JSON."""
    argv = [sys.executable, "-m", "server.cli", words[0], "--database", database, *words[1:]]
    done = subprocess.run(argv, cwd=ROOT, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


@pytest.fixture
def service(tmp_path: Path, spawn: Callable[[Program], Program]) -> tuple[Program, str]:
    """A running server with one team of one nurse, and her one-time code."""
    database = f"sqlite:///{tmp_path / 'server.db'}"
    cli(database, "init")
    amira = cli(database, "person", "--name", "Amira Khan", "--role", "Registered nurse", "--team", "Home Ward East")
    code = cli(database, "code", "--person", amira["person"])["code"]
    port = free_port()
    argv = [sys.executable, "-m", "server.cli", "serve", "--database", database, "--port", str(port)]
    return spawn(Program("server", argv, port, tmp_path / "server.log")), code


def test_set_up_then_today_then_lock_then_unlock(
    service: tuple[Program, str], start_tablet: StartTablet, ui_at: OpenUi
) -> None:
    server, code = service
    tablet = start_tablet(env={"FIELDAPP_SERVER": server.url})
    ui = ui_at(tablet.url, "tablet")
    ui.type("One-time code", code)
    ui.type("New passphrase", PASSPHRASE)
    ui.type("Passphrase again", PASSPHRASE)
    ui.tap("enrol")
    expect(ui.by_id("lock")).to_be_attached(timeout=30_000)
    expect(ui.by_role("heading", "Today", exact=True)).to_be_attached()
    ui.tap("place-sync")
    expect(ui.text("Everything is sent")).to_be_attached(timeout=30_000)
    ui.tap("lock")
    expect(ui.by_role("button", "Amira Khan, Registered nurse")).to_be_attached()
    ui.type("Passphrase for Amira Khan", PASSPHRASE)
    ui.tap("unlock")
    expect(ui.by_id("lock")).to_be_attached(timeout=30_000)
    ui.reload()
    expect(ui.by_id("unlock")).to_be_attached(timeout=30_000)
    assert ui.page.title() == "Visits"
