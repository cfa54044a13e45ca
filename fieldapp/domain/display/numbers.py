"""Numbers with their units. Source: NHS Common User Interface, MEDi-015 to 041, and the observation rules.

A measured value keeps the precision it was recorded with; a dose has no trailing zero, always a
leading one, and a comma from 1,000.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Final, TypeAlias

from fieldapp.domain.display.missing import NOT_KNOWN, NOT_RECORDED
from fieldapp.domain.nhs_number import NhsNumberError, format_nhs_number

Number: TypeAlias = int | float | Decimal

THIN_SPACE: Final = "\u2009"
MINUS: Final = "\u2212"
EN_DASH: Final = "\u2013"


def number(value: Number | None, decimals: int | None = None) -> str:
    """`1,000`, `38.0`; `decimals` fixes how many are shown, otherwise they are those recorded."""
    if value is None:
        return NOT_RECORDED
    exact = Decimal(str(value))
    text = f"{abs(exact):,f}" if decimals is None else f"{abs(exact):,.{decimals}f}"
    return f"{MINUS}{text}" if exact < 0 and any(c in "123456789" for c in text) else text


def quantity(value: Number | None, unit: str, decimals: int | None = None) -> str:
    """The value, a thin space and its unit: `94 /min`, `37.8 °C`; Not recorded for None."""
    shown = number(value, decimals)
    return shown if value is None or not unit else f"{shown}{THIN_SPACE}{unit}"


def blood_pressure(systolic: Number | None, diastolic: Number | None, unit: str = "mmHg") -> str:
    """`128/74 mmHg`, a dash for the one not taken."""
    if systolic is None and diastolic is None:
        return NOT_RECORDED
    upper, lower = (EN_DASH if v is None else number(v) for v in (systolic, diastolic))
    return f"{upper}/{lower}{THIN_SPACE}{unit}"


def signed(value: int) -> str:
    """`−2`, `0`, `+1`, with a true minus sign."""
    return f"+{value}" if value > 0 else number(value)


def dose(amount: Number | str, unit: str = "") -> str:
    """`120 mg`, `0.5 mg`, `1,000 mL`: exact, no trailing zeros, an ordinary space. Text must be a plain number."""
    text = f"{Decimal(str(amount)):,f}"
    if "." in text:
        text = text.rstrip("0").rstrip(".")
    return f"{text} {unit}" if unit else text


def nhs_number(value: str | None) -> str:
    """`123 456 7890`; Not known without one, and as it stands when it is not valid."""
    if not value:
        return NOT_KNOWN
    try:
        return format_nhs_number(value)
    except NhsNumberError:
        return value
