"""HTTP answers of the patient's pages: compressed HTML, built files, the link's cookie."""

from __future__ import annotations

import gzip
from datetime import datetime
from urllib.parse import urlsplit

from starlette.requests import Request
from starlette.responses import Response

from server.pages import links
from server.pages.render import STATIC, assets

BODY_LIMIT = 16 * 1024
"""Bytes of a form: 500 characters, each percent-encoded from four bytes, and room for the rest."""

_MEDIA_TYPES = {"css": "text/css; charset=utf-8", "svg": "image/svg+xml"}


def html(request: Request, text: str, status: int = 200, headers: dict[str, str] | None = None) -> Response:
    """An HTML answer, gzipped when the browser takes it."""
    response = Response(text, status, headers, "text/html; charset=utf-8")
    response.headers["vary"] = "Accept-Encoding"
    if takes_gzip(request):
        response.body = gzip.compress(response.body, 6, mtime=0)
        response.headers["content-encoding"] = "gzip"
        response.headers["content-length"] = str(len(response.body))
    return response


def static_file(request: Request, name: str) -> Response | None:
    """A built style sheet or picture, for a year: its name changes with its content. None if there is none."""
    if name not in assets().values():
        return None
    headers = {"cache-control": "public, max-age=31536000, immutable", "vary": "Accept-Encoding"}
    path = STATIC / name
    if takes_gzip(request):
        headers["content-encoding"] = "gzip"
        path = STATIC / f"{name}.gz"
    return Response(path.read_bytes(), 200, headers, _MEDIA_TYPES[name.rpartition(".")[2]])


def takes_gzip(request: Request) -> bool:
    """Whether the request's Accept-Encoding names gzip without refusing it."""
    for part in request.headers.get("accept-encoding", "").lower().split(","):
        coding, _, weight = part.partition(";")
        if coding.strip() == "gzip":
            return weight.replace(" ", "") not in ("q=0", "q=0.0", "q=0.00", "q=0.000")
    return False


def set_link_cookie(request: Request, response: Response, key: str, link: links.LinkState, now: datetime) -> None:
    """Keep the link's key for its own address only, from now for half a day, never past the link's end.

    SameSite is Lax: with Strict the browser withholds the cookie on the very redirect that follows a tap
    in web mail, and the page would not open. Answers are guarded besides, see `is_own_form`.
    """
    seconds = min(links.COOKIE_LIFETIME, link.expires_at - now).total_seconds()
    response.set_cookie(
        links.COOKIE,
        key,
        max_age=max(1, int(seconds)),
        path=f"/visit/{links.slot_of(key)}",
        secure=request.url.scheme == "https",
        httponly=True,
        samesite="lax",
    )


def is_own_form(request: Request, key: str, check: str) -> bool:
    """Whether a form was sent from the link's own page.

    The `check` field proves it in every browser; what newer browsers say of the sender's origin must not
    contradict it. (`Origin` is `null` under `no-referrer`, so it can only refuse, never prove.)
    """
    if request.headers.get("sec-fetch-site", "same-origin") not in ("same-origin", "none"):
        return False
    origin = request.headers.get("origin", "null")
    if origin != "null" and urlsplit(origin).netloc != request.headers.get("host", ""):
        return False
    return links.same_text(check, links.form_check(key))


async def read_body(request: Request) -> bytes | None:
    """The request's body, or None when it is longer than a form can be."""
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > BODY_LIMIT:
            return None
    return bytes(body)
