"""Sync, in plain sentences: what waits and where it is, what was sent back and why, what was sent today."""

from __future__ import annotations

from typing import Final

import flet as ft

from fieldapp.usecases import syncstatus
from fieldapp.usecases.syncstatus import Line, Mood, SentBack, SyncView
from fieldapp.views import theme as t
from fieldapp.views.chrome import chrome_of
from fieldapp.views.controls.layout import BETWEEN, CENTER, START, Maybe, col, fill, padded, pair, row, rows, scroll
from fieldapp.views.controls.marks import chip
from fieldapp.views.controls.press import button, pressable, switch_row
from fieldapp.views.controls.states import hero, notice
from fieldapp.views.controls.text import heading, section, text
from fieldapp.views.loading import use_loaded
from fieldapp.views.metrics import Metrics
from fieldapp.views.model import AppModel
from fieldapp.views.navigation import OpenPatient, RepairEntry
from fieldapp.views.screens.waiting import counted, waiting
from fieldapp.views.shell import body_metrics, frame

_MOODS: Final[dict[Mood, tuple[ft.IconData, t.Tone]]] = {
    "sent": (ft.Icons.CLOUD_DONE_OUTLINED, "done"),
    "waiting": (ft.Icons.TABLET_ANDROID_ROUNDED, "attention"),
    "sending": (ft.Icons.CLOUD_UPLOAD_OUTLINED, "primary"),
    "receiving": (ft.Icons.CLOUD_DOWNLOAD_OUTLINED, "primary"),
    "offline": (ft.Icons.SIGNAL_WIFI_OFF_ROUNDED, "attention"),
    "trouble": (ft.Icons.ERROR_OUTLINE_ROUNDED, "danger"),
}

_CHIPS: Final[dict[syncstatus.Word, tuple[t.Tone, ft.IconData]]] = {
    "On tablet": ("neutral", ft.Icons.TABLET_ANDROID_ROUNDED),
    "Sending": ("primary", ft.Icons.SYNC_ROUNDED),
    "Sent": ("done", ft.Icons.CHECK_ROUNDED),
    "Sent back": ("danger", ft.Icons.ERROR_OUTLINE_ROUNDED),
}


@ft.component
def SyncPlace(app: AppModel, m: Metrics) -> ft.Control:
    """The third of the three places."""
    auto = app.auto
    loaded = use_loaded(app, lambda session: syncstatus.sync_view(session, auto), auto)
    b, chrome = body_metrics(m), chrome_of(app)
    if loaded.value is None:
        return frame(m, chrome, waiting(b, loaded.problem))
    view = loaded.value
    name = app.session.author.name if app.session is not None else ""
    fresh = f"{name} · {view.badge.as_at}" if name else view.badge.as_at
    head = ft.Row(
        [heading("Sync", "value"), text(fresh, "caption", t.MUTED)],
        alignment=BETWEEN,
        vertical_alignment=CENTER,
        wrap=True,
    )
    half = b.narrowed((b.width - 2 * b.gutter - t.S5) / 2) if m.wide else b
    first = [standing(half, app, view), aeroplane(app), *[sent_back(half, app, refused) for refused in view.refused]]
    facts = [section("What you see"), rows(*[pair(label, value) for label, value in view.facts])]
    if not m.wide:
        return frame(m, chrome, scroll(b, head, *first, *entries(b, app, view), *facts))
    left, right = col(*first, *facts, gap=t.S3), col(*entries(half, app, view), gap=t.S3)
    return frame(m, chrome, scroll(b, head, row(fill(left), fill(right), gap=t.S5, align=START)))


def standing(b: Metrics, app: AppModel, view: SyncView) -> ft.Control:
    """The leading card: how it stands, and the one thing to press."""
    glyph, kind = _MOODS[view.mood]
    return hero(
        b,
        glyph,
        kind,
        view.headline,
        view.sentence,
        action=view.action or "",
        on_action=app.sync if view.action else None,
        progress=view.fraction,
    )


def aeroplane(app: AppModel) -> Maybe:
    """The demo's switch: signal is gone, work goes on."""
    if not app.device.demo:
        return None
    words = "No signal while it is on. Everything still works, and is sent when you switch it off."
    return switch_row("Aeroplane mode", words, app.aeroplane, app.fly, identifier="aeroplane")


def sent_back(b: Metrics, app: AppModel, refused: SentBack) -> ft.Control:
    """One entry that the server refused: why, and the way to correct it."""
    acts = (
        button(
            b,
            "Correct entry",
            lambda: app.open(RepairEntry(refused.revision)),
            height=t.TARGET,
            expand=True,
            identifier=f"repair-{refused.revision}",
        ),
        button(
            b,
            "Open entry",
            lambda: app.open(OpenPatient(refused.patient, "timeline", refused.record)),
            "secondary",
            height=t.TARGET,
            expand=True,
            identifier=f"open-{refused.revision}",
        ),
    )
    sentence = f"{refused.title}, {refused.who}. {refused.sentence}"
    return notice(
        b, "danger", ft.Icons.ERROR_OUTLINE_ROUNDED, "1 entry was sent back", sentence, acts, identifier="sent-back"
    )


def entries(b: Metrics, app: AppModel, view: SyncView) -> list[Maybe]:
    """What waits from days before, then today's entries with where each is."""
    today = {line.revision for line in view.recent}
    older = [line for line in view.waiting if line.revision not in today]
    made: list[Maybe] = []
    for title, found in (("Still waiting", older), ("Today", list(view.recent))):
        if found:
            made.append(section(title, counted(len(found), "entry", "entries")))
            made.append(rows(*[entry(b, app, line) for line in found]))
    return made


def entry(b: Metrics, app: AppModel, line: Line) -> ft.Control:
    """One entry on its way. A press opens it."""
    tone, glyph = _CHIPS[line.word]
    words = col(text(line.title, "strong"), text(f"{line.who} · {line.when}", "caption", t.MUTED), gap=0)
    mark = chip(line.chip, tone, glyph)
    inside = col(words, mark) if b.phone and b.large_text else row(fill(words), mark, gap=t.S3)
    return pressable(
        padded(inside),
        lambda: app.open(OpenPatient(line.patient, "timeline", line.record)),
        label=f"{line.title}, {line.who}, {line.when}, {line.chip}",
        identifier=f"entry-{line.record}",
    )
