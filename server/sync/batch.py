"""One push inside its transaction: scope, parents, heads, merges, caseloads."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from sqlalchemy import Connection

from fieldapp.domain.canonical import Json, sha256_hex
from fieldapp.domain.clock import Clock
from fieldapp.domain.records import Shape, shape_of
from fieldapp.domain.revision import Revision
from fieldapp.sync.wire import SERVER_DEVICE, Outcome, RefusalCode, Status
from server.attachments.storing import declare
from server.audit import Event
from server.db.service import Service
from server.identity.caller import Caller
from server.sync import projections, stored
from server.sync.errors import RefusedItemError
from server.sync.intake import Item, needs_reason
from server.sync.ledger import Ledger
from server.sync.merging import merge
from server.sync.stored import Receipt, Record
from server.times import now_ms


class Batch:
    """Takes examined items one by one, then finishes them together. `office` is the team that brings any patient."""

    def __init__(
        self,
        connection: Connection,
        clock: Clock,
        service: Service,
        caller: Caller,
        items: Sequence[Item],
        office: str | None = None,
    ) -> None:
        self._connection = connection
        self._clock = clock
        self._service = service
        self._caller = caller
        self._office = office
        revisions = [item.revision for item in items if item.revision is not None]
        texts = [team for revision in revisions if (team := projections.team_named(revision.body))]
        self._names = projections.named_teams(connection, texts)
        self._homes = self._homes_of(revisions)
        episodes = [revision for revision in revisions if revision.kind == "episode"]
        owners = {owner for revision in episodes if (owner := projections.owned(revision.body, self._names).owner)}
        mine = {office} if office else set(caller.team_ids)
        patients = {revision.patient for revision in revisions}
        self._ledger = Ledger(connection, now_ms(clock), patients, owners | mine, caller.person.id)
        self._receipts = stored.load_receipts(connection, revisions)
        self._records = stored.load_records(connection, revisions, self._ledger.keepers)
        fresh = [revision for revision in revisions if revision.id not in self._receipts]
        stored.load_history(connection, fresh, self._records, self._ledger.keepers)
        with_episodes = {revision.patient for revision in episodes}
        keepers = {patient: team for patient, team in self._ledger.keepers.items() if patient in with_episodes}
        self._episodes = projections.stored_episodes(connection, keepers)

    def take(self, item: Item) -> Outcome | None:
        """Put one item where it belongs. Returns the first answer where there was one, else None until the end.

        Raises:
            RefusedItemError
        """
        if item.refusal is not None or item.revision is None:
            raise item.refusal or RefusedItemError(RefusalCode.MALFORMED, "This is not a revision.")
        revision = item.revision
        seen = self._receipts.get(revision.id)
        if seen is not None:
            if seen.hash != revision.hash:
                raise RefusedItemError(
                    RefusalCode.DIFFERENT_CONTENT, "Another content was stored under this id. Save it as a new entry."
                )
            return None if seen.new else seen.outcome(revision.id)
        joins = self._check_scope(revision)
        self._check_place(revision)
        for team in joins:
            self._ledger.join(revision.patient, team)
        self._add(revision, item.text)
        return None

    def finish(self) -> None:
        """Merge what can be merged, then write everything that follows from the items taken."""
        states: list[projections.Current] = []
        for name, record in self._records.items():
            if not record.added:
                continue
            body, status = self._settle(record)
            for revision in record.added:
                self._receipts[revision.id].status = status
            states.append(
                projections.Current(name, record.patient, record.kind, body, self._ledger.targets(record.patient))
            )
        self._know_teams(states)
        self._ledger.flush()
        stored.write_records(self._connection, self._records, self._ledger.targets)
        projections.store(self._connection, now_ms(self._clock), states, self._names)
        self._move(states)
        self._ledger.flush()
        stored.write_receipts(self._connection, now_ms(self._clock), self._receipts)
        declare(self._connection, [revision for record in self._records.values() for revision in record.added])

    def outcome(self, item: Item) -> Outcome:
        """What became of an item that was taken."""
        return self._receipts[item.id].outcome(item.id)

    def events(self) -> list[Event]:
        """The audit's entries: what was written to each team, sealed by a digest of the hashes in feed order."""
        written: dict[str, list[tuple[int, str]]] = {}
        for receipt in self._receipts.values():
            if receipt.new:
                for team, position in receipt.positions.items():
                    written.setdefault(team, []).append((position, receipt.hash))
        found = list(self._ledger.events)
        for team, lines in sorted(written.items()):
            lines.sort()
            digest = sha256_hex("\n".join(line[1] for line in lines).encode())
            detail: Json = {"first": lines[0][0], "last": lines[-1][0], "revisions": len(lines), "digest": digest}
            found.append(Event(team, self._caller.person.id, "push", detail, self._caller.device))
        return found + self._relayed()

    def _relayed(self) -> list[Event]:
        """Who brought what other tablets had signed."""
        brought: dict[tuple[str, str], int] = {}
        for receipt in self._receipts.values() if not self._office else ():
            if receipt.new and receipt.device not in (self._caller.device, SERVER_DEVICE):
                for team in receipt.positions:
                    brought[(team, receipt.device)] = brought.get((team, receipt.device), 0) + 1
        return [
            Event(team, self._caller.person.id, "relayed", {"signer": signer, "revisions": count}, self._caller.device)
            for (team, signer), count in sorted(brought.items())
        ]

    def _check_place(self, revision: Revision) -> None:
        for parent in revision.parents:
            known = self._receipts.get(parent)
            if known is None:
                raise RefusedItemError(
                    RefusalCode.UNKNOWN_PARENT, "The version this was based on has not arrived. Sync again.", "parents"
                )
            if (known.record, known.kind, known.patient) != (revision.record, revision.kind, revision.patient):
                raise _wrong_record()
        record = self._records.get(revision.record)
        if record is None:
            return
        if (record.patient, record.kind) != (revision.patient, revision.kind):
            raise _wrong_record()
        if shape_of(revision.kind) is Shape.ENTRY and not revision.parents:
            raise needs_reason()

    def _check_scope(self, revision: Revision) -> Sequence[str]:
        """Raises RefusedItemError unless the caller may write on the patient. Returns the teams whose caseload a new
        patient joins."""
        patient = revision.patient
        mine = {self._office} if self._office else set(self._caller.team_ids)
        if mine & self._ledger.stays(patient).keys():
            return ()
        if self._office:
            return (self._office,)
        if not mine or self._ledger.knows(patient) or revision.kind != "patient":
            raise RefusedItemError(
                RefusalCode.NOT_YOUR_PATIENT, "This patient is not on your team's caseload.", "patient"
            )
        return self._homes.get(patient) or self._caller.team_ids[:1]

    def _add(self, revision: Revision, text: str) -> None:
        record = self._records.setdefault(revision.record, Record(revision.patient, revision.kind, []))
        record.heads = [head for head in record.heads if head not in revision.parents] + [revision.id]
        record.history[revision.id] = revision
        record.added.append(revision)
        self._put(revision, text)

    def _put(self, revision: Revision, text: str) -> None:
        positions = self._ledger.append(revision, text)
        self._receipts[revision.id] = Receipt(
            revision.hash,
            revision.record,
            revision.kind,
            revision.patient,
            revision.device,
            Status.ACCEPTED,
            positions,
            new=True,
        )

    def _settle(self, record: Record) -> tuple[Json, Status]:
        if len(record.heads) == 1:
            return record.history[record.heads[0]].body, Status.ACCEPTED
        state, merged = merge(self._clock, self._service, record.history, record.heads)
        if merged is None:
            return state.body, Status.CONFLICT
        record.heads = [merged.id]
        self._put(merged, merged.to_json().decode())
        return state.body, Status.MERGED

    def _know_teams(self, states: Iterable[projections.Current]) -> None:
        """A settled body may name a team that no revision of this push does, such as the one before a dispute."""
        texts = {team for state in states if (team := projections.team_named(state.body))} - self._names.keys()
        self._names |= projections.named_teams(self._connection, sorted(texts))

    def _move(self, states: Iterable[projections.Current]) -> None:
        """Let the caseloads follow the episodes that changed."""
        changed = [state for state in states if state.kind == "episode"]
        for patient in sorted({state.patient for state in changed}):
            before = self._episodes.get(patient, {})
            after = dict(before)
            after.update(
                {
                    state.record: projections.owned(state.body, self._names)
                    for state in changed
                    if state.patient == patient
                }
            )
            was = {episode.owner for episode in before.values() if episode.active and episode.owner}
            now = {episode.owner for episode in after.values() if episode.active and episode.owner}
            for team in sorted(now - was):
                self._ledger.join(patient, team)
            for team in sorted(was - now):
                self._ledger.leave(patient, team)

    def _homes_of(self, revisions: Iterable[Revision]) -> dict[str, list[str]]:
        """The caller's teams that the batch's own episodes name, by patient."""
        found: dict[str, set[str]] = {}
        for revision in revisions:
            owner = projections.owned(revision.body, self._names)
            if revision.kind == "episode" and owner.active and owner.owner:
                found.setdefault(revision.patient, set()).add(owner.owner)
        mine = set(self._caller.team_ids)
        return {patient: sorted(teams & mine) for patient, teams in found.items()}


def _wrong_record() -> RefusedItemError:
    return RefusedItemError(
        RefusalCode.WRONG_RECORD, "This id belongs to another record. Save it as a new entry.", "record"
    )
