"""The built style sheet: our own assets only, and nothing that the pages use is missing from it."""

from __future__ import annotations

import hashlib
import re

import pytest

from server.pages.gallery import gallery
from server.pages.render import STATIC, assets

SHEET = (STATIC / assets()["visit.css"]).read_text(encoding="utf-8")


def test_nothing_is_fetched_from_elsewhere() -> None:
    assert not re.search(r"url\(|@import|@font-face|https?:", SHEET)
    assert "font-family:arial,sans-serif" in SHEET.replace(", ", ",")


def test_names_carry_the_contents_hash() -> None:
    for name, built in assets().items():
        digest = hashlib.sha256((STATIC / built).read_bytes()).hexdigest()
        stem, _, ending = name.rpartition(".")
        assert built == f"{stem}.{digest[:10]}.{ending}"


@pytest.mark.parametrize("name", gallery())
def test_every_own_class_is_styled(name: str) -> None:
    used = {c for classes in re.findall(r'class="([^"]+)"', gallery()[name]) for c in classes.split()}
    styled = set(re.findall(r"\.([\w-]+)", SHEET))
    own = {c for c in used if c.startswith("visit-")}
    assert own
    assert own - styled == set()
