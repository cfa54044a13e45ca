"""The treatment plan: what this person and the team have agreed to do, and what must not be done."""

from __future__ import annotations

from datetime import date
from typing import Annotated, ClassVar, Literal

from pydantic import Field, model_validator

from fieldapp.domain.records.base import Body, Item, Line, Moment, Part, Policy, Shape, Text


class Escalation(Part):
    """Resuscitation and escalation decisions (ReSPECT): one statement."""

    not_for: list[Line] = Field(default_factory=list)
    still_for: list[Line] = Field(default_factory=list)
    decided_by: Line | None = None
    decided_at: Moment | None = None
    agreed_with: Line | None = None
    review_on: date | None = None


class Oxygen(Part):
    """Target saturation and how it is reached; NEWS2 scale 2 only with who authorised it and when."""

    target_low: Annotated[int, Field(ge=50, le=100)]
    target_high: Annotated[int, Field(ge=50, le=100)]
    spo2_scale: Literal[1, 2] = 1
    authorised_by: Line | None = None
    authorised_at: Moment | None = None
    delivery: Line | None = None

    @model_validator(mode="after")
    def _authorised(self) -> Oxygen:
        if self.target_high < self.target_low:
            raise ValueError("the target must run from low to high")
        if self.spo2_scale == 2 and not (self.authorised_by and self.authorised_at):
            raise ValueError("scale 2 needs who authorised it and when")
        return self


class Medicine(Item):
    """One medicine line, in the attributes in which it is shown."""

    name: Line
    brand: Line | None = None
    strength: Line | None = None
    form: Line | None = None
    dose: Line | None = None
    rate: Line | None = None
    duration: Line | None = None
    route: Line | None = None
    frequency: Line | None = None
    times: list[Line] = Field(default_factory=list)
    starts: date | None = None
    ends: date | None = None


class Problem(Item):
    """A problem this plan is for. `code` is SNOMED CT where known."""

    text: Line
    since: Line | None = None
    status: Literal["active", "resolved"] = "active"
    code: Line | None = None


class Intervention(Item):
    """Something the team does: what, how often, by whom."""

    what: Line
    how_often: Line | None = None
    who: Line | None = None
    times: list[Line] = Field(default_factory=list)


class Aim(Item):
    """What matters to the person, in their words, and how we know."""

    quote: Line
    measure: Line | None = None


class Monitoring(Part):
    """How often observations are due; `every_minutes` overrides the service's policy for this person."""

    every_minutes: Annotated[int | None, Field(ge=5, le=14 * 24 * 60)] = None
    note: Line | None = None


class Plan(Body):
    """Treatment plan."""

    KIND: ClassVar[str] = "plan"
    SHAPE: ClassVar[Shape] = Shape.DOCUMENT
    TITLE: ClassVar[str] = "Treatment plan"

    episode: Line | None = None
    escalation: Annotated[Escalation | None, Policy.REVIEW] = None
    oxygen: Annotated[Oxygen | None, Policy.REVIEW] = None
    medicines: Annotated[list[Medicine], Policy.REVIEW] = Field(default_factory=list[Medicine])
    problems: list[Problem] = Field(default_factory=list[Problem])
    interventions: list[Intervention] = Field(default_factory=list[Intervention])
    aims: list[Aim] = Field(default_factory=list[Aim])
    monitoring: Monitoring | None = None
    review_on: date | None = None
    summary: Text | None = None
