"""Sixty kills of real processes: tablets and their server at work, and tablets in the middle of a first pull.

`make soak` kills as often as asked, on either database. A failure names the seed; `python -m tests.soak --seed N`
takes its decisions again.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.soak.__main__ import folder, within
from tests.soak.storm import bring_history, first_pulls, storm, ward_on
from tests.soak.verdict import verdict
from tests.soak.ward import Ward
from tests.soak.zygote import Zygote

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="Windows has no fork and no SIGKILL.")


@pytest.fixture(scope="module")
def zygote() -> Iterator[Zygote]:
    made = Zygote()
    yield made
    made.close()


@pytest.fixture
def place() -> Iterator[Path]:
    with folder() as made:
        yield made


@pytest.fixture
def ward(zygote: Zygote, place: Path) -> Iterator[Ward]:
    made = ward_on(zygote, place, "20261122")
    yield made
    made.stop()


def test_nothing_acknowledged_is_lost_in_forty_five_kills(ward: Ward) -> None:
    storm(ward, 45)
    ward.heal()
    tally = verdict(ward)
    assert tally.kills >= 45
    assert tally.saved > 20


def test_a_first_pull_goes_on_where_a_kill_stopped_it(ward: Ward) -> None:
    bring_history(ward)
    plain, ahead = first_pulls(ward, "new0", 7, ahead=False), first_pulls(ward, "new1", 8, ahead=True)
    assert (plain.kills, ahead.kills) == (7, 8)
    within(plain, 1)
    within(ahead, 2)
