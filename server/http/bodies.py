"""Request bodies in, replies out: bounded, zstd where both sides speak it."""

from __future__ import annotations

import zstandard
from fastapi import Request
from pydantic import BaseModel
from starlette.responses import Response

from fieldapp.sync.wire import ErrorReply
from server.errors import MalformedError, RateLimitedError, ServerError, TooLargeError

_COMPRESS_FROM = 1024
_LEVEL = 3
_WINDOW = 1 << 23
"""Bytes of memory that a sender may make the decompressor use."""


async def read_raw(request: Request, limit: int) -> bytes:
    """The body as it was sent. Raises TooLargeError as soon as it is longer than `limit` bytes."""
    parts: list[bytes] = []
    size = 0
    async for part in request.stream():
        size += len(part)
        if size > limit:
            raise TooLargeError
        parts.append(part)
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
        with zstandard.ZstdDecompressor(max_window_size=_WINDOW).stream_reader(raw) as reader:
            plain = reader.read(limit + 1)
    except zstandard.ZstdError as error:
        raise MalformedError("The body could not be decompressed. Send it again.") from error
    if len(plain) > limit:
        raise TooLargeError
    return plain


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
