"""NEWS2 against the chart: every vector, the bands' edges, what is missing and what is nonsense."""

from __future__ import annotations

import csv
import os
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from fieldapp.domain.news2 import PARAMETERS, News2, News2Error, news2, news2_applies

SHARED = Path(os.environ.get("FIELDAPP_SHARED", Path(__file__).parents[2] / "../shared"))
VECTORS = SHARED / "data/news2_vectors.csv"

WELL: dict[str, Any] = {
    "respiration_rate": 16,
    "spo2": 97,
    "spo2_scale": 1,
    "on_oxygen": False,
    "systolic_bp": 120,
    "pulse": 75,
    "consciousness": "A",
    "temperature": 37.0,
}
ARGUMENT_OF = {name: name for name in PARAMETERS} | {"oxygen": "on_oxygen"}


def score(**changes: Any) -> News2:
    return news2(**(WELL | changes))


def test_every_row_of_the_vectors_agrees() -> None:
    if not VECTORS.exists():
        pytest.skip(f"The NEWS2 vectors are not at {VECTORS}; set FIELDAPP_SHARED to their folder.")
    columns = dict(
        zip(
            PARAMETERS,
            ("pts_rr", "pts_spo2", "pts_oxygen", "pts_sbp", "pts_pulse", "pts_acvpu", "pts_temp"),
            strict=True,
        )
    )
    failed: list[str] = []
    count = 0
    with VECTORS.open(newline="") as lines:
        for row in csv.DictReader(lines):
            count += 1
            result = news2(
                respiration_rate=int(row["rr"]),
                spo2=int(row["spo2"]),
                spo2_scale=int(row["spo2_scale"]),
                on_oxygen=row["air_or_oxygen"] == "oxygen",
                systolic_bp=int(row["sbp"]),
                pulse=int(row["pulse"]),
                consciousness=row["acvpu"],
                temperature=float(row["temp_c"]),
            )
            expected = {name: int(row[column]) for name, column in columns.items()}
            found = (dict(result.points), result.total, result.single, result.band, result.missing)
            if found != (expected, int(row["total"]), int(row["max_single"]), row["band"], ()):
                failed.append(row["id"])
    assert count > 1500
    assert not failed, f"{len(failed)} of {count} rows disagree: {failed[:20]}"


@pytest.mark.parametrize(
    ("changes", "total"),
    [
        ({"respiration_rate": 21, "spo2": 93, "pulse": 95, "temperature": 37.5}, 5),
        ({"respiration_rate": 18, "spo2": 96, "spo2_scale": 2, "on_oxygen": True, "pulse": 80}, 4),
        ({"respiration_rate": 18, "spo2": 96, "spo2_scale": 2, "on_oxygen": False, "pulse": 80}, 0),
    ],
)
def test_traps_of_the_reference(changes: dict[str, Any], total: int) -> None:
    assert score(**changes).total == total


def test_a_single_three_makes_low_medium_and_is_named() -> None:
    result = score(consciousness="C")
    assert (result.total, result.single, result.threes, result.band) == (3, 3, ("consciousness",), "low-medium")
    assert score(consciousness="C", respiration_rate=22).band == "medium"


@pytest.mark.parametrize("parameter", PARAMETERS)
def test_a_missing_value_gives_no_total(parameter: str) -> None:
    result = score(**{ARGUMENT_OF[parameter]: None})
    assert (result.total, result.band) == (None, None)
    assert result.missing == (parameter,)
    assert result.points[parameter] is None


def test_spo2_without_its_scale_is_unscored() -> None:
    result = score(spo2_scale=None)
    assert (result.total, result.missing, result.points["spo2"]) == (None, ("spo2",), None)


def test_scale_2_above_target_waits_for_air_or_oxygen() -> None:
    assert score(spo2=95, spo2_scale=2, on_oxygen=None).missing == ("spo2", "oxygen")
    assert score(spo2=90, spo2_scale=2, on_oxygen=None).missing == ("oxygen",)


def test_an_incomplete_set_still_shows_its_three() -> None:
    result = score(respiration_rate=26, temperature=None)
    assert (result.total, result.single, result.threes) == (None, 3, ("respiration_rate",))


def test_nothing_measured() -> None:
    result = news2(**dict.fromkeys(WELL))
    assert (result.total, result.single, result.threes, result.band) == (None, None, (), None)
    assert result.missing == PARAMETERS


@pytest.mark.parametrize(
    ("temperature", "points"),
    [
        ("35.04", 3),
        ("35.05", 1),
        ("36.04", 1),
        ("36.05", 0),
        ("38.04", 0),
        ("38.05", 1),
        ("39.04", 1),
        ("39.05", 2),
    ],
)
def test_temperature_is_read_to_a_tenth_half_up(temperature: str, points: int) -> None:
    assert score(temperature=Decimal(temperature)).points["temperature"] == points
    assert score(temperature=float(temperature)).points["temperature"] == points


@pytest.mark.parametrize(
    "changes",
    [
        {"respiration_rate": -1},
        {"respiration_rate": 201},
        {"spo2": 101},
        {"spo2": 100.2},
        {"spo2": -1},
        {"spo2": float("nan")},
        {"temperature": Decimal("NaN")},
        {"temperature": float("inf")},
        {"temperature": 98.6},
        {"pulse": -0.5},
        {"systolic_bp": "120"},
        {"pulse": True},
        {"consciousness": "X"},
        {"consciousness": "a"},
        {"consciousness": ""},
        {"consciousness": 1},
        {"spo2_scale": 3},
        {"spo2_scale": True},
        {"spo2_scale": "2"},
        {"on_oxygen": "yes"},
        {"on_oxygen": 1},
    ],
)
def test_nonsense_is_refused(changes: dict[str, Any]) -> None:
    with pytest.raises(News2Error) as caught:
        score(**changes)
    assert isinstance(caught.value, ValueError)
    assert caught.value.parameter in changes


def test_a_result_cannot_be_changed() -> None:
    result = score()
    with pytest.raises(TypeError):
        result.points["pulse"] = 3  # type: ignore[index]
    with pytest.raises(AttributeError):
        result.total = 0  # type: ignore[misc]


def test_who_news2_is_not_for() -> None:
    assert news2_applies(16, False) is None
    assert news2_applies(83, None) is None
    child, pregnant, unknown = news2_applies(15, False), news2_applies(30, True), news2_applies(None, False)
    assert child is not None
    assert child.code == "under-16"
    assert "under 16" in child.reason
    assert pregnant is not None
    assert pregnant.code == "pregnant"
    assert unknown is not None
    assert unknown.code == "age-not-known"
    with pytest.raises(News2Error):
        news2_applies(-1, None)
