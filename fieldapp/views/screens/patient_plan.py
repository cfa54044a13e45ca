"""The statements of a plan as cards. One that has two versions says so, and opens where they are settled."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import cast

import flet as ft

from fieldapp.domain.canonical import Json
from fieldapp.domain.clocks import local_date
from fieldapp.domain.display.dates import clinical_date, clinical_datetime
from fieldapp.usecases import plan_form, reading
from fieldapp.usecases.plans import PlanView
from fieldapp.views import theme as t
from fieldapp.views.controls.layout import START, STRETCH, Maybe, card, col, even, fill, lines, row, rows, wrap
from fieldapp.views.controls.marks import chip
from fieldapp.views.controls.press import pressable
from fieldapp.views.controls.text import THIN, Part, heading, icon, rich, section, text
from fieldapp.views.metrics import Metrics
from fieldapp.views.screens.patient_frame import medicine_words
from fieldapp.views.screens.waiting import counted

I = ft.Icons  # noqa: E741
Press = Callable[[], None]


@dataclass(frozen=True)
class Shown:
    """A plan as read at `at`, with what the person says of themselves and how to speak and write to them."""

    view: PlanView
    about: str | None
    needs: tuple[str, ...]
    at: datetime


def cards(m: Metrics, shown: Shown, called: str | None, on_settle: Press) -> list[Maybe]:
    """Every statement, in the order of trust."""
    view, body = shown.view, shown.view.body
    decided, target = _decisions(m, view, on_settle), _oxygen(m, view, on_settle)
    problems, aims = _problems(m, view, on_settle), _aims(m, view, called, on_settle)
    if m.phone:
        top: list[Maybe] = [decided, target]
        pair: list[Maybe] = [problems, aims]
    else:
        top = [row(fill(decided, 5), fill(target, 3), gap=t.S3, align=STRETCH)]
        pair = [even(problems, aims)]
    doing = reading.parts(body, "interventions")
    return [
        *top,
        _medicines(m, shown, on_settle),
        *pair,
        section("What we do", counted(len(doing), "intervention")) if doing else None,
        _doing(m, view, doing, on_settle) if doing else None,
        _rest(m, view, on_settle),
        _about(m, shown),
    ]


def _settle(view: PlanView, path: str, on_settle: Press) -> Maybe:
    """The mark on a statement with two versions."""
    if path not in view.disputed:
        return None
    title = view.statements[path].title if path in view.statements else path
    mark = pressable(
        ft.Container(chip("2 versions, settle", "attention", I.CALL_SPLIT_ROUNDED), alignment=ft.Alignment.CENTER_LEFT),
        on_settle,
        label=f"{title}: 2 versions, settle",
        identifier=f"settle-{path.replace('/', '-')}",
        height=t.TARGET,
        radius=t.R_CHIP,
    )
    return row(mark, tight=True)


def _absent(words: str) -> ft.Control:
    return text(words, "body", t.MUTED)


def _decisions(m: Metrics, view: PlanView, on_settle: Press) -> ft.Control:
    said = reading.part(view.body, "escalation")
    against, still = ", ".join(reading.lines(said, "not_for")), ", ".join(reading.lines(said, "still_for"))
    mark = _settle(view, "escalation", on_settle)
    if not against and not still:
        return card(col(heading("Resuscitation and escalation"), _absent("No decisions recorded"), mark, gap=t.S3))

    def stance(glyph: ft.IconData, ink: ft.ColorValue, label: str, what: str) -> Maybe:
        words = rich(Part(f"{label}  ", "strong"), Part(what), expand=True)
        return row(icon(glyph, ink, 22), words, align=START) if what else None

    at, again = reading.moment(said, "decided_at"), reading.day(said, "review_on")
    signed = ", ".join(filter(None, ("ReSPECT", reading.text(said, "decided_by"), clinical_datetime(at) if at else "")))
    with_whom = reading.text(said, "agreed_with")
    facts = [signed, f"Agreed with {with_whom}" if with_whom else "", f"Review {clinical_date(again)}" if again else ""]
    both = col(
        stance(I.CANCEL_OUTLINED, t.DANGER, "Not for", against),
        stance(I.CHECK_CIRCLE_ROUNDED, t.DONE, "For", still),
        gap=t.S1,
    )
    quiet = text(". ".join(filter(None, facts)), "caption", t.MUTED)
    parts = col(heading("Resuscitation and escalation"), both, quiet, mark, gap=t.S3)
    return card(parts, edge=t.ATTENTION, width=2)


def _oxygen(m: Metrics, view: PlanView, on_settle: Press) -> ft.Control:
    said = reading.part(view.body, "oxygen")
    low, high = reading.number(said, "target_low"), reading.number(said, "target_high")
    mark = _settle(view, "oxygen", on_settle)
    if low is None or high is None:
        return card(col(heading("Oxygen target"), _absent("No target recorded"), mark, gap=t.S1))
    by, at = reading.text(said, "authorised_by"), reading.moment(said, "authorised_at")
    scale = said.get("spo2_scale", 1)
    allowed = f"Authorised by {by}, {clinical_datetime(at)}" if scale == 2 and by else None
    parts = col(
        heading("Oxygen target"),
        rich(Part(f"{low}–{high}", "display"), Part(f"{THIN}%", "body", t.MUTED)),
        text(f"NEWS2 scale {scale}", "strong"),
        text(delivery, "caption", t.MUTED) if (delivery := reading.text(said, "delivery")) else None,
        text(allowed, "caption", t.MUTED) if allowed else None,
        mark,
        gap=t.S1,
    )
    return card(parts)


def _medicines(m: Metrics, shown: Shown, on_settle: Press) -> ft.Control:
    items = reading.parts(shown.view.body, "medicines")
    mark = _settle(shown.view, "medicines", on_settle)
    made = [col(row(medicine_words(plan_form.line(item))), _course(item, shown.at), gap=0) for item in items]
    if not made:
        made = [col(_absent("No medicines in this plan"))]
    return card(col(row(fill(heading("Medicines")), mark), *made, gap=t.S3))


def _course(item: Json, at: datetime) -> Maybe:
    """`Day 3 of 5, 22-Nov-2026 to 26-Nov-2026. At 14:30`"""
    starts, ends, today = reading.day(item, "starts"), reading.day(item, "ends"), local_date(at)
    said: list[str] = []
    if starts and ends:
        length = (ends - starts).days + 1
        day = (today - starts).days + 1
        where = f"Day {day} of {length}" if 1 <= day <= length else "Finished" if day > length else "Not started"
        said.append(f"{where}, {clinical_date(starts)} to {clinical_date(ends)}")
    elif starts or ends:
        said.append(f"Since {clinical_date(starts)}" if starts else f"Until {clinical_date(ends)}")
    times = reading.lines(item, "times")
    if times:
        said.append(f"At {', '.join(times)}")
    return text(". ".join(said), "caption", t.MUTED) if said else None


def _problems(m: Metrics, view: PlanView, on_settle: Press) -> ft.Control:
    items = reading.parts(view.body, "problems")
    made: list[Maybe] = []
    for item in sorted(items, key=lambda each: each.get("status") == "resolved"):
        since, gone = reading.text(item, "since"), item.get("status") == "resolved"
        told = ", ".join(filter(None, ("Resolved" if gone else "Active", f"since {since}" if since else "")))
        words = text(reading.text(item, "text") or "", "strong", t.MUTED if gone else t.INK)
        made.append(
            col(words, text(told, "caption", t.MUTED), _settle(view, f"problems/{item['id']}", on_settle), gap=0)
        )
    return card(col(heading("Problems"), *(made or [_absent("None recorded")]), *_gone(view, "problems", on_settle)))


def _aims(m: Metrics, view: PlanView, called: str | None, on_settle: Press) -> ft.Control:
    made: list[Maybe] = []
    for item in reading.parts(view.body, "aims"):
        measure = reading.text(item, "measure") or ""
        flag = row(
            icon(I.FLAG_OUTLINED, t.MUTED, 18), text(measure, "caption", t.MUTED, expand=True), gap=t.S1, align=START
        )
        quote = text(f"“{reading.text(item, 'quote') or ''}”")
        made.append(col(quote, flag if measure else None, _settle(view, f"aims/{item['id']}", on_settle), gap=t.S1))
    title = f"What matters to {called}" if called else "What matters"
    parts = col(heading(title), *(made or [_absent("Not asked yet")]), *_gone(view, "aims", on_settle), gap=t.S3)
    return card(parts)


def _gone(view: PlanView, section_name: str, on_settle: Press) -> list[Maybe]:
    """Items that one version has and the other took out: not in the plan until they are settled."""
    there = {f"{section_name}/{item.get('id')}" for item in reading.parts(view.body, section_name)}
    return [
        _settle(view, path, on_settle)
        for path in view.disputed
        if path.startswith(f"{section_name}/") and path not in there
    ]


def _doing(m: Metrics, view: PlanView, items: Sequence[Json], on_settle: Press) -> ft.Control:
    def line(item: Json) -> ft.Control:
        what = reading.text(item, "what") or ""
        often = ", ".join(filter(None, (reading.text(item, "how_often"), *reading.lines(item, "times"))))
        who, mark = reading.text(item, "who") or "", _settle(view, f"interventions/{item['id']}", on_settle)
        if m.phone or m.large_text:
            told = " · ".join(filter(None, (often, who)))
            inside: ft.Control = lines(text(what, "strong"), text(told, "caption", t.MUTED) if told else None, mark)
        else:
            right = text(who, "caption", t.MUTED, expand=4, align=ft.TextAlign.RIGHT)
            inside = row(fill(lines(text(what, "strong"), mark), 6), text(often, expand=5), right, gap=t.S3)
        return ft.Container(inside, padding=ft.Padding.symmetric(horizontal=16, vertical=8))

    return rows(*[line(item) for item in items])


def _rest(m: Metrics, view: PlanView, on_settle: Press) -> Maybe:
    """Monitoring, the review date, the summary, and what a newer version of the app has added."""
    said = reading.part(view.body, "monitoring")
    every, note = reading.number(said, "every_minutes"), reading.text(said, "note")
    told = ". ".join(filter(None, (f"Observations every {every} min" if every else "", note)))
    again = reading.day(view.body, "review_on")
    facts = [
        ("Monitoring", told, "monitoring"),
        ("Review date", clinical_date(again) if again else "", "review_on"),
        ("Summary", reading.text(view.body, "summary") or "", "summary"),
    ]
    known = {*plan_form.SECTIONS, "episode", "entered_in_error"}
    facts += [(s.title, s.words, p) for p, s in view.statements.items() if p.partition("/")[0] not in known]
    made = [
        lines(text(title, "label", t.MUTED), text(words) if words else None, _settle(view, path, on_settle))
        for title, words, path in facts
        if words or path in view.disputed
    ]
    return card(col(*made, gap=t.S3)) if made else None


def _about(m: Metrics, shown: Shown) -> Maybe:
    if shown.about is None and not shown.needs:
        return None
    needs = cast("list[Maybe]", [chip(", ".join(shown.needs), "primary", I.FLAG_OUTLINED)] if shown.needs else [])
    words = text(shown.about) if shown.about else _absent("Not asked yet")
    head = wrap(heading("About me"), *needs) if m.phone else row(fill(heading("About me")), *needs)
    return card(col(head, words))
