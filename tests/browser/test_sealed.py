"""The whole demo at work, and not one word about a patient readable in what its tablets keep or anybody logs."""

from __future__ import annotations

import json
import os
import re
import signal
import sqlite3
import subprocess
import sys
from collections.abc import Generator, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

from server.demo.staff import STAFF, TABLETS, TEAMS
from server.demo.story import demo_id
from tests.browser.conftest import OpenUi
from tests.browser.journey_ui import Hand
from tests.browser.process import ROOT

DOROTHY = demo_id("patient", "dorothy")
NOTE = "Kookaburra heard in the greenhouse again"
DRAFT = "Half a sentence about the marmalade"
DELIVERY = "Humidified through the quokka mask"
END = "make demo-reset starts anew."
LEAST = 5
"""Letters below which chance would find a word in a megabyte of ciphertext."""


@contextmanager
def demo(folder: Path) -> Generator[dict[str, str]]:
    """The demo with everything it writes under `folder`; its addresses by title. Stopped by Ctrl-C's signal."""
    scratch = folder / "scratch"
    scratch.mkdir(exist_ok=True)
    env = {**os.environ, "PYTHONPATH": str(ROOT), "TMPDIR": str(scratch), "HOME": str(scratch)}
    command = [sys.executable, "-m", "server.cli", "demo", "--port", "0"]
    said = (folder / "demo.log").open("ab")
    process = subprocess.Popen(
        command, cwd=folder, env=env, stdout=subprocess.PIPE, stderr=said, text=True, start_new_session=True
    )
    try:
        assert process.stdout is not None
        told = ""
        for line in process.stdout:
            told += line
            if END in line:
                break
        yield dict(re.findall(r"^  (\S.*?)  +(http://\S+)$", told, re.M))
    finally:
        process.send_signal(signal.SIGINT)
        process.wait(60)
        if process.stdout is not None:
            process.stdout.close()
        said.close()


def test_nothing_readable_on_tablets_or_in_logs(tmp_path: Path, ui_at: OpenUi) -> None:
    with demo(tmp_path) as addresses:
        hand = Hand(ui_at(addresses["Nurse's tablet"], "tablet"))
        member = TABLETS[0]
        hand.unlock(STAFF[member.member].name, member.passphrase)
        hand.meets("next-visit", 20_000)
        hand.patient(DOROTHY, "hargreaves")
        hand.edit_plan("oxygen", "Delivery", DELIVERY)
        hand.note(NOTE)
        hand.sync_now()
        hand.fly(True)
        hand.patient(DOROTHY, "hargreaves")
        hand.note(f"{NOTE} {NOTE}")
        hand.unsent(1)
        hand.record("note")
        hand.write("Note", DRAFT)
        hand.drafted()
        words = canaries(tmp_path / "var/demo/server.db")
        assert_unreadable(tmp_path, words, "while the tablets run")
        hand.press("lock")
        hand.meets("passphrase")
        assert_unreadable(tmp_path, words, "once it is locked")
        hand.ui.page.close()
    assert_unreadable(tmp_path, words, "once everything has stopped")


def canaries(database: Path) -> set[str]:
    """Every name, NHS number, address and free text of the demo, read from the server's own database."""
    found: set[str] = {NOTE, DRAFT, DELIVERY}
    with closing(sqlite3.connect(f"file:{database}?mode=ro", uri=True)) as connection:
        rows = connection.execute("select data from feed where item = 'revision'").fetchall()
    for (data,) in rows:
        revision = json.loads(data)
        if revision["kind"] == "patient":
            found |= of_person(revision["body"])
        found |= {text for text in strings(revision["body"]) if " " in text}
    known = {*(m.name for m in STAFF.values()), *(m.role for m in STAFF.values()), *(t.name for t in TEAMS.values())}
    assert len(found) > 500, "the demo is larger than that"
    return {word for word in found if len(word) >= LEAST} - known


def of_person(body: dict[str, Any]) -> set[str]:
    """What tells who somebody is."""
    name, number = body["name"], str(body["nhs_number"])
    address = body.get("address") or {}
    words = {number, f"{number[:3]} {number[3:6]} {number[6:]}", f"{number[:3]}-{number[3:6]}-{number[6:]}"}
    words |= {str(name["family"]), str(name["family"]).upper(), f"{name['given']} {name['family']}"}
    return words | set(address.get("lines", [])[:1]) | {address.get("postcode", ""), str(body.get("phone") or "")}


def strings(value: Any) -> Iterator[str]:
    """Every string within a body."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for part in value.values():
            yield from strings(part)
    elif isinstance(value, list):
        for part in value:
            yield from strings(part)


def assert_unreadable(folder: Path, words: set[str], when: str) -> None:
    """No file but the server's database holds any of the words, in the encodings a file might hold them in."""
    patterns = {form: word for word in words for form in forms(word)}
    files = [path for path in folder.rglob("*") if path.is_file()]
    kept = [path for path in files if not path.name.startswith("server.db")]
    assert any(path.name == "store.db-wal" for path in kept) or "stopped" in when
    assert sum(path.name.endswith(".log") for path in kept) >= 4
    assert sum(path.name == "store.db" for path in kept) == 2
    for path in kept:
        data = path.read_bytes()
        held = [word for form, word in patterns.items() if form in data]
        assert not held, f"{path.relative_to(folder)} holds {held[0]!r} {when}"
    database = b"".join(path.read_bytes() for path in files if path not in kept)
    plain = any(form in database for form in patterns)
    assert plain, "the search finds nothing even where there is something to find"


def forms(word: str) -> set[bytes]:
    """A word as UTF-8, UTF-16 and as JSON escapes it."""
    return {word.encode(), word.encode("utf-16-le"), json.dumps(word)[1:-1].encode()}
