"""A spell of care with one service, from referral to end."""

from __future__ import annotations

from typing import Annotated, ClassVar, Literal

from fieldapp.domain.records.base import Body, Line, Moment, Policy, Shape, Text

Pathway = Literal["virtual_ward", "ucr", "reablement", "district_nursing", "care_home"]


class Episode(Body):
    """Admission to a pathway. Every clock's raw times are kept; deadlines are computed from configuration."""

    KIND: ClassVar[str] = "episode"
    SHAPE: ClassVar[Shape] = Shape.DOCUMENT
    TITLE: ClassVar[str] = "Episode of care"

    pathway: Pathway
    team: Line
    focus: Line | None = None
    reason: Text | None = None
    status: Annotated[Literal["referred", "active", "ended"], Policy.LATEST] = "active"
    referred_at: Moment | None = None
    started_at: Moment | None = None
    first_contact_at: Moment | None = None
    ended_at: Moment | None = None
    planned_end: Moment | None = None
    step: Literal["up", "down"] | None = None
    consultant: Line | None = None
    outcome: Text | None = None
