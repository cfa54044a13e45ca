"""What a nurse does on a tablet, in her own order: each step waits for what she would see before the next."""

from __future__ import annotations

import json
import re
from pathlib import Path

from playwright.sync_api import Locator, expect

from fieldapp.domain.canonical import Json
from tests.app.running import PASSPHRASE
from tests.browser.process import Program
from tests.browser.ui import Ui

MEASURED: Json = {
    "respiration_rate": 25,
    "spo2": 88,
    "spo2_scale": 2,
    "on_oxygen": True,
    "oxygen_flow": 1,
    "systolic_bp": 128,
    "diastolic_bp": 74,
    "pulse": 94,
    "consciousness": "A",
    "temperature": 38.2,
}
SLOW = 20_000
"""ms for what waits on the network, the key derivation or a process that has just started."""


class Hand:
    """One pair of hands on one open page of the app."""

    def __init__(self, ui: Ui) -> None:
        self.ui = ui

    def sees(self, words: str, timeout: float = 10_000) -> None:
        """Something on the screen says these words."""
        expect(self._saying(words).first).to_be_attached(timeout=timeout)

    def lacks(self, words: str) -> None:
        """Nothing on the screen says these words."""
        expect(self._saying(words)).to_have_count(0)

    def meets(self, identifier: str, timeout: float = 10_000) -> None:
        """The control is there."""
        expect(self.ui.by_id(identifier).first).to_be_attached(timeout=timeout)

    def press(self, target: str | Locator) -> None:
        """Press a control by its identifier, once it is there."""
        node = target if isinstance(target, Locator) else self.ui.by_id(target)
        expect(node.first).to_be_attached(timeout=10_000)
        self.ui.tap(node)

    def write(self, label: str, words: str) -> None:
        """Type over what a field holds; its name may be followed by a hint. One below the fold is brought up first."""
        field = self.ui.root.get_by_label(re.compile(rf"^{re.escape(label)}(\s|$)"))
        expect(field).to_be_attached()
        self._into_view(field)
        self.ui.write(field, words)

    def enrol(self, server: str, code: str, passphrase: str = PASSPHRASE) -> None:
        """Set a new tablet up."""
        self.meets("server", SLOW)
        self.write("Server address", server)
        self.write("One-time code", code)
        self.write("New passphrase", passphrase)
        self.write("Passphrase again", passphrase)
        self.press("enrol")
        self.meets("place-today", SLOW)

    def unlock(self, name: str, passphrase: str = PASSPHRASE) -> None:
        """Open the tablet of somebody who is set up on it."""
        self.write(f"Passphrase for {name}", passphrase)
        self.press("unlock")
        self.meets("place-today", SLOW)

    def lock(self) -> None:
        self.press("lock")
        self.meets("passphrase")

    def patient(self, patient: str, search: str) -> None:
        """Open a patient from the list; `search` finds nobody else."""
        self.press("place-patients")
        self.write("Search by name or NHS number", search)
        expect(self.ui.root.get_by_text(re.compile(r"^1 of \d+ patients$")).first).to_be_attached()
        self.press(f"patient-{patient}")
        self.meets("banner")

    def record(self, what: str) -> None:
        """Open the form for something to record about the patient who is open."""
        self.press("tab-now")
        self.press("record")
        self.press(f"record-{what}")

    def note(self, words: str) -> None:
        """Write and save a note about the patient who is open."""
        self.record("note")
        self.write("Note", words)
        self.press("save")
        self.saved()

    def choose(self, name: str) -> None:
        """Press the button of this spoken name."""
        self.press(self.ui.by_role("button", name, exact=True))

    def keys(self, digits: str) -> None:
        """Type on the pad."""
        for digit in digits:
            self.press("key-point" if digit == "." else f"key-{digit}")

    def measure(self) -> None:
        """A whole set of the patient who is open, on oxygen and scale 2: NEWS2 3 + 0 + 2 + 0 + 1 + 0 + 1 = 7. Not yet
        saved."""
        self.record("observations")
        for digits in ("25", "88"):
            self.keys(digits)
            self.press("key-next")
        self.choose("Air or oxygen: Oxygen")
        self.keys("1")
        self.press("key-next")
        self.keys("128")
        self.keys("74")
        self.press("key-next")
        self.keys("94")
        self.press("key-next")
        self.choose("Consciousness: Alert")
        self.keys("38.2")

    def saved(self) -> None:
        """The word at the foot of the screen, and the form gone."""
        self.sees("Saved on this tablet")
        expect(self.ui.by_id("save")).to_have_count(0)
        expect(self.ui.by_id("settle")).to_have_count(0)

    def delivery(self, words: str) -> None:
        """Change the delivery of oxygen in the plan of the patient who is open."""
        self.edit_plan("oxygen", "Delivery", words)

    def edit_plan(self, statement: str, label: str, words: str) -> None:
        """Change one field of one statement of the plan and save."""
        self.press("tab-plan")
        self.press("change-plan")
        self.press(f"change-{statement}")
        self.write(label, words)
        self.press("save")
        self.saved()

    def settle(self, keep: str, reason: str) -> None:
        """Decide the open conflict of the patient who is open for the version of one colleague."""
        self.press("tab-now")
        self.press("settle-0")
        self.press(self.ui.root.get_by_role("button", name=re.compile(f"^Keep this one: {keep}")))
        self.write("Reason, seen by everybody concerned", reason)
        self.press("settle")
        self.saved()

    def unsent(self, count: int) -> None:
        """The badge of *Sync* says how many entries wait."""
        said = f"Sync, {count} unsent" if count else "Sync"
        pattern = re.compile(rf"^{said}(, as at \d\d:\d\d)?$")
        expect(self.ui.by_id("place-sync")).to_have_accessible_name(pattern, timeout=SLOW)

    def sync(self) -> None:
        """To the sync screen."""
        self.press("place-sync")
        expect(self.ui.by_id("place-sync")).to_have_attribute("aria-current", "true")

    def sync_now(self) -> None:
        """Press the one button of the sync screen and wait until everything is sent."""
        self.sync()
        self.press(self.ui.root.get_by_role("button", name=re.compile("^(Sync now|Try now)$")))
        self.sees("Everything is sent", SLOW)

    def fly(self, on: bool) -> None:
        """The aeroplane switch of the sync screen."""
        self.sync()
        switch = self.ui.by_id("aeroplane")
        expect(switch).to_be_attached()
        if switch.get_attribute("aria-checked") != str(on).lower():
            self.ui.tap(switch)
        expect(switch).to_have_attribute("aria-checked", str(on).lower())

    def again(self, program: Program, name: str) -> None:
        """Kill the app's process, start it again and unlock: as after a crash, without a word of warning."""
        program.kill()
        program.start()
        self.ui.reload()
        self.ui.console.clear()  # the client complains that its process has gone
        self.unlock(name)

    def drafted(self) -> None:
        """Wait until what was typed is kept: a dialog opened and closed after it proves that every key has arrived."""
        self.press("discard")
        self.press("dialog-cancel")
        self.meets("save")
        self.sees("Draft kept on this tablet")

    def shot(self, name: str) -> Path:
        return self.ui.shot(name)

    def _saying(self, words: str) -> Locator:
        named = self.ui.root.locator(f"[aria-label*={json.dumps(words, ensure_ascii=False)}]")
        return self.ui.text(words).or_(named)

    def _into_view(self, node: Locator) -> None:
        size = self.ui.page.viewport_size
        assert size is not None
        low, high = 200.0, size["height"] * 0.72
        for _ in range(12):
            box = node.bounding_box()
            assert box is not None
            middle = box["y"] + box["height"] / 2
            if low <= middle <= high or box["height"] > high - low:
                return
            self.ui.page.mouse.move(size["width"] * 0.6, size["height"] * 0.5)
            self.ui.page.mouse.wheel(0, middle - size["height"] * 0.45)
            self._still(node)
            after = node.bounding_box()
            if after is not None and after["y"] == box["y"]:
                return  # the end of what scrolls

    def _still(self, node: Locator) -> None:
        """Wait until the node has stayed in one place."""
        last: object = None
        for _ in range(40):
            box = node.bounding_box()
            if box == last:
                return
            last = box
            self.ui.page.wait_for_timeout(60)
