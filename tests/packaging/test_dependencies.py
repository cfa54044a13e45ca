"""The tablet runs only what a tablet build can carry: pure Python, or a package with a mobile recipe."""

from __future__ import annotations

import ast
import re
import sys
import tomllib
from collections.abc import Iterable
from importlib.metadata import distribution, packages_distributions
from pathlib import Path
from typing import Any

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).resolve().parents[2]

MOBILE_RECIPES = {
    "argon2-cffi-bindings": "25.1",
    "cffi": "2.0",
    "charset-normalizer": None,
    "cryptography": "43",
    "msgpack": None,
    "msgspec": None,
    "orjson": None,
    "pydantic-core": "2.47",
    "sqlalchemy": "2.0.50",
    "zstandard": None,
}
"""Compiled packages with a recipe for Android and iOS, and the oldest release it gives where that is known."""

PURE = {
    "argon2-cffi",
    "flet",
    "flet-secure-storage",
    "pydantic",
    "requests",
    "tzdata",
    "urllib3",
    "uuid6",
}
"""Packages in Python alone, or bundled with Flet, that the app may name as dependencies."""

PYPROJECT: dict[str, Any] = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
DEPENDENCIES = [Requirement(line) for line in PYPROJECT["project"]["dependencies"]]
APP_MODULES = sorted((ROOT / "fieldapp").rglob("*.py"))
COME_ALONG = {"pydantic-core"}
"""What a dependency pins to one release of its own, so that naming it would only make two ranges to keep alike."""


def imported_roots(source: str) -> set[str]:
    """Return the top-level packages that a module imports anywhere in it, relative imports left out."""
    roots: set[str] = set()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            roots.update(alias.name.partition(".")[0] for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            roots.add(node.module.partition(".")[0])
    return roots


def closure(requirements: Iterable[Requirement]) -> set[str]:
    """Return the names of the requirements and of everything they bring along on this machine."""
    found: set[str] = set()
    waiting = list(requirements)
    while waiting:
        requirement = waiting.pop()
        name = canonicalize_name(requirement.name)
        if name in found or (requirement.marker and not requirement.marker.evaluate({"extra": ""})):
            continue
        found.add(name)
        waiting += [Requirement(line) for line in distribution(name).requires or []]
    return found


def is_compiled(name: str) -> bool:
    """Return whether the installed wheel of a package holds compiled code."""
    return "Root-Is-Purelib: true" not in (distribution(name).read_text("WHEEL") or "")


def locked(name: str) -> dict[str, str]:
    """Return package → version of one of the lock files."""
    lines = (ROOT / "requirements" / name).read_text(encoding="utf-8").splitlines()
    pins = (re.match(r"([a-z0-9][a-z0-9.-]*)==([^ ;]+)", line) for line in lines)
    return {pin[1]: pin[2] for pin in pins if pin}


@pytest.mark.parametrize("dependency", DEPENDENCIES, ids=str)
def test_every_dependency_of_the_app_runs_on_a_tablet(dependency: Requirement) -> None:
    name = canonicalize_name(dependency.name)
    assert name in PURE | MOBILE_RECIPES.keys()


@pytest.mark.parametrize("dependency", DEPENDENCIES, ids=str)
def test_the_recipes_release_is_within_the_apps_range(dependency: Requirement) -> None:
    release = MOBILE_RECIPES.get(canonicalize_name(dependency.name))
    if release is not None:
        assert dependency.specifier.contains(release)


def test_nothing_compiled_comes_along_without_a_recipe() -> None:
    everything = closure(DEPENDENCIES)
    assert {"cffi", "pydantic-core", "flet"} <= everything
    assert {name for name in everything if is_compiled(name)} <= MOBILE_RECIPES.keys()


@pytest.mark.parametrize("module", APP_MODULES, ids=lambda path: str(path.relative_to(ROOT)))
def test_the_app_imports_only_its_dependencies(module: Path) -> None:
    owners = packages_distributions()
    allowed = {canonicalize_name(dependency.name) for dependency in DEPENDENCIES} | COME_ALONG
    for root in imported_roots(module.read_text(encoding="utf-8")) - sys.stdlib_module_names - {"fieldapp"}:
        distributions = {canonicalize_name(name) for name in owners.get(root, ["(not installed)"])}
        assert distributions & allowed, f"{root} is none of the app's dependencies"


@pytest.mark.parametrize("lock", ["dev.txt", "server.txt", "oldest.txt"])
def test_the_locks_hold_every_dependency_within_its_range(lock: str) -> None:
    pins = locked(lock)
    groups: dict[str, list[str]] = PYPROJECT["project"]["optional-dependencies"]
    extras = {"dev.txt": ["server", "dev"], "server.txt": ["server"], "oldest.txt": []}[lock]
    wanted = [*DEPENDENCIES, *(Requirement(line) for extra in extras for line in groups[extra])]
    missing = [str(need) for need in wanted if not need.specifier.contains(pins.get(canonicalize_name(need.name), "0"))]
    assert not missing, "run make lock"


def test_the_servers_lock_agrees_with_the_tested_one() -> None:
    tested = locked("dev.txt")
    assert {name: version for name, version in locked("server.txt").items() if tested.get(name) != version} == {}


def test_the_oldest_lock_takes_the_low_end_of_every_range() -> None:
    pins = locked("oldest.txt")
    for dependency in DEPENDENCIES:
        lower = next(part.version for part in dependency.specifier if part.operator in {">=", "=="})
        assert pins[canonicalize_name(dependency.name)].startswith(lower), dependency.name


def test_every_locked_package_has_a_hash() -> None:
    for lock in sorted((ROOT / "requirements").glob("*.txt")):
        entries = re.split(r"\n(?=[a-z0-9])", lock.read_text(encoding="utf-8"))
        unhashed = [entry.partition(" ")[0] for entry in entries if "==" in entry and "--hash=sha256:" not in entry]
        assert not unhashed, lock.name
