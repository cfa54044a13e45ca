"""Every scenario of the shared list has a test of its number here."""

from __future__ import annotations

import json
import os
import re
from pathlib import Path

import pytest

LIST = (
    Path(os.environ.get("FIELDAPP_SHARED", Path(__file__).parents[2].parent / "shared"))
    / "data"
    / "sync_scenarios.json"
)


@pytest.mark.skipif(not LIST.is_file(), reason=f"The list of sync scenarios is not at {LIST}: set FIELDAPP_SHARED.")
def test_every_scenario_has_a_test() -> None:
    sources = "\n".join(path.read_text() for path in Path(__file__).parent.glob("test_*.py"))
    named = {number.upper() for number in re.findall(r"^def test_(s\d\d)_", sources, re.MULTILINE)}
    listed = {scenario["id"] for scenario in json.loads(LIST.read_text())["scenarios"]}
    assert named == listed, f"without a test: {sorted(listed - named)}; not on the list: {sorted(named - listed)}"
