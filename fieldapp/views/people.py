"""A patient's facts as the controls take them."""

from __future__ import annotations

from typing import Final
from urllib.parse import quote_plus

import flet as ft

from fieldapp.domain.display.allergies import AllergyLine, AllergyState
from fieldapp.domain.display.missing import NOT_KNOWN
from fieldapp.usecases import people
from fieldapp.views.controls.banner import AllergyStatus, Danger, Identity, allergy_danger

_ALLERGIES: Final[dict[AllergyState, AllergyStatus]] = {
    AllergyState.KNOWN: "known",
    AllergyState.NONE_KNOWN: "none",
    AllergyState.NOT_RECORDED: "not_recorded",
    AllergyState.UNAVAILABLE: "unavailable",
}

_GLYPHS: Final[dict[people.CautionKind, ft.IconData]] = {
    "escalation": ft.Icons.GPP_MAYBE_OUTLINED,
    "falls": ft.Icons.ELDERLY_ROUNDED,
    "infection": ft.Icons.CORONAVIRUS_OUTLINED,
    "pressure": ft.Icons.AIRLINE_SEAT_FLAT_ROUNDED,
    "safeguarding": ft.Icons.SHIELD_OUTLINED,
    "visitor": ft.Icons.PETS_OUTLINED,
    "other": ft.Icons.ERROR_OUTLINE_ROUNDED,
}

MAPS: Final = "https://www.google.com/maps/dir/?api=1&destination="
"""Asked only when somebody presses *Directions*: the address leaves the tablet then, and nothing else does."""


def shown(who: people.Identity) -> Identity:
    """The banner's facts."""
    return Identity(
        name=who.name,
        born=who.born.removesuffix(f" ({who.age})"),
        age=who.age_at_death or who.age,
        gender=who.gender,
        nhs_number=who.nhs_number,
        preferred=who.preferred or "",
        died=who.died or "",
    )


def dangers(allergies: AllergyLine, cautions: tuple[people.Caution, ...]) -> tuple[Danger, ...]:
    """What must be known before anything else: allergies, the person's own decisions, then the alerts."""
    line = allergy_danger(_ALLERGIES[allergies.state], "; ".join(allergies.allergies), allergies.updated)
    return (line, *(_danger(caution) for caution in cautions))


def _danger(caution: people.Caution) -> Danger:
    return Danger("attention", _GLYPHS[caution.kind], caution.label, caution.detail or "", caution.updated or "")


def summary_line(who: people.Identity) -> str:
    """`83y, female · known as Dot`"""
    gender = who.gender.lower() if who.gender != NOT_KNOWN else f"gender {NOT_KNOWN.lower()}"
    age = f"died {who.died}, {who.age_at_death}" if who.died else who.age
    known = f" · known as {who.preferred}" if who.preferred else ""
    return f"{age}, {gender}{known}"


def map_url(who: people.Identity) -> str | None:
    """Where *Directions* leads; None without an address."""
    return None if who.address == NOT_KNOWN else MAPS + quote_plus(who.address)
