"""Real stores and really signed revisions for these tests. The patients are invented."""

from __future__ import annotations

import base64
import hashlib
import os
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from fieldapp.domain.clock import Clock, FixedClock
from fieldapp.domain.ids import new_id
from fieldapp.domain.revision import Author, Revision, make_revision
from fieldapp.storage import Identity, Store, TeamLabel, create_store
from fieldapp.storage.kdf import FLOOR

SHARED = Path(os.environ.get("FIELDAPP_SHARED", Path(__file__).parents[2] / "../shared"))
PASSPHRASE = "correct horse battery staple"
START = datetime(2026, 11, 22, 9, 0, tzinfo=UTC)
AUTHOR = Author("5f0c6c56-0000-7000-8000-000000000001", "Amara Okafor", "Community nurse")
IDENTITY = Identity(
    server="https://visits.example.nhs.uk",
    device="5f0c6c56-0000-7000-8000-00000000000d",
    person=AUTHOR,
    teams=(TeamLabel("5f0c6c56-0000-7000-8000-00000000000a", "Harbour team", "0113 496 0000"),),
    epoch="first",
    server_key="A" * 43,
)
NAME = {"family": "Thistlewood", "given": "Marigold", "title": "Ms"}


def fresh(directory: Path, clock: Clock | None = None, **options: Any) -> Store:
    """A new store with the cheapest key derivation that the store accepts."""
    return create_store(directory, passphrase=PASSPHRASE, clock=clock or FixedClock(START), kdf=FLOOR, **options)


def flood(seed: str) -> Callable[[int], bytes]:
    """Bytes that look random and are the same for the same seed."""
    count = 0

    def take(size: int) -> bytes:
        nonlocal count
        count += 1
        return hashlib.shake_256(f"{seed}:{count}".encode()).digest(size)

    return take


class Maker:
    """Signs revisions as one device."""

    def __init__(self, clock: Clock | None = None, key: Ed25519PrivateKey | None = None) -> None:
        self.clock = clock or FixedClock(START)
        self.key = key or Ed25519PrivateKey.generate()

    def id(self) -> str:
        return new_id(self.clock)

    def revision(
        self,
        patient: str,
        kind: str,
        body: dict[str, Any],
        *,
        record: str | None = None,
        parents: tuple[str, ...] = (),
        reason: str | None = None,
    ) -> Revision:
        made = make_revision(
            id=self.id(),
            record=record or self.id(),
            kind=kind,
            patient=patient,
            parents=parents,
            author=AUTHOR,
            device=IDENTITY.device,
            at=self.clock.now(),
            offset_ms=0,
            schema=1,
            body=body,
            reason=reason,
        )
        return made.signed_with(base64.urlsafe_b64encode(self.key.sign(made.hash.encode())).rstrip(b"=").decode())

    def person(self, patient: str, **more: Any) -> Revision:
        return self.revision(patient, "patient", {"name": NAME, "nhs_number": "9990000018", **more})

    def note(self, patient: str, text: str = "Wound clean and dry.", **more: Any) -> Revision:
        return self.revision(patient, "note", {"text": text}, **more)

    def after(self, parent: Revision, body: dict[str, Any], reason: str | None = None) -> Revision:
        """A revision on top of `parent`."""
        return self.revision(
            parent.patient, parent.kind, body, record=parent.record, parents=(parent.id,), reason=reason
        )
