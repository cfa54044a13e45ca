"""Today's run and the list of patients."""

from __future__ import annotations

from fieldapp.usecases.caseload import patients, today
from tests.app.ward import DOCTOR, Ward


def families(ward: Ward, *, everyone: bool = False) -> list[str]:
    run = today(ward.session, everyone=everyone)
    return [stop.who.name.split(",")[0] for stop in (*filter(None, [run.next]), *run.then)]


def test_an_overdue_clock_then_late_then_planned(ward: Ward) -> None:
    for family, start in (("Planned", 90), ("Sooner", 30)):
        ward.visit(ward.patient(family), start, start + 30)
    ward.visit(ward.patient("Late"), -62, -32)
    overdue = ward.patient("Overdue")
    episode = ward.episode(overdue, "ucr", focus="fall", referred_at=ward.at(-180))
    ward.visit(overdue, 45, 60, episode=episode)
    assert families(ward) == ["OVERDUE", "LATE", "SOONER", "PLANNED"]
    run = today(ward.session)
    assert run.date == "Tue 24-Nov-2026"
    assert (run.total, run.who, run.ends_about) == (4, "Amira Khan", "16:02")
    assert run.next is not None
    assert (run.next.flag, run.next.pathway) == ("Clock 1 hr overdue", "UCR 2-hour: fall")
    assert run.then[0].flag == "32 min late"


def test_a_visit_under_way_leads_and_done_ones_go_to_the_end(ward: Ward) -> None:
    ward.visit(ward.patient("Late"), -62, -32)
    ward.visit(ward.patient("There"), -20, 10, progress={"status": "arrived", "arrived_at": ward.at(-5)})
    ward.visit(ward.patient("Gone"), -120, -90, progress={"status": "done", "finished_at": ward.at(-95)})
    ward.visit(ward.patient("Cancelled"), 60, 90, progress={"status": "cancelled"})
    assert families(ward) == ["THERE", "LATE"]
    (done,) = today(ward.session).done
    assert (done.who.short, done.sent) == ("GONE, Dorothy", "sent")


def test_only_my_own_visits_and_those_nobody_has(ward: Ward) -> None:
    ward.visit(ward.patient("Mine"), 10, 20)
    ward.visit(ward.patient("Nobodys"), 30, 40, clinician=None)
    ward.visit(ward.patient("Elsewhere"), 40, 50, clinician=None, team="another team")
    ward.visit(ward.patient("Colleagues"), 50, 60, clinician=DOCTOR._asdict())
    ward.visit(ward.patient("Tomorrows"), 24 * 60, 24 * 60 + 30)
    assert families(ward) == ["MINE", "NOBODYS"]
    assert families(ward, everyone=True) == ["MINE", "NOBODYS", "ELSEWHERE", "COLLEAGUES"]


def test_an_empty_day(ward: Ward) -> None:
    run = today(ward.session)
    assert (run.next, run.then, run.done, run.urgent, run.total, run.ends_about) == (None, (), (), (), 0, None)


def test_what_cannot_wait_stands_above_in_order(ward: Ward) -> None:
    ucr = ward.patient("Okafor", "Grace")
    ward.episode(ucr, "ucr", focus="fall", referred_at=ward.at(-13))
    sick = ward.patient("Hargreaves")
    ward.episode(sick, "virtual_ward", focus="respiratory")
    ward.visit(sick, 28, 58)
    ward.observed(sick, -22)
    torn = ward.patient("Patel", "Suresh")
    plan = ward.add(torn, "plan", {"summary": "as before"}, minutes=-200)
    for n, text in enumerate(("one", "two")):
        ward.add(torn, "plan", {"summary": text}, minutes=-100 + n, record=plan.record, parents=(plan.id,))
    clock, recheck, conflict = today(ward.session).urgent
    assert (clock.kind, clock.tone, clock.value, clock.detail) == (
        "ucr_clock",
        "danger",
        "1hr 47min",
        "fall · by 15:49",
    )
    assert clock.left is not None
    assert round(clock.left, 2) == 0.89
    assert (recheck.who, recheck.value, recheck.detail) == ("HARGREAVES, Dorothy", "in 38 min", "score 5")
    assert (conflict.who, conflict.record, conflict.detail) == ("PATEL, Suresh", plan.record, "summary")


def test_a_two_hour_clock_stops_at_the_first_contact(ward: Ward) -> None:
    seen = ward.patient("Seen")
    ward.episode(seen, "ucr", referred_at=ward.at(-60), first_contact_at=ward.at(-10))
    arrived = ward.patient("Arrived")
    episode = ward.episode(arrived, "ucr", referred_at=ward.at(-60))
    ward.visit(arrived, -5, 20, episode=episode, progress={"status": "arrived", "arrived_at": ward.at(-2)})
    ended = ward.patient("Ended")
    ward.episode(ended, "ucr", referred_at=ward.at(-600), status="ended")
    assert [item.kind for item in today(ward.session).urgent] == []


def test_no_score_is_words_never_nought(ward: Ward) -> None:
    ward.patient("Young", born="2015-01-01")
    ward.observed(ward.patient("Partly"), -60, temperature=None)
    ward.observed(ward.patient("Scored"), -60)
    scores = {row.who.name.split(",")[0]: (row.score.total, row.score.words) for row in patients(ward.session)}
    assert scores == {"YOUNG": (None, "NEWS2 not used"), "PARTLY": (None, "No NEWS2 yet"), "SCORED": (5, None)}


def test_searching_by_any_part_of_a_name_or_the_number(ward: Ward) -> None:
    ward.patient("Hargreaves", nhs_number="9990000018")
    ward.patient("Okafor", "Grace")
    found = [len(patients(ward.session, text)) for text in ("", "harg", "dorothy HARG", "999 000 0018", "00", "zz")]
    assert found == [2, 1, 1, 1, 0, 0]


def test_a_row_tells_what_waits(ward: Ward) -> None:
    who = ward.patient("Hargreaves", allergies={"state": "none_known"})
    ward.visit(who, 28, 58)
    ward.session.put(who, "note", {"text": "Wound clean and dry."})
    (row,) = patients(ward.session)
    assert (row.unsent, row.conflicts, row.allergies) == (1, 0, "No known allergies")
    assert row.next_visit == "Tue 24-Nov-2026, 14:30–15:00"
    assert row.who.born == "14-Jul-1943 (83y)"
