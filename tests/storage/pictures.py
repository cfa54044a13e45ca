"""Pictures for these tests: real ones where a header matters, padded to any size."""

from __future__ import annotations

import hashlib
import io
from typing import Any

from PIL import Image

from fieldapp.domain.attachments import CHUNK_BYTES, Attachment, attach
from fieldapp.domain.revision import Revision
from tests.storage.making import Maker


def photograph(size: int = 3 * CHUNK_BYTES - 1000, seed: str = "wound") -> bytes:
    """A whole PNG of `size` bytes, the same for the same seed."""
    out = io.BytesIO()
    Image.new("RGB", (64, 48), (160, 40, 40)).save(out, "PNG")
    head = out.getvalue()
    return head + hashlib.shake_256(seed.encode()).digest(size - len(head))


def body(data: bytes, **more: Any) -> dict[str, Any]:
    """What a record says of it."""
    return {
        "shows": "Left heel, pressure ulcer",
        "taken_at": "2026-11-22T09:00:00Z",
        "image": attach(data).to_json(),
        **more,
    }


def photo(make: Maker, patient: str, data: bytes, **more: Any) -> Revision:
    """Its signed record."""
    return make.revision(patient, "photo", body(data), **more)


def named(data: bytes) -> Attachment:
    """As records name it."""
    return attach(data)
