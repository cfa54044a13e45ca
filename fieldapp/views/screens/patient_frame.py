"""The frame of every screen of one patient: the banner that stays, the body, the rail or bar."""

from __future__ import annotations

import flet as ft

from fieldapp.domain.display.medicines import MedicineLine
from fieldapp.usecases.chart import Banner
from fieldapp.usecases.people import Caution
from fieldapp.views import theme as t
from fieldapp.views.chrome import chrome_of
from fieldapp.views.controls.banner import Danger, banner
from fieldapp.views.controls.layout import Maybe, col, fill, row
from fieldapp.views.controls.press import OnClick, icon_button
from fieldapp.views.controls.text import Part, rich, text
from fieldapp.views.metrics import Metrics
from fieldapp.views.model import AppModel
from fieldapp.views.navigation import OpenPatient, Screen, SettleConflict
from fieldapp.views.people import dangers, shown
from fieldapp.views.shell import frame


def top_of(m: Metrics, known: Banner | None, on_back: OnClick) -> ft.Control:
    """The banner, or its place with *Back* until the patient's details are read."""
    if known is not None:
        return banner(m, shown(known.who), on_back)
    back = icon_button(m, ft.Icons.ARROW_BACK_ROUNDED, "Back", on_back, color=t.ON_BANNER, identifier="back")
    padding = ft.Padding.symmetric(horizontal=4 if m.phone else 20, vertical=14)
    return ft.Container(row(back, fill(text(" ", "title"))), bgcolor=t.BANNER, padding=padding)


def patient_frame(
    app: AppModel, m: Metrics, known: Banner | None, body: ft.Control, *, bottom: Maybe = None, over: Maybe = None
) -> ft.Control:
    """A tab of a patient."""
    return frame(m, chrome_of(app), body, top=top_of(m, known, app.back), bottom=bottom, over=over)


def form_frame(
    app: AppModel, m: Metrics, known: Banner | None, body: ft.Control, bottom: Maybe, on_back: OnClick
) -> ft.Control:
    """A form about a patient: on a phone it takes the bar's place as well."""
    top = top_of(m, known, on_back)
    if m.phone:
        return col(top, ft.Container(body, expand=True), bottom, gap=0, expand=True)
    return frame(m, chrome_of(app), body, top=top, bottom=bottom)


def dangers_of(known: Banner) -> tuple[tuple[Danger, ...], tuple[Screen | None, ...]]:
    """What is dangerous, versions that wait for a decision included, and what each opens."""
    patient = known.who.patient
    disputed = {f"{c.kind}/{path}": c for c in known.conflicts for path in c.paths}
    shown_dangers = dangers(known.allergies, known.cautions)
    allergies, rest = shown_dangers[0], list(shown_dangers[1:])
    details = OpenPatient(patient, "timeline", known.record)
    targets: list[Screen | None] = [details]
    if known.allergy_versions:
        both = "\n".join(f"{v.by}, {v.when}: {v.allergies.text.rsplit('. ', 1)[0]}" for v in known.allergy_versions)
        title = f"Allergies: {len(known.allergy_versions)} versions, settle"
        allergies = Danger("danger", ft.Icons.WARNING_ROUNDED, title, both)
        targets = [SettleConflict(known.record)]
    conflict = disputed.get("plan/escalation")
    if conflict is not None:
        detail = "The plan's versions differ"
        before = rest[0] if known.cautions and known.cautions[0].kind == "escalation" else None
        if before is not None:
            rest, detail = rest[1:], f"Before: {before.title}" + (f", {before.detail}" if before.detail else "")
        title = "Resuscitation and escalation: 2 versions, settle"
        rest.insert(0, Danger("danger", ft.Icons.CALL_SPLIT_ROUNDED, title, detail))
    decided: Screen = SettleConflict(conflict.record) if conflict else OpenPatient(patient, "plan")
    cautions: list[Caution | None] = [c for c in known.cautions if c.kind != "escalation" or conflict is None]
    if conflict is not None:
        cautions.insert(0, None)
    targets += [decided if c is None or c.kind == "escalation" else details for c in cautions]
    return (allergies, *rest), tuple(targets)


def medicine_words(shown_line: MedicineLine, *, tail: str = "", strike: bool = False) -> ft.Text:
    """A medicine line: generic name and amounts stand out, attributes wrap and are never cut."""
    styles: dict[str, t.TypeName] = {"strong": "strong", "label": "caption", "plain": "body"}
    ink = t.MUTED if strike else t.INK
    parts = [Part(s.text, styles[s.emphasis], ink, strike) for s in shown_line.spans]
    return rich(*parts, *([Part(tail)] if tail else []), expand=True)
