"""Patients of the home ward whom the demo's day turns on."""

from __future__ import annotations

from server.demo.story import Row, Story, When, allergies, items, name, nhs_number, texts, ward_episode


def stories(when: When, team: str) -> list[Story]:
    """Every story told in this module. `team` is the home ward's id."""
    return [told(when, team) for told in (dorothy, suresh)]


def dorothy(when: When, team: str) -> Story:
    """Pneumonia with COPD, five days on the ward: scale 2, intravenous antibiotic, recheck due."""
    story = Story(
        "dorothy",
        {
            "name": name("Hargreaves", "Dorothy", "Mrs", "Dot"),
            "nhs_number": nhs_number(41275),
            "born": "1943-07-14",
            "gender": "female",
            "sex": "female",
            "address": {"lines": ["14 Ashgrove Terrace", "Leeds"], "postcode": "LS8 4CK"},
            "access": "Key safe by the back door. Son at home until 15:00",
            "phone": "0113 496 0401",
            "contacts": items({"name": "Ruth Hargreaves", "relation": "daughter", "phone": "07700 900141"}),
            "allergies": allergies(when, ("co-trimoxazole", "anaphylaxis"), ("latex", "rash")),
            "alerts": items(
                {
                    "kind": "falls",
                    "label": "High risk of falls",
                    "detail": "2 in 6 weeks, uses a frame",
                    "updated": when.day(-1),
                }
            ),
            "needs": texts("label", "Large print", "Left hearing aid"),
            "about_me": "I was a school cook for thirty years and I like to be called Dot. Sit on my right, my hearing"
            " is better there. I take my tablets after my tea, not before.",
            "gp_practice": "Beckside Surgery",
        },
    )
    spell = ward_episode(when, team, "respiratory", 4.9, step="up", reason="Pneumonia, treated at home")
    story.add("episode", "episode", spell, "mensah", days=4.9)
    plan = {
        "episode": story.record("episode"),
        "escalation": {
            "not_for": ["CPR", "intensive care"],
            "still_for": ["hospital if reversible", "ward NIV", "IV antibiotics at home"],
            "decided_by": "Dr S. Mensah",
            "decided_at": when.text(days=4.8),
            "agreed_with": "Dorothy and her daughter Ruth",
            "review_on": when.day(2),
        },
        "oxygen": {
            "target_low": 88,
            "target_high": 92,
            "spo2_scale": 2,
            "authorised_by": "Dr S. Mensah",
            "authorised_at": when.text(days=4.8),
            "delivery": "1 L/min, nasal cannula, until settled",
        },
        "medicines": items(
            {
                "name": "ceftriaxone",
                "form": "injection",
                "dose": "2 g",
                "duration": "over 30min",
                "route": "intravenous",
                "frequency": "once a day",
                "times": ["14:30"],
                "starts": when.day(-2),
                "ends": when.day(2),
            },
            {"name": "prednisolone", "form": "tablet", "dose": "30 mg", "route": "oral", "frequency": "once a day"},
            {
                "name": "salbutamol",
                "form": "inhaler with spacer",
                "dose": "200 micrograms",
                "route": "inhaled",
                "frequency": "when needed, up to four times a day",
            },
        ),
        "problems": items(
            {"text": "Pneumonia, right lower lobe", "since": when.written(-4), "code": "233604007"},
            {"text": "COPD with hypercapnia", "since": "Oct 2025", "code": "13645005"},
            {"text": "Frailty, CFS 6 moderate", "since": "Baseline two weeks ago"},
            {"text": "Risk of pressure damage", "since": when.written(-1)},
        ),
        "interventions": items(
            {"what": "IV antibiotic", "how_often": "Once a day", "who": "Registered nurse", "times": ["14:30"]},
            {"what": "Observations and NEWS2", "how_often": "Hourly while 5 or over", "who": "Nurse, HCA, monitor"},
            {"what": "Breathing exercises, walk", "how_often": "Twice a day", "who": "Physiotherapist"},
            {"what": "Daily review by video", "how_often": "Daily", "who": "Dr S. Mensah", "times": ["16:00"]},
        ),
        "aims": items(
            {
                "quote": "I want to make my own breakfast again by Sunday.",
                "measure": "Walks to the kitchen with frame, 3 of 5 days",
            },
            {"quote": "I do not want to go back into hospital.", "measure": "NEWS2 under 5 for 48hr before discharge"},
            {"quote": "Ruth should sleep in her own bed.", "measure": "Night plan agreed, pendant alarm tested"},
        ),
        "monitoring": {"every_minutes": 60, "note": "Hourly while NEWS2 is 5 or over"},
        "review_on": when.day(1),
    }
    story.add("plan", "plan", plan, "mensah", days=4.7)
    glucose = ((46, 9.8), (34, 10.4), (22, 9.1), (5.8, 8.1), (0.4, 7.4))
    more = {hours: {"glucose": value, "pain": round(value) - 5} for hours, value in glucose}
    rows = (
        Row(46, 21, 91, 0, 124, 70, 96, 38.2, more=more[46]),
        Row(41, 22, 87, 0, 122, 72, 98, 38.4),
        Row(34, 24, 86, 1, 116, 66, 112, 38.6, more=more[34]),
        Row(30, 24, 88, 2, 118, 68, 112, 38.3),
        Row(22, 23, 89, 2, 126, 74, 100, 38.1, more=more[22]),
        Row(18, 22, 90, 2, 130, 76, 96, 37.9),
        Row(5.8, 22, 87, 1, 132, 76, 98, 38.0, more=more[5.8]),
        Row(0.4, 22, 90, 1, 128, 74, 94, 37.8, more=more[0.4]),
    )
    story.sets(when, rows, scale=2, by=("leanne", "amira"))
    story.add(
        "note",
        "night",
        {"text": "Slept in the chair until 3, then in bed. Ruth rang once about the oxygen tubing; solved by phone."},
        "leanne",
        hours=6,
    )
    return story.add(
        "note",
        "review",
        {"text": "Video review with Dot and Ruth. Brighter, eating half of meals. Continue ceftriaxone to day 5."},
        "mensah",
        hours=22,
    )


def suresh(when: When, team: str) -> Story:
    """Heart failure; two colleagues changed his diuretic apart, which somebody must settle."""
    story = Story(
        "suresh",
        {
            "name": name("Patel", "Suresh", "Mr"),
            "nhs_number": nhs_number(112004),
            "born": "1951-03-02",
            "gender": "male",
            "address": {"lines": ["3 Fairholme Rise", "Leeds"], "postcode": "LS17 6MV"},
            "access": "Ring twice, slow to the door",
            "phone": "0113 496 0402",
            "contacts": items({"name": "Meena Patel", "relation": "wife", "phone": "07700 900142"}),
            "allergies": allergies(when, days=9),
        },
    )
    story.add("episode", "episode", ward_episode(when, team, "heart failure", 9, step="down"), "mensah", days=9)
    story.add("plan", "plan", suresh_plan(when, story.record("episode")), "mensah", days=8.9)
    weights = (84.6, 83.9, 83.1, 83.4)
    rows = tuple(
        Row(hours, rr, 95, 0, 112, 68, pulse, 36.6, more={"weight": weight})
        for (hours, rr, pulse), weight in zip(
            ((74, 21, 96), (50, 20, 92), (26, 19, 92), (3.1, 21, 88)), weights, strict=True
        )
    )
    return story.sets(when, rows, by=("amira",))


def suresh_plan(when: When, spell: str, furosemide: str = "40 mg", often: str = "once a day") -> dict[str, object]:
    """His plan with that dose of diuretic."""
    return {
        "episode": spell,
        "medicines": items(
            {"name": "furosemide", "form": "tablet", "dose": furosemide, "route": "oral", "frequency": often},
            {"name": "bisoprolol", "form": "tablet", "dose": "2.5 mg", "route": "oral", "frequency": "once a day"},
        ),
        "problems": items({"text": "Heart failure, reduced ejection fraction", "since": "2022", "code": "703272007"}),
        "interventions": items(
            {"what": "Weight, ankles, observations", "how_often": "Daily", "who": "Registered nurse"},
            {"what": "Kidney function", "how_often": "Twice a week", "who": "Registered nurse"},
        ),
        "aims": items({"quote": "I want to lie flat at night.", "measure": "One pillow, no waking breathless"}),
        "review_on": when.day(1),
    }
