"""The statements of a plan as a form. Each says what it says now; the one being changed is open."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final, cast

import flet as ft

from fieldapp.domain.canonical import Json
from fieldapp.usecases import plan_form
from fieldapp.usecases.plan_form import LABELS, LISTS, SECTIONS, Editing
from fieldapp.usecases.statements import title_of
from fieldapp.views import theme as t
from fieldapp.views.controls.forms import field
from fieldapp.views.controls.layout import START, Maybe, card, col, fill, lines, row, rule, wrap
from fieldapp.views.controls.marks import chip
from fieldapp.views.controls.press import button, segmented
from fieldapp.views.controls.states import notice
from fieldapp.views.controls.text import heading, text
from fieldapp.views.metrics import Metrics
from fieldapp.views.screens.patient_frame import medicine_words

I = ft.Icons  # noqa: E741

ONE: Final = {"medicines": "medicine", "problems": "problem", "interventions": "intervention", "aims": "aim"}
_A: Final = {"medicines": "a", "problems": "a", "interventions": "an", "aims": "an"}
_HEAD: Final = {"medicines": "name", "problems": "text", "interventions": "what", "aims": "quote"}
_TALL: Final = {"not_for": 2, "still_for": 2, "summary": 4, "quote": 2}
_HINTS: Final = {
    "not_for": "One a line, such as CPR",
    "still_for": "One a line, such as hospital if reversible",
    "decided_at": "Such as 19-Nov-2026 16:20",
    "authorised_at": "Such as 19-Nov-2026 16:20",
    "review_on": "Such as 26-Nov-2026",
    "starts": "Such as 22-Nov-2026",
    "ends": "Such as 26-Nov-2026",
    "times": "Such as 08:00, 20:00",
    "dose": "Such as 2 g",
    "rate": "Such as 40 mL per hour",
    "duration": "Such as over 30 minutes",
    "route": "Such as intravenous",
    "frequency": "Such as once a day",
    "delivery": "Such as 1 L/min, nasal cannula",
}
_NUMBERS: Final = frozenset({"target_low", "target_high", "every_minutes"})
_PAIRS: Final[dict[str, tuple[tuple[str, ...], ...]]] = {
    "oxygen": (("target_low", "target_high"), ("delivery",), ("spo2_scale",), ("authorised_by", "authorised_at")),
    "escalation": (("not_for",), ("still_for",), ("decided_by", "decided_at"), ("agreed_with", "review_on")),
    "medicines": (
        ("name", "brand"),
        ("strength", "form"),
        ("dose", "rate"),
        ("route", "duration"),
        ("frequency", "times"),
        ("starts", "ends"),
    ),
    "problems": (("text",), ("since", "status")),
    "interventions": (("what",), ("how_often", "who"), ("times",)),
    "aims": (("quote",), ("measure",)),
}


@dataclass(frozen=True)
class Form:
    """What the form needs: the state, which statement (section, item) is open, and what to call."""

    editing: Editing
    place: tuple[str, str]
    errors: Mapping[str, str]
    on_text: Callable[[str, str, str, str | None], None]
    on_add: Callable[[str], None]
    on_remove: Callable[[str, str, bool], None]
    on_open: Callable[[tuple[str, str]], None]


def sections(m: Metrics, form: Form) -> list[Maybe]:
    """Every statement, in the order of the plan."""
    changed = plan_form.changed(form.editing)
    return [_list(m, form, s, s in changed) if s in LISTS else _single(m, form, s, s in changed) for s in SECTIONS]


def _title(section: str, changed: bool, aside: Maybe = None) -> ft.Control:
    mark = chip("Changed", "primary", I.EDIT_OUTLINED) if changed else None
    return row(fill(wrap(heading(title_of("plan", section)), mark)), aside)


def _change(m: Metrics, form: Form, section: str, item: str, what: str, empty: bool) -> ft.Control:
    return button(
        m,
        "Write" if empty else "Change",
        lambda: form.on_open((section, item)),
        "quiet",
        height=t.TARGET,
        identifier=f"change-{section.replace('_', '-')}" + (f"-{item}" if item else ""),
        spoken=f"{'Write' if empty else 'Change'} {what.lower()}",
    )


def _done(m: Metrics, form: Form) -> ft.Control:
    return button(m, "Done", lambda: form.on_open(("", "")), "soft", height=t.TARGET, identifier="done")


def _single(m: Metrics, form: Form, section: str, changed: bool) -> ft.Control:
    title = title_of("plan", section)
    if form.place == (section, ""):
        inside = col(_title(section, changed), *_fields(m, form, section, None), row(_done(m, form)), gap=t.S3)
        return card(inside, edge=t.PRIMARY, width=2)
    said = plan_form.summaries(form.editing, section)
    words = [text(each) for each in said] or [text("Not recorded", "body", t.MUTED)]
    return card(col(_title(section, changed, _change(m, form, section, "", title, not said)), *words, gap=t.S1))


def _list(m: Metrics, form: Form, section: str, changed: bool) -> ft.Control:
    one = ONE[section]
    parts: list[ft.Control] = []
    for item in cast("list[Json]", form.editing.form[section]):
        parts += [rule()] if parts else []
        parts.append(_item(m, form, section, item))
    add = button(
        m,
        f"Add {_A[section]} {one}",
        lambda: form.on_add(section),
        "quiet",
        I.ADD_ROUNDED,
        height=t.TARGET,
        identifier=f"add-{one}",
    )
    empty = None if parts else text("None recorded", "body", t.MUTED)
    inside = col(_title(section, changed), empty, *parts, row(add), gap=t.S2)
    return card(
        inside, edge=t.PRIMARY if form.place[0] == section else t.LINE, width=2 if form.place[0] == section else 1
    )


def _item(m: Metrics, form: Form, section: str, item: Json) -> ft.Control:
    name, gone = str(item["id"]), bool(item.get("gone"))
    one, called = ONE[section], str(item.get(_HEAD[section]) or "").strip()
    if form.place == (section, name):
        away = button(
            m,
            "Stop this medicine" if section == "medicines" else f"Remove this {one}",
            lambda: form.on_remove(section, name, True),
            "quiet",
            I.REMOVE_CIRCLE_OUTLINE_ROUNDED,
            height=t.TARGET,
            identifier="remove",
        )
        preview = _preview(m, item) if section == "medicines" else None
        return col(*_fields(m, form, section, item), preview, wrap(_done(m, form), away), gap=t.S3)
    words = _words(section, item, gone)
    if gone:
        note = "Stops when you save" if section == "medicines" else "Goes when you save"
        back = button(
            m,
            "Bring back",
            lambda: form.on_remove(section, name, False),
            "quiet",
            height=t.TARGET,
            spoken=f"Bring back {called}",
            identifier=f"bring-back-{name}",
        )
        return row(fill(lines(words, text(note, "caption", t.MUTED))), back)
    wrong = next((e for where, e in form.errors.items() if where.startswith(f"{section}/{name}.")), None)
    told = text(wrong, "label", t.DANGER) if wrong else None
    return row(fill(lines(words, told)), _change(m, form, section, name, f"{one} {called}".strip(), False))


def _words(section: str, item: Json, gone: bool) -> ft.Control:
    if section == "medicines" and str(item.get("name") or "").strip():
        return row(medicine_words(plan_form.line(item), strike=gone))
    said = [str(item.get(name) or "").strip() for name in LABELS[section] if name != "status"]
    if section == "problems" and item.get("status") == "resolved":
        said.append("resolved")
    shown = ", ".join(filter(None, said)) or "Nothing written yet"
    return text(shown, "body", t.MUTED if gone else t.INK, strike=gone)


def _preview(m: Metrics, item: Json) -> Maybe:
    """The line as everybody will read it, and what to write differently."""
    if not str(item.get("name") or "").strip():
        return None
    warned = plan_form.warnings(item)
    unsafe = None
    if warned:
        unsafe = notice(m, "attention", I.WARNING_ROUNDED, "Write it so that nobody misreads it", " ".join(warned))
    shown = ft.Container(
        col(text("Shown as", "label", t.MUTED), row(medicine_words(plan_form.line(item))), gap=0),
        bgcolor=t.PAGE,
        border_radius=t.R_CHIP,
        padding=12,
    )
    return col(shown, unsafe)


def _fields(m: Metrics, form: Form, section: str, item: Json | None) -> list[Maybe]:
    values = item if item is not None else cast("Json", form.editing.form[section])
    made: list[Maybe] = []
    for names in _PAIRS.get(section, tuple((name,) for name in LABELS[section])):
        if names[0] == "authorised_by" and values.get("spo2_scale") != "2":
            continue
        parts = [_field(m, form, section, name, values, item) for name in names]
        short = names[0] in _NUMBERS and not m.large_text
        if len(parts) > 1 and (short or not (m.phone or m.large_text)):
            made.append(row(*[fill(part) for part in parts], gap=t.S3, align=START))
        else:
            made += parts
    return made


def _field(m: Metrics, form: Form, section: str, name: str, values: Json, item: Json | None) -> ft.Control:
    label = LABELS[section][name]
    at = str(item["id"]) if item is not None else None
    where = f"{section}/{at}.{name}" if at else f"{section}.{name}"

    def typed(value: str) -> None:
        form.on_text(section, name, value, at)

    identifier = f"{section}-{name}".replace("_", "-")
    if name in ("spo2_scale", "status"):
        options = ("1", "2") if name == "spo2_scale" else ("active", "resolved")
        words = ["Scale 1", "Scale 2"] if name == "spo2_scale" else ["Active", "Resolved"]
        chosen = options.index(values[name]) if values.get(name) in options else 0
        pick = segmented(m, words, chosen, lambda i: typed(options[i]), name=label, identifier=identifier)
        return col(text(label, "label"), pick, gap=t.S1)
    return field(
        label,
        str(values.get(name) or ""),
        typed,
        hint=_HINTS.get(name, ""),
        error=form.errors.get(where, ""),
        lines=_TALL.get(name, 1),
        keyboard=ft.KeyboardType.NUMBER if name in _NUMBERS else ft.KeyboardType.TEXT,
        identifier=identifier,
    )
