"""Faults seeded into the product, one at a time: each is a way in which sync has gone wrong somewhere before.

A mutation replaces a function of the product while schedules run; the invariants must notice within `Mutation.within`
schedules, or the simulation is blind there.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import server.api
import server.sync.batch
import server.sync.merging
import server.sync.pull
import server.sync.stored
from fieldapp.domain import merge
from fieldapp.domain.delivery import Receipt
from fieldapp.storage import absorb, syncing
from fieldapp.storage.syncing import Syncing
from fieldapp.storage.writes import Writes
from server.db import engine
from server.identity.caller import CallerTeam
from server.sync.ledger import Ledger
from tests.simulation.chance import replaced
from tests.simulation.schedule import attempt

Change = tuple[Any, str, Any]


@dataclass(frozen=True)
class Mutation:
    """`changes` are made to the product; steps in `favour` come more often, so that the fault shows soon. A fault that
    takes a rare story is looked for from seed `first`, where one was found."""

    name: str
    changes: tuple[Change, ...]
    favour: Collection[str] = ()
    within: int = 40
    first: int = 1

    def caught(self) -> tuple[int, str] | None:
        """The seed that shows it and what was said; None where nobody noticed."""
        with replaced(*self.changes):
            for seed in range(self.first, self.first + self.within):
                _, failure = attempt(seed, favour=self.favour)
                if failure is not None:
                    return seed, failure
        return None


def _skip_the_servers_dedupe(connection: Any, revisions: Sequence[Any]) -> Any:
    """What was pushed before counts as new; only parents are looked up."""
    pushed = {revision.id for revision in revisions}
    return {key: seen for key, seen in _load_receipts(connection, revisions).items() if key not in pushed}


def _skip_the_tablets_dedupe(tx: Any, revisions: dict[str, Any]) -> list[Any]:
    return list(revisions.values())


def _cursor_before_content(self: Any, revisions: Sequence[Any], **more: Any) -> int:
    """The cursor moves on in a transaction of its own, before the page is stored."""
    _apply(self, (), cursor=more["cursor"], epoch=more["epoch"])
    return _apply(self, revisions, **more)


def _content_without_cursor(self: Any, revisions: Sequence[Any], **more: Any) -> int:
    return _apply(self, revisions, **{**more, "cursor": self.cursor() or more["cursor"]})


def _truncated_page(self: Any, revisions: Sequence[Any], **more: Any) -> int:
    """The end of a long page is missing; its cursor is believed."""
    return _apply(self, revisions[: max(2, len(revisions) - 1)], **more)


def _drop_an_outbox_row(self: Any, tx: Any, revisions: Sequence[Any], **more: Any) -> None:
    _keep(self, tx, revisions, **more)
    for revision in revisions:
        if revision.id.endswith(("0", "1", "2", "3")):
            tx.exec_driver_sql("DELETE FROM delivery WHERE revision = ?", (revision.id,))


def _refused_counts_as_sent(self: Any, receipts: Sequence[Any], refusals: Sequence[Any]) -> None:
    batch = {revision.id: revision for revision in self.outbox(1 << 20)}
    taken = [Receipt(r.revision, batch[r.revision].hash, "accepted", {}) for r in refusals if r.revision in batch]
    _settle_outbox(self, [*receipts, *taken], ())


def _everything_waiting_counts_as_sent(self: Any, receipts: Sequence[Any], refusals: Sequence[Any]) -> None:
    waiting = self.outbox(1 << 20)
    _settle_outbox(self, [Receipt(r.id, r.hash, "accepted", {}) for r in waiting] if receipts else (), refusals)


def _outbox_backwards(self: Any, max_bytes: int) -> list[Any]:
    return _outbox(self, max_bytes)[::-1]


def _latest_clock_wins(path: str, before: Any, sides: Any) -> Any:
    return merge._latest(path, before, sides)


def _merge_loses_a_parent(*, parents: tuple[str, ...], **more: Any) -> Any:
    return _make_revision(parents=parents[1:], **more)


def _one_side_is_dropped(self: Any, record: Any) -> Any:
    """A conflict keeps only the head that came last."""
    body, status = _settle(self, record)
    record.heads = record.heads[-1:]
    return body, status


def _tablet_drops_a_side(tx: Any, revisions: dict[str, Any]) -> list[Any]:
    """Of two revisions with one parent in a page, the second is not stored."""
    kept: dict[tuple[str, ...], Any] = {}
    for revision in _unknown(tx, revisions):
        kept.setdefault(revision.parents or (revision.id,), revision)
    return list(kept.values())


def _another_teams_feed(connection: Any, clock: Any, service: Any, caller: Any, *more: Any) -> bytes | None:
    from sqlalchemy import text

    rows = connection.execute(text("SELECT team, name, phone, next_position - 1 FROM teams ORDER BY team"))
    return _pull(connection, clock, service, replace(caller, teams=tuple(CallerTeam(*row) for row in rows)), *more)


def _positions_reused(self: Any) -> None:
    """The counter is not written back for what was put last."""
    self._moved = set(sorted(self._moved)[1:])
    _flush(self)


def _positions_with_gaps(self: Any, team: str, *more: Any, **named: Any) -> int:
    self._next[team] += 1
    return _put(self, team, *more, **named)


def _nothing_copied_on_joining(self: Any, *_: Any) -> None:
    return


def _goodbye_unsaid(*_: Any) -> None:
    return


def _answered_before_the_commit(self: Any, work: Callable[[Any], Any]) -> Any:
    """A commit that fails is reported as one that did not."""
    done: list[Any] = []

    def noted(connection: Any) -> Any:
        done[:] = [work(connection)]
        return done[0]

    try:
        return _write(self, noted)
    except engine.BusyError:
        return done[0]


def _no_lock(self: Any) -> Any:
    from contextlib import nullcontext

    return nullcontext(True)


def _nothing_offered(self: Any, epoch: str | None = None) -> None:
    """All is pulled anew, and nothing is offered again."""
    _start_over(self, epoch)
    with self._writing() as tx:
        tx.exec_driver_sql("DELETE FROM offer")


def _only_own_offered(self: Any, epoch: str | None = None) -> None:
    """Only what was signed here is offered again, not what came from others."""
    _start_over(self, epoch)
    with self._writing() as tx:
        tx.exec_driver_sql("DELETE FROM offer WHERE revision NOT IN (SELECT revision FROM delivery)")


def _refused_offers_dropped(tx: Any, taken: Collection[str], refused: Sequence[Any]) -> None:
    """What a restored server may take later is not kept for it."""
    _settle_offers(tx, [*taken, *(refusal.revision for refusal in refused)], ())


def _everything_is_there(*_: Any) -> Any:
    """A restored server says of everything that it has it."""
    answer = _wanted(*_)
    return answer.model_copy(update={"wanted": []})


def _never_again(*_: Any) -> None:
    return


def _summaries_left_alone(*_: Any) -> None:
    return


class _ForgetAnything:
    """Patients who left, whatever waits to be sent."""

    def values(self, tx: Any) -> list[str]:
        rows = tx.exec_driver_sql("SELECT id FROM patient WHERE leaving = 1 AND key IS NOT NULL")
        return [row[0] for row in rows]


_load_receipts = server.sync.stored.load_receipts
_apply, _settle_outbox, _outbox = Syncing.apply, Syncing.settle_outbox, Syncing.outbox
_start_over, _settle_offers, _wanted = Syncing.start_over, syncing.settle_offers, server.api.wanted
_keep, _unknown, _write = Writes._keep, absorb._unknown, engine.Database.write
_make_revision, _settle = server.sync.merging.make_revision, server.sync.batch.Batch._settle
_pull, _flush, _put = server.sync.pull.pull, Ledger.flush, Ledger._put

_LAST_WRITE: Mapping[Any, Any] = dict.fromkeys(merge._MERGERS, _latest_clock_wins)

MUTATIONS: tuple[Mutation, ...] = (
    Mutation("server skips the dedupe", ((server.sync.stored, "load_receipts", _skip_the_servers_dedupe),)),
    Mutation("tablet skips the dedupe", ((absorb, "_unknown", _skip_the_tablets_dedupe),)),
    Mutation(
        "cursor advanced before its page", ((Syncing, "apply", _cursor_before_content),), ("disk_trouble", "sync"), 120
    ),
    Mutation("page applied without its cursor", ((Syncing, "apply", _content_without_cursor),)),
    Mutation("truncated page accepted", ((Syncing, "apply", _truncated_page),)),
    Mutation("outbox row dropped", ((Writes, "_keep", _drop_an_outbox_row),)),
    Mutation("refused work marked as sent", ((Syncing, "settle_outbox", _refused_counts_as_sent),), ("move_person",)),
    Mutation(
        "pending work marked as sent",
        ((Syncing, "settle_outbox", _everything_waiting_counts_as_sent),),
        ("write_while_syncing",),
    ),
    Mutation("outbox sent backwards", ((Syncing, "outbox", _outbox_backwards),)),
    Mutation("last write wins by device clock", ((merge, "_MERGERS", _LAST_WRITE),), ("edit",)),
    Mutation("merge loses a parent", ((server.sync.merging, "make_revision", _merge_loses_a_parent),), ("edit",)),
    Mutation(
        "server drops one side of a conflict", ((server.sync.batch.Batch, "_settle", _one_side_is_dropped),), ("edit",)
    ),
    Mutation("tablet drops one side of a conflict", ((absorb, "_unknown", _tablet_drops_a_side),), ("edit",)),
    Mutation("another team's feed served", ((server.api, "pull", _another_teams_feed),)),
    Mutation("positions reused", ((Ledger, "flush", _positions_reused),)),
    Mutation("positions with gaps", ((Ledger, "_put", _positions_with_gaps),)),
    Mutation("joining copies nothing", ((Ledger, "_copy", _nothing_copied_on_joining),)),
    Mutation(
        "a person's leaving is not told", ((server.sync.pull, "_say_goodbye", _goodbye_unsaid),), ("move_person",)
    ),
    Mutation(
        "answered before the commit",
        ((engine.Database, "write", _answered_before_the_commit),),
        ("server_trouble", "sync"),
        80,
    ),
    Mutation("no lock between engines", ((Syncing, "sync_lock", _no_lock),), ("two_engines",)),
    Mutation(
        "new epoch offers nothing again",
        ((Syncing, "start_over", _nothing_offered),),
        ("server_backup", "server_restored"),
    ),
    Mutation(
        "new epoch offers only what was signed here",
        ((Syncing, "start_over", _only_own_offered),),
        ("server_backup", "server_restored", "sync_all"),
        first=17,
    ),
    Mutation(
        "refused offers dropped",
        ((syncing, "settle_offers", _refused_offers_dropped),),
        ("server_backup", "server_restored", "sync_all", "transfer"),
        first=60,
    ),
    Mutation(
        "restored server claims to have everything",
        ((server.api, "wanted", _everything_is_there),),
        ("server_backup", "server_restored", "sync_all"),
    ),
    Mutation(
        "sent back for ever",
        ((syncing, "_offer_sent_back", _never_again), (Syncing, "offer_returned", _never_again)),
        ("move_person", "write", "sync"),
        60,
    ),
    Mutation("summaries left alone", ((absorb, "_summarise", _summaries_left_alone),)),
    Mutation(
        "forgotten before unsent work is sent",
        ((syncing, "_FORGETTABLE", _ForgetAnything()),),
        ("move_person", "transfer", "write"),
        80,
    ),
)
