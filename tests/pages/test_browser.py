"""The pages in a real browser: sizes, contrast and names, no script, a strict policy, a foreign site."""

from __future__ import annotations

import re

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, BrowserContext, Page, expect

from server.pages import AnswerKind, new_token
from server.pages.gallery import PAGES
from tests.pages.site import Site

VIEWS = [*PAGES, "dead-link", "closed", "large"]


def show(page: Page, site: Site, view: str) -> None:
    """Open a view the way a patient would."""
    if view == "dead-link":
        page.goto(f"{site.url}/v/{new_token()}")
    elif view == "closed":
        page.goto(f"{site.url}/visit/aaaaaaaaaa")
    elif view == "large":
        page.goto(f"{site.send('late')}?print=large")
    else:
        page.goto(site.send(view))


def open_all(page: Page) -> None:
    """Open what can be opened, so that it is checked too."""
    closed = page.locator("details:not([open]) > summary")
    for _ in range(closed.count()):
        closed.first.click()
    expect(closed).to_have_count(0)


def overflow(page: Page) -> int:
    """How many pixels the page is wider than its window."""
    return page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")


def complaints(page: Page) -> list[str]:
    """What the browser says about the page, and what it asks other hosts for, from now on."""
    found: list[str] = []
    page.on("console", lambda message: found.append(message.text) if message.type in ("error", "warning") else None)
    page.on("pageerror", lambda error: found.append(str(error)))
    page.on("requestfailed", lambda request: found.append(f"failed: {request.url}"))
    page.on("request", lambda r: found.append(r.url) if not r.url.startswith("http://127.0.0.1:") else None)
    return found


@pytest.mark.parametrize("view", VIEWS)
def test_nothing_stands_in_anybodys_way(view: str, site: Site, phone: BrowserContext) -> None:
    page = phone.new_page()
    said = complaints(page)
    show(page, site, view)
    open_all(page)
    results = Axe().run(page)
    assert results.violations_count == 0, results.generate_report()
    page.set_viewport_size({"width": 320, "height": 640})
    assert overflow(page) == 0
    page.set_viewport_size({"width": 1280, "height": 900})
    assert overflow(page) == 0
    expected_404 = "the server responded with a status of 404"
    assert [s for s in said if not (view in ("dead-link", "closed") and expected_404 in s)] == []


@pytest.mark.parametrize("view", VIEWS)
def test_text_at_200_percent_needs_no_sideways_scroll(view: str, site: Site, chromium_with_large_text: Browser) -> None:
    context = chromium_with_large_text.new_context(viewport={"width": 390, "height": 844}, locale="en-GB")
    try:
        page = context.new_page()
        show(page, site, view)
        open_all(page)
        assert page.evaluate("getComputedStyle(document.documentElement).fontSize") == "32px"
        assert overflow(page) == 0
    finally:
        context.close()


@pytest.mark.parametrize("view", ["planned", "late", "here", "done", "moved", "worse", "dead-link"])
def test_targets_are_large_enough(view: str, site: Site, phone: BrowserContext) -> None:
    page = phone.new_page()
    show(page, site, view)
    open_all(page)
    small: list[str] = page.evaluate(
        """() => [...document.querySelectorAll('main a, main button, main summary, header a, main textarea')]
            .filter(e => e.offsetParent && e.getBoundingClientRect().height < 30)
            .map(e => e.textContent.trim() + ' ' + e.getBoundingClientRect().height)"""
    )
    assert small == []
    for button in page.get_by_role("button").all():
        box = button.bounding_box()
        assert box is not None
        assert box["height"] >= 48
    sizes: list[float] = page.evaluate(
        """() => [...document.querySelectorAll('main :is(p, li, dt, dd, label, button, legend, summary)')]
            .filter(e => e.offsetParent).map(e => parseFloat(getComputedStyle(e).fontSize))"""
    )
    assert min(sizes) >= 16


def test_the_time_and_the_answers_are_seen_without_scrolling(site: Site, phone: BrowserContext) -> None:
    page = phone.new_page()
    show(page, site, "planned")
    for locator in (
        page.get_by_role("heading", level=1),
        page.get_by_role("button", name="This time suits me"),
        page.get_by_role("button", name="Please ring me"),
        page.get_by_text("I feel worse", exact=True),
    ):
        expect(locator).to_be_in_viewport(ratio=1)


def test_a_visit_is_followed_and_answered_without_script(site: Site, chromium: Browser) -> None:
    context = chromium.new_context(viewport={"width": 390, "height": 844}, locale="en-GB", java_script_enabled=False)
    try:
        page = context.new_page()
        page.goto(site.send())
        expect(page).to_have_url(re.compile(r"/visit/[\w-]{10}$"))
        page.get_by_role("button", name="This time suits me").click()
        expect(page.get_by_role("heading", name="You said: this time suits me")).to_be_visible()

        page.get_by_text("I feel worse", exact=True).click()
        expect(page.get_by_role("link", name="Call 999")).to_be_visible()
        page.get_by_role("button", name="Tell the team I feel worse").click()
        expect(page.get_by_role("heading", name="You told us: I feel worse")).to_be_visible()
        expect(page.get_by_role("link", name="Call 999")).to_be_visible()

        page.get_by_text("Add a note: parking, dog, key safe").click()
        page.get_by_label("Your note to the team").fill("The dog will be shut in.")
        page.get_by_role("button", name="Send note").click()
        expect(page.get_by_role("heading", name="You sent a note")).to_be_visible()

        site.visits.pages["link-1"], now = PAGES["done"]
        site.clock.set(now)
        page.get_by_role("link", name="Check again").click()
        page.get_by_role("group", name="Did Ann listen to you?").get_by_label("Yes").check()
        page.get_by_role("button", name="Send answers").click()
        expect(page.get_by_role("heading", name="Thank you for your answers")).to_be_visible()

        page.get_by_role("link", name="Large print").click()
        assert "visit-large" in page.content()
    finally:
        context.close()
    assert [answer.kind for _, answer, _ in site.visits.answers] == [
        AnswerKind.SUITS,
        AnswerKind.WORSE,
        AnswerKind.NOTE,
        AnswerKind.FEEDBACK,
    ]
    assert site.visits.answers[2][1].text == "The dog will be shut in."


def test_by_keyboard_alone(site: Site, phone: BrowserContext) -> None:
    page = phone.new_page()
    show(page, site, "planned")
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Skip to main content")).to_be_focused()
    for _ in range(20):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.textContent.trim()") == "Please ring me":
            break
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="You said: please ring me")).to_be_visible()


def test_a_link_tapped_in_web_mail_opens(site: Site, phone: BrowserContext) -> None:
    address = site.send()
    phone.route(
        "http://mail.example/**",
        lambda route: route.fulfill(content_type="text/html", body=f'<a href="{address}">Your visit</a>'),
    )
    page = phone.new_page()
    page.goto("http://mail.example/inbox")
    page.get_by_role("link", name="Your visit").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("10am to 12 midday")


def test_another_site_cannot_answer_for_the_patient(site: Site, phone: BrowserContext) -> None:
    page = phone.new_page()
    page.goto(site.send())
    action = page.locator("form").first.get_attribute("action")
    phone.route(
        "http://evil.example/**",
        lambda route: route.fulfill(
            content_type="text/html",
            body=f'<form method="post" action="{site.url}{action}"><button name="answer" value="cannot">Win</button>',
        ),
    )
    page.goto("http://evil.example/")
    page.get_by_role("button", name="Win").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("Open your link again")
    assert site.visits.answers == []


@pytest.mark.parametrize("view", ["planned", "late", "done", "moved", "cancelled", "large"])
def test_paper_outlives_today_and_tomorrow(view: str, site: Site, phone: BrowserContext) -> None:
    page = phone.new_page()
    show(page, site, view)
    page.emulate_media(media="print")
    text = page.locator("body").inner_text()
    assert not re.search(r"today|tomorrow", text, re.IGNORECASE)
    assert "Printed at " in text
    if view in ("done", "cancelled"):
        assert "Your next visit is on Wednesday 25 November, 1pm to 3pm." in text


def test_one_sheet_of_paper_without_buttons_or_today(site: Site, phone: BrowserContext) -> None:
    page = phone.new_page()
    show(page, site, "planned")
    page.emulate_media(media="print")
    text = page.locator("body").inner_text()
    assert "Today" not in text
    assert "Printed at 8:12am on 24 November 2026. Times can change. To check, ring us." in text
    assert "Wed 25 Nov 1pm to 3pm, Physiotherapist" in " ".join(text.split())
    assert "01632 960 123" in text
    for gone in ("Does this time suit you?", "Up to date", "Large print", "I feel worse", "Add to calendar"):
        assert gone not in text
    assert page.get_by_role("button").count() == 0
    pdf = page.pdf(prefer_css_page_size=True)
    assert len(re.findall(rb"/Type\s*/Page\b", pdf)) == 1
