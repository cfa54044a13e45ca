"""The commands as an administrator runs them."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import requests
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from fieldapp.domain.clock import SystemClock
from fieldapp.sync.transport import HttpTransport, enrol
from fieldapp.sync.wire import Page
from server import cli


def run(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, list[Any], str]:
    status = cli.main(arguments)
    out, err = capsys.readouterr()
    return status, [json.loads(line) for line in out.splitlines()], err


def test_people_and_codes(database_url: str, capsys: pytest.CaptureFixture[str]) -> None:
    use = ("--database", database_url)
    assert run(capsys, "init", *use)[0] == 0
    status, (ann,), said = run(capsys, "person", "--name", "Ann Lee", "--role", "Nurse", "--team", "Ward", *use)
    assert (status, ann["name"], ann["team_name"]) == (0, "Ann Lee", "Ward")
    assert "was made" in said
    again = run(capsys, "person", "--name", "Ann Lee", "--role", "Nurse", "--team", "Ward", *use)[1][0]
    assert again == ann
    status, (code,), _ = run(capsys, "code", "--person", "Ann Lee", *use)
    assert (status, code["person"], len(code["code"])) == (0, ann["person"], 19)
    run(capsys, "person", "--name", "Ann Lee", "--role", "Physiotherapist", "--team", "Ward", *use)
    status, printed, said = run(capsys, "code", "--person", "Ann Lee", *use)
    assert (status, printed) == (1, [])
    assert ann["person"] in said
    assert run(capsys, "code", "--person", ann["person"], *use)[0] == 0
    status, printed, said = run(capsys, "code", "--person", "Nobody", *use)
    assert (status, printed) == (1, [])
    assert "no such person" in said
    assert run(capsys, "audit", *use)[:2] == (0, [{"intact": True}])
    assert run(capsys, "link", "--visit", "none", *use)[0] == 1
    assert run(capsys, "revoke", "--device", "none", *use)[0] == 1


def test_a_database_that_was_put_back_gets_a_new_epoch_and_an_entry_in_the_audit(
    database_url: str, capsys: pytest.CaptureFixture[str]
) -> None:
    use = ("--database", database_url)
    before = run(capsys, "init", *use)[1][0]
    status, (told,), said = run(capsys, "restored", *use)
    assert (status, "Start the servers" in said) == (0, True)
    after = run(capsys, "init", *use)[1][0]
    assert after == {**before, "epoch": told["epoch"]}
    assert after != before
    assert run(capsys, "audit", *use)[:2] == (0, [{"intact": True}])


def test_a_database_that_cannot_be_used_is_a_sentence(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    (tmp_path / "text.db").write_text("not a database at all, but long enough to be read as the head of one" * 20)
    for url in (
        f"sqlite:///{tmp_path / 'text.db'}",
        "postgresql://nobody@127.0.0.1:1/x?connect_timeout=1",
        "oracle://x",
    ):
        status, printed, said = run(capsys, "init", "--database", url)
        assert (status, printed, "Traceback" in said) == (1, [], False)
        assert said.strip()


def test_a_served_database_takes_a_real_tablet_and_stops_cleanly(
    database_url: str, capsys: pytest.CaptureFixture[str]
) -> None:
    use = ("--database", database_url)
    run(capsys, "person", "--name", "Ann Lee", "--role", "Nurse", "--team", "Ward", *use)
    command = [sys.executable, "-m", "server.cli", "serve", "--port", "0", *use]
    server = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    try:
        assert server.stdout is not None
        url = json.loads(server.stdout.readline())["url"]
        code = run(capsys, "code", "--person", "Ann Lee", *use)[1][0]["code"]
        key = Ed25519PrivateKey.generate()
        device = enrol(url, code, key).device
        transport = HttpTransport(url, device, key, SystemClock())
        assert transport.me().person.name == "Ann Lee"
        page = transport.pull(None)
        assert isinstance(page, Page)
        assert page.items == []
        transport.close()
        taken = run(capsys, "serve", "--port", url.rpartition(":")[2], *use)
        assert (taken[0], "--port" in taken[2]) == (1, True)
        assert requests.get(url, timeout=20).status_code == 404
    finally:
        server.send_signal(signal.SIGINT)
        _, said = server.communicate(timeout=30)
    assert server.returncode == 0
    assert "Traceback" not in said
