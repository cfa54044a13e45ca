"""The versions of one statement side by side, the evidence they rest on, and the choice."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Final

import flet as ft

from fieldapp.domain.display.dates import measured_when
from fieldapp.usecases import statements
from fieldapp.usecases.conflict import Choice, ConflictView, Keep, Question, Said, Version, Write
from fieldapp.views import theme as t
from fieldapp.views.controls.layout import Maybe, card, col, even, fill, lines, row, rule
from fieldapp.views.controls.marks import avatar
from fieldapp.views.controls.press import button, pressable
from fieldapp.views.controls.text import Part, heading, icon, rich, text
from fieldapp.views.controls.trend import Mark, Reading, TargetChart
from fieldapp.views.metrics import Metrics

I = ft.Icons  # noqa: E741
_LONG: Final = 80  # characters of a statement that is read, not glanced at
_LONGEST: Final = 28  # characters that fit on the button


def pieces(said: str, was: str) -> list[list[tuple[str, bool]]]:
    """Lines of (words, whether they differ from what was there before)."""
    before = {part.strip() for line in was.splitlines() for part in line.split(", ")}
    return [[(part, part.strip() not in before) for part in line.split(", ")] for line in said.splitlines()]


def short_choice(view: ConflictView, choices: Mapping[str, Choice]) -> str:
    """What settling says, where one statement is decided and its difference is short."""
    if len(view.questions) != 1:
        return ""
    question = view.questions[0]
    choice = choices.get(question.path)
    if choice is None:
        return ""
    said = _words(view, question, choice)
    differing = [part for line in pieces(said, question.was) for part, new in line if new]
    label = ", ".join(differing) or said
    return label if len(label) <= _LONGEST else ""


def _words(view: ConflictView, question: Question, choice: Choice) -> str:
    if isinstance(choice, Keep):
        return next((side.words for side in question.sides if side.revision == choice.revision), "")
    return statements.words(view.kind, question.path, choice.value)


def question_block(
    m: Metrics,
    view: ConflictView,
    question: Question,
    choice: Choice | None,
    on_choose: Callable[[Choice], None],
    on_write: Callable[[], None],
    third: Maybe,
) -> ft.Control:
    """One statement: each version's card, and a third version where neither is right."""
    number = view.questions.index(question)
    versions = {version.revision: version for version in view.versions}
    cards = [
        _side(m, versions[side.revision], question, side, choice, on_choose, f"keep-{number}-{n}")
        for n, side in enumerate(question.sides)
        if side.revision in versions
    ]
    sides = col(*cards, gap=t.S2) if m.phone or len(cards) > 3 else even(*cards, gap=t.S4)
    head = heading(question.title) if len(view.questions) > 1 else None
    own: Maybe = None
    if isinstance(choice, Write) and third is None:
        words = statements.words(view.kind, question.path, choice.value)
        label = text("Your version", "strong", t.PRIMARY)
        own = card(col(label, *_said(m, words, question.was), gap=t.S1), edge=t.PRIMARY, width=2)
    glyph = I.EDIT_OUTLINED
    label = "Change your version" if isinstance(choice, Write) else "Write a third version"
    write = button(m, label, on_write, "soft", glyph, identifier=f"third-{number}", expand=True if m.phone else None)
    aside = row(write) if m.phone else row(text("Neither is right?", "label", t.MUTED), write)
    return col(head, sides, own, third or aside, gap=t.S3)


def _side(
    m: Metrics,
    version: Version,
    question: Question,
    side: Said,
    choice: Choice | None,
    on_choose: Callable[[Choice], None],
    identifier: str,
) -> ft.Control:
    chosen = isinstance(choice, Keep) and choice.revision == side.revision
    name, role = text(version.by, "strong"), version.role
    when = version.when.capitalize() if version.when[:1].isalpha() else version.when
    when = f"Today {when}" if len(when) < len("Yesterday") else when
    face = avatar(m, version.initials, chosen=chosen)
    if m.phone:
        head = row(face, fill(col(name, text(f"{role}, {when}", "caption", t.MUTED), gap=0)), gap=t.S3)
    else:
        head = row(face, fill(col(name, text(role, "caption", t.MUTED), gap=0)), text(when, "label", t.MUTED), gap=t.S3)
    said = side.words if side.value is not None else "Taken out"
    saw = version.saw
    evidence = row(icon(I.VISIBILITY_OUTLINED), text(saw, "caption", t.MUTED, expand=True), gap=t.S2) if saw else None
    reason = text(f"Reason: {version.reason}", "caption", t.MUTED) if version.reason else None
    glyph = I.RADIO_BUTTON_CHECKED if chosen else I.RADIO_BUTTON_UNCHECKED
    pick = pressable(
        row(icon(glyph, t.PRIMARY, 24), text("Keep this one", "strong", t.PRIMARY)),
        lambda: on_choose(Keep(side.revision)),
        label=f"Keep this one: {version.by}, {said}",
        identifier=identifier,
        selected=chosen,
        bgcolor=t.PRIMARY_SOFT if chosen else t.PAGE,
        radius=t.R_CONTROL,
        height=None if m.large_text else m.px(t.TARGET),
        padding=ft.Padding.symmetric(horizontal=12, vertical=8 if m.large_text else 0),
    )
    was = rich(Part("Was ", "body", t.MUTED), Part(question.was, "body", t.MUTED, strike=True))
    top = col(head, None if m.phone else rule(), *_said(m, said, question.was), was, evidence, reason, gap=t.S2)
    inside = ft.Column([top, pick], spacing=t.S3, alignment=ft.MainAxisAlignment.SPACE_BETWEEN)
    inside.horizontal_alignment = ft.CrossAxisAlignment.STRETCH
    inside.tight = True
    return card(inside, edge=t.PRIMARY if chosen else t.LINE, width=2)


def _said(m: Metrics, said: str, was: str) -> list[ft.Control]:
    """Each line, what differs standing out; where nothing is new, what it leaves out."""
    strong: t.TypeName = "strong" if m.phone or len(said) >= _LONG else "title"
    made: list[ft.Control] = []
    for line in pieces(said, was):
        parts: list[Part] = []
        for n, (words, new) in enumerate(line):
            parts += [Part(", ")] if n else []
            parts.append(Part(words, strong if new else "body", t.PRIMARY if new else t.INK))
        made.append(rich(*parts))
    if not any(new for line in pieces(said, was) for _, new in line):
        gone = [words for line in pieces(was, said) for words, new in line if new]
        if gone:
            made.append(rich(Part("Leaves out "), Part(", ".join(gone), "strong", t.PRIMARY)))
    return made


def evidence(m: Metrics, view: ConflictView) -> Maybe:
    """The measurements the statement is about, with what each author had seen when they signed."""
    if not view.evidence or view.target is None:
        return None
    low, high = view.target
    readings = tuple(Reading(point.at, point.value) for point in view.evidence)
    start, end = readings[0].at - timedelta(minutes=20), readings[-1].at + timedelta(minutes=40)
    seen: dict[datetime, list[str]] = {}
    for version in view.versions:
        if version.saw_at is not None:
            seen.setdefault(version.saw_at, []).append(_short(version.by))
    marks = tuple(Mark(at, f"{' and '.join(names)} saw") for at, names in seen.items())
    first = measured_when(readings[0].at, readings[-1].at).removeprefix("at ")
    note = f"Green: target {low:g}–{high:g}%"
    title = heading(f"Oxygen saturation since {first}")
    head = lines(title, text(note, "caption", t.MUTED)) if m.phone else row(fill(title), text(note, "caption", t.MUTED))
    return card(col(head, TargetChart(m, readings, low, high, start, end, marks, "%"), gap=t.S2))


def _short(name: str) -> str:
    """`Amira Khan` → `A. Khan`; a title stays: `Dr S. Mensah` → `Dr Mensah`."""
    words = name.split()
    if len(words) < 2:
        return name
    first = words[0] if words[0].rstrip(".") in ("Dr", "Mr", "Mrs", "Ms", "Miss", "Prof") else f"{words[0][0]}."
    return f"{first} {words[-1]}"
