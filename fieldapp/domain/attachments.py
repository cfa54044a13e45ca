"""Attachments: the bytes of a photograph, which live beside the record that names them.

A kind that carries one says in which field (`Body.ATTACHED`); the field's value is an `Attachment`. It is known by the
SHA-256 of its bytes, so that the same picture is stored and sent once for a patient. It is stored and sent in chunks.

AttachmentError             a sentence for a person, a stable `code`; never the picture or its name
├── TooLargePictureError    more bytes than a tablet stores
└── NotAPictureError        none of the three formats, or cut short
"""

from __future__ import annotations

from typing import Annotated, ClassVar, Final, Literal, NamedTuple

from pydantic import Field, ValidationError

from fieldapp.domain.canonical import Json, canonical_json, sha256_hex
from fieldapp.domain.pictures import dimensions, media_type_of
from fieldapp.domain.records import body_type
from fieldapp.domain.records.base import Part

CHUNK_BYTES: Final = 256 << 10
"""Bytes of every chunk but the last: what is repeated at most when the signal goes."""
MAX_BYTES: Final = 12 << 20
"""Bytes of one picture: above what a phone's camera writes in its usual settings."""
MOST_CHUNKS: Final = MAX_BYTES // CHUNK_BYTES
MOST_PIXELS: Final = 65_535

Sha256 = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
MediaType = Literal["image/jpeg", "image/png", "image/webp"]
Pixels = Annotated[int, Field(ge=1, le=MOST_PIXELS)]


class AttachmentError(ValueError):
    """These bytes cannot be attached."""

    code: ClassVar[str] = "attachment"


class TooLargePictureError(AttachmentError):
    """More bytes than a tablet stores."""

    code = "picture_too_large"

    def __init__(self) -> None:
        super().__init__(
            f"The photograph is larger than {MAX_BYTES >> 20} MB. Take it with a smaller picture size, then attach it."
        )


class NotAPictureError(AttachmentError):
    """None of the three formats, or cut short."""

    code = "not_a_picture"

    def __init__(self) -> None:
        super().__init__("This is not a whole photograph in JPEG, PNG or WebP. Take it again, or choose another file.")


class Attachment(Part):
    """What a signed record says of its attachment: the hash and number of its bytes, its format, its measures in
    pixels where they are known."""

    sha256: Sha256
    size: Annotated[int, Field(ge=1, le=MAX_BYTES)]
    media_type: MediaType
    width: Pixels | None = None
    height: Pixels | None = None

    @property
    def chunks(self) -> int:
        """How many chunks the bytes make."""
        return -(-self.size // CHUNK_BYTES)

    def chunk_size(self, index: int) -> int:
        """Bytes of chunk `index`, counted from 0. Raises ValueError outside the chunks."""
        if not 0 <= index < self.chunks:
            raise ValueError("There is no such chunk.")
        return min(CHUNK_BYTES, self.size - index * CHUNK_BYTES)

    def fits(self, data: bytes) -> bool:
        """Whether these are exactly the bytes, in the format, that the record names."""
        return len(data) == self.size and sha256_hex(data) == self.sha256 and media_type_of(data) == self.media_type

    def to_json(self) -> Json:
        """As it stands in a body."""
        return self.model_dump(mode="json", exclude_none=True)


class Place(NamedTuple):
    """An attachment of a patient. `mine`: it was attached on this tablet."""

    patient: str
    named: Attachment
    mine: bool = False


def attach(data: bytes) -> Attachment:
    """What a record says of these bytes. The format is told by the bytes themselves, never by a name.

    Raises:
        TooLargePictureError, NotAPictureError
    """
    if len(data) > MAX_BYTES:
        raise TooLargePictureError
    media_type = media_type_of(data)
    if media_type is None:
        raise NotAPictureError
    width, height = dimensions(data) or (None, None)
    return Attachment(sha256=sha256_hex(data), size=len(data), media_type=media_type, width=width, height=height)


def attachment_of(kind: str, body: Json) -> Attachment | None:
    """The attachment that a body names; None where its kind has none, is unknown, or the field does not fit."""
    model = body_type(kind)
    if model is None or model.ATTACHED is None:
        return None
    try:
        return Attachment.model_validate_json(canonical_json(body.get(model.ATTACHED)), strict=True)
    except ValidationError:
        return None
