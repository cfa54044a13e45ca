"""A photograph of a wound: chosen through the browser's own picker, saved without signal, sent, looked at."""

from __future__ import annotations

from pathlib import Path

from PIL import Image, ImageDraw
from playwright.sync_api import expect

from tests.browser.conftest import OpenUi, Spawn
from tests.browser.journey import MadeUpService
from tests.browser.journey_ui import SLOW, Hand

SAYS = "Left heel, pressure ulcer"


def wound(path: Path) -> Path:
    """A drawing, as there is no patient."""
    drawn = Image.new("RGB", (1200, 900), (214, 176, 152))
    pen = ImageDraw.Draw(drawn)
    pen.ellipse((330, 210, 880, 690), fill=(196, 92, 84))
    pen.ellipse((450, 310, 770, 590), fill=(122, 36, 40))
    pen.rectangle((100, 780, 700, 820), fill=(250, 250, 250))
    for centimetre in range(13):
        pen.line((100 + 50 * centimetre, 780, 100 + 50 * centimetre, 800), fill=(20, 20, 20), width=3)
    drawn.save(path, "JPEG", quality=90)
    return path


def test_a_photograph_from_the_picker_to_the_timeline(tmp_path: Path, spawn: Spawn, ui_at: OpenUi) -> None:
    service = MadeUpService(tmp_path)
    service.start()
    try:
        patient = service.patient("dorothy")
        program = spawn(service.tablet("amira", "nurse"))
        hand = Hand(ui_at(program.url, "phone"))
        hand.unlock("Amira Khan")
        hand.patient(patient, "hargreaves")
        with service.stopped():
            hand.record("photo")
            hand.meets("choose")
            with hand.ui.page.expect_file_chooser() as chooser:
                hand.press("choose")
            chooser.value.set_files(wound(tmp_path / "heel.jpg"))
            expect(hand.ui.by_role("img", "The chosen photograph")).to_be_attached(timeout=SLOW)
            hand.write("What it shows", SAYS)
            hand.write("Where on the body", "Left heel")
            hand.shot("photo-chosen")
            hand.press("save")
            hand.saved()
            hand.sync()
            hand.sees("1 photograph waiting to be sent")
        hand.sync_now()
        hand.unsent(0)
        hand.patient(patient, "hargreaves")
        hand.press("tab-timeline")
        hand.press("entry-photo")
        hand.press("photograph")
        expect(hand.ui.by_role("img", SAYS)).to_be_attached(timeout=SLOW)
        hand.press("back")
        hand.meets("amend")
        hand.press("back")
        hand.meets("entry-photo")
        hand.shot("photo-timeline")
    finally:
        service.stop()
