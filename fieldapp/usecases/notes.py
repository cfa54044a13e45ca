"""Writing a note in free text, and correcting one. What is typed is a draft until it is signed."""

from __future__ import annotations

from dataclasses import dataclass, replace

from fieldapp.domain.canonical import Json
from fieldapp.usecases import reading
from fieldapp.usecases.errors import UnknownRecordError
from fieldapp.usecases.session import Saved, Session


@dataclass(frozen=True, slots=True)
class Writing:
    """One note being written. `amends` is the note it corrects, with that one's `body` and `base` heads."""

    draft: str
    patient: str
    text: str
    visit: str | None = None
    amends: str | None = None
    body: Json | None = None
    base: tuple[str, ...] = ()
    restored: bool = False


def start(session: Session, patient: str, *, visit: str | None = None, amends: str | None = None) -> Writing:
    """A new note, one to correct, or what was left unsaved of either. Raises UnknownRecordError."""
    fresh = Writing(f"note:{amends or patient}", patient, "", visit)
    if amends is not None:
        state = session.record(amends)
        if state.kind != "note" or state.patient != patient:
            raise UnknownRecordError("This is not a note of this patient. Open the timeline and try again.")
        said = reading.text(state.body, "text") or ""
        fresh = replace(fresh, text=said, amends=amends, body=state.body, base=state.heads)
    kept = session.store.draft(fresh.draft)
    if kept is None:
        return fresh
    return replace(fresh, text=kept["text"], visit=kept["visit"], base=tuple(kept["base"]) or fresh.base, restored=True)


def typed(writing: Writing, text: str) -> Writing:
    """The note as typed so far."""
    return replace(writing, text=text)


def differs(writing: Writing) -> bool:
    """Whether there is anything to keep."""
    before = reading.text(writing.body or {}, "text") or ""
    return writing.text.strip() != before.strip()


def keep(session: Session, writing: Writing) -> None:
    """Seal what was typed as a draft; nothing typed needs none."""
    if not differs(writing):
        session.store.drop_draft(writing.draft)
        return
    draft: Json = {"text": writing.text, "visit": writing.visit, "base": list(writing.base)}
    session.store.put_draft(writing.draft, draft)


def discard(session: Session, writing: Writing) -> None:
    """The clinician threw it away."""
    session.store.drop_draft(writing.draft)


def save(session: Session, writing: Writing, reason: str | None = None) -> Saved:
    """Sign the note; its draft goes in the same transaction. A correction needs a reason.

    Raises:
        NeedsReasonError, fieldapp.domain.records.InvalidBodyError: for an empty note.
    """
    body: Json = {**(writing.body or {}), "text": writing.text.strip()}
    if writing.visit is not None and writing.body is None:
        body["visit"] = writing.visit
    return session.put(
        writing.patient,
        "note",
        body,
        record=writing.amends,
        reason=reason,
        base=writing.base or None,
        drop_draft=writing.draft,
    )
