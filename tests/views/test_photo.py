"""Attaching a photograph, looking at it, correcting its words: with a picker that gives what the test says."""

from __future__ import annotations

from pathlib import Path

import flet as ft
import pytest

from fieldapp.domain.attachments import MAX_BYTES, NotAPictureError, TooLargePictureError
from fieldapp.domain.delivery import Membership
from fieldapp.usecases import photos
from fieldapp.views.background import Background
from fieldapp.views.model import AppModel
from fieldapp.views.navigation import OpenPatient, TakePhotograph, ViewPhotograph
from fieldapp.views.picking import read_picked
from tests.storage.making import Maker
from tests.storage.pictures import photo, photograph
from tests.views.harness import Drawn, run
from tests.views.patient_app import PHONE, people, shown, unlocked

DATA = photograph(20_000)


def gives(app: AppModel, data: bytes | None) -> None:
    async def choose() -> bytes | None:
        assert app.choosing
        return data

    app._choose = choose


def pictures(d: Drawn) -> list[bytes]:
    return [c.src for c in d.all(ft.Image) if isinstance(c.src, bytes)]


async def opened(d: Drawn) -> None:
    await d.until(lambda: bool([s for s in d.all(ft.Semantics) if s.identifier == "shows"]), "the form")


def test_a_photograph_survives_a_lock_and_is_signed_once(tmp_path: Path) -> None:
    patient = people(tmp_path)["empty"]
    screen = TakePhotograph(patient)

    async def story() -> None:
        app = unlocked(tmp_path)
        async with shown(app, screen, PHONE) as d:
            await opened(d)
            gives(app, DATA)
            await d.tap("choose")
            await d.until(lambda: pictures(d) == [DATA], "the picture")
            await d.type("shows", "Left heel, pressure ulcer")
            app.lock()
        again = unlocked(tmp_path)
        async with shown(again, screen, PHONE) as d:
            await opened(d)
            assert pictures(d) == [DATA]
            assert "Your draft, as you left it" in d.words()
            await d.tap("save")
            await d.until(lambda: again.top != screen, "the way back")
        store = again.opened().store
        (state,) = store.records(patient, {"photo"})
        assert state.body["shows"] == "Left heel, pressure ulcer"
        assert photos.photograph(again.opened(), state.id).picture == DATA
        assert store.drafts() == {}

    run(story)


def test_what_is_missing_or_wrong_is_said_beside_it(tmp_path: Path) -> None:
    patient = people(tmp_path)["empty"]

    async def story() -> None:
        app = unlocked(tmp_path)
        async with shown(app, TakePhotograph(patient)) as d:
            await opened(d)
            await d.tap("save")
            assert "choose one first." in d.words()
            gives(app, None)
            await d.tap("choose")
            gives(app, b"GIF89a" + bytes(100))
            await d.tap("choose")
            await d.until(lambda: any("JPEG, PNG or WebP" in words for words in d.words()), "what to do")
            gives(app, DATA)
            await d.tap("choose")
            await d.until(lambda: pictures(d) == [DATA], "the picture")
            await d.tap("save")
            assert "say in a few words what it shows." in d.words()
            assert app.opened().store.records(patient, {"photo"}) == []
            await d.tap("discard")
            await d.tap("dialog-confirm")
            await d.until(lambda: app.opened().store.drafts() == {}, "the drafts to go")

    run(story)


def test_a_photograph_is_seen_in_the_timeline_its_entry_and_large(tmp_path: Path) -> None:
    patient = people(tmp_path)["empty"]

    async def story() -> None:
        app = unlocked(tmp_path)
        record = photos.save(app.opened(), patient, DATA, "Left heel").record
        async with shown(app, OpenPatient(patient, "timeline")) as d:
            await d.until(lambda: pictures(d) == [DATA], "the thumbnail")
            await d.tap("entry-photo")
            await d.until(lambda: any("Show it larger" in label for label in d.labels()), "the entry")
            assert "On tablet" in d.words()
            await d.tap("photograph")
            await d.until(lambda: bool(d.all(ft.InteractiveViewer)), "the large picture")
            assert app.top == ViewPhotograph(patient, record)
            assert pictures(d) == [DATA]

    run(story)


def test_a_picture_that_is_not_here_is_fetched_when_asked(tmp_path: Path) -> None:
    patient = people(tmp_path)["empty"]

    async def story() -> None:
        app = unlocked(tmp_path)
        store = app.opened().store
        revision = photo(Maker(), patient, DATA)
        store.apply([revision], joined=[Membership("team", patient)], cursor="c", epoch="first")
        async with shown(app, OpenPatient(patient, "timeline", revision.record)) as d:
            await d.until(lambda: "The picture is not on this tablet yet" in d.words(), "what is missing")
            await d.tap("fetch-photo")
            await d.until(lambda: len(store.attachments_to_fetch(0)) == 1, "that it is wanted")

    run(story)


def test_its_words_are_corrected_with_a_reason(tmp_path: Path) -> None:
    patient = people(tmp_path)["empty"]

    async def story() -> None:
        app = unlocked(tmp_path)
        record = photos.save(app.opened(), patient, DATA, "Left heel").record
        async with shown(app, TakePhotograph(patient, amends=record)) as d:
            await opened(d)
            await d.type("shows", "Right heel")
            await d.tap("save")
            assert "say why it is corrected." in d.words()
            await d.type("reason", "Wrong side")
            await d.tap("save")
            await d.until(lambda: app.opened().record(record).body["shows"] == "Right heel", "the correction")
        assert photos.photograph(app.opened(), record).picture == DATA

    run(story)


def test_the_picker_in_front_does_not_lock_the_app(tmp_path: Path) -> None:
    people(tmp_path)
    app = unlocked(tmp_path)
    background = Background(app)
    app.choosing = True
    background.lifecycle(ft.AppLifecycleState.PAUSE)
    assert app.stage == "open"
    app.choosing = False
    background.lifecycle(ft.AppLifecycleState.PAUSE)
    assert app.stage == "locked"


def test_a_copy_in_the_apps_cache_goes_and_the_persons_own_file_stays(tmp_path: Path) -> None:
    (cache := tmp_path / "cache").mkdir()
    own, copy = tmp_path / "own.png", cache / "copy.png"
    for path in (own, copy):
        path.write_bytes(DATA)
        assert read_picked(path, str(cache)) == DATA
    assert (own.exists(), copy.exists()) == (True, False)
    with pytest.raises(NotAPictureError):
        read_picked(copy, str(cache))
    own.write_bytes(bytes(MAX_BYTES + 10))
    with pytest.raises(TooLargePictureError):
        photos.attach(read_picked(own, None))
