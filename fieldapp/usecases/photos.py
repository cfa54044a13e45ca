"""Photographs: attaching one to a patient's record, and looking at one."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from fieldapp.domain.attachments import Attachment, attach, attachment_of
from fieldapp.domain.canonical import Json
from fieldapp.domain.display.dates import clinical_datetime
from fieldapp.domain.revision import format_time
from fieldapp.usecases import reading
from fieldapp.usecases.errors import UnknownRecordError
from fieldapp.usecases.session import Saved, Session

Standing = Literal["waiting", "sent", "missing"]


@dataclass(frozen=True, slots=True)
class Photograph:
    """One photograph. `picture` is None where its bytes have not arrived on this tablet."""

    record: str
    patient: str
    shows: str
    site: str | None
    when: str
    named: Attachment
    standing: Standing
    picture: bytes | None

    @property
    def words(self) -> str:
        """`Left heel, pressure ulcer. Site: left heel. Taken 22-Nov-2026 09:00`, for whoever cannot see it."""
        site = f"Site: {self.site}" if self.site else None
        return ". ".join(filter(None, (self.shows.rstrip("."), site, f"Taken {self.when}" if self.when else None)))


def save(
    session: Session,
    patient: str,
    data: bytes,
    shows: str,
    *,
    site: str | None = None,
    taken_at: datetime | None = None,
    visit: str | None = None,
) -> Saved:
    """Sign what the picture shows, and keep both. `taken_at` is now where nobody says otherwise.

    Raises:
        fieldapp.domain.attachments.AttachmentError: the bytes are too many, or no picture.
        fieldapp.domain.records.InvalidBodyError: nobody said what it shows.
        UnknownPatientError, fieldapp.storage's errors
    """
    body: Json = {
        "shows": shows.strip(),
        "taken_at": format_time(taken_at or session.now()),
        "image": attach(data).to_json(),
    }
    if site and site.strip():
        body["site"] = site.strip()
    if visit is not None:
        body["visit"] = visit
    return session.put(patient, "photo", body, pictures=[data])


def photograph(session: Session, record: str) -> Photograph:
    """The photograph of a record, with its bytes where they are here. Raises UnknownRecordError."""
    state = session.record(record)
    named = attachment_of(state.kind, state.body)
    if named is None:
        raise UnknownRecordError("This record holds no photograph. Open the timeline and try again.")
    taken = reading.moment(state.body, "taken_at")
    return Photograph(
        record=record,
        patient=state.patient,
        shows=reading.text(state.body, "shows") or "Photograph",
        site=reading.text(state.body, "site"),
        when=clinical_datetime(taken) if taken else "",
        named=named,
        standing=session.store.attachment_state(state.patient, named),
        picture=session.store.picture(state.patient, named),
    )


def want(session: Session, shown: Photograph) -> None:
    """Fetch the bytes with the next sync, before all others."""
    session.store.want_attachment(shown.patient, shown.named)


def waiting_words(count: int) -> str:
    """`1 photograph waiting to be sent`; nothing where none waits."""
    if not count:
        return ""
    return "1 photograph waiting to be sent" if count == 1 else f"{count} photographs waiting to be sent"
