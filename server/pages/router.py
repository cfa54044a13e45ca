"""The routes of the patient's page.

`/v/{token}` is the link that is sent; it leads to `/visit/{slot}`, which only its cookie opens. A link may
be opened any number of times, so a preview does not spend it. Unknown, expired and revoked links get one
and the same answer, after the same work.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from fastapi import APIRouter, Request
from fastapi.concurrency import run_in_threadpool
from starlette.responses import RedirectResponse, Response

from fieldapp.domain.clock import Clock
from server.pages import answering, calendar, links
from server.pages.errors import SourceUnavailableError
from server.pages.links import LinkState
from server.pages.model import Answer, VisitPage
from server.pages.render import (
    CLOSED,
    NOT_TAKEN,
    STATIC_PATH,
    Address,
    Message,
    Notice,
    render_dead_link,
    render_message,
    render_trouble,
    render_visit,
)
from server.pages.responses import html, is_own_form, read_body, set_link_cookie, static_file
from server.pages.wording import Wording

CHANGED = "The visit has changed since you opened this page. Please look again, then answer."


class VisitSource(Protocol):
    """Where links and visits come from and answers go. Called on worker threads; `now` is aware.

    Every method may raise SourceUnavailableError: the patient is then told to ring.
    """

    def find_link(self, token_hash: bytes, now: datetime) -> LinkState | None:
        """The link stored under `links.hash_token(token)`, dead or alive; None if there never was one."""
        ...

    def visit_page(self, link_id: str, now: datetime) -> VisitPage | None:
        """The visit behind a living link, as things stand; None once it may no longer be shown."""
        ...

    def answer(self, link_id: str, answer: Answer, now: datetime) -> None:
        """Store an answer durably before returning. The same answer may come twice."""
        ...


@dataclass(frozen=True, slots=True)
class _Opened:
    """A visit whose link is alive, with the cookie's key."""

    key: str
    link: LinkState
    page: VisitPage


def make_router(source: VisitSource, clock: Clock, wording: Wording) -> APIRouter:
    """The routes `/v/{token}`, `/visit/{slot}` (with `/answer` and `/visits.ics`) and the pages' files."""
    router = APIRouter(include_in_schema=False)

    def message(request: Request, what: Message, status: int) -> Response:
        return html(request, render_message(what, wording, large=_large(request)), status)

    def dead(request: Request) -> Response:
        return html(request, render_dead_link(wording, large=_large(request)), 404)

    def trouble(request: Request) -> Response:
        body = render_trouble(wording, large=_large(request))
        return html(request, body, 503, {"retry-after": "120"})

    def living(key: str, now: datetime) -> LinkState | None:
        link = source.find_link(links.hash_key(key), now)
        return link if link is not None and link.is_alive(now) else None

    def opened(request: Request, slot: str, now: datetime) -> _Opened | Response:
        key = request.cookies.get(links.COOKIE)
        if key is None:
            return message(request, CLOSED, 404)
        link = living(key, now)
        page = source.visit_page(link.link_id, now) if link and links.slot_of(key) == slot else None
        return _Opened(key, link, page) if link and page else dead(request)

    def visit(
        request: Request, it: _Opened, now: datetime, status: int = 200, notice: Notice | None = None
    ) -> Response:
        address = _address(it.key, large=_large(request))
        response = html(request, render_visit(it.page, wording, now, address, notice), status)
        set_link_cookie(request, response, it.key, it.link, now)
        return response

    def take(request: Request, it: _Opened, body: bytes, now: datetime) -> Response:
        try:
            form = answering.read_form(body)
            if not is_own_form(request, it.key, form.get("check", "")):
                return message(request, NOT_TAKEN, 403)
            answer = answering.read_answer(form)
        except answering.FormRefusedError as refused:
            return visit(request, it, now, 422, Notice(refused.notice, refused.field, refused.text))
        if answering.is_outdated(answer, it.page):
            return visit(request, it, now, 409, Notice(CHANGED))
        source.answer(it.link.link_id, answer, now)
        return RedirectResponse(_address(it.key, large=_large(request)).home_again, 303)

    @router.api_route("/v/{token:path}", methods=["GET", "HEAD"])
    def open_link(request: Request, token: str) -> Response:
        now = clock.now()
        key = links.key_of(token)
        try:
            link = living(key, now)
        except SourceUnavailableError:
            return trouble(request)
        if link is None:
            return dead(request)
        response = RedirectResponse(_address(key, large=_large(request)).home_again, 303)
        set_link_cookie(request, response, key, link, now)
        return response

    @router.api_route("/visit/{slot}", methods=["GET", "HEAD"])
    def show(request: Request, slot: str) -> Response:
        now = clock.now()
        try:
            it = opened(request, slot, now)
        except SourceUnavailableError:
            return trouble(request)
        return it if isinstance(it, Response) else visit(request, it, now)

    @router.get("/visit/{slot}/visits.ics")
    def save_dates(request: Request, slot: str) -> Response:
        now = clock.now()
        try:
            it = opened(request, slot, now)
        except SourceUnavailableError:
            return trouble(request)
        if isinstance(it, Response):
            return it
        headers = {"content-disposition": 'attachment; filename="visits.ics"'}
        return Response(calendar.calendar(it.page, slot, now), 200, headers, calendar.MEDIA_TYPE)

    @router.post("/visit/{slot}/answer")
    async def answer(request: Request, slot: str) -> Response:
        body = await read_body(request)

        def work() -> Response:
            now = clock.now()
            try:
                it = opened(request, slot, now)
                if isinstance(it, Response):
                    return it
                return message(request, NOT_TAKEN, 413) if body is None else take(request, it, body, now)
            except SourceUnavailableError:
                return trouble(request)

        return await run_in_threadpool(work)

    @router.get("/visit/{slot}/answer")
    def look_again(request: Request, slot: str) -> Response:
        return RedirectResponse(f"/visit/{slot}", 303)

    @router.api_route(STATIC_PATH + "/{name}", methods=["GET", "HEAD"])
    def asset(request: Request, name: str) -> Response:
        return static_file(request, name) or Response("Not found", 404, media_type="text/plain")

    return router


def _address(key: str, *, large: bool) -> Address:
    home = f"/visit/{links.slot_of(key)}"
    query = "?print=large" if large else ""
    return Address(home, f"{home}/answer{query}", f"{home}/visits.ics", links.form_check(key), large)


def _large(request: Request) -> bool:
    return request.query_params.get("print") == "large"
