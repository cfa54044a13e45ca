"""Photographs under faults: the road, the disk, the server's commits, crashes, a restore. What a tablet called saved is
in the end at the server, whole and once, and on every tablet that has the patient."""

from __future__ import annotations

import hashlib
import random
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import select

from fieldapp.domain import attachments as domain
from fieldapp.domain.attachments import Attachment
from fieldapp.storage.errors import StoreError
from fieldapp.sync.errors import SyncError
from fieldapp.usecases import photos
from server.db import tables
from server.db.tables import attachment_chunks, attachments
from tests.simulation.chance import Chance, replaced, seeded
from tests.simulation.faults import DISK, Crash
from tests.simulation.hospital import COMMIT
from tests.simulation.world import Tablet, World, memory_disk

CHUNK = 1024
"""Bytes of a chunk here, so that a picture of a few kilobytes has several."""
STEPS = 60
ROUNDS = 8
Saved = dict[tuple[str, str], bytes]
"""By patient and hash: what some tablet said is saved."""


@pytest.fixture
def directory() -> Iterator[Path]:
    made = Path(tempfile.mkdtemp(prefix="photographs-", dir=memory_disk()))
    yield made
    shutil.rmtree(made)


def picture(chance: random.Random) -> bytes:
    head = b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR" + (40).to_bytes(4, "big") * 2
    return head + hashlib.shake_256(chance.randbytes(8)).digest(chance.randint(100, 5 * CHUNK))


def attach(tablet: Tablet, chance: random.Random, saved: Saved) -> None:
    patients = tablet.store.patients()
    if not patients:
        return
    patient, data = chance.choice(patients), picture(chance)
    if saved and chance.random() < 0.2:
        data = chance.choice(sorted(saved.values()))
    photos.save(tablet.session, patient, data, "Left heel")
    saved[patient, hashlib.sha256(data).hexdigest()] = data


def step(world: World, chance: random.Random, saved: Saved, backups: list[Path]) -> None:
    tablet = chance.choice(world.tablets)
    what = chance.random()
    try:
        if what < 0.3:
            attach(tablet, chance, saved)
        elif what < 0.75:
            tablet.sync.run()
        elif what < 0.8:
            raise Crash
        elif what < 0.88:
            tablet.disk.arm(chance.choice(DISK), chance.randint(1, 12))
        elif what < 0.93:
            world.hospital.commit_trouble = chance.choice(COMMIT)
        elif what < 0.96:
            backups.append(world.directory / "backup.db")
            world.hospital.backup(backups[-1])
        elif backups:
            world.hospital.restore(backups[-1])
    except (SyncError, StoreError):
        tablet.disk.mend()
    except Crash:
        tablet.disk.mend()
        tablet.crash()


def heal(world: World) -> None:
    world.road.trouble = 0
    world.road.deliver(everything=True)
    world.hospital.commit_trouble = None
    for tablet in world.tablets:
        tablet.disk.mend()
    for _ in range(ROUNDS):
        world.advance(1)
        for tablet in world.tablets:
            tablet.sync.run()


def held(world: World) -> Saved:
    """What the server calls whole, put together from its chunks."""
    with world.hospital.database.reading() as connection:
        wholes = connection.execute(select(attachments).where(attachments.c.whole_at.is_not(None))).all()
        rows = connection.execute(select(attachment_chunks).order_by(attachment_chunks.c.at)).all()
    parts: dict[tuple[str, str], list[bytes]] = {}
    for row in rows:
        parts.setdefault((row.patient, row.sha256), []).append(bytes(row.data))
    return {(row.patient, row.sha256): b"".join(parts[row.patient, row.sha256]) for row in wholes}


def caseload(world: World, tablet: Tablet) -> set[str]:
    """Whom the tablet's teams have: a stale answer meant for another tablet may have brought it others."""
    teams = [team.id for team in tablet.identity.teams]
    query = select(tables.caseload.c.patient).where(tables.caseload.c.team.in_(teams), tables.caseload.c.active)
    with world.hospital.database.reading() as connection:
        return set(connection.scalars(query))


def sent_back(tablet: Tablet) -> set[tuple[str, str]]:
    """Of records that the server refused, such as on a patient of another team: they wait with their record."""
    revisions = [tablet.store.revision(refused.revision) for refused in tablet.store.refusals()]
    named = [(r.patient, domain.attachment_of(r.kind, r.body)) for r in revisions if r is not None]
    return {(patient, each.sha256) for patient, each in named if each is not None}


@pytest.mark.parametrize("seed", range(1, 6))
def test_what_was_saved_is_everywhere_in_the_end(seed: int, directory: Path) -> None:
    chance = Chance(f"photographs {seed}")
    with seeded(chance), replaced((domain, "CHUNK_BYTES", CHUNK)):
        world = World.make(chance, 3, directory)
        try:
            steps, saved, backups = chance.stream("steps"), Saved(), list[Path]()
            world.road.trouble = 0.2
            for _ in range(STEPS):
                step(world, steps, saved, backups)
            heal(world)
            found = held(world)
            assert saved
            apart = set[tuple[str, str]]().union(*(sent_back(tablet) for tablet in world.tablets)) - found.keys()
            assert {name: found.get(name) for name in saved if name not in apart} == {
                name: data for name, data in saved.items() if name not in apart
            }
            for tablet in world.tablets:
                assert tablet.store.attachments_waiting() == len(sent_back(tablet) - found.keys())
                for (patient, sha256), data in found.items():
                    if patient in tablet.store.patients() and patient in caseload(world, tablet):
                        named = Attachment(sha256=sha256, size=len(data), media_type="image/png")
                        assert tablet.store.picture(patient, named) == data
        finally:
            world.close()
