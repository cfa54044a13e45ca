"""One module per screen. `SCREENS` says which component draws each screen above the places.

A new screen is a frozen dataclass in `fieldapp.views.navigation`, a module here, and one line in `SCREENS`. The
component takes the app's model, the measures of the whole window and its own screen value, and returns a whole
`fieldapp.views.shell.frame` (with `fieldapp.views.chrome.chrome_of`) or, for a form that takes the screen to itself,
anything that fills it.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

import flet as ft

from fieldapp.views.metrics import Metrics
from fieldapp.views.model import AppModel
from fieldapp.views.navigation import (
    EditPlan,
    LogSession,
    OpenPatient,
    Place,
    RecordObservations,
    RepairEntry,
    Screen,
    SettleConflict,
    TakePhotograph,
    ViewPhotograph,
    WriteNote,
)
from fieldapp.views.screens.conflict import Conflict
from fieldapp.views.screens.note import Note
from fieldapp.views.screens.patient import Patient
from fieldapp.views.screens.patients import Patients
from fieldapp.views.screens.photo import Photo
from fieldapp.views.screens.photo_view import PhotoView
from fieldapp.views.screens.plan_edit import PlanEdit
from fieldapp.views.screens.reablement import Reablement
from fieldapp.views.screens.record import Record
from fieldapp.views.screens.repair import RepairScreen
from fieldapp.views.screens.sync import SyncPlace
from fieldapp.views.screens.today import Today

Draw = Callable[[AppModel, Metrics, Any], ft.Control]

PLACES: Final[dict[Place, Callable[[AppModel, Metrics], ft.Control]]] = {
    "today": Today,
    "patients": Patients,
    "sync": SyncPlace,
}

SCREENS: Final[dict[type[Screen], Draw]] = {
    EditPlan: PlanEdit,
    LogSession: Reablement,
    OpenPatient: Patient,
    RecordObservations: Record,
    RepairEntry: RepairScreen,
    SettleConflict: Conflict,
    TakePhotograph: Photo,
    ViewPhotograph: PhotoView,
    WriteNote: Note,
}
