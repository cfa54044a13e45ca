"""The patient's page follows the visit's record, from the database to the browser's HTML."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest
import requests
from sqlalchemy import func, select

from fieldapp.domain.revision import Revision
from server.db.tables import answers
from server.errors import NotFoundError
from server.visitlinks import make_link
from server.visitview import carer_of
from tests.server.world import Tablet, World

WINDOW = {"window_start": "2026-11-23T10:00:00Z", "window_end": "2026-11-23T12:00:00Z"}


class Visit:
    """A visit, its link and a browser that follows it."""

    def __init__(self, world: World, nurse: Tablet) -> None:
        self.world = world
        self.nurse = nurse
        self.patient = nurse.new_patient("Zebedeesworth")
        clinician = {"id": nurse.person["id"], "name": "Ann Lee", "role": "Nurse"}
        self.body: dict[str, Any] = {"team": world.team("Home ward"), "clinician": clinician, **WINDOW, "minutes": 40}
        self.revision: Revision = nurse.write(self.patient, "visit", self.body)
        assert nurse.push(self.revision)[0]["status"] == "accepted"
        self.url = self.link()
        self.browser = requests.Session()

    def link(self) -> str:
        record, address = self.revision.record, self.world.address
        return self.world.database.write(lambda c: make_link(c, self.world.clock, record, address))

    def change(self, **progress: str) -> None:
        body = {**self.body, "progress": progress}
        self.revision = self.nurse.write(self.patient, "visit", body, parents=[self.revision])
        assert self.nurse.push(self.revision)[0]["status"] == "accepted"

    def page(self) -> requests.Response:
        return self.browser.get(self.url, timeout=20)


@pytest.fixture
def visit(world: World, nurse: Tablet) -> Iterator[Visit]:
    visit = Visit(world, nurse)
    yield visit
    visit.browser.close()


def test_the_page_follows_the_visit(world: World, visit: Visit) -> None:
    assert "10am to 12 midday" in visit.page().text
    visit.change(status="on_the_way", eta_start="2026-11-23T10:40:00Z", eta_end="2026-11-23T11:00:00Z")
    page = visit.page().text
    assert "On the way" in page
    assert "10:40am to 11am" in page
    visit.change(
        status="planned", late_reason="traffic", eta_start="2026-11-23T12:15:00Z", eta_end="2026-11-23T12:45:00Z"
    )
    assert "Running late" in visit.page().text
    visit.change(status="arrived", arrived_at="2026-11-23T10:52:00Z")
    assert "Ann arrived at 10:52am" in visit.page().text
    visit.change(status="done", finished_at="2026-11-23T11:30:00Z")
    assert "Your visit is done" in visit.page().text


def test_the_page_names_no_patient_and_no_family_name(visit: Visit) -> None:
    page = visit.page()
    assert page.status_code == 200
    for secret in ("Zebedeesworth", "Lee", visit.patient, visit.revision.record):
        assert secret not in page.text


def test_a_link_dies_two_hours_after_the_visit(world: World, visit: Visit) -> None:
    visit.change(status="done", finished_at="2026-11-23T09:30:00Z")
    world.clock.advance(2.4 * 3600)
    assert visit.page().status_code == 200
    world.clock.advance(0.2 * 3600)
    dead = visit.page()
    unknown = requests.get(f"{world.address}/v/unknown", timeout=20)
    assert (dead.status_code, unknown.status_code) == (404, 404)
    assert requests.get(visit.url, timeout=20).text == unknown.text


def test_an_answer_is_stored_once_and_shown(world: World, visit: Visit) -> None:
    for _ in range(2):
        page = visit.page()
        form = dict(re.findall(r'name="(check|shown)"[^>]*value="([^"]*)"', page.text))
        address = page.url.partition("?")[0] + "/answer"
        sent = visit.browser.post(address, data={**form, "answer": "suits"}, timeout=20)
        assert sent.status_code == 200, sent.text
    assert "this time suits me" in visit.page().text
    with world.database.reading() as connection:
        assert connection.scalar(select(func.count()).select_from(answers)) == 1


def test_links_are_several_secret_and_for_visits_only(world: World, visit: Visit) -> None:
    other = visit.link()
    assert other != visit.url
    assert requests.get(other, timeout=20).status_code == 200
    with pytest.raises(NotFoundError):
        world.database.write(lambda c: make_link(c, world.clock, visit.patient, world.address))


def test_a_visit_entered_in_error_has_no_page(visit: Visit) -> None:
    body = {**visit.body, "entered_in_error": True}
    visit.nurse.push(visit.nurse.write(visit.patient, "visit", body, parents=[visit.revision]))
    assert visit.page().status_code == 404


@pytest.mark.parametrize(
    ("name", "first"),
    [("Ann Lee", "Ann"), ("Dr Ann Lee", "Ann"), ("LEE, Ann (Dr)", "Ann"), ("Ann", "Ann"), ("Sister Ann Lee", "Ann")],
)
def test_only_the_first_name_is_used(name: str, first: str) -> None:
    assert carer_of({"clinician": {"id": "x", "name": name, "role": "Nurse"}}).first_name == first
