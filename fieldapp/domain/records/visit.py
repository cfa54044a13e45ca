"""A visit: the promised window, who comes, and what has become of it."""

from __future__ import annotations

from typing import Annotated, ClassVar, Literal

from pydantic import Field, model_validator

from fieldapp.domain.records.base import Body, Line, Moment, Part, Policy, Shape, Text

Status = Literal["planned", "on_the_way", "arrived", "done", "cancelled", "moved"]


class Clinician(Part):
    """Who comes. Only the first name and the role reach the patient's page."""

    id: Line
    name: Line
    role: Line


class Progress(Part):
    """How far the visit has got: one statement, so that two halves of a story are never mixed."""

    status: Status
    changed_at: Moment | None = None
    on_the_way_at: Moment | None = None
    arrived_at: Moment | None = None
    finished_at: Moment | None = None
    eta_start: Moment | None = None
    eta_end: Moment | None = None
    late_reason: Line | None = None


class Visit(Body):
    """One planned call at a patient's home."""

    KIND: ClassVar[str] = "visit"
    SHAPE: ClassVar[Shape] = Shape.DOCUMENT
    TITLE: ClassVar[str] = "Visit"

    episode: Line | None = None
    team: Line
    clinician: Clinician | None = None
    window_start: Moment
    window_end: Moment
    previous_window_start: Moment | None = None
    previous_window_end: Moment | None = None
    minutes: Annotated[int | None, Field(ge=1, le=24 * 60)] = None
    travel_minutes: Annotated[int | None, Policy.LATEST, Field(ge=0, le=24 * 60)] = None
    purpose: Text | None = None
    purpose_for_patient: Line | None = None
    have_ready: list[Line] = Field(default_factory=list)
    access: Line | None = None
    progress: Annotated[Progress, Policy.LATEST] = Progress(status="planned")
    outcome: Text | None = None

    @model_validator(mode="after")
    def _in_order(self) -> Visit:
        if self.window_end < self.window_start:
            raise ValueError("the window must end after it starts")
        return self
