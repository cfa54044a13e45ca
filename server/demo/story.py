"""The material of the made-up service: people, what is known of them, and times counted from now.

Everything follows from `now` and a name, so the same start makes the same records. Nobody here exists: NHS numbers are
of the test range 999, phones of the ranges Ofcom keeps for drama (0113 496 0xxx, 07700 900xxx), and the inward part of
every postcode uses a letter that no real one does.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any, Final
from uuid import NAMESPACE_URL, uuid5

from fieldapp.domain.canonical import Json
from fieldapp.domain.clock import LONDON
from fieldapp.domain.nhs_number import TEST_PREFIX, check_digit
from fieldapp.domain.revision import format_time

NAMESPACE: Final = uuid5(NAMESPACE_URL, "urn:fieldapp:demo")


def demo_id(*name: object) -> str:
    """The id that this part of the story always has."""
    return str(uuid5(NAMESPACE, "\x1f".join(map(str, name))))


def nhs_number(middle: int) -> str:
    """A valid test number with these six middle digits, or with the next that has a check digit."""
    for candidate in range(middle, middle + 10):
        first_nine = f"{TEST_PREFIX}{candidate:06}"
        check = check_digit(first_nine)
        if check is not None:
            return f"{first_nine}{check}"
    raise ValueError("No test number is free here.")


@dataclass(frozen=True)
class When:
    """Moments and days counted from `now` (UTC), as records store them."""

    now: datetime

    @property
    def today(self) -> date:
        return self.now.astimezone(LONDON).date()

    def ago(self, *, days: float = 0, hours: float = 0, minutes: float = 0) -> datetime:
        return self.now - timedelta(days=days, hours=hours, minutes=minutes)

    def text(self, *, days: float = 0, hours: float = 0, minutes: float = 0) -> str:
        """That long ago, as stored."""
        return format_time(self.ago(days=days, hours=hours, minutes=minutes))

    def day(self, offset: int) -> str:
        """The London day so many days from today, as stored."""
        return (self.today + timedelta(days=offset)).isoformat()

    def written(self, offset: int) -> str:
        """The same day in words, `05-Apr-2008`."""
        return (self.today + timedelta(days=offset)).strftime("%d-%b-%Y")


@dataclass(frozen=True)
class Entry:
    """One record of a story. `by` is the key of the member of staff who signs it, `ago` how long before now."""

    kind: str
    name: str
    body: Json
    by: str
    ago: timedelta


@dataclass
class Story:
    """One patient: details, episodes, plan, goals, and what was recorded. `key` names them in ids."""

    key: str
    details: Json
    entries: list[Entry] = field(default_factory=list[Entry])
    team: str = ""

    @property
    def patient(self) -> str:
        return demo_id("patient", self.key)

    def record(self, name: str) -> str:
        """The record id of one of the story's entries."""
        return demo_id(self.key, name)

    def add(self, kind: str, name: str, body: Json, by: str, *, days: float = 0, hours: float = 0) -> Story:
        self.entries.append(Entry(kind, name, body, by, timedelta(days=days, hours=hours)))
        return self

    def sets(self, when: When, rows: Sequence[Row], *, scale: int = 1, by: Sequence[str] = ("leanne",)) -> Story:
        """Observation sets, oldest first, signed in turn by `by`."""
        for number, row in enumerate(rows):
            body = row.body(when, scale)
            self.add("observations", f"set {number}", body, by[number % len(by)], hours=row.hours)
        return self


@dataclass(frozen=True)
class Row:
    """One set of observations so many `hours` ago. `flow` is oxygen in L/min, 0 for air; `more` further measures."""

    hours: float
    respiration_rate: int
    spo2: int
    flow: float
    systolic: int
    diastolic: int
    pulse: int
    temperature: float
    acvpu: str = "A"
    more: Json = field(default_factory=dict[str, Any])

    def body(self, when: When, scale: int) -> Json:
        taken: Json = {
            "taken_at": when.text(hours=self.hours),
            "respiration_rate": self.respiration_rate,
            "spo2": self.spo2,
            "spo2_scale": scale,
            "on_oxygen": self.flow > 0,
            "systolic_bp": self.systolic,
            "diastolic_bp": self.diastolic,
            "pulse": self.pulse,
            "consciousness": self.acvpu,
            "temperature": self.temperature,
        }
        if self.flow:
            taken |= {"oxygen_flow": self.flow, "oxygen_device": "Nasal cannula"}
        return taken | self.more


def items(*bodies: Json) -> list[Json]:
    """List items with ids from 1."""
    return [{"id": str(number), **body} for number, body in enumerate(bodies, start=1)]


def texts(name: str, *values: str) -> list[Json]:
    """List items that say one thing each."""
    return items(*({name: value} for value in values))


def name(family: str, given: str, title: str, preferred: str | None = None) -> Json:
    """A name in its parts."""
    parts = {"family": family, "given": given, "title": title}
    return parts | ({"preferred": preferred} if preferred else {})


def allergies(when: When, *known: tuple[str, str], days: int = 5) -> Json:
    """Known allergies as (substance, reaction); none given means a clinician said that none is known."""
    listed = [{"substance": substance, "reaction": reaction} for substance, reaction in known]
    return {"state": "known" if listed else "none_known", "items": listed, "updated": when.day(-days)}


def ward_episode(when: When, team: str, focus: str, days: float, **more: str) -> dict[str, object]:
    """An active spell on the home ward that began so many days ago."""
    return {
        "pathway": "virtual_ward",
        "team": team,
        "focus": focus,
        "status": "active",
        "referred_at": when.text(days=days, hours=3),
        "started_at": when.text(days=days),
        "consultant": "Dr S. Mensah",
        **more,
    }
