"""Find the Chromium that the browser tests drive; install one when there is none, and say so.

Looked for in this order: ``$CHROMIUM``, a browser of the system, the one Playwright keeps. When none runs,
Playwright's own is downloaded, else, as root on Debian, its ``chromium`` package is installed.
Prints the path of the program on standard output and what was done on standard error.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

from playwright.sync_api import sync_playwright

SYSTEM_NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
DOWNLOAD_SECONDS = 600


def say(message: str) -> None:
    """Print one line on standard error."""
    print(f"chromium: {message}", file=sys.stderr, flush=True)


def runs(program: str) -> bool:
    """Return whether ``program --version`` succeeds; a stub for a package that is not installed does not."""
    try:
        done = subprocess.run(
            [program, "--version"], capture_output=True, timeout=60, check=False, stdin=subprocess.DEVNULL
        )
    except (OSError, subprocess.TimeoutExpired):
        return False
    return done.returncode == 0


def find_system() -> str | None:
    """Return the path of the first system browser that runs, ``$CHROMIUM`` before all."""
    for name in (os.environ.get("CHROMIUM", ""), *SYSTEM_NAMES):
        program = shutil.which(name) if name else None
        if program and runs(program):
            return program
    return None


def find_playwrights() -> str | None:
    """Return the path of the Chromium that Playwright installed, when it is there and runs."""
    with sync_playwright() as playwright:
        program = playwright.chromium.executable_path
    return program if Path(program).exists() and runs(program) else None


def attempt(*command: str) -> bool:
    """Run an installation step, its words on standard error; return whether it succeeded in time."""
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    try:
        done = subprocess.run(
            command,
            env=environment,
            timeout=DOWNLOAD_SECONDS,
            check=False,
            stdin=subprocess.DEVNULL,
            stdout=sys.stderr,
        )
    except (OSError, subprocess.TimeoutExpired):
        return False
    return done.returncode == 0


def install() -> str | None:
    """Install a Chromium and return its path, or None when neither way worked."""
    say("none found, asking Playwright for its own")
    if attempt(sys.executable, "-m", "playwright", "install", "chromium"):
        program = find_playwrights()
        if program:
            return program
    if os.geteuid() == 0 and shutil.which("apt-get"):
        say("Playwright's is not to be had, installing Debian's package")
        if attempt("apt-get", "update", "-qq") and attempt(
            *("apt-get", "install", "-y", "-qq", "--no-install-recommends", "chromium", "fonts-liberation")
        ):
            return find_system()
    return None


def main() -> int:
    """Print the path of a Chromium that runs; return 1 when there is none."""
    program = find_system()
    if program:
        say(f"using the system's {program}")
    else:
        program = find_playwrights()
        if program:
            say(f"using Playwright's {program}")
        else:
            program = install()
            if program:
                say(f"installed {program}")
    if not program:
        say("none found and none could be installed; install Chromium and name it in $CHROMIUM.")
        return 1
    print(program)
    return 0


if __name__ == "__main__":
    sys.exit(main())
