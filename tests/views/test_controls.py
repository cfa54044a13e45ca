from __future__ import annotations

import re
from collections.abc import Callable

import flet as ft
import pytest

from fieldapp.views import theme as t
from fieldapp.views.controls.banner import Identity, allergy_danger, banner, danger_strip
from fieldapp.views.controls.charts import bp_marks, spark
from fieldapp.views.controls.forms import ReasonForm, field
from fieldapp.views.controls.layout import col
from fieldapp.views.controls.lists import alert, entry_row, tabs
from fieldapp.views.controls.marks import news2_badge, points, score_tile
from fieldapp.views.controls.pad import Key, pad, prompt, question
from fieldapp.views.controls.press import button, icon_button, segmented, switch_row
from fieldapp.views.controls.score import ScoreCell, score_header, score_words
from fieldapp.views.controls.states import state_page
from fieldapp.views.controls.travel import travel_bar
from fieldapp.views.hooks import use_state
from fieldapp.views.metrics import Metrics
from tests.views.harness import drawn, labels, run, walk, words

TABLET, PHONE, LARGE, TINY = Metrics(800), Metrics(390), Metrics(800, 2.0), Metrics(390, 2.0)
SIZES = pytest.mark.parametrize("m", [TABLET, PHONE, LARGE, TINY], ids=["tablet", "phone", "large", "tiny"])


def nothing() -> None: ...


def test_no_score_is_words_and_never_zero() -> None:
    assert words(news2_badge(TABLET, None)) == ["No NEWS2 yet"]
    assert labels(news2_badge(TABLET, 0)) == ["NEWS2 0"]
    assert words(news2_badge(TABLET, 7)) == ["NEWS2", "7"]


def test_points_are_written_and_spoken() -> None:
    assert words(points(TABLET, None)) == ["–"]
    assert labels(points(TABLET, 1)) == ["1 point"]
    assert words(score_tile(TABLET, None)) == ["NEWS2", "–"]


def test_an_icon_alone_is_named_and_a_press_arrives() -> None:
    async def story() -> None:
        pressed: list[str] = []

        @ft.component
        def view() -> ft.Control:
            return col(
                icon_button(TABLET, ft.Icons.CALL_OUTLINED, "Call", lambda: pressed.append("call")),
                button(TABLET, "Save", lambda: pressed.append("save"), identifier="save"),
                button(TABLET, "Later", None, identifier="later"),
            )

        async with drawn(view) as ui:
            await ui.tap("Call")
            await ui.tap("save")
            assert pressed == ["call", "save"]
            assert not ui.pressable("later")

    run(story)


def test_a_callback_gets_no_event_and_is_awaited() -> None:
    async def story() -> None:
        pressed: list[str] = []

        async def later() -> None:
            pressed.append("later")

        @ft.component
        def view() -> ft.Control:
            return col(
                button(TABLET, "First", lambda name="first": pressed.append(name)),
                button(TABLET, "Later", lambda: later()),
            )

        async with drawn(view) as ui:
            await ui.tap("First")
            await ui.tap("Later")
        assert pressed == ["first", "later"]

    run(story)


def test_a_button_switched_off_looks_and_is_disabled() -> None:
    made = button(TABLET, "Settle", None)
    assert isinstance(made, ft.FilledButton)
    assert made.disabled


@SIZES
def test_every_press_has_a_target_of_48_px(m: Metrics) -> None:
    keys = pad(m, lambda _: None, "Next: pulse", nothing)
    parts = [keys, button(m, "Save", nothing, height=48), icon_button(m, ft.Icons.CALL_OUTLINED, "Call", nothing)]
    parts.append(segmented(m, ["Air", "Oxygen"], 0, lambda _: None))
    parts.append(tabs(m, ["Now", "Plan"], 0, lambda _: None))
    pressed = [c for part in parts for c in walk(part) if isinstance(c, ft.Container | ft.FilledButton) and c.on_click]
    assert len(pressed) > 15
    assert all((c.height or 0) >= t.TARGET for c in pressed)


def test_segmented_names_the_question_and_marks_the_choice() -> None:
    async def story() -> None:
        @ft.component
        def view() -> ft.Control:
            chosen, choose = use_state(0)
            return segmented(
                PHONE, ["A", "V"], chosen, choose, name="Consciousness", spoken=["Alert", "Voice"], identifier="c"
            )

        async with drawn(view) as ui:
            assert ui.labels() == ["Consciousness: Alert", "Consciousness: Voice"]
            await ui.tap("c-1")
            assert [s.selected for s in ui.all(ft.Semantics) if s.selected is not None] == [False, True]

    run(story)


def test_a_switch_tells_its_new_value() -> None:
    async def story() -> None:
        seen: list[bool] = []

        @ft.component
        def view() -> ft.Control:
            return switch_row("Scale 2", "Authorised", False, seen.append, identifier="scale")

        async with drawn(view) as ui:
            await ui.toggle("scale", True)
        assert seen == [True]

    run(story)


@SIZES
def test_the_pad_offers_every_key_at_every_size(m: Metrics) -> None:
    async def story() -> None:
        typed: list[Key] = []

        @ft.component
        def view() -> ft.Control:
            return pad(m, typed.append, "Next: pulse", nothing)

        async with drawn(view) as ui:
            for name in ("1", "0", "point", "back", "plus", "minus"):
                await ui.tap(f"key-{name}")
            assert ui.pressable("key-next")
        assert typed == ["1", "0", ".", "back", "plus", "minus"]

    run(story)


def test_next_waits_while_a_question_stands() -> None:
    async def story() -> None:
        @ft.component
        def view() -> ft.Control:
            asked = question(
                TABLET, "Systolic 300 mmHg?", "Last was 128.", "Change it", nothing, "300 is right", nothing
            )
            return col(asked, pad(TABLET, lambda _: None, "Next: pulse", None))

        async with drawn(view) as ui:
            assert not ui.pressable("key-next")
            assert ui.pressable("question-change")
            assert "Systolic 300 mmHg?" in ui.words()

    run(story)


def test_the_prompt_speaks_the_whole_value() -> None:
    asked = prompt(PHONE, "Blood pressure, diastolic", "6", "mmHg", "Last 128/74 at 13:40", before="108/")
    assert labels(asked) == ["108/6 mmHg"]


CELLS = [ScoreCell("Resp", "Respiration", 2), ScoreCell("SpO₂", "SpO₂"), ScoreCell("Temp", "Temperature")]


def test_the_score_names_what_is_missing() -> None:
    assert score_words(CELLS) == ("No total yet: 1 of 3 scored", "Missing: SpO₂, temperature")
    assert score_words([ScoreCell("Resp", "Respiration", 0)]) == ("", "")


@SIZES
def test_the_missing_ones_are_told_at_every_size(m: Metrics) -> None:
    header = score_header(m, None, CELLS, on_cell=lambda _: None)
    assert any("Missing: SpO₂, temperature" in line for line in words(header) + labels(header))
    assert "Respiration, 2 points" in labels(header)


DOT = Identity("HARGREAVES, Dorothy (Mrs)", "14-Jul-1943", "83y", "Female", "999 041 2758", "Dot")


def test_the_banner_keeps_the_order_of_facts() -> None:
    said = words(banner(TABLET, DOT, nothing))
    assert said == [
        "HARGREAVES, Dorothy (Mrs)",
        "Preferred name Dot",
        "Born 14-Jul-1943 (83y)",
        "Gender Female",
        "NHS No. 999 041 2758",
    ]


def test_the_micro_banner_says_name_birth_and_number_only() -> None:
    said = words(banner(PHONE, DOT, nothing))
    assert said == ["HARGREAVES, Dorothy (Mrs)", "Born 14-Jul-1943 (83y)", "NHS No. 999 041 2758"]


def test_a_death_changes_the_ground_and_the_ages_words() -> None:
    gone = Identity("OGDEN, Harold (Mr)", "02-Mar-1931", "95y", "Male", "999 058 3617", died="20-Nov-2026")
    made = banner(TABLET, gone, nothing)
    said = words(made)
    assert said.index("Died 20-Nov-2026") == said.index("Born 02-Mar-1931") + 1
    assert "Age at death 95y" in said
    assert isinstance(made, ft.Semantics)
    assert isinstance(made.content, ft.Container)
    assert made.content.gradient is not None


@pytest.mark.parametrize(
    ("status", "statement"),
    [
        ("known", "Known allergies"),
        ("none", "No known allergies"),
        ("not_recorded", "Allergies not recorded"),
        ("unavailable", "Allergies unavailable"),
    ],
)
def test_allergies_are_one_of_four_statements(status: str, statement: str) -> None:
    made = allergy_danger(status, "", "Updated 19-Nov-2026")  # type: ignore[arg-type]
    assert words(danger_strip(TABLET, [made])) == [statement, "Updated 19-Nov-2026"]


@SIZES
def test_an_alert_is_one_press_with_one_name(m: Metrics) -> None:
    async def story() -> None:
        pressed: list[int] = []

        @ft.component
        def view() -> ft.Control:
            return alert(
                m,
                "danger",
                ft.Icons.TIMER_OUTLINED,
                "UCR clock",
                "1hr 47min",
                "OKAFOR, Grace (Mrs)",
                lambda: pressed.append(1),
                left=0.9,
            )

        async with drawn(view) as ui:
            await ui.tap("UCR clock, 1hr 47min, OKAFOR, Grace (Mrs)")
            assert "OKAFOR, Grace (Mrs)" in ui.words()
        assert pressed == [1]

    run(story)


def test_an_entry_says_its_value_and_the_one_before() -> None:
    row = entry_row(TABLET, "Pulse", "Last 94 at 13:40", "104", "/min", 1, on_click=nothing)
    assert "Pulse, 104 /min. Last 94 at 13:40" in labels(row)
    empty = entry_row(TABLET, "Pulse", "Last 94 at 13:40", "", "/min", None, on_click=nothing)
    assert "Pulse, not recorded. Last 94 at 13:40" in labels(empty)


def test_charts_have_a_spoken_name_or_are_silent() -> None:
    named = spark(TABLET, (1, 2, 3), label="Pulse 1, 2, 3")
    assert labels(named) == ["Pulse 1, 2, 3"]
    for quiet in (spark(TABLET, (1, 2)), bp_marks(TABLET, ((120, 70), (110, 60)))):
        assert isinstance(quiet, ft.Semantics)
        assert quiet.exclude_semantics


@pytest.mark.parametrize("values", [(), (1.0,), (5.0, 5.0, 5.0)])
def test_a_spark_line_survives_few_or_flat_values(values: tuple[float, ...]) -> None:
    assert spark(TABLET, values) is not None
    assert bp_marks(TABLET, tuple((120, 120) for _ in values)) is not None


def test_travel_says_when_to_leave_and_when_one_is_late() -> None:
    spare = travel_bar(PHONE, now="14:02", leave_by="14:18", start="14:30", end="15:00", spare=16, drive=12, window=30)
    assert words(spare) == ["Leave by 14:18, 16 min to spare"]
    late = travel_bar(TABLET, now="14:25", leave_by="14:18", start="14:30", end="15:00", spare=-7, drive=12, window=30)
    assert re.search("7 min late", " ".join(words(late)))


def test_a_state_is_a_sentence_and_one_action() -> None:
    page = state_page(PHONE, ft.Icons.LOCK_OUTLINED, "No visits today", "Your run is empty.", "See patients", nothing)
    assert words(page) == ["No visits today", "Your run is empty.", "See patients"]


def test_typing_reaches_the_callback_and_the_label_names_the_field() -> None:
    async def story() -> None:
        typed: list[str] = []

        @ft.component
        def view() -> ft.Control:
            return field("Reason, seen by both", "", typed.append)

        async with drawn(view) as ui:
            await ui.type("Reason, seen by both", "In target")
        assert typed == ["In target"]

    run(story)


def test_a_reason_must_be_written_before_it_settles() -> None:
    async def story() -> None:
        given: list[str] = []
        build: Callable[[], ft.Control] = lambda: ReasonForm(TABLET, "", "Settle", given.append, nothing)  # noqa: E731

        async with drawn(build) as ui:
            await ui.tap("dialog-confirm")
            assert given == []
            assert "Write a reason first" in ui.words()
            await ui.type("reason", "  Range agreed by phone ")
            await ui.tap("dialog-confirm")
        assert given == ["Range agreed by phone"]

    run(story)
