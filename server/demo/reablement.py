"""Patients of the reablement team with goals and sessions against them."""

from __future__ import annotations

from dataclasses import dataclass

from fieldapp.domain.canonical import Json
from server.demo.story import Row, Story, When, allergies, items, name, nhs_number, texts

_HELP = ("one_person", "one_person", "prompts", "prompts", "independent")


def stories(when: When, team: str) -> list[Story]:
    """Every story told in this module. `team` is the reablement team's id."""
    return [told(when, team) for told in (patrick, nasreen, margaret)]


@dataclass(frozen=True)
class Aim:
    """A goal: in the person's words, how it is measured, and where it began on the attainment scale."""

    quote: str
    detail: str
    baseline: int


@dataclass(frozen=True)
class Course:
    """Sessions so many days ago, with the Timed Up and Go (seconds) and the Barthel index of 20 on each."""

    days: tuple[float, ...]
    timed: tuple[float, ...]
    barthel: tuple[int, ...]
    activities: tuple[tuple[str, int], ...]
    quotes: tuple[str, ...]


def patrick(when: When, team: str) -> Story:
    """Hip fracture, week three of six."""
    story = Story(
        "patrick",
        {
            "name": name("Murphy", "Patrick", "Mr", "Pat"),
            "nhs_number": nhs_number(58361),
            "born": "1950-03-02",
            "gender": "male",
            "address": {"lines": ["22 Kirkgate Row", "Leeds"], "postcode": "LS12 3OV"},
            "access": "Side door is open in the day",
            "phone": "0113 496 0411",
            "contacts": items({"name": "Bridie Murphy", "relation": "wife", "phone": "07700 900151"}),
            "allergies": allergies(when, ("codeine", "confusion"), days=16),
            "alerts": items({"kind": "falls", "label": "High risk of falls", "detail": "Hip fracture in a fall"}),
            "about_me": "Thirty years on the buses. I like to be told straight.",
        },
    )
    aims = (
        Aim("Get up to my own bed at night", "Stairs with one rail, no one near", -1),
        Aim("Make a hot drink and carry it through", "Kitchen to chair with trolley", -2),
        Aim("Walk to the paper shop", "180 m outdoors with stick", -2),
    )
    course = Course(
        (14, 12, 10, 8, 7, 5, 3, 1.5),
        (28.4, 27.0, 25.1, 24.6, 23.0, 22.4, 21.9, 21.2),
        (11, 11, 12, 12, 13, 13, 13, 14),
        (("Stairs, 12 steps, one rail", 10), ("Hot drink, carried on trolley", 8), ("Outdoor walk, 60 m, stick", 9)),
        ("My leg is like wood.", "Better than Monday.", "First time up the stairs without holding my breath."),
    )
    rehabilitate(story, when, team, "hip fracture", 15, aims, course)
    return story.sets(
        when, (Row(260, 16, 97, 0, 134, 80, 78, 36.6), Row(36.2, 16, 98, 0, 132, 78, 76, 36.5)), by=("joyce",)
    )


def nasreen(when: When, team: str) -> Story:
    """After a stroke, first week."""
    story = Story(
        "nasreen",
        {
            "name": name("Hussain", "Nasreen", "Mrs"),
            "nhs_number": nhs_number(812267),
            "born": "1956-07-21",
            "gender": "female",
            "address": {"lines": ["4 Roundhay Gate", "Leeds"], "postcode": "LS8 3KV"},
            "phone": "07700 900152",
            "allergies": allergies(when, days=6),
            "needs": texts("label", "Interpreter: Punjabi", "A woman to help with washing"),
        },
    )
    aims = (
        Aim("Cook chapati for my grandchildren", "Stands at the worktop for 15 minutes", -2),
        Aim("Wash and dress without my daughter", "One garment needs help at most", -1),
    )
    course = Course(
        (5, 3.2, 1.2),
        (34.0, 31.5, 30.2),
        (9, 10, 10),
        (("Standing at the worktop", 12), ("Dressing, left arm first", 15)),
        ("It tires me but I see it coming.",),
    )
    return rehabilitate(story, when, team, "stroke", 6, aims, course)


def margaret(when: When, team: str) -> Story:
    """Nearly done: the last week."""
    story = Story(
        "margaret",
        {
            "name": name("Whitaker", "Margaret", "Ms", "Peggy"),
            "nhs_number": nhs_number(823311),
            "born": "1948-10-05",
            "gender": "female",
            "address": {"lines": ["77 Beckett Hill", "Leeds"], "postcode": "LS16 6MI"},
            "phone": "0113 496 0413",
            "allergies": allergies(when, ("elastoplast", "blisters"), days=37),
        },
    )
    aims = (
        Aim("Take the bus to choir", "One stop with someone, then alone", -2),
        Aim("Get in and out of my own bath", "Bath board, no one in the room", -1),
    )
    course = Course(
        (35, 28, 21, 14, 7, 2.1),
        (24.0, 21.3, 18.2, 16.0, 14.8, 13.9),
        (13, 14, 16, 17, 18, 19),
        (("Bath board transfer", 10), ("Walk to the bus stop", 14)),
        ("I sang on Thursday.",),
    )
    return rehabilitate(story, when, team, "knee replacement", 37, aims, course)


def rehabilitate(
    story: Story, when: When, team: str, focus: str, days: int, aims: tuple[Aim, ...], course: Course
) -> Story:
    """Episode, plan, goals and the sessions of a course of reablement that began so many days ago."""
    spell = {
        "pathway": "reablement",
        "team": team,
        "focus": focus,
        "status": "active",
        "referred_at": when.text(days=days + 1),
        "started_at": when.text(days=days),
        "planned_end": when.text(days=days - 42),
    }
    story.add("episode", "episode", spell, "sian", days=days)
    plan = {
        "episode": story.record("episode"),
        "problems": items({"text": f"Recovery after {focus}", "since": when.written(-days)}),
        "interventions": items(
            *({"what": what, "how_often": "Three times a week", "who": "Therapist, reablement worker"}
              for what, _ in course.activities)
        ),
        "aims": items(*({"quote": aim.quote, "measure": aim.detail} for aim in aims)),
        "review_on": when.day(7),
    }  # fmt: skip
    story.add("plan", "plan", plan, "sian", days=days)
    for number, aim in enumerate(aims):
        goal = {
            "episode": story.record("episode"),
            "quote": aim.quote,
            "detail": aim.detail,
            "baseline": aim.baseline,
            "expected_by": when.day(42 - days),
            "status": "active",
        }
        story.add("goal", f"goal {number}", goal, "sian", days=days - 0.1)
    for number in range(len(course.days)):
        story.add("therapy_session", f"session {number}", _session(story, when, aims, course, number),
                  ("tom", "joyce")[number % 2], days=course.days[number])  # fmt: skip
    return story


def _session(story: Story, when: When, aims: tuple[Aim, ...], course: Course, number: int) -> Json:
    share = number / max(1, len(course.days) - 1)
    helped = _HELP[round(share * (len(_HELP) - 1))]
    return {
        "episode": story.record("episode"),
        "started_at": when.text(days=course.days[number]),
        "minutes": sum(minutes for _, minutes in course.activities) + 5,
        "ratings": [
            {
                "goal": story.record(f"goal {position}"),
                "score": min(1, aim.baseline + round(share * (2 + position % 2))),
            }
            for position, aim in enumerate(aims)
        ],
        "activities": [{"what": what, "minutes": minutes, "help": helped} for what, minutes in course.activities],
        "timed_up_and_go": [course.timed[number]],
        "barthel": {"score": course.barthel[number], "scale": 20},
        "effort_borg": round(15 - 2 * share),
        "pain_after": round(4 - 2 * share),
        "quote": course.quotes[number % len(course.quotes)],
    }
