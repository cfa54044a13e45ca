"""A push whose reply is cut off anywhere is kept, sent again and applied once."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.app.running import fieldapp
from tests.browser.journey import MadeUpService
from tests.browser.proxy import Road

CUTS: dict[str, Callable[[bytes], int]] = {
    "before the first byte": lambda reply: 0,
    "after one byte": lambda reply: 1,
    "within the status line": lambda reply: 11,
    "within the headers": lambda reply: reply.index(b"\r\n\r\n") // 2,
    "before the body": lambda reply: reply.index(b"\r\n\r\n") + 4,
    "within the body": lambda reply: (reply.index(b"\r\n\r\n") + 4 + len(reply)) // 2,
    "before the last byte": lambda reply: len(reply) - 1,
}


@pytest.fixture(scope="module")
def road(service: MadeUpService) -> Iterator[Road]:
    made = Road(service.port)
    yield made
    made.close()


@pytest.fixture(scope="module")
def store(service: MadeUpService, road: Road) -> Path:
    service.tablet("amira", "behind-the-road", server=road.address)
    return service.folder / "behind-the-road"


@pytest.mark.parametrize("reset", [True, False], ids=["reset", "closed"])
@pytest.mark.parametrize("where", CUTS)
def test_a_reply_cut_off_applies_the_push_once(
    service: MadeUpService, road: Road, store: Path, tmp_path: Path, where: str, reset: bool
) -> None:
    patient, before = service.patient("dorothy"), {item["id"] for item in service.feed(service.patient("dorothy"))}
    text = f"Cut {where}, {reset}"
    file = tmp_path / "note.json"
    file.write_text(f'{{"text": "{text}"}}')
    put = ["put", "--store", store, "--patient", patient, "--kind", "note", "--file", file]
    saved = fieldapp(*put).one
    cuts = road.cuts
    road.cut_reply(CUTS[where], reset=reset)

    cut = fieldapp("sync", "--store", store)
    assert (road.cuts, cut.out) == (cuts + 1, "")
    assert cut.code in (6, 8), cut.said
    assert "1 unsent entry is kept on this tablet." in cut.said
    assert service.received(patient, "note", before) == [{"text": text}], "the server had it before the cut"
    assert service.shown(store.name, patient)[saved["record"]]["state"] == "pending", "no receipt, not sent"

    again = service.sync(store.name)
    assert (again["pushed"], again["accepted"], again["pending"]) == (1, 1, 0)
    assert service.received(patient, "note", before) == [{"text": text}]
    shown = service.shown(store.name, patient)[saved["record"]]
    assert (shown["state"], shown["revisions"]) == ("sent", [saved["revision"]])


def test_a_plan_changed_behind_a_cut_is_changed_once(
    service: MadeUpService, road: Road, store: Path, tmp_path: Path
) -> None:
    patient, plan = service.patient("yusuf"), service.record("yusuf", "plan")
    before = {item["id"] for item in service.feed(patient)}
    service.sync(store.name)
    body = service.shown(store.name, patient)[plan]["body"]
    file = tmp_path / "plan.json"
    for turn in range(3):
        body = {**body, "summary": f"Turn {turn}"}
        file.write_text(json.dumps(body))
        put = ["put", "--store", store, "--patient", patient, "--kind", "plan", "--record", plan, "--file", file]
        assert fieldapp(*put).code == 0
        road.cut_reply(CUTS["before the last byte"])
        assert fieldapp("sync", "--store", store).code in (6, 8)
    assert service.sync(store.name)["pending"] == 0
    summaries = [body["summary"] for body in service.received(patient, "plan", before)]
    assert summaries == ["Turn 0", "Turn 1", "Turn 2"]
    assert service.shown(store.name, patient)[plan]["state"] == "sent"
