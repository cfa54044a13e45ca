"""Patients of the two-hour response, and one who has died."""

from __future__ import annotations

from server.demo.story import Row, Story, When, allergies, items, name, nhs_number, texts


def stories(when: When, team: str) -> list[Story]:
    """Every story told in this module. `team` is the response team's id. Grace's referral belongs to the day."""
    return [told(when, team) for told in (grace, winston, edith)]


def grace(when: When, team: str) -> Story:
    """A fall without obvious injury; the day's referral starts her clock."""
    story = Story(
        "grace",
        {
            "name": name("Okafor", "Grace", "Mrs"),
            "nhs_number": nhs_number(710442),
            "born": "1945-12-03",
            "gender": "female",
            "address": {"lines": ["9 Harehills Fold", "Leeds"], "postcode": "LS8 5MO"},
            "access": "Neighbour at number 11 has a key",
            "phone": "0113 496 0408",
            "contacts": items({"name": "Chidi Okafor", "relation": "son", "phone": "07700 900148"}),
            "needs": texts("label", "Interpreter: Igbo"),
        },
    )
    return story.add(
        "note",
        "call",
        {"text": "Son rang the hub: found his mother on the kitchen floor, awake, no blood, cannot get up alone."},
        "callum",
        hours=0.2,
    )


def referral(when: When, team: str) -> dict[str, object]:
    """The day's two-hour referral: thirteen minutes on the clock."""
    return {
        "pathway": "ucr",
        "team": team,
        "focus": "fall",
        "reason": "Fall without obvious serious injury, on the floor, cannot get up alone.",
        "status": "referred",
        "referred_at": when.text(minutes=13),
    }


def winston(when: When, team: str) -> Story:
    """A blocked catheter yesterday, seen in time."""
    story = Story(
        "winston",
        {
            "name": name("Clarke", "Winston", "Mr"),
            "nhs_number": nhs_number(722510),
            "born": "1940-06-17",
            "gender": "male",
            "address": {"lines": ["56 Bayswater Loan", "Leeds"], "postcode": "LS8 5VI"},
            "phone": "0113 496 0409",
            "allergies": allergies(when, ("trimethoprim", "rash"), days=1),
        },
    )
    seen = {
        "pathway": "ucr",
        "team": team,
        "focus": "urgent catheter care",
        "status": "active",
        "referred_at": when.text(hours=23),
        "started_at": when.text(hours=22.8),
        "first_contact_at": when.text(hours=21.9),
    }
    story.add("episode", "episode", seen, "callum", hours=23)
    return story.sets(
        when, (Row(21.8, 20, 96, 0, 148, 88, 102, 37.4), Row(20.5, 18, 97, 0, 138, 82, 88, 37.1)), by=("callum",)
    )


def edith(when: When, team: str) -> Story:
    """She died at home, expected, on the second day."""
    story = Story(
        "edith",
        {
            "name": name("Garside", "Edith", "Mrs"),
            "nhs_number": nhs_number(733006),
            "born": "1931-08-11",
            "died": when.day(-1),
            "gender": "female",
            "address": {"lines": ["1 Church Nook", "Leeds"], "postcode": "LS12 4KC"},
            "phone": "0113 496 0410",
            "contacts": items({"name": "Peter Garside", "relation": "husband", "phone": "07700 900150"}),
            "allergies": allergies(when, days=3),
        },
    )
    spell = {
        "pathway": "ucr",
        "team": team,
        "focus": "end of life",
        "status": "active",
        "referred_at": when.text(days=2, hours=4),
        "started_at": when.text(days=2, hours=3),
        "first_contact_at": when.text(days=2, hours=3),
    }
    story.add("episode", "episode", spell, "callum", days=2)
    return story.add(
        "note",
        "note",
        {"text": "Died peacefully at home with Peter. GP and bereavement team told. Equipment to be collected."},
        "callum",
        hours=19,
    )
