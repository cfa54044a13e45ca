"""Recording a set: the score builds itself, questions wait for an answer, the draft survives."""

from __future__ import annotations

from typing import Any

import pytest

from fieldapp.domain.plausibility import Impossible, Question
from fieldapp.usecases import observations as obs
from fieldapp.usecases.errors import NotAuthorisedError
from tests.app.ward import Ward

SEVEN: dict[str, Any] = {
    "respiration_rate": 24, "spo2": 87, "on_oxygen": True, "oxygen_flow": 2, "systolic_bp": 108, "diastolic_bp": 62,
    "pulse": 104, "consciousness": "A", "temperature": 37.9,
}  # fmt: skip
AUTHORISED = {
    "target_low": 88, "target_high": 92, "spo2_scale": 2, "authorised_by": "Dr S. Mensah",
    "authorised_at": "2026-11-19T16:20:00Z",
}  # fmt: skip


@pytest.fixture
def who(ward: Ward) -> str:
    made = ward.patient("Hargreaves")
    ward.add(made, "plan", {"oxygen": AUTHORISED})
    ward.observed(made, -22)
    return made


def filled(recording: obs.Recording, **values: Any) -> obs.Recording:
    for name, value in values.items():
        recording = obs.typed(recording, name, value)
    return recording


def test_the_score_builds_itself_and_is_seven_before_saving(ward: Ward, who: str) -> None:
    recording = obs.start(ward.session, who)
    assert (recording.scale, recording.last_total) == (2, "Was 5 at 13:40")
    assert recording.last["spo2"].shown == "93\u2009%"
    first = obs.live(ward.session, recording)
    assert (first.total, first.can_save) == (None, False)
    partly = obs.live(ward.session, filled(recording, **dict(list(SEVEN.items())[:6])))
    assert partly.headline == "No total yet: 4 of 7 scored"
    assert partly.missing == ("pulse", "consciousness", "temperature")
    recording = filled(recording, **SEVEN)
    live = obs.live(ward.session, recording)
    assert (live.total, live.band, live.headline) == (7, "high", "Emergency response")
    assert [s.points for s in live.segments] == [2, 1, 2, 1, 1, 0, 0]
    saved = obs.save(ward.session, recording)
    body = ward.session.record(saved.record).body
    assert {name: body[name] for name in SEVEN} == SEVEN
    assert body["spo2_scale"] == 2


def test_scale_two_only_with_an_authority(ward: Ward) -> None:
    recording = obs.start(ward.session, ward.patient("Other"))
    assert (recording.scale, recording.scale_authority) == (1, None)
    with pytest.raises(NotAuthorisedError):
        obs.with_scale(recording, 2)


def test_an_unusual_value_is_asked_about_and_kept_as_typed(ward: Ward, who: str) -> None:
    recording = filled(obs.start(ward.session, who), systolic_bp=300)
    (question,) = obs.live(ward.session, recording).questions
    assert isinstance(question, Question)
    assert not obs.live(ward.session, recording).can_save
    confirmed = obs.confirm(recording, question)
    assert obs.live(ward.session, confirmed).can_save
    assert confirmed.values["systolic_bp"] == 300
    assert obs.live(ward.session, filled(confirmed, systolic_bp=301)).questions, "another value asks again"


def test_an_impossible_value_is_neither_scored_nor_saved(ward: Ward, who: str) -> None:
    live = obs.live(ward.session, filled(obs.start(ward.session, who), **{**SEVEN, "spo2": 101}))
    assert isinstance(live.questions[0], Impossible)
    assert (live.total, live.can_save) == (None, False)


def test_swapped_pressures_are_asked_about(ward: Ward, who: str) -> None:
    recording = filled(obs.start(ward.session, who), systolic_bp=80, diastolic_bp=120)
    (question,) = obs.live(ward.session, recording).questions
    assert isinstance(question, Question)
    assert obs.live(ward.session, obs.confirm(recording, question)).can_save


def test_a_draft_survives_and_goes_when_it_is_saved(ward: Ward, who: str) -> None:
    recording = obs.could_not_measure(filled(obs.start(ward.session, who), pulse=94, spo2=90), "temperature")
    obs.keep(ward.session, recording)
    again = obs.start(ward.session, who)
    assert (dict(again.values), dict(again.not_measured)) == (
        {"pulse": 94, "spo2": 90},
        {"temperature": "Could not measure"},
    )
    saved = obs.save(ward.session, again)
    assert ward.session.record(saved.record).body["not_measured"] == {"temperature": "Could not measure"}
    assert ward.store.drafts() == {}
    assert obs.start(ward.session, who).values == {}


def test_not_for_children_and_says_why(ward: Ward) -> None:
    child = ward.patient("Young", born="2015-01-01")
    live = obs.live(ward.session, filled(obs.start(ward.session, child), **SEVEN))
    assert (live.total, live.headline) == (None, "NEWS2 not used")
    assert "under 16" in live.detail
    assert live.can_save, "the values are recorded all the same"
