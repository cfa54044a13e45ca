"""The rest of the caseloads: people drawn from a seed, each with a condition whose numbers follow its course."""

from __future__ import annotations

from dataclasses import dataclass
from random import Random
from typing import Final

from server.demo.reablement import Aim, Course, rehabilitate
from server.demo.story import Row, Story, When, allergies, items, name, nhs_number, texts

_GIVEN: Final = {
    "female": "Shirley Amina Kathleen Ifeoma Rukhsana Agnieszka Sheila Mei-Ling Bronwen Parveen Doreen Niamh Yetunde"
    " Ingrid Harpreet Aoife Zainab Renée Siobhán Olena",
    "male": "Kenneth Tariq Desmond Kwame Arjun Zbigniew Trevor Wei Gareth Mohammed Leslie Oisín Babatunde Lars"
    " Gurdeep Seán Ibrahim André Padraig Taras",
}
_FAMILIES: Final = (
    "Ackroyd Begum Campbell Mbeki Sharma Kowalski Holroyd Chen Pritchard Malik Sykes O’Brien Adebayo Lindqvist"
    " Singh Byrne Farah Dubois Ó-Súilleabháin Kovalenko Sutcliffe Rahman Barraclough Osei Iyer Wójcik Hirst Nguyen"
    " Bevan Qureshi Illingworth Doyle Eze Jørgensen Kaur McAllister Warsame Fernández Thwaite Bondarenko"
).split()
_STREETS: Final = "Larch Bank;Foundry Walk;Tannery Close;Meadow Ginnel;Chapel Fold;Orchard Snicket;Weaver Court".split(
    ";"
)
_OUTWARD: Final = "LS6 LS7 LS8 LS9 LS11 LS12 LS13 LS14 LS15 LS16 LS17 LS28".split()
_IMPOSSIBLE: Final = "CIKMOV"
_NEEDS: Final = (
    "Large print",
    "Interpreter: Urdu",
    "Easy read",
    "British Sign Language",
    "Hearing loop",
    "Text, not calls",
)
_ALLERGENS: Final = (
    ("penicillin", "rash"),
    ("ibuprofen", "wheeze"),
    ("eggs", "swelling of the lips"),
    ("erythromycin", "vomiting"),
    ("chlorhexidine", "rash"),
)


@dataclass(frozen=True)
class Condition:
    """A reason to be on a caseload. `ill` and `well` are (rate, SpO2, flow, systolic, pulse, °C) at its two ends."""

    team: str
    pathway: str
    focus: str
    problem: str
    medicine: tuple[str, str, str, str]
    intervention: tuple[str, str]
    ill: tuple[float, ...]
    well: tuple[float, ...]


_WELL: Final = (16, 97, 0, 132, 76, 36.6)
CONDITIONS: Final = (
    Condition("ward", "virtual_ward", "respiratory", "Exacerbation of COPD",
              ("doxycycline", "100 mg", "oral", "once a day"), ("Observations and NEWS2", "Twice a day"),
              (24, 92, 1, 128, 104, 37.9), (18, 95, 0, 130, 84, 36.8)),
    Condition("ward", "virtual_ward", "frailty", "Urinary infection with a fall",
              ("nitrofurantoin", "100 mg", "oral", "twice a day"), ("Fluids and continence", "Daily"),
              (20, 95, 0, 104, 98, 38.2), (16, 97, 0, 126, 78, 36.6)),
    Condition("ward", "virtual_ward", "heart failure", "Worsening heart failure",
              ("bumetanide", "1 mg", "oral", "once a day"), ("Weight and ankles", "Daily"),
              (23, 94, 0, 108, 100, 36.4), (18, 96, 0, 116, 80, 36.5)),
    Condition("ward", "district_nursing", "diabetes", "Type 2 diabetes, new to insulin",
              ("insulin glargine", "14 units", "subcutaneous", "once a day"), ("Insulin and glucose", "Daily"),
              (17, 97, 0, 146, 88, 36.7), _WELL),
    Condition("ucr", "ucr", "reduced mobility", "Sudden loss of mobility",
              ("paracetamol", "1 g", "oral", "four times a day"), ("Mobility and equipment", "Daily for three days"),
              (18, 96, 0, 150, 92, 36.9), _WELL),
    Condition("ucr", "ucr", "confusion", "New confusion",
              ("co-amoxiclav", "625 mg", "oral", "three times a day"), ("Delirium care", "Daily"),
              (21, 95, 0, 112, 102, 38.1), (17, 97, 0, 128, 82, 36.7)),
    Condition("reablement", "reablement", "fall at home", "Deconditioned after a fall",
              ("colecalciferol", "20 micrograms", "oral", "once a day"), ("Strength and balance", "Three times a week"),
              _WELL, _WELL),
    Condition("reablement", "reablement", "hospital stay", "Weak after pneumonia",
              ("nutritional drink", "125 mL", "oral", "twice a day"), ("Stamina and self-care", "Three times a week"),
              _WELL, _WELL),
)  # fmt: skip
_LEADS: Final = {"ward": "mensah", "ucr": "callum", "reablement": "sian"}
_SIGNERS: Final = {"ward": ("leanne", "amira"), "ucr": ("callum", "leanne"), "reablement": ("joyce", "tom")}


def stories(when: When, teams: dict[str, str], count: int, seed: int) -> list[Story]:
    """`count` people; `teams` maps the staff module's keys to ids. The same seed draws the same people."""
    draw = Random(seed)
    return [_person(when, teams, draw, number) for number in range(count)]


def _person(when: When, teams: dict[str, str], draw: Random, number: int) -> Story:
    condition = CONDITIONS[number % len(CONDITIONS)]
    gender = ("female", "male")[number // len(CONDITIONS) % 2]
    given = _GIVEN[gender].split()[(number * 7 + number // 20) % 20]
    days = draw.choice((2, 3, 5, 8, 13))
    story = Story(f"crowd {number}", _details(when, draw, number, gender, given, days), team=condition.team)
    if condition.team == "reablement":
        aims = (Aim("Get about my own home again", "Bed to kitchen, no one near", -1),)
        course = Course(
            (days - 0.5, 1.1), (26.0, 23.5), (12, 13), ((condition.intervention[0], 20),), ("Getting there.",)
        )
        return rehabilitate(story, when, teams["reablement"], condition.focus, days, aims, course)
    lead, team = _LEADS[condition.team], teams[condition.team]
    spell = {
        "pathway": condition.pathway,
        "team": team,
        "focus": condition.focus,
        "status": "active",
        "referred_at": when.text(days=days, hours=2),
        "started_at": when.text(days=days),
        "first_contact_at": when.text(days=days, minutes=35),
    }
    story.add("episode", "episode", spell, lead, days=days)
    drug, dose, route, often = condition.medicine
    what, how_often = condition.intervention
    plan = {
        "episode": story.record("episode"),
        "medicines": items({"name": drug, "dose": dose, "route": route, "frequency": often}),
        "problems": items({"text": condition.problem, "since": when.written(-days - 1)}),
        "interventions": items({"what": what, "how_often": how_often}),
        "review_on": when.day(draw.randint(1, 5)),
    }
    story.add("plan", "plan", plan, lead, days=days - 0.1)
    return story.sets(when, _course(draw, condition, days), by=_SIGNERS[condition.team])


def _details(when: When, draw: Random, number: int, gender: str, given: str, days: int) -> dict[str, object]:
    family = _FAMILIES[number % len(_FAMILIES)]
    title = draw.choice(("Mr",) if gender == "male" else ("Mrs", "Miss", "Ms"))
    inward = f"{draw.randint(0, 9)}{draw.choice(_IMPOSSIBLE)}{draw.choice(_IMPOSSIBLE)}"
    born = when.today.replace(
        month=draw.randint(1, 12), day=draw.randint(1, 28), year=when.today.year - draw.randint(58, 96)
    )
    details: dict[str, object] = {
        "name": name(family, given, title),
        "nhs_number": nhs_number(900000 + number * 37),
        "born": born.isoformat(),
        "gender": gender,
        "address": {
            "lines": [f"{draw.randint(1, 140)} {draw.choice(_STREETS)}", "Leeds"],
            "postcode": f"{draw.choice(_OUTWARD)} {inward}",
        },
        "phone": f"0113 496 0{500 + number}",
    }
    known = draw.random()
    if known < 0.4:
        details["allergies"] = allergies(when, draw.choice(_ALLERGENS), days=days)
    elif known < 0.75:
        details["allergies"] = allergies(when, days=days)
    elif known < 0.9:
        details["allergies"] = {"state": "not_recorded", "items": []}
    if draw.random() < 0.3:
        details["needs"] = texts("label", draw.choice(_NEEDS))
    return details


def _course(draw: Random, condition: Condition, days: int) -> tuple[Row, ...]:
    count = draw.randint(2, 9)
    rows: list[Row] = []
    for position in range(count):
        share = position / (count - 1)
        hours = days * 24 * (1 - share) + 4 + draw.random() * 6
        rate, spo2, flow, systolic, pulse, degrees = (
            ill + (well - ill) * share for ill, well in zip(condition.ill, condition.well, strict=True)
        )
        diastolic = systolic * 0.58 + draw.randint(-3, 3)
        more = {"glucose": round(13.5 - 4.5 * share + draw.random(), 1)} if condition.focus == "diabetes" else {}
        rows.append(
            Row(
                hours,
                round(rate) + draw.randint(-1, 1),
                min(99, round(spo2) + draw.randint(-1, 1)),
                round(flow * 2) / 2,
                round(systolic) + draw.randint(-4, 4),
                round(diastolic),
                round(pulse) + draw.randint(-3, 3),
                round(degrees + draw.uniform(-0.2, 0.2), 1),
                "C" if condition.focus == "confusion" and share < 0.5 else "A",
                more,
            )
        )
    return tuple(rows)
