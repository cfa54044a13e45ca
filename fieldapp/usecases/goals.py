"""Agreeing a reablement goal with the person."""

from __future__ import annotations

from fieldapp.domain.canonical import Json
from fieldapp.usecases.errors import NeedsRecordError
from fieldapp.usecases.reablement import SCALE
from fieldapp.usecases.session import Saved, Session


def add_goal(
    session: Session,
    patient: str,
    quote: str,
    *,
    detail: str = "",
    baseline: int | None = None,
    episode: str | None = None,
) -> Saved:
    """Sign a new goal in the person's words, with where they stand now (−2 to +2).

    Raises:
        NeedsRecordError: without words; UnknownPatientError, fieldapp.domain.records.InvalidBodyError
    """
    if not quote.strip():
        raise NeedsRecordError("Write the goal in the person's own words.")
    if baseline is not None and baseline not in SCALE:
        raise NeedsRecordError("Where they stand now is from −2 to +2.")
    body: Json = {"quote": quote.strip(), "status": "active"}
    if detail.strip():
        body["detail"] = detail.strip()
    if baseline is not None:
        body["baseline"] = baseline
    if episode is not None:
        body["episode"] = episode
    return session.put(patient, "goal", body)
