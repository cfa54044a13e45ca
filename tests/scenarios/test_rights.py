"""The shared list of sync scenarios, by their numbers: who may see, send, sign in, open and destroy what."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Generator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import pytest
import requests
from sqlalchemy import event, text

from fieldapp.domain.canonical import Json
from fieldapp.domain.clock import FixedClock
from fieldapp.storage import open_store, tables
from fieldapp.storage.errors import CorruptError, NewerSchemaError, WrongPassphraseError
from fieldapp.sync.proof import b64
from server import audit
from server.identity import codes
from server.visitlinks import make_link
from tests.scenarios.ward import Ward, everything, quiet
from tests.server.world import START, World
from tests.simulation.faults import Asked, Reply
from tests.simulation.world import PASSPHRASE, Tablet


def test_s13_what_was_taken_back_weeks_ago_goes_from_a_device_that_was_off(
    ward: Ward, anna: Tablet, cara: Tablet
) -> None:
    record, revision = ward.note(anna, "Said of the wrong patient")
    quiet(anna, cara)
    anna.session.put(
        ward.patient, "note", {"text": "-", "entered_in_error": True}, record=record, reason="The wrong patient"
    )
    anna.sync.run()
    _ended(ward)
    ward.world.advance(40 * 24 * 3600)
    assert cara.session.record(record).body["text"] == "Said of the wrong patient"
    cara.sync.run()
    assert ward.patient not in cara.store.patients()
    assert cara.store.revision(revision) is None
    quiet(cara)
    assert ward.held().of_record[record].keys() > {revision}, "the server keeps both versions"
    assert not ward.held().feeds[(ward.team, ward.patient)], "and nobody is given them"


def test_s13_a_version_taken_back_is_not_brought_to_life_by_a_device_that_was_off(
    ward: Ward, anna: Tablet, cara: Tablet
) -> None:
    ward.change(anna, entered_in_error=True)
    anna.sync.run()
    ward.world.advance(40 * 24 * 3600)
    cara.sync.run()
    for tablet in (anna, cara):
        assert ward.plan(tablet).body["entered_in_error"] is True
        assert not ward.plan(tablet).in_conflict


def test_s34_an_upgrade_keeps_unsent_work_and_gives_the_file_what_is_new(ward: Ward, anna: Tablet) -> None:
    _, revision = ward.note(anna, "Written with the older app")
    anna.close()
    with closing(sqlite3.connect(anna.directory / "store.db")) as connection:
        connection.executescript("DROP TABLE offer; PRAGMA user_version = 1")
    anna.open()
    assert [each.id for each in anna.store.outbox(1 << 20)] == [revision]
    assert anna.rows("PRAGMA user_version") == [(tables.SCHEMA,)]
    anna.sync.run()
    assert ward.times_in_feed(revision) == 1


def test_s34_a_downgrade_is_refused_in_plain_words_and_changes_nothing(ward: Ward, anna: Tablet) -> None:
    _, revision = ward.note(anna, "Written with the newer app")
    anna.close()
    _version(anna, tables.SCHEMA + 1)
    before = (anna.directory / "store.db").read_bytes()
    with pytest.raises(NewerSchemaError, match="newer"):
        open_store(anna.directory, clock=anna.clock)
    assert (anna.directory / "store.db").read_bytes() == before
    _version(anna, tables.SCHEMA)
    anna.open()
    assert [each.id for each in anna.store.outbox(1 << 20)] == [revision]


def test_s39_a_tablet_holds_exactly_what_its_persons_teams_may_see(ward: Ward, cara: Tablet) -> None:
    hospital, person = ward.world.hospital, cara.identity.person.id
    for joins, leaves, teams in (
        (None, None, {ward.team}),
        (ward.other_team, None, {ward.team, ward.other_team}),
        (None, ward.team, {ward.other_team}),
        (None, ward.other_team, set[str]()),
    ):
        hospital.move(person, leaves, joins)
        quiet(cara)
        patients = {
            patient
            for patient, each in ward.world.template.episodes.items()
            if teams & {team for team, _ in each.values()}
        }
        allowed = {each.id for each in ward.held().revisions.values() if each.patient in patients}
        assert {row[0] for row in cara.rows("SELECT id FROM revision")} == allowed
        assert set(cara.store.patients()) == patients
        assert bool(allowed) == bool(teams)


def test_s40_what_is_outside_the_caseload_is_refused_by_itself_and_audited(ward: Ward, cara: Tablet) -> None:
    outside = cara.session._make(ward.new_record(), ward.elsewhere, "note", {"text": "Not mine"}, (), None)
    cara.store.save([outside])
    inside = ward.note(cara, "Mine")[1]
    report = cara.sync.run()
    assert (report.accepted, report.refused) == (1, 1)
    assert [each.refusal.code for each in cara.store.refusals() if each.refusal] == ["not_your_patient"]
    assert inside in ward.world.hospital.receipts()
    assert outside.id not in ward.world.hospital.receipts()
    with ward.world.hospital.database.reading() as connection:
        query = "SELECT actor, device, detail FROM audit WHERE action = 'refused'"
        ((actor, device, detail),) = connection.execute(text(query)).all()
        assert audit.verify(connection) == []
    assert (actor, device) == (cara.identity.person.id, cara.identity.device)
    assert json.loads(detail)["code"] == "not_your_patient"


def test_s41_every_code_that_does_not_count_gets_one_and_the_same_answer(ward: Ward) -> None:
    used, expired = _code(ward), _code(ward)
    first = _enrol(ward, used, b"a")
    assert first.status == 200
    assert _said(_enrol(ward, used, b"a")) == _said(first), "signed in already: the same answer again"
    ward.world.advance(codes.LIFE_MS / 1000 + 1)
    said: list[Any] = []
    for code in ("0000-0000-0000-0000", expired, used, "", "not a code", "😷"):
        with _statements(ward) as run:
            reply = _enrol(ward, code, b"b")
        assert (reply.status, _said(reply)["code"]) == (403, "bad_code")
        said.append((reply.status, _said(reply), run))
    assert all(each == said[0] for each in said), "in content, and in what the server does for it"
    elsewhere = ward.world.hospital.handle(Asked("POST", "/v1/enroll", {}, b""))
    assert elsewhere is not None
    assert elsewhere.status == 404


def test_s41_a_link_that_ended_and_one_that_never_was_look_alike(tmp_path: Path) -> None:
    world = World(f"sqlite:///{tmp_path / 'server.db'}", FixedClock(START))
    nurse = world.tablet("Ann Lee", world.team("Home ward"))
    window = {"window_start": "2026-11-23T10:00:00Z", "window_end": "2026-11-23T12:00:00Z"}
    visit = nurse.write(nurse.new_patient(), "visit", {"team": world.team("Home ward"), **window})
    assert nurse.push(visit)[0]["status"] == "accepted"
    address = world.database.write(lambda c: make_link(c, world.clock, visit.record, world.address))
    with requests.Session() as browser:
        assert [browser.get(address, timeout=20).status_code for _ in range(2)] == [200, 200]
    world.clock.advance(30 * 24 * 3600)
    dead = [requests.get(each, timeout=20) for each in (address, f"{world.address}/v/{'A' * 24}", address[:-2] + "zz")]
    assert {(each.status_code, each.text) for each in dead} == {(404, dead[0].text)}
    world.close()


def test_s44_work_that_was_not_sent_is_destroyed_by_nothing(ward: Ward, cara: Tablet) -> None:
    record, revision = ward.note(cara, "Not sent yet")
    ward.world.hospital.move(cara.identity.person.id, ward.team, None)
    for _ in range(3):
        cara.sync.run()
        assert cara.store.forget_left() == 0
        assert cara.store.status(record) == "refused"
    cara.store.start_over("another epoch")
    assert cara.store.forget_left() == 0
    kept = cara.store.revision(revision)
    assert kept is not None
    assert kept.body == {"text": "Not sent yet"}
    assert ward.patient in cara.store.patients()


def test_s47_a_plain_database_is_no_store_and_a_store_opened_plainly_tells_nothing(ward: Ward, anna: Tablet) -> None:
    ward.note(anna, "Pressure ulcer on the left heel")
    here = everything(anna, ward.patient)
    anna.close()
    for path in anna.directory.iterdir():
        found = path.read_bytes()
        assert b"Pressure" not in found
        assert b"Thistlewood" not in found
    with pytest.raises(WrongPassphraseError):
        open_store(anna.directory, clock=anna.clock).unlock(PASSPHRASE + "!")
    anna.clock.advance(3600)
    anna.open()
    assert everything(anna, ward.patient) == here
    plain = ward.world.directory / "plain"
    plain.mkdir()
    with closing(sqlite3.connect(plain / "store.db")) as connection:
        connection.executescript("CREATE TABLE note (text); INSERT INTO note VALUES ('plain')")
    before = (plain / "store.db").read_bytes()
    with pytest.raises(CorruptError):
        open_store(plain, clock=anna.clock)
    assert (plain / "store.db").read_bytes() == before


def _ended(ward: Ward) -> None:
    """The patient's episode ends."""
    ((episode, (team, head)),) = ward.world.template.episodes[ward.patient].items()
    body: Json = {"pathway": "virtual_ward", "team": team, "status": "ended"}
    made = ward.world.hospital.imported(ward.patient, "episode", body, record=episode, parents=(head,))
    assert ward.world.hospital.office(team, made) == ["accepted"]


def _version(tablet: Tablet, number: int) -> None:
    with closing(sqlite3.connect(tablet.directory / "store.db")) as connection:
        connection.execute(f"PRAGMA user_version = {number}")
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")


def _code(ward: Ward) -> str:
    hospital, person = ward.world.hospital, ward.world.template.persons[0]
    return str(hospital.write(lambda c: codes.make_code(c, hospital.clock, person)).text)


def _enrol(ward: Ward, code: str, key: bytes) -> Reply:
    body = json.dumps({"code": code, "key": b64(key * 32), "name": "Tablet"}).encode()
    reply = ward.world.hospital.handle(Asked("POST", "/v1/enrol", {"Content-Type": "application/json"}, body))
    assert reply is not None
    return reply


def _said(reply: Reply) -> Json:
    found: Json = json.loads(reply.body)
    found.pop("now", None)
    return found


@contextmanager
def _statements(ward: Ward) -> Generator[list[str]]:
    """The SQL that runs inside the block."""
    run: list[str] = []

    def note(connection: Any, cursor: Any, statement: str, *_: Any) -> None:
        run.append(statement)

    engine = ward.world.hospital.database.engine
    event.listen(engine, "before_cursor_execute", note)
    yield run
    event.remove(engine, "before_cursor_execute", note)
