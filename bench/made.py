"""Made-up service data of any size, the same for the same seed. NHS numbers begin with 999."""

from __future__ import annotations

import random
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

from fieldapp.domain.clock import FixedClock
from fieldapp.domain.ids import new_id
from fieldapp.domain.nhs_number import make_test_number
from fieldapp.domain.revision import Author, Revision, format_time, make_revision

NOW = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)
_WORDS = (
    "calm walking with frame wound dry skin intact ate half of breakfast slept better pain less at rest "
    "daughter present cannula site clean no cough today drank two cups of tea breathless on the stairs"
).split()


def note_text(chance: random.Random) -> str:
    """What is written after a visit: some 160 words."""
    return " ".join(chance.choices(_WORDS, k=160))


def note_texts() -> Iterator[str]:
    """One after another, without end."""
    chance = random.Random(23)
    while True:
        yield note_text(chance)


class Maker:
    """Builds unsigned revisions as one author on one device."""

    def __init__(self, author: Author, device: str, team: str, seed: int = 7) -> None:
        self._random = random.Random(seed)
        self._clock = FixedClock(NOW - timedelta(days=2))
        self._author, self._device, self._team = author, device, team

    def id(self) -> str:
        """The next identifier."""
        self._clock.advance(0.001)
        return new_id(self._clock, self._random.randbytes)

    def patient(self, number: int) -> Iterator[Revision]:
        """Details, an episode and a visit today: three records."""
        patient = self.id()
        name = {"family": f"Invented{number}", "given": self._random.choice(["Ann", "Joseph", "Mary", "Abdul"])}
        body: dict[str, Any] = {
            "name": name,
            "nhs_number": make_test_number(number),
            "born": f"19{self._random.randint(30, 60)}-0{self._random.randint(1, 9)}-1{self._random.randint(0, 9)}",
            "gender": self._random.choice(["female", "male"]),
            "address": {"lines": [f"{number} Example Street", "Leeds"], "postcode": "LS8 4XX"},
            "allergies": {"state": "none_known"},
        }
        yield self.revision("patient", patient, body, record=patient)
        episode = {"pathway": "virtual_ward", "team": self._team, "status": "active"}
        yield self.revision("episode", patient, episode)
        start = NOW.replace(hour=8) + timedelta(minutes=number % 600)
        visit = {
            "team": self._team,
            "clinician": {"id": self._author.id, "name": self._author.name, "role": self._author.role},
            "window_start": format_time(start),
            "window_end": format_time(start + timedelta(minutes=30)),
            "purpose": "Observations",
        }
        yield self.revision("visit", patient, visit)

    def observations(self, patient: str) -> Revision:
        """One full set with a short note."""
        pick = self._random.randint
        body: dict[str, Any] = {
            "taken_at": format_time(NOW - timedelta(minutes=pick(1, 9000))),
            "respiration_rate": pick(10, 26),
            "spo2": pick(88, 99),
            "spo2_scale": 1,
            "on_oxygen": pick(0, 3) == 0,
            "systolic_bp": pick(95, 180),
            "diastolic_bp": pick(50, 95),
            "pulse": pick(52, 118),
            "consciousness": "A",
            "temperature": pick(355, 389) / 10,
            "note": " ".join(self._random.choices(_WORDS, k=pick(8, 40))),
        }
        return self.revision("observations", patient, body)

    def note(self, patient: str) -> Revision:
        """About a thousand characters of free text."""
        return self.revision("note", patient, {"text": note_text(self._random)})

    def revision(self, kind: str, patient: str, body: dict[str, Any], *, record: str | None = None) -> Revision:
        """A first revision of a new record."""
        return make_revision(
            id=self.id(),
            record=record or self.id(),
            kind=kind,
            patient=patient,
            parents=(),
            author=self._author,
            device=self._device,
            at=self._clock.now(),
            offset_ms=0,
            schema=1,
            body=body,
        )
