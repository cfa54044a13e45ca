"""Patients of the home ward whom the demo's day turns on."""

from __future__ import annotations

from server.demo.story import Row, Story, When, allergies, items, name, nhs_number, texts


def stories(when: When, team: str) -> list[Story]:
    """Every story told in this module. `team` is the home ward's id."""
    return [told(when, team) for told in (dorothy, suresh, barbara, yusuf, jean, abdul, temperance)]


def episode(when: When, team: str, focus: str, days: float, **more: str) -> dict[str, object]:
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
    spell = episode(when, team, "respiratory", 4.9, step="up", reason="Pneumonia, treated at home")
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
    story.add("episode", "episode", episode(when, team, "heart failure", 9, step="down"), "mensah", days=9)
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


def barbara(when: When, team: str) -> Story:
    """Cellulitis on intravenous antibiotics, getting better; seen this morning."""
    story = Story(
        "barbara",
        {
            "name": name("Nowak", "Barbara", "Mrs", "Basia"),
            "nhs_number": nhs_number(204118),
            "born": "1958-11-30",
            "gender": "female",
            "address": {"lines": ["Flat 2, 88 Cardinal Mews", "Leeds"], "postcode": "LS10 3IO"},
            "phone": "07700 900143",
            "allergies": allergies(when, ("penicillin", "swelling of the face"), days=3),
            "needs": texts("label", "Interpreter: Polish"),
        },
    )
    story.add("episode", "episode", episode(when, team, "IV antibiotics", 3, step="down"), "mensah", days=3)
    plan = {
        "episode": story.record("episode"),
        "medicines": items(
            {
                "name": "teicoplanin",
                "form": "injection",
                "dose": "600 mg",
                "route": "intravenous",
                "frequency": "once a day",
                "times": ["09:00"],
            }
        ),
        "problems": items({"text": "Cellulitis, left lower leg", "since": when.written(-4), "code": "128045006"}),
        "interventions": items({"what": "Mark and measure the redness", "how_often": "Daily", "who": "Nurse"}),
    }
    story.add("plan", "plan", plan, "mensah", days=3)
    rows = (
        Row(71, 20, 96, 0, 118, 70, 104, 38.6),
        Row(48, 18, 97, 0, 122, 74, 96, 38.2),
        Row(24, 18, 97, 0, 124, 76, 92, 37.6),
        Row(4.7, 16, 97, 0, 126, 76, 84, 37.0),
    )
    return story.sets(when, rows, by=("amira",))


def yusuf(when: When, team: str) -> Story:
    """Frailty after delirium, easy to wake, allergies never asked about."""
    story = Story(
        "yusuf",
        {
            "name": name("Ahmed", "Yusuf", "Mr"),
            "nhs_number": nhs_number(318220),
            "born": "1938-01-19",
            "gender": "male",
            "address": {"lines": ["41 Wren Lane", "Leeds"], "postcode": "LS9 7KM"},
            "phone": "0113 496 0404",
            "allergies": {"state": "not_recorded", "items": []},
            "alerts": items({"kind": "other", "label": "Recent delirium", "updated": when.day(-6)}),
            "needs": texts("label", "Language: Arabic"),
        },
    )
    story.add("episode", "episode", episode(when, team, "frailty", 6, step="down"), "mensah", days=6)
    plan = {
        "episode": story.record("episode"),
        "escalation": {"not_for": ["CPR"], "still_for": ["hospital", "antibiotics"], "decided_by": "Dr S. Mensah"},
        "problems": items({"text": "Delirium, settling", "since": when.written(-8)}, {"text": "Frailty, CFS 7 severe"}),
        "interventions": items({"what": "4AT and fluid chart", "how_often": "Daily", "who": "Healthcare assistant"}),
        "aims": items({"quote": "I want to pray at the mosque on Friday.", "measure": "Sits out for one hour"}),
    }
    story.add("plan", "plan", plan, "mensah", days=6)
    rows = (
        Row(120, 20, 94, 0, 104, 60, 98, 37.2, "C"),
        Row(72, 19, 95, 0, 112, 64, 88, 36.8),
        Row(24, 18, 96, 0, 118, 68, 80, 36.5),
        Row(2.2, 17, 96, 0, 120, 70, 78, 36.6),
    )
    return story.sets(when, rows)


def jean(when: When, team: str) -> Story:
    """Palliative care: comfort before scores."""
    story = Story(
        "jean",
        {
            "name": name("Whitfield", "Jean", "Miss"),
            "nhs_number": nhs_number(420731),
            "born": "1949-05-08",
            "gender": "female",
            "address": {"lines": ["7 Minster Yard", "Leeds"], "postcode": "LS15 8VC"},
            "phone": "0113 496 0405",
            "contacts": items({"name": "Carol Whitfield", "relation": "sister", "phone": "07700 900145"}),
            "allergies": allergies(when, ("morphine", "severe itching"), days=20),
            "needs": texts("label", "Easy read"),
            "about_me": "Leave the curtains open. My cat Biscuit sleeps on the bed and stays there.",
        },
    )
    story.add("episode", "episode", episode(when, team, "palliative", 20), "mensah", days=20)
    plan = {
        "episode": story.record("episode"),
        "escalation": {
            "not_for": ["CPR", "hospital", "intensive care"],
            "still_for": ["comfort at home", "syringe pump"],
            "decided_by": "Dr S. Mensah",
            "decided_at": when.text(days=19),
            "agreed_with": "Jean and her sister Carol",
        },
        "medicines": items(
            {
                "name": "oxycodone",
                "form": "injection",
                "dose": "15 mg",
                "rate": "over 24 hours",
                "route": "subcutaneous",
                "frequency": "by syringe pump",
            }
        ),
        "problems": items({"text": "Ovarian cancer", "since": "2023", "code": "363443007"}),
        "interventions": items({"what": "Syringe pump check", "how_often": "Daily", "who": "Registered nurse"}),
        "aims": items({"quote": "I want to stay here, with Biscuit."}),
    }
    story.add("plan", "plan", plan, "mensah", days=19)
    return story.add(
        "note", "note", {"text": "Comfortable. Pump site clean. Carol knows whom to ring at night."}, "amira", hours=25
    )


def abdul(when: When, team: str) -> Story:
    """A leg wound and warfarin: district nursing within the ward's team."""
    story = Story(
        "abdul",
        {
            "name": name("Chowdhury", "Abdul", "Mr"),
            "nhs_number": nhs_number(533019),
            "born": "1946-09-23",
            "gender": "male",
            "address": {"lines": ["120 Selby Croft", "Leeds"], "postcode": "LS9 0OK"},
            "phone": "0113 496 0406",
            "allergies": allergies(when, days=40),
            "alerts": items({"kind": "visitor", "label": "Dog in the house", "detail": "Ask for it to be shut in"}),
        },
    )
    spell = episode(when, team, "wound care", 40) | {"pathway": "district_nursing"}
    story.add("episode", "episode", spell, "amira", days=40)
    plan = {
        "episode": story.record("episode"),
        "medicines": items({"name": "warfarin", "form": "tablet", "route": "oral", "frequency": "as the yellow book"}),
        "problems": items({"text": "Venous ulcer, left shin", "since": when.written(-60), "code": "402863007"}),
        "interventions": items(
            {"what": "Wound dressing", "how_often": "Twice a week", "who": "Registered nurse"},
            {"what": "INR", "how_often": "Weekly", "who": "Registered nurse"},
        ),
    }
    story.add("plan", "plan", plan, "amira", days=40)
    rows = (Row(170, 17, 97, 0, 142, 84, 76, 36.7), Row(73, 16, 97, 0, 138, 82, 92, 36.6))
    return story.sets(when, rows, by=("amira",))


def temperance(when: When, team: str) -> Story:
    """A name of sixty letters, which every screen must bear."""
    story = Story(
        "temperance",
        {
            "name": name("Featherstonehaugh-Llewellyn", "Temperance Anastasia Wilhelmina Rosina", "Dr", "Tempe"),
            "nhs_number": nhs_number(640115),
            "born": "1936-02-29",
            "gender": "female",
            "address": {"lines": ["The Old Dispensary", "2 Upper Chapel Garth", "Leeds"], "postcode": "LS16 5CM"},
            "phone": "0113 496 0407",
            "allergies": allergies(when, ("iodine", "rash"), ("nickel", "blisters"), ("aspirin", "wheeze"), days=12),
        },
    )
    story.add("episode", "episode", episode(when, team, "frailty", 12, step="up"), "mensah", days=12)
    rows = (
        Row(96, 18, 96, 0, 108, 62, 84, 36.4),
        Row(47, 18, 95, 0, 106, 60, 86, 36.2),
        Row(20, 18, 96, 0, 116, 66, 80, 36.6),
        Row(3.4, 17, 97, 0, 118, 68, 78, 36.7),
    )
    return story.sets(when, rows, by=("amira", "leanne"))
