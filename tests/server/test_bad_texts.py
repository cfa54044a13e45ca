"""Texts that one of the databases cannot store or compare are refused on both alike, and never fail."""

from __future__ import annotations

import json
from urllib.parse import urlencode

import pytest
import requests
from sqlalchemy import func, select

from server.db.tables import answers, devices
from server.pages.links import COOKIE, form_check
from server.visitlinks import make_link
from tests.server.world import Tablet, World

NUL = "\0"
SHA256 = "a" * 64


@pytest.mark.parametrize("name", [NUL, f"Tablet{NUL}", "T" * 101])
def test_a_tablets_name_that_cannot_be_stored_does_not_spend_the_code(world: World, name: str) -> None:
    code = world.code(world.person("Ida Finch", world.team("Home ward")))
    tablet = Tablet(world)
    body = {"code": code, "key": tablet.public_key, "name": name}
    response = requests.post(f"{world.address}/v1/enrol", json=body, timeout=20)
    assert (response.status_code, response.json()["code"]) == (400, "malformed")
    with world.database.reading() as connection:
        assert connection.scalar(select(func.count()).select_from(devices)) == 0
    assert tablet.enrol(code).status_code == 200


def test_a_code_with_a_nul_is_a_wrong_code(world: World) -> None:
    body = {"code": NUL, "key": Tablet(world).public_key}
    response = requests.post(f"{world.address}/v1/enrol", json=body, timeout=20)
    assert (response.status_code, response.json()["code"]) == (403, "bad_code")


@pytest.mark.parametrize("device", [NUL, "x" * 3000, "\u00e9", ""])
def test_a_device_that_can_be_none_gets_no_token(nurse: Tablet, device: str) -> None:
    response = nurse.ask_token(device=device)
    assert (response.status_code, response.json()["code"]) == (401, "unauthenticated")


@pytest.mark.parametrize("patient", ["%00", "x%00", "%FF", "x" * 65])
def test_a_photograph_of_a_patient_who_can_be_none_is_not_found(nurse: Tablet, patient: str) -> None:
    place = f"/v1/patients/{patient}/attachments/{SHA256}"
    for method, target in (("GET", place), ("GET", f"{place}/0"), ("PUT", f"{place}/0")):
        response = nurse.send(method, target, b"x" if method == "PUT" else b"")
        assert (response.status_code, response.json()["code"]) == (404, "not_found")


def test_an_entry_whose_texts_cannot_be_stored_stops_no_other(nurse: Tablet) -> None:
    patient = nurse.new_patient()
    window = {"window_start": "2026-11-23T10:00:00Z", "window_end": "2026-11-23T12:00:00Z", "minutes": 40}
    bad = [
        nurse.write(patient, "episode", {"team": NUL, "pathway": "hospital_at_home"}),
        nurse.write(patient, "visit", {**window, "team": NUL, "clinician": {"id": NUL, "name": NUL, "role": NUL}}),
        nurse.write(patient, "note", {"text": f"A{NUL}B"}),
        nurse.write(patient, "note", {"text": "A"}, reason=NUL),
        nurse.write(patient, "newer", {NUL: NUL}),
    ]
    good = [nurse.write(patient, "note", {"text": f"Note {n}"}) for n in range(2)]
    outcomes = nurse.push(good[0], *bad, good[1])
    assert [outcomes[0]["status"], outcomes[-1]["status"]] == ["accepted"] * 2
    for outcome in outcomes[1:-1]:
        assert outcome["status"] == "accepted" or (
            outcome["code"] in ("malformed", "invalid_body") and outcome["sentence"]
        )
    wires = [
        nurse.write(patient, "note", {"text": "A"}).to_wire() | {name: NUL}
        for name in ("device", "kind", "record", "hash", "sig")
    ]
    assert [outcome["status"] for outcome in nurse.push(*wires)] == ["refused"] * len(wires)


def test_a_patients_note_with_a_nul_is_kept_or_refused(world: World, nurse: Tablet) -> None:
    window = {"window_start": "2026-11-23T10:00:00Z", "window_end": "2026-11-23T12:00:00Z", "minutes": 40}
    clinician = {"id": nurse.person["id"], "name": "Ann Lee", "role": "Nurse"}
    visit = nurse.write(
        nurse.new_patient(), "visit", {"team": world.team("Home ward"), "clinician": clinician, **window}
    )
    assert nurse.push(visit)[0]["status"] == "accepted"
    link = world.database.write(lambda c: make_link(c, world.clock, visit.record, world.address))
    with requests.Session() as browser:
        page = browser.get(link, timeout=20)
        check = form_check(browser.cookies[COOKIE] or "")
        for text, fields in (
            (f"A{NUL}B", {}),
            ("\U0010ffff", {}),
            ("A", {"shown": "9" * 5000 + "-1"}),
            ("A", {"shown": "1e400-2"}),
        ):
            form = {"answer": "note", "check": check, "text": text, **fields}
            said = browser.post(
                f"{page.url}/answer",
                urlencode(form),
                headers={"content-type": "application/x-www-form-urlencoded"},
                timeout=20,
            )
            assert said.status_code in (200, 422)
        for raw in (b"\xff", b"answer=%FF&check=x", b"&" * 50, b"answer=note&answer=", b"a" * 16_000):
            assert browser.post(f"{page.url}/answer", raw, timeout=20).status_code in (403, 413, 422)
    with world.database.reading() as connection:
        stored = connection.scalars(select(answers.c.data)).all()
    assert all(json.loads(data)["kind"] == "note" for data in stored)
