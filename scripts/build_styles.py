"""Build the style sheets of the server's pages into ``server/pages/static``.

Sass compiles ``server/pages/styles/visit.scss`` with the parts of NHS.UK frontend it names; PurgeCSS
drops every rule that no page in ``server.pages.gallery`` uses. Each file's name carries the start of its
SHA-256, so browsers may keep it for a year; ``assets.json`` maps plain names to built ones. Needs
``node_modules`` (``make setup``). Run by ``make setup``.
"""

from __future__ import annotations

import gzip
import hashlib
import json
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PAGES = ROOT / "server" / "pages"
MODULES = ROOT / "node_modules"
IMAGES = MODULES / "nhsuk-frontend" / "dist" / "nhsuk" / "assets" / "images"

GALLERY = """
import json, sys
from server.pages import gallery, render
render.assets = lambda: {"visit.css": "visit.css", "favicon.svg": "favicon.svg"}
json.dump(gallery.gallery(), sys.stdout)
"""


class BuildError(Exception):
    """A style sheet could not be built; the message says what to do."""


def run(command: list[str], what: str) -> str:
    """Run a tool in the repository and return what it prints.

    Raises:
        BuildError: it is missing or failed; its own words are part of the message.
    """
    try:
        done = subprocess.run(
            command, cwd=ROOT, capture_output=True, text=True, check=False, stdin=subprocess.DEVNULL, timeout=300
        )
    except OSError as error:
        raise BuildError(f"{what} could not start: {error}. Run: make setup") from error
    if done.returncode:
        raise BuildError(f"{what} failed:\n{done.stderr.strip()}")
    return done.stdout


def tool(package: str, script: str) -> list[str]:
    """The command for a tool in ``node_modules``.

    Raises:
        BuildError: Node.js or the tool is not installed.
    """
    node = shutil.which("node")
    path = MODULES / package / script
    if node is None or not path.is_file():
        raise BuildError(f"Node.js or {package} is not installed. Run: make setup")
    return [node, str(path)]


def compile_sass(source: Path) -> str:
    """The style sheet of one Sass file, compressed."""
    arguments = [f"--load-path={MODULES}", "--style=compressed", "--no-source-map", "--quiet-deps", str(source)]
    return run([*tool("sass", "sass.js"), *arguments], "Sass")


def purge(sheet: str, pages: dict[str, str], folder: Path) -> str:
    """The style sheet without the rules that no page uses."""
    (folder / "all.css").write_text(sheet, encoding="utf-8")
    for name, html in pages.items():
        (folder / f"{name}.html").write_text(html, encoding="utf-8")
    arguments = ["--css", str(folder / "all.css"), "--content", str(folder / "*.html"), "--output", str(folder / "out")]
    run([*tool("purgecss", "bin/purgecss.js"), *arguments], "PurgeCSS")
    return (folder / "out" / "all.css").read_text(encoding="utf-8")


def tidy(sheet: str) -> str:
    """Drop what purging left empty, and refuse anything fetched from elsewhere.

    Raises:
        BuildError: the sheet names another host.
    """
    sheet = re.sub(r"@(?:media|supports)[^{}]*\{\s*\}", "", sheet.replace("\ufeff", ""))
    if re.search(r"url\(|@import", sheet):
        raise BuildError("The style sheet fetches something: take out the part that does.")
    return sheet.strip()


def publish(name: str, content: bytes, folder: Path) -> str:
    """Write a file under a name with its hash, and a gzip copy beside it; return that name."""
    stem, _, ending = name.rpartition(".")
    built = f"{stem}.{hashlib.sha256(content).hexdigest()[:10]}.{ending}"
    (folder / built).write_bytes(content)
    (folder / f"{built}.gz").write_bytes(gzip.compress(content, 9, mtime=0))
    return built


def build() -> dict[str, str]:
    """Build everything and put it in place; return plain name → built name."""
    pages: dict[str, str] = json.loads(run([sys.executable, "-c", GALLERY], "The gallery of pages"))
    static = PAGES / "static"
    static.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as scratch:
        sheet = tidy(purge(compile_sass(PAGES / "styles" / "visit.scss"), pages, Path(scratch)))
    built = {
        "visit.css": publish("visit.css", sheet.encode(), static),
        "favicon.svg": publish("favicon.svg", (IMAGES / "favicon.svg").read_bytes(), static),
    }
    (static / "assets.json").write_text(json.dumps(built, indent=2) + "\n", encoding="utf-8")
    keep = {"assets.json", *built.values(), *(f"{name}.gz" for name in built.values())}
    for old in static.iterdir():
        if old.name not in keep:
            old.unlink()
    return built


def main() -> int:
    """Build, say so, and return the exit code."""
    try:
        built = build()
    except BuildError as error:
        print(f"setup: {error}", file=sys.stderr)
        return 1
    print(f"setup: built {', '.join(built.values())}", flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
