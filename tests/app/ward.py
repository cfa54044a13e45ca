"""An open session on a real sealed store with invented patients, without a server."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from fieldapp.domain.canonical import Json
from fieldapp.domain.clock import FixedClock
from fieldapp.domain.ids import new_id
from fieldapp.domain.revision import Author, Revision, format_time, make_revision
from fieldapp.storage import Identity, TeamLabel, create_store
from fieldapp.storage.kdf import FLOOR
from fieldapp.usecases.session import Session

NOW = datetime(2026, 11, 24, 14, 2, tzinfo=UTC)
PASSPHRASE = "correct horse battery staple"
TEAM = "5f0c6c56-0000-7000-8000-00000000000a"
NURSE = Author("5f0c6c56-0000-7000-8000-000000000001", "Amira Khan", "Registered nurse")
DOCTOR = Author("5f0c6c56-0000-7000-8000-000000000002", "Dr S. Mensah", "Consultant")
SET: Json = {
    "respiration_rate": 22,
    "spo2": 93,
    "spo2_scale": 1,
    "on_oxygen": False,
    "systolic_bp": 128,
    "diastolic_bp": 74,
    "pulse": 94,
    "consciousness": "A",
    "temperature": 37.8,
}
"""NEWS2: 2 + 2 + 0 + 0 + 1 + 0 + 0 = 5."""


class Ward:
    """One nurse's unlocked tablet. Times are given in minutes from `NOW`, negative for the past."""

    def __init__(self, directory: Path) -> None:
        self.clock = FixedClock(NOW)
        self.store = create_store(directory, passphrase=PASSPHRASE, clock=self.clock, kdf=FLOOR)
        identity = Identity(
            server="https://visits.example.nhs.uk",
            device="5f0c6c56-0000-7000-8000-00000000000d",
            person=NURSE,
            teams=(TeamLabel(TEAM, "Home Ward East", None),),
            epoch="first",
            server_key="A" * 43,
        )
        self.store.set_identity(identity)
        self.session = Session(self.store, self.clock)

    def at(self, minutes: float) -> str:
        return format_time(NOW + timedelta(minutes=minutes))

    def add(
        self,
        patient: str,
        kind: str,
        body: Json,
        *,
        by: Author = DOCTOR,
        minutes: float = -60,
        record: str | None = None,
        parents: tuple[str, ...] = (),
    ) -> Revision:
        """A revision that came from the server."""
        made = make_revision(
            id=new_id(self.clock),
            record=record or new_id(self.clock),
            kind=kind,
            patient=patient,
            parents=parents,
            author=by,
            device="another tablet",
            at=NOW + timedelta(minutes=minutes),
            offset_ms=0,
            schema=1,
            body=body,
        ).signed_with("elsewhere")
        self.store.apply([made], cursor="c", epoch="first")
        return made

    def patient(self, family: str, given: str = "Dorothy", **details: Any) -> str:
        """A patient with details."""
        who = new_id(self.clock)
        name = {"family": family, "given": given, "title": "Mrs"}
        self.add(who, "patient", {"name": name, "born": "1943-07-14", "gender": "female", **details})
        return who

    def visit(self, patient: str, start: float, end: float, **more: Any) -> str:
        """A visit by the nurse; returns its record."""
        body = {
            "team": TEAM,
            "clinician": NURSE._asdict(),
            "window_start": self.at(start),
            "window_end": self.at(end),
            "purpose": "Observations",
            **more,
        }
        return self.add(patient, "visit", body).record

    def episode(self, patient: str, pathway: str, **more: Any) -> str:
        """An active episode; returns its record."""
        return self.add(patient, "episode", {"pathway": pathway, "team": TEAM, **more}).record

    def observed(self, patient: str, minutes: float, **values: Any) -> str:
        """A set taken then; returns its record."""
        body = {**SET, "taken_at": self.at(minutes), **values}
        return self.add(patient, "observations", body, minutes=minutes).record
