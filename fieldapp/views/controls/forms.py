"""Typing, deciding and being told: fields, dialogs with a reason, the snack bar."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from typing import Final, cast

import flet as ft

from fieldapp.views import theme as t
from fieldapp.views.controls.layout import Maybe, col, row, side
from fieldapp.views.controls.press import OnClick, button, silent
from fieldapp.views.controls.text import text
from fieldapp.views.hooks import use_state
from fieldapp.views.metrics import Metrics

SAVED = "Saved on this tablet"
_ECHOES: Final = 256
"""Keys that may be typed before the first of them is drawn."""


class _Held:
    """What a field remembers between two drawings: the control that the client types into, and what it was given."""

    def __init__(self, name: tuple[str, str | None], given: str) -> None:
        self.name, self.given = name, given
        self.control: ft.TextField | None = None
        self.typed: deque[str] = deque(maxlen=_ECHOES)

    def shown(self, value: str) -> str:
        """What to draw when told `value`: what is in the field by now, unless somebody else than the typist changed it.

        A value comes back from `on_change` only after more may have been typed. Drawing it would take those keys away.
        """
        echo = value == self.given or value in self.typed
        if value in self.typed:
            while self.typed and self.typed.popleft() != value:
                continue
        elif not echo:
            self.typed.clear()
        self.given = value
        return self.control.value or "" if echo and self.control is not None else value


@ft.component
def field(
    label: str,
    value: str,
    on_change: Callable[[str], None],
    *,
    hint: str = "",
    error: str = "",
    lines: int = 1,
    password: bool = False,
    autofocus: bool = False,
    keyboard: ft.KeyboardType = ft.KeyboardType.TEXT,
    on_submit: Callable[[], None] | None = None,
    identifier: str | None = None,
) -> ft.Control:
    """A labelled text field. The label stands above and names the field; `error` says what to do."""
    remembered = ft.use_ref(lambda: _Held((label, identifier), value))
    held = cast(_Held, remembered.current)
    if held.name != (label, identifier):
        held = remembered.current = _Held((label, identifier), value)

    def edge(color: ft.ColorValue, width: float) -> ft.OutlineInputBorder:
        return ft.OutlineInputBorder(side=side(color, width), border_radius=ft.BorderRadius.all(t.R_CONTROL))

    def changed(e: ft.Event[ft.TextField]) -> None:
        words = str(e.data or "")
        held.typed.append(words)
        on_change(words)

    def submitted(_: ft.Event[ft.TextField]) -> None:
        if on_submit is not None:
            on_submit()

    rest = t.DANGER if error else t.EDGE
    typed = ft.TextField(
        value=held.shown(value),
        hint_text=hint or None,
        hint_style=t.style("body", t.MUTED),
        text_style=t.style("body"),
        multiline=lines > 1,
        min_lines=lines,
        max_lines=lines if lines == 1 else lines + 4,
        filled=True,
        fill_color=t.CARD,
        password=password,
        can_reveal_password=password,
        autofocus=autofocus,
        keyboard_type=keyboard,
        content_padding=ft.Padding.symmetric(horizontal=12, vertical=18),
        border={ft.ControlState.DEFAULT: edge(rest, 2 if error else 1), ft.ControlState.FOCUSED: edge(t.PRIMARY, 2)},
        on_change=changed,
        on_submit=submitted,
    )
    held.control = typed
    spoken = ft.MergeSemantics(content=ft.Semantics(label=label, identifier=identifier, content=typed))
    wrong = ft.Semantics(live_region=True, content=text(error, "label", t.DANGER)) if error else None
    return col(silent(text(label, "label")), spoken, wrong, gap=t.S1)


def dialog(title: str, content: ft.Control, on_dismiss: Callable[[], None] | None = None) -> ft.AlertDialog:
    """A modal sheet for `ft.use_dialog`. Its buttons belong to `content`, which may be a component with state."""

    def dismissed() -> None:
        if on_dismiss is not None:
            on_dismiss()

    return ft.AlertDialog(
        modal=True,
        title=ft.Semantics(header=True, content=text(title, "title")),
        content=content,
        bgcolor=t.CARD,
        elevation=8,
        shape=ft.RoundedRectangleBorder(radius=t.R_CARD),
        scrollable=True,
        inset_padding=ft.Padding.symmetric(horizontal=16, vertical=24),
        on_dismiss=dismissed,
    )


def _actions(m: Metrics, cancel: ft.Control, confirm: ft.Control) -> ft.Control:
    return col(row(confirm), row(cancel)) if m.phone else row(cancel, confirm)


def confirm_dialog(
    m: Metrics,
    title: str,
    sentence: str,
    confirm: str,
    on_confirm: OnClick,
    on_cancel: OnClick,
    *,
    danger: bool = False,
    cancel: str = "Cancel",
) -> ft.AlertDialog:
    """A question with two answers; the button says what happens."""
    no = button(m, cancel, on_cancel, "secondary", expand=True, identifier="dialog-cancel")
    yes = button(m, confirm, on_confirm, "danger" if danger else "primary", expand=True, identifier="dialog-confirm")
    inside = ft.Container(col(text(sentence), _actions(m, no, yes), gap=t.S5), width=m.px(420))
    return dialog(title, inside)


@ft.component
def ReasonForm(
    m: Metrics,
    sentence: str,
    confirm: str,
    on_confirm: Callable[[str], None],
    on_cancel: Callable[[], None],
    label: str = "Reason",
    least: int = 3,
    extra: Maybe = None,
) -> ft.Control:
    """The inside of a reason dialog. It waits for `least` characters, and says so when pressed too soon."""
    reason, set_reason = use_state("")
    early, set_early = use_state(False)

    def settle() -> None:
        if len(reason.strip()) < least:
            set_early(True)
        else:
            on_confirm(reason.strip())

    short = early and len(reason.strip()) < least
    no = button(m, "Cancel", on_cancel, "secondary", expand=True, identifier="dialog-cancel")
    yes = button(m, confirm, settle, expand=True, identifier="dialog-confirm")
    wrong = "Write a reason first" if short else ""
    typed = field(label, reason, set_reason, lines=3, error=wrong, autofocus=True, identifier="reason")
    parts = col(text(sentence) if sentence else None, extra, typed, _actions(m, no, yes), gap=t.S4)
    return ft.Container(parts, width=m.px(420))


def reason_dialog(
    m: Metrics,
    title: str,
    sentence: str,
    confirm: str,
    on_confirm: Callable[[str], None],
    on_cancel: Callable[[], None],
    *,
    label: str = "Reason",
) -> ft.AlertDialog:
    """A decision that must say why: an amendment, a conflict settled, an override."""
    return dialog(title, ReasonForm(m, sentence, confirm, on_confirm, on_cancel, label))


def snack(message: str = SAVED, *, action: str = "", on_action: Callable[[], None] | None = None) -> ft.SnackBar:
    """A passing word at the foot of the screen."""

    def acted() -> None:
        if on_action is not None:
            on_action()

    return ft.SnackBar(
        content=text(message, "strong", t.ON_BANNER),
        bgcolor=t.BANNER,
        behavior=ft.SnackBarBehavior.FLOATING,
        shape=ft.RoundedRectangleBorder(radius=t.R_CONTROL),
        action=ft.SnackBarAction(label=action, text_color=t.BANNER_MUTED, on_click=acted) if action else None,
        duration=4000,
    )


def show_snack(page: ft.Page, message: str = SAVED) -> None:
    """Say it on `page` (take `ft.context.page` while drawing, not later)."""
    page.show_dialog(snack(message))
