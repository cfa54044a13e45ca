"""Whatever is typed wrong, missing, too old, full or unreachable: one clear sentence, an exit code, nothing lost."""

from __future__ import annotations

import json
import os
import resource
import subprocess
import sys
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import func, select

from fieldapp.domain.clock import FixedClock, SystemClock
from server.db.engine import Database
from server.db.tables import feed
from server.identity.codes import make_code
from tests.acceptance.commands import app, refused, server, written
from tests.app.running import PASSPHRASE, Ran, fieldapp
from tests.browser.journey import MadeUpService
from tests.browser.process import ROOT, Program, free_port, wait_for

NOTE = {"text": "Heel intact, boots on."}
NOWHERE = "http://127.0.0.1:9"


@pytest.fixture(scope="module")
def nurse(service: MadeUpService) -> Path:
    """A tablet with one unsent entry on it."""
    service.tablet("amira", "nurse")
    store = service.folder / "nurse"
    file = written(service.folder / "note.json", NOTE)
    patient = service.patient("dorothy")
    assert app("put", "--store", store, "--patient", patient, "--kind", "note", "--file", file).code == 0
    return store


def unsent(store: Path) -> list[object]:
    """The entries that wait on a tablet."""
    done = fieldapp("show", "--store", store)
    assert done.code == 0, done.said
    return [line["body"] for line in done.lines if line["state"] == "pending"]


def test_a_wrong_passphrase_opens_and_deletes_nothing(nurse: Path) -> None:
    ran = app("show", "--store", nurse, passphrase="a wrong one altogether")
    refused(ran, 3)
    assert "Nothing has been deleted" in ran.said
    wait_for(lambda: fieldapp("patients", "--store", nurse).code == 0, "the wait after a wrong passphrase to end")
    assert unsent(nurse) == [NOTE]


def test_a_code_works_once_and_for_ten_minutes(service: MadeUpService, store: Path, tmp_path: Path) -> None:
    code = service.code("amira")
    enrol = ["enrol", "--server", service.address, "--store"]
    assert app(*enrol, store, "--code", code).code == 0
    used = app(*enrol, tmp_path / "second", "--code", code)
    refused(used, 7)
    assert app("sync", "--store", store).code == 0, "the first tablet is not disturbed"

    database = Database(service.database)
    earlier = FixedClock(SystemClock().now() - timedelta(minutes=11))
    try:
        person = service.story.people["amira"].id
        old = database.write(lambda connection: make_code(connection, earlier, person)).text
    finally:
        database.close()
    refused(app(*enrol, tmp_path / "second", "--code", old), 7)
    assert app(*enrol, tmp_path / "second", "--code", service.code("amira")).code == 0, "a fresh code still works"


def test_a_server_that_cannot_be_reached_costs_nothing(service: MadeUpService, nurse: Path, store: Path) -> None:
    with service.stopped():
        ran = app("sync", "--store", nurse)
        assert (ran.code, ran.out) == (6, "")
        assert "1 unsent entry is kept on this tablet." in ran.said
        assert "Traceback" not in ran.said
        assert unsent(nurse) == [NOTE]
    refused(app("enrol", "--store", store, "--server", NOWHERE, "--code", "AAAA-BBBB-CCCC-DDDD"), 6)


BUNDLES: dict[str, bytes] = {
    "empty": b"",
    "no JSON": b"<Bundle/>",
    "cut off": b'{"resourceType": "Bundle", "type": "collection", "entry": [{"resource": {"resourceType": "Pat',
    "a list": b"[1, 2, 3]",
    "not FHIR": b'{"hello": "Marigold Thistlewood"}',
    "an entry that is none": b'{"resourceType": "Bundle", "entry": 7}',
    "not UTF-8": b'{"resourceType": "Bundle\xff"}',
    "deep": b"[" * 200_000,
}


def test_malformed_bundles_are_refused_by_name_and_change_nothing(service: MadeUpService, tmp_path: Path) -> None:
    before = size(service)
    files: list[Path] = []
    for number, content in enumerate(BUNDLES.values()):
        files.append(tmp_path / f"bundle-{number}.json")
        files[-1].write_bytes(content)
    ran = server("import-fhir", *files, "--team", "Home Ward East", "--database", service.database)
    assert ran.code == 1
    said = ran.said.splitlines()
    assert len(said) == len(files), ran.said
    assert all(any(file.name in line for line in said) for file in files)
    assert "Traceback" not in ran.said
    assert "Marigold" not in ran.said + ran.out
    assert size(service) == before


def size(service: MadeUpService) -> int:
    """How many items the feeds hold."""
    database = Database(service.database)
    try:
        with database.reading() as connection:
            return connection.scalar(select(func.count()).select_from(feed)) or 0
    finally:
        database.close()


def test_a_missing_file_and_an_unknown_person_are_told(service: MadeUpService, tmp_path: Path) -> None:
    missing = server("import-fhir", tmp_path / "none.json", "--team", "Home Ward East", "--database", service.database)
    assert (missing.code, len(missing.said.splitlines())) == (1, 1), missing.said
    refused(server("code", "--person", "Nobody Here", "--database", service.database), 1)
    garbage = tmp_path / "garbage.db"
    garbage.write_bytes(b"this is not a database" * 500)
    refused(server("init", "--database", "oracle://somewhere"), 1)
    refused(server("init", "--database", f"sqlite:///{garbage}"), 1)
    refused(server("init", "--database", f"sqlite:///{garbage / 'below-a-file.db'}"), 1)
    assert garbage.read_bytes() == b"this is not a database" * 500


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of 4 MB, where this machine lets one be mounted."""
    folder = tmp_path / "disk"
    folder.mkdir()
    done = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=4m", "tmpfs", str(folder)], capture_output=True, check=False
    )
    if done.returncode:
        pytest.skip(f"No small file system can be mounted here: {done.stderr.decode().strip()}")
    yield folder
    subprocess.run(["umount", "-l", str(folder)], check=True)


def fill(folder: Path) -> Path:
    """Use up what is left of a file system."""
    filler = folder / "filler"
    with filler.open("wb", buffering=0) as file:
        try:
            while True:
                file.write(b"\0" * 4096)
        except OSError:
            return filler


def test_a_full_tablet_says_so_and_keeps_what_it_had(service: MadeUpService, small_disk: Path, tmp_path: Path) -> None:
    store = small_disk / "tablet"
    patient = service.patient("jean")
    enrol = ["enrol", "--store", store, "--server", service.address, "--code", service.code("tom")]
    assert app(*enrol).code == 0
    assert app("sync", "--store", store).code == 0
    put = ["put", "--store", store, "--patient", patient, "--kind", "note", "--file"]
    kept = app(*put, written(tmp_path / "kept.json", {"text": "Saved while there was room."})).one
    filler = fill(small_disk)
    big = written(tmp_path / "big.json", {"text": "No room for this. " * 900})
    failed = next((ran for ran in (fieldapp(*put, big) for _ in range(40)) if ran.code), None)
    assert failed is not None, "the disk never filled"
    refused(failed, 5)
    refused(app(*put, big), 5)
    filler.unlink()
    shown = {line["id"]: line["body"] for line in app("show", "--store", store, "--patient", patient).lines}
    assert shown[kept["record"]] == {"text": "Saved while there was room."}
    again = app(*put, big).one
    report = app("sync", "--store", store).one
    assert report["pending"] == 0
    texts = [item["body"].get("text") for item in service.feed(patient)]
    assert "Saved while there was room." in texts
    assert again["revision"] in [item["id"] for item in service.feed(patient)]


def test_a_store_that_may_not_grow_says_so(service: MadeUpService, tmp_path: Path) -> None:
    """The same where nothing can be mounted: the process may not write a file beyond its present size."""
    service.tablet("leanne", "limited")
    store = service.folder / "limited"
    before = app("show", "--store", store).out
    limit = max(file.stat().st_size for file in store.iterdir() if file.is_file())
    big = written(tmp_path / "big.json", {"text": "x" * 19_000})
    argv = ["put", "--store", store, "--patient", service.patient("dorothy"), "--kind", "note", "--file", big]
    code = (
        "import signal, sys; signal.signal(signal.SIGXFSZ, signal.SIG_IGN);"
        "from fieldapp.cli import main; sys.exit(main(sys.argv[1:]))"
    )

    def small_files() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (4096, limit * 4))

    done = subprocess.run(
        [sys.executable, "-c", code, *map(str, argv)],
        cwd=ROOT,
        env={**os.environ, "FIELDAPP_PASSPHRASE": PASSPHRASE},
        capture_output=True,
        timeout=60,
        check=False,
        preexec_fn=small_files,
    )
    refused(Ran(done.returncode, done.stdout.decode(), done.stderr.decode().strip()), 5)
    assert app("show", "--store", store).out == before


def test_a_full_server_takes_nothing_halfway_and_everything_once_there_is_room(
    service: MadeUpService, small_disk: Path, tmp_path: Path
) -> None:
    url = f"sqlite:///{small_disk / 'server.db'}"
    assert server("person", "--name", "Ida Finch", "--role", "Nurse", "--team", "Small", "--database", url).code == 0
    bundle = written(
        tmp_path / "one.json",
        {"resourceType": "Patient", "id": "p1", "name": [{"family": "Finchley", "given": ["Ann"]}]},
    )
    assert server("import-fhir", bundle, "--team", "Small", "--database", url).code == 0
    code = json.loads(server("code", "--person", "Ida Finch", "--database", url).out)["code"]
    port = free_port()
    argv = [sys.executable, "-m", "server.cli", "serve", "--database", url, "--port", str(port)]
    program = Program("full server", argv, port, tmp_path / "server.log")
    program.start()
    try:
        store = tmp_path / "tablet"
        assert app("enrol", "--store", store, "--server", program.url, "--code", code).code == 0
        assert app("sync", "--store", store).code == 0
        [patient] = app("patients", "--store", store).lines
        text = "Room for this only later. " * 700
        file = written(tmp_path / "long.json", {"text": text})
        put = ["put", "--store", store, "--patient", patient["id"], "--kind", "note", "--file", file]
        saved = app(*put).one
        filler = fill(small_disk)
        ran = app("sync", "--store", store)
        assert (ran.code, ran.out) == (8, ""), ran.said
        assert "1 unsent entry is kept on this tablet." in ran.said
        filler.unlink()
        assert app("sync", "--store", store).one["accepted"] == 1
        line = next(line for line in app("show", "--store", store).lines if line["id"] == saved["record"])
        assert (line["state"], line["body"]) == ("sent", {"text": text})
        assert text[:40] not in program.log.read_text()
    finally:
        program.stop()
