"""One sync: send everything that waits, then fetch what is new. Each step is durable before the next begins.

Nothing is believed until it is checked: an answer for every revision sent, in order, under its own hash; every
revision received under its hash, and a merge under the server's signature. Cut anywhere, the next sync continues.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Final, Literal

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from fieldapp.domain.canonical import Json, NotCanonicalError
from fieldapp.domain.clock import Clock
from fieldapp.domain.delivery import Membership, Offer, Receipt, Refusal
from fieldapp.domain.ids import is_id
from fieldapp.domain.revision import Revision, RevisionError, parse_revision
from fieldapp.sync.attachments import Attachments, Carried
from fieldapp.sync.calm import unswept
from fieldapp.sync.errors import AlreadyRunningError, BadReplyError, RefusedError
from fieldapp.sync.ports import SyncStore, Transport
from fieldapp.sync.proof import revision_text, unb64, verified
from fieldapp.sync.wire import (
    MAX_OFFERS,
    MAX_PUSH_BYTES,
    SERVER_DEVICE,
    ErrorCode,
    Outcome,
    Page,
    PushReply,
    Status,
    Unchanged,
)
from fieldapp.sync.wire import Membership as Told

BATCH_BYTES: Final = MAX_PUSH_BYTES - 4096
"""What is taken from the outbox at once, leaving room for the envelope."""
OFFERS_AT_ONCE: Final = MAX_OFFERS
"""About how many revisions at most a restored server is asked with one request."""
MAX_EPOCHS: Final = 2
"""How often the server may change its epoch within one sync before it is not believed."""


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a sync has come. While sending, `done` of `total` revisions have their answer; while receiving, `done`
    have been stored and `total` is 0, unknown. `today_ready`: today's patients are all here."""

    phase: Literal["sending", "receiving"]
    done: int
    total: int
    today_ready: bool


@dataclass(frozen=True, slots=True)
class SyncReport:
    """What one sync did. `pushed` = accepted + merged + conflicts + refused; `pending` still waits, what was
    sent back apart. `attachments` are counted for themselves."""

    pushed: int = 0
    accepted: int = 0
    merged: int = 0
    conflicts: int = 0
    refused: int = 0
    pulled: int = 0
    pending: int = 0
    attachments: Carried = field(default_factory=Carried)


class Sync:
    """The engine for one store. `server_key` is the base64url Ed25519 key given at enrolment."""

    def __init__(
        self,
        store: SyncStore,
        transport: Transport,
        clock: Clock,
        *,
        server_key: str,
        attachments: Attachments | None = None,
    ) -> None:
        self._store = store
        self._transport = transport
        self._clock = clock
        self._server_key = server_key
        self._attachments = attachments

    def run(self, progress: Callable[[Progress], None] | None = None) -> SyncReport:
        """Send, then receive, once; then the attachments, until records wait to be sent.

        Raises:
            AlreadyRunningError: where another sync of this store is under way.
            fieldapp.sync.errors.SyncError: what was settled and applied until then stays so.
        """
        with self._store.sync_lock() as mine:
            if not mine:
                raise AlreadyRunningError("A sync is already under way. Wait for it to end.")
            run = _Run(self._store, self._transport, self._clock, self._public_key, progress or (lambda _: None))
            run.whole()
            try:
                carried = self._carry(run)
            finally:
                self._store.offer_returned()
            self._store.forget_left()
            return replace(run.report(), attachments=carried)

    def _carry(self, run: _Run) -> Carried:
        if self._attachments is None:
            return Carried()
        self._attachments.begin()
        while not self._attachments.carry(news=run.news, interrupted=run.more_waits(), progress=run.sending):
            run.whole()
        return self._attachments.carried

    def close(self) -> None:
        """Let the network connection go; the store stays open."""
        self._transport.close()

    @cached_property
    def _public_key(self) -> Ed25519PublicKey:
        return Ed25519PublicKey.from_public_bytes(unb64(self._server_key))


class _EpochChangedError(Exception):
    """The server was restored, or is not where this tablet left it: everything starts over."""


class _Run:
    """The state of one sync."""

    def __init__(
        self,
        store: SyncStore,
        transport: Transport,
        clock: Clock,
        server_key: Ed25519PublicKey,
        progress: Callable[[Progress], None],
    ) -> None:
        self._store = store
        self._transport = transport
        self._clock = clock
        self._server_key = server_key
        self._progress = progress
        self._outcomes = dict.fromkeys(Status, 0)
        self._pulled = 0
        self._told = False
        self._today_ready = store.cursor() is not None

    def whole(self) -> None:
        for _ in range(MAX_EPOCHS + 1):
            try:
                self._push_all()
                while offers := self._store.offers(OFFERS_AT_ONCE):
                    self._offer(offers)
                    self._push_all()
                self._pull_all()
            except _EpochChangedError:
                continue
            return
        raise BadReplyError("The server keeps changing. Everything is safe on this tablet. Tell your support.")

    def report(self) -> SyncReport:
        return SyncReport(
            pushed=sum(self._outcomes.values()),
            accepted=self._outcomes[Status.ACCEPTED],
            merged=self._outcomes[Status.MERGED],
            conflicts=self._outcomes[Status.CONFLICT],
            refused=self._outcomes[Status.REFUSED],
            pulled=self._pulled,
            pending=self._waiting,
        )

    @property
    def news(self) -> bool:
        """Whether anything came or went."""
        return self._told or self._sent > 0

    def more_waits(self) -> Callable[[], bool]:
        """Tells when more entries wait than now."""
        before = self._waiting
        return lambda: self._waiting > before

    def sending(self, done: int, total: int) -> None:
        """Attachments are on their way."""
        self._progress(Progress("sending", done, total, self._today_ready))

    def _push_all(self) -> None:
        settled: set[str] = set()
        while batch := self._store.outbox(BATCH_BYTES):
            if settled.intersection(revision.id for revision in batch):
                raise BadReplyError("An entry stayed unsent after its answer. It is safe on this tablet; try again.")
            settled.update(revision.id for revision in batch)
            total = self._sent + max(self._waiting, len(batch))
            self._progress(Progress("sending", self._sent, total, self._today_ready))
            self._push(batch)

    def _offer(self, offers: Sequence[Offer]) -> None:
        """Ask a restored server which of these it lacks."""
        reply = self._transport.offer(offers)
        if self._noticed_epoch(reply.epoch):
            raise _EpochChangedError
        asked = [offer.revision for offer in offers]
        if not set(reply.wanted) <= set(asked):
            raise BadReplyError("The server asked for something it was not offered. Nothing was sent.")
        self._store.answer_offers(asked, reply.wanted)

    @property
    def _waiting(self) -> int:
        return self._store.outbox_size() - len(self._store.refusals())

    @property
    def _sent(self) -> int:
        return sum(self._outcomes.values())

    def _push(self, batch: Sequence[Revision]) -> None:
        """Send a batch; one that the server cannot take whole is sent in halves, so that one entry stops no other."""
        asked = self._clock.now()
        try:
            reply = self._transport.push(batch, self._store.epoch())
        except RefusedError as error:
            if error.code not in (ErrorCode.TOO_LARGE, ErrorCode.MALFORMED):
                raise
            if len(batch) > 1:
                self._push(batch[: len(batch) // 2])
                self._push(batch[len(batch) // 2 :])
                return
            self._store.settle_outbox([], [Refusal(batch[0].id, error.code, str(error))])
            self._outcomes[Status.REFUSED] += 1
            return
        answered = self._clock.now()
        if self._noticed_epoch(reply.epoch):
            raise _EpochChangedError
        receipts, refusals = _settled(batch, reply)
        self._store.settle_outbox(receipts, refusals)
        for outcome in reply.outcomes:
            self._outcomes[outcome.status] += 1
        self._store.note_contact(_offset_ms(reply.now, asked.timestamp(), answered.timestamp()))

    def _noticed_epoch(self, epoch: str) -> bool:
        """Whether the server's epoch is another than when this tablet last synced."""
        if not epoch:
            raise BadReplyError("The server's answer has no epoch. Nothing was marked as sent.")
        known = self._store.epoch()
        if known is None or known == epoch:
            return False
        self._store.start_over(epoch)
        return True

    def _pull_all(self) -> None:
        cursor = self._store.cursor()
        asked_from: set[str | None] = set()
        while True:
            asked_from.add(cursor)
            asked = self._clock.now()
            try:
                page = self._transport.pull(cursor)
            except RefusedError as error:
                if error.code != ErrorCode.BAD_CURSOR or cursor is None or None in asked_from:
                    raise
                self._store.start_over()
                raise _EpochChangedError from error
            answered = self._clock.now()
            if isinstance(page, Unchanged):
                self._store.note_contact(_offset_ms(page.now, asked.timestamp(), answered.timestamp()))
                return
            _check_cursor(page, cursor, asked_from)
            if self._noticed_epoch(page.epoch):
                raise _EpochChangedError
            self._apply(page)
            cursor = page.cursor
            if page.now is not None and not page.more:
                self._store.note_contact(_offset_ms(page.now, asked.timestamp(), answered.timestamp()))
            if not page.more:
                return

    @unswept()
    def _apply(self, page: Page) -> None:
        self._told = self._told or bool(page.items)
        vouched = self._vouched(page)
        revisions = [
            self._checked(item.read, item.revision, item.text, vouched)
            for item in page.items
            if item.revision is not None
        ]
        self._pulled += self._store.apply(
            revisions,
            joined=[_membership(item.joined) for item in page.items if item.joined],
            left=[_membership(item.left) for item in page.items if item.left],
            cursor=page.cursor,
            epoch=page.epoch,
        )
        self._today_ready = self._today_ready or not page.today or not page.more
        self._progress(Progress("receiving", self._pulled, 0, self._today_ready))

    def _vouched(self, page: Page) -> bool:
        """Whether the server signed this very text of the page's items."""
        if page.sig is None or page.signed is None:
            return False
        try:
            signature = unb64(page.sig)
        except ValueError:
            signature = b""
        if not verified(self._server_key, signature, page.signed):
            raise BadReplyError("A page was not signed by the server. It was not taken. Tell your support.")
        return True

    def _checked(self, read: Revision | None, wire: Json, text: bytes | None, vouched: bool) -> Revision:
        """What the server made by merging carries its signature, what it imported that or its page's."""
        try:
            revision = read or parse_revision(wire, text=text)
            if revision.device == SERVER_DEVICE and not (vouched and len(revision.parents) < 2):
                signature = unb64(revision.sig or "")
                if not verified(self._server_key, signature, revision_text(revision.hash)):
                    raise BadReplyError("A merge was not signed by the server. It was not taken. Tell your support.")
        except (RevisionError, NotCanonicalError, ValueError) as error:
            raise BadReplyError("An entry arrived damaged. It was not taken; sync again.") from error
        return revision


def _settled(batch: Sequence[Revision], reply: PushReply) -> tuple[list[Receipt], list[Refusal]]:
    """One receipt or refusal for each revision sent, or BadReplyError and nothing at all."""
    if [outcome.id for outcome in reply.outcomes] != [revision.id for revision in batch]:
        raise BadReplyError("The server answered for other entries than were sent. Nothing was marked as sent.")
    receipts: list[Receipt] = []
    refusals: list[Refusal] = []
    for revision, outcome in zip(batch, reply.outcomes, strict=True):
        if outcome.status is Status.REFUSED:
            refusals.append(_refusal(outcome))
        elif outcome.hash != revision.hash:
            raise BadReplyError("The server's receipt is for other content. Nothing was marked as sent.")
        else:
            receipts.append(Receipt(revision.id, revision.hash, outcome.status.value, outcome.positions))
    return receipts, refusals


def _refusal(outcome: Outcome) -> Refusal:
    if not outcome.code:
        raise BadReplyError("The server sent an entry back without saying why. Nothing was marked as sent.")
    sentence = outcome.sentence or "The server sent this entry back. Open it, correct it and save it again."
    return Refusal(outcome.id, outcome.code, sentence, outcome.where)


def _membership(told: Told) -> Membership:
    if not (is_id(told.team) and is_id(told.patient)):
        raise BadReplyError("The server named a team or a patient that can be none. The page was not taken.")
    return Membership(told.team, told.patient)


def _check_cursor(page: Page, cursor: str | None, asked_from: set[str | None]) -> None:
    """A page must end somewhere new when it holds anything or promises more."""
    if not page.cursor or not page.epoch:
        raise BadReplyError("The server's answer does not say where it ends. It was not taken.")
    if page.cursor in asked_from and (page.more or page.items or page.cursor != cursor):
        raise BadReplyError("The server's answer goes round in a circle. It was not taken.")


def _offset_ms(server_now: int, asked: float, answered: float) -> int:
    """What must be added to this tablet's clock, taking the answer to be written half way."""
    return server_now - round((asked + answered) * 500)
