"""The screens of one patient over a real sealed store, for looking at: `/<person>/<screen>`. Invented people only."""

from __future__ import annotations

import json
import os
from pathlib import Path

import flet as ft

from fieldapp.domain.clock import FixedClock
from fieldapp.storage.kdf import FLOOR
from fieldapp.views import theme as t
from fieldapp.views.app import App
from fieldapp.views.background import Background
from fieldapp.views.device import Device
from fieldapp.views.model import AppModel
from fieldapp.views.navigation import EditPlan, OpenPatient, Screen, WriteNote
from tests.views.patient_people import NOW, fill
from tests.views.seeded import PASSPHRASE, new_store

CLOCK = FixedClock(NOW)
STORE = Path(os.environ["FIELDAPP_STORE"])


def screen(patient: str, name: str) -> Screen:
    """`now`, `plan`, `timeline`, `edit`, `note`."""
    if name == "edit":
        return EditPlan(patient)
    if name == "note":
        return WriteNote(patient)
    return OpenPatient(patient, name)  # pyright: ignore[reportArgumentType]


def people() -> dict[str, str]:
    """Fill the store, unless an earlier run did."""
    known = STORE / "people.json"
    if known.exists():
        return json.loads(known.read_text())
    store = new_store(STORE, CLOCK)
    found = fill(store, CLOCK)
    store.close()
    known.write_text(json.dumps(found))
    return found


PEOPLE = people()


def main(page: ft.Page) -> None:
    page.fonts = t.fonts()
    page.theme, page.dark_theme = t.theme("light"), t.theme("dark")
    page.theme_mode = ft.ThemeMode.SYSTEM
    page.padding = 0
    page.bgcolor = t.PAGE
    app = AppModel(Device(STORE, CLOCK, kdf=FLOOR))
    Background(app).attach(page, lambda: page.render(App, app))
    app.begin()
    app.enter(app.tablet.unlock(PASSPHRASE))
    app.place = "patients"
    person, _, name = page.route.strip("/").partition("/")
    app.open(screen(PEOPLE[person or "dot"], name or "now"))
    page.render(App, app)


if __name__ == "__main__":
    ft.run(main, assets_dir=str(t.ASSETS))
