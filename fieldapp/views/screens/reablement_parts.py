"""The cards of a session: the weeks, the stopwatch, the goals, what was practised, how it felt."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from functools import partial

import flet as ft

from fieldapp.domain.display.numbers import number, signed
from fieldapp.usecases.reablement import HELP_WORDS, SCALE, SCALE_WORDS, GoalRow, Measure, Programme, Weeks
from fieldapp.usecases.therapy import Activity
from fieldapp.views import theme as t
from fieldapp.views.controls.charts import spark
from fieldapp.views.controls.forms import field
from fieldapp.views.controls.layout import START, Maybe, card, col, even, fill, lines, padded, row, rows
from fieldapp.views.controls.press import button, icon_button, pressable, segmented, silent
from fieldapp.views.controls.text import heading, icon, quantity, section, text
from fieldapp.views.hooks import use_state
from fieldapp.views.metrics import Metrics
from fieldapp.views.screens.reablement_desk import LONGEST, Count, Desk

I = ft.Icons  # noqa: E741
SPOKEN = ("much less than expected", "less than expected", "as expected", "more than expected", "much more")
_LEVELS = tuple(HELP_WORDS)


def weeks_card(m: Metrics, shown: Programme) -> Maybe:
    """Where the six weeks stand, and the measures over the sessions."""
    weeks = shown.weeks
    sessions = Measure("Sessions", str(shown.sessions), "recorded", None, ())
    measures = [each for each in (shown.timed_up_and_go, shown.barthel, sessions) if each is not None]
    drawn = [_measure(m, each) for each in measures]
    under = col(*drawn, gap=t.S3) if m.phone else even(*drawn)
    if weeks is None:
        return card(under)
    ends = text(weeks.ends, "caption", t.MUTED)
    head = lines(heading(weeks.headline), ends) if m.phone else row(fill(heading(weeks.headline)), ends)
    late = text("The six weeks are over. Agree what comes next.", "label", t.DANGER) if weeks.past_end else None
    return card(col(head, _bars(m, weeks), late, under, gap=t.S3))


def _bars(m: Metrics, weeks: Weeks) -> ft.Control:
    def bar(n: int) -> ft.Control:
        over = n < weeks.week
        ground = t.DONE if over else t.PRIMARY_SOFT if n == weeks.week else t.SUNKEN
        inside: Maybe = None
        if n == weeks.week:
            done = max(1, round(weeks.fraction * 100))
            left = ft.Container(expand=100 - done) if done < 100 else None
            inside = row(ft.Container(height=12, bgcolor=t.PRIMARY, expand=done), left, gap=0)
        made = ft.Container(
            inside, height=12, bgcolor=ground, border_radius=6, clip_behavior=ft.ClipBehavior.ANTI_ALIAS
        )
        ink = t.PRIMARY if n == weeks.week else t.MUTED
        name = str(n) if m.phone else f"Week {n}"
        return fill(col(made, text(name, "label" if n == weeks.week else "caption", ink, no_wrap=True), gap=t.S1))

    return silent(row(*[bar(n) for n in range(1, weeks.weeks + 1)], gap=t.S1))


def _measure(m: Metrics, each: Measure) -> ft.Control:
    values = [value for _, value in each.series]
    curve = spark(m, values, 48, 24) if len(values) > 1 else None
    first = text(each.first, "caption", t.MUTED) if each.first else None
    figure = row(quantity(each.value, each.unit), curve, gap=t.S4)
    return col(text(each.label, "label", t.MUTED), figure, first, gap=0)


# --- Timed Up and Go ---


def stopwatch(m: Metrics, desk: Desk, last: Measure | None) -> ft.Control:
    """The stopwatch, and the attempts so far, each of which can be put right."""
    attempts = desk.draft.timed_up_and_go
    running = desk.began is not None
    label = f"Timed Up and Go, attempt {len(attempts) + 1}"
    face = Running(m, desk, desk.began)
    press = pressable(
        col(
            icon(I.STOP_ROUNDED if running else I.PLAY_ARROW_ROUNDED, t.ON_PRIMARY, 28),
            text("Stop" if running else "Start", "strong", t.ON_PRIMARY),
            gap=0,
            align=ft.CrossAxisAlignment.CENTER,
        ),
        desk.stop if running else desk.start,
        label="Stop the stopwatch" if running else "Start the stopwatch",
        identifier="stopwatch",
        bgcolor=t.PRIMARY,
        width=m.px(104),
        height=m.px(104),
        radius=m.px(52),
        alignment=ft.Alignment.CENTER,
    )
    before = text(f"Last session {last.value}\u2009s", "caption", t.MUTED) if last else None
    head = row(fill(col(text(label, "label", t.MUTED), face, before, gap=0)), press, gap=t.S4)
    fields = [Attempt(m, desk, n, seconds) for n, seconds in enumerate(attempts)]
    made: Maybe = None
    if fields:
        made = col(*fields) if m.phone else even(*fields, *[ft.Container()] * (2 - len(fields)))
    return card(col(head, made, gap=t.S3))


@ft.component
def Attempt(m: Metrics, desk: Desk, n: int, seconds: float) -> ft.Control:
    """One attempt, to put right or take out. What cannot be a time yet stays in the field and changes nothing."""
    words, set_words = use_state(number(seconds))
    known = seconds_of(words)

    def typed(said: str) -> None:
        set_words(said)
        meant = seconds_of(said)
        if meant is not None:
            desk.time(n, meant)

    shown = words if known is None or known == seconds else number(seconds)
    wrong = "" if known is not None else "Write seconds, such as 14.2"
    label = f"Attempt {n + 1}, seconds"
    made = field(label, shown, typed, error=wrong, keyboard=ft.KeyboardType.NUMBER, identifier=f"attempt-{n}")
    drop = icon_button(
        m, I.CLOSE_ROUNDED, f"Take out attempt {n + 1}", partial(desk.time, n, None), identifier=f"attempt-{n}-drop"
    )
    return row(fill(made), ft.Container(drop, margin=ft.Margin.only(top=m.px(24))), align=START)


def seconds_of(words: str) -> float | None:
    """The seconds somebody typed; None for what is not a time of at most ten minutes."""
    try:
        seconds = float(words.strip().replace(",", "."))
    except ValueError:
        return None
    return round(seconds, 1) if 0 < seconds <= LONGEST else None


@ft.component
def Running(m: Metrics, desk: Desk, since: float | None) -> ft.Control:
    """The time on the stopwatch; it alone is redrawn while it runs."""
    _, tick = use_state(0)

    async def run() -> None:
        while since is not None:
            await asyncio.sleep(0.1)
            tick(lambda n: n + 1)

    ft.use_effect(run, [since])
    attempts = desk.draft.timed_up_and_go
    seconds = desk.elapsed() if since is not None else attempts[-1] if attempts else 0.0
    minutes, rest = divmod(seconds, 60)
    words = f"{int(minutes):02d}:{rest:04.1f}"
    return ft.Semantics(identifier="elapsed", label=words, content=silent(text(words, "figure", no_wrap=True)))


# --- Goals ---


def goals_part(m: Metrics, desk: Desk, goals: tuple[GoalRow, ...]) -> list[Maybe]:
    """Each goal in the person's words, scored on the goal attainment scale."""
    if not goals:
        words = col(
            heading("No goals yet"),
            text("Write down what they want to be able to do again, in their words.", "body", t.MUTED),
            row(button(m, "Add a goal", desk.open_sheet("goal"), glyph=I.ADD_ROUNDED, identifier="add-goal")),
            gap=t.S2,
        )
        return [section("Goals"), card(words)]
    add = button(
        m, "Add a goal", desk.open_sheet("goal"), "quiet", I.ADD_ROUNDED, height=t.TARGET, identifier="add-goal"
    )
    note = "" if m.phone else SCALE_WORDS
    made = rows(*[_goal(m, desk, n, goal) for n, goal in enumerate(goals)])
    return [section("Goals", note), text(SCALE_WORDS, "caption", t.MUTED) if m.phone else None, made, row(add)]


def _goal(m: Metrics, desk: Desk, n: int, goal: GoalRow) -> ft.Control:
    detail = " · ".join(filter(None, (goal.detail, goal.was, "Two versions: settle" if goal.disputed else None)))
    words = col(text(f"“{goal.quote}”", "strong"), text(detail, "caption", t.MUTED) if detail else None, gap=0)
    score = desk.draft.scores.get(goal.record)
    pick = segmented(
        m,
        [signed(value) for value in SCALE],
        None if score is None else SCALE.index(score),
        partial(desk.score, goal.record),
        name=goal.quote,
        spoken=[f"{signed(value)}, {said}" for value, said in zip(SCALE, SPOKEN, strict=True)],
        identifier=f"goal-{n}",
    )
    if m.phone:
        return padded(col(words, pick))
    return padded(row(fill(words), ft.Container(pick, width=280), gap=t.S4), vertical=8)


# --- Activities ---


def activities_part(m: Metrics, desk: Desk) -> list[Maybe]:
    """What was practised, for how long, with how much help."""
    draft = desk.draft
    note = f"{draft.activity_minutes} min" if draft.activity_minutes else ""
    made = rows(*[_activity(m, desk, n, each) for n, each in enumerate(draft.activities)]) if draft.activities else None
    add = button(
        m,
        "Add activity",
        desk.open_sheet("activity"),
        "soft",
        I.ADD_ROUNDED,
        height=t.TARGET,
        identifier="add-activity",
    )
    return [section("Today’s activities", note), made, row(add)]


def _activity(m: Metrics, desk: Desk, n: int, each: Activity) -> ft.Control:
    minutes = f"{each.minutes} min" if each.minutes is not None else ""
    helped = HELP_WORDS.get(each.help or "", "")
    level = _LEVELS.index(each.help) + 1 if each.help in _LEVELS else 0
    marks = row(
        *[
            ft.Container(width=20, height=8, border_radius=4, bgcolor=t.PRIMARY if i < level else t.SUNKEN)
            for i in range(len(_LEVELS))
        ],
        gap=2,
        tight=True,
    )
    go = icon(I.CHEVRON_RIGHT_ROUNDED)
    if m.phone:
        under = text(", ".join(filter(None, (minutes, helped))), "caption", t.MUTED)
        inside = row(fill(col(text(each.what), under, gap=0)), go)
    else:
        word = ft.Container(text(helped, "label"), width=m.px(104))
        inside = row(
            fill(text(each.what)), text(minutes, "caption", t.MUTED), marks if level else None, word, go, gap=t.S3
        )
    said = ", ".join(filter(None, (each.what, minutes, helped)))
    return pressable(
        inside,
        desk.open_sheet("activity", n),
        label=said,
        identifier=f"activity-{n}",
        padding=ft.Padding.symmetric(horizontal=16, vertical=12),
    )


# --- How it felt, what comes next ---


def felt_card(m: Metrics, desk: Desk, shown: Programme) -> ft.Control:
    """Effort, pain, the Barthel index with its scale, and their own words."""
    draft = desk.draft
    last = (
        int(float(shown.barthel.value))
        if shown.barthel and shown.barthel.label.endswith(str(draft.barthel_scale))
        else None
    )
    scale = segmented(
        m,
        ("of 20", "of 100"),
        (20, 100).index(draft.barthel_scale),
        desk.scale,
        name="Barthel scale",
        identifier="barthel-scale",
    )
    return card(
        col(
            heading("How it felt"),
            _counter(m, desk, "effort_borg", "Effort, Borg 6 to 20", "effort", draft.effort_borg, shown.effort_was),
            _counter(m, desk, "pain_after", "Pain after, of 10", "pain", draft.pain_after, shown.pain_was),
            _counter(m, desk, "barthel", f"Barthel, of {draft.barthel_scale}", "barthel", draft.barthel, last),
            scale,
            field("In their words", draft.quote or "", desk.quote, lines=2, identifier="quote"),
            gap=t.S3,
        )
    )


def _counter(
    m: Metrics, desk: Desk, name: Count, label: str, identifier: str, value: int | None, was: int | None
) -> ft.Control:
    shown = text("–" if value is None else str(value), "title", t.MUTED if value is None else t.INK)
    before = text(f"was {was}", "caption", t.MUTED) if was is not None else None
    words = col(text(label), before, gap=0)

    def step(way: int, glyph: ft.IconData, said: str) -> ft.Control:
        press: Callable[[], None] = partial(desk.count, name, way, was)
        return icon_button(
            m, glyph, f"{label}, {said}", press, color=t.ON_PRIMARY_SOFT, bgcolor=t.PRIMARY_SOFT,
            identifier=f"{identifier}-{'more' if way > 0 else 'less'}",
        )  # fmt: skip

    figure = ft.Container(shown, width=m.px(44), alignment=ft.Alignment.CENTER)
    said = ft.Semantics(
        identifier=identifier, label=f"{label}: {'not recorded' if value is None else value}", content=silent(figure)
    )
    steps = row(step(-1, I.REMOVE_ROUNDED, "one less"), said, step(1, I.ADD_ROUNDED, "one more"), tight=True)
    return col(words, steps, gap=t.S1, align=START) if m.tiny else row(fill(words), steps)


def next_card(desk: Desk) -> ft.Control:
    """What the next session is for."""
    return card(
        col(
            heading("Next session"),
            field(
                "Plan for the next session",
                desk.draft.next_session or "",
                desk.ahead,
                lines=4,
                hint="What to try, what to bring",
                identifier="next-session",
            ),
            gap=t.S3,
        )
    )
