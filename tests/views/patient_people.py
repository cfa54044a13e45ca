"""People whose charts hold something to look at, in a real sealed store. Invented, every one of them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from fieldapp.domain.canonical import Json
from fieldapp.domain.clock import Clock
from fieldapp.domain.delivery import Refusal
from fieldapp.domain.revision import Author, Revision, format_time
from fieldapp.storage import Store
from fieldapp.usecases.session import Session
from tests.views.seeded import LEANNE, LONG, Seeder

NOW = datetime(2026, 11, 24, 14, 2, tzinfo=UTC)
MENSAH = Author("0190a000-0000-7000-8000-000000000003", "Dr S. Mensah", "Consultant")
OSEI = Author("0190a000-0000-7000-8000-000000000004", "Kwame Osei", "Physiotherapist")

PLAN: Json = {
    "escalation": {
        "not_for": ["CPR", "intensive care"],
        "still_for": ["hospital if reversible", "ward NIV", "IV antibiotics at home"],
        "decided_by": "Dr S. Mensah",
        "decided_at": "2026-11-19T16:20:00.000Z",
        "agreed_with": "Dorothy and her daughter Ruth",
        "review_on": "2026-11-26",
    },
    "oxygen": {
        "target_low": 88,
        "target_high": 92,
        "spo2_scale": 2,
        "authorised_by": "Dr S. Mensah",
        "authorised_at": "2026-11-19T16:20:00.000Z",
        "delivery": "1 L/min, nasal cannula, until settled",
    },
    "medicines": [
        {
            "id": "m1",
            "name": "ceftriaxone",
            "form": "injection",
            "dose": "2 g",
            "duration": "over 30min",
            "route": "intravenous",
            "frequency": "once a day",
            "times": ["14:30"],
            "starts": "2026-11-22",
            "ends": "2026-11-26",
        },
        {"id": "m2", "name": "salbutamol", "dose": "2.5 mg", "route": "nebulised", "frequency": "when required"},
    ],
    "problems": [
        {"id": "p1", "text": "Pneumonia, right lower lobe", "since": "20-Nov-2026"},
        {"id": "p2", "text": "COPD with hypercapnia", "since": "Oct 2025"},
        {"id": "p3", "text": "Frailty, CFS 6 moderate"},
        {"id": "p4", "text": "Urinary retention", "since": "02-Nov-2026", "status": "resolved"},
    ],
    "interventions": [
        {"id": "i1", "what": "IV antibiotic", "how_often": "Once a day", "who": "Registered nurse", "times": ["14:30"]},
        {"id": "i2", "what": "Cannula check, left forearm", "how_often": "Daily", "who": "Nurse", "times": ["Today"]},
        {"id": "i3", "what": "Breathing exercises, walk", "how_often": "Twice a day", "who": "Physiotherapist"},
        {"id": "i4", "what": "Daily review by video", "who": "Dr S. Mensah", "times": ["16:00"]},
    ],
    "aims": [
        {"id": "a1", "quote": "I want to make my own breakfast again by Sunday.", "measure": "Walks to the kitchen"},
        {"id": "a2", "quote": "I do not want to go back into hospital.", "measure": "NEWS2 under 5 for 48hr"},
    ],
    "monitoring": {"every_minutes": 60, "note": "Hourly while the score is 5 or over"},
    "review_on": "2026-11-26",
}


class Ward(Seeder):
    """A seeder that also signs for others."""

    def signed(
        self, by: Author, patient: str, kind: str, body: Json, ago: float, parents: Sequence[Revision] = ()
    ) -> Revision:
        """One revision by `by`, `ago` minutes ago, on top of `parents`."""
        from fieldapp.domain.ids import new_id
        from fieldapp.domain.revision import make_revision

        made = make_revision(
            id=new_id(self.clock),
            record=parents[0].record if parents else new_id(self.clock),
            kind=kind,
            patient=patient,
            parents=tuple(p.id for p in parents),
            author=by,
            device="0190a000-0000-7000-8000-0000000000dd",
            at=self.now - timedelta(minutes=ago),
            offset_ms=0,
            schema=1,
            body=body,
        ).signed_with("A" * 86)
        self.made.append(made)
        return made

    def dorothy(self, *, long_name: bool = False, conflict: bool = True) -> str:
        """Everything at once: decisions, scale 2, a course, a trend, two versions of the oxygen target."""
        name = {"family": "Hargreaves", "given": "Dorothy", "title": "Mrs", "preferred": "Dot"}
        dot = self.person(
            {**LONG, "preferred": "Wilhelmina"} if long_name else name,
            access="Key safe by the back door",
            about_me="Call me Dot. Sit on my right, I hear better there. I like my tea before my tablets.",
            needs=[{"id": "n1", "label": "Large print"}, {"id": "n2", "label": "left hearing aid"}],
            alerts=[
                {
                    "id": "a1",
                    "kind": "falls",
                    "label": "High risk of falls",
                    "detail": "2 in 6 weeks, uses a frame",
                    "updated": "2026-11-23",
                }
            ],
            allergies={
                "state": "known",
                "items": [
                    {"substance": "co-trimoxazole", "reaction": "anaphylaxis"},
                    {"substance": "latex", "reaction": "rash"},
                ],
                "updated": "2026-11-19",
            },
        )
        ward = self.episode(dot, "virtual_ward", "respiratory")
        first = self.signed(MENSAH, dot, "plan", PLAN, 2400)
        second = self.signed(MENSAH, dot, "plan", changed(PLAN, target_low=88, delivery="1 L/min"), 202, [first])
        if conflict:
            self.signed(OSEI, dot, "plan", changed(PLAN, target_low=90, target_high=94), 190, [first])
        assert second.parents
        sets = ((2760, 18, 92, 1), (2460, 20, 110, 1), (2040, 24, 131, 2), (1800, 24, 112, 2), (1320, 22, 112, 1))
        for ago, rate, pulse, flow in (*sets, (1080, 21, 92, 1), (350, 22, 96, 1), (22, 22, 94, 1)):
            more: dict[str, Any] = {"glucose": 7.4} if ago == 350 else {"pain": 2 if ago == 22 else 4}
            self.observations(
                dot, ago, rate, 90, pulse, on_oxygen=True, oxygen_flow=flow, oxygen_device="nasal cannula",
                spo2_scale=2, systolic_bp=128 - ago % 9, diastolic_bp=74, **more,
            )  # fmt: skip
        self.visit(dot, 28, "Ceftriaxone dose 3 of 5, observations, cannula check", ward)
        self.signed(OSEI, dot, "therapy_session", session_body(self.now - timedelta(minutes=1500)), 1500)
        return dot

    def disputed_allergies(self) -> str:
        """Two people said different things about allergies."""
        known = {"state": "known", "items": [{"substance": "penicillin", "reaction": "rash"}], "updated": "2026-11-24"}
        who = self.person({"family": "Ward", "given": "Iris", "title": "Ms"}, allergies={"state": "not_recorded"})
        first = self.made[-1]
        self.signed(MENSAH, who, "patient", {**first.body, "allergies": known}, 202, [first])
        none = {"state": "none_known", "updated": "2026-11-24"}
        self.signed(LEANNE, who, "patient", {**first.body, "allergies": none}, 190, [first])
        return who

    def imported(self) -> str:
        """One set whose source recorded 6 where the chart gives 5."""
        who = self.person({"family": "Smith", "given": "John", "title": "Mr"}, gender="male", allergies=None)
        self.observations(who, 300, 21, 93, 95, systolic_bp=120, temperature=37.5, recorded_news2=6)
        return who


def changed(plan: Json, **oxygen: Any) -> Json:
    """The plan with another oxygen target."""
    return {**plan, "oxygen": {**plan["oxygen"], **oxygen}}


def session_body(at: datetime) -> Json:
    """A short therapy session."""
    return {"started_at": format_time(at), "minutes": 30, "activities": [{"what": "Kitchen walk with frame"}]}


def fill(store: Store, clock: Clock, *, conflict: bool = True) -> dict[str, str]:
    """Everybody, by a short name."""
    w = Ward(store, clock)
    people = {
        "dot": w.dorothy(conflict=conflict),
        "long": w.dorothy(long_name=True, conflict=False),
        "allergies": w.disputed_allergies(),
        "imported": w.imported(),
        "child": w.person({"family": "Reed", "given": "Maya"}, born="2015-03-02", allergies={"state": "none_known"}),
        "pregnant": w.person({"family": "Nowak", "given": "Ana"}, born="1996-03-02", pregnant=True),
        "empty": w.person({"family": "Fox", "given": "Ada", "title": "Mrs"}, allergies={"state": "not_recorded"}),
    }
    w.observations(people["child"], 60, 22, 98, 104)
    w.deliver()
    session = Session(store, clock)
    session.put(people["dot"], "note", {"text": "Walked to the kitchen with her frame. Ate half her breakfast."})
    refused = session.put(people["dot"], "note", {"text": "Cannula site clean and dry, no pain on flushing."})
    store.settle_outbox([], [Refusal(refused.revision, "invalid", "The body site is missing. Add it.", "site")])
    return people
