from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from fieldapp.domain.clock import FixedClock
from fieldapp.domain.ids import new_id
from fieldapp.domain.revision import Author
from tests.sync.service import Device, Service, imported

START = datetime(2026, 11, 22, 9, 0, tzinfo=UTC)


@pytest.fixture
def clock() -> FixedClock:
    return FixedClock(START)


@pytest.fixture
def service(clock: FixedClock) -> Service:
    return Service(clock)


@pytest.fixture
def patient(service: Service, clock: FixedClock) -> str:
    """An invented patient with details and a plan on the team's caseload."""
    who = new_id(clock)
    service.join(who)
    service.seed(
        imported(clock, who, "patient", {"name": {"family": "Thistlewood", "given": "Marigold"}, "born": "1941-03-02"})
    )
    service.seed(
        imported(
            clock,
            who,
            "plan",
            {
                "oxygen": {"target_low": 88, "target_high": 92, "delivery": "1 L/min"},
                "problems": [{"id": "p1", "text": "Pneumonia"}],
                "summary": "Hospital at home",
            },
        )
    )
    return who


@pytest.fixture
def plan(service: Service, patient: str) -> str:
    """The plan's record."""
    return next(r.record for r in service.revisions.values() if r.kind == "plan" and r.patient == patient)


@pytest.fixture
def nurse(tmp_path: Path, service: Service, clock: FixedClock, patient: str) -> Iterator[Device]:
    """A tablet that has synced once."""
    device = Device(tmp_path / "nurse", service, clock, Author(new_id(clock), "Amira Khan", "Registered nurse"))
    device.sync()
    yield device
    device.store.close()


@pytest.fixture
def therapist(tmp_path: Path, service: Service, clock: FixedClock, patient: str) -> Iterator[Device]:
    """Another tablet that has synced once."""
    device = Device(tmp_path / "therapist", service, clock, Author(new_id(clock), "Tom Ogilvie", "Physiotherapist"))
    device.sync()
    yield device
    device.store.close()
