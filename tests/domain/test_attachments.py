"""What may be attached, how it is told from its bytes, and what a photograph's record must say."""

from __future__ import annotations

import io
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from fieldapp.domain.attachments import (
    CHUNK_BYTES,
    MAX_BYTES,
    Attachment,
    NotAPictureError,
    TooLargePictureError,
    attach,
    attachment_of,
)
from fieldapp.domain.pictures import dimensions, media_type_of
from fieldapp.domain.records import InvalidBodyError, read_body

FORMATS = {"image/jpeg": "JPEG", "image/png": "PNG", "image/webp": "WEBP"}


def picture(form: str, size: tuple[int, int] = (61, 37), **options: Any) -> bytes:
    out = io.BytesIO()
    Image.new("RGBA" if options.pop("alpha", False) else "RGB", size, (160, 40, 40)).save(out, form, **options)
    return out.getvalue()


@pytest.mark.parametrize("media_type", FORMATS)
def test_the_format_and_the_measures_are_told_by_the_bytes(media_type: str) -> None:
    found = attach(picture(FORMATS[media_type]))
    assert (found.media_type, found.width, found.height) == (media_type, 61, 37)


@pytest.mark.parametrize("options", [{"lossless": True}, {"alpha": True}, {"quality": 10}])
def test_every_form_of_webp_says_its_measures(options: dict[str, Any]) -> None:
    assert dimensions(picture("WEBP", (300, 7), **options)) == (300, 7)


def test_a_jpeg_with_a_long_head_says_its_measures() -> None:
    assert dimensions(picture("JPEG", exif=b"Exif\x00\x00" + b"x" * 40_000)) == (61, 37)


@pytest.mark.parametrize(
    "data",
    [b"", b"\xff\xd8\xff", b"%PDF-1.7" + b"x" * 100, b"GIF89a" + b"x" * 100, b"RIFF....WAVE" + b"x" * 100],
    ids=["nothing", "a few bytes", "pdf", "gif", "sound"],
)
def test_other_files_are_refused_with_what_to_do(data: bytes) -> None:
    with pytest.raises(NotAPictureError, match=r"JPEG, PNG or WebP\. Take it again"):
        attach(data)


def test_a_picture_too_large_is_refused_with_what_to_do() -> None:
    head = picture("PNG")
    assert attach(head + bytes(MAX_BYTES - len(head))).size == MAX_BYTES
    with pytest.raises(TooLargePictureError, match=r"larger than 12 MB\. Take it with a smaller"):
        attach(head + bytes(MAX_BYTES - len(head) + 1))


@given(st.binary(max_size=200), st.sampled_from([b"", b"\xff\xd8\xff", b"RIFF0000WEBP", b"\x89PNG\r\n\x1a\n0000IHDR"]))
def test_no_bytes_break_the_reading_of_headers(tail: bytes, head: bytes) -> None:
    found = dimensions(head + tail)
    assert found is None or media_type_of(head + tail) is not None


@given(st.integers(min_value=1, max_value=MAX_BYTES))
def test_the_chunks_are_the_whole(size: int) -> None:
    named = Attachment(sha256="0" * 64, size=size, media_type="image/png")
    sizes = [named.chunk_size(index) for index in range(named.chunks)]
    assert sum(sizes) == size
    assert set(sizes[:-1]) <= {CHUNK_BYTES}
    with pytest.raises(ValueError, match="no such chunk"):
        named.chunk_size(named.chunks)


def body(**changed: Any) -> dict[str, Any]:
    image = attach(picture("PNG")).to_json()
    return {"shows": "Left heel, pressure ulcer", "taken_at": "2026-11-22T09:00:00Z", "image": image, **changed}


def test_a_photograph_names_its_attachment() -> None:
    said = body(site="Left heel")
    assert read_body("photo", said) is not None
    assert attachment_of("photo", said) == attach(picture("PNG"))


@pytest.mark.parametrize(
    ("changed", "where"),
    [
        ({"shows": ""}, "shows"),
        ({"taken_at": "2026-11-22T09:00:00"}, "taken_at"),
        ({"image": None}, "image"),
        ({"image": {**body()["image"], "sha256": "A" * 64}}, "image.sha256"),
        ({"image": {**body()["image"], "size": 0}}, "image.size"),
        ({"image": {**body()["image"], "size": MAX_BYTES + 1}}, "image.size"),
        ({"image": {**body()["image"], "media_type": "image/gif"}}, "image.media_type"),
        ({"image": {**body()["image"], "width": 0}}, "image.width"),
    ],
)
def test_a_body_that_does_not_fit_is_refused_with_its_field(changed: dict[str, Any], where: str) -> None:
    with pytest.raises(InvalidBodyError) as refused:
        read_body("photo", body(**changed))
    assert refused.value.where == where
    assert "shows" in changed or "taken_at" in changed or attachment_of("photo", body(**changed)) is None


def test_other_kinds_name_none() -> None:
    assert attachment_of("note", {"text": "x", "image": body()["image"]}) is None
    assert attachment_of("of a newer version", body()) is None
