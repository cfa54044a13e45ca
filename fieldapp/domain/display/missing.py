"""The words for what is not there. Never a question mark, never an empty space."""

from __future__ import annotations

from typing import Final

NOT_KNOWN: Final = "Not known"
"""For who somebody is: name, date of birth, NHS number, address."""

NOT_RECORDED: Final = "Not recorded"
"""For what was done or measured, and when."""
