"""An unforeseen error never tells the log what it was about."""

from __future__ import annotations

import logging
import sys

from fieldapp.views.quiet import TypeOnly


def test_the_log_has_the_type_and_the_place_but_not_the_text() -> None:
    def read(text: str) -> int:
        return int(text)

    someone, raised = "HARGREAVES 9990412758", None
    try:
        read(someone)
    except ValueError:
        raised = sys.exc_info()
    record = logging.LogRecord("app", logging.ERROR, __file__, 1, "Unhandled", None, raised)
    written = TypeOnly("%(message)s").format(record)
    assert "HARGREAVES" not in written
    assert "9990412758" not in written
    assert written.endswith("ValueError")
    assert "in read" in written
