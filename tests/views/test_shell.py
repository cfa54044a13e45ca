from __future__ import annotations

import flet as ft

from fieldapp.views.controls.text import text
from fieldapp.views.metrics import Metrics
from fieldapp.views.shell import Chrome, Place, frame
from tests.views.harness import drawn, run


def test_the_places_the_count_and_the_lock_are_there_at_every_size() -> None:
    async def story(m: Metrics) -> None:
        went: list[Place] = []
        locked: list[bool] = []
        chrome = Chrome("today", 3, "14:02", "AK", "Amira Khan", went.append, lambda: locked.append(True))

        @ft.component
        def view() -> ft.Control:
            return frame(
                m, chrome, text("The run"), top=text("The banner"), bottom=text("The dock"), over=text("Record")
            )

        async with drawn(view) as ui:
            said = ui.labels()
            assert "Sync, 3 unsent, as at 14:02" in said
            assert "Lock. Signed in: Amira Khan" in said
            assert {"The run", "The banner", "The dock", "Record"} <= set(ui.words())
            chosen = [s.identifier for s in ui.all(ft.Semantics) if s.selected]
            assert chosen == ["place-today"]
            await ui.tap("place-sync")
            await ui.tap("lock")
        assert went == ["sync"]
        assert locked == [True]

    for m in (Metrics(390), Metrics(800), Metrics(1280), Metrics(390, 2.0)):
        run(lambda m=m: story(m))


def test_before_the_first_sync_no_time_is_claimed() -> None:
    async def story() -> None:
        chrome = Chrome("sync", 0, "", "AK", "Amira Khan", lambda _: None, lambda: None)

        @ft.component
        def view() -> ft.Control:
            return frame(Metrics(390), chrome, text("Nothing yet"))

        async with drawn(view) as ui:
            assert "Sync" in ui.words()
            assert not any("as at" in w for w in ui.words() + ui.labels())

    run(story)
