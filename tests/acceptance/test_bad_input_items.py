"""Among good entries of one push, every bad one is refused by itself, with its code and a sentence, and kept apart."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import select

from fieldapp.sync.wire import MAX_DEPTH, MAX_PARENTS, RefusalCode
from server.db.tables import rejected
from tests.acceptance.bad_server import MISSING, Json, assert_gapless, changed, held, resigned
from tests.server.world import Tablet, World, revisions_in

pytestmark = pytest.mark.usefixtures("unharmed")

FIELDS = (
    *("id", "record", "kind", "patient", "parents", "author", "device"),
    *("at", "offset_ms", "schema", "body", "reason", "hash", "sig"),
)
WRONG_TYPES: tuple[Any, ...] = (MISSING, True, 1, 1.5, "", "x", [], ["x"], {}, {"x": 1})
MAY_BE: dict[str, tuple[Any, ...]] = {
    "parents": ([],),
    "kind": ("x",),
    "offset_ms": (1,),
    "schema": (1,),
    "reason": ("", "x"),
}
"""What of these is good in a field after all."""


def deep(levels: int) -> list[Any]:
    """Lists within each other."""
    inner: list[Any] = []
    for _ in range(levels - 1):
        inner = [inner]
    return inner


VITALS: Json = {"taken_at": "2026-11-23T08:55:00Z", "respiration_rate": 16}
FAULTS: dict[str, tuple[str, dict[str, Any]]] = {
    "NaN": ("malformed", {"body": {"text": float("nan")}}),
    "infinity": ("malformed", {"body": {"text": "A", "more": float("inf")}}),
    "a lone surrogate in a text": ("malformed", {"body": {"text": "\ud800"}}),
    "a lone surrogate as a key": ("malformed", {"body": {"text": "A", "\udfff": 1}}),
    "a lone surrogate as the id": ("malformed", {"id": "\ud800"}),
    "a lone surrogate in the author": ("malformed", {"author": {"id": "\ud800", "name": "A", "role": "B"}}),
    "a NUL as the id": ("malformed", {"id": "\0" * 36}),
    "a NUL in the kind": ("malformed", {"kind": "note\0"}),
    "a text that is one letter too long": ("invalid_body", {"body": {"text": "x" * 20_001}}),
    "a body too deep": ("malformed", {"body": {"text": "A", "more": deep(MAX_DEPTH)}}),
    "a body far too deep": ("malformed", {"body": {"text": "A", "more": deep(400)}}),
    "an unknown field too deep": ("malformed", {"newer": deep(MAX_DEPTH)}),
    "a vast number": ("invalid_body", {"kind": "observations", "body": {**VITALS, "respiration_rate": 10**400}}),
    "a vast fraction": ("invalid_body", {"kind": "observations", "body": {**VITALS, "temperature": 1e300}}),
    "a vast offset": ("malformed", {"offset_ms": 10**30}),
    "a schema of 0": ("malformed", {"schema": 0}),
    "a vast schema": ("malformed", {"schema": 2**31 + 1}),
    "the id in capitals": ("malformed", {"id": "01A207A2-3280-7CC0-A8A9-839B0C384711"}),
    "the record in capitals": ("malformed", {"record": "01A207A2-3280-7CC0-A8A9-839B0C384711"}),
    "the patient in capitals": ("malformed", {"patient": "01A207A2-3280-7CC0-A8A9-839B0C384711"}),
    "a parent in capitals": ("malformed", {"parents": ["01A207A2-3280-7CC0-A8A9-839B0C384711"]}),
    "the id in braces": ("malformed", {"id": "{01a207a2-3280-7cc0-a8a9-839b0c384711}"}),
    "the hash in capitals": ("hash_mismatch", {"hash": "A" * 64}),
    "10,000 parents": ("malformed", {"parents": ["01a207a2-3280-7cc0-a8a9-839b0c384711"] * 10_000}),
    "one parent too many": (
        "malformed",
        {"parents": [f"01a207a2-3280-7cc0-a8a9-{n:012x}" for n in range(MAX_PARENTS + 1)]},
    ),
    "a parent twice": ("malformed", {"parents": ["01a207a2-3280-7cc0-a8a9-839b0c384711"] * 2}),
    "the year 0": ("malformed", {"at": "0000-01-01T00:00:00.000Z"}),
    "the year 1": ("malformed", {"at": "0001-01-01T00:00:00.000Z"}),
    "before the year 1": ("malformed", {"at": "0001-01-01T00:00:00.000+14:00"}),
    "before there were such tablets": ("malformed", {"at": "1899-12-31T23:59:59.999Z"}),
    "the last moment": ("malformed", {"at": "9999-12-31T23:59:59.999Z"}),
    "after the last moment": ("malformed", {"at": "9999-12-31T23:59:59.999Z", "offset_ms": 1}),
    "the last moment by the offset": ("malformed", {"offset_ms": 251_600_000_000_000}),
    "the year 10000": ("malformed", {"at": "10000-01-01T00:00:00.000Z"}),
    "a leap second": ("malformed", {"at": "2016-12-31T23:59:60.000Z"}),
    "hour 24": ("malformed", {"at": "2026-11-23T24:00:00.000Z"}),
    "30 February": ("malformed", {"at": "2026-02-30T10:00:00.000Z"}),
    "no zone": ("malformed", {"at": "2026-11-23T10:00:00.000"}),
    "another zone": ("malformed", {"at": "2026-11-23T10:00:00.000+01:00"}),
    "a time in seconds": ("malformed", {"at": "1795424400"}),
    "an observation in the year 1": (
        "invalid_body",
        {"kind": "observations", "body": {**VITALS, "taken_at": "0001-01-01T00:00:00Z"}},
    ),
    "an observation in the year 9999": (
        "invalid_body",
        {"kind": "observations", "body": {**VITALS, "taken_at": "9999-12-31T23:59:59Z"}},
    ),
}


def is_good(value: Any, field: str) -> bool:
    return any(value == good and type(value) is type(good) for good in MAY_BE.get(field, ()))


def send(world: World, nurse: Tablet, patient: str, faults: list[Json]) -> list[Json]:
    """The outcomes of the faults between two good notes, once it is sure that nothing else of them was stored."""
    first, last = (nurse.write(patient, "note", {"text": text}) for text in ("Before", "After"))
    nurse.pull()
    outcomes = nurse.push(first, *faults, last)
    assert [outcomes[0]["status"], outcomes[-1]["status"]] == ["accepted", "accepted"]
    assert [item["id"] for item in revisions_in(nurse.pull())] == [first.id, last.id]
    assert_gapless(world)
    before = held(world)
    again = nurse.push(first, *faults, last)
    assert again == outcomes
    assert changed(before, held(world)) == set(), "and nothing more when it is sent again"
    return outcomes[1:-1]


@pytest.mark.parametrize("field", FIELDS)
def test_a_field_that_is_missing_or_of_another_type_is_refused(
    world: World, nurse: Tablet, patient: str, field: str
) -> None:
    wrong = [value for value in (*WRONG_TYPES, None) if not is_good(value, field)]
    if field in ("offset_ms", "reason"):
        wrong.remove(None)
    faults = [resigned(nurse, nurse.write(patient, "note", {"text": "A"}), **{field: value}) for value in wrong]
    outcomes = send(world, nurse, patient, faults)
    for value, fault, outcome in zip(wrong, faults, outcomes, strict=True):
        assert outcome["status"] == "refused", (field, value)
        assert outcome["code"] in set(RefusalCode), (field, value)
        assert len(outcome["sentence"]) > 20
        assert outcome["id"] == (fault.get("id") if isinstance(fault.get("id"), str) else "")
    assert {outcome["code"] for outcome in outcomes} & {
        "malformed",
        "bad_signature",
        "hash_mismatch",
        "not_the_author",
        "invalid_body",
    }


def test_each_fault_is_refused_by_its_code_and_kept_for_support(world: World, nurse: Tablet, patient: str) -> None:
    faults = [resigned(nurse, nurse.write(patient, "note", {"text": "A"}), **change) for _, change in FAULTS.values()]
    with world.database.reading() as connection:
        before = len(connection.execute(select(rejected)).all())
    outcomes = send(world, nurse, patient, faults)
    got = {what: outcome["code"] for what, outcome in zip(FAULTS, outcomes, strict=True)}
    assert got == {what: code for what, (code, _) in FAULTS.items()}
    assert all(len(outcome["sentence"]) > 20 for outcome in outcomes)
    with world.database.reading() as connection:
        assert len(connection.execute(select(rejected)).all()) == before + len(faults)


def test_what_is_deep_but_not_too_deep_reaches_the_colleague(world: World, nurse: Tablet, patient: str) -> None:
    colleague = world.tablet("Tom Ogilvie", world.team("Home ward"))
    note = nurse.write(patient, "note", {"text": "A", "more": deep(MAX_DEPTH - 2)})
    assert nurse.push(note)[0]["status"] == "accepted"
    assert note.to_wire() in revisions_in(colleague.pull())


@pytest.mark.parametrize("levels", [*range(300, 1000, 50), *range(980, 1000, 4), 5_000])
def test_what_is_too_deep_to_be_read_or_kept_is_refused(world: World, nurse: Tablet, patient: str, levels: int) -> None:
    note = nurse.write(patient, "note", {"text": "A"}).to_json()
    deeper = note[:-1] + b',"newer":' + b"[" * levels + b"]" * levels + b"}"
    body = b'{"revisions":[' + note + b"," + deeper + b"]}"
    before = held(world)
    response = nurse.send("POST", "/v1/push", body)
    if response.status_code == 200:
        assert [outcome["status"] for outcome in response.json()["outcomes"]] == ["accepted", "refused"]
    else:
        assert (response.status_code, response.json()["code"]) == (400, "malformed")
        assert changed(before, held(world)) == set()
    colleague = world.tablet("Tom Ogilvie", world.team("Home ward"))
    assert revisions_in(colleague.pull())
