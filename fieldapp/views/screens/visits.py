"""The visit as a card, a row and a set of buttons, for Today and the pane beside it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

import flet as ft

from fieldapp.usecases.caseload import Stop
from fieldapp.usecases.people import Identity
from fieldapp.usecases.visits import WORDS, Travel, Visit, VisitAction
from fieldapp.views import theme as t
from fieldapp.views.controls.layout import BETWEEN, CENTER, START, Maybe, card, col, fact, fill, lines, row, wrap
from fieldapp.views.controls.marks import chip, news2_badge, tag
from fieldapp.views.controls.press import OnClick, button, icon_button, pressable
from fieldapp.views.controls.text import heading, icon, text
from fieldapp.views.controls.travel import travel_bar
from fieldapp.views.hooks import memo
from fieldapp.views.metrics import Metrics
from fieldapp.views.people import map_url, summary_line

I = ft.Icons  # noqa: E741

_GLYPHS: Final[dict[VisitAction, ft.IconData]] = {
    "on_the_way": I.NAVIGATION_OUTLINED,
    "running_late": I.SCHEDULE_ROUNDED,
    "arrived": I.PLACE_OUTLINED,
    "done": I.CHECK_ROUNDED,
}

Say = Callable[[Stop, VisitAction], None]


def travel(m: Metrics, journey: Travel) -> ft.Control:
    """The travel bar of a journey still ahead."""
    return travel_bar(
        m,
        now=journey.now,
        leave_by=journey.leave_by,
        start=journey.starts,
        end=journey.ends,
        spare=-journey.late_by if journey.late_by else journey.spare,
        drive=journey.drive,
        window=journey.window,
    )


def journey(m: Metrics, visit: Visit) -> Maybe:
    """The travel bar, or how far the visit has got; nothing where there is neither."""
    if visit.travel is not None:
        return travel(m, visit.travel)
    return fact(I.DIRECTIONS_CAR_OUTLINED, visit.progress) if visit.progress != "Planned" else None


def flag_chip(stop: Stop) -> Maybe:
    """Why this visit stands where it stands."""
    if stop.flag is None:
        return None
    return chip(stop.flag, "danger", I.TIMER_OUTLINED if stop.clock_ends_at else I.SCHEDULE_ROUNDED)


def needs_chips(who: Identity) -> list[ft.Control]:
    """How this person must be spoken or written to."""
    return [chip(", ".join(who.needs), "primary", I.FLAG_OUTLINED)] if who.needs else []


def badge(m: Metrics, stop: Stop) -> ft.Control:
    return news2_badge(m, stop.score.total, stop.score.words or "No NEWS2 yet")


def reach(m: Metrics, who: Identity, on_url: Callable[[str], None]) -> list[ft.Control]:
    """Call and Directions, where there is a number and an address. Icons alone on a phone."""
    found = (
        ("Call", "call", I.CALL_OUTLINED, who.phone_uri),
        ("Directions", "directions", I.DIRECTIONS_CAR_OUTLINED, map_url(who)),
    )
    made: list[ft.Control] = []
    for words, identifier, glyph, url in found:
        if url is None:
            continue
        press = _opening(on_url, url)
        if m.phone:
            made.append(
                icon_button(
                    m,
                    glyph,
                    words,
                    press,
                    color=t.PRIMARY,
                    bgcolor=t.PRIMARY_SOFT,
                    size=t.ACTION,
                    identifier=identifier,
                )
            )
        else:
            made.append(button(m, words, press, "secondary", glyph, identifier=identifier))
    return made


def _opening(on_url: Callable[[str], None], url: str) -> OnClick:
    return lambda: on_url(url)


def say_button(m: Metrics, stop: Stop, on_say: Say) -> Maybe:
    """The likeliest thing to say about the visit now; None once it is over."""
    if not stop.visit.actions:
        return None
    action = stop.visit.actions[0]
    return button(
        m, WORDS[action], lambda: on_say(stop, action), glyph=_GLYPHS[action], expand=True, identifier="say-visit"
    )


def late_button(m: Metrics, stop: Stop, on_say: Say) -> Maybe:
    """*Running late*, once it is too late to be in time."""
    visit = stop.visit
    behind = visit.standing in ("late", "on_the_way") or (visit.travel is not None and visit.travel.late_by > 0)
    if "running_late" not in visit.actions or not behind:
        return None
    words, glyph = WORDS["running_late"], _GLYPHS["running_late"]
    return button(
        m, words, lambda: on_say(stop, "running_late"), "secondary", glyph, expand=True, identifier="say-late"
    )


def actions(m: Metrics, stop: Stop, on_say: Say, on_url: Callable[[str], None]) -> list[ft.Control]:
    """The rows of buttons of one visit."""
    first = say_button(m, stop, on_say)
    late = late_button(m, stop, on_say)
    near = reach(m, stop.who, on_url) if stop.visit.standing != "arrived" else []
    if m.large_text and m.phone:
        return [row(*each) for each in ([first], [late], near) if any(each)]
    made: list[ft.Control] = [row(*near, first)] if near or first is not None else []
    return [*made, row(late)] if late is not None else made


def visit_title(stop: Stop) -> str:
    """What the leading card is called."""
    return {"on_the_way": "On the way", "arrived": "With the patient"}.get(stop.visit.standing, "Next visit")


def leading(
    m: Metrics, stop: Stop, on_open: Callable[[str], None], on_say: Say, on_url: Callable[[str], None]
) -> ft.Control:
    """The large card of the run: who, where, why, when to leave, one thing to press."""
    visit, who = stop.visit, stop.who
    top = ft.Row(
        [text(visit_title(stop), "strong", t.PRIMARY), text(visit.window, "heading")],
        alignment=BETWEEN,
        vertical_alignment=CENTER,
        wrap=True,
    )
    name = pressable(
        row(
            fill(col(heading(who.name, "title"), text(summary_line(who), "caption", t.MUTED), gap=0)),
            icon(I.CHEVRON_RIGHT_ROUNDED, t.PRIMARY, 28),
        ),
        lambda: on_open(visit.patient),
        label=f"Open {who.name}",
        identifier="open-next",
        radius=t.R_CHIP,
    )
    facts = col(
        fact(I.MEDICAL_SERVICES_OUTLINED, visit.why) if visit.why else None,
        fact(I.PLACE_OUTLINED, who.address),
        fact(I.KEY_OUTLINED, access) if (access := visit.access or who.access) else None,
        gap=t.S1,
    )
    under = journey(m, visit)
    marks = wrap(badge(m, stop), flag_chip(stop), tag(stop.pathway) if stop.pathway else None, *needs_chips(who))
    parts = (top, name, marks, facts, under, *actions(m, stop, on_say, on_url))
    return ft.Semantics(
        identifier="next-visit",
        content=card(col(*parts, gap=t.S3), padding=t.S4 if m.phone else t.S5, edge=t.PRIMARY, width=2),
    )


@ft.component
def _VisitRow(m: Metrics, stop: Stop, selected: bool, on_open: Callable[[str], None]) -> ft.Control:
    visit = stop.visit
    late = visit.standing == "late" or stop.overdue
    strong = t.DANGER if late else t.ON_PRIMARY_SOFT if selected else t.INK
    quiet = t.DANGER if late else t.ON_PRIMARY_SOFT if selected else t.MUTED
    starts, _, ends = visit.window.partition("–")
    when = ft.Container(lines(text(starts, "heading", strong), text(ends, "caption", quiet)), width=m.px(60))
    under = visit.progress if visit.standing in ("on_the_way", "arrived", "cancelled", "moved") else visit.why
    marks = wrap(
        badge(m, stop) if m.phone else None,
        flag_chip(stop),
        tag(stop.pathway) if stop.pathway else None,
        *needs_chips(stop.who),
    )
    words = col(
        text(stop.who.name, "strong", t.ON_PRIMARY_SOFT if selected else t.INK),
        text(under, "caption", t.ON_PRIMARY_SOFT if selected else t.MUTED) if under else None,
        ft.Container(marks, margin=ft.Margin.only(top=4)) if marks.controls else None,
        gap=0,
    )
    aside = icon(I.CHEVRON_RIGHT_ROUNDED, t.PRIMARY, 24) if selected else None if m.phone else badge(m, stop)
    said = [visit.window, stop.who.name, under, stop.flag, stop.pathway, _score_words(stop)]
    return pressable(
        row(when, fill(words), aside, gap=t.S3, align=START),
        lambda: on_open(visit.patient),
        label=", ".join(w for w in said if w),
        identifier=f"visit-{visit.record}",
        selected=selected or None,
        bgcolor=t.PRIMARY_SOFT if selected else None,
        padding=ft.Padding.symmetric(horizontal=12 if m.phone else t.S4, vertical=12),
    )


def _score_words(stop: Stop) -> str | None:
    return stop.score.words if stop.score.total is None else f"NEWS2 {stop.score.total}"


@ft.component
def _DoneRow(m: Metrics, stop: Stop, on_open: Callable[[str], None]) -> ft.Control:
    starts = stop.visit.window.partition("–")[0]
    sent = "Sent" if stop.sent == "sent" else "Sent back" if stop.sent == "refused" else "On tablet"
    progress = stop.visit.progress
    inside = row(
        icon(I.CHECK_CIRCLE_ROUNDED, t.DONE, 20),
        ft.Container(text(starts, "body", t.MUTED), width=m.px(52)),
        fill(col(text(stop.who.name, "body", t.MUTED), text(progress, "caption", t.MUTED), gap=0)),
        text(sent, "caption", t.MUTED),
        gap=t.S3,
    )
    return pressable(
        inside,
        lambda: on_open(stop.visit.patient),
        label=f"{starts}, {stop.who.name}, {progress}, {sent.lower()}",
        identifier=f"visit-{stop.visit.record}",
        padding=ft.Padding.symmetric(horizontal=t.S4, vertical=12),
    )


VisitRow = memo(_VisitRow)
DoneRow = memo(_DoneRow)
