"""Nothing about a patient can be read in any file that the store wrote, open or closed."""

from __future__ import annotations

import base64
from pathlib import Path

import pytest

from fieldapp.domain.delivery import Membership, Receipt, Refusal
from fieldapp.storage import Store
from tests.storage.making import IDENTITY, NAME, Maker

CANARIES = [
    "Thistlewood",
    "Marigold",
    "9990000018",
    "999 000 0018",
    "Quarrystone Lane",
    "ZE3 9JW",
    "penicillin-canary",
    "ulcer-canary text",
    "draft-canary text",
    "draft-canary key",
    "refusal-canary",
    "receipt-team-canary",
    "1941-03-05",
    "2026-11-22",
    "observations",
    "therapy_session",
    "taken_at",
    "Harbour team",
    "visits.example.nhs.uk",
    "cursor-canary",
    "epoch-canary",
]


def _spellings(canary: str) -> list[bytes]:
    plain = canary.encode()
    return [plain, canary.encode("utf-16-le"), plain.hex().encode(), base64.b64encode(plain).rstrip(b"=")[:-1]]


def _found(directory: Path) -> dict[str, list[str]]:
    return {
        path.name: [canary for canary in CANARIES if any(s in path.read_bytes() for s in _spellings(canary))]
        for path in directory.rglob("*")
        if path.is_file()
    }


def _fill(store: Store, make: Maker) -> None:
    patient, other = make.id(), make.id()
    store.set_identity(IDENTITY)
    address = {"lines": ["4 Quarrystone Lane"], "postcode": "ZE3 9JW"}
    allergies = {"state": "known", "items": [{"substance": "penicillin-canary"}]}
    person = make.person(patient, born="1941-03-05", address=address, allergies=allergies)
    note = make.note(patient, "ulcer-canary text 999 000 0018")
    observed = make.revision(patient, "observations", {"taken_at": "2026-11-22T09:00:00Z", "pulse": 72})
    session = make.revision(patient, "therapy_session", {"started_at": "2026-11-22T09:00:00Z", "minutes": 20})
    store.save([person, note, observed, session])
    store.apply(
        [make.person(other), make.after(person, {"name": {**NAME, "given": "Marigold Anne"}})],
        joined=[Membership("receipt-team-canary"[:4], patient)],
        cursor="cursor-canary",
        epoch="epoch-canary",
    )
    store.put_draft("draft-canary key", {"text": "draft-canary text"})
    store.settle_outbox(
        [Receipt(observed.id, observed.hash, "accepted", {"receipt-team-canary": 4})],
        [Refusal(note.id, "malformed", "refusal-canary")],
    )
    store.note_contact(12)


def test_no_canary_is_in_any_file(store: Store, tmp_path: Path, make: Maker, monkeypatch: pytest.MonkeyPatch) -> None:
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    for name in ("SQLITE_TMPDIR", "TMPDIR"):
        monkeypatch.setenv(name, str(elsewhere))
    _fill(store, make)
    found = _found(tmp_path)
    assert (tmp_path / "store.db-wal").stat().st_size > 10_000
    assert {"store.db", "store.db-wal", "store.db-shm"} <= set(found)
    assert {name: canaries for name, canaries in found.items() if canaries} == {}
    store.close()
    assert {name: canaries for name, canaries in _found(tmp_path).items() if canaries} == {}
    assert list(elsewhere.iterdir()) == []


def test_the_search_would_find_a_leak(tmp_path: Path) -> None:
    (tmp_path / "leak").write_bytes(b"\0" * 99 + base64.b64encode(b"Thistlewood"))
    assert _found(tmp_path) == {"leak": ["Thistlewood"]}


def test_only_the_clinicians_own_name_and_role_are_shown_before_unlocking(store: Store, tmp_path: Path) -> None:
    store.set_identity(IDENTITY)
    store.close()
    content = (tmp_path / "store.db").read_bytes()
    assert IDENTITY.person.name.encode() in content
    assert IDENTITY.person.role.encode() in content
    assert IDENTITY.person.id.encode() not in content


def test_errors_and_their_chains_hold_nothing(store: Store, make: Maker) -> None:
    note = make.note(make.id(), "ulcer-canary text")
    store.save([note])
    with store._writing() as tx:
        tx.exec_driver_sql("UPDATE revision SET sealed = zeroblob(300)")
    with pytest.raises(Exception, match="changed from outside") as refused:
        store.revision(note.id)
    chain = [refused.value, refused.value.__cause__, refused.value.__context__]
    assert "canary" not in "".join(repr(error) for error in chain)
