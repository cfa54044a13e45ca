"""Whatever answers a tablet, it ends in one of our errors with a sentence, and nothing of it is stored by halves."""

from __future__ import annotations

import json
import socket
import sqlite3
import threading
import tracemalloc
from collections.abc import Callable, Iterator
from contextlib import closing, suppress
from pathlib import Path
from typing import Any

import pytest
import zstandard
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from fieldapp.domain.canonical import sha256_hex
from fieldapp.domain.clock import FixedClock
from fieldapp.domain.revision import Revision
from fieldapp.sync import web
from fieldapp.sync.engine import Sync
from fieldapp.sync.errors import BadReplyError, SyncError, UnreachableError
from fieldapp.sync.proof import b64
from fieldapp.sync.transport import HttpTransport
from fieldapp.usecases.session import Session
from fieldapp.usecases.timeline import timeline
from tests.storage.making import IDENTITY, START, Maker, fresh
from tests.sync.wild import Answer, Wild, answer, wild_server

Json = dict[str, Any]
NOW = int(START.timestamp() * 1000)
TEAM = IDENTITY.teams[0].id
SERVER = Ed25519PrivateKey.generate()
MAKE = Maker(FixedClock(START))
PATIENT = MAKE.id()
MISSING: Any = object()
VALUES: tuple[Any, ...] = (
    *(MISSING, None, True, 0, -1, 1.5, "", "x", [], {}, [1], {"x": 1}),
    *(10**30, -(10**30), 10**400, float("nan"), float("inf"), "\ud800", "\0"),
)


class Tablet:
    """A tablet that has pulled once, before a server that says what it likes."""

    def __init__(self, folder: Path, wild: Wild) -> None:
        self.folder = folder
        self.clock = FixedClock(START)
        self.wild = wild
        self.store = fresh(folder, self.clock)
        self.store.set_identity(IDENTITY)
        self.road = HttpTransport(wild.url, IDENTITY.device, Ed25519PrivateKey.generate(), self.clock)
        key = b64(SERVER.public_key().public_bytes_raw())
        self.engine = Sync(self.store, self.road, self.clock, server_key=key)
        self.session = Session(self.store, self.clock)
        wild.answers["/v1/token"] = [answer({"token": "t", "seconds": 600, "now": NOW})]
        self.says(page([{"joined": {"team": TEAM, "patient": PATIENT}}], cursor="1"))
        self.engine.run()

    def says(self, *pages: bytes, **headers: str) -> None:
        self.wild.answers["/v1/pull"] = [
            Answer(text, headers={"Content-Type": "application/json", **headers}) for text in pages
        ]

    def held(self) -> dict[str, list[tuple[Any, ...]]]:
        """Every row of every table, sealed as it is."""
        (file,) = self.folder.glob("*.db")
        with closing(sqlite3.connect(file)) as connection:
            names = [name for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
            return {name: sorted(connection.execute(f'SELECT * FROM "{name}"'), key=repr) for name in names}

    def refuses(self, what: object) -> None:
        """The answer that the server has ready ends in an error, and the store is as it was."""
        before = self.held()
        with pytest.raises(SyncError) as raised:
            self.engine.run()
        assert isinstance(raised.value, BadReplyError), what
        assert len(str(raised.value)) > 20
        assert self.held() == before, what

    def takes(self, *revisions: Revision) -> None:
        """Goes on with the next good page."""
        self.says(page([{"revision": each.to_wire()} for each in revisions], cursor=MAKE.id()))
        assert self.engine.run().pulled == len(revisions)
        for revision in revisions:
            assert self.session.record(revision.record).body == revision.body


@pytest.fixture(scope="module")
def tablet(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Tablet]:
    with wild_server() as wild:
        tablet = Tablet(tmp_path_factory.mktemp("bad") / "tablet", wild)
        yield tablet
        tablet.road.close()
        tablet.store.close()


def head(**changes: Any) -> Json:
    fields: Json = {"cursor": MAKE.id(), "epoch": "first", "more": False, "now": NOW, "today": False, **changes}
    return {name: value for name, value in fields.items() if value is not MISSING}


def page(items: list[Any], **changes: Any) -> bytes:
    """As our server writes it, whatever is in it."""
    texts = b",".join(written(item) for item in items)
    return written(head(**changes))[:-1] + b',"items":[' + texts + b"]}"


def written(value: object) -> bytes:
    """JSON in its canonical order, also of what has no canonical text."""
    return json.dumps(value, sort_keys=True, separators=(",", ":")).encode()


def note(**changes: Any) -> Json:
    """A revision whose hash is right whatever is in it."""
    wire = MAKE.note(PATIENT).to_wire() | changes
    content = {name: value for name, value in wire.items() if name not in ("hash", "sig") and value is not MISSING}
    digest = sha256_hex(written(content))
    known = {"hash": digest, "sig": wire["sig"]} | {name: changes[name] for name in ("hash", "sig") if name in changes}
    return {name: value for name, value in {**content, **known}.items() if value is not MISSING}


TAKEN: dict[str, tuple[Any, ...]] = {
    "kind": ("", "x", "\0"),
    "parents": ([],),
    "device": ("", "x", "\0"),
    "offset_ms": (None, 0, -1),
    "schema": (0, -1, 10**30, -(10**30), 10**400),
    "body": ({}, {"x": 1}),
    "reason": (None, "", "x", "\0"),
    "sig": (None, "", "x", "\0"),
}
"""What a tablet keeps and passes on, since a newer version may mean something by it: the hash is right."""


def is_one_of(value: Any, good: tuple[Any, ...]) -> bool:
    return any(value == each and type(value) is type(each) for each in good)


@pytest.mark.parametrize("field", [*MAKE.note(PATIENT).to_wire()])
def test_a_revision_with_a_wrong_field_spoils_its_page_and_nothing_else(tablet: Tablet, field: str) -> None:
    good = MAKE.note(PATIENT)
    for value in (value for value in VALUES if not is_one_of(value, TAKEN.get(field, ()))):
        text = page([{"revision": good.to_wire()}, {"revision": note(**{field: value})}])
        for form in (text, json.dumps(json.loads(text), indent=1).encode()):
            tablet.says(form)
            tablet.refuses((field, value))
    tablet.takes(good)


@pytest.mark.parametrize("field", TAKEN)
def test_a_revision_that_is_odd_but_whole_is_kept_and_hurts_nothing(tablet: Tablet, field: str) -> None:
    for value in TAKEN[field]:
        good, odd = MAKE.note(PATIENT), note(**{field: value})
        tablet.says(page([{"revision": good.to_wire()}, {"revision": odd}]))
        assert tablet.engine.run().pulled == 2
        assert tablet.session.record(good.record).body == good.body
        assert timeline(tablet.session, PATIENT)


PAGE_FIELDS: dict[str, tuple[Any, ...]] = {
    "cursor": ("x", "\0"),
    "more": (True, 0),
    "now": (MISSING, None, True, 0),
    "today": (MISSING, True, 0),
    "sig": (MISSING, None),
    "epoch": ("x", "\0"),
}
"""What each field of a page may be after all."""


@pytest.mark.parametrize("field", PAGE_FIELDS)
def test_a_page_with_a_wrong_field_is_not_taken(tablet: Tablet, field: str) -> None:
    good = MAKE.note(PATIENT)
    wrong = [value for value in (*VALUES, "x" * 20_000) if not is_one_of(value, PAGE_FIELDS[field])]
    for value in wrong:
        if (field, value) == ("epoch", "x" * 20_000):
            continue
        tablet.says(page([{"revision": good.to_wire()}], **{field: value}))
        tablet.refuses((field, value))
    tablet.takes(good)


def test_items_that_are_none_spoil_their_page_and_unknown_ones_are_passed_over(tablet: Tablet) -> None:
    good = {"revision": MAKE.note(PATIENT).to_wire()}
    for value in VALUES:
        if value not in ([], MISSING):
            tablet.says(written(head(items=value)))
            tablet.refuses(value)
        if not isinstance(value, dict) and value is not MISSING:
            tablet.says(page([good, value]))
            tablet.refuses(value)
        if value not in (None, MISSING):
            tablet.says(page([good, {"joined": value}]))
            tablet.refuses(value)
        for kind, part in (("joined", "team"), ("left", "patient")):
            told = {"team": TEAM, "patient": PATIENT, part: value}
            tablet.says(page([good, {kind: {name: each for name, each in told.items() if each is not MISSING}}]))
            tablet.refuses((kind, part, value))
    tablet.says(page([{"newer": {"patient": PATIENT}}, {}, good, good, good, {"joined": None}]))
    assert tablet.engine.run().pulled == 1, "what stands there three times is there once"
    tablet.says(page([good]))
    assert tablet.engine.run().pulled == 0


def test_pages_that_go_back_or_round_are_noticed(tablet: Tablet) -> None:
    first, second, third = (MAKE.note(PATIENT) for _ in range(3))
    tablet.says(
        page([{"revision": first.to_wire()}], cursor="A", more=True),
        page([{"revision": second.to_wire()}], cursor="B", more=True),
        page([{"revision": third.to_wire()}], cursor="A"),
    )
    with pytest.raises(BadReplyError, match="circle"):
        tablet.engine.run()
    assert tablet.session.record(second.record).body == second.body
    tablet.says(page([], cursor="B", more=True))
    tablet.refuses("the same cursor, and more")
    tablet.says(page([{"revision": third.to_wire()}], cursor="B"))
    tablet.refuses("the same cursor with something new")
    tablet.takes(third)


def zstd(content: bytes) -> bytes:
    return zstandard.compress(content)


def bomb(block: int, blocks: int) -> bytes:
    """A frame of blocks that repeat one byte (RFC 8878, 3.1.1.2)."""
    repeated = (1 << 1 | block << 3).to_bytes(3, "little") + b" "
    return (
        b"\x28\xb5\x2f\xfd\x00\x50" + repeated * (blocks - 1) + (1 | 1 << 1 | block << 3).to_bytes(3, "little") + b" "
    )


def wide_window(content: bytes) -> bytes:
    """A frame that wants 64 MB of memory to be unpacked."""
    options = zstandard.ZstdCompressionParameters.from_level(3, window_log=26)
    packer = zstandard.ZstdCompressor(compression_params=options).compressobj()
    return packer.compress(content) + packer.flush()


PACKED = {"Content-Encoding": "zstd"}
BOMB = bomb(128 << 10, 32 << 10)
TEXTS: dict[str, tuple[Callable[[bytes], bytes], dict[str, str]]] = {
    "empty": (lambda good: b"", {}),
    "null": (lambda good: b"null", {}),
    "cut in the head": (lambda good: good[:20], {}),
    "cut in an item": (lambda good: good[:-100], {}),
    "cut before its end": (lambda good: good[:-1], {}),
    "two pages": (lambda good: good + good, {}),
    "a page in a list": (lambda good: b"[" + good + b"]", {}),
    "a byte order mark": (lambda good: b"\xef\xbb\xbf" + good, {}),
    "UTF-16": (lambda good: good.decode().encode("utf-16"), {}),
    "not UTF-8": (lambda good: good.replace(b"Heel", b"H\xc3\x28l"), {}),
    "an encoded surrogate": (lambda good: good.replace(b"Heel", b"\xed\xa0\x80"), {}),
    "half a character": (lambda good: good.replace(b"Heel", b"\\ud800"), {}),
    "a bare NUL": (lambda good: good.replace(b"Heel", b"\0"), {}),
    "a word changed": (lambda good: good.replace(b"Heel", b"Hand"), {}),
    "a key twice, in the head": (lambda good: good.replace(b'"epoch"', b'"more":true,"epoch"'), {}),
    "items twice": (lambda good: good[:-1] + b',"items":[]}', {}),
    "NaN": (lambda good: good.replace(b'"Heel', b'NaN,"x":"Heel'), {}),
    "a number too great": (lambda good: good.replace(b'"Heel', b'1e999,"x":"Heel'), {}),
    "a number of 5,000 digits": (lambda good: good.replace(b'"Heel', b"9" * 5000 + b',"x":"Heel'), {}),
    "very deep": (lambda good: good[:-2] + b',{"newer":' + b"[" * 500_000 + b"]" * 500_000 + b"}]}", {}),
    "very many items": (lambda good: zstd(good[:-2] + b",{}" * 300_000 + b"]}"), PACKED),
    "very many items, otherwise written": (lambda good: zstd(b'{"items": [{}' + b",{}" * 300_000 + b"]}"), PACKED),
    "millions of items, otherwise written": (lambda good: zstd(b'{"items": [{}' + b",{}" * 2_500_000 + b"]}"), PACKED),
    "4 GB": (lambda good: BOMB, PACKED),
    "4 GB, packed twice": (lambda good: zstd(BOMB), PACKED),
    "packed twice": (lambda good: zstd(zstd(good)), PACKED),
    "half a frame": (lambda good: zstd(good)[:-9], PACKED),
    "a frame that wants much memory": (wide_window, PACKED),
    "said to be packed": (lambda good: good, PACKED),
    "packed and not said so": (lambda good: zstd(good), {}),
    "packed with gzip": (lambda good: good, {"Content-Encoding": "gzip"}),
    "packed twice and said so": (lambda good: zstd(zstd(good)), {"Content-Encoding": "zstd, zstd"}),
    "another type": (lambda good: good, {"Content-Type": "text/html"}),
    "no type": (lambda good: good, {"Content-Type": ""}),
}


@pytest.mark.parametrize("what", TEXTS)
def test_a_text_that_is_no_page_is_refused_in_little_memory(tablet: Tablet, what: str) -> None:
    make, headers = TEXTS[what]
    revision = MAKE.revision(PATIENT, "note", {"text": "Heel intact"})
    tablet.says(make(page([{"revision": revision.to_wire()}])), **headers)
    before = tablet.held()
    tracemalloc.start()
    try:
        with pytest.raises(BadReplyError) as raised:
            tablet.engine.run()
        assert tracemalloc.get_traced_memory()[1] < 100 << 20
    finally:
        tracemalloc.stop()
    assert len(str(raised.value)) > 20
    assert tablet.held() == before
    tablet.takes(revision)


TIMES = (-1, 10**15, 10**30, 10**400, 1.5, None, "now", float("nan"))


@pytest.mark.parametrize("now", TIMES)
def test_a_servers_wild_time_is_not_believed(tablet: Tablet, now: Any) -> None:
    other = HttpTransport(tablet.wild.url, IDENTITY.device, Ed25519PrivateKey.generate(), tablet.clock)
    tablet.wild.answers["/v1/me"] = [answer({"person": {}, "teams": [], "epoch": "first", "now": now})]
    with pytest.raises(BadReplyError):
        tablet.road.me()
    good = tablet.wild.answers["/v1/token"]
    try:
        for fields in ({"now": now}, {"seconds": now}):
            tablet.wild.answers["/v1/token"] = [answer({"token": "t", "seconds": 600, "now": NOW, **fields})]
            with pytest.raises(BadReplyError):
                other.me()
    finally:
        tablet.wild.answers["/v1/token"] = good
        other.close()
    before = tablet.held()
    tablet.wild.answers["/v1/pull"] = [Answer(b"", 204, {"Now": "9" * 5000 if now is None else str(now)[:60]})]
    tablet.refuses(now)
    assert tablet.held() == before


OUTCOME = {"status": "accepted", "positions": {TEAM: 1}}


def test_a_receipt_that_is_none_marks_nothing_as_sent(tablet: Tablet) -> None:
    tablet.session.put(PATIENT, "note", {"text": "Unsent"})
    (unsent, *more) = tablet.store.outbox(1 << 20)
    good = [{"id": each.id, "hash": each.hash, **OUTCOME} for each in (unsent, *more)]
    reply = {"outcomes": good, "epoch": "first", "now": NOW}
    wrong: list[Json] = [
        {**reply, "outcomes": value} for value in (None, {}, "x", [], [None] * len(good), good[1:], good * 2)
    ]
    for name in ("id", "hash", "status", "positions"):
        for value in VALUES:
            if name == "positions" and value in (MISSING, {}, {"x": 1}):
                continue
            said = {key: each for key, each in {**good[0], name: value}.items() if each is not MISSING}
            wrong.append({**reply, "outcomes": [said, *good[1:]]})
    wrong += [
        {**reply, "outcomes": [{**good[0], "positions": {TEAM: value}}, *good[1:]]}
        for value in (-1, 10**30, "x", None, 1.5)
    ]
    wrong += [{**reply, "now": value} for value in TIMES]
    for said in wrong:
        tablet.wild.answers["/v1/push"] = [answer(said)]
        tablet.refuses(str(said)[-80:])
    assert tablet.store.outbox_size() == len(good)
    tablet.wild.answers["/v1/push"] = [answer(reply)]
    tablet.takes()
    assert tablet.store.outbox_size() == 0


@pytest.mark.parametrize("framed", [b"Content-Length: 1000000", b"Transfer-Encoding: chunked"])
def test_an_answer_that_comes_byte_by_byte_is_given_up(
    tablet: Tablet, monkeypatch: pytest.MonkeyPatch, framed: bytes
) -> None:
    monkeypatch.setattr(web, "WHOLE_SECONDS", 0.2)
    over = threading.Event()

    def trickle(listener: socket.socket) -> None:
        connection, _ = listener.accept()
        with connection, suppress(BrokenPipeError, ConnectionResetError):
            connection.recv(1 << 16)
            connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n" + framed + b"\r\n\r\n")
            while not over.wait(0.01):
                connection.sendall(b"1\r\n \r\n" if b"chunked" in framed else b" ")

    with socket.create_server(("127.0.0.1", 0)) as listener:
        server = threading.Thread(target=trickle, args=[listener])
        server.start()
        road = HttpTransport(
            f"http://127.0.0.1:{listener.getsockname()[1]}", "d", Ed25519PrivateKey.generate(), tablet.clock
        )
        with pytest.raises(UnreachableError, match="slowly"):
            road.me()
        over.set()
        road.close()
        server.join()
