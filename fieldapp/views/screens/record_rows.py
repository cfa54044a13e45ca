"""The questions of a set, one row each, redrawn only when their own facts change."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import flet as ft

from fieldapp.domain.codes import ACVPU_WORDS, MEASUREMENTS
from fieldapp.domain.display.numbers import number
from fieldapp.usecases.observations import Last, Live, Recording
from fieldapp.views import theme as t
from fieldapp.views.controls.following import anchored
from fieldapp.views.controls.forms import field
from fieldapp.views.controls.layout import Maybe, col, padded, rows, wrap
from fieldapp.views.controls.lists import entry_row
from fieldapp.views.controls.press import button, segmented, switch_row
from fieldapp.views.controls.text import text
from fieldapp.views.hooks import memo
from fieldapp.views.metrics import Metrics
from fieldapp.views.screens import record_form as f
from fieldapp.views.screens.record_desk import Desk
from fieldapp.views.screens.record_form import Form

_PARAMETER: Final = {"blood_pressure": "systolic_bp"}
_UNIT: Final = {"oxygen": "L/min", "blood_pressure": "mmHg", "consciousness": ""}
PICKER: Final = 208


@dataclass(frozen=True, slots=True)
class RowView:
    """One question as it is drawn; `choice` is the option chosen, `scale` the words and state of scale 2."""

    question: str
    last: str
    value: str
    unit: str
    points: int | None
    focused: bool
    absent: str
    choice: int | None = None
    scale: tuple[str, str, bool] | None = None


def unit_of(question: str) -> str:
    """The unit a question is answered in."""
    return _UNIT[question] if question in _UNIT else MEASUREMENTS[question].unit


def last_of(recording: Recording, question: str) -> str:
    """`Last 128/74 at 13:40`, "" where there is none."""
    known = recording.last
    if question == "blood_pressure":
        upper, lower = known.get("systolic_bp"), known.get("diastolic_bp")
        if upper is None:
            return ""
        pair = f"/{number(lower.value)}" if lower is not None and lower.when == upper.when else ""
        return f"Last {number(upper.value)}{pair} {upper.when}"
    if question == "oxygen":
        air, flow = known.get("on_oxygen"), known.get("oxygen_flow")
        if air is None:
            return ""
        same = flow is not None and air.value and flow.when == air.when
        return f"Last {flow.shown if same and flow else air.shown} {air.when}"
    found: Last | None = known.get(question)
    if found is None:
        return ""
    return f"Last {found.shown if question == 'consciousness' else number(found.value)} {found.when}"


def shown_value(form: Form, question: str) -> str:
    """The answer as far as it was typed."""
    values = form.recording.values

    def one(part: str) -> str:
        if form.focus == question and form.part == part:
            return form.text
        value = values.get(part)
        return "" if value is None else str(value)

    if question == "blood_pressure":
        upper, lower = one("systolic_bp"), one("diastolic_bp")
        halved = lower or (upper and form.focus == question and form.part == "diastolic_bp")
        return f"{upper}/{lower}" if halved else upper
    if question == "oxygen":
        return one("oxygen_flow")
    return "" if question == "consciousness" else one(question)


def view_of(form: Form, live: Live, question: str, *, still: bool = False) -> RowView:
    """One question's facts."""
    recording = form.recording
    points = {segment.parameter: segment.points for segment in live.segments}
    why = f.reason_of(form, question)
    choice = None
    if question == "oxygen" and "on_oxygen" in recording.values:
        choice = int(bool(recording.values["on_oxygen"]))
    if question == "consciousness" and "consciousness" in recording.values:
        choice = f.LEVELS.index(recording.values["consciousness"])
    chosen = question in ("oxygen", "consciousness")
    scale = None
    if question == "spo2" and recording.scale_authority is not None:
        target, _, by = recording.scale_authority.partition(". ")
        scale = (f"Scale 2, {target[:1].lower()}{target[1:]}", by, recording.scale == 2)
    return RowView(
        question,
        ". ".join(filter(None, (why, last_of(recording, question)))),
        shown_value(form, question),
        unit_of(question),
        points.get(_PARAMETER.get(question, question)),
        question == form.focus and not still,
        "" if chosen and why is None else "Not measured" if why else "Not recorded",
        choice,
        scale,
    )


@ft.component
def _Row(m: Metrics, view: RowView, desk: Desk, used: bool, still: bool) -> ft.Control:
    question = view.question
    picker: Maybe = None
    if question == "oxygen":
        on = None if still else desk.air
        picker = segmented(m, ("Air", "Oxygen"), view.choice, on, name="Air or oxygen", identifier="air")
    elif question == "consciousness":
        words = list(ACVPU_WORDS.values())
        short = list(ACVPU_WORDS) if m.phone else words
        on = None if still else desk.level
        picker = segmented(m, short, view.choice, on, name="Consciousness", spoken=words, identifier="acvpu")
    below: Maybe = None
    if view.scale is not None:
        label, by, two = view.scale
        below = switch_row(label, by, two, desk.scale, identifier="scale")
        if still:
            below = text(f"{label}. {by}" if two else "Scale 1", "caption", t.MUTED)
    scored = question in f.ORDER
    return entry_row(
        m,
        f.TITLES[question],
        view.last,
        view.value,
        view.unit,
        view.points,
        focused=view.focused,
        on_click=None if still else lambda: desk.ask(question),
        picker=picker,
        picker_width=PICKER if question == "oxygen" else None,
        below=below,
        absent=view.absent,
        is_scored=scored and used,
        identifier=f"entry-{question.replace('_', '-')}",
        cursor=question not in ("consciousness",) and not (question == "oxygen" and view.choice == 0),
    )


Row = memo(_Row)


def entries(m: Metrics, desk: Desk, live: Live, *, still: bool = False) -> tuple[ft.Control, ...]:
    """The card of questions, and what else can be recorded; `still` once it is saved."""
    form = desk.form
    used = form.recording.not_used is None
    numbers = [name for name in form.asked if name != "note"]
    made = [
        anchored(ft.Container(Row(m, view_of(form, live, name, still=still), desk, used, still)), name)
        for name in numbers
    ]
    if still:
        return (rows(*made),)
    return tuple(c for c in (rows(*made), _remark(desk), _also(m, desk)) if c is not None)


def _remark(desk: Desk) -> Maybe:
    form = desk.form
    if "note" not in form.opened:
        return None
    words = form.recording.note or ""
    hint = "Position, device, what you saw"
    return anchored(ft.Container(field("Note", words, desk.note, lines=2, hint=hint, identifier="note")), "note")


def _also(m: Metrics, desk: Desk) -> ft.Control:
    rest = [name for name in f.EXTRAS if name not in desk.form.opened]
    chips = [
        button(m, f.TITLES[name], _asker(desk, name), "soft", height=t.TARGET, identifier=f"also-{name}")
        for name in rest
    ]
    recording = desk.form.recording
    begun = bool(recording.values or recording.not_measured or recording.note)
    drop = button(m, "Discard", desk.open_sheet("discard"), "quiet", height=t.TARGET, identifier="discard")
    line = wrap(text("Also record", "label", t.MUTED), *chips) if chips else None
    return padded(col(line, wrap(drop) if begun else None), vertical=4, horizontal=0)


def _asker(desk: Desk, name: str):
    def ask() -> None:
        desk.ask(name)

    return ask
