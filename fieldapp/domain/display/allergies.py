"""The allergy state: exactly one of four, each with its last update. Source: PAB-0064 to 0072.

"No known allergies" needs a clinician's positive statement; an empty list says nothing of the kind.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from zoneinfo import ZoneInfo

from fieldapp.domain.clock import LONDON
from fieldapp.domain.display.dates import clinical_date


class AllergyState(StrEnum):
    """The four phrases, in the words they are shown in."""

    KNOWN = "Known allergies"
    NONE_KNOWN = "No known allergies"
    NOT_RECORDED = "Allergies not recorded"
    UNAVAILABLE = "Allergies unavailable"


@dataclass(frozen=True, slots=True)
class AllergyLine:
    """What the banner or strip shows. Only known allergies are emphasised, with an icon of their own."""

    state: AllergyState
    allergies: tuple[str, ...]
    updated: str

    @property
    def phrase(self) -> str:
        return self.state.value

    @property
    def emphasised(self) -> bool:
        return self.state is AllergyState.KNOWN

    @property
    def text(self) -> str:
        """`Known allergies: co-trimoxazole, latex. Updated 19-Nov-2026`."""
        between = "; " if any(": " in name for name in self.allergies) else ", "
        names = f": {between.join(self.allergies)}" if self.allergies else ""
        return f"{self.phrase}{names}. {self.updated}"


def allergy_item(substance: str, reaction: str | None = None) -> str:
    """`latex: rash`, or `latex`."""
    return f"{substance}: {reaction}" if reaction else substance


def allergy_line(
    allergies: Sequence[str],
    *,
    none_confirmed: bool,
    available: bool,
    updated_at: date | datetime | None,
    zone: ZoneInfo = LONDON,
) -> AllergyLine:
    """The one state that is true. A known allergy is shown whatever else is said or out of reach.

    `none_confirmed`: a clinician has stated that there are none. `available`: the record could be read.
    """
    known = tuple(name for name in (" ".join(a.split()) for a in allergies) if name)
    if known:
        state = AllergyState.KNOWN
    elif not available:
        state = AllergyState.UNAVAILABLE
    else:
        state = AllergyState.NONE_KNOWN if none_confirmed else AllergyState.NOT_RECORDED
    updated = "Last update not known" if updated_at is None else f"Updated {clinical_date(updated_at, zone)}"
    return AllergyLine(state, known, updated)
