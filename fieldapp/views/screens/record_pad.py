"""Under the questions: what is asked, the pad, what saving means; or the doubt that waits for an answer."""

from __future__ import annotations

from typing import Final

import flet as ft

from fieldapp.domain.codes import ACVPU_WORDS, MEASUREMENTS
from fieldapp.domain.plausibility import Impossible, Question
from fieldapp.usecases.observations import Live
from fieldapp.views import theme as t
from fieldapp.views.controls.charts import bp_marks, spark
from fieldapp.views.controls.forms import dialog, field
from fieldapp.views.controls.layout import BETWEEN, STRETCH, Maybe, col, fill, panel, row
from fieldapp.views.controls.pad import pad, pad_panel, prompt, question, save_row, unmeasured
from fieldapp.views.controls.press import OnClick, button
from fieldapp.views.controls.text import heading, text
from fieldapp.views.hooks import memo, use_typed
from fieldapp.views.metrics import Metrics
from fieldapp.views.screens import record_form as f
from fieldapp.views.screens.record_desk import Desk
from fieldapp.views.screens.record_rows import last_of, unit_of

REASONS: Final = ("Declined", "No reading obtained", "Equipment not available", "Not appropriate now")
_SHORT: Final = {"respiration_rate": "respiration", "spo2": "SpO₂"}
_LABELS: Final = {
    "systolic_bp": ("Blood pressure, systolic", "Systolic"),
    "diastolic_bp": ("Blood pressure, diastolic", "Diastolic"),
    "oxygen_flow": ("Oxygen flow", "Oxygen flow"),
}


@ft.component
def _Keys(m: Metrics, desk: Desk, label: str, waits: bool) -> ft.Control:
    return pad(m, desk.key, label, None if waits else desk.next)


Keys = memo(_Keys)


def sheet(m: Metrics, desk: Desk, live: Live) -> ft.Control:
    """The docked panel. While words are typed the pad makes way for the keyboard."""
    form = desk.form
    doubt = next(iter(live.questions), None)
    can = live.can_save and not desk.busy
    left = f.following(form)
    could_not = None if doubt or form.focus == "note" or not _can_lack(desk) else desk.open_sheet("unmeasured")
    ready = can and left is None
    save = desk.save if can else None
    label = "Save correction" if form.recording.amends else "Save observations"
    foot = save_row(m, _note(m, desk, live), label, save, could_not, ready=ready)
    if form.focus == "note" and doubt is None:
        done = button(m, _next_label(form, left), desk.next, "soft", height=t.TARGET, identifier="key-next")
        return panel(m, col(row(done), foot) if left else foot)
    ask = _doubt(m, desk, doubt) if doubt is not None else _prompt(m, desk, could_not)
    if doubt is not None and m.tiny:
        return panel(m, col(ask, foot, gap=t.S3))
    waits = doubt is not None or (left is None and form.part != "systolic_bp")
    return panel(m, pad_panel(m, ask, Keys(m, desk, _next_label(form, left), waits), foot))


def _can_lack(desk: Desk) -> bool:
    form = desk.form
    return not (form.focus == "oxygen" and form.recording.values.get("on_oxygen") is False)


def _next_label(form: f.Form, left: str | None) -> str:
    if form.part == "systolic_bp" and form.text:
        return "Next: diastolic"
    return f"Next: {_SHORT.get(left) or f.TITLES[left].lower()}" if left else "All answered"


def _note(m: Metrics, desk: Desk, live: Live) -> str:
    kept = f"Draft kept on this tablet, {desk.kept}" if desk.kept else ""
    lacks = f"{len(live.missing)} missing" if live.missing and desk.form.recording.not_used is None else ""
    if m.phone:
        return f"{lacks}: no total" if lacks else kept
    lacks = f"{lacks}: saves without a total" if lacks else ""
    return ". ".join(filter(None, (kept, lacks)))


def _doubt(m: Metrics, desk: Desk, doubt: Question | Impossible) -> ft.Control:
    last = desk.form.recording.last.get(doubt.measurement)
    before = f"Last was {last.shown} {last.when}. " if last else ""
    if isinstance(doubt, Impossible):
        other = desk.open_sheet("unmeasured")
        return question(m, doubt.sentence, doubt.detail, "Change it", desk.change, "Could not measure", other)
    return question(m, doubt.sentence, before + doubt.detail, "Change it", desk.change, doubt.confirm, desk.keep)


def _prompt(m: Metrics, desk: Desk, could_not: OnClick) -> ft.Control:
    form = desk.form
    last = last_of(form.recording, form.focus)
    if form.part is None:
        return _chosen(m, desk, last, could_not)
    label, short = _LABELS.get(form.part, (f.TITLES[form.focus], f.TITLES[form.focus]))
    upper = form.recording.values.get("systolic_bp")
    before = f"{upper}/" if form.part == "diastolic_bp" and upper is not None else ""
    unit = unit_of(form.focus)
    return prompt(
        m, label, form.text, unit, last, before=before, history=_course(m, desk), on_unmeasured=could_not, short=short
    )


def _chosen(m: Metrics, desk: Desk, last: str, could_not: OnClick) -> ft.Control:
    """A question that is answered by a choice in its row."""
    values = desk.form.recording.values
    if desk.form.focus == "consciousness":
        now = ACVPU_WORDS.get(values.get("consciousness", ""), "")
        how = "Confused means newly confused." if now else "Choose in its row above. Confused means newly confused."
    else:
        now, how = "Air", "Choose Oxygen to type its flow."
    words = col(heading(f.TITLES[desk.form.focus]), text(last, "caption", t.MUTED) if last else None, gap=0)
    if m.phone:
        return row(fill(words), text(now, "heading"))
    top = col(words, text(now, "value") if now else None, text(how, "caption", t.MUTED), gap=t.S2)
    return ft.Column(
        [top, *([unmeasured(m, could_not)] if could_not else [])],
        height=m.px(4 * t.PAD_KEY + 3 * t.S2),
        alignment=BETWEEN,
        horizontal_alignment=STRETCH,
    )


def _course(m: Metrics, desk: Desk) -> Maybe:
    """The last few values, drawn and in words."""
    form = desk.form
    if m.phone or form.part is None:
        return None
    known = form.recording.history
    values = known.get(form.part, ())
    if len(values) < 2:
        return None
    if form.focus == "blood_pressure":
        pairs = list(zip(known.get("systolic_bp", ()), known.get("diastolic_bp", ()), strict=False))
        drawing = bp_marks(m, [(int(s), int(d)) for s, d in pairs], 112, 48)
    else:
        drawing = spark(m, values, 112, 48)
    low, high = min(values), max(values)
    span = f"{low:g}" if low == high else f"{low:g}–{high:g}"
    unit = MEASUREMENTS[form.part].unit
    words = col(text(f"{span} {unit}", "label"), text(f"in the last {len(values)}", "caption", t.MUTED), gap=0)
    return row(drawing, fill(words), gap=t.S3)


@ft.component
def _Why(m: Metrics, desk: Desk) -> ft.Control:
    words, set_words, latest = use_typed("")

    def other() -> None:
        said = latest().strip()
        if said:
            desk.unmeasurable(said)

    def picker(why: str) -> OnClick:
        return lambda: desk.unmeasurable(why)

    picks = [
        row(button(m, why, picker(why), "soft", height=t.TARGET, expand=True, identifier=f"why-{i}"))
        for i, why in enumerate(REASONS)
    ]
    more = field("Another reason", words, set_words, identifier="why")
    yes = button(m, "Record this reason", other if words.strip() else None, expand=True, identifier="dialog-confirm")
    no = button(m, "Cancel", desk.close_sheet, "secondary", expand=True, identifier="dialog-cancel")
    acts = col(row(yes), row(no)) if m.phone else row(no, yes)
    return ft.Container(col(*picks, more, acts, gap=t.S3), width=m.px(420))


def why_dialog(m: Metrics, desk: Desk) -> ft.AlertDialog:
    """Why a value is missing: one press, or in other words."""
    title = f"{f.TITLES[desk.form.focus]}: could not measure"
    return dialog(title, _Why(m, desk), desk.close_sheet)
