"""The settings of a tablet build that can be checked without the Android and iOS toolchains."""

from __future__ import annotations

import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
PYPROJECT: dict[str, Any] = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
FLET: dict[str, Any] = PYPROJECT["tool"]["flet"]


def test_the_product_is_named() -> None:
    assert FLET["product"] == "Fieldapp"
    assert FLET["org"]


def test_the_entry_lies_in_the_apps_folder() -> None:
    folder = ROOT / FLET["app"]["path"]
    assert (folder / f"{FLET['app']['module']}.py").is_file()
    assert (folder / "fieldapp" / "__init__.py").is_file()


def test_only_the_app_is_packaged() -> None:
    folder = ROOT / FLET["app"]["path"]
    excluded = set(FLET["app"]["exclude"])
    assert {"server", "tests", "bench"} <= excluded
    packages = {path.name for path in folder.iterdir() if path.is_dir() and any(path.glob("*.py"))}
    assert packages - excluded == {"fieldapp"}


def test_android_never_copies_the_store_into_a_backup() -> None:
    assert FLET["android"]["manifest_application"]["allowBackup"] == "false"


def test_the_web_client_loads_nothing_from_elsewhere() -> None:
    assert FLET["web"]["cdn"] is False


def test_python_of_the_tablet_is_supported() -> None:
    assert PYPROJECT["project"]["requires-python"] == ">=3.11"


def test_the_entry_starts_the_app_as_the_main_program(tmp_path: Path) -> None:
    package = tmp_path / "fieldapp"
    package.mkdir()
    (package / "__init__.py").touch()
    (package / "main.py").write_text("print(__name__, __file__)\n", encoding="utf-8")
    entry = tmp_path / "main.py"
    entry.write_bytes((ROOT / "main.py").read_bytes())
    shown = subprocess.run([sys.executable, str(entry)], capture_output=True, text=True, check=True).stdout
    assert shown.split() == ["__main__", str(package / "main.py")]
