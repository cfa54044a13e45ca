"""A photograph as it is drawn: in the timeline, in its entry, in the form. Its words are read aloud in its place."""

from __future__ import annotations

from typing import Final

import flet as ft

from fieldapp.domain.attachments import Attachment
from fieldapp.usecases import photos
from fieldapp.usecases.photos import Photograph
from fieldapp.views import theme as t
from fieldapp.views.controls.layout import col, row
from fieldapp.views.controls.press import OnClick, button, pressable
from fieldapp.views.controls.states import notice
from fieldapp.views.controls.text import icon, text
from fieldapp.views.loading import use_loaded
from fieldapp.views.metrics import Metrics
from fieldapp.views.model import AppModel
from fieldapp.views.navigation import ViewPhotograph

THUMBNAIL: Final = 64
"""Pixels of a side."""
MOST_THUMBNAIL_BYTES: Final = 6 << 20
"""A larger picture has a sign in the list instead."""


def image(
    picture: bytes, words: str, fit: ft.BoxFit, *, width: float | None = None, height: float | None = None
) -> ft.Control:
    """The picture, or that it cannot be drawn."""
    cannot = text("This picture cannot be shown here. It is kept as it is.", "caption", t.MUTED)
    return ft.Image(
        src=picture,
        fit=fit,
        semantics_label=words,
        error_content=cannot,
        gapless_playback=True,
        width=width,
        height=height,
    )


def _middle(drawn: ft.Control) -> ft.Control:
    """In the middle of the width there is, and never wider: no edge of a picture may be cut off."""
    return row(ft.Container(drawn, alignment=ft.Alignment.CENTER, expand=True))


@ft.component
def Thumbnail(app: AppModel, patient: str, named: Attachment) -> ft.Control:
    """A small square in the timeline; a sign where the picture is not here, or too large to draw by the way."""
    small = named.size <= MOST_THUMBNAIL_BYTES
    loaded = use_loaded(app, lambda session: session.store.picture(patient, named) if small else None, named)
    sign: ft.Control = ft.Container(
        icon(ft.Icons.PHOTO_OUTLINED, t.MUTED, 24), bgcolor=t.SUNKEN, alignment=ft.Alignment.CENTER
    )
    inside = sign
    if loaded.value is not None:
        inside = image(loaded.value, "Photograph", ft.BoxFit.COVER, width=THUMBNAIL, height=THUMBNAIL)
    return ft.Container(
        inside,
        width=THUMBNAIL,
        height=THUMBNAIL,
        border_radius=t.R_CONTROL,
        clip_behavior=ft.ClipBehavior.ANTI_ALIAS,
    )


@ft.component
def PhotographCard(app: AppModel, m: Metrics, record: str) -> ft.Control:
    """The picture in its entry; a press shows it as large as the screen."""
    loaded = use_loaded(app, lambda session: photos.photograph(session, record), record)
    shown = loaded.value
    if shown is None:
        return text(loaded.problem.sentence if loaded.problem else " ", "body", t.MUTED)
    if shown.picture is None:
        return absent(app, m, shown)
    drawn = image(shown.picture, shown.words, ft.BoxFit.CONTAIN, height=m.height * 0.45)
    return pressable(
        _middle(drawn),
        lambda: app.open(ViewPhotograph(shown.patient, record)),
        label=f"Photograph: {shown.words}. Show it larger",
        identifier="photograph",
        bgcolor=t.SUNKEN,
        radius=t.R_CARD,
        padding=ft.Padding.all(t.S2),
    )


def absent(app: AppModel, m: Metrics, shown: Photograph) -> ft.Control:
    """The record is here, its picture is not: what to do."""

    def fetch() -> None:
        session = app.opened()
        app.start(lambda: photos.want(session, shown), then=lambda _: app.sync(), said="It comes with the next sync")

    act = button(m, "Fetch it", fetch, height=t.TARGET, identifier="fetch-photo")
    sentence = f"{shown.named.size / 1e6:.1f} MB. It comes by itself, or now where there is signal."
    return notice(m, "neutral", ft.Icons.PHOTO_OUTLINED, "The picture is not on this tablet yet", sentence, (act,))


def chooser(m: Metrics, picture: bytes | None, on_choose: OnClick, error: str) -> ft.Control:
    """In the form: what was chosen, and the button that chooses."""
    drawn = None
    if picture is not None:
        inside = image(picture, "The chosen photograph", ft.BoxFit.CONTAIN, height=m.height * 0.3)
        drawn = ft.Container(_middle(inside), bgcolor=t.SUNKEN, border_radius=t.R_CARD, padding=t.S2)
    label = "Choose another photograph" if picture is not None else "Choose a photograph"
    act = None
    if on_choose is not None:
        kind = "secondary" if picture is not None else "primary"
        act = row(
            button(m, label, on_choose, kind, ft.Icons.ADD_PHOTO_ALTERNATE_OUTLINED, expand=True, identifier="choose")
        )
    told = ft.Semantics(live_region=True, content=text(error, "body", t.DANGER)) if error else None
    return col(drawn, act, told, gap=t.S2)
