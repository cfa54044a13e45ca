"""Request bodies in, replies out: bounded, zstd where both sides speak it."""

from __future__ import annotations

import json
from typing import Any

import zstandard
from fastapi import Request
from pydantic import BaseModel
from starlette.requests import ClientDisconnect
from starlette.responses import Response

from fieldapp.sync.wire import ErrorReply
from server.errors import MalformedError, RateLimitedError, ServerError, TooLargeError

SMALL_BYTES = 4096
"""The longest body of a message that holds no records."""
_COMPRESS_FROM = 1024
_LEVEL = 3
_WINDOW = 1 << 23
"""Bytes of memory that a sender may make the decompressor use (RFC 9659)."""
_SLICE = 256
"""Bytes unpacked at once: they can become 8 MB at most."""
_PASSED_OVER = 8 << 20
"""How much of a body that is too long is read and forgotten, so that its sender gets to read the answer."""


async def read_raw(request: Request, limit: int) -> bytes:
    """The body as it was sent, never more of it in memory than `limit` bytes.

    Raises:
        TooLargeError: it is longer.
        MalformedError: it ended before its time.
    """
    parts: list[bytes] = []
    size = 0
    try:
        async for part in request.stream():
            size += len(part)
            if size > limit:
                parts.clear()
            else:
                parts.append(part)
            if size > limit + _PASSED_OVER:
                raise TooLargeError
    except ClientDisconnect as error:
        raise MalformedError("The connection ended before the body did. Send it again.") from error
    if size > limit:
        raise TooLargeError
    return b"".join(parts)


def unpack(request: Request, raw: bytes, limit: int) -> bytes:
    """The body's content, at most `limit` bytes however well it was compressed.

    Raises:
        TooLargeError, MalformedError
    """
    encoding = request.headers.get("content-encoding", "identity").strip().lower()
    if encoding == "identity":
        return raw
    if encoding != "zstd":
        raise MalformedError("Bodies are plain or compressed with zstd.")
    try:
        return _unpacked(raw, limit)
    except zstandard.ZstdError as error:
        raise MalformedError("The body could not be decompressed. Send it again.") from error


def read_json(content: bytes) -> object:
    """The value of a JSON text in UTF-8 that says everything once. Raises MalformedError."""
    try:
        return json.loads(content.decode(), object_pairs_hook=_object)
    except (ValueError, RecursionError) as error:
        raise MalformedError("The body is not JSON. Send it again.") from error


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("A key stands twice in one object.")
    return found


def _unpacked(raw: bytes, limit: int) -> bytes:
    """The content of the one frame that a body is. Raises ZstdError, TooLargeError."""
    reader = zstandard.ZstdDecompressor(max_window_size=_WINDOW).decompressobj()
    parts: list[bytes] = []
    size = 0
    for at in range(0, len(raw), _SLICE):
        if reader.eof:
            raise zstandard.ZstdError("Something follows the frame.")
        parts.append(reader.decompress(raw[at : at + _SLICE]))
        size += len(parts[-1])
        if size > limit:
            raise TooLargeError
    if not reader.eof or reader.unused_data:
        raise zstandard.ZstdError("Not one whole frame.")
    return b"".join(parts)


def reply(request: Request, content: bytes, status: int = 200) -> Response:
    """JSON, compressed when it is worth it and the caller accepts zstd."""
    headers = {"vary": "accept-encoding"}
    accepted = [part.partition(";")[0].strip() for part in request.headers.get("accept-encoding", "").split(",")]
    if len(content) >= _COMPRESS_FROM and "zstd" in accepted:
        content = zstandard.ZstdCompressor(level=_LEVEL).compress(content)
        headers["content-encoding"] = "zstd"
    return Response(content, status, headers, "application/json")


def reply_model(request: Request, model: BaseModel) -> Response:
    """A wire message."""
    return reply(request, model.model_dump_json().encode())


def reply_error(error: ServerError, now: int) -> Response:
    """An error in the wire's form, with the server's time in ms."""
    content = ErrorReply(code=error.code, sentence=error.sentence, now=now).model_dump_json()
    headers = {"retry-after": str(int(error.seconds) + 1)} if isinstance(error, RateLimitedError) else {}
    return Response(content, error.status, headers, "application/json")
