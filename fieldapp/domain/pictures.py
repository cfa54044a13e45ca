"""The three picture formats that are taken, told by their first bytes, and their measures where a header says them.

Sources: PNG (W3C, third edition, 5.2 and 11.2.1), JPEG (ITU-T T.81, B.1.1 and B.2.2), WebP (RFC 9649, 2.4 to 2.7).
"""

from __future__ import annotations

from typing import Final, Literal

_PNG: Final = b"\x89PNG\r\n\x1a\n"
_JPEG: Final = b"\xff\xd8\xff"
_LEAST_BYTES: Final = 32
_JPEG_FRAMES: Final = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}
_JPEG_ALONE: Final = frozenset({0x01, *range(0xD0, 0xD8)})
_JPEG_SCAN: Final = 0xDA


def media_type_of(data: bytes) -> Literal["image/jpeg", "image/png", "image/webp"] | None:
    """The format by its first bytes, or None."""
    if len(data) < _LEAST_BYTES:
        return None
    if data.startswith(_PNG) and data[12:16] == b"IHDR":
        return "image/png"
    if data.startswith(_JPEG):
        return "image/jpeg"
    if data.startswith(b"RIFF") and data[8:12] == b"WEBP":
        return "image/webp"
    return None


def dimensions(data: bytes) -> tuple[int, int] | None:
    """Width and height in pixels as stored, before any rotation; None where the header does not say."""
    match media_type_of(data):
        case "image/png":
            found = int.from_bytes(data[16:20], "big"), int.from_bytes(data[20:24], "big")
        case "image/jpeg":
            found = _jpeg(data)
        case "image/webp":
            found = _webp(data)
        case None:
            found = None
    return found if found and all(0 < length <= 65_535 for length in found) else None


def _jpeg(data: bytes) -> tuple[int, int] | None:
    """From the first frame header; the segments before it are skipped by their lengths."""
    at = 2
    while at + 9 <= len(data) and data[at] == 0xFF:
        marker = data[at + 1]
        if marker == 0xFF:
            at += 1
        elif marker in _JPEG_ALONE:
            at += 2
        elif marker in _JPEG_FRAMES:
            return int.from_bytes(data[at + 7 : at + 9], "big"), int.from_bytes(data[at + 5 : at + 7], "big")
        elif marker == _JPEG_SCAN:
            return None
        else:
            at += 2 + max(2, int.from_bytes(data[at + 2 : at + 4], "big"))
    return None


def _webp(data: bytes) -> tuple[int, int] | None:
    chunk = data[12:16]
    if chunk == b"VP8X":
        return int.from_bytes(data[24:27], "little") + 1, int.from_bytes(data[27:30], "little") + 1
    if chunk == b"VP8L" and data[20] == 0x2F:
        bits = int.from_bytes(data[21:25], "little")
        return (bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1
    if chunk == b"VP8 " and data[23:26] == b"\x9d\x01\x2a":
        return int.from_bytes(data[26:28], "little") & 0x3FFF, int.from_bytes(data[28:30], "little") & 0x3FFF
    return None
