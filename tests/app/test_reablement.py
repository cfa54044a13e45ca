"""Six weeks, the person's goals, and a session against them."""

from __future__ import annotations

import pytest

from fieldapp.usecases import reablement as re
from fieldapp.usecases import therapy as th
from tests.app.ward import DOCTOR, Ward


@pytest.fixture
def who(ward: Ward) -> str:
    made = ward.patient("Murphy", "Patrick")
    ward.episode(made, "reablement", started_at=ward.at(-15 * 24 * 60))
    return made


def test_where_the_weeks_stand(ward: Ward, who: str) -> None:
    shown = re.programme(ward.session, who)
    assert shown.weeks is not None
    assert (shown.weeks.headline, shown.weeks.fraction) == ("Week 3 of 6, day 16", 2 / 7)
    assert shown.weeks.ends == "Ends 20-Dec-2026 · 91-day check 08-Feb-2027"
    assert (shown.sessions, shown.goals, shown.barthel) == (0, (), None)


def test_a_session_against_the_goals(ward: Ward, who: str) -> None:
    goal = ward.add(who, "goal", {"quote": "Walk to the paper shop", "baseline": -2}).record
    ward.add(who, "goal", {"quote": "Done with", "status": "achieved"})
    ward.add(
        who,
        "therapy_session",
        {
            "started_at": ward.at(-15 * 24 * 60),
            "ratings": [{"goal": goal, "score": -1}],
            "timed_up_and_go": [28.4, 30.0],
            "barthel": {"score": 11, "scale": 20},
            "effort_borg": 15,
        },
        by=DOCTOR,
    )
    (row,) = re.programme(ward.session, who).goals
    assert (row.record, row.was, row.last) == (goal, "−2 at week 1", -1)
    draft = th.scored(th.start(ward.session, who), goal, 1)
    draft = th.attempted(th.attempted(draft, 18.64), 14.2)
    draft = th.practised(draft, th.Activity("Stairs", 10, "prompts"))
    draft = th.practised(draft, th.Activity("Stairs, one rail", 12, "independent"), at=0)
    th.keep(ward.session, draft)
    again = th.start(ward.session, who)
    assert again == draft
    assert again.activity_minutes == 12
    saved = th.save(ward.session, again)
    body = ward.session.record(saved.record).body
    assert body["ratings"] == [{"goal": goal, "score": 1}]
    assert body["timed_up_and_go"] == [18.6, 14.2]
    assert body["activities"] == [{"what": "Stairs, one rail", "minutes": 12, "help": "independent"}]
    assert ward.store.drafts() == {}
    after = re.programme(ward.session, who)
    assert after.timed_up_and_go is not None
    assert (after.timed_up_and_go.value, after.timed_up_and_go.first) == ("14.2", "28.4 s at week 1")
    assert (after.sessions, after.goals[0].last, after.effort_was) == (2, 1, None)


def test_two_barthel_scales_are_never_one_series(ward: Ward, who: str) -> None:
    for days, score, scale in ((10, 55, 100), (5, 12, 20), (1, 14, 20)):
        ward.add(
            who,
            "therapy_session",
            {"started_at": ward.at(-days * 24 * 60), "barthel": {"score": score, "scale": scale}},
        )
    barthel = re.programme(ward.session, who).barthel
    assert barthel is not None
    assert (barthel.label, [v for _, v in barthel.series]) == ("Barthel, of 20", [12, 14])
