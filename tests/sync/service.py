"""A team's server in memory that truly speaks the wire, and the road to it, which may be cut or lied on.

Every message passes through its JSON text both ways. Real revisions, real hashes, real signatures, the real merge.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from fieldapp.domain.canonical import Json
from fieldapp.domain.clock import Clock, FixedClock
from fieldapp.domain.delivery import Offer
from fieldapp.domain.ids import new_id
from fieldapp.domain.merge import heads_of, resolve
from fieldapp.domain.revision import Author, Revision, RevisionError, make_revision, parse_revision
from fieldapp.storage import Identity, Store, TeamLabel, create_store
from fieldapp.storage.kdf import FLOOR
from fieldapp.sync.engine import Sync
from fieldapp.sync.errors import RefusedError, UnreachableError
from fieldapp.sync.proof import b64, revision_text
from fieldapp.sync.wire import OFFER_HASH_CHARS, SERVER_DEVICE, ErrorCode, Me, OfferReply, Page, PushReply
from fieldapp.usecases.session import Session

TEAM = "5f0c6c56-0000-7000-8000-00000000000a"
PASSPHRASE = "correct horse battery staple"

Fault = Callable[[Json], Json] | str | None
"""`lost` before it arrives, `cut` before the answer arrives, or what is done to the answer."""


class Service:
    """One team's feed."""

    def __init__(self, clock: FixedClock, *, page_items: int = 3) -> None:
        self.clock = clock
        self.page_items = page_items
        self.epoch = new_id(clock)
        self.key = Ed25519PrivateKey.generate()
        self.feed: list[Json] = []
        self.members: set[str] = set()
        self.pushes = 0
        self.biggest: int | None = None

    @property
    def public_key(self) -> str:
        return b64(self.key.public_key().public_bytes_raw())

    @property
    def revisions(self) -> dict[str, Revision]:
        found = [parse_revision(item["revision"]) for item in self.feed if "revision" in item]
        return {revision.id: revision for revision in found}

    def record(self, record: str) -> dict[str, Revision]:
        return {key: revision for key, revision in self.revisions.items() if revision.record == record}

    def join(self, patient: str) -> None:
        self.members.add(patient)
        self.feed.append({"joined": {"team": TEAM, "patient": patient}})

    def leave(self, patient: str) -> None:
        self.members.discard(patient)
        self.feed.append({"left": {"team": TEAM, "patient": patient}})

    def seed(self, revision: Revision) -> None:
        """A revision from elsewhere, such as an import: signed by the service."""
        self.feed.append({"revision": self._signed(revision).to_wire()})

    def restored(self, keep: int) -> None:
        """Back to an older backup, with a new epoch."""
        del self.feed[keep:]
        self.epoch = new_id(self.clock)

    def push(self, wires: Sequence[Json], epoch: str | None = None) -> Json:
        if epoch not in (None, self.epoch):
            return {"epoch": self.epoch, "now": self._now(), "outcomes": []}
        self.pushes += 1
        if self.biggest is not None and len(json.dumps(list(wires))) > self.biggest:
            raise RefusedError("This request is too large.", ErrorCode.TOO_LARGE)
        taken = [self._take(wire) for wire in wires]
        status = {r.record: self._settle(r) for r in taken if isinstance(r, Revision)}
        return {
            "epoch": self.epoch,
            "now": self._now(),
            "outcomes": [t if isinstance(t, dict) else self._receipt(t, status[t.record]) for t in taken],
        }

    def offer(self, offers: dict[str, str]) -> Json:
        had = {key for key, revision in self.revisions.items() if revision.hash[:OFFER_HASH_CHARS] == offers.get(key)}
        return {"epoch": self.epoch, "now": self._now(), "wanted": [key for key in offers if key not in had]}

    def pull(self, cursor: str | None) -> Json:
        epoch, _, position = (cursor or f"{self.epoch}:0").partition(":")
        if epoch != self.epoch or int(position) > len(self.feed):
            raise RefusedError("Start again.", ErrorCode.BAD_CURSOR)
        start = int(position)
        items = self.feed[start : start + self.page_items]
        end = start + len(items)
        return {
            "epoch": self.epoch,
            "cursor": f"{self.epoch}:{end}",
            "more": end < len(self.feed),
            "today": False,
            "items": items,
            "now": self._now(),
        }

    def _take(self, wire: Json) -> Json | Revision:
        try:
            revision = parse_revision(wire)
        except RevisionError as error:
            return _refused(wire["id"], error.code, str(error))
        known = self.revisions
        if revision.id in known:
            if known[revision.id].hash == revision.hash:
                return revision
            return _refused(revision.id, "different_content", "Another content has this id.")
        if revision.patient not in self.members:
            return _refused(revision.id, "not_your_patient", "This patient is not on your caseload.")
        if not set(revision.parents) <= known.keys():
            return _refused(revision.id, "unknown_parent", "Sync again.")
        if revision.body.get("text") == "refuse me":
            return {**_refused(revision.id, "invalid_body", "Say it in other words."), "where": "text"}
        self.feed.append({"revision": revision.to_wire()})
        return revision

    def _settle(self, revision: Revision) -> str:
        nodes = self.record(revision.record)
        if len(heads_of(nodes.values())) == 1:
            return "accepted"
        state = resolve(revision.kind, nodes)
        if state.in_conflict:
            return "conflict"
        merged = make_revision(
            id=new_id(self.clock),
            record=revision.record,
            kind=revision.kind,
            patient=revision.patient,
            parents=state.heads,
            author=Author("service", "Service", "system"),
            device=SERVER_DEVICE,
            at=self.clock.now(),
            offset_ms=0,
            schema=revision.schema,
            body=state.body,
        )
        self.feed.append({"revision": self._signed(merged).to_wire()})
        return "merged"

    def _receipt(self, revision: Revision, status: str) -> Json:
        position = next(
            n for n, item in enumerate(self.feed) if "revision" in item and item["revision"]["id"] == revision.id
        )
        return {"id": revision.id, "status": status, "hash": revision.hash, "positions": {TEAM: position}}

    def _signed(self, revision: Revision) -> Revision:
        return revision.signed_with(b64(self.key.sign(revision_text(revision.hash))))

    def _now(self) -> int:
        return int(self.clock.now().timestamp() * 1000)


class Road:
    """A `Transport` to the service. `faults` are taken one a call; `down` loses everything."""

    def __init__(self, service: Service) -> None:
        self.service = service
        self.faults: list[Fault] = []
        self.down = False
        self.calls: list[str] = []
        self.before_push: Callable[[], None] | None = None

    def push(self, revisions: Sequence[Revision], epoch: str | None = None) -> PushReply:
        wires = [json.loads(revision.to_json()) for revision in revisions]
        if self.before_push is not None:
            self.before_push()
        return PushReply.model_validate(self._travel("push", lambda: self.service.push(wires, epoch)))

    def offer(self, offers: Sequence[Offer]) -> OfferReply:
        named = {offer.revision: offer.hash[:OFFER_HASH_CHARS] for offer in offers}
        return OfferReply.model_validate(self._travel("offer", lambda: self.service.offer(named)))

    def pull(self, cursor: str | None) -> Page:
        return Page.model_validate(self._travel("pull", lambda: self.service.pull(cursor)))

    def me(self) -> Me:
        raise NotImplementedError

    def close(self) -> None:
        return

    def _travel(self, call: str, answer: Callable[[], Json]) -> Json:
        self.calls.append(call)
        fault = self.faults.pop(0) if self.faults else None
        if self.down or fault == "lost":
            raise UnreachableError("The server cannot be reached.")
        reply: Json = json.loads(json.dumps(answer()))
        if fault == "cut":
            raise UnreachableError("The server cannot be reached.")
        return fault(reply) if callable(fault) else reply


class Device:
    """One clinician's tablet: a real store, a session, and a road to the service."""

    def __init__(self, directory: Path, service: Service, clock: FixedClock, person: Author) -> None:
        self.clock = clock
        self.store: Store = create_store(directory, passphrase=PASSPHRASE, clock=clock, kdf=FLOOR)
        self.store.set_identity(
            Identity(
                server="https://visits.example.nhs.uk",
                device=new_id(clock),
                person=person,
                teams=(TeamLabel(TEAM, "Harbour team", None),),
                epoch=service.epoch,
                server_key=service.public_key,
                offset_ms=0,
            )
        )
        self.session = Session(self.store, clock)
        self.road = Road(service)
        self.engine = Sync(self.store, self.road, clock, server_key=service.public_key)

    def sync(self) -> Any:
        return self.engine.run()

    def body(self, record: str) -> Json:
        return self.session.record(record).body

    @contextmanager
    def unreachable(self) -> Any:
        """No signal inside the block."""
        self.road.down = True
        yield
        self.road.down = False


def imported(clock: Clock, patient: str, kind: str, body: Json) -> Revision:
    """A revision as an import brings it, not yet signed."""
    return make_revision(
        id=new_id(clock),
        record=new_id(clock),
        kind=kind,
        patient=patient,
        parents=(),
        author=Author("import", "Imported", "system"),
        device=SERVER_DEVICE,
        at=clock.now(),
        offset_ms=0,
        schema=1,
        body=body,
    )


def _refused(id: str, code: str, sentence: str) -> Json:
    return {"id": id, "status": "refused", "code": code, "sentence": sentence}
