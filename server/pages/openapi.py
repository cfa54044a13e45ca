"""The patient's pages in OpenAPI terms, for `server.openapi`."""

from __future__ import annotations

from typing import Any, Final

from server.pages import links
from server.pages.answering import FEEDBACK_LIMIT, NOTE_LIMIT
from server.pages.model import AnswerKind, Reply
from server.pages.render import STATIC_PATH
from server.pages.responses import BODY_LIMIT

Json = dict[str, Any]

_TEXT: Final[Json] = {"type": "string"}


def paths(limited: Json, slow: Json, failed: Json) -> Json:
    """Every route of the pages. `limited`, `slow` and `failed` are responses of the server as a whole."""
    gone = _html(404, "The link is unknown, dead or revoked, or this browser never opened it: one and the same page.")
    away = _html(503, "The visit cannot be shown just now; the page says how to ring.")
    away["503"]["headers"] = {"Retry-After": _header("Seconds.", needed=True)}
    usual = {**gone, **away, **limited}
    token = _path("token", "What stands in the address that was sent.", "^[A-Za-z0-9_-]{24}$")
    slot = _path("slot", "The clean address that a link leads to.", "^[A-Za-z0-9_-]{10}$")
    name = _path("name", "A built file, named by its content.", "^[a-z0-9.-]+$")
    again = _there("Back to the page.")
    shown = _html(200, "The visit as it stands, with the questions that fit it.")
    opened = _there("To the page, with its cookie.")
    opened["303"]["headers"]["Set-Cookie"] = _header("Opens this one page for half a day.", needed=True)
    dates = {"200": {"description": "The visits this week.", "content": {"text/calendar": {"schema": _TEXT}}}}
    answered = {
        **again,
        **_html(403, "The form was not sent from this page."),
        **_html(409, "The visit has changed since the page was opened."),
        **_html(413, f"More than {BODY_LIMIT} bytes."),
        **_html(422, "The answer could not be read, is empty or too long. What was written is kept in the form."),
    }
    return {
        "/v/{token}": {
            method: _operation("Open a link", {**opened, **usual}, token, _PRINT) for method in ("get", "head")
        },
        "/visit/{slot}": {
            method: _operation("See the visit", {**shown, **usual}, slot, _PRINT, _COOKIE) for method in ("get", "head")
        },
        "/visit/{slot}/visits.ics": {
            "get": _operation("Save the dates", {**dates, **usual}, slot, _PRINT, _COOKIE),
        },
        "/visit/{slot}/answer": {
            "post": _operation("Answer", {**answered, **usual, **slow}, slot, _PRINT, _COOKIE)
            | {"requestBody": _form()},
            "get": _operation("Look again after an answer", {**again, **limited}, slot),
        },
        STATIC_PATH + "/{name}": {
            method: _operation("Style sheets and pictures", {**_files(), **limited, **failed}, name)
            for method in ("get", "head")
        },
    }


_PRINT: Final[Json] = {"name": "print", "in": "query", "description": "`large` for large print.", "schema": _TEXT}
_COOKIE: Final[Json] = {"name": links.COOKIE, "in": "cookie", "description": "The link's key.", "schema": _TEXT}


def _form() -> Json:
    fields: Json = {
        "answer": {"type": "string", "enum": [str(kind) for kind in AnswerKind]},
        "check": {"type": "string", "description": "The hidden field that shows the form is the page's own."},
        "shown": {"type": "string", "description": "The window that was answered: two Unix times joined by `-`."},
        "text": {
            "type": "string",
            "maxLength": FEEDBACK_LIMIT,
            "description": f"A note (at most {NOTE_LIMIT}) or words with feedback.",
        },
    }
    fields |= {asked: {"type": "string", "enum": [str(reply) for reply in Reply]} for asked in ("listened", "mattered")}
    schema: Json = {"type": "object", "required": ["answer", "check"], "properties": fields}
    return {
        "required": True,
        "description": f"At most {BODY_LIMIT} bytes and 20 fields; of a field sent twice the first counts.",
        "content": {"application/x-www-form-urlencoded": {"schema": schema}},
    }


def _operation(summary: str, responses: Json, *parameters: Json) -> Json:
    return {
        "tags": ["patients"],
        "summary": summary,
        "parameters": list(parameters),
        "responses": dict(sorted(responses.items())),
    }


def _path(name: str, description: str, pattern: str) -> Json:
    schema: Json = {"type": "string", "pattern": pattern}
    return {"name": name, "in": "path", "required": True, "description": description, "schema": schema}


def _header(description: str, *, needed: bool) -> Json:
    return {"description": description, "required": needed, "schema": _TEXT}


def _html(status: int, description: str) -> Json:
    return {str(status): {"description": description, "content": {"text/html": {"schema": _TEXT}}}}


def _there(description: str) -> Json:
    return {"303": {"description": description, "headers": {"Location": _header("The page.", needed=True)}}}


def _files() -> Json:
    kinds: Json = {"text/css": {"schema": _TEXT}, "image/svg+xml": {"schema": _TEXT}}
    missing: Json = {"description": "There is no such file.", "content": {"text/plain": {"schema": _TEXT}}}
    return {"200": {"description": "Good for a year.", "content": kinds}, "404": missing}
