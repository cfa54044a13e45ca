"""The patient's web page of one visit: who comes, when, and how to reach the team.

A page holds no patient's name, NHS number, address or diagnosis. It needs no script.

Errors::

    PagesError
    ├── StylesNotBuiltError     the style sheets were never built
    ├── WordingError            the service's wording cannot be used
    ├── SourceUnavailableError  visits cannot be read or answers stored just now
    └── FormRefusedError        an answer cannot be taken as it came
"""

from __future__ import annotations

from server.pages.errors import FormRefusedError, PagesError, SourceUnavailableError, StylesNotBuiltError, WordingError
from server.pages.headers import SecurityHeaders
from server.pages.links import LinkRedactor, LinkState, hash_token, link_expiry, new_token, redact_links
from server.pages.model import (
    Answer,
    AnswerKind,
    Carer,
    GivenAnswer,
    OtherVisit,
    Reply,
    TeamContact,
    VisitPage,
    VisitState,
    Window,
)
from server.pages.render import Address, render_dead_link, render_trouble, render_visit
from server.pages.router import VisitSource, make_router
from server.pages.wording import Wording, read_wording

__all__ = [
    "Address",
    "Answer",
    "AnswerKind",
    "Carer",
    "FormRefusedError",
    "GivenAnswer",
    "LinkRedactor",
    "LinkState",
    "OtherVisit",
    "PagesError",
    "Reply",
    "SecurityHeaders",
    "SourceUnavailableError",
    "StylesNotBuiltError",
    "TeamContact",
    "VisitPage",
    "VisitSource",
    "VisitState",
    "Window",
    "Wording",
    "WordingError",
    "hash_token",
    "link_expiry",
    "make_router",
    "new_token",
    "read_wording",
    "redact_links",
    "render_dead_link",
    "render_trouble",
    "render_visit",
]
