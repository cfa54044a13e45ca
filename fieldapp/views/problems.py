"""Errors that are for people: a sentence that says what to do next, and a code for the service desk."""

from __future__ import annotations

from typing import Final, NamedTuple

from fieldapp.domain.attachments import AttachmentError
from fieldapp.domain.records import InvalidBodyError
from fieldapp.storage.errors import StoreError
from fieldapp.sync.errors import SyncError
from fieldapp.usecases.errors import UseCaseError

Typed = UseCaseError | StoreError | SyncError | InvalidBodyError | AttachmentError
TYPED: Final = (UseCaseError, StoreError, SyncError, InvalidBodyError, AttachmentError)


class Problem(NamedTuple):
    """What went wrong, without a patient's data."""

    sentence: str
    code: str
    retry_after: float | None = None
    """Seconds before it is worth trying again, where that is known."""


def problem_of(error: Typed) -> Problem:
    """The words for a typed error."""
    wait = getattr(error, "retry_after", None)
    return Problem(str(error), error.code, float(wait) if isinstance(wait, int | float) else None)
