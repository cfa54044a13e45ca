"""What is committed speaks of the product alone: no registry's address, no machine's path."""

from __future__ import annotations

import json
import re
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]

REGISTRY_HOSTS = [
    ".".join(labels)
    for labels in (
        ("pypi", "org"),
        ("pythonhosted", "org"),
        ("registry", "npmjs", "org"),
        ("registry", "yarnpkg", "com"),
        ("deb", "debian", "org"),
        ("archive", "ubuntu", "com"),
    )
]
MACHINE_PATH = re.compile(rb"(?<![\w.}*-])/(?:work|root|home/\w+|Users/\w+)/")


def committed() -> list[Path]:
    """Return the files that are, or are about to be, in the repository."""
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        capture_output=True,
        check=True,
    ).stdout
    paths = (ROOT / name.decode() for name in listed.split(b"\0") if name)
    return [path for path in paths if path.is_file()]


def test_the_patterns_find_what_they_look_for() -> None:
    for bad in (b"see /wo" + b"rk/main/x", b'"/ro' + b'ot/.cache"', b"(/home/" + b"nurse/app)"):
        assert MACHINE_PATH.search(bad)
    for good in (b"https://example.nhs.uk/work/list", b"team/home/visits/", b"{base}/root/"):
        assert not MACHINE_PATH.search(good)


def test_no_file_names_a_registry_or_a_machines_path() -> None:
    files = committed()
    assert len(files) > 20
    found: list[str] = []
    for path in files:
        content = path.read_bytes()
        found += [f"{path.relative_to(ROOT)}: {host}" for host in REGISTRY_HOSTS if host.encode() in content]
        machine = MACHINE_PATH.search(content)
        if machine and b"\0" not in content:
            found.append(f"{path.relative_to(ROOT)}: {machine[0].decode()}")
    assert not found


def test_web_packages_are_locked_by_hash_without_addresses() -> None:
    lock = json.loads((ROOT / "package-lock.json").read_text(encoding="utf-8"))
    packages = {name: entry for name, entry in lock["packages"].items() if name}
    assert packages
    assert not [name for name, entry in packages.items() if "resolved" in entry]
    assert not [name for name, entry in packages.items() if not entry["integrity"].startswith("sha512-")]


def test_web_packages_are_named_with_exact_versions() -> None:
    named: dict[str, str] = json.loads((ROOT / "package.json").read_text(encoding="utf-8"))["devDependencies"]
    assert named["nhsuk-frontend"] == "10.6.1"
    assert not [name for name, version in named.items() if not re.fullmatch(r"\d+\.\d+\.\d+", version)]


@pytest.mark.parametrize("fetched", ["node_modules", ".venv", "fieldapp/assets/fonts", "var"])
def test_what_setup_fetches_is_not_committed(fetched: str) -> None:
    assert not [path for path in committed() if path.is_relative_to(ROOT / fetched)]
