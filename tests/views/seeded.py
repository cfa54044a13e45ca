"""A tablet with a day's work on it: a real sealed store, filled as a sync would fill it. Invented people only."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from fieldapp.domain.canonical import Json
from fieldapp.domain.clock import Clock, SystemClock
from fieldapp.domain.delivery import Membership, Refusal
from fieldapp.domain.ids import new_id
from fieldapp.domain.nhs_number import make_test_number
from fieldapp.domain.revision import Author, Revision, format_time, make_revision
from fieldapp.storage import Identity, Store, TeamLabel, create_store
from fieldapp.storage.kdf import FLOOR
from fieldapp.usecases.session import Session

PASSPHRASE = "lantern copper meadow"
AMIRA = Author("0190a000-0000-7000-8000-000000000001", "Amira Khan", "Registered nurse")
LEANNE = Author("0190a000-0000-7000-8000-000000000002", "Leanne Brook", "Healthcare assistant")
TEAM = TeamLabel("0190a000-0000-7000-8000-00000000000a", "Home Ward East", "0113 496 0000")
LONG = {"family": "Featherstonehaugh-Cholmondeley", "given": "Alexandrina Wilhelmina Constance", "title": "Mrs"}


class Seeder:
    """Writes revisions as the server would send them, `at` being now."""

    def __init__(self, store: Store, clock: Clock) -> None:
        self.store, self.clock, self.now = store, clock, clock.now()
        self.made: list[Revision] = []
        self.people: list[str] = []

    def add(
        self,
        patient: str,
        kind: str,
        body: Json,
        ago: float = 60,
        record: str | None = None,
        parents: Sequence[str] = (),
    ) -> Revision:
        """One revision, signed `ago` minutes ago."""
        made = make_revision(
            id=new_id(self.clock),
            record=record or new_id(self.clock),
            kind=kind,
            patient=patient,
            parents=tuple(parents),
            author=LEANNE,
            device="0190a000-0000-7000-8000-0000000000dd",
            at=self.now - timedelta(minutes=ago),
            offset_ms=0,
            schema=1,
            body=body,
        ).signed_with("A" * 86)
        self.made.append(made)
        return made

    def person(self, name: Json, **more: Any) -> str:
        """A patient with their details."""
        patient = new_id(self.clock)
        details: Json = {
            "name": name,
            "nhs_number": make_test_number(len(self.people)),
            "born": "1943-07-14",
            "gender": "female",
            "address": {"lines": ["14 Ashgrove Terrace", "Leeds"], "postcode": "LS8 4PQ"},
            "phone": "0113 496 0172",
            "allergies": {
                "state": "known",
                "items": [{"substance": "co-trimoxazole", "reaction": "anaphylaxis"}],
                "updated": "2026-11-19",
            },
            **more,
        }
        self.people.append(patient)
        self.add(patient, "patient", details, 3000)
        return patient

    def episode(self, patient: str, pathway: str, focus: str, referred: float = 3000) -> str:
        """An episode of care; `referred` minutes ago."""
        at = format_time(self.now - timedelta(minutes=referred))
        body = {"pathway": pathway, "team": TEAM.id, "focus": focus, "referred_at": at, "status": "active"}
        return self.add(patient, "episode", body, referred).record

    def visit(self, patient: str, starts: float, purpose: str, episode: str | None = None, **more: Any) -> str:
        """A visit of half an hour for Amira that starts in `starts` minutes."""
        begin = self.now + timedelta(minutes=starts)
        body: Json = {
            "team": TEAM.id,
            "clinician": AMIRA._asdict(),
            "window_start": format_time(begin),
            "window_end": format_time(begin + timedelta(minutes=30)),
            "travel_minutes": 12,
            "purpose": purpose,
            **({"episode": episode} if episode else {}),
            **more,
        }
        return self.add(patient, "visit", body, 600).record

    def observations(self, patient: str, ago: float, rate: int, spo2: int, pulse: int, **more: Any) -> None:
        """A whole set."""
        body: Json = {
            "taken_at": format_time(self.now - timedelta(minutes=ago)),
            "respiration_rate": rate,
            "spo2": spo2,
            "spo2_scale": 1,
            "on_oxygen": False,
            "systolic_bp": 128,
            "diastolic_bp": 74,
            "pulse": pulse,
            "consciousness": "A",
            "temperature": 37.8,
            **more,
        }
        self.add(patient, "observations", body, ago)

    def deliver(self) -> None:
        """Everything made so far arrives."""
        joined = [Membership(TEAM.id, patient) for patient in self.people]
        self.store.apply(self.made, joined=joined, cursor="c1", epoch="first")
        self.store.note_contact(0)
        self.made, self.people = [], []


def new_store(directory: Path, clock: Clock | None = None, server: str = "http://127.0.0.1:9") -> Store:
    """An enrolled tablet without patients."""
    clock = clock or SystemClock()
    store = create_store(directory, passphrase=PASSPHRASE, clock=clock, kdf=FLOOR)
    store.set_identity(Identity(server, "0190a000-0000-7000-8000-00000000000d", AMIRA, (TEAM,), "first", "A" * 43, 0))
    return store


def day(store: Store, clock: Clock, *, crowd: int = 0, long_name: bool = False) -> None:
    """A day with everything on it: a clock, a recheck, a conflict, a late visit, one done, unsent work, a refusal."""
    s = Seeder(store, clock)
    dot = s.person(
        LONG if long_name else {"family": "Hargreaves", "given": "Dorothy", "title": "Mrs", "preferred": "Dot"},
        access="Key safe by the back door. Son at home until 15:00",
        needs=[{"id": "n1", "label": "Large print"}, {"id": "n2", "label": "left hearing aid"}],
        alerts=[{"id": "a1", "kind": "falls", "label": "High risk of falls", "detail": "2 in 6 weeks, uses a frame"}],
    )
    ward = s.episode(dot, "virtual_ward", "respiratory")
    plan: Json = {
        "escalation": {
            "not_for": ["CPR"],
            "still_for": ["hospital if reversible"],
            "decided_at": "2026-11-19T10:00:00Z",
        },
        "medicines": [{"id": "m1", "name": "ceftriaxone", "dose": "2 g", "route": "intravenous", "times": ["15:30"]}],
        "oxygen": {"target_low": 88, "target_high": 92, "spo2_scale": 2},
    }
    first = s.add(dot, "plan", plan, 2000)
    s.add(dot, "plan", {**plan, "oxygen": {**plan["oxygen"], "target_low": 90}}, 90, first.record, [first.id])
    s.add(dot, "plan", {**plan, "oxygen": {**plan["oxygen"], "target_low": 94}}, 80, first.record, [first.id])
    for ago, rate, pulse in ((1500, 22, 112), (700, 24, 108), (330, 21, 98), (22, 22, 94)):
        s.observations(dot, ago, rate, 93, pulse)
    s.visit(dot, 28, "Ceftriaxone dose 3 of 5, observations, cannula check", ward)
    patel = s.person({"family": "Patel", "given": "Suresh", "title": "Mr"}, gender="male", born="1951-02-03")
    s.observations(patel, 1400, 20, 95, 92)
    s.visit(patel, -62, "Observations, weight, diuretic review", s.episode(patel, "virtual_ward", "heart failure"))
    okafor = s.person(
        {"family": "Okafor", "given": "Grace", "title": "Mrs"},
        allergies={"state": "not_recorded"},
        needs=[{"id": "n1", "label": "Interpreter: Igbo"}],
    )
    ucr = s.episode(okafor, "ucr", "fall", 13)
    s.visit(okafor, 73, "Fall, no obvious injury: first assessment", ucr)
    murphy = s.person({"family": "Murphy", "given": "Patrick", "title": "Mr"}, gender="male")
    s.visit(murphy, 140, "Reablement session 9, week 3 of 6", s.episode(murphy, "reablement", "fall at home"))
    nowak = s.person({"family": "Nowak", "given": "Barbara", "title": "Mrs"}, phone=None)
    finished = format_time(clock.now() - timedelta(minutes=100))
    s.visit(nowak, -150, "Wound dressing left shin", progress={"status": "done", "finished_at": finished})
    for n in range(crowd):
        someone = s.person({"family": f"Example{n:03d}", "given": "Alex", "title": "Mx"}, gender="other")
        s.observations(someone, 60 + n, 16, 97, 80 + n % 30)
        s.episode(someone, "district_nursing", "wound care")
    s.deliver()
    session = Session(store, clock)
    for text in ("Walked to the kitchen with her frame.", "Dressing dry.", "Slept well, eating little."):
        session.put(dot, "note", {"text": text})
    refused = session.put(patel, "note", {"text": "Ankles worse today."})
    store.settle_outbox([], [Refusal(refused.revision, "invalid", "The body site is missing.", "site")])


def at_london(hour: int, minute: int) -> datetime:
    """Tuesday 24 November 2026, when London keeps UTC."""
    from datetime import UTC

    return datetime(2026, 11, 24, hour, minute, tzinfo=UTC)
