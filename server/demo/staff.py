"""The teams and the staff of the made-up service."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True)
class DemoTeam:
    """A team with the number that its patients ring."""

    name: str
    phone: str


@dataclass(frozen=True)
class Member:
    """A member of staff and the teams they work with, by key."""

    name: str
    role: str
    teams: tuple[str, ...]


TEAMS: Final = {
    "ward": DemoTeam("Home Ward East", "0113 496 0110"),
    "ucr": DemoTeam("Urgent Community Response", "0113 496 0120"),
    "reablement": DemoTeam("Reablement", "0113 496 0130"),
}
STAFF: Final = {
    "amira": Member("Amira Khan", "Registered nurse", ("ward", "ucr")),
    "tom": Member("Tom Ogilvie", "Physiotherapist", ("reablement", "ward")),
    "leanne": Member("Leanne Brook", "Healthcare assistant", ("ward", "ucr")),
    "mensah": Member("Dr S. Mensah", "Consultant", ("ward",)),
    "priya": Member("Priya Raman", "Pharmacist", ("ward",)),
    "callum": Member("Callum Reid", "Advanced clinical practitioner", ("ucr",)),
    "sian": Member("Siân Parry", "Occupational therapist", ("reablement",)),
    "joyce": Member("Joyce Adeyemi", "Reablement worker", ("reablement",)),
}


@dataclass(frozen=True)
class Tablet:
    """A tablet of the demo: whose it is, its folder, its usual port and its passphrase."""

    member: str
    title: str
    folder: str
    port: int
    passphrase: str


TABLETS: Final = (
    Tablet("amira", "Nurse's tablet", "tablet-nurse", 8551, "heather kettle bramble"),
    Tablet("tom", "Therapist's tablet", "tablet-therapist", 8552, "harbour thistle lantern"),
)
