"""Attachments over HTTP, on both databases: who may send and see them, and that only the whole, checked, is served."""

from __future__ import annotations

from typing import Any

import requests
import zstandard
from sqlalchemy import func, select, text

from fieldapp.domain.attachments import CHUNK_BYTES, MAX_BYTES
from fieldapp.domain.canonical import sha256_hex
from server.audit import verify
from server.db import schema
from server.db.tables import attachment_chunks, attachments, audit
from server.identity import devices
from tests.server.world import Tablet, World
from tests.storage.pictures import body, named, photograph

DATA = photograph(2 * CHUNK_BYTES + 5000)
SHA256 = named(DATA).sha256
PARTS = [DATA[at : at + CHUNK_BYTES] for at in range(0, len(DATA), CHUNK_BYTES)]


def path(patient: str, index: int | str | None = None, sha256: str = SHA256) -> str:
    whole = f"/v1/patients/{patient}/attachments/{sha256}"
    return whole if index is None else f"{whole}/{index}"


def standing(tablet: Tablet, patient: str, sha256: str = SHA256) -> Any:
    response = tablet.send("GET", path(patient, sha256=sha256))
    assert response.status_code == 200, response.text
    return response.json()


def put(tablet: Tablet, patient: str, index: int | str, data: bytes | None = None, **more: Any) -> requests.Response:
    return tablet.send("PUT", path(patient, index, **more), PARTS[int(index)] if data is None else data)


def sent(tablet: Tablet, patient: str) -> None:
    for index in range(3):
        assert put(tablet, patient, index).status_code == 200


def photographed(tablet: Tablet, patient: str, data: bytes = DATA) -> None:
    (outcome,) = tablet.push(tablet.write(patient, "photo", body(data)))
    assert outcome["status"] == "accepted", outcome


def rows(world: World, table: Any) -> int:
    with world.database.reading() as connection:
        return connection.scalar(select(func.count()).select_from(table)) or 0


def test_chunks_come_in_any_order_and_the_whole_is_served(world: World, nurse: Tablet, therapist: Tablet) -> None:
    patient = nurse.new_patient()
    photographed(nurse, patient)
    assert standing(nurse, patient) == {"chunks": 3, "missing": [0, 1, 2], "whole": False, "wrong": False}
    assert put(nurse, patient, 2).json()["missing"] == [0, 1]
    assert put(nurse, patient, 2).json()["missing"] == [0, 1]
    assert put(nurse, patient, 0).json()["missing"] == [1]
    assert therapist.send("GET", path(patient, 0)).status_code == 404
    assert put(nurse, patient, 1).json() == {"chunks": 3, "missing": [], "whole": True, "wrong": False}
    replies = [therapist.send("GET", path(patient, index)) for index in range(3)]
    assert {reply.headers["content-type"] for reply in replies} == {"application/octet-stream"}
    assert b"".join(reply.content for reply in replies) == DATA


def test_a_chunk_may_come_compressed(nurse: Tablet) -> None:
    patient = nurse.new_patient()
    photographed(nurse, patient)
    packed = zstandard.compress(PARTS[0])
    headers = {**nurse.headers("PUT", path(patient, 0), packed), "Content-Encoding": "zstd"}
    assert nurse.send("PUT", path(patient, 0), packed, headers).json()["missing"] == [1, 2]


def test_a_whole_of_other_content_is_dropped_and_taken_anew(world: World, nurse: Tablet) -> None:
    patient = nurse.new_patient()
    photographed(nurse, patient)
    put(nurse, patient, 0, bytes(CHUNK_BYTES))
    put(nurse, patient, 1)
    assert put(nurse, patient, 2).json() == {"chunks": 3, "missing": [0, 1, 2], "whole": False, "wrong": True}
    assert rows(world, attachment_chunks) == 0
    sent(nurse, patient)
    assert standing(nurse, patient)["whole"]


def test_bytes_that_are_no_picture_are_dropped_though_the_hash_is_right(nurse: Tablet) -> None:
    patient, text = nurse.new_patient(), b"<script>" + bytes(500)
    said = body(DATA)
    said["image"] = {"sha256": (sha256 := sha256_hex(text)), "size": len(text), "media_type": "image/png"}
    assert nurse.push(nurse.write(patient, "photo", said))[0]["status"] == "accepted"
    assert put(nurse, patient, 0, text, sha256=sha256).json()["wrong"]
    assert not standing(nurse, patient, sha256)["whole"]


def test_what_is_no_chunk_is_refused(world: World, nurse: Tablet) -> None:
    patient = nurse.new_patient()
    photographed(nurse, patient)
    for index, data, status in (
        (0, b"", 400),
        (0, PARTS[0][:-1], 400),
        (0, PARTS[0] + b"x", 400),
        (2, PARTS[2] + b"x", 400),
        (3, PARTS[0], 400),
        ("48", PARTS[0], 404),
        ("-1", PARTS[0], 404),
        ("0x1", PARTS[0], 404),
        ("99999999999", PARTS[0], 404),
    ):
        assert nurse.send("PUT", path(patient, index), data).status_code == status, index
    assert rows(world, attachment_chunks) == 0


def test_too_long_a_body_and_a_bomb_are_refused(world: World, nurse: Tablet) -> None:
    patient = nurse.new_patient()
    photographed(nurse, patient)
    assert nurse.send("PUT", path(patient, 0), bytes(CHUNK_BYTES + 5000)).status_code == 413
    bomb = zstandard.compress(bytes(64 << 20))
    headers = {**nurse.headers("PUT", path(patient, 0), bomb), "Content-Encoding": "zstd"}
    assert nurse.send("PUT", path(patient, 0), bomb, headers).status_code == 413
    assert rows(world, attachment_chunks) == 0


def test_too_large_or_strange_a_picture_is_refused_with_its_record(nurse: Tablet) -> None:
    patient, said = nurse.new_patient(), body(DATA)
    for changed in ({"size": MAX_BYTES + 1}, {"media_type": "image/gif"}):
        (outcome,) = nurse.push(nurse.write(patient, "photo", {**said, "image": {**said["image"], **changed}}))
        assert (outcome["code"], outcome["where"]) == ("invalid_body", f"image.{next(iter(changed))}")


def test_nobody_learns_of_other_teams_attachments(world: World, nurse: Tablet, stranger: Tablet) -> None:
    patient, own = nurse.new_patient(), stranger.new_patient()
    photographed(nurse, patient)
    sent(nurse, patient)
    other = photograph(seed="not there")
    unknown = named(other).sha256

    def told(where: str) -> set[tuple[int, str, str]]:
        """What is answered there."""
        found: set[tuple[int, str, str]] = set()
        for method, target, data in (("GET", where, b""), ("GET", f"{where}/0", b""), ("PUT", f"{where}/0", PARTS[0])):
            reply = stranger.send(method, target, data)
            found.add((reply.status_code, reply.json()["code"], reply.json()["sentence"]))
        return found

    nothing = {(404, "not_found", "There is no such photograph for this tablet.")}
    for where in (
        path(patient),
        path(patient, sha256=unknown),
        path(own),
        path("5f0c6c56-0000-7000-8000-00000000dead"),
        path(patient, sha256="0" * 63),
        path("x" * 200),
    ):
        assert told(where) == nothing
    assert standing(nurse, patient)["whole"]


def test_naming_a_hash_on_ones_own_patient_opens_nothing_of_another(
    world: World, nurse: Tablet, stranger: Tablet
) -> None:
    patient, own = nurse.new_patient(), stranger.new_patient()
    photographed(nurse, patient)
    sent(nurse, patient)
    photographed(stranger, own)
    assert standing(stranger, own)["missing"] == [0, 1, 2]
    assert stranger.send("GET", path(own, 0)).status_code == 404
    assert stranger.send("GET", path(patient, 0)).status_code == 404


def test_a_chunk_of_another_patient_does_not_make_a_whole(nurse: Tablet) -> None:
    patient, second = nurse.new_patient(), nurse.new_patient("Rowntree")
    other = photograph(len(DATA), seed="second")
    photographed(nurse, patient)
    photographed(nurse, second, other)
    put(nurse, patient, 0)
    put(nurse, patient, 1, other[CHUNK_BYTES : 2 * CHUNK_BYTES])
    assert put(nurse, patient, 2).json()["wrong"]


def test_the_same_picture_of_one_patient_is_stored_once(world: World, nurse: Tablet, therapist: Tablet) -> None:
    patient = nurse.new_patient()
    photographed(nurse, patient)
    sent(nurse, patient)
    photographed(therapist, patient)
    assert standing(therapist, patient)["whole"]
    assert (rows(world, attachments), rows(world, attachment_chunks)) == (1, 3)


def test_a_team_that_lost_the_patient_may_send_but_not_see(world: World, nurse: Tablet, stranger: Tablet) -> None:
    patient, ward = nurse.new_patient(), world.team("Home ward")
    photographed(nurse, patient)
    put(nurse, patient, 0)
    world.join(patient, world.team("Urgent response"))
    world.leave(patient, ward)
    assert standing(nurse, patient)["missing"] == [1, 2]
    assert put(nurse, patient, 1).status_code == put(nurse, patient, 2).status_code == 200
    assert nurse.send("GET", path(patient, 0)).status_code == 404
    assert stranger.send("GET", path(patient, 2)).content == PARTS[2]


def test_a_revoked_tablet_is_told_so(world: World, nurse: Tablet) -> None:
    patient = nurse.new_patient()
    photographed(nurse, patient)
    world.database.write(lambda c: devices.revoke(c, world.clock, nurse.device))
    for method, target, data in (("GET", path(patient), b""), ("PUT", path(patient, 0), PARTS[0])):
        reply = nurse.send(method, target, data)
        assert reply.status_code == 401
    assert nurse.ask_token().json()["code"] == "revoked"
    assert rows(world, attachment_chunks) == 0


def test_an_unsigned_request_is_refused(world: World, nurse: Tablet) -> None:
    patient = nurse.new_patient()
    photographed(nurse, patient)
    assert nurse.send("GET", path(patient), headers={}).status_code == 401
    signed_for_another = nurse.headers("PUT", path(patient, 0), PARTS[1])
    assert nurse.send("PUT", path(patient, 0), PARTS[0], signed_for_another).status_code == 401


def test_what_was_stored_is_in_the_teams_audit(world: World, nurse: Tablet) -> None:
    patient = nurse.new_patient()
    photographed(nurse, patient)
    sent(nurse, patient)
    put(nurse, patient, 1)
    with world.database.reading() as connection:
        found = connection.execute(select(audit).where(audit.c.action == "attachment")).all()
        assert verify(connection) == []
    assert [row.device for row in found] == [nurse.device]


def test_a_record_that_was_wrong_about_the_size_stops_nobody(nurse: Tablet) -> None:
    patient, wrong = nurse.new_patient(), body(DATA)
    wrong["image"] = {**wrong["image"], "size": 100}
    assert nurse.push(nurse.write(patient, "photo", wrong))[0]["status"] == "accepted"
    assert put(nurse, patient, 0, DATA[:100]).json()["wrong"]
    photographed(nurse, patient)
    sent(nurse, patient)
    assert standing(nurse, patient)["whole"]


def test_what_records_named_before_the_server_knew_attachments_may_be_sent(world: World, nurse: Tablet) -> None:
    patient = nurse.new_patient()
    photographed(nurse, patient)

    def as_before(connection: Any) -> None:
        for statement in ("DROP TABLE attachments", "DROP TABLE attachment_chunks"):
            connection.execute(text(statement))
        connection.execute(text("UPDATE alembic_version SET version_num = '0001'"))

    world.database.write(as_before)
    schema.prepare(world.database, world.clock)
    sent(nurse, patient)
    assert standing(nurse, patient)["whole"]
