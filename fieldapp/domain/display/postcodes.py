"""UK postcodes: recognised by shape, written in capitals with their space, and taken apart.

Source: BS 7666-2. The shape alone is checked, not whether the postcode exists.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

_SHAPE: Final = re.compile(
    r"(?P<area>[A-Z]{1,2})(?P<number>[0-9][0-9]?)(?P<letter>[A-Z]?)\s*(?P<sector>[0-9])(?P<unit>[A-Z]{2})"
)
_OUTWARD_LENGTH: Final = 4
_GIRO: Final = re.compile(r"GIR\s*0AA")


@dataclass(frozen=True, slots=True)
class Postcode:
    """`EC1A 1BB`: area EC, district EC1, sub-district EC1A, outward EC1A, inward 1BB, sector EC1A 1, unit BB."""

    outward: str
    inward: str
    area: str
    district: str
    sub_district: str | None

    @property
    def sector(self) -> str:
        return f"{self.outward} {self.inward[0]}"

    @property
    def unit(self) -> str:
        return self.inward[1:]

    def __str__(self) -> str:
        return f"{self.outward} {self.inward}"


def parse_postcode(text: str) -> Postcode | None:
    """The postcode a text is, in any case and with or without its space; None when it is none."""
    tidy = " ".join(text.upper().split())
    if _GIRO.fullmatch(tidy):
        return Postcode("GIR", "0AA", "GIR", "GIR", None)
    match = _SHAPE.fullmatch(tidy)
    if match is None:
        return None
    area, figures, letter = match["area"], match["number"], match["letter"]
    outward = f"{area}{figures}{letter}"
    if len(outward) > _OUTWARD_LENGTH or (letter and len(figures) > 1):
        return None
    inward = match["sector"] + match["unit"]
    return Postcode(outward, inward, area, f"{area}{figures}", outward if letter else None)


def normalise_postcode(text: str) -> str | None:
    """`EC1A 1BB`, or None when it is no postcode."""
    found = parse_postcode(text)
    return None if found is None else str(found)


def is_postcode(text: str) -> bool:
    """Whether the text has the shape of a UK postcode."""
    return parse_postcode(text) is not None
