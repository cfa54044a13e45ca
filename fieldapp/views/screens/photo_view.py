"""One photograph as large as the screen, to look at closely."""

from __future__ import annotations

import flet as ft

from fieldapp.usecases import chart, photos
from fieldapp.usecases.chart import Banner
from fieldapp.usecases.photos import Photograph
from fieldapp.usecases.session import Session
from fieldapp.views import theme as t
from fieldapp.views.controls.layout import col, scroll
from fieldapp.views.controls.text import text
from fieldapp.views.loading import use_loaded
from fieldapp.views.metrics import Metrics
from fieldapp.views.model import AppModel
from fieldapp.views.navigation import ViewPhotograph
from fieldapp.views.screens.patient_frame import form_frame
from fieldapp.views.screens.photo_parts import absent, image
from fieldapp.views.screens.waiting import waiting
from fieldapp.views.shell import body_metrics


def _read(session: Session, screen: ViewPhotograph) -> tuple[Banner, Photograph]:
    return chart.banner(session, screen.patient), photos.photograph(session, screen.record)


@ft.component
def PhotoView(app: AppModel, m: Metrics, screen: ViewPhotograph) -> ft.Control:
    """The screen of `ViewPhotograph`."""
    loaded = use_loaded(app, lambda session: _read(session, screen), screen)
    b = body_metrics(m)
    known, shown = loaded.value or (None, None)
    if shown is None:
        return form_frame(app, m, known, waiting(b, loaded.problem), None, app.back)
    if shown.picture is None:
        return form_frame(app, m, known, scroll(b, absent(app, b, shown)), None, app.back)
    large = ft.InteractiveViewer(
        content=ft.Container(image(shown.picture, shown.words, ft.BoxFit.CONTAIN), alignment=ft.Alignment.CENTER),
        min_scale=1,
        max_scale=8,
        expand=True,
    )
    said = ft.Container(text(shown.words, "body"), padding=ft.Padding.symmetric(horizontal=b.gutter, vertical=12))
    body = col(ft.Container(large, bgcolor=t.SUNKEN, expand=True), said, gap=0, expand=True)
    return form_frame(app, m, known, body, None, app.back)
