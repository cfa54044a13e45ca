"""The text of every state. Undefined names are silent in the templates, so the words are what is tested."""

from __future__ import annotations

import logging
import re
from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from server.pages import (
    Address,
    AnswerKind,
    Carer,
    GivenAnswer,
    VisitPage,
    VisitState,
    Window,
    Wording,
    render_dead_link,
    render_visit,
)
from server.pages.gallery import MORNING, PAGES, at, gallery
from server.pages.render import Notice
from tests.pages.site import buttons_of, text_of

WORDING = Wording()
STATES: dict[str, tuple[list[str], list[str]]] = {
    "planned": (
        [
            "Planned",
            "Today, Tuesday 24 November",
            "10am to 12 midday",
            "Ann, nurse, plans to come in this time.",
            "You will see a shorter time here when Ann sets off.",
            "Up to date at 8:12am. Check again",
            "Does this time suit you?",
            "Who is coming",
            "Ann’s badge has a blue NHS band, a photo, “Ann” and “Nurse”. Ask to see it.",
            "Not sure? Keep the door shut and ring us.",
            "To see how you are, check your blood pressure and change a dressing",
            "About 40 minutes",
            "Glasses or hearing aids, if you use them",
            "Wed 25 Nov 1pm to 3pm, Physiotherapist",
            "01632 960 123",
            "Text relay: 18001 01632 960 123",
        ],
        ["This time suits me", "I can’t be there", "Please ring me"],
    ),
    "answered": (
        [
            "Planned",
            "10am to 12 midday",
            "You said: this time suits me",
            "Sent at 8:12am. The hub has it. Ann has not seen it yet.",
            "Change your answer",
        ],
        ["I can’t be there", "Please ring me"],
    ),
    "asked-to-ring": (
        ["You said: please ring me", "Ann has seen it.", "We will ring you as soon as we can.", "You sent a note"],
        ["This time suits me", "I can’t be there"],
    ),
    "unnamed": (
        ["An occupational therapist plans to come in this time.", "when the occupational therapist sets off."],
        ["This time suits me", "I can’t be there", "Please ring me"],
    ),
    "overdue": (
        ["Sorry. This time has passed and we do not know why. Please ring us.", "Has nobody come?"],
        ["I am still waiting: ring me", "I can’t be there"],
    ),
    "on-the-way": (
        [
            "On the way",
            "10:40am to 11am",
            "Shorter now. It was 10am to 12 midday.",
            "Ann, nurse, is on the way to you.",
        ],
        ["Please ring me", "I can’t be there"],
    ),
    "late": (
        [
            "Running late",
            "12:15pm to 12:45pm",
            "Before: 10am to 12 midday",
            "Sorry. Ann, nurse, is still coming. Another visit took longer than planned.",
            "Does the new time suit you?",
        ],
        ["The new time suits me", "I can’t be there", "Please ring me"],
    ),
    "here": (
        [
            "Here now",
            "Ann arrived at 10:52am",
            "The visit takes about 40 minutes.",
            "Is Ann not with you?",
            "Ring us on 01632 960 123",
            "Who is here",
        ],
        [],
    ),
    "done": (
        [
            "Done",
            "Your visit is done",
            "Ann, nurse, left at 11:35am. Your next visit is tomorrow, 1pm to 3pm.",
            "Did Ann listen to you?",
            "Did you get to say what matters most to you?",
            "Partly",
            "Your answers never affect your care.",
        ],
        ["Send answers"],
    ),
    "thanked": (["Thank you for your answers", "Sent at 11:40am."], []),
    "moved": (
        [
            "Moved to tomorrow",
            "Tomorrow, Wednesday 25 November",
            "1pm to 3pm",
            "Before: Tuesday 24 November, 10am to 12 midday",
            "Sorry. We are short of staff today. Ann, nurse, plans to come tomorrow instead.",
            "Can it wait until tomorrow?",
        ],
        ["Tomorrow suits me", "I can’t wait: ring me today", "I can’t be there"],
    ),
    "cancelled": (
        [
            "Cancelled",
            "Nobody is coming today",
            "We cancelled because you told us you can’t be there. Your next visit is tomorrow, 1pm to 3pm.",
            "Is this wrong?",
        ],
        ["I still need a visit: ring me"],
    ),
    "stale": (
        [
            "10am to 12 midday",
            "This news is 25 minutes old",
            "The nurse has no signal. Ann may already be on the way. We last heard from Ann at 9:57am.",
            "We get your answer at once. Ann will see it when the signal is back.",
        ],
        ["This time suits me", "I can’t be there", "Please ring me"],
    ),
    "worse": (
        ["You told us: I feel worse", "If you get worse, do not wait: call 999 or ring us."],
        ["This time suits me", "I can’t be there", "Please ring me"],
    ),
}


def test_every_page_of_the_gallery_is_described() -> None:
    assert set(STATES) == set(PAGES)
    assert {page.state for page, _ in PAGES.values()} == set(VisitState)


@pytest.mark.parametrize("name", STATES)
def test_state_in_words(name: str) -> None:
    page, now = PAGES[name]
    html = render_visit(page, WORDING, now)
    text = text_of(html)
    expected, buttons = STATES[name]
    assert [line for line in expected if line not in text] == []
    asked = [b for b in buttons_of(html) if b not in ("Tell the team I feel worse", "Send note")]
    assert asked == buttons
    assert ("This news is" in text) == (name == "stale")
    assert html.count("<h1>") == 1


@pytest.mark.parametrize("name", PAGES)
def test_feeling_worse_says_999_before_anything_can_be_sent(name: str) -> None:
    page, now = PAGES[name]
    html = render_visit(page, WORDING, now)
    assert 0 < html.index("Call 999 now if you have") < html.index('href="tel:999"') < html.index('href="tel:111"')
    if page.worse_at is None:
        assert html.index('href="tel:111"') < html.index("Tell the team I feel worse")
        assert "It does not replace a call" in html
        assert "Tell the team I feel worse" in buttons_of(html)
    else:
        assert "Tell the team I feel worse" not in html


@pytest.mark.parametrize("name", gallery())
def test_nothing_inline_and_nothing_from_elsewhere(name: str) -> None:
    html = gallery()[name]
    assert not re.search(r"<script|<style|\sstyle=|\son\w+=|https?://(?!www\.w3\.org/2000/svg)", html)
    assert "undefined" not in html.lower()
    assert not re.search(r"\bNone\b|\{\w*\}", text_of(html))


def test_dead_link_in_words() -> None:
    text = text_of(render_dead_link(WORDING))
    for line in (
        "This link does not work any more",
        "Use the link in the newest message that we sent you.",
        "If that link does not work, ring us.",
        "01632 960 100",
        "Call 999",
        "Call 111",
    ):
        assert line in text
    assert text.index("01632 960 100") < text.index("Call 999")


def test_paper_says_when_it_was_printed_and_not_today() -> None:
    page, now = PAGES["planned"]
    html = render_visit(page, WORDING, now)
    assert '<span class="visit-screen">Today, Tuesday 24 November</span>' in html
    assert '<span class="visit-paper">Tuesday 24 November</span>' in html
    assert '<p class="visit-paper">Printed at 8:12am on 24 November 2026. Times can change. To check, ring us.' in html


def test_codes_without_an_approved_phrase_are_left_out_and_counted(caplog: pytest.LogCaptureFixture) -> None:
    page, now = PAGES["late"]
    page = replace(page, reason="Mrs Jones next door fell", what_for=("check-up", "leg ulcer"))
    with caplog.at_level(logging.WARNING):
        text = text_of(render_visit(page, WORDING, now))
    assert "Sorry. Ann, nurse, is still coming.\n" in text
    assert "To see how you are\n" in text
    assert "Jones" not in text + caplog.text
    assert "ulcer" not in text + caplog.text
    assert "lacks 1 of 2 codes" in caplog.text


def test_what_was_written_is_kept_and_cannot_become_markup() -> None:
    page, now = PAGES["planned"]
    evil = "</textarea><script>alert(1)</script>"
    notice = Notice("Please write 300 letters or fewer.", "note", evil)
    page = replace(page, carer=Carer("<i>nurse", "<b>Ann"))
    html = render_visit(page, WORDING, now, Address(), notice)
    assert "<script" not in html
    assert "<b>Ann" not in html
    assert "<i>nurse" not in html
    assert "&lt;/textarea&gt;&lt;script&gt;alert(1)" in html


def test_answer_about_an_earlier_time_is_asked_again() -> None:
    page, now = PAGES["late"]
    page = replace(page, answer=GivenAnswer(AnswerKind.SUITS, at(8, 12), MORNING))
    html = render_visit(page, WORDING, now)
    assert "You said" not in html
    assert "The new time suits me" in buttons_of(html)


@pytest.mark.parametrize(
    ("start", "tag", "question", "ring"),
    [
        (at(15), "New time", "Does the new time suit you?", "I can’t wait: ring me"),
        (at(9, day=26), "Moved to Thursday", "Can it wait until Thursday 26 November?", "I can’t wait: ring me today"),
    ],
)
def test_moved_within_the_day_or_further(start: datetime, tag: str, question: str, ring: str) -> None:
    page, now = PAGES["moved"]
    page = replace(page, window=Window(start, start + timedelta(hours=2)))
    html = render_visit(page, WORDING, now)
    assert tag in text_of(html).split("\n")
    assert question in text_of(html)
    assert ring in buttons_of(html)


def test_moved_page_looked_at_on_the_new_day() -> None:
    page, _ = PAGES["moved"]
    text = text_of(render_visit(page, WORDING, at(8, day=25)))
    assert "Moved to today" in text
    assert "Today, Wednesday 25 November" in text


def test_old_news_does_not_matter_the_evening_before() -> None:
    page, _ = PAGES["planned"]
    assert "This news is" not in render_visit(page, WORDING, at(22, day=23))
    late_evening = replace(page, last_heard=at(17, day=23))
    assert "This news is" not in render_visit(late_evening, WORDING, at(8))
    in_the_morning = text_of(render_visit(late_evening, WORDING, at(9)))
    assert "This news is 16 hours old" in in_the_morning
    assert "We last heard from Ann at 5pm on Monday 23 November." in in_the_morning
    assert "no signal" not in in_the_morning


_MINUTES = st.integers(-3 * 24 * 60, 3 * 24 * 60).map(lambda m: at(12) + timedelta(minutes=m))
_WINDOWS = st.builds(lambda s, m: Window(s, s + timedelta(minutes=m)), _MINUTES, st.integers(0, 600))


@settings(max_examples=60, deadline=None)
@given(
    state=st.sampled_from(VisitState),
    window=_WINDOWS,
    before=st.none() | _WINDOWS,
    heard=st.none() | _MINUTES,
    answer=st.none()
    | st.builds(
        GivenAnswer,
        st.sampled_from([AnswerKind.SUITS, AnswerKind.CANNOT, AnswerKind.RING]),
        _MINUTES,
        st.none() | _WINDOWS,
        st.booleans(),
    ),
    name=st.sampled_from([None, "Ann", "Siân", "O’Neil-Adebayo"]),
    now=_MINUTES,
)
def test_any_visit_makes_a_whole_page(
    state: VisitState,
    window: Window,
    before: Window | None,
    heard: datetime | None,
    answer: GivenAnswer | None,
    name: str | None,
    now: datetime,
) -> None:
    base, _ = PAGES["planned"]
    page = VisitPage(
        state, window, Carer("nurse", name), base.team, before, last_heard=heard, answer=answer, what_for=("check-up",)
    )
    html = render_visit(page, WORDING, now, Address("/visit/a", "/visit/a/answer", "", "proof"))
    text = text_of(html)
    assert html.count("<h1>") == 1
    assert html.count('action="/visit/a/answer"') == html.count('name="check" value="proof"') == html.count("<form ")
    assert not re.search(r"\bNone\b|  |\.\.|,,| ,|\{", text)
    assert ("Ring us on" in text.split("I feel worse")[0]) == (state is VisitState.HERE or page.is_overdue(now))
