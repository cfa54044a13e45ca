"""`fieldserver demo` as a user runs it: a real server and two real tablets, stopped and taken up again."""

from __future__ import annotations

import http.client
import json
import os
import re
import signal
import socket
import subprocess
import sys
from collections.abc import Generator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

from server.config import Settings
from server.demo.children import free_port, is_free
from server.demo.running import run

ROOT = Path(__file__).parents[2]
END = "make demo-reset starts anew."


@contextmanager
def started(folder: Path) -> Generator[tuple[subprocess.Popen[str], str]]:
    """The demo in `folder` and what it prints once everything answers; stopped by Ctrl-C's signal at the end."""
    env = {**os.environ, "PYTHONPATH": str(ROOT)}
    command = [sys.executable, "-m", "server.cli", "demo", "--port", "0"]
    process = subprocess.Popen(command, cwd=folder, env=env, stdout=subprocess.PIPE, text=True, start_new_session=True)
    try:
        lines: list[str] = []
        assert process.stdout is not None
        for line in process.stdout:
            lines.append(line)
            if END in line:
                break
        yield process, "".join(lines)
    finally:
        process.send_signal(signal.SIGINT)
        process.wait(60)
        if process.stdout is not None:
            process.stdout.close()


def addresses(told: str) -> dict[str, str]:
    return {title.strip(): url for title, url in re.findall(r"^  (\S.*?)  +(http://\S+)$", told, re.M)}


def answer(url: str) -> str:
    """What a browser sees there, which follows one redirection with its cookie."""
    where, cookie = url, ""
    for _ in range(2):
        host, _, path = where.removeprefix("http://").partition("/")
        with closing(http.client.HTTPConnection(host, timeout=30)) as connection:
            connection.request("GET", f"/{path}", headers={"Cookie": cookie} if cookie else {})
            with connection.getresponse() as reply:
                text = reply.read().decode()
        if reply.status == 200:
            return text
        assert reply.status == 303
        cookie = reply.headers["Set-Cookie"].split(";")[0]
        where = f"http://{host}{reply.headers['Location']}"
    raise AssertionError("It redirects in circles.")


def test_it_starts_stops_and_goes_on_where_it_was(tmp_path: Path):
    with started(tmp_path) as (process, told):
        found = addresses(told)
        assert set(found) == {"Nurse's tablet", "Therapist's tablet", "Patient’s page", "Server"}
        assert "Amira" in answer(found["Patient’s page"])
        for title in ("Nurse's tablet", "Therapist's tablet"):
            assert "<html" in answer(found[title])
        assert "passphrase: heather kettle bramble" in told
        setup = json.loads((tmp_path / "var/demo/demo.json").read_text())
        assert setup["enrolled"] == ["tablet-nurse", "tablet-therapist"]
    assert process.returncode == 0
    assert all(is_free(int(url.split(":")[2].split("/")[0])) for url in found.values())
    stores = [path.stat().st_ino for path in sorted(tmp_path.glob("var/demo/tablet-*/store.db"))]
    with started(tmp_path) as (process, again):
        assert addresses(again)["Server"] == found["Server"]
        assert "Amira" in answer(addresses(again)["Patient’s page"])
    assert process.returncode == 0
    assert [path.stat().st_ino for path in sorted(tmp_path.glob("var/demo/tablet-*/store.db"))] == stores


def test_the_servers_port_is_taken(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    with socket.socket() as busy:
        busy.bind(("127.0.0.1", 0))
        busy.listen()
        port = busy.getsockname()[1]
        assert free_port(port) != port
        (tmp_path / "demo.json").write_text(json.dumps({"port": port}))
        assert run(Settings(), folder=tmp_path) == 1
    assert f"port {port}, which is in use" in capsys.readouterr().err


def test_reset_removes_only_a_demos_folder(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    (tmp_path / "holiday.txt").write_text("mine")
    assert run(Settings(), reset=True, folder=tmp_path) == 1
    assert (tmp_path / "holiday.txt").exists()
    other = Settings(database="postgresql://somewhere/else")
    assert run(other, reset=True, folder=tmp_path) == 1
    assert "Nothing was removed" in capsys.readouterr().err
