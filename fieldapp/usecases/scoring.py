"""NEWS2 of a recorded set, whether it may be used for this person, and when to measure again."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from fieldapp.domain.canonical import Json
from fieldapp.domain.clocks import Recheck, recheck_due
from fieldapp.domain.news2 import Band, News2, Refusal, news2, news2_applies
from fieldapp.usecases import reading
from fieldapp.usecases.people import Identity
from fieldapp.usecases.service import Service

LABELS: Final = {
    "respiration_rate": "Respiration rate",
    "spo2": "Oxygen saturation",
    "oxygen": "Air or oxygen",
    "systolic_bp": "Systolic",
    "pulse": "Pulse",
    "consciousness": "Consciousness",
    "temperature": "Temperature",
}
"""The seven parameters in the chart's order, in words for the score strip."""


@dataclass(frozen=True, slots=True)
class Score:
    """The latest score of a patient in a list: `total` None is shown as `words`, never as 0."""

    total: int | None
    band: Band | None
    at: datetime | None
    words: str | None


def score_of(body: Json) -> News2:
    """NEWS2 of an observations body (whole, or as a summary keeps it).

    Raises:
        News2Error: for a value that no measurement could give.
    """
    consciousness: Any = body.get("consciousness")
    scale: Any = body.get("spo2_scale")
    return news2(
        respiration_rate=reading.number(body, "respiration_rate"),
        spo2=reading.number(body, "spo2"),
        spo2_scale=1 if scale is None else scale,
        on_oxygen=reading.flag(body, "on_oxygen"),
        systolic_bp=reading.number(body, "systolic_bp"),
        pulse=reading.number(body, "pulse"),
        consciousness=consciousness,
        temperature=reading.number(body, "temperature"),
    )


def refusal(who: Identity) -> Refusal | None:
    """Why NEWS2 may not be computed for this person, or None. Someone whose age is not known is scored with a
    caution (`age_caution`): hiding a high score of an adult would be the greater harm."""
    found = news2_applies(_age(who), who.pregnant)
    return None if found is not None and found.code == "age-not-known" else found


def age_caution(who: Identity) -> str | None:
    """What must stand beside the score of someone whose age is not known."""
    return "Age not known: NEWS2 is for people of 16 and over" if _age(who) is None else None


def _age(who: Identity) -> int | None:
    return who.age_years if who.age_years is None or who.age_years >= 0 else None


def by_time(observations: dict[str, Json]) -> list[Json]:
    """Sets in the order in which they were taken, oldest first; one without a time is left out."""
    timed = [(at, record, body) for record, body in observations.items() if (at := reading.moment(body, "taken_at"))]
    return [body for _, _, body in sorted(timed, key=lambda item: item[:2])]


def latest_score(who: Identity, observations: dict[str, Json]) -> Score:
    """The newest set with a total; words where there is none or NEWS2 is not used."""
    refused = refusal(who)
    if refused is not None:
        return Score(None, None, None, "NEWS2 not used")
    for body in reversed(by_time(observations)):
        score = score_of(body)
        if score.total is not None:
            return Score(score.total, score.band, reading.moment(body, "taken_at"), None)
    return Score(None, None, None, "No NEWS2 yet")


def recheck(service: Service, score: Score, plan: Json, monitored: bool) -> Recheck | None:
    """When the next set is due: as often as the plan says, else by the service's policy on monitored pathways."""
    if score.at is None:
        return None
    every = reading.number(reading.part(plan, "monitoring"), "every_minutes")
    if every is not None:
        return Recheck(score.at + timedelta(minutes=every), False)
    return recheck_due(score.at, score.total, score.band, service.monitoring) if monitored else None
