"""Codes, devices, tokens and proofs."""

from __future__ import annotations

import base64
import json
import threading
from typing import Any

import pytest
import requests
from sqlalchemy import func, select

from fieldapp.sync.proof import b64
from server.db.tables import codes, devices, tokens
from server.identity import devices as enrolling
from server.times import now_ms
from tests.server.world import Tablet, World, push_body


def code_of(response: requests.Response) -> tuple[int, str]:
    return response.status_code, response.json()["code"]


def test_a_code_is_good_for_one_key_which_may_ask_again(world: World) -> None:
    code = world.code(world.person("Ann Lee", world.team("Home ward")))
    first, second = Tablet(world), Tablet(world)
    reply = first.enrol(code.lower().replace("-", " "))
    assert reply.status_code == 200
    again = first.enrol(code)
    assert again.json() == reply.json()
    assert code_of(second.enrol(code)) == (403, "bad_code")
    assert reply.json()["person"]["name"] == "Ann Lee"
    assert [team["name"] for team in reply.json()["teams"]] == ["Home ward"]


def test_a_code_lives_ten_minutes_also_for_its_own_key(world: World) -> None:
    person = world.person("Ann Lee", world.team("Home ward"))
    early, late = world.code(person), world.code(person)
    tablet = Tablet(world)
    assert tablet.enrol(early).ok
    world.clock.advance(601)
    assert code_of(Tablet(world).enrol(late)) == (403, "bad_code")
    assert code_of(tablet.enrol(early)) == (403, "bad_code")


def test_one_of_many_racing_tablets_wins(world: World) -> None:
    code = world.code(world.person("Ann Lee", world.team("Home ward")))
    tablets = [Tablet(world) for _ in range(6)]
    assert world.address
    results: list[int] = []
    threads = [threading.Thread(target=lambda t=t: results.append(t.enrol(code).status_code)) for t in tablets]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(results) == [200, *[403] * 5]


def test_a_key_of_one_person_takes_no_code_of_another(world: World, nurse: Tablet) -> None:
    code = world.code(world.person("Tom Ogilvie", world.team("Home ward")))
    assert code_of(nurse.enrol(code)) == (403, "bad_code")
    assert Tablet(world).enrol(code).ok


def test_a_person_enrols_the_same_key_again_as_the_same_device(world: World, nurse: Tablet) -> None:
    device = nurse.device
    assert nurse.enrol(world.code(nurse.person["id"])).ok
    assert nurse.device == device


def test_wrong_codes_are_limited_by_address(world: World) -> None:
    tablet = Tablet(world)
    answers = [tablet.enrol("0000-0000-0000-0000").status_code for _ in range(12)]
    assert answers[:10] == [403] * 10
    assert answers[10:] == [429] * 2
    world.clock.advance(61)
    assert tablet.enrol("0000-0000-0000-0000").status_code == 403


def test_nothing_secret_is_stored_in_the_clear(world: World, nurse: Tablet) -> None:
    nurse.ask_token()
    code = world.code(nurse.person["id"])
    with world.database.reading() as connection:
        stored = [bytes(h) for h in connection.scalars(select(codes.c.hash).union_all(select(tokens.c.hash)))]
    assert all(len(value) == 32 for value in stored)
    assert code.encode() not in stored
    assert nurse.token.encode() not in stored


@pytest.mark.parametrize(
    "body",
    [b"", b"{}", b"[]", b"\xff", b'{"code":"A","key":"AA"}', b'{"code":"A","key":"!"}', b'{"code":1,"key":2}'],
)
def test_malformed_enrolments_are_refused(world: World, body: bytes) -> None:
    assert code_of(requests.post(f"{world.address}/v1/enrol", data=body, timeout=20)) == (400, "malformed")


def test_a_stolen_token_without_the_key_is_worth_nothing(nurse: Tablet, therapist: Tablet) -> None:
    nurse.ask_token()
    therapist.ask_token()
    stolen = therapist.headers("GET", "/v1/me", token=nurse.token)
    assert code_of(nurse.send("GET", "/v1/me", headers=stolen)) == (401, "unauthenticated")
    for header in ("", "Bearer x", f"Fieldapp {nurse.token}", f"Fieldapp {nurse.token}.1.n.", "Fieldapp a.b.c.d"):
        assert code_of(nurse.send("GET", "/v1/me", headers={"Authorization": header})) == (401, "unauthenticated")


def test_a_proof_binds_method_target_body_and_time_and_is_good_once(world: World, nurse: Tablet) -> None:
    patient = nurse.new_patient()
    body = push_body(nurse.write(patient, "note", {"text": "A note"}))
    good = nurse.headers("POST", "/v1/push", body)
    other = push_body(nurse.write(patient, "note", {"text": "Another"}))
    assert code_of(nurse.send("POST", "/v1/push", other, good)) == (401, "unauthenticated")
    assert code_of(nurse.send("POST", "/v1/push?x=1", body, good)) == (401, "unauthenticated")
    assert code_of(nurse.send("GET", "/v1/me", headers=good)) == (401, "unauthenticated")
    assert nurse.send("POST", "/v1/push", body, good).status_code == 200
    assert code_of(nurse.send("POST", "/v1/push", body, good)) == (401, "unauthenticated")
    for minutes in (-2, 2):
        at = now_ms(world.clock) + minutes * 60_000
        response = nurse.send("GET", "/v1/me", headers=nurse.headers("GET", "/v1/me", at=at))
        assert code_of(response) == (401, "clock")
        assert response.json()["now"] == now_ms(world.clock)


def test_a_token_is_bound_to_the_signature_the_time_and_one_nonce(
    world: World, nurse: Tablet, therapist: Tablet
) -> None:
    assert nurse.ask_token(nonce="once").ok
    assert code_of(nurse.ask_token(nonce="once")) == (401, "unauthenticated")
    late = nurse.ask_token(at=now_ms(world.clock) - 61_000)
    assert code_of(late) == (401, "clock")
    assert late.json()["now"] == now_ms(world.clock)
    assert code_of(nurse.ask_token(device=therapist.device)) == (401, "unauthenticated")
    assert code_of(nurse.ask_token(device="unknown")) == (401, "unauthenticated")
    assert code_of(nurse.ask_token(proof=b64(b"\0" * 64))) == (401, "unauthenticated")


def test_a_token_ends_after_ten_minutes(world: World, nurse: Tablet) -> None:
    assert nurse.send("GET", "/v1/me").ok
    world.clock.advance(601)
    assert code_of(nurse.send("GET", "/v1/me")) == (401, "unauthenticated")
    nurse.ask_token()
    assert nurse.send("GET", "/v1/me").json()["person"] == nurse.person
    with world.database.reading() as connection:
        assert connection.scalar(select(func.count()).select_from(tokens)) == 1


def test_a_revoked_tablet_is_told_so_and_gets_nothing(world: World, nurse: Tablet) -> None:
    nurse.ask_token()
    world.database.write(lambda c: enrolling.revoke(c, world.clock, nurse.device))
    assert code_of(nurse.send("GET", "/v1/pull")) == (401, "unauthenticated")
    assert code_of(nurse.ask_token()) == (403, "revoked")
    assert code_of(nurse.enrol(world.code(nurse.person["id"]))) == (403, "revoked")


def test_a_device_id_follows_from_its_key(world: World, nurse: Tablet) -> None:
    with world.database.reading() as connection:
        row = connection.execute(select(devices).where(devices.c.device == nurse.device)).one()
    assert bytes(row.public_key) == base64.urlsafe_b64decode(nurse.public_key + "=")
    assert enrolling.device_id(bytes(row.public_key)) == nurse.device


@pytest.mark.parametrize(("method", "target"), [("GET", "/v1/me"), ("GET", "/v1/pull"), ("POST", "/v1/push")])
def test_every_route_for_tablets_needs_a_proof(nurse: Tablet, method: str, target: str) -> None:
    assert code_of(nurse.send(method, target, headers={})) == (401, "unauthenticated")


def test_answers_are_json_with_a_sentence(nurse: Tablet) -> None:
    answer: dict[str, Any] = json.loads(nurse.send("GET", "/v1/me", headers={}).text)
    assert set(answer) == {"code", "sentence", "now"}
