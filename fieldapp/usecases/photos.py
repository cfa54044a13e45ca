"""Photographs: attaching one to a patient's record, correcting what was said of it, and looking at one. What is chosen
and typed is a draft until it is signed."""

from __future__ import annotations

import base64
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Literal

from fieldapp.domain.attachments import Attachment, attach, attachment_of
from fieldapp.domain.canonical import Json
from fieldapp.domain.display.dates import clinical_datetime
from fieldapp.domain.revision import format_time, parse_time
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


@dataclass(frozen=True, slots=True)
class Taking:
    """One photograph being attached. `amends` is the one whose words are corrected, with that one's `body`."""

    draft: str
    patient: str
    shows: str = ""
    site: str = ""
    picture: bytes | None = None
    taken_at: datetime | None = None
    visit: str | None = None
    amends: str | None = None
    body: Json | None = None
    restored: bool = False

    @property
    def begun(self) -> bool:
        """Whether there is anything to keep."""
        said = reading.text(self.body or {}, "shows") or "", reading.text(self.body or {}, "site") or ""
        return (self.shows.strip(), self.site.strip()) != said or (self.picture is not None and self.amends is None)


def start(session: Session, patient: str, *, visit: str | None = None, amends: str | None = None) -> Taking:
    """A new photograph, one to correct, or what was left unsaved of either. Raises UnknownRecordError."""
    fresh = Taking(f"photo:{amends or patient}", patient, visit=visit, amends=amends)
    if amends is not None:
        shown = photograph(session, amends)
        body = session.record(amends).body
        fresh = replace(fresh, shows=shown.shows, site=shown.site or "", picture=shown.picture, body=body)
    words, chosen = session.store.draft(fresh.draft), session.store.draft(_picture_draft(fresh))
    if words is not None:
        fresh = replace(fresh, shows=words["shows"], site=words["site"], restored=True)
    if chosen is not None and amends is None:
        data, at = base64.b64decode(chosen["data"]), parse_time(chosen["at"])
        fresh = replace(fresh, picture=data, taken_at=at, restored=True)
    return fresh


def chosen(session: Session, taking: Taking, data: bytes) -> Taking:
    """With this picture, kept as a draft. It counts as taken now.

    Raises:
        fieldapp.domain.attachments.AttachmentError: the bytes are too many, or no picture.
    """
    attach(data)
    at = session.now()
    draft: Json = {"data": base64.b64encode(data).decode(), "at": format_time(at)}
    session.store.put_draft(_picture_draft(taking), draft)
    return replace(taking, picture=data, taken_at=at)


def keep(session: Session, taking: Taking) -> None:
    """Seal what was typed as a draft."""
    session.store.put_draft(taking.draft, {"shows": taking.shows, "site": taking.site})


def discard(session: Session, taking: Taking) -> None:
    """The clinician threw it away."""
    session.store.drop_draft(taking.draft)
    session.store.drop_draft(_picture_draft(taking))


def sign(session: Session, taking: Taking, reason: str | None = None) -> Saved:
    """Sign it; its drafts go. A correction keeps the picture and needs a reason.

    Raises:
        UnknownRecordError: there is no picture yet.
        NeedsReasonError, fieldapp.domain.records.InvalidBodyError, and what `save` raises
    """
    if taking.amends is not None:
        body: Json = {**(taking.body or {}), "shows": taking.shows.strip(), "site": taking.site.strip()}
        if not body["site"]:
            del body["site"]
        saved = session.put(taking.patient, "photo", body, record=taking.amends, reason=reason, drop_draft=taking.draft)
    elif taking.picture is None:
        raise UnknownRecordError("There is no photograph yet. Choose one first.")
    else:
        saved = save(
            session,
            taking.patient,
            taking.picture,
            taking.shows,
            site=taking.site,
            taken_at=taking.taken_at,
            visit=taking.visit,
            drop_draft=taking.draft,
        )
    session.store.drop_draft(_picture_draft(taking))
    return saved


def save(
    session: Session,
    patient: str,
    data: bytes,
    shows: str,
    *,
    site: str | None = None,
    taken_at: datetime | None = None,
    visit: str | None = None,
    drop_draft: str | None = None,
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
    return session.put(patient, "photo", body, pictures=[data], drop_draft=drop_draft)


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


def _picture_draft(taking: Taking) -> str:
    return f"{taking.draft}:picture"
