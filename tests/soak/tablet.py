"""The tablet's processes: the app without a screen, on its real store, engine and HTTP.

Each says on standard output what happened, one JSON object a line, only after it happened:

    {"open": true}                                                          the store is unlocked
    {"saved": REVISION, "record": …, "patient": …, "kind": …, "body": …}   `put` has returned
    {"trouble": CODE}                                                      a sync did not come to its end
    {"asked": CURSOR} {"came": CURSOR, "bytes": n} {"failed": CURSOR}       of the pull, before and after a page
    {"pulled": n}                                                          the first pull has ended
"""

from __future__ import annotations

import json
import os
import random
import threading
import time
from pathlib import Path
from typing import Any

from fieldapp.domain.clock import Clock, SystemClock
from fieldapp.domain.revision import format_time
from fieldapp.storage import Identity
from fieldapp.storage.errors import LockedOutError
from fieldapp.storage.kdf import FLOOR
from fieldapp.sync.engine import Sync
from fieldapp.sync.errors import SyncError
from fieldapp.sync.transport import HttpTransport
from fieldapp.usecases.errors import NotInConflictError, UnsettledError
from fieldapp.usecases.session import Saved, Session
from fieldapp.usecases.tablet import HttpNetwork, Tablet

PASSPHRASE = "correct horse battery staple"
HEALED_S = 60.0
"""Within so many seconds an undisturbed tablet must be quiet."""
Json = dict[str, Any]


def opened(folder: Path, network: HttpNetwork | None = None) -> Tablet:
    """The tablet whose store is in `folder`, unlocked; after a kill while it was being unlocked, a second later."""
    tablet = Tablet(folder, SystemClock(), network, kdf=FLOOR)
    while tablet.session is None:
        try:
            tablet.unlock(PASSPHRASE)
        except LockedOutError as error:
            threading.Event().wait(error.retry_after)
    return tablet


def work(folder: str, seed: str) -> None:
    """Record and sync, both without end, until killed."""
    tablet = opened(Path(folder))
    _say({"open": True})
    assert tablet.session is not None
    session, sync = tablet.session, tablet.sync()
    threading.Thread(target=_sync_for_ever, args=(sync,), daemon=True).start()
    chance = random.Random(seed)
    pause = threading.Event()
    while True:
        patients = session.store.patients()
        if patients:
            _record(session, chance, chance.choice(patients))
        pause.wait(chance.uniform(0, 0.03))


def drain(folder: str) -> None:
    """Sync until nothing moves any more."""
    tablet = opened(Path(folder))
    sync, deadline, quiet = tablet.sync(), time.monotonic() + HEALED_S, 0
    while quiet < 2:
        if time.monotonic() > deadline:
            raise AssertionError("The tablet did not come to rest after healing.")
        report = _sync(sync)
        idle = report is not None and not (report.pushed or report.pulled or report.pending)
        quiet = quiet + 1 if idle else 0
    tablet.lock()


def first_pull(folder: str, page_bytes: int, ahead: bool) -> None:
    """Pull everything in pages of so many bytes, then end."""
    HttpTransport.page_bytes = page_bytes
    tablet = opened(Path(folder), _Counted(ahead))
    _say({"open": True})
    sync, deadline = tablet.sync(), time.monotonic() + HEALED_S
    while _sync(sync) is None:
        if time.monotonic() > deadline:
            raise AssertionError("The first pull did not end.")
    assert tablet.session is not None
    _say({"pulled": len(tablet.session.store.patients())})
    tablet.lock()


class _Counted(HttpNetwork):
    """Says which pages are asked for, and which came."""

    def __init__(self, ahead: bool) -> None:
        super().__init__()
        self._ahead = ahead

    def transport(self, identity: Identity, key: Any, clock: Clock) -> HttpTransport:
        return _Counting(identity.server, identity.device, key, clock, offset_ms=identity.offset_ms, ahead=self._ahead)


class _Counting(HttpTransport):
    def _pull(self, cursor: str | None) -> Any:
        _say({"asked": cursor})
        try:
            page: Any = super()._pull(cursor)
        except SyncError:
            _say({"failed": cursor})
            raise
        size = sum(len(item.text or b"") for item in getattr(page, "items", ()))
        _say({"came": cursor, "bytes": size})
        return page


def _sync_for_ever(sync: Sync) -> None:
    while True:
        _sync(sync)


def _sync(sync: Sync) -> Any:
    try:
        return sync.run()
    except SyncError as error:
        _say({"trouble": error.code})
        threading.Event().wait(0.02)
        return None


def _record(session: Session, chance: random.Random, patient: str) -> None:
    word, draw = f"said {chance.getrandbits(48):012x}", chance.random()
    if draw < 0.08:
        _change_plan(session, chance, patient, word)
        return
    if draw < 0.4:
        now = format_time(session.now())
        kind, body = "observations", {"taken_at": now, "pulse": chance.randint(50, 120), "note": word}
    else:
        kind, body = "note", {"text": word + " and more of it" * chance.choice((0, 1, 40))}
    _acknowledge(session.put(patient, kind, body), patient, kind, body)


def _change_plan(session: Session, chance: random.Random, patient: str, word: str) -> None:
    """Where the record came out of conflict, or into one, between two looks at it, nothing is said."""
    for state in session.store.records(patient, {"plan"}):
        change: Json = (
            {"summary": word} if chance.random() < 0.5 else {"monitoring": {"every_minutes": 60, "note": word}}
        )
        body: Json = {**state.body, **change}
        try:
            if state.in_conflict:
                saved = session.settle(state.id, body, "As agreed on the telephone", heads=state.heads)
            else:
                saved = session.put(patient, "plan", body, record=state.id, base=state.heads)
        except (UnsettledError, NotInConflictError):
            continue
        _acknowledge(saved, patient, "plan", body)


def _acknowledge(saved: Saved, patient: str, kind: str, body: Json) -> None:
    _say({"saved": saved.revision, "record": saved.record, "patient": patient, "kind": kind, "body": body})


def _say(line: Json) -> None:
    os.write(1, json.dumps(line).encode() + b"\n")
