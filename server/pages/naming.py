"""How a carer is called in a sentence."""

from __future__ import annotations

from datetime import datetime

from server.pages import times
from server.pages.model import Carer


def who(carer: Carer, *, start: bool = False) -> str:
    """`Ann, nurse,` within a sentence; `A nurse` while nobody is named. Without `start`: as a heading."""
    if carer.first_name:
        return f"{carer.first_name}, {carer.role}{',' if start else ''}"
    return f"{'An' if carer.role[:1].lower() in 'aeiou' else 'A'} {carer.role}"


def name(carer: Carer, *, start: bool = False) -> str:
    """`Ann`; `the nurse` while nobody is named, `The nurse` at the start of a sentence."""
    return carer.first_name or f"{'The' if start else 'the'} {carer.role}"


def at_time(verb: str, at: datetime | None, otherwise: str) -> str:
    """`arrived at 10:52am`, or other words while the time is not known."""
    return f"{verb} at {times.clock(at)}" if at else otherwise
