"""A connection that is cut at any byte: the tablet sends again, and the effect is one."""

from __future__ import annotations

import socket
from urllib.parse import urlsplit

import pytest
from sqlalchemy import func, select

from server.db.tables import feed
from tests.server.world import Tablet, World, ids_in, push_body


def raw_request(tablet: Tablet, body: bytes) -> bytes:
    head = {"Host": "localhost", "Content-Length": str(len(body)), "Content-Type": "application/json"}
    head |= tablet.headers("POST", "/v1/push", body)
    lines = [f"{name}: {value}" for name, value in head.items()]
    return "\r\n".join(["POST /v1/push HTTP/1.1", *lines, "", ""]).encode() + body


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_a_request_cut_anywhere_and_sent_again_takes_effect_once(world: World, nurse: Tablet) -> None:
    patient = nurse.new_patient()
    notes = [nurse.write(patient, "note", {"text": f"Note {n}"}) for n in range(3)]
    body = push_body(*notes)
    place = urlsplit(nurse.world.address)
    whole = raw_request(nurse, body)
    cuts = [*range(0, len(whole), max(1, len(whole) // 40)), len(whole) - 1, len(whole)]
    for cut in cuts:
        with socket.create_connection((place.hostname or "", place.port or 0), timeout=20) as connection:
            connection.sendall(raw_request(nurse, body)[:cut])
            if cut >= len(whole):
                connection.recv(1)
    assert [o["status"] for o in nurse.push(*notes)] == ["accepted"] * 3
    assert ids_in(nurse.pull())[1:] == [note.id for note in notes]
    with world.database.reading() as connection:
        assert connection.scalar(select(func.count()).select_from(feed)) == 5
