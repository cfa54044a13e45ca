"""Addresses and telephone numbers. Source: NHS Common User Interface, address and telephone display.

Phone groups follow Ofcom's National Telephone Numbering Plan.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from itertools import pairwise
from typing import Final

from fieldapp.domain.display.missing import NOT_KNOWN
from fieldapp.domain.display.postcodes import normalise_postcode

_NOISE: Final = re.compile(r"[\s().\-\u2010-\u2015\u2060]+")
_COUNTRY: Final = re.compile(r"^(?:\+44|0044)0?")
_GROUPS: Final[tuple[tuple[re.Pattern[str], tuple[int, ...]], ...]] = tuple(
    (re.compile(shape), groups)
    for shape, groups in (
        (r"08001111", (4, 4)),
        (r"084546\d{2}", (4, 2, 2)),
        (r"0(?:800|500)\d{6}", (4, 3, 3)),
        (r"01(?:3873|5242|539[456]|697[347]|768[347]|9467)\d{4,5}", (6, 5)),
        (r"02\d{9}", (3, 4, 4)),
        (r"01(?:1\d|\d1)\d{7}", (4, 3, 4)),
        (r"01\d{8,9}", (5, 6)),
        (r"05[56]\d{8}", (3, 4, 4)),
        (r"0[389]\d{9}", (4, 3, 4)),
        (r"07\d{9}", (5, 6)),
    )
)


def address_parts(lines: Iterable[str | None], postcode: str | None = None) -> list[str]:
    """The lines that say something, without stray commas, the postcode last in its proper form.

    A postcode that is not recognised stays as typed.
    """
    parts = [" ".join((line or "").split()).strip(" ,") for line in lines]
    typed = (postcode or "").strip()
    parts.append(normalise_postcode(typed) or typed)
    return [part for part in parts if part]


def address_line(lines: Iterable[str | None], postcode: str | None = None) -> str:
    """`14 Ashgrove Terrace, Leeds, LS8 4PQ`; Not known when empty."""
    return ", ".join(address_parts(lines, postcode)) or NOT_KNOWN


def address_stacked(lines: Iterable[str | None], postcode: str | None = None) -> str:
    """One part a line, without trailing commas; Not known when empty."""
    return "\n".join(address_parts(lines, postcode)) or NOT_KNOWN


def phone(text: str | None) -> str:
    """`0118 909 8765`: UK numbers grouped, without +44 or brackets; others exactly as typed."""
    if not text or not text.strip():
        return NOT_KNOWN
    digits = _national(text)
    for shape, groups in _GROUPS:
        if shape.fullmatch(digits):
            return " ".join(_split(digits, groups))
    return text.strip()


def phone_uri(text: str | None) -> str | None:
    """`tel:01189098765` to dial with; None when there is nothing that can be dialled."""
    digits = _national(text or "")
    return f"tel:{digits}" if re.fullmatch(r"\+?[0-9]{3,15}", digits) else None


def _national(text: str) -> str:
    bare = _NOISE.sub("", text)
    return _COUNTRY.sub("0", bare)


def _split(digits: str, groups: tuple[int, ...]) -> list[str]:
    cuts = [sum(groups[:n]) for n in range(len(groups))] + [len(digits)]
    return [digits[start:end] for start, end in pairwise(cuts)]
