"""The app as a reader's assistive technology sees it, and as it looks."""

from __future__ import annotations

import os
import re
import shutil
import time
from pathlib import Path
from typing import Final

from playwright.sync_api import Browser, BrowserContext, Locator, Page, Request, expect
from playwright.sync_api import TimeoutError as PlaywrightTimeoutError

from tests.browser.process import ROOT

SHOTS: Final = ROOT / "var" / "shots"
VIEWPORTS: Final = {"phone": (390, 844), "tablet": (800, 1280), "landscape": (1280, 800)}
FLAGS: Final = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
    "--disable-quic",
    "--host-resolver-rules=MAP * ~NOTFOUND , EXCLUDE 127.0.0.1",
]
# The stock web client asks a CDN for its Rive runtime whatever it is told; nothing else may leave the machine.
RIVE: Final = "https://cdn.jsdelivr.net/npm/@rive-app/"
BLANK: Final = 9_000  # bytes; a page not yet painted compresses to less
_LOCAL: Final = ("http://127.0.0.1", "ws://127.0.0.1", "blob:", "data:", RIVE)


def chromium_path() -> str | None:
    """The browser to drive: $CHROMIUM, else one on the system; None lets Playwright use its own."""
    candidates = [os.environ.get("CHROMIUM"), "/usr/bin/chromium", "/usr/bin/chromium-browser"]
    candidates += [shutil.which(name) for name in ("chromium", "google-chrome", "google-chrome-stable")]
    return next((c for c in candidates if c and Path(c).exists()), None)


class Ui:
    """One open session of the app."""

    def __init__(self, context: BrowserContext, url: str, viewport: str) -> None:
        self.viewport = viewport
        self.off_host: list[str] = []
        self.console: list[str] = []
        self._context = context
        self._sent = 0
        context.route(f"{RIVE}**", lambda route: route.abort())
        context.on("request", self._seen)
        self.page: Page = context.new_page()
        self.page.on("pageerror", lambda e: self.console.append(str(e)))
        self.page.on("websocket", lambda socket: socket.on("framesent", self._told))
        # Live regions are echoed in <flt-announcement-*> outside the host, so stay inside it.
        self.root = self.page.locator("flt-semantics-host")
        self.page.goto(url)
        self.enable()

    def _seen(self, request: Request) -> None:
        if not request.url.startswith(_LOCAL):
            self.off_host.append(request.url)

    def _told(self, _: object) -> None:
        self._sent += 1

    def enable(self) -> None:
        """Switch the semantics tree on: the client builds it only after this off-screen button is pressed."""
        self.page.wait_for_selector("flt-semantics-placeholder", state="attached", timeout=60_000)
        self.page.evaluate("document.querySelector('flt-semantics-placeholder').click()")
        self.page.wait_for_selector("flt-semantics", state="attached", timeout=30_000)

    def turn(self, viewport: str) -> None:
        """Give the window the size of another viewport of `VIEWPORTS`, once the client has drawn at that size."""
        width, height = VIEWPORTS[viewport]
        self.page.set_viewport_size({"width": width, "height": height})
        _, hyphen, rest = self.viewport.partition("-")
        self.viewport = viewport + hyphen + rest
        self.page.wait_for_function(
            "([w, h]) => { const r = document.querySelector('flutter-view').getBoundingClientRect();"
            " return r.width === w && r.height === h }",
            arg=[width, height],
        )

    def darken(self) -> None:
        """Switch the platform to its dark colours, once the page has lost its light ones."""
        light = self.settled()
        self.page.emulate_media(color_scheme="dark")
        self.viewport += "-dark"
        deadline = time.monotonic() + 15
        while self.settled() == light:
            assert time.monotonic() < deadline, "the page stayed light"

    def reload(self) -> None:
        """Open the page anew, as after the app's process was restarted."""
        self.page.reload()
        self.enable()

    def by_id(self, identifier: str) -> Locator:
        """The node of `Semantics(identifier=…)`; a control's `key` never reaches the page."""
        return self.root.locator(f'[flt-semantics-identifier="{identifier}"]')

    def by_role(self, role: str, name: str, *, exact: bool = False) -> Locator:
        """Nodes of an ARIA role whose spoken name contains `name`."""
        return self.root.get_by_role(role, name=name, exact=exact)  # type: ignore[arg-type]

    def text(self, words: str) -> Locator:
        """Nodes that say these words; their echo for screen readers is left out."""
        echo = "flt-announcement-polite, flt-announcement-assertive"
        return self.root.get_by_text(words).and_(self.page.locator(f":not({echo})"))

    def tap(self, target: str | Locator, name: str | None = None) -> None:
        """Press: an identifier, a role and name, or a node. Sent to the node itself, as others may overlay it.

        A client that is still drawing can drop such a press: one after which it told the app nothing is made again.
        """
        node = target if isinstance(target, Locator) else self.by_role(target, name) if name else self.by_id(target)
        for _ in range(3):
            expect(node.first).to_be_attached()
            before = self._sent
            node.first.dispatch_event("click")
            for _ in range(40):
                if self._sent > before:
                    return
                self.page.wait_for_timeout(50)
            if not node.count():
                return

    def point(self, node: Locator) -> None:
        """A real press with the pointer, through the pixels."""
        box = node.bounding_box()
        assert box is not None, "the node has no place on the screen"
        self.page.mouse.click(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)

    def type(self, label: str, words: str) -> None:
        """Fill in the field that has this label."""
        self.write(self.root.get_by_label(label), words)

    def write(self, field: Locator, words: str) -> None:
        """Type over what a field holds by real key presses: `Locator.fill` can land before the client listens."""
        self.page.bring_to_front()
        for _ in range(3):
            self._focus(field)
            self._select_all(field)
            before = field.input_value()
            self.page.keyboard.type(words)
            try:
                expect(field).to_have_value(words)
            except AssertionError:
                # Nothing, or only the end, arrived: the client did not listen yet. Any other part is words lost.
                arrived = field.input_value()
                if arrived != before and not words.endswith(arrived):
                    raise
            else:
                return
        expect(field).to_have_value(words)

    def _focus(self, field: Locator) -> None:
        for _ in range(5):
            self.point(field)
            try:
                expect(field).to_be_focused(timeout=2_000)
            except AssertionError:
                continue
            return
        expect(field).to_be_focused()

    def _select_all(self, field: Locator) -> None:
        """Until it is so: the client may still be placing the caret where the press was."""
        selected = "e => e.selectionStart === 0 && e.selectionEnd === e.value.length"
        for _ in range(10):
            self.page.keyboard.press("ControlOrMeta+a")
            try:
                self.page.wait_for_function(selected, arg=field.element_handle(), timeout=500)
            except PlaywrightTimeoutError:
                continue
            return
        raise AssertionError("the words in the field could not be selected")

    def scroll_to(self, node: Locator, step: int = 400, limit: int = 60) -> None:
        """Turn the wheel until a lazily built row exists."""
        size = self.page.viewport_size
        assert size is not None
        self.page.mouse.move(size["width"] * 0.6, size["height"] * 0.5)
        for _ in range(limit):
            if node.count():
                return
            self.page.mouse.wheel(0, step)
            self.page.wait_for_timeout(60)
        raise AssertionError("scrolled to the end without meeting it")

    def settled(self, timeout: float = 15.0) -> bytes:
        """A screenshot, once three in a row agree: the canvas lags the semantics tree."""
        last, same, deadline = b"", 0, time.monotonic() + timeout
        while time.monotonic() < deadline:
            shot = self.page.screenshot()
            same = same + 1 if shot == last else 0
            if same == 2 and len(shot) > BLANK:
                return shot
            last = shot
            self.page.wait_for_timeout(120)
        raise AssertionError("the page never stopped moving")

    def shot(self, name: str) -> Path:
        """Keep a settled screenshot under `var/shots/`, named by what it shows and the viewport."""
        SHOTS.mkdir(parents=True, exist_ok=True)
        path = SHOTS / f"{re.sub(r'[^a-z0-9-]+', '-', name.lower())}-{self.viewport}.png"
        path.write_bytes(self.settled())
        return path

    def targets(self) -> list[tuple[str, float, float]]:
        """Name, width and height in px of everything that can be pressed."""
        found: list[tuple[str, float, float]] = []
        for node in self.root.locator('[role="button"], [role="tab"], [role="switch"], [role="checkbox"]').all():
            box = node.bounding_box()
            if box is not None:
                name = node.get_attribute("aria-label") or node.inner_text()
                found.append((name, box["width"], box["height"]))
        return found

    def close(self) -> None:
        """End the session; a request off the machine is a failure."""
        self._context.close()
        assert not self.off_host, self.off_host
        assert not self.console, self.console


def open_ui(browser: Browser, url: str, viewport: str = "tablet", *, dark: bool = False, text_scale: float = 1.0) -> Ui:
    """Open a session in a viewport of `VIEWPORTS`, in dark mode or with larger text if asked."""
    width, height = VIEWPORTS[viewport]
    context = browser.new_context(
        viewport={"width": width, "height": height},
        locale="en-GB",
        timezone_id="Europe/London",
        reduced_motion="reduce",
        color_scheme="dark" if dark else "light",
    )
    if text_scale != 1.0:  # the web client takes its text scale from the root font size
        size = f"{16 * text_scale:g}px"
        script = f"document.documentElement.style.fontSize = '{size}'"
        context.add_init_script(f"addEventListener('DOMContentLoaded', () => {script})")
    suffix = ("-dark" if dark else "") + (f"-text{round(text_scale * 100)}" if text_scale != 1.0 else "")
    return Ui(context, url, viewport + suffix)
