"""Keys that arrive while an earlier one is still being drawn are never taken away."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import flet as ft

from fieldapp.views.controls.forms import field
from fieldapp.views.controls.layout import col
from fieldapp.views.controls.press import button, switch_row
from fieldapp.views.hooks import use_state
from fieldapp.views.metrics import Metrics
from tests.views.harness import Drawn, drawn

M = Metrics(width=800, height=1280, text_scale=1.0)


@ft.component
def Form(kept: list[str]) -> ft.Control:
    words, set_words = use_state("")

    def on_words(value: str) -> None:
        kept.append(value)
        set_words(value)

    return col(field("Note", words, on_words, identifier="note"), button(M, "Clear", lambda: set_words("")))


def run(body: Callable[[Drawn], Any], kept: list[str]) -> None:
    async def go() -> None:
        async with drawn(lambda: Form(kept)) as page:
            await body(page)

    asyncio.run(go())


def the_field(page: Drawn) -> Any:
    return page.all(ft.TextField)[0]


def test_a_drawing_does_not_take_back_what_was_typed_meanwhile() -> None:
    kept: list[str] = []

    async def body(page: Drawn) -> None:
        session = page._session
        session.apply_patch(the_field(page)._i, {"value": "w"})
        await the_field(page)._trigger_event("change", "w")
        session.apply_patch(the_field(page)._i, {"value": "wo"})
        await page.settled()
        assert the_field(page).value == "wo", "the drawing of the first key came after the second was typed"
        await the_field(page)._trigger_event("change", "wo")
        await page.settled()
        assert the_field(page).value == "wo"

    run(body, kept)
    assert kept == ["w", "wo"]


def test_what_somebody_else_puts_into_the_field_is_shown() -> None:
    async def body(page: Drawn) -> None:
        await page.type("note", "wound clean")
        await page.tap("Clear")
        assert the_field(page).value == ""
        await page.type("note", "again")
        assert the_field(page).value == "again"
        await page.tap("Clear")
        assert the_field(page).value == ""

    run(body, [])


@ft.component
def Setting(told: list[bool], redraw: list[Callable[[], None]]) -> ft.Control:
    on, set_on = use_state(False)
    _, turn = use_state(0)
    redraw[:] = [lambda: turn(lambda n: n + 1)]

    def changed(value: bool) -> None:
        told.append(value)
        set_on(value)

    return switch_row("Aeroplane mode", "No signal while it is on", on, changed, identifier="switch")


def test_a_switch_pressed_while_its_screen_is_drawn_is_not_lost() -> None:
    told: list[bool] = []
    redraw: list[Callable[[], None]] = []

    async def go() -> None:
        async with drawn(lambda: Setting(told, redraw)) as page:
            page._session.apply_patch(page.all(ft.Switch)[0]._i, {"value": True})
            redraw[0]()
            await page.settled()
            await page.all(ft.Switch)[0]._trigger_event("change", True)
            await page.settled()
            assert page.all(ft.Switch)[0].value is True

    asyncio.run(go())
    assert told == [True]
