"""Empty, failed, offline, asking, unlocking."""

from __future__ import annotations

from collections.abc import Callable

import flet as ft

from fieldapp.views.controls.forms import confirm_dialog, field, reason_dialog, show_snack
from fieldapp.views.controls.layout import col, row, rows, scroll
from fieldapp.views.controls.lists import radio_row
from fieldapp.views.controls.marks import avatar
from fieldapp.views.controls.pad import Key, pin_dots, pin_pad
from fieldapp.views.controls.press import button
from fieldapp.views.controls.states import hero, notice, state_page
from fieldapp.views.controls.text import announce, heading, section
from fieldapp.views.hooks import use_state
from fieldapp.views.metrics import Metrics
from fieldapp.views.shell import Place, body_metrics, frame
from tests.browser.gallery.people import chrome

I = ft.Icons  # noqa: E741


def nothing() -> None: ...


def nowhere(_: Place) -> None: ...


@ft.component
def Empty(m: Metrics) -> ft.Control:
    page = state_page(
        body_metrics(m),
        I.EVENT_AVAILABLE_OUTLINED,
        "No visits today",
        "Your run is empty. Visits planned for you arrive with the next sync.",
        "See patients",
        nothing,
    )
    return frame(m, chrome("today", nowhere, nothing), page)


@ft.component
def Closed(m: Metrics) -> ft.Control:
    return state_page(
        m,
        I.LOCK_OUTLINED,
        "This store will not open",
        "Your entries are still on this tablet, sealed. Do not remove the app. Ring the service desk.",
        "Try again",
        nothing,
        "danger",
        detail="Reference STORE-104",
    )


@ft.component
def Sync(m: Metrics) -> ft.Control:
    b = body_metrics(m)
    body = scroll(
        b,
        heading("Sync", "value"),
        hero(
            b,
            I.SIGNAL_WIFI_OFF_ROUNDED,
            "attention",
            "No signal. Carry on.",
            "3 entries wait for signal. Oldest 40 minutes. All of them are safe on this tablet.",
            action="Try now",
            on_action=nothing,
        ),
        hero(
            b, I.CLOUD_UPLOAD_OUTLINED, "primary", "Sending 2 of 3", "Everything is safe on this tablet.", progress=0.66
        ),
        notice(
            b,
            "danger",
            I.ERROR_OUTLINE_ROUNDED,
            "1 entry was sent back",
            "Wound photo, CHOWDHURY, Abdul (Mr). The body site is missing. The entry is kept here until you add it.",
            (
                button(b, "Add body site", nothing, height=48, expand=True),
                button(b, "Open entry", nothing, "secondary", height=48, expand=True),
            ),
        ),
    )
    return frame(m, chrome("sync", nowhere, nothing), body)


@ft.component
def Forms(m: Metrics) -> ft.Control:
    b = body_metrics(m)
    page = ft.context.page
    opened, set_opened = use_state("")
    said, say = use_state("Nothing yet")
    name, set_name = use_state("")

    def close() -> None:
        set_opened("")

    def done(reason: str) -> None:
        set_opened("")
        say(f"Reason: {reason}")
        show_snack(page)

    dialogs: dict[str, Callable[[], ft.AlertDialog]] = {
        "reason": lambda: reason_dialog(
            b, "Amend these observations", "The first version stays in the timeline.", "Save amendment", done, close
        ),
        "confirm": lambda: confirm_dialog(
            b, "Leave without saving?", "The draft stays on this tablet.", "Leave", close, close, danger=True
        ),
    }
    ft.use_dialog(dialogs[opened]() if opened else None)
    body = scroll(
        b,
        heading("Forms", "value"),
        field("Reason, seen by both", name, set_name, hint="In a sentence", identifier="why"),
        field("Passphrase", "", lambda _: None, password=True, error="This passphrase does not open this store"),
        field("Note", "Walked to the kitchen with her frame.", lambda _: None, lines=3),
        row(
            button(b, "Amend", lambda: set_opened("reason")),
            button(b, "Leave", lambda: set_opened("confirm"), "secondary"),
        ),
        announce(said, identifier="said"),
    )
    return frame(m, chrome("patients", nowhere, nothing), body)


@ft.component
def Unlock(m: Metrics) -> ft.Control:
    count, set_count = use_state(4)

    def key(k: Key) -> None:
        set_count(lambda n: max(0, n - 1) if k == "back" else min(6, n + 1))

    people = rows(
        radio_row(
            m, "Amira Khan", "Registered nurse", True, nothing, lead=avatar(m, "AK", 48, chosen=True), aside="3 unsent"
        ),
        radio_row(
            m, "Leanne Brook", "Healthcare assistant", False, nothing, lead=avatar(m, "LB", 48), aside="All sent"
        ),
    )
    inside = col(
        section("Who is using this tablet?"),
        people,
        pin_dots(count),
        pin_pad(m, key, other="Use passphrase", on_other=nothing),
        gap=16,
    )
    return ft.Column(
        [ft.Container(inside, width=min(520, m.width - 32), padding=16)],
        horizontal_alignment=ft.CrossAxisAlignment.CENTER,
        scroll=ft.ScrollMode.HIDDEN,
        expand=True,
    )
