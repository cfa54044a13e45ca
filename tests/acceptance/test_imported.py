"""Imported Synthea patients reach a tablet, and observations recorded on them come back to the server."""

from __future__ import annotations

import io
import json
import os
from contextlib import redirect_stderr, redirect_stdout
from pathlib import Path

import pytest

from fieldapp.domain.canonical import Json
from fieldapp.domain.clock import SystemClock
from fieldapp.domain.revision import format_time
from server.cli import main as fieldserver
from tests.acceptance.commands import written
from tests.app.running import Running, fieldapp

DATA = Path(os.environ.get("FIELDAPP_SHARED", Path(__file__).parents[2].parent / "shared")) / "data" / "synthea_r4"
WHO, ROLE, TEAM = "Ida Finch", "Registered nurse", "Imported from hospital"

pytestmark = pytest.mark.skipif(
    not DATA.is_dir(), reason=f"The Synthea bundles are not at {DATA}: set FIELDAPP_SHARED."
)


def test_an_imported_patient_is_seen_and_measured(tmp_path: Path) -> None:
    running = Running(tmp_path)
    running.start()
    try:
        files = sorted(DATA.glob("*.json"), key=lambda file: file.stat().st_size)[:3]
        summary = import_files(running, files)
        resources = sum(len(json.loads(file.read_text())["entry"]) for file in files)
        assert summary["resources"] == resources == summary["imported"] + summary["not_imported"]
        running.command("person", "--name", WHO, "--role", ROLE, "--team", TEAM)
        stores = [tmp_path / "first", tmp_path / "second"]
        for store in stores:
            running.enrolled(store, WHO)
        lines = fieldapp("patients", "--store", stores[0]).lines
        assert {name_in(file) for file in files} == {line["name"].split(",")[0] for line in lines}
        assert len(lines) == len(files)
        scores: list[int | None] = []
        for line in lines:
            taken = {
                "taken_at": format_time(SystemClock().now()),
                "respiration_rate": 25,
                "spo2": 95,
                "on_oxygen": False,
                "systolic_bp": 108,
                "diastolic_bp": 64,
                "pulse": 112,
                "consciousness": "A",
                "temperature": 38.4,
            }
            file = written(tmp_path / "set.json", taken)
            put = ["put", "--store", stores[0], "--patient", line["id"], "--kind", "observations", "--file", file]
            saved = fieldapp(*put).one
            assert fieldapp("sync", "--store", stores[0]).one["accepted"] == 1
            fieldapp("sync", "--store", stores[1])
            there = fieldapp("show", "--store", stores[1], "--patient", line["id"]).lines
            assert next(one for one in there if one["id"] == saved["record"])["body"] == taken
            row = next(one for one in fieldapp("patients", "--store", stores[1]).lines if one["id"] == line["id"])
            scores.append(row["news2"])
        assert set(scores) <= {8, None}, "3 + 1 + 0 + 1 + 2 + 0 + 1, or no score for a child"
        assert 8 in scores
    finally:
        running.stop()


def import_files(running: Running, files: list[Path]) -> Json:
    """Import through the command; its summary."""
    out = io.StringIO()
    with redirect_stdout(out), redirect_stderr(io.StringIO()):
        assert fieldserver(["import-fhir", *map(str, files), "--team", TEAM, "--database", running.url]) == 0
    return json.loads(out.getvalue().splitlines()[-1])


def name_in(file: Path) -> str:
    """The family name of the bundle's patient, as the tablet writes it."""
    entries = json.loads(file.read_text())["entry"]
    patient = next(e["resource"] for e in entries if e["resource"]["resourceType"] == "Patient")
    return str(patient["name"][0]["family"]).upper()
