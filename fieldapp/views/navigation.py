"""Where the app can be: three places, and screens above them that name what they show, never what is in it.

A screen is a frozen value, so that it can be compared, stacked and kept. `fieldapp.views.screens.SCREENS` says which
component draws it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Place = Literal["today", "patients", "sync"]
Stage = Literal["starting", "enrol", "locked", "open", "trouble"]
Tab = Literal["now", "plan", "timeline"]


@dataclass(frozen=True)
class Screen:
    """Anything that opens above a place. Patients, visits and records are named by their ids."""


@dataclass(frozen=True)
class OpenPatient(Screen):
    """One patient, at one of their three tabs. `record` is what to show first, where there is such."""

    patient: str
    tab: Tab = "now"
    record: str | None = None


@dataclass(frozen=True)
class RecordObservations(Screen):
    """The observations form; `amends` names the set that is corrected."""

    patient: str
    visit: str | None = None
    amends: str | None = None


@dataclass(frozen=True)
class WriteNote(Screen):
    """A free note; `amends` names the one that is corrected."""

    patient: str
    visit: str | None = None
    amends: str | None = None


@dataclass(frozen=True)
class TakePhotograph(Screen):
    """A photograph to attach; `amends` names the one whose words are corrected."""

    patient: str
    visit: str | None = None
    amends: str | None = None


@dataclass(frozen=True)
class ViewPhotograph(Screen):
    """One photograph, as large as the screen; `record` names it."""

    patient: str
    record: str


@dataclass(frozen=True)
class LogSession(Screen):
    """A reablement session; `amends` names the one that is corrected."""

    patient: str
    visit: str | None = None
    amends: str | None = None


@dataclass(frozen=True)
class EditPlan(Screen):
    """The treatment plan, to change."""

    patient: str


@dataclass(frozen=True)
class SettleConflict(Screen):
    """Two versions of one record, to decide between."""

    record: str


@dataclass(frozen=True)
class RepairEntry(Screen):
    """An entry that was sent back; `revision` is the one that was refused."""

    revision: str
