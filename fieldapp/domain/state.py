"""The current state of one record, as screens and lists need it, without its whole history."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import NamedTuple

from fieldapp.domain.canonical import Json
from fieldapp.domain.merge import resolve
from fieldapp.domain.revision import Author, Revision, format_time, parse_time


class RecordState(NamedTuple):
    """Where a record stands. `heads` has more than one member when changes were made apart; `disputed` names the
    statements (`field` or `field/item id`) that wait for a clinician, and `body` shows their base value until then.
    `author` and `at` (corrected device time) are of the head, of several the one latest signed; `first_…` of the
    revision that began the record. What follows what decides, never a clock alone, so that no order of arrival and no
    wrong clock changes the state. `latest_at` is the latest time that any of its revisions carries.
    """

    id: str
    kind: str
    patient: str
    heads: tuple[str, ...]
    body: Json
    disputed: tuple[str, ...]
    revisions: int
    author: Author
    at: datetime
    first_author: Author
    first_at: datetime
    latest_at: datetime

    @property
    def in_conflict(self) -> bool:
        return bool(self.disputed)

    @property
    def amended(self) -> bool:
        return self.revisions > 1

    def advanced(self, revision: Revision) -> RecordState | None:
        """The state after one more revision on top of all heads, or None where the whole history is needed."""
        if revision.parents != self.heads:
            return None
        return self._replace(
            heads=(revision.id,),
            body=revision.body,
            disputed=(),
            revisions=self.revisions + 1,
            author=revision.author,
            at=revision.true_time,
            latest_at=max(self.latest_at, revision.true_time),
        )

    def to_json(self) -> Json:
        """The JSON object that `from_json` reads."""
        return {
            "id": self.id,
            "kind": self.kind,
            "patient": self.patient,
            "heads": list(self.heads),
            "body": self.body,
            "disputed": list(self.disputed),
            "revisions": self.revisions,
            "author": list(self.author),
            "at": format_time(self.at),
            "first_author": list(self.first_author),
            "first_at": format_time(self.first_at),
            "latest_at": format_time(self.latest_at),
        }

    @classmethod
    def from_json(cls, value: Json) -> RecordState:
        """Read what `to_json` wrote."""
        return cls(
            id=value["id"],
            kind=value["kind"],
            patient=value["patient"],
            heads=tuple(value["heads"]),
            body=value["body"],
            disputed=tuple(value["disputed"]),
            revisions=value["revisions"],
            author=Author(*value["author"]),
            at=parse_time(value["at"]),
            first_author=Author(*value["first_author"]),
            first_at=parse_time(value["first_at"]),
            latest_at=parse_time(value.get("latest_at", value["at"])),
        )


def state_of(revisions: Iterable[Revision]) -> RecordState:
    """The state of one record from every revision of it that is known. ValueError when there is none."""
    nodes = {revision.id: revision for revision in revisions}
    if not nodes:
        raise ValueError("A record has at least one revision.")
    if len(nodes) == 1:
        return only_state(next(iter(nodes.values())))
    oldest = min((each for each in nodes.values() if nodes.keys().isdisjoint(each.parents)), key=_signed)
    current = resolve(oldest.kind, nodes)
    newest = max((nodes[head] for head in current.heads), key=_signed)
    return RecordState(
        id=oldest.record,
        kind=oldest.kind,
        patient=oldest.patient,
        heads=current.heads,
        body=current.body,
        disputed=tuple(dispute.path for dispute in current.disputes),
        revisions=len(nodes),
        author=newest.author,
        at=newest.true_time,
        first_author=oldest.author,
        first_at=oldest.true_time,
        latest_at=max(each.true_time for each in nodes.values()),
    )


def only_state(revision: Revision) -> RecordState:
    """The state of a record of which this is the only revision."""
    at = revision.true_time
    return RecordState(
        id=revision.record,
        kind=revision.kind,
        patient=revision.patient,
        heads=(revision.id,),
        body=revision.body,
        disputed=(),
        revisions=1,
        author=revision.author,
        at=at,
        first_author=revision.author,
        first_at=at,
        latest_at=at,
    )


def state_of_only(wire: Json) -> RecordState:
    """`only_state` of a revision's wire object that was checked when it was stored."""
    author = Author(wire["author"]["id"], wire["author"]["name"], wire["author"]["role"])
    at = parse_time(wire["at"])
    if wire["offset_ms"]:
        at += timedelta(milliseconds=wire["offset_ms"])
    return RecordState(
        id=wire["record"],
        kind=wire["kind"],
        patient=wire["patient"],
        heads=(wire["id"],),
        body=wire["body"],
        disputed=(),
        revisions=1,
        author=author,
        at=at,
        first_author=author,
        first_at=at,
        latest_at=at,
    )


def _signed(revision: Revision) -> tuple[datetime, str]:
    return revision.true_time, revision.id
