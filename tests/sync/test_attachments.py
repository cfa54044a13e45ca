"""Photographs between two tablets and the real server over HTTP: every request is counted, any of them may fail."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select, text

from fieldapp.domain.attachments import CHUNK_BYTES, Place
from fieldapp.domain.clock import FixedClock
from fieldapp.domain.ids import new_id
from fieldapp.domain.revision import Author
from fieldapp.storage import Identity, Store, TeamLabel, create_store
from fieldapp.storage.kdf import FLOOR
from fieldapp.sync.attachment_road import HttpAttachments
from fieldapp.sync.attachments import Attachments, Carried
from fieldapp.sync.engine import Sync
from fieldapp.sync.errors import BadReplyError, RevokedError, SyncError, UnreachableError
from fieldapp.sync.transport import HttpTransport, enrol
from fieldapp.sync.wire import Attached
from fieldapp.usecases.session import Session
from server.db.tables import attachment_chunks
from server.identity import devices
from tests.server.world import START, World
from tests.storage.making import PASSPHRASE
from tests.storage.pictures import body, named, photograph

DATA = photograph(4 * CHUNK_BYTES - 777)


class Road(HttpAttachments):
    """Counts, and fails before (`lost`) or after (`cut`) the request of a number. `gate` runs before each."""

    def __init__(self, transport: HttpTransport) -> None:
        super().__init__(transport)
        self.asked: list[str] = []
        self.clear()

    def clear(self) -> None:
        """Nothing in the way."""
        self.lost: int | None = None
        self.cut: int | None = None
        self.gate: Callable[[], None] = lambda: None
        self.change: Callable[[bytes], bytes] = lambda data: data

    def standing(self, place: Place) -> Attached:
        return self._travel("standing", lambda: super(Road, self).standing(place))

    def put(self, place: Place, index: int, data: bytes) -> Attached:
        return self._travel(f"put {index}", lambda: super(Road, self).put(place, index, self.change(data)))

    def chunk(self, place: Place, index: int) -> bytes:
        return self.change(self._travel(f"chunk {index}", lambda: super(Road, self).chunk(place, index)))

    def _travel(self, call: str, ask: Callable[[], Any]) -> Any:
        self.gate()
        number = len(self.asked)
        self.asked.append(call)
        if number == self.lost:
            raise UnreachableError("lost")
        answer = ask()
        if number == self.cut:
            raise UnreachableError("cut")
        return answer


class Device:
    """A tablet with a real store, enrolled at the real server."""

    def __init__(self, directory: Path, world: World, name: str, *teams: str) -> None:
        self.store: Store = create_store(directory, passphrase=PASSPHRASE, clock=world.clock, kdf=FLOOR)
        reply = enrol(world.address, world.code(world.person(name, *teams)), self.store.device_key())
        self.device = reply.device
        self.store.set_identity(
            Identity(
                server=world.address,
                device=reply.device,
                person=Author(*reply.person.model_dump().values()),
                teams=tuple(TeamLabel(team.id, team.name, team.phone) for team in reply.teams),
                epoch=reply.epoch,
                server_key=reply.server_key,
                offset_ms=0,
            )
        )
        self.session = Session(self.store, world.clock)
        transport = HttpTransport(world.address, reply.device, self.store.device_key(), world.clock)
        self.road = Road(transport)
        self.sync = Sync(
            self.store,
            transport,
            world.clock,
            server_key=reply.server_key,
            attachments=Attachments(self.store, self.road),
        )

    def close(self) -> None:
        self.sync.close()
        self.store.close()

    def photograph(self, patient: str, data: bytes = DATA) -> str:
        return self.session.put(patient, "photo", body(data), pictures=[data]).record

    def run(self) -> tuple[Carried, list[str]]:
        """What one sync carried, and what it asked of attachments."""
        before = len(self.road.asked)
        carried = self.sync.run().attachments
        return carried, self.road.asked[before:]

    def fails(self, error: type[SyncError] = UnreachableError) -> list[str]:
        before = len(self.road.asked)
        with pytest.raises(error):
            self.sync.run()
        return self.road.asked[before:]


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """One service for all tests here; each has a patient of its own."""
    made = World(f"sqlite:///{tmp_path_factory.mktemp('server') / 'server.db'}", FixedClock(START))
    yield made
    made.close()


@pytest.fixture
def patient(world: World) -> str:
    who = new_id(world.clock)
    world.bring(world.team("Home ward"), world.imported(who, "patient", {"name": {"family": "Thistlewood"}}))
    return who


@pytest.fixture(scope="module")
def tablets(world: World, tmp_path_factory: pytest.TempPathFactory) -> Iterator[list[Device]]:
    folder, team = tmp_path_factory.mktemp("tablets"), world.team("Home ward")
    made = [Device(folder / name, world, name, team) for name in ("Ann Lee", "Tom Ogilvie")]
    yield made
    for device in made:
        device.close()


def ready(device: Device) -> Device:
    """Synced, with nothing in its way."""
    device.road.clear()
    device.sync.run()
    device.road.asked.clear()
    return device


@pytest.fixture
def nurse(tablets: list[Device], patient: str) -> Device:
    return ready(tablets[0])


@pytest.fixture
def therapist(tablets: list[Device], patient: str) -> Device:
    return ready(tablets[1])


def stored(world: World, patient: str) -> int:
    """Chunks of the patient at the server."""
    query = select(func.count()).select_from(attachment_chunks).where(attachment_chunks.c.patient == patient)
    with world.database.reading() as connection:
        return connection.scalar(query) or 0


def test_a_photograph_goes_after_its_record_and_comes_to_the_team(
    nurse: Device, therapist: Device, patient: str
) -> None:
    nurse.photograph(patient)
    carried, asked = nurse.run()
    assert (carried, asked) == (Carried(sent=1), ["standing", "put 0", "put 1", "put 2", "put 3"])
    assert nurse.store.attachment_state(patient, named(DATA)) == "sent"
    carried, asked = therapist.run()
    assert (carried, asked) == (Carried(fetched=1), ["chunk 0", "chunk 1", "chunk 2", "chunk 3"])
    assert therapist.store.picture(patient, named(DATA)) == DATA
    assert nurse.run() == therapist.run() == (Carried(), [])


def test_sending_that_breaks_anywhere_repeats_one_chunk_at_most(nurse: Device, world: World, patient: str) -> None:
    faults = [(fault, number) for fault in ("lost", "cut") for number in range(4)]
    for n, (fault, number) in enumerate(faults):
        data = photograph(3 * CHUNK_BYTES - 777, seed=f"{fault} {number}")
        nurse.photograph(patient, data)
        setattr(nurse.road, fault, len(nurse.road.asked) + number)
        first = nurse.fails()
        assert nurse.store.attachments_waiting() == 1
        carried, again = nurse.run()
        assert (carried, stored(world, patient)) == (Carried(sent=1), 3 * (n + 1))
        chunks = [call for call in first + again if call.startswith("put")]
        assert set(chunks) == {"put 0", "put 1", "put 2"}
        assert len(chunks) == 3 + (fault == "lost" and number > 0)


def test_fetching_that_breaks_anywhere_repeats_one_chunk_at_most(
    nurse: Device, therapist: Device, patient: str
) -> None:
    for fault, number in (("lost", 0), ("cut", 1), ("lost", 2), ("cut", 2)):
        data = photograph(3 * CHUNK_BYTES - 777, seed=f"{fault} {number}")
        nurse.photograph(patient, data)
        nurse.run()
        setattr(therapist.road, fault, len(therapist.road.asked) + number)
        first = therapist.fails()
        assert therapist.store.picture(patient, named(data)) is None
        carried, again = therapist.run()
        assert carried == Carried(fetched=1)
        assert len(first) + len(again) == 4
        assert therapist.store.picture(patient, named(data)) == data


def test_the_same_picture_twice_is_sent_once(nurse: Device, therapist: Device, patient: str, world: World) -> None:
    nurse.photograph(patient)
    nurse.photograph(patient)
    assert nurse.run()[0] == Carried(sent=1)
    nurse.photograph(patient)
    assert nurse.run() == (Carried(), [])
    therapist.photograph(patient)
    assert therapist.run() == (Carried(sent=1), ["standing"])
    assert stored(world, patient) == 4


def test_records_saved_meanwhile_go_between_two_chunks(nurse: Device, patient: str) -> None:
    nurse.photograph(patient)
    notes: list[str] = []

    def save() -> None:
        if len(nurse.road.asked) == 2:
            notes.append(nurse.session.put(patient, "note", {"text": "Dressing changed."}).record)
        elif notes and len(nurse.road.asked) == 4:
            assert nurse.store.status(notes[0]) == "sent"

    nurse.road.gate = save
    assert nurse.run() == (
        Carried(sent=1),
        ["standing", "put 0", "put 1", "standing", "put 2", "put 3"],
    )


def test_a_photograph_of_a_record_that_was_sent_back_waits(nurse: Device, world: World) -> None:
    unknown = new_id(world.clock)
    made = nurse.session._make(new_id(world.clock), unknown, "photo", body(DATA), (), None)
    nurse.store.save([made], pictures=[DATA])
    assert nurse.run() == (Carried(waiting=1), ["standing"])
    assert nurse.run()[0] == Carried(waiting=1)
    world.join(unknown, world.team("Home ward"))
    assert [nurse.run()[0] for _ in range(2)] == [Carried(waiting=1), Carried(sent=1)]


def test_one_that_the_server_will_not_take_stops_no_other(nurse: Device, patient: str) -> None:
    nurse.photograph(patient)
    second = photograph(CHUNK_BYTES, seed="second")
    nurse.photograph(patient, second)
    nurse.road.change = lambda data: bytes(len(data)) if len(data) != CHUNK_BYTES else data
    assert nurse.run()[0] == Carried(sent=1, waiting=1)
    assert nurse.store.attachment_state(patient, named(second)) == "sent"
    assert nurse.run() == (Carried(waiting=1), [])
    nurse.road.change = lambda data: data
    nurse.session.put(patient, "note", {"text": "Something new."})
    assert nurse.run()[0] == Carried(sent=1)


def test_bytes_that_are_not_what_the_record_names_are_not_taken(nurse: Device, therapist: Device, patient: str) -> None:
    nurse.photograph(patient)
    nurse.run()
    for change in (lambda data: data[:-1], lambda data: bytes(len(data))):
        therapist.road.change = change
        therapist.fails(BadReplyError)
        assert therapist.store.picture(patient, named(DATA)) is None
    therapist.road.change = lambda data: data
    assert therapist.run()[0] == Carried(fetched=1)


def test_a_tablet_revoked_while_it_sends_keeps_everything(world: World, patient: str, tmp_path: Path) -> None:
    device = Device(tmp_path / "revoked", world, "Sam Poole", world.team("Home ward"))
    ready(device).photograph(patient)

    def revoke() -> None:
        if len(device.road.asked) == 2:
            world.database.write(lambda c: devices.revoke(c, world.clock, device.device))

    device.road.gate = revoke
    assert device.fails(RevokedError) == ["standing", "put 0", "put 1"]
    assert device.store.attachments_waiting() == 1
    assert device.store.picture(patient, named(DATA)) == DATA
    device.close()


def test_a_patient_who_left_is_forgotten_once_the_photograph_is_sent(nurse: Device, world: World, patient: str) -> None:
    nurse.photograph(patient)
    nurse.road.lost = 2
    nurse.fails()
    world.leave(patient, world.team("Home ward"))
    nurse.road.lost = len(nurse.road.asked) + 1
    nurse.fails()
    assert patient in nurse.store.patients()
    assert nurse.run()[0] == Carried(sent=1)
    assert patient not in nurse.store.patients()
    assert stored(world, patient) == 4


def test_a_restored_server_gets_it_back_from_any_tablet_that_holds_it(
    nurse: Device, therapist: Device, world: World, patient: str
) -> None:
    nurse.photograph(patient)
    nurse.run()
    therapist.run()

    def lost(connection: Any) -> None:
        connection.execute(text("DELETE FROM attachment_chunks WHERE patient = :patient"), {"patient": patient})
        connection.execute(
            text("UPDATE attachments SET whole_at = NULL WHERE patient = :patient"), {"patient": patient}
        )

    for device in (therapist, nurse):
        world.database.write(lost)
        device.store.start_over("the epoch before")
        _, calls = device.run()
        assert [call for call in calls if call.startswith("put")] == ["put 0", "put 1", "put 2", "put 3"]
        assert stored(world, patient) == 4
    therapist.store.start_over("the epoch before")
    assert not [call for call in therapist.run()[1] if call.startswith("put")]


def test_only_some_is_fetched_unasked_and_what_is_wanted_first(
    nurse: Device, therapist: Device, patient: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    several = [photograph(CHUNK_BYTES, seed=str(n)) for n in range(3)]
    for data in several:
        nurse.photograph(patient, data)
    nurse.run()
    bounded = Attachments(therapist.store, therapist.road, fetch_bytes=CHUNK_BYTES)
    monkeypatch.setattr(therapist.sync, "_attachments", bounded)
    assert therapist.run()[0].fetched == 1
    assert therapist.store.picture(patient, named(several[2])) == several[2]
    therapist.store.want_attachment(patient, named(several[0]))
    assert therapist.run()[0].fetched == 2
    assert therapist.store.picture(patient, named(several[0])) == several[0]
