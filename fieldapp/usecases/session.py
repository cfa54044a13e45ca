"""One clinician at an unlocked tablet: what they read and what they sign. Nothing here needs the network."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import NamedTuple

from fieldapp.domain.canonical import Json
from fieldapp.domain.clock import Clock
from fieldapp.domain.ids import Entropy, new_id
from fieldapp.domain.merge import heads_of
from fieldapp.domain.records import Shape, body_type, read_body, shape_of
from fieldapp.domain.revision import Author, Revision, make_revision
from fieldapp.domain.state import RecordState
from fieldapp.storage import Store
from fieldapp.sync.proof import b64, revision_text
from fieldapp.usecases.errors import (
    NeedsReasonError,
    NeedsRecordError,
    NotEnrolledError,
    NotInConflictError,
    UnknownKindError,
    UnknownPatientError,
    UnknownRecordError,
    UnsettledError,
)
from fieldapp.usecases.service import Service


class Saved(NamedTuple):
    """What became durable on this tablet."""

    record: str
    revision: str


class Session:
    """The unlocked store with its author. Every `put` is durable when it returns; sending is somebody else's job.

    `on_saved` callables run after each save, so that a sync may start.
    """

    def __init__(
        self, store: Store, clock: Clock, entropy: Entropy = secrets.token_bytes, service: Service | None = None
    ) -> None:
        identity = store.identity()
        if identity is None:
            raise NotEnrolledError("This tablet has not met its server yet. Enrol it with a one-time code.")
        self.store = store
        self.clock = clock
        self.service = service or Service()
        self.author: Author = identity.person
        self.teams: frozenset[str] = frozenset(team.id for team in identity.teams)
        self.team_names: tuple[str, ...] = tuple(team.name for team in identity.teams)
        self.on_saved: list[Callable[[], None]] = []
        self._entropy = entropy

    def now(self) -> datetime:
        """Civil time, UTC, as this tablet believes it to be."""
        return self.clock.now()

    def record(self, record: str) -> RecordState:
        """The record's current state. Raises UnknownRecordError."""
        state = self.store.record(record)
        if state is None:
            raise UnknownRecordError("This record is not on this tablet. Sync, then try again.")
        return state

    def summary(self, patient: str) -> Json:
        """What the lists know of a patient (`fieldapp.domain.summary`). Raises UnknownPatientError."""
        found = self.store.summary(patient)
        if found is None:
            raise UnknownPatientError("This patient is not on this tablet. Sync, then try again.")
        return found

    def conflicts(self) -> Sequence[RecordState]:
        """Records with versions to settle."""
        return self.store.conflicts()

    def put(
        self,
        patient: str,
        kind: str,
        body: Json,
        *,
        record: str | None = None,
        reason: str | None = None,
        base: Sequence[str] | None = None,
        drop_draft: str | None = None,
        pictures: Sequence[bytes] = (),
    ) -> Saved:
        """Sign and keep a body: a new record, or with `record` an amendment (entries, with a reason) or a change.

        `base` names the heads that the screen was opened on; an edit that arrived meanwhile then stands beside this
        one instead of being overwritten. A record with versions to settle takes a change on one of its heads only,
        so that the question stays open. `drop_draft` goes, and the `pictures` that the body names come, in the same
        transaction.

        Raises:
            UnknownPatientError, UnknownKindError, UnknownRecordError, NeedsReasonError, NeedsRecordError,
            UnsettledError, fieldapp.domain.records.InvalidBodyError, fieldapp.storage's errors
        """
        model = body_type(kind)
        if model is None:
            raise UnknownKindError("There is no such kind of record. Check its name, or update the app.")
        read_body(kind, body)
        if patient not in self.store.patients():
            raise UnknownPatientError("This patient is not on this tablet. Sync, then try again.")
        parents: Sequence[str] = ()
        if record is not None:
            state = self._own(record, patient, kind)
            if state.in_conflict and (base is None or len(base) > 1):
                raise UnsettledError("This record has several versions. Settle them first.")
            if model.SHAPE is Shape.ENTRY and not _said(reason):
                raise NeedsReasonError("Say why this entry is amended. Both versions stay in the timeline.")
            parents = state.heads if model.SHAPE is Shape.ENTRY else self._base(state, base)
        elif kind == "patient" and self.store.records(patient, {"patient"}):
            raise NeedsRecordError("This patient has details already. Name the record to change.")
        return self._sign(record, patient, kind, body, parents, reason, drop_draft, pictures)

    def settle(self, record: str, body: Json, reason: str, *, heads: Sequence[str] | None = None) -> Saved:
        """Decide between versions: a new revision on top of all of them. `heads` are those that were shown; where
        another came meanwhile, it is not settled with them.

        Raises:
            UnknownRecordError, NotInConflictError, NeedsReasonError, fieldapp.domain.records.InvalidBodyError
        """
        state = self.record(record)
        if not state.in_conflict:
            raise NotInConflictError("There is nothing to settle here: the record has one version.")
        if not _said(reason):
            raise NeedsReasonError("Give the reason. Everybody concerned will see it.")
        if body_type(state.kind) is None:
            raise UnknownKindError("This version of the app does not know this kind of record. Update the app.")
        read_body(state.kind, body)
        parents = self._base(state, heads)
        return self._sign(record, state.patient, state.kind, body, parents, reason, None)

    def repair(self, revision: str, body: Json, *, reason: str | None = None) -> Saved:
        """Replace a revision that was sent back by a corrected one; the original stays on this tablet. An entry's
        amendment follows the newest version there is, a document's change what it was based on, or what was put in
        the place of that.

        Raises:
            UnknownRecordError, fieldapp.domain.records.InvalidBodyError
        """
        refused = self.store.revision(revision)
        if refused is None or revision not in {r.revision for r in self.store.refusals()}:
            raise UnknownRecordError("This entry was not sent back. Look at the sync screen again.")
        read_body(refused.kind, body)
        parents: Sequence[str] = [self.store.replacement(parent) or parent for parent in refused.parents]
        if parents and shape_of(refused.kind) is Shape.ENTRY:
            parents = heads_of(r for r in self.store.revisions(refused.record) if r.id != revision)
        made = self._make(refused.record, refused.patient, refused.kind, body, parents, reason or refused.reason)
        self.store.repair(revision, made)
        self._announce()
        return Saved(made.record, made.id)

    def _own(self, record: str, patient: str, kind: str) -> RecordState:
        state = self.record(record)
        if state.patient != patient or state.kind != kind:
            raise UnknownRecordError("This record belongs to another patient or is of another kind. Check both.")
        return state

    def _base(self, state: RecordState, base: Sequence[str] | None) -> Sequence[str]:
        if base is None:
            return state.heads
        known = {revision.id for revision in self.store.revisions(state.id)}
        if not base or not known.issuperset(base):
            raise UnknownRecordError("The version this was based on is not on this tablet. Open the record again.")
        return base

    def _sign(
        self,
        record: str | None,
        patient: str,
        kind: str,
        body: Json,
        parents: Sequence[str],
        reason: str | None,
        drop_draft: str | None,
        pictures: Sequence[bytes] = (),
    ) -> Saved:
        made = self._make(record or new_id(self.clock, self._entropy), patient, kind, body, parents, reason)
        self.store.save([made], drop_draft=drop_draft, pictures=pictures)
        self._announce()
        return Saved(made.record, made.id)

    def _make(
        self, record: str, patient: str, kind: str, body: Json, parents: Sequence[str], reason: str | None
    ) -> Revision:
        identity, model = self.store.identity(), body_type(kind)
        assert identity is not None
        assert model is not None
        made = make_revision(
            id=new_id(self.clock, self._entropy),
            record=record,
            kind=kind,
            patient=patient,
            parents=tuple(parents),
            author=self.author,
            device=identity.device,
            at=self.clock.now(),
            offset_ms=identity.offset_ms,
            schema=model.SCHEMA,
            body=body,
            reason=reason.strip() if reason and reason.strip() else None,
        )
        return made.signed_with(b64(self.store.device_key().sign(revision_text(made.hash))))

    def _announce(self) -> None:
        for saved in self.on_saved:
            saved()


def _said(reason: str | None) -> bool:
    return bool(reason and reason.strip())
