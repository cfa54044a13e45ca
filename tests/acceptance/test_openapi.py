"""The description of the HTTP interface is true: every route is in it, and what is made up from it is answered as it
says, signed by an enrolled tablet and unsigned."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, cast

import pytest
import schemathesis
import zstandard
from fastapi.routing import APIRoute
from hypothesis import HealthCheck, Phase, given, seed, settings
from requests import PreparedRequest
from requests.auth import AuthBase
from schemathesis import GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.python.asgi import ASGIClient
from schemathesis.specs.openapi import checks

from fieldapp.domain.clock import FixedClock
from server.app import create_app
from server.cli import main
from server.config import HintSettings, Limits, Rate, Settings
from server.openapi import describe
from server.pages.links import COOKIE, form_check
from server.pages.render import assets
from server.visitlinks import make_link
from tests.server.world import START, Tablet, World

SCHEMA = schemathesis.openapi.from_dict(describe())
FOUND: list[Any] = [made.ok() for made in cast("list[Any]", list(SCHEMA.get_all_operations()))]
OPERATIONS = {operation.label: operation for operation in FOUND}
CHECKS = [
    not_a_server_error,
    checks.status_code_conformance,
    checks.content_type_conformance,
    checks.response_headers_conformance,
    checks.response_schema_conformance,
]
ENDLESS = Rate(1e6, 1_000_000_000)
SIGNED = {
    "POST /v1/enrol": {400, 403},
    "POST /v1/token": {400, 401},
    "POST /v1/push": {200, 400, 413},
    "POST /v1/offer": {200, 400, 413},
    "GET /v1/pull": {200, 400},
    "GET /v1/hints": {200},
    "GET /v1/me": {200},
    "GET /v1/patients/{patient}/attachments/{sha256}": {404},
    "PUT /v1/patients/{patient}/attachments/{sha256}/{index}": {400, 404, 413},
    "GET /v1/patients/{patient}/attachments/{sha256}/{index}": {404},
}
"""What an enrolled tablet gets for all sorts of requests: never 401, for its proof is good."""
UNSIGNED = {"POST /v1/enrol": {400, 403}, "POST /v1/token": {400, 401}}
STRANGERS = {"GET /visit/{slot}/answer": {303}}
BROWSERS = {
    "GET /v/{token}": {303},
    "HEAD /v/{token}": {303},
    "GET /visit/{slot}": {200},
    "HEAD /visit/{slot}": {200},
    "GET /visit/{slot}/visits.ics": {200},
    "GET /visit/{slot}/answer": {303},
    "POST /visit/{slot}/answer": {303, 409, 422},
    "GET /pages/static/{name}": {200},
    "HEAD /pages/static/{name}": {200},
}
"""What a browser gets that has opened the link."""
WINDOW = {"window_start": "2026-11-23T10:00:00Z", "window_end": "2026-11-23T12:00:00Z", "minutes": 40}


class Signed(AuthBase):
    """The tablet's proof over what is really sent, packed where the request says so."""

    def __init__(self, tablet: Tablet) -> None:
        self.tablet = tablet

    def __call__(self, r: PreparedRequest) -> PreparedRequest:
        sent: Any = r.body or b""
        body: bytes = sent.encode() if isinstance(sent, str) else sent
        if body and r.headers.get("Content-Encoding") == "zstd":
            r.body = body = zstandard.compress(body)
            r.headers["Content-Length"] = str(len(body))
        r.headers.update(self.tablet.headers(r.method or "", r.path_url, body))
        return r


@dataclass
class Place:
    """A service with a patient, a visit with a link, and what its addresses need to be found."""

    app: Any
    tablet: Tablet
    known: dict[str, dict[str, Any]] = field(default_factory=dict)
    check: str = ""


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    world = World(f"sqlite:///{tmp_path_factory.mktemp('openapi') / 'server.db'}", FixedClock(START))
    limits = Limits(ENDLESS, ENDLESS, ENDLESS, ENDLESS)
    world.settings = Settings(database=world.url, limits=limits, hints=HintSettings(heartbeat_s=0.05))
    tablet = world.tablet("Ann Lee", world.team("Home ward"))
    place = Place(create_app(world.settings, world.clock, world.database), tablet)
    patient = tablet.new_patient()
    clinician = {"id": tablet.person["id"], "name": "Ann Lee", "role": "Nurse"}
    visit = tablet.write(patient, "visit", {"team": world.team("Home ward"), "clinician": clinician, **WINDOW})
    assert tablet.push(visit)[0]["status"] == "accepted"
    token = world.database.write(lambda c: make_link(c, world.clock, visit.record, "")).rpartition("/")[2]
    with ASGIClient(place.app) as client:
        opened = client.get(f"/v/{token}", allow_redirects=False)
    slot = {"slot": opened.headers["location"].rpartition("/")[2]}
    key = opened.cookies[COOKIE] or ""
    place.check = form_check(key)
    page = {"path_parameters": slot, "cookies": {COOKIE: key}}
    place.known = {
        "/v/{token}": {"path_parameters": {"token": token}},
        **{f"/visit/{{slot}}{rest}": page for rest in ("", "/answer", "/visits.ics")},
        "/pages/static/{name}": {"path_parameters": {"name": assets()["visit.css"]}},
        "/v1/pull": {"query": {"cursor": tablet.page()["cursor"]}},
    }
    yield place
    world.close()


def routes_of(app: Any) -> set[tuple[str, str]]:
    """Method and path of everything that the application answers."""
    while not hasattr(app, "routes"):
        app = getattr(app, "app", None) or app._app
    found: set[tuple[str, str]] = set()
    for route in app.routes:
        if isinstance(route, APIRoute):
            found |= {(method, re.sub(r":\w+}", "}", route.path)) for method in route.methods or ()}
        else:
            found |= routes_of(route.original_router)
    return found


def test_every_route_is_described_and_nothing_else(tmp_path: Path) -> None:
    app = create_app(Settings(database=f"sqlite:///{tmp_path / 'server.db'}"), FixedClock(START))
    described = {(method.upper(), path) for path, item in describe()["paths"].items() for method in item}
    assert described == routes_of(app)


def test_the_command_prints_a_valid_document(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["openapi"]) == 0
    document = json.loads(capsys.readouterr().out)
    assert document == describe()
    schemathesis.openapi.from_dict(document).validate()


def answers(
    place: Place, label: str, count: int, *, auth: Signed | None, known: bool = False, wrong: bool = False
) -> set[int]:
    """The statuses of the answers to so many made-up requests, each checked against the description."""
    operation = OPERATIONS[label]
    mode = GenerationMode.NEGATIVE if wrong else GenerationMode.POSITIVE
    statuses: set[int] = set()
    stream = label.endswith("/hints") and auth is not None

    @seed(20261123)
    @settings(
        max_examples=2 if stream else count,
        deadline=None,
        database=None,
        phases=[Phase.generate],
        suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much, HealthCheck.data_too_large],
    )
    @given(operation.as_strategy(mode, **place.known.get(operation.path, {}) if known else {}))
    def each(case: schemathesis.Case[Any]) -> None:
        if known and isinstance(case.body, dict):
            case.body["check"] = place.check
        with ASGIClient(place.app) as client:
            how: dict[str, Any] = {"app": place.app, "auth": auth, "allow_redirects": False}
            response = case.call("http://testserver", client, timeout=0.5 if stream else 20, **how)
        statuses.add(response.status_code)
        case.validate_response(response, checks=CHECKS)

    each()
    return statuses


@pytest.mark.parametrize("label", [label for label in OPERATIONS if "/v1/" in label])
def test_what_tablets_may_send_is_answered_as_described(place: Place, label: str) -> None:
    signed = Signed(place.tablet)
    seen = answers(place, label, 6, auth=signed)
    if OPERATIONS[label].path in place.known:
        seen |= answers(place, label, 3, auth=signed, known=True)
    if not label.endswith("/hints"):
        seen |= answers(place, label, 8, auth=signed, wrong=True)
    assert seen <= SIGNED[label]
    assert SIGNED[label] & {200} <= seen
    assert answers(place, label, 3, auth=None) <= UNSIGNED.get(label, {401})


@pytest.mark.parametrize("label", [label for label in OPERATIONS if "/v1/" not in label])
def test_what_a_browser_may_send_is_answered_as_described(place: Place, label: str) -> None:
    seen = answers(place, label, 4, auth=None) | answers(place, label, 8, auth=None, wrong=True)
    assert seen == STRANGERS.get(label, {404})
    if OPERATIONS[label].path in place.known:
        seen = answers(place, label, 12, auth=None, known=True)
        assert seen <= BROWSERS[label]
        assert min(BROWSERS[label]) in seen
