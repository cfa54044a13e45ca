"""Photographs from the command line to a colleague's tablet, through a real server."""

from __future__ import annotations

from pathlib import Path

import pytest

from fieldapp.domain.attachments import MAX_BYTES, attach
from fieldapp.domain.clock import SystemClock
from fieldapp.domain.delivery import Receipt
from fieldapp.usecases import photos
from fieldapp.usecases.errors import UnknownRecordError
from fieldapp.usecases.syncstatus import badge, sync_view
from fieldapp.usecases.tablet import Tablet
from fieldapp.usecases.timeline import history, timeline, values
from tests.app.running import PASSPHRASE, THERAPIST, Running, fieldapp
from tests.app.ward import TEAM, Ward
from tests.storage.pictures import named, photograph

DATA = photograph(600_000)
SAYS = "Left heel, pressure ulcer"


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "heel.png"
    path.write_bytes(DATA)
    return path


def test_a_photograph_reaches_a_colleague(running: Running, store: Path, tmp_path: Path, file: Path) -> None:
    patient = running.patient()
    running.enrolled(store)
    put = ["photo", "--store", store, "--patient", patient, "--file", file, "--says", SAYS]
    saved = fieldapp(*put, "--site", "Left heel", "--taken", "2026-11-21T10:30:00+00:00").one
    assert fieldapp("sync", "--store", store).one["photographs"] == {"sent": 1, "fetched": 0, "waiting": 0}
    other = tmp_path / "therapist"
    running.enrolled(other, THERAPIST)
    (line,) = (line for line in fieldapp("show", "--store", other).lines if line["id"] == saved["record"])
    assert line["body"] == {
        "shows": SAYS,
        "site": "Left heel",
        "taken_at": "2026-11-21T10:30:00.000Z",
        "image": attach(DATA).to_json(),
    }
    tablet = Tablet(other, SystemClock())
    shown = photos.photograph(tablet.unlock(PASSPHRASE), saved["record"])
    assert (shown.picture, shown.standing, shown.site) == (DATA, "sent", "Left heel")
    tablet.lock()
    assert "photographs" not in fieldapp("sync", "--store", store).one


def test_what_cannot_be_attached_is_told_and_saves_nothing(running: Running, store: Path, tmp_path: Path) -> None:
    patient = running.patient()
    running.enrolled(store)
    for content, said in (
        (b"GIF89a" + bytes(100), "JPEG, PNG or WebP"),
        (DATA[:16], "JPEG, PNG or WebP"),
        (DATA + bytes(MAX_BYTES), "larger than 12 MB"),
    ):
        path = tmp_path / "file"
        path.write_bytes(content)
        ran = fieldapp("photo", "--store", store, "--patient", patient, "--file", path, "--says", SAYS)
        assert (ran.code, ran.out) == (9, "")
        assert said in ran.said
    (tmp_path / "file").write_bytes(DATA)
    for changed in (["--says", " "], ["--says", SAYS, "--taken", "yesterday"]):
        ran = fieldapp("photo", "--store", store, "--patient", patient, "--file", tmp_path / "file", *changed)
        assert (ran.code, ran.out) == (9, "")
    assert {line["kind"] for line in fieldapp("show", "--store", store, "--patient", patient).lines} == {"patient"}


def test_a_photograph_in_the_timeline(ward: Ward) -> None:
    patient = ward.patient("Thistlewood")
    saved = photos.save(ward.session, patient, DATA, f"  {SAYS}. ", site=" ")
    shown = photos.photograph(ward.session, saved.record)
    assert (shown.shows, shown.site, shown.standing, shown.picture) == (f"{SAYS}.", None, "waiting", DATA)
    assert shown.named == named(DATA)
    assert shown.words == f"{SAYS}. Taken {shown.when}"
    (entry,) = (entry for entry in timeline(ward.session, patient) if entry.kind == "photo")
    assert (entry.title, entry.line) == ("Photograph", f"{SAYS}.")
    with pytest.raises(UnknownRecordError):
        photos.photograph(ward.session, ward.session.put(patient, "note", {"text": "No picture."}).record)


def test_a_photograph_is_not_said_to_be_sent_before_its_bytes_are(ward: Ward) -> None:
    patient = ward.patient("Thistlewood")
    saved = photos.save(ward.session, patient, DATA, SAYS)
    assert (badge(ward.session).unsent, ward.store.outbox_size()) == (1, 1)
    view = sync_view(ward.session)
    assert view.sentence.startswith("1 entry waits for signal. Oldest under a minute. It is safe on this tablet.")
    assert view.sentence.endswith(" 1 photograph waiting to be sent, safe on this tablet.")
    taken = ward.store.outbox(1 << 20)
    ward.store.settle_outbox([Receipt(each.id, each.hash, "accepted", {TEAM: 1}) for each in taken], [])
    view = sync_view(ward.session)
    assert (view.badge.unsent, view.mood, view.headline) == (1, "waiting", "Waiting to send")
    assert view.sentence == "1 photograph waiting to be sent, safe on this tablet."
    assert [line.chip for line in view.recent if line.record == saved.record] == ["On tablet"]
    (entry,) = (entry for entry in timeline(ward.session, patient) if entry.kind == "photo")
    assert entry.status == "pending"
    (place,) = ward.store.attachments_to_send()
    ward.store.settle_attachment(place)
    view = sync_view(ward.session)
    assert (view.badge.unsent, view.mood) == (0, "sent")
    assert [line.word for line in view.recent if line.record == saved.record] == ["Sent"]
    (entry,) = (entry for entry in timeline(ward.session, patient) if entry.kind == "photo")
    assert entry.status == "sent"


def test_what_the_record_says_in_words(ward: Ward) -> None:
    saved = photos.save(ward.session, ward.patient("Thistlewood"), DATA, SAYS, site="Left heel")
    said = values("photo", ward.session.record(saved.record).body)
    assert {label for label, _ in said} == {"What it shows", "Taken", "Where on the body"}
    (version,) = history(ward.session, saved.record)
    assert ("Photograph", "PNG, 64 × 48, 0.6 MB") in version.changed


@pytest.mark.parametrize(
    ("count", "words"),
    [(0, ""), (1, "1 photograph waiting to be sent"), (2, "2 photographs waiting to be sent")],
)
def test_what_waits_is_said(count: int, words: str) -> None:
    assert photos.waiting_words(count) == words
