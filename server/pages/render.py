"""From sentences to HTML, with the NHS.UK macros in an own shell (theirs prints an inline script)."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cache
from pathlib import Path

from jinja2 import ChainableUndefined, ChoiceLoader, Environment, FileSystemLoader, PackageLoader

from server.pages import answering
from server.pages.errors import StylesNotBuiltError
from server.pages.headline import STEPS
from server.pages.model import Reply, VisitPage
from server.pages.sentences import sentences
from server.pages.wording import Wording

HERE = Path(__file__).parent
STATIC = HERE / "static"
STATIC_PATH = "/pages/static"


@dataclass(frozen=True, slots=True)
class Address:
    """Where a page's links and forms lead, and the form's proof of origin (`links.form_check`)."""

    home: str = ""
    answer: str = ""
    calendar: str = ""
    check: str = ""
    large: bool = False

    @property
    def home_again(self) -> str:
        """The page's own address, in the print size it has now."""
        return f"{self.home}?print=large" if self.large else self.home


@dataclass(frozen=True, slots=True)
class Notice:
    """Why an answer was not taken, the form it belongs to, and what the person had written."""

    text: str
    field: str = ""
    written: str = ""


@dataclass(frozen=True, slots=True)
class Message:
    """A page without a visit."""

    title: str
    lede: str
    advice: tuple[str, ...]


DEAD_LINK = Message(
    "This link does not work any more",
    "It may be old, or part of it may be missing. We change links to keep your visits private.",
    (
        "Use the link in the newest message that we sent you.",
        "If that link does not work, ring us. We can tell you when we are coming and send you a new link.",
    ),
)
CLOSED = Message(
    "Open your link again",
    "This page closes by itself after a while, to keep your visits private.",
    (
        "Go back to the message that we sent you and open the link in it.",
        "If you have done that and still see this page, ring us. We can tell you when we are coming.",
    ),
)
NOT_TAKEN = Message(
    "We did not get your answer",
    "Something stopped it on the way. Nothing has changed.",
    ("Open the link in our message again and send your answer once more.", "Or ring us."),
)
TROUBLE = Message(
    "We cannot show your visit just now",
    "Something is wrong at our end. Your visit has not changed because of it.",
    ("Try again in a few minutes.", "If it cannot wait, ring us."),
)


def render_visit(
    page: VisitPage,
    wording: Wording,
    now: datetime,
    address: Address | None = None,
    notice: Notice | None = None,
) -> str:
    """The visit's page as a whole HTML document. `now` is aware. Raises StylesNotBuiltError."""
    words = sentences(page, wording, now)
    title = f"Not sent: {words.title}" if notice else words.title
    return _render(
        "visit.jinja",
        title=title,
        page=page,
        words=words,
        wording=wording,
        address=address or Address(),
        notice=notice,
        steps=STEPS,
        shown=answering.shown_mark(page.window),
        replies=[{"value": r.value, "text": r.value.capitalize()} for r in Reply],
        feedback_listened=wording.feedback_listened.format(name=page.carer.first_name or f"the {page.carer.role}"),
        limits={"note": answering.NOTE_LIMIT, "feedback": answering.FEEDBACK_LIMIT},
        contact=page.team,
    )


def render_dead_link(wording: Wording, *, large: bool = False) -> str:
    """The one body for unknown, expired and revoked links."""
    return render_message(DEAD_LINK, wording, large=large)


def render_trouble(wording: Wording, *, large: bool = False) -> str:
    """The page for when visits cannot be read: for 500 and 503 answers."""
    return render_message(TROUBLE, wording, large=large)


def render_message(message: Message, wording: Wording, *, large: bool = False) -> str:
    """A page that says one thing and how to ring."""
    return _render(
        "message.jinja",
        title=message.title,
        message=message,
        wording=wording,
        address=replace(Address(), large=large),
        contact=wording.contact,
    )


def _render(template: str, **context: object) -> str:
    return _environment().get_template(template).render(assets=assets(), static=STATIC_PATH, **context)


@cache
def _environment() -> Environment:
    # The NHS.UK macros read attributes of missing parameters, so undefined names must be chainable.
    return Environment(
        undefined=ChainableUndefined,
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
        loader=ChoiceLoader(
            [FileSystemLoader(HERE / "templates"), PackageLoader("nhsuk_frontend_jinja")],
        ),
    )


@cache
def assets() -> dict[str, str]:
    """From an asset's plain name to its built file name, which carries its hash."""
    try:
        return json.loads((STATIC / "assets.json").read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        raise StylesNotBuiltError("The pages' style sheets are not built. Run: make setup") from error
