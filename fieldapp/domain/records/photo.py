"""A photograph, such as of a wound. Signed once; its bytes are an attachment (`fieldapp.domain.attachments`)."""

from __future__ import annotations

from typing import Annotated, ClassVar

from fieldapp.domain.attachments import Attachment
from fieldapp.domain.records.base import Body, Line, Moment, Policy, Shape, Text


class Photo(Body):
    """What the picture shows, where on the body, and when it was taken."""

    KIND: ClassVar[str] = "photo"
    SHAPE: ClassVar[Shape] = Shape.ENTRY
    TITLE: ClassVar[str] = "Photograph"
    ATTACHED: ClassVar[str | None] = "image"

    shows: Text
    site: Line | None = None
    taken_at: Moment
    visit: Line | None = None
    image: Annotated[Attachment, Policy.REVIEW]
