"""Postcodes against the published examples: validation, normal form and every part."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path

import pytest

from fieldapp.domain.display import Postcode, is_postcode, normalise_postcode, parse_postcode

SHARED = Path(os.environ.get("FIELDAPP_SHARED", Path(__file__).parents[2] / "../shared"))
FOLDER = SHARED / "data/uk_postcodes"

PARTS: dict[str, Callable[[Postcode], str | None]] = {
    "areas": lambda p: p.area,
    "districts": lambda p: p.district,
    "sub-districts": lambda p: p.sub_district,
    "outcodes": lambda p: p.outward,
    "incodes": lambda p: p.inward,
    "sectors": lambda p: p.sector,
    "units": lambda p: p.unit,
}


def cases(name: str) -> list[dict[str, str | bool | None]]:
    path = FOLDER / f"ideal_postcode_{name}.json"
    if not path.exists():
        pytest.skip(f"The postcode examples are not at {path}; set FIELDAPP_SHARED to their folder.")
    found: list[dict[str, str | bool | None]] = json.loads(path.read_text())["tests"]
    assert found
    return found


def test_validation() -> None:
    failed = [c for c in cases("validation") if is_postcode(str(c["base"])) != c["expected"]]
    assert not failed


def test_normal_form() -> None:
    failed = [c for c in cases("normalisation") if normalise_postcode(str(c["base"])) != c["expected"]]
    assert not failed


@pytest.mark.parametrize("part", sorted(PARTS))
def test_parts(part: str) -> None:
    failed: list[object] = []
    for case in cases(part):
        found = parse_postcode(str(case["base"]))
        if found is None or PARTS[part](found) != case["expected"]:
            failed.append(case)
    assert not failed


def test_case_spaces_and_the_old_giro() -> None:
    assert normalise_postcode(" ls8  4pq ") == "LS8 4PQ"
    assert normalise_postcode("gir0aa") == "GIR 0AA"
    assert normalise_postcode("AA99A 9AA") is None
    assert normalise_postcode("ＬＳ８ ４ＰＱ") is None
