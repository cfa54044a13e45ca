"""What the sync engine needs of the world: a store and a network, both narrow, both replaceable in a simulation."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from contextlib import AbstractContextManager
from typing import Protocol

from fieldapp.domain.delivery import Membership, Offer, Receipt, Refusal
from fieldapp.domain.revision import Revision
from fieldapp.sync.wire import Me, OfferReply, Page, PushReply, Unchanged


class SyncStore(Protocol):
    """The part of the sealed store that sync uses. Every method is one transaction; all are safe to repeat."""

    def sync_lock(self) -> AbstractContextManager[bool]:
        """One sync at a time per store, across threads and processes: yields False where another one runs."""
        ...

    def outbox(self, max_bytes: int) -> Sequence[Revision]:
        """The oldest unsent revisions not in quarantine, in the order in which they were saved, at least one; before
        them what a restored server lacks, and nothing while `offers` has something to ask."""
        ...

    def outbox_size(self) -> int:
        """How many revisions are unsent, those in quarantine included."""
        ...

    def refusals(self) -> Sequence[object]:
        """One for each revision in quarantine."""
        ...

    def settle_outbox(self, receipts: Sequence[Receipt], refusals: Sequence[Refusal]) -> None:
        """What has a receipt leaves the outbox; what was refused stays, in quarantine with its reason."""
        ...

    def cursor(self) -> str | None:
        """Where the next pull starts; None for a new tablet."""
        ...

    def epoch(self) -> str | None:
        """The server's epoch when this tablet last synced."""
        ...

    def apply(
        self,
        revisions: Sequence[Revision],
        *,
        joined: Sequence[Membership] = (),
        left: Sequence[Membership] = (),
        cursor: str,
        epoch: str,
    ) -> int:
        """Store one checked page and its cursor, together. A revision already here is left as it is. Returns how
        many were new."""
        ...

    def offer_returned(self) -> int:
        """Offer once more what was sent back for its patient, where the patient is on the caseload."""
        ...

    def forget_left(self) -> int:
        """Destroy the keys of patients who left the caseload and have no unsent work. Returns how many."""
        ...

    def start_over(self, epoch: str | None = None) -> None:
        """The server has a new epoch, or does not know the cursor: everything held is on offer, and is pulled anew;
        patients whom the feed does not bring back are to be forgotten."""
        ...

    def offers(self, limit: int) -> Sequence[Offer]:
        """The oldest revisions of which the restored server has not said whether it lacks them."""
        ...

    def answer_offers(self, asked: Collection[str], wanted: Collection[str]) -> None:
        """The server's answer: of those asked about it lacks these, which `outbox` gives next."""
        ...

    def note_contact(self, offset_ms: int) -> None:
        """The server answered: keep its clock's offset and that the data are fresh as of now."""
        ...


class Transport(Protocol):
    """The server as an enrolled tablet sees it. Raises `fieldapp.sync.errors.SyncError`; knows nothing of the store."""

    def push(self, revisions: Sequence[Revision], epoch: str | None = None) -> PushReply: ...
    def offer(self, offers: Sequence[Offer]) -> OfferReply: ...
    def pull(self, cursor: str | None) -> Page | Unchanged: ...
    def me(self) -> Me: ...
    def close(self) -> None: ...
