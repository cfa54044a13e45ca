"""A reablement goal, scored on the goal attainment scale (−2 much less than expected … +2 much more)."""

from __future__ import annotations

from datetime import date
from typing import Annotated, ClassVar, Literal

from pydantic import Field

from fieldapp.domain.records.base import Body, Line, Policy, Shape, Text

Attainment = Annotated[int, Field(ge=-2, le=2)]


class Goal(Body):
    """What the person wants to be able to do again."""

    KIND: ClassVar[str] = "goal"
    SHAPE: ClassVar[Shape] = Shape.DOCUMENT
    TITLE: ClassVar[str] = "Reablement goal"

    episode: Line | None = None
    quote: Line
    detail: Text | None = None
    baseline: Attainment | None = None
    expected_by: date | None = None
    status: Annotated[Literal["active", "achieved", "stopped"], Policy.LATEST] = "active"
