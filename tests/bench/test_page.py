"""The measured block of a page is replaced, and nothing else is."""

from __future__ import annotations

from pathlib import Path

import pytest

from bench.__main__ import BEGIN, END, replace_block

ROOT = Path(__file__).parents[2]


def test_only_the_block_is_replaced(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text(f"# Before\n{BEGIN}\nold\n{END}\nAfter\n")
    replace_block(page, "new")
    replace_block(page, "newer")
    assert page.read_text() == f"# Before\n{BEGIN}\nnewer\n{END}\nAfter\n"


@pytest.mark.parametrize("text", ["", BEGIN, f"{END}\n{BEGIN}"])
def test_a_page_without_a_block_is_left_alone(tmp_path: Path, text: str) -> None:
    page = tmp_path / "page.md"
    page.write_text(text)
    with pytest.raises(ValueError, match="no block"):
        replace_block(page, "new")
    assert page.read_text() == text


def test_our_page_has_one() -> None:
    page = (ROOT / "docs/performance.md").read_text()
    assert page.count(BEGIN) == page.count(END) == 1
