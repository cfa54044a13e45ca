"""A note in free text. Signed once."""

from __future__ import annotations

from typing import ClassVar

from fieldapp.domain.records.base import Body, Line, Shape, Text


class Note(Body):
    """What the clinician wants the next one to know."""

    KIND: ClassVar[str] = "note"
    SHAPE: ClassVar[Shape] = Shape.ENTRY
    TITLE: ClassVar[str] = "Note"

    text: Text
    visit: Line | None = None
    about: Line | None = None
