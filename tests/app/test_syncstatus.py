"""How the sending stands, in sentences."""

from __future__ import annotations

from datetime import timedelta

from fieldapp.domain.delivery import Receipt, Refusal
from fieldapp.sync.auto import AutoState
from fieldapp.usecases.syncstatus import badge, sync_view, waiting_sentence
from tests.app.ward import NOW, Ward


def test_sentences_of_what_waits() -> None:
    old = NOW - timedelta(minutes=40)
    assert waiting_sentence(3, old, NOW) == (
        "3 entries wait for signal. Oldest 40 minutes. All of them are safe on this tablet."
    )
    assert waiting_sentence(1, old, NOW) == "1 entry waits for signal. Oldest 40 minutes. It is safe on this tablet."
    assert waiting_sentence(0, None, NOW) == "Everything is sent."


def test_a_tablet_that_never_synced(ward: Ward) -> None:
    view = sync_view(ward.session)
    assert (view.mood, view.headline, view.action) == ("sent", "Everything is sent", "Sync now")
    assert view.badge.as_at == "no data yet"


def test_waiting_offline_sending_and_sent(ward: Ward) -> None:
    who = ward.patient("Hargreaves")
    saved = [ward.session.put(who, "note", {"text": f"Note {n}"}) for n in range(3)]
    ward.store.note_contact(0)
    ward.clock.advance(40 * 60)
    offline = sync_view(ward.session, AutoState(phase="offline", since=NOW))
    assert (offline.headline, offline.action) == ("No signal. Carry on.", "Try now")
    assert offline.sentence.startswith("3 entries wait for signal. Oldest 40 minutes.")
    assert [line.chip for line in offline.waiting] == ["On tablet"] * 3
    assert dict(offline.facts)["Data as at"] == "14:02, 40 min ago"
    assert badge(ward.session).as_at == "as at 14:02"

    sending = sync_view(ward.session, AutoState(phase="sending", done=1, total=3))
    assert (sending.headline, sending.fraction) == ("Sending 2 of 3", 1 / 3)
    assert {line.chip for line in sending.waiting} == {"Sending"}

    revision = ward.store.revision(saved[0].revision)
    assert revision is not None
    ward.store.settle_outbox(
        [Receipt(revision.id, revision.hash, "accepted", {})],
        [Refusal(saved[1].revision, "invalid_body", "The site is missing.", "site")],
    )
    after = sync_view(ward.session)
    assert (after.badge.unsent, after.badge.refused) == (2, 1)
    assert [line.chip for line in after.recent] == ["On tablet", "Sent back", "Sent 14:42"]
    (back,) = after.refused
    assert (back.who, back.title, back.where) == ("HARGREAVES, Dorothy", "Note", "site")
    assert back.sentence == "The site is missing. The entry is kept here until you correct it."


def test_trouble_says_what_to_do(ward: Ward) -> None:
    view = sync_view(ward.session, AutoState(phase="trouble", error="This tablet was stopped. Call support."))
    assert (view.headline, view.sentence) == ("Not synced", "This tablet was stopped. Call support.")
