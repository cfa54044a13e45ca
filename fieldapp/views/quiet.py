"""Errors nobody foresaw: said to the person in one sentence, logged without what they were about.

An exception's text may quote what was typed or read, so neither the log nor the client ever gets it: the log gets the
exception's type and the lines of code it passed through.
"""

from __future__ import annotations

import logging
import threading
import traceback
from types import TracebackType
from typing import Any

SENTENCE = "Something in the app went wrong. What was saved is safe on this tablet. Go back and try again."


class TypeOnly(logging.Formatter):
    """Writes an exception's type and place, never its text."""

    def formatException(self, ei: Any) -> str:
        kind: type[BaseException] | None
        trace: TracebackType | None
        kind, _, trace = ei
        where = "".join(traceback.format_list(traceback.extract_tb(trace)))
        return f"{where}{kind.__name__ if kind else 'Unknown'}"


def quiet_logs() -> None:
    """Send every log record through `TypeOnly`. For the start of a process."""
    handler = logging.StreamHandler()
    handler.setFormatter(TypeOnly("%(levelname)s %(name)s: %(message)s"))
    logging.basicConfig(handlers=[handler], level=logging.WARNING, force=True)
    threading.excepthook = _log_thread


def _log_thread(args: threading.ExceptHookArgs) -> None:
    if args.exc_value is not None and not isinstance(args.exc_value, SystemExit):
        logging.getLogger("thread").error("A thread ended.", exc_info=args.exc_value)
