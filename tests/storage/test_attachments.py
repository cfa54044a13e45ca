"""A picture is durable with its record, opens only where it was sealed, and goes when its patient goes."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from fieldapp.domain.attachments import CHUNK_BYTES, Place
from fieldapp.domain.clock import FixedClock
from fieldapp.domain.delivery import Membership, Receipt
from fieldapp.domain.revision import Revision
from fieldapp.storage import Store, open_store
from fieldapp.storage.errors import DiskFullError, MissingPictureError, PatientGoneError, TamperedError
from tests.storage.making import PASSPHRASE, Maker
from tests.storage.pictures import named, photo, photograph

DATA = photograph()


def rows(store: Store, query: str) -> list[Any]:
    with store._reading() as tx:
        return list(tx.exec_driver_sql(query))


def change(store: Store, statement: str) -> None:
    with store._writing() as tx:
        tx.exec_driver_sql(statement)


def receipted(store: Store, *revisions: Revision) -> None:
    store.settle_outbox([Receipt(r.id, r.hash, "accepted", {"team": 1}) for r in revisions], [])


def test_a_picture_is_durable_with_its_record(store: Store, tmp_path: Path, clock: FixedClock, make: Maker) -> None:
    patient = make.id()
    store.save([make.person(patient), photo(make, patient, DATA)], pictures=[DATA])
    store.close()
    again = open_store(tmp_path, clock=clock).unlock(PASSPHRASE)
    assert again.picture(patient, named(DATA)) == DATA
    assert again.attachment_state(patient, named(DATA)) == "waiting"
    assert again.attachments_waiting() == 1
    assert [len(each[0]) > CHUNK_BYTES - 1001 for each in rows(again, "SELECT sealed FROM chunk")] == [True] * 3
    again.close()


def test_nothing_of_a_picture_can_be_read_in_the_files(store: Store, tmp_path: Path, make: Maker) -> None:
    patient = make.id()
    store.save([photo(make, patient, DATA)], pictures=[DATA])
    written = b"".join(path.read_bytes() for path in tmp_path.rglob("*") if path.is_file())
    for part in (DATA[:64], DATA[-64:], b"image/png", b"heel", named(DATA).sha256.encode()):
        assert part not in written
    assert bytes.fromhex(named(DATA).sha256) not in written


def test_a_record_is_never_saved_without_its_picture(store: Store, make: Maker) -> None:
    patient = make.id()
    for pictures in ([], [photograph(seed="another")], [DATA, photograph(seed="another")]):
        with pytest.raises(MissingPictureError):
            store.save([photo(make, patient, DATA)], pictures=pictures)
    with pytest.raises(MissingPictureError):
        store.save([make.note(patient)], pictures=[DATA])
    assert store.records(patient) == []
    assert rows(store, "SELECT * FROM attachment") == rows(store, "SELECT * FROM chunk") == []


def test_bytes_of_another_size_than_the_record_says_are_refused(store: Store, make: Maker) -> None:
    patient = make.id()
    said = {**photo(make, patient, DATA).body}
    said["image"] = {**said["image"], "size": len(DATA) - 1}
    with pytest.raises(MissingPictureError):
        store.save([make.revision(patient, "photo", said)], pictures=[DATA])
    assert store.outbox_size() == 0


def test_the_same_picture_twice_is_kept_once_for_a_patient(store: Store, make: Maker) -> None:
    patient, other = make.id(), make.id()
    store.save([photo(make, patient, DATA)], pictures=[DATA])
    store.save([photo(make, patient, DATA)])
    store.save([photo(make, patient, DATA)], pictures=[DATA])
    store.save([photo(make, other, DATA)], pictures=[DATA])
    assert store.attachments_waiting() == 2
    assert len(rows(store, "SELECT * FROM chunk")) == 6
    assert len({row[0] for row in rows(store, "SELECT id FROM attachment")}) == 2


def test_a_correction_needs_no_picture_of_its_own(store: Store, make: Maker) -> None:
    patient = make.id()
    first = photo(make, patient, DATA)
    store.apply([first], joined=[Membership("team", patient)], cursor="c", epoch="e")
    store.save([make.after(first, {**first.body, "shows": "Right heel"}, "Wrong side")])
    assert store.attachment_state(patient, named(DATA)) == "missing"
    assert store.attachments_waiting() == 0


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE chunk SET sealed = (SELECT sealed FROM chunk WHERE at = 1) WHERE at = 0",
        "DELETE FROM chunk WHERE at = 2",
        "UPDATE chunk SET sealed = CAST(substr(sealed, 1, 999) || x'00' || substr(sealed, 1001) AS BLOB) WHERE at = 0",
        "UPDATE attachment SET chunks = 2",
    ],
    ids=["two chunks swapped", "a chunk missing", "a byte changed", "another count"],
)
def test_a_changed_chunk_is_refused(store: Store, make: Maker, statement: str) -> None:
    patient = make.id()
    store.save([photo(make, patient, DATA)], pictures=[DATA])
    change(store, statement)
    with pytest.raises(TamperedError):
        store.picture(patient, named(DATA))


def test_chunks_swapped_between_patients_or_pictures_are_refused(store: Store, make: Maker) -> None:
    patient, other, second = make.id(), make.id(), photograph(seed="second")
    store.save([photo(make, patient, DATA), photo(make, patient, second)], pictures=[DATA, second])
    store.save([photo(make, other, DATA)], pictures=[DATA])
    first, same_patient, other_patient = (
        row[0] for row in rows(store, "SELECT number FROM attachment ORDER BY number")
    )
    for source in (same_patient, other_patient):
        change(
            store,
            f"UPDATE chunk SET sealed = (SELECT sealed FROM chunk WHERE attachment = {source} AND at = 1) "
            f"WHERE attachment = {first} AND at = 1",
        )
        with pytest.raises(TamperedError):
            store.picture(patient, named(DATA))
    assert store.picture(other, named(DATA)) == DATA


def test_a_full_disk_saves_neither_record_nor_picture(store: Store, make: Maker) -> None:
    patient = make.id()
    store.save([make.person(patient)])
    pages = rows(store, "PRAGMA page_count")[0][0]
    with store._writing(quiet=True) as tx:
        tx.exec_driver_sql(f"PRAGMA max_page_count = {pages + 100}")
    with pytest.raises(DiskFullError):
        store.save([photo(make, patient, DATA)], pictures=[DATA])
    assert [state.kind for state in store.records(patient)] == ["patient"]
    assert rows(store, "SELECT * FROM chunk") == []
    with store._writing(quiet=True) as tx:
        tx.exec_driver_sql("PRAGMA max_page_count = 1000000")
    store.save([photo(make, patient, DATA)], pictures=[DATA])
    assert store.picture(patient, named(DATA)) == DATA


def test_a_patient_who_left_stays_until_the_picture_is_sent(store: Store, tmp_path: Path, make: Maker) -> None:
    patient = make.id()
    made = [make.person(patient), photo(make, patient, DATA)]
    store.apply([], joined=[Membership("team", patient)], cursor="c", epoch="e")
    store.save(made, pictures=[DATA])
    receipted(store, *made)
    store.apply([], left=[Membership("team", patient)], cursor="d", epoch="e")
    assert store.forget_left() == 0
    (place,) = store.attachments_to_send()
    assert store.attachment_chunk(place, 2) == DATA[2 * CHUNK_BYTES :]
    store.settle_attachment(place)
    assert store.forget_left() == 1
    assert rows(store, "SELECT * FROM attachment") == rows(store, "SELECT * FROM chunk") == []
    assert store.picture(patient, named(DATA)) is None
    with pytest.raises(PatientGoneError):
        store.settle_attachment(place)
    with pytest.raises(PatientGoneError):
        store.want_attachment(patient, named(DATA))


def test_what_others_attached_is_fetched_chunk_by_chunk(store: Store, make: Maker) -> None:
    patient, elsewhere = make.id(), make.id()
    store.apply(
        [photo(make, patient, DATA), photo(make, elsewhere, DATA)],
        joined=[Membership("team", patient)],
        cursor="c",
        epoch="e",
    )
    (place,) = store.attachments_to_fetch(1 << 30)
    assert place == Place(patient, named(DATA), mine=False)
    store.keep_attachment_chunk(place, 1, DATA[CHUNK_BYTES : 2 * CHUNK_BYTES])
    assert (store.attachment_chunks(place), store.picture(patient, named(DATA))) == ({1}, None)
    before = store.generation
    for index in (0, 2):
        store.keep_attachment_chunk(place, index, DATA[index * CHUNK_BYTES :][:CHUNK_BYTES])
    assert store.finish_attachment(place)
    assert store.picture(patient, named(DATA)) == DATA
    assert store.generation > before
    assert (store.attachment_state(patient, named(DATA)), store.attachments_to_send()) == ("sent", [])
    assert store.attachments_to_fetch(1 << 30) == []


def test_a_whole_that_is_not_what_the_record_names_is_dropped(store: Store, make: Maker) -> None:
    patient, wrong = make.id(), photograph(seed="wrong")
    store.apply([photo(make, patient, DATA)], joined=[Membership("team", patient)], cursor="c", epoch="e")
    (place,) = store.attachments_to_fetch(1 << 30)
    for index in range(3):
        store.keep_attachment_chunk(place, index, wrong[index * CHUNK_BYTES :][:CHUNK_BYTES])
    assert not store.finish_attachment(place)
    assert (store.attachment_chunks(place), store.attachments_to_fetch(1 << 30)) == (set(), [place])


def test_the_newest_are_fetched_within_bounds_and_the_wanted_before_all(store: Store, make: Maker) -> None:
    patient = make.id()
    several = [photograph(size=CHUNK_BYTES, seed=str(n)) for n in range(4)]
    store.apply(
        [photo(make, patient, data) for data in several], joined=[Membership("team", patient)], cursor="c", epoch="e"
    )
    found = store.attachments_to_fetch(2 * CHUNK_BYTES)
    assert [place.named for place in found] == [named(several[3]), named(several[2])]
    store.want_attachment(patient, named(several[0]))
    found = store.attachments_to_fetch(CHUNK_BYTES)
    assert [place.named for place in found] == [named(several[0]), named(several[3])]


def test_what_was_put_aside_is_offered_again_once_something_is_new(store: Store, make: Maker) -> None:
    patient = make.id()
    store.save([photo(make, patient, DATA)], pictures=[DATA])
    (place,) = store.attachments_to_send()
    store.put_attachment_aside(place, "not_found", "Not there.")
    assert (store.attachments_to_send(), store.attachments_waiting()) == ([], 1)
    store.offer_attachments_put_aside()
    assert store.attachments_to_send() == [place]


def test_a_restored_server_is_offered_everything_that_is_whole(store: Store, make: Maker) -> None:
    patient, theirs = make.id(), photograph(seed="theirs")
    store.apply([photo(make, patient, theirs)], joined=[Membership("team", patient)], cursor="c", epoch="e")
    store.save([photo(make, patient, DATA)], pictures=[DATA])
    (mine,) = store.attachments_to_send()
    store.settle_attachment(mine)
    (other,) = store.attachments_to_fetch(1 << 30)
    store.start_over("f")
    assert store.attachments_to_send() == [mine]
    for index in range(3):
        store.keep_attachment_chunk(other, index, theirs[index * CHUNK_BYTES :][:CHUNK_BYTES])
    assert store.finish_attachment(other)
    store.start_over("g")
    assert store.attachments_to_send() == [other, mine]
    assert store.attachments_waiting() == 1


def test_a_store_of_an_earlier_version_is_brought_up_and_fetches_when_asked(
    store: Store, tmp_path: Path, clock: FixedClock, make: Maker
) -> None:
    patient, theirs = make.id(), photograph(seed="theirs")
    store.apply([photo(make, patient, theirs)], joined=[Membership("team", patient)], cursor="c", epoch="e")
    store.close()
    with closing(sqlite3.connect(tmp_path / "store.db")) as connection:
        connection.executescript("DROP TABLE chunk; DROP TABLE attachment; DROP TABLE offer; PRAGMA user_version = 1")
    again = open_store(tmp_path, clock=clock).unlock(PASSPHRASE)
    assert again.attachment_state(patient, named(theirs)) == "missing"
    assert again.attachments_to_fetch(1 << 30) == []
    again.want_attachment(patient, named(theirs))
    assert [place.named for place in again.attachments_to_fetch(0)] == [named(theirs)]
    again.save([photo(make, patient, DATA)], pictures=[DATA])
    assert again.picture(patient, named(DATA)) == DATA
    again.close()
