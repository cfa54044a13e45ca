"""The tablet app as commands, against a real server over HTTP."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from fieldapp.domain.canonical import Json
from fieldapp.domain.ids import is_id
from tests.app.running import NURSE, PASSPHRASE, PLAN, TEAM, THERAPIST, Running, fieldapp, fieldapp_process
from tests.browser.process import ROOT

NOTE = {"text": "Wound clean and dry."}


def written(path: Path, value: object) -> Path:
    path.write_text(json.dumps(value))
    return path


@pytest.fixture
def note(tmp_path: Path) -> Path:
    return written(tmp_path / "note.json", NOTE)


def shown(store: Path, record: str) -> Json:
    return next(line for line in fieldapp("show", "--store", store).lines if line["id"] == record)


def test_a_day_at_the_command_line(running: Running, store: Path, tmp_path: Path, note: Path) -> None:
    patient = running.patient(plan=PLAN)
    enrolled = running.enrolled(store)
    assert enrolled == {"person": NURSE, "role": "Registered nurse", "teams": [TEAM]}

    row = next(line for line in fieldapp("patients", "--store", store).lines if line["id"] == patient)
    assert row["name"] == "THISTLEWOOD, Marigold (Ms)"
    assert row["nhs_number"].startswith("999")

    saved = fieldapp("put", "--store", store, "--patient", patient, "--kind", "note", "--file", note).one
    assert is_id(saved["record"])
    assert is_id(saved["revision"])
    line = shown(store, saved["record"])
    assert (line["kind"], line["patient"], line["revisions"], line["state"], line["body"]) == (
        "note",
        patient,
        [saved["revision"]],
        "pending",
        NOTE,
    )

    report = fieldapp("sync", "--store", store).one
    assert report == {
        "pushed": 1, "accepted": 1, "merged": 0, "conflicts": 0, "refused": 0, "pulled": 0, "pending": 0,
    }  # fmt: skip
    assert shown(store, saved["record"])["state"] == "sent"

    other = tmp_path / "therapist"
    running.enrolled(other, THERAPIST)
    assert shown(other, saved["record"])["body"] == NOTE
    only = fieldapp("show", "--store", other, "--patient", patient).lines
    assert {line["kind"] for line in only} == {"patient", "plan", "note"}


def test_an_amendment_needs_a_reason_and_keeps_the_original(running: Running, store: Path, tmp_path: Path) -> None:
    patient = running.patient()
    running.enrolled(store)
    put = ["put", "--store", store, "--patient", patient, "--kind", "note", "--file"]
    saved = fieldapp(*put, written(tmp_path / "1.json", {"text": "Left leg"})).one
    fixed = written(tmp_path / "2.json", {"text": "Right leg"})
    refused = fieldapp(*put, fixed, "--record", saved["record"])
    assert (refused.code, refused.out) == (9, "")
    assert "why" in refused.said
    amended = fieldapp(*put, fixed, "--record", saved["record"], "--reason", "Wrong side").one
    assert fieldapp("sync", "--store", store).one["accepted"] == 2
    lines = fieldapp("show", "--store", store, "--patient", patient, "--history").lines
    line = next(line for line in lines if line["id"] == saved["record"])
    assert line["revisions"] == [saved["revision"], amended["revision"]]
    assert [v["body"]["text"] for v in line["versions"]] == ["Left leg", "Right leg"]
    assert line["versions"][1]["reason"] == "Wrong side"


def changed(store: Path, patient: str, record: str, file: Path) -> Json:
    argv = ["put", "--store", store, "--patient", patient, "--kind", "plan", "--record", record, "--file", file]
    return fieldapp(*argv).one


def test_two_tablets_conflict_one_settles_and_both_show_it(running: Running, tmp_path: Path) -> None:
    patient = running.patient(plan=PLAN)
    nurse, therapist = tmp_path / "nurse", tmp_path / "therapist"
    running.enrolled(nurse)
    running.enrolled(therapist, THERAPIST)
    plan = next(line["id"] for line in fieldapp("show", "--store", nurse).lines if line["kind"] == "plan"
                and line["patient"] == patient)  # fmt: skip
    two = {**PLAN, "oxygen": {**PLAN["oxygen"], "delivery": "2 L/min"}}
    air = {**PLAN, "oxygen": {**PLAN["oxygen"], "delivery": "air"}, "summary": "Home on Friday"}
    changed(nurse, patient, plan, written(tmp_path / "two.json", two))
    changed(therapist, patient, plan, written(tmp_path / "air.json", air))
    assert fieldapp("sync", "--store", nurse).one["accepted"] == 1
    assert fieldapp("sync", "--store", therapist).one["conflicts"] == 1
    fieldapp("sync", "--store", nurse)

    for store in (nurse, therapist):
        conflict = next(c for c in fieldapp("conflicts", "--store", store).lines if c["conflict"] == plan)
        assert (conflict["record"], conflict["kind"], conflict["patient"]) == (plan, "plan", patient)
        assert conflict["disputed"] == ["oxygen"]
        assert conflict["base"] == {"oxygen": PLAN["oxygen"]}
        said = {side["author"]: side["statements"]["oxygen"]["delivery"] for side in conflict["sides"]}
        assert said == {NURSE: "2 L/min", THERAPIST: "air"}
        assert all(side["at"].endswith("Z") and side["role"] and is_id(side["revision"]) for side in conflict["sides"])
        assert shown(store, plan)["state"] == "conflict"
        assert shown(store, plan)["body"]["summary"] == "Home on Friday"

    blind = fieldapp("put", "--store", nurse, "--patient", patient, "--kind", "plan", "--record", plan,
                     "--file", tmp_path / "two.json")  # fmt: skip
    assert blind.code == 9, "nobody settles by accident"
    body = {**shown(nurse, plan)["body"], "oxygen": {**PLAN["oxygen"], "delivery": "1 to 2 L/min"}}
    file = written(tmp_path / "settled.json", body)
    settled = fieldapp("settle", "--store", nurse, "--conflict", plan, "--file", file, "--reason", "By phone").one
    assert settled["record"] == plan
    fieldapp("sync", "--store", nurse)
    fieldapp("sync", "--store", therapist)
    for store in (nurse, therapist):
        line = shown(store, plan)
        assert (line["state"], line["body"], line["revisions"][-1]) == ("sent", body, settled["revision"])
        assert fieldapp("conflicts", "--store", store).out == ""


def test_different_statements_merge_without_asking(running: Running, tmp_path: Path) -> None:
    patient = running.patient(plan=PLAN)
    nurse, therapist = tmp_path / "nurse", tmp_path / "therapist"
    running.enrolled(nurse)
    running.enrolled(therapist, THERAPIST)
    plan = next(line["id"] for line in fieldapp("show", "--store", nurse, "--patient", patient).lines
                if line["kind"] == "plan")  # fmt: skip
    changed(nurse, patient, plan, written(tmp_path / "1.json", {**PLAN, "summary": "Home on Friday"}))
    more = [*PLAN["problems"], {"id": "p2", "text": "Frailty"}]
    changed(therapist, patient, plan, written(tmp_path / "2.json", {**PLAN, "problems": more}))
    fieldapp("sync", "--store", nurse)
    assert fieldapp("sync", "--store", therapist).one["merged"] == 1
    fieldapp("sync", "--store", nurse)
    bodies = [shown(store, plan)["body"] for store in (nurse, therapist)]
    assert bodies[0] == bodies[1] == {**PLAN, "summary": "Home on Friday", "problems": more}


def test_no_server_keeps_everything_and_says_so(running: Running, store: Path, note: Path) -> None:
    patient = running.patient()
    running.enrolled(store)
    running.program.stop()
    try:
        saved = fieldapp("put", "--store", store, "--patient", patient, "--kind", "note", "--file", note).one
        offline = fieldapp("sync", "--store", store)
    finally:
        running.program.start()
    assert (offline.code, offline.out) == (6, "")
    assert "1 unsent entry is kept" in offline.said
    assert fieldapp("sync", "--store", store).one["accepted"] == 1
    assert shown(store, saved["record"])["state"] == "sent"


def test_a_code_works_once(running: Running, store: Path, tmp_path: Path) -> None:
    code = running.code()
    enrol = ["--server", running.address, "--code", code]
    assert fieldapp("enrol", "--store", store, *enrol).code == 0
    again = fieldapp("enrol", "--store", tmp_path / "second", *enrol)
    assert (again.code, again.out) == (7, "")
    assert again.said
    unknown = fieldapp("enrol", "--store", tmp_path / "third", "--server", running.address, "--code", "AAAA-BBBB")
    assert unknown.code == 7
    fresh = fieldapp("enrol", "--store", tmp_path / "second", "--server", running.address, "--code", running.code())
    assert fresh.code == 0, "a tablet whose code was refused takes the next one"


def test_enrolling_twice_changes_nothing(running: Running, store: Path) -> None:
    running.enrolled(store)
    again = fieldapp("enrol", "--store", store, "--server", running.address, "--code", running.code())
    assert again.code == 4
    assert fieldapp("sync", "--store", store).code == 0


def test_an_enrolment_without_a_server_can_be_repeated(running: Running, store: Path) -> None:
    code = running.code()
    nowhere = fieldapp("enrol", "--store", store, "--server", "http://127.0.0.1:9", "--code", code)
    assert nowhere.code == 6
    assert fieldapp("sync", "--store", store).code == 4
    assert fieldapp("enrol", "--store", store, "--server", running.address, "--code", code).code == 0


@pytest.mark.parametrize("address", ["visits.example", "http://visits.example", "ftp://x", "https://", "http://[::1"])
def test_an_address_that_cannot_be_one_is_told(store: Path, address: str) -> None:
    ran = fieldapp("enrol", "--store", store, "--server", address, "--code", "x")
    assert ran.code == 6
    assert "https" in ran.said
    assert not store.exists(), "nothing was made for an address that cannot work"


def test_a_wrong_or_missing_passphrase_opens_nothing(running: Running, store: Path) -> None:
    running.enrolled(store)
    missing = fieldapp("patients", "--store", store, passphrase=None)
    assert (missing.code, missing.out) == (3, "")
    assert "FIELDAPP_PASSPHRASE" in missing.said
    wrong = fieldapp("patients", "--store", store, passphrase="not the right passphrase")
    assert (wrong.code, wrong.out) == (3, "")
    assert "Nothing has been deleted" in wrong.said
    assert fieldapp("patients", "--store", store).code in (0, 3), "too soon, or open"


def test_a_short_passphrase_makes_no_store(running: Running, store: Path) -> None:
    ran = fieldapp("enrol", "--store", store, "--server", running.address, "--code", "x", passphrase="short")
    assert ran.code == 3
    assert not list(store.glob("*.db"))


def test_no_store_is_a_sentence(store: Path) -> None:
    ran = fieldapp("show", "--store", store)
    assert (ran.code, ran.out) == (4, "")
    assert "set up" in ran.said


BAD_BODIES: list[tuple[bytes, str]] = [
    (b"", "not JSON"),
    (b"{", "not JSON"),
    (b"\xff\xfe", "not JSON"),
    (b"[1, 2]", "one JSON object"),
    (b'{"text": "a", "text": "b"}', "twice"),
    (b'{"text": NaN}', "not finite"),
    (b'{"text": 1e999}', "JSON"),
    (b'{"text": "\\ud800"}', "characters"),
    (b'{"text": 7}', "text"),
    (b'{"text": ""}', "text"),
    (b"{}", "text"),
    (b"[" * 100_000, "not JSON"),
    (b'{"text": "' + b"x" * (1 << 20) + b'"}', "larger"),
]


def test_a_body_that_cannot_be_taken_is_named_and_never_echoed(running: Running, store: Path, tmp_path: Path) -> None:
    patient = running.patient()
    running.enrolled(store)
    argv = ["put", "--store", store, "--patient", patient, "--kind", "note", "--file"]
    for content, word in BAD_BODIES:
        file = tmp_path / "body.json"
        file.write_bytes(content)
        ran = fieldapp(*argv, file)
        assert (ran.code, ran.out) == (9, ""), (content[:40], ran.said)
        assert word in ran.said
        assert len(ran.said.splitlines()) == 1
    assert fieldapp(*argv, tmp_path / "missing.json").code == 9
    assert fieldapp(*argv, tmp_path).code == 9
    secret = written(tmp_path / "secret.json", {"text": ["Marigold Thistlewood"]})
    assert "Marigold" not in fieldapp(*argv, secret).said
    assert fieldapp("show", "--store", store, "--patient", patient).lines[-1]["kind"] == "patient"
    assert fieldapp("sync", "--store", store).one["pushed"] == 0


def test_unknown_patient_record_kind_and_conflict(running: Running, store: Path, note: Path) -> None:
    patient = running.patient(plan=PLAN)
    running.enrolled(store)
    nobody = "01900000-0000-7000-8000-000000000000"
    plan = next(line["id"] for line in fieldapp("show", "--store", store).lines if line["kind"] == "plan")
    put = ["put", "--store", store, "--file", note]
    for argv in (
        [*put, "--patient", nobody, "--kind", "note"],
        [*put, "--patient", patient, "--kind", "horoscope"],
        [*put, "--patient", patient, "--kind", "note", "--record", nobody, "--reason", "x"],
        [*put, "--patient", patient, "--kind", "note", "--record", plan, "--reason", "x"],
        [*put, "--patient", patient, "--kind", "patient"],
        ["show", "--store", store, "--patient", nobody],
        ["settle", "--store", store, "--conflict", nobody, "--file", note, "--reason", "x"],
        ["settle", "--store", store, "--conflict", plan, "--file", note, "--reason", "x"],
    ):
        ran = fieldapp(*argv)
        assert (ran.code, ran.out) == (9, ""), ran.said
        assert len(ran.said.splitlines()) == 1


def test_wrong_usage_is_exit_code_two(store: Path) -> None:
    assert fieldapp("put", "--store", store).code == 2
    assert fieldapp("nonsense").code == 2
    told = fieldapp("--help")
    assert told.code == 0
    assert "exit codes" in told.out


def test_an_entry_from_standard_input(running: Running, store: Path) -> None:
    patient = running.patient()
    running.enrolled(store)
    argv = ["put", "--store", store, "--patient", patient, "--kind", "note", "--file", "-"]
    saved = fieldapp_process(*argv, stdin=json.dumps(NOTE).encode()).one
    assert shown(store, saved["record"])["body"] == NOTE


def test_killed_right_after_it_printed_the_entry_is_there(running: Running, store: Path, note: Path) -> None:
    patient = running.patient()
    running.enrolled(store)
    command = [sys.executable, "-m", "fieldapp.cli", "put", "--store", str(store), "--patient", patient]
    command += ["--kind", "note", "--file", str(note)]
    env = {**os.environ, "FIELDAPP_PASSPHRASE": PASSPHRASE}
    records: list[str] = []
    for _ in range(3):
        with subprocess.Popen(command, cwd=ROOT, env=env, stdout=subprocess.PIPE) as process:
            assert process.stdout is not None
            line = process.stdout.readline()
            process.send_signal(signal.SIGKILL)
            records.append(json.loads(line)["record"])
    kept = {line["id"]: line for line in fieldapp("show", "--store", store, "--patient", patient).lines}
    assert [kept[record]["body"] for record in records] == [NOTE] * 3
    assert fieldapp("sync", "--store", store).one["accepted"] == 3


def test_a_full_disk_is_told_and_nothing_saved_before_is_lost(running: Running, store: Path, tmp_path: Path) -> None:
    patient = running.patient()
    running.enrolled(store)
    kept = fieldapp("show", "--store", store).out
    big = written(tmp_path / "big.json", {"text": "x" * 19_000})
    argv = ["put", "--store", str(store), "--patient", patient, "--kind", "note", "--file", str(big)]
    size = max(file.stat().st_size for file in store.iterdir() if file.is_file())
    limited = (
        "import resource, signal, sys; signal.signal(signal.SIGXFSZ, signal.SIG_IGN);"
        f"resource.setrlimit(resource.RLIMIT_FSIZE, ({4096}, {size * 4}));"
        "from fieldapp.cli import main; sys.exit(main(sys.argv[1:]))"
    )
    ran = subprocess.run(
        [sys.executable, "-c", limited, *argv],
        cwd=ROOT,
        env={**os.environ, "FIELDAPP_PASSPHRASE": PASSPHRASE},
        capture_output=True,
        timeout=60,
        check=False,
    )
    assert (ran.returncode, ran.stdout) == (5, b""), ran.stderr.decode()
    assert len(ran.stderr.decode().strip().splitlines()) == 1
    assert fieldapp("show", "--store", store).out == kept
    assert fieldapp(*argv).code == 0


def test_nothing_readable_in_the_tablets_folder_or_the_servers_log(
    running: Running, store: Path, tmp_path: Path
) -> None:
    patient = running.patient()
    running.enrolled(store)
    canary = "Kookaburra in the greenhouse"
    file = written(tmp_path / "canary.json", {"text": canary})
    fieldapp("put", "--store", store, "--patient", patient, "--kind", "note", "--file", file)
    fieldapp("sync", "--store", store)
    row = next(line for line in fieldapp("patients", "--store", store).lines if line["id"] == patient)
    words = [word.encode() for word in (canary, "Thistlewood", "THISTLEWOOD", row["nhs_number"])]
    found = [path for path in (*store.rglob("*"), running.program.log) if path.is_file()]
    assert len(found) > 1
    for path in found:
        content = path.read_bytes()
        assert not [word for word in words if word in content], path.name


def test_help_loads_neither_the_store_nor_the_network() -> None:
    asked = "import sys; from fieldapp.cli import main; sys.argv[1:] = ['--help']"
    told = "{'sqlalchemy', 'requests', 'pydantic', 'flet'} & set(sys.modules)"
    script = f"import atexit; {asked}; atexit.register(lambda: print('loaded', {told})); main()"
    ran = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, cwd=ROOT, check=True)
    assert ran.stdout.endswith("loaded set()\n")
