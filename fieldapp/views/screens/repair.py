"""Correcting an entry that was sent back: why, the fields to type anew, and what stays as it is."""

from __future__ import annotations

from collections.abc import Callable
from typing import cast

import flet as ft

from fieldapp.usecases import chart, repairs
from fieldapp.usecases.repairs import Blank, Repair
from fieldapp.views.controls.forms import SAVED, field
from fieldapp.views.controls.layout import dock, pair, rows, scroll
from fieldapp.views.controls.press import button
from fieldapp.views.controls.states import notice
from fieldapp.views.controls.text import heading, section
from fieldapp.views.hooks import use_state
from fieldapp.views.loading import use_loaded
from fieldapp.views.metrics import Metrics
from fieldapp.views.model import AppModel
from fieldapp.views.navigation import RepairEntry
from fieldapp.views.screens.patient_draft import use_box, use_keeper
from fieldapp.views.screens.patient_frame import form_frame
from fieldapp.views.screens.waiting import waiting
from fieldapp.views.shell import body_metrics


@ft.component
def RepairScreen(app: AppModel, m: Metrics, screen: RepairEntry) -> ft.Control:
    """The screen of `RepairEntry`."""
    loaded = use_loaded(app, lambda session: repairs.start(session, screen.revision), screen)
    details = use_loaded(
        app, lambda session: chart.banner(session, loaded.value.patient) if loaded.value else None, loaded.value
    )
    latest = use_box(cast("dict[str, str] | None", None))
    _, redraw = use_state(0)
    keeper = use_keeper(app)
    b, repair = body_metrics(m), loaded.value
    if repair is None:
        return form_frame(app, m, None, waiting(b, loaded.problem), None, app.back)

    typed = dict(repair.typed) if latest.value is None else latest.value

    def setter(name: str) -> Callable[[str], None]:
        def put(words: str) -> None:
            made = latest.value = {**(latest.value if latest.value is not None else repair.typed), name: words}
            session = app.opened()
            keeper.push(lambda: repairs.keep(session, screen.revision, made))
            redraw(lambda n: n + 1)

        return put

    async def save() -> None:
        session, made = app.opened(), latest.value if latest.value is not None else repair.typed
        await keeper.stop()
        if not await app.work(lambda: repairs.save(session, repair, made), then=lambda _: app.back(), said=SAVED):
            keeper.resume()

    why = notice(b, "danger", ft.Icons.ERROR_OUTLINE_ROUNDED, "Sent back", repair.sentence, identifier="sent-back")
    fields = [_field(repair, blank, typed.get(blank.name, blank.value), setter) for blank in repair.blanks]
    rest = rows(*[pair(label, words) for label, words in repair.rest]) if repair.rest else None
    body = scroll(
        b,
        heading(f"Correct: {repair.title.lower()}", "title"),
        why,
        *fields,
        section("Stays as it is") if rest is not None else None,
        rest,
    )
    changed = any(typed.get(x.name, x.value).strip() != x.value.strip() for x in repair.blanks)
    label = "Save and send again" if changed or not repair.blanks else "Change something first"
    press = save if changed or not repair.blanks else None
    foot = dock(b, button(b, label, press, expand=True, identifier="save"))
    return form_frame(app, m, details.value, body, foot, app.back)


def _field(repair: Repair, blank: Blank, shown: str, setter: Callable[[str], Callable[[str], None]]) -> ft.Control:
    long = blank.typing == "text" and len(blank.value) > 60
    return field(
        blank.label,
        shown,
        setter(blank.name),
        error=repair.sentence if blank.wanted and shown == blank.value else "",
        lines=4 if long else 1,
        autofocus=blank.wanted,
        identifier=f"repair-{blank.name}",
    )
