"""What the tests of the engine save and compare."""

from __future__ import annotations

from typing import Any

from fieldapp.domain.canonical import Json
from tests.sync.service import Device

NOTE: Json = {"text": "Wound clean and dry."}


def oxygen(delivery: str) -> Json:
    return {"target_low": 88, "target_high": 92, "delivery": delivery}


def plan_with(device: Device, plan: str, **fields: Any) -> None:
    state = device.session.record(plan)
    device.session.put(state.patient, "plan", {**state.body, **fields}, record=plan)


def everything(device: Device, patient: str) -> dict[str, tuple[bytes, ...]]:
    """Every revision of every record, byte by byte."""
    return {
        state.id: tuple(sorted(r.to_json() for r in device.store.revisions(state.id)))
        for state in device.store.records(patient)
    }
