"""What every record kind declares: its name, its shape, and how each statement merges.

A **statement** is the smallest thing a clinician would sign: one field of the body, or one item of a list whose items
carry an `id`. The policy stands beside the field as `Annotated[..., Policy.REVIEW]`; without one it is `MERGE`.
"""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Annotated, Any, ClassVar

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from fieldapp.domain.canonical import Json


class Shape(StrEnum):
    """How a record lives."""

    ENTRY = "entry"
    """Signed once; corrected only by an amendment with a reason."""
    DOCUMENT = "document"
    """Edited over time; changes made apart are merged by statement."""


class Policy(StrEnum):
    """What happens when two people changed one statement without seeing each other."""

    MERGE = "merge"
    """Different statements merge; one statement changed in two ways is for a clinician. Lists merge by item."""
    UNION = "union"
    """A list to which both may add: everything either side holds."""
    REVIEW = "review"
    """Safety: the whole field is one statement, and two different changes are always for a clinician."""
    LATEST = "latest"
    """Logistics such as an arrival time: the later signature stands."""


YEARS = range(1900, 9000)
"""What a clock may show, however wrong it is: every device can write these in its own zone and add to them."""


def _aware(moment: datetime) -> datetime:
    if moment.tzinfo is None:
        raise ValueError("give the time with its zone, such as 2026-11-22T14:02:00Z")
    if moment.year not in YEARS:
        raise ValueError("give a time that a clock can show")
    return moment


Moment = Annotated[datetime, AfterValidator(_aware)]
"""A time with its zone."""
Text = Annotated[str, Field(min_length=1, max_length=20_000)]
"""Words that say something."""
Line = Annotated[str, Field(min_length=1, max_length=500)]


class Part(BaseModel):
    """A piece of a body. Fields a newer version added are kept and passed on."""

    model_config = ConfigDict(extra="allow", frozen=True)


class Item(Part):
    """An element of a list that merges by item; its id never changes."""

    id: Line


class Body(Part):
    """The content of one kind of record."""

    KIND: ClassVar[str]
    SHAPE: ClassVar[Shape]
    TITLE: ClassVar[str]
    SCHEMA: ClassVar[int] = 1
    ATTACHED: ClassVar[str | None] = None
    """The field that names an attachment (`fieldapp.domain.attachments`), in kinds that carry one."""

    entered_in_error: Annotated[bool, Policy.REVIEW] = False

    @classmethod
    def policies(cls) -> dict[str, Policy]:
        """The policy of each declared field."""
        return {
            name: next((m for m in field.metadata if isinstance(m, Policy)), Policy.MERGE)
            for name, field in cls.model_fields.items()
        }

    def to_body(self) -> Json:
        """The JSON object to sign: what was set, nothing invented."""
        body: dict[str, Any] = self.model_dump(mode="json", exclude_unset=True)
        return body
