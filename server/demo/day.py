"""One day's run: visits counted from now, the day's two-hour referral, and fresh measurements on later days.

Windows are kept inside the London day, so that a demo started near midnight still has its visits today.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, Literal

from fieldapp.domain.canonical import Json
from fieldapp.domain.clock import LONDON
from fieldapp.domain.revision import format_time
from fieldapp.sync.wire import Person
from server.demo.response import referral
from server.demo.story import Entry, Story, When, demo_id
from server.times import from_ms, london_day

ROUND_TO: Final = timedelta(minutes=5)
_RECENT: Final = timedelta(hours=12)


@dataclass(frozen=True)
class Call:
    """A visit in the run: whose, when it begins in minutes from now, how long, by whom, from which team."""

    story: str
    begins: int
    minutes: int
    by: str
    team: str
    purpose: str
    for_patient: str
    status: Literal["planned", "done"] = "planned"
    travel: int = 10
    ready: tuple[str, ...] = ()

    @property
    def key(self) -> str:
        return f"{self.story} {self.by}"


RUN: Final = (
    Call("barbara", -302, 30, "amira", "ward", "IV antibiotics, observations", "injection", "done"),
    Call("temperance", -227, 30, "amira", "ward", "Bloods, observations", "blood-test", "done"),
    Call("yusuf", -152, 30, "amira", "ward", "Frailty review, fluid chart", "check-up", "done"),
    Call("suresh", -62, 30, "amira", "ward", "Observations, weight, diuretic review", "check-up", travel=9),
    Call("dorothy", 28, 30, "amira", "ward", "Ceftriaxone dose 3 of 5, observations, cannula check", "injection",
         travel=12, ready=("medicines",)),
    Call("grace", 73, 30, "amira", "ucr", "Fall, no obvious injury: first assessment", "check-up", travel=15),
    Call("abdul", 118, 30, "amira", "ward", "Wound dressing left shin, INR", "dressing", travel=8),
    Call("jean", 163, 45, "amira", "ward", "Palliative review, syringe pump", "medicines", travel=14),
    Call("nasreen", -180, 45, "tom", "reablement", "Session 4: worktop and dressing", "exercises", "done"),
    Call("margaret", -80, 45, "tom", "reablement", "Session 7: bus stop", "exercises", "done"),
    Call("patrick", 23, 45, "tom", "reablement", "Session 9, week 3 of 6", "exercises", travel=11, ready=("shoes",)),
    Call("dorothy", 108, 30, "tom", "ward", "Breathing exercises, walk to the kitchen", "exercises", travel=13),
    Call("crowd 6", 173, 45, "tom", "reablement", "Strength and balance", "exercises"),
    Call("crowd 0", -205, 20, "leanne", "ward", "Observations", "check-up", "done"),
    Call("crowd 1", -95, 20, "leanne", "ward", "Observations, fluids", "check-up", "done"),
    Call("crowd 2", 35, 20, "leanne", "ward", "Weight and ankles", "check-up"),
    Call("crowd 3", 95, 20, "leanne", "ward", "Insulin and glucose", "injection"),
    Call("winston", 15, 30, "callum", "ucr", "Catheter: second look", "catheter"),
    Call("crowd 4", 90, 45, "callum", "ucr", "Mobility and equipment", "equipment"),
    Call("crowd 5", 150, 30, "callum", "ucr", "Delirium care", "check-up"),
    Call("crowd 7", -120, 45, "joyce", "reablement", "Stamina and self-care", "exercises", "done"),
    Call("crowd 14", 60, 45, "joyce", "reablement", "Strength and balance", "exercises"),
    Call("crowd 15", 140, 45, "sian", "reablement", "Kitchen assessment", "daily-living"),
)  # fmt: skip
FIRST_PAGE: Final = "dorothy amira"
"""The visit whose page the demo shows."""


def visit_id(day: str, call: Call) -> str:
    """The record of a call on a day (`2026-11-24`)."""
    return demo_id("visit", day, call.key)


def visits(
    when: When, stories: Mapping[str, Story], people: Mapping[str, Person], teams: Mapping[str, str]
) -> Iterator[tuple[Call, Json]]:
    """Each call of today's run with its body. `people` and `teams` are by the staff module's keys."""
    starts, ends = (from_ms(edge) for edge in london_day(when.now))
    for call in RUN:
        story, person = stories[call.story], people[call.by]
        latest = ends - timedelta(minutes=call.minutes + 1)
        begins = min(max(_rounded(when, call.begins), starts), latest)
        finishes = begins + timedelta(minutes=call.minutes)
        record = referral_id(when) if call.story == "grace" else story.record("episode")
        body: Json = {
            "episode": record,
            "team": teams[call.team],
            "clinician": {"id": person.id, "name": person.name, "role": person.role},
            "window_start": format_time(begins),
            "window_end": format_time(finishes),
            "minutes": call.minutes,
            "travel_minutes": call.travel,
            "purpose": call.purpose,
            "purpose_for_patient": call.for_patient,
            "progress": {"status": "planned"},
        }
        if call.ready:
            body["have_ready"] = list(call.ready)
        if "access" in story.details:
            body["access"] = story.details["access"]
        if call.status == "done":
            over = min(finishes, when.now)
            body["progress"] = {
                "status": "done",
                "changed_at": format_time(over),
                "on_the_way_at": format_time(begins - timedelta(minutes=call.travel)),
                "arrived_at": format_time(min(begins, over)),
                "finished_at": format_time(over),
            }
        yield call, body


def referral_id(when: When) -> str:
    """The record of that day's two-hour referral."""
    return demo_id("grace", f"referral {when.day(0)}")


def todays_referral(when: When, team: str) -> Entry:
    """Grace's referral of the day; `team` is the response team's id."""
    return Entry("episode", f"referral {when.day(0)}", referral(when, team), "callum", timedelta(minutes=13))


def fresh_sets(when: When, story: Story) -> Iterator[Entry]:
    """The story's newest measurements, told again for a later day."""
    for entry in story.entries:
        if entry.kind == "observations" and entry.ago < _RECENT:
            yield Entry(entry.kind, f"{when.day(0)} {entry.name}", entry.body, entry.by, entry.ago)


def _rounded(when: When, minutes: int) -> datetime:
    exact = when.now + timedelta(minutes=minutes)
    local = exact.astimezone(LONDON)
    past = timedelta(minutes=local.minute % 5, seconds=local.second, microseconds=local.microsecond)
    return exact - past + (ROUND_TO if past * 2 >= ROUND_TO else timedelta(0))
