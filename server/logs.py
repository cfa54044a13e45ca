"""Logs of allow-listed fields only: no bodies, addresses with queries, names or messages of foreign errors.

One JSON object a line on standard error. A traceback is files, lines and function names with the types of the errors;
what an error says may hold what was sent, so it is left out.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import logging
import sys
import traceback
from types import TracebackType

from fieldapp.domain.revision import format_time
from server.times import from_ms

_LOGGER = logging.getLogger("server")
_FIELDS = frozenset({"method", "route", "status", "ms", "device", "bytes", "event", "trace"})


class JsonFormatter(logging.Formatter):
    """Keeps the allow-listed fields of a record; of other libraries' records only where they come from."""

    def format(self, record: logging.LogRecord) -> str:
        fields: dict[str, object] = getattr(record, "fields", {})
        line: dict[str, object] = {
            "at": format_time(from_ms(int(record.created * 1000))),
            "level": record.levelname.lower(),
            "logger": record.name,
        }
        line.update(fields)
        if record.exc_info and record.exc_info[1] is not None:
            line["trace"] = trace(record.exc_info[1])
        return json.dumps(line)


def configure() -> None:
    """Send everything that any library logs through the formatter."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(JsonFormatter())
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(logging.INFO)
    for name in ("uvicorn", "uvicorn.error", "uvicorn.access", "alembic", "sqlalchemy"):
        logger = logging.getLogger(name)
        logger.handlers = []
        logger.propagate = True
        logger.setLevel(logging.WARNING)


def log(level: int, **fields: str | int | float | None) -> None:
    """One line. Raises ValueError for a field that is not on the list."""
    unknown = fields.keys() - _FIELDS
    if unknown:
        raise ValueError(f"Not on the list of loggable fields: {', '.join(sorted(unknown))}")
    _LOGGER.log(level, "", extra={"fields": {name: value for name, value in fields.items() if value is not None}})


def trace(error: BaseException) -> str:
    """Where an error came from, without what it says."""
    parts: list[str] = []
    current: BaseException | None = error
    while current is not None and len(parts) < 5:
        parts.append(f"{type(current).__module__}.{type(current).__qualname__} at {_frames(current.__traceback__)}")
        current = current.__cause__ or current.__context__
    return " caused by ".join(parts)


def pseudonym(secret: bytes, device: str) -> str:
    """Twelve characters that stand for a device in logs; only whoever has the key can tell which."""
    return hmac.new(secret, b"log\n" + device.encode(), hashlib.sha256).hexdigest()[:12]


def _frames(found: TracebackType | None) -> str:
    frames = traceback.extract_tb(found)
    return " > ".join(f"{frame.filename}:{frame.lineno} {frame.name}" for frame in frames[-12:])
