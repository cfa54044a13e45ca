"""One reablement or therapy session against the patient's goals. Signed once."""

from __future__ import annotations

from typing import Annotated, ClassVar, Literal

from pydantic import Field

from fieldapp.domain.records.base import Body, Line, Moment, Part, Shape, Text
from fieldapp.domain.records.goal import Attainment

Help = Literal["independent", "prompts", "one_person", "two_people"]


class Rating(Part):
    """How far one goal (by its record's id) was attained in this session."""

    goal: Line
    score: Attainment


class Activity(Part):
    """What was practised, for how long, with how much help."""

    what: Line
    minutes: Annotated[int | None, Field(ge=0, le=600)] = None
    help: Help | None = None


class Barthel(Part):
    """Barthel index with the scale it was scored on: two are in use."""

    score: Annotated[int, Field(ge=0, le=100)]
    scale: Literal[20, 100]


class TherapySession(Body):
    """What was done, how it went, how it felt."""

    KIND: ClassVar[str] = "therapy_session"
    SHAPE: ClassVar[Shape] = Shape.ENTRY
    TITLE: ClassVar[str] = "Therapy session"

    episode: Line | None = None
    visit: Line | None = None
    started_at: Moment
    minutes: Annotated[int | None, Field(ge=0, le=600)] = None
    ratings: list[Rating] = Field(default_factory=list[Rating])
    activities: list[Activity] = Field(default_factory=list[Activity])
    timed_up_and_go: list[Annotated[float, Field(gt=0, le=600)]] = Field(default_factory=list[float])
    barthel: Barthel | None = None
    effort_borg: Annotated[int | None, Field(ge=6, le=20)] = None
    pain_after: Annotated[int | None, Field(ge=0, le=10)] = None
    quote: Text | None = None
    next_session: Text | None = None
