"""The set-up and check scripts refuse what is wrong and say so."""

from __future__ import annotations

import os
import select
import sys
from pathlib import Path

import pytest

from scripts import assets, checks, chromium

ROOT = Path(__file__).resolve().parents[2]
SUITE = (
    '<testsuites><testsuite tests="{tests}" failures="{failures}" errors="{errors}" skipped="{skipped}"/></testsuites>'
)


@pytest.fixture
def font_package(tmp_path: Path) -> Path:
    """A copy of the installed font package; skipped where `make setup` has not run."""
    package = tmp_path / "roboto"
    if not assets.FONT_PACKAGE.is_dir():
        pytest.skip("the font package is not installed; run make setup")
    for folder, _ in assets.FONTS.values():
        (package / folder).mkdir(parents=True)
        name = f"Roboto_{folder}.ttf"
        (package / folder / name).write_bytes((assets.FONT_PACKAGE / folder / name).read_bytes())
    (package / assets.FONT_LICENCE).write_text("licence", encoding="utf-8")
    return package


def test_the_pinned_fonts_and_their_licence_are_installed(font_package: Path, tmp_path: Path) -> None:
    assets.install_fonts(font_package, tmp_path / "fonts")
    names = sorted(path.name for path in (tmp_path / "fonts").iterdir())
    assert names == ["OFL.txt", "Roboto-Bold.ttf", "Roboto-Medium.ttf", "Roboto-Regular.ttf"]


def test_a_font_that_is_not_the_pinned_one_is_refused(font_package: Path, tmp_path: Path) -> None:
    changed = font_package / "700Bold" / "Roboto_700Bold.ttf"
    changed.write_bytes(changed.read_bytes() + b"\0")
    with pytest.raises(assets.AssetError, match=r"Roboto_700Bold\.ttf has SHA-256"):
        assets.install_fonts(font_package, tmp_path / "fonts")
    assert not (tmp_path / "fonts" / "Roboto-Bold.ttf").exists()


def test_a_program_that_does_not_run_has_no_version() -> None:
    assert assets.version_of([sys.executable]) >= (3, 11)
    assert assets.version_of(["/nonexistent/node"]) == (0, 0)


def program(folder: Path, name: str, exit_code: int) -> Path:
    """Write an executable that ends with `exit_code`."""
    path = folder / name
    path.write_text(f"#!/bin/sh\nexit {exit_code}\n", encoding="utf-8")
    path.chmod(0o755)
    return path


def test_the_named_browser_comes_before_the_systems(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    system, named = program(tmp_path, "google-chrome", 0), program(tmp_path, "mine", 0)
    program(tmp_path, "chromium", 1)
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setenv("CHROMIUM", str(named))
    assert chromium.find_system() == str(named)
    monkeypatch.delenv("CHROMIUM")
    assert chromium.find_system() == str(system), "a browser that does not run is passed over"


def test_counts_come_from_pytests_report(tmp_path: Path) -> None:
    report = tmp_path / "report.xml"
    report.write_text(SUITE.format(tests=10, failures=2, errors=1, skipped=3), encoding="utf-8")
    assert checks.counts(report) == (4, 3, 3)
    assert checks.counts(tmp_path / "absent.xml") == (0, 0, 0)


@pytest.mark.parametrize(
    ("source", "ok", "note"),
    [
        ("def test_holds() -> None:\n    assert True\n", True, ""),
        ("def test_breaks() -> None:\n    assert False\n", False, ""),
        ("", False, "no tests in"),
        ("import os\n\n\ndef test_dies() -> None:\n    os._exit(3)\n", False, "pytest ended with code 3"),
    ],
)
def test_a_group_is_green_only_when_its_tests_ran_and_passed(
    source: str, ok: bool, note: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "test_one.py").write_text(source, encoding="utf-8")
    monkeypatch.setattr(checks, "REPORTS", tmp_path)
    outcome = checks.test(checks.Group("one", str(tmp_path)), chromium=None)
    assert outcome.ok is ok
    assert outcome.note.startswith(note) if note else not outcome.note
    assert outcome.passed + outcome.failed == (0 if note else 1)


def test_a_group_that_hangs_is_ended_with_what_it_started(tmp_path: Path) -> None:
    held = tmp_path / "held"
    os.mkfifo(held)
    reader = os.open(held, os.O_RDONLY | os.O_NONBLOCK)
    try:
        assert checks.run(["sh", "-c", f"sleep 600 > {held} & wait"], os.environ, limit_s=1.0) is None
        readable, _, _ = select.select([reader], [], [], 10)
        assert readable, "the sleeper still holds the other end"
        assert os.read(reader, 1) == b""
    finally:
        os.close(reader)


def test_a_browser_group_without_a_browser_fails(tmp_path: Path) -> None:
    (tmp_path / "test_one.py").touch()
    outcome = checks.test(checks.Group("one", str(tmp_path), browser=True), chromium=None)
    assert (outcome.ok, outcome.note) == (False, "not run: no Chromium")


def test_the_summary_closes_with_the_total(capsys: pytest.CaptureFixture[str]) -> None:
    outcomes = [checks.Outcome("lint", ok=False), checks.Outcome("core", ok=True, passed=5, failed=0, skipped=1)]
    assert checks.summarise(outcomes) == 1
    assert capsys.readouterr().out.endswith("\n5 passed, 0 failed, 1 skipped\n")
