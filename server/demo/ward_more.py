"""More patients of the home ward: antibiotics, frailty, the end of life, a wound, a very long name."""

from __future__ import annotations

from server.demo.story import Row, Story, When, allergies, items, name, nhs_number, texts, ward_episode


def stories(when: When, team: str) -> list[Story]:
    """Every story told in this module. `team` is the home ward's id."""
    return [told(when, team) for told in (barbara, yusuf, jean, abdul, temperance)]


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
    story.add("episode", "episode", ward_episode(when, team, "IV antibiotics", 3, step="down"), "mensah", days=3)
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
    story.add("episode", "episode", ward_episode(when, team, "frailty", 6, step="down"), "mensah", days=6)
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
    story.add("episode", "episode", ward_episode(when, team, "palliative", 20), "mensah", days=20)
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
    spell = ward_episode(when, team, "wound care", 40) | {"pathway": "district_nursing"}
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
    story.add("episode", "episode", ward_episode(when, team, "frailty", 12, step="up"), "mensah", days=12)
    rows = (
        Row(96, 18, 96, 0, 108, 62, 84, 36.4),
        Row(47, 18, 95, 0, 106, 60, 86, 36.2),
        Row(20, 18, 96, 0, 116, 66, 80, 36.6),
        Row(3.4, 17, 97, 0, 118, 68, 78, 36.7),
    )
    return story.sets(when, rows, by=("amira", "leanne"))
