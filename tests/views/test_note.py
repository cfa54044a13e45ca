"""Writing a note: kept as it is typed, signed once, corrected with a reason."""

from __future__ import annotations

from pathlib import Path

import flet as ft

from fieldapp.views.model import AppModel
from fieldapp.views.navigation import OpenPatient, WriteNote
from tests.views.harness import Drawn, run
from tests.views.patient_app import PHONE, people, shown, unlocked


async def opened(d: Drawn) -> None:
    await d.until(lambda: bool([s for s in d.all(ft.Semantics) if s.identifier == "note"]), "the field")


def notes(app: AppModel, patient: str) -> list[str]:
    return [s.body["text"] for s in app.opened().store.records(patient, {"note"})]


def test_what_is_typed_survives_a_lock_and_is_signed_once(tmp_path: Path) -> None:
    who = people(tmp_path)
    screen = WriteNote(who["empty"])

    async def story() -> None:
        app = unlocked(tmp_path)
        async with shown(app, screen, PHONE) as d:
            await opened(d)
            await d.type("note", "Short of breath on the stairs")
            app.lock()
        again = unlocked(tmp_path)
        async with shown(again, OpenPatient(who["empty"])), shown(again, screen, PHONE) as d:
            await opened(d)
            field = next(f for f in d.all(ft.TextField))
            assert field.value == "Short of breath on the stairs"
            assert "Your draft, as you left it" in d.words()
            await d.tap("Save note")
            await d.until(lambda: again.top != screen, "the way back")
            assert notes(again, who["empty"]) == ["Short of breath on the stairs"]
            assert again.opened().store.drafts() == {}
            assert again.message is not None
            assert again.message.words == "Saved on this tablet"

    run(story)


def test_an_empty_note_says_so_and_stays(tmp_path: Path) -> None:
    who = people(tmp_path)

    async def story() -> None:
        app = unlocked(tmp_path)
        async with shown(app, WriteNote(who["empty"])) as d:
            await opened(d)
            await d.tap("Save note")
            assert "Note: write something first." in d.words()
            assert notes(app, who["empty"]) == []

    run(story)


def test_a_draft_is_discarded_only_when_asked_twice(tmp_path: Path) -> None:
    who = people(tmp_path)

    async def story() -> None:
        app = unlocked(tmp_path)
        async with shown(app, WriteNote(who["empty"])) as d:
            await opened(d)
            await d.type("note", "Wrong patient")
            await d.until(lambda: bool(app.opened().store.drafts()), "the draft")
            await d.tap("discard")
            assert app.opened().store.drafts(), "one press must not discard"
            await d.tap("dialog-confirm")
            await d.until(lambda: app.opened().store.drafts() == {}, "the draft to go")
            assert notes(app, who["empty"]) == []

    run(story)


def test_a_correction_needs_a_reason_and_keeps_the_original(tmp_path: Path) -> None:
    who = people(tmp_path)

    async def story() -> None:
        app = unlocked(tmp_path)
        session = app.opened()
        made = session.put(who["empty"], "note", {"text": "Left leg swollen"})
        async with shown(app, WriteNote(who["empty"], amends=made.record)) as d:
            await opened(d)
            await d.type("note", "Right leg swollen")
            await d.tap("Save note")
            assert "Reason: say why the note is corrected." in d.words()
            await d.type("reason", "Wrong side")
            await d.tap("Save note")
            await d.until(lambda: app.top is None, "the way back")
            signed = {r.body["text"]: (r.parents, r.reason) for r in session.store.revisions(made.record)}
            assert signed == {
                "Left leg swollen": ((), None),
                "Right leg swollen": ((made.revision,), "Wrong side"),
            }

    run(story)
