"""A set of observations taken at one moment. Signed once; corrected by an amendment."""

from __future__ import annotations

from typing import Annotated, ClassVar, Literal

from pydantic import Field

from fieldapp.domain.records.base import Body, Line, Moment, Shape, Text

Consciousness = Literal["A", "C", "V", "P", "U"]


class Observations(Body):
    """What was measured, in the units named here; null or absent means not measured, never normal.

    Units: respiration_rate and pulse /min, spo2 %, oxygen_flow L/min, blood pressure mmHg, temperature °C,
    glucose mmol/L, weight kg, height cm, pain 0-10. `spo2_scale` is 2 only where a clinician authorised it in the plan.
    `recorded_news2` is the total as its author or source recorded it; the computed one stands beside it.
    Ranges here are what a body or an instrument can give at all; unusual values are asked about on screen.
    """

    KIND: ClassVar[str] = "observations"
    SHAPE: ClassVar[Shape] = Shape.ENTRY
    TITLE: ClassVar[str] = "Observations"

    taken_at: Moment
    visit: Line | None = None
    respiration_rate: Annotated[int | float | None, Field(ge=0, le=150)] = None
    spo2: Annotated[int | float | None, Field(ge=0, le=100)] = None
    spo2_scale: Literal[1, 2] | None = None
    on_oxygen: bool | None = None
    oxygen_flow: Annotated[int | float | None, Field(ge=0, le=100)] = None
    oxygen_device: Line | None = None
    systolic_bp: Annotated[int | float | None, Field(ge=0, le=400)] = None
    diastolic_bp: Annotated[int | float | None, Field(ge=0, le=300)] = None
    pulse: Annotated[int | float | None, Field(ge=0, le=400)] = None
    consciousness: Consciousness | None = None
    temperature: Annotated[int | float | None, Field(ge=10, le=50)] = None
    pain: Annotated[int | None, Field(ge=0, le=10)] = None
    glucose: Annotated[int | float | None, Field(ge=0, le=100)] = None
    weight: Annotated[int | float | None, Field(gt=0, le=700)] = None
    height: Annotated[int | float | None, Field(gt=0, le=300)] = None
    not_measured: dict[str, Line] = Field(default_factory=dict[str, Line])
    recorded_news2: Annotated[int | None, Field(ge=0, le=20)] = None
    note: Text | None = None
    source: Line | None = None
