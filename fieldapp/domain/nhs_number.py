"""The NHS number: ten digits, the last of which checks the first nine.

Source: NHS Data Dictionary, NHS NUMBER. The first nine digits are weighted 10 to 2 and summed; the
check digit is 11 minus the remainder by 11, where 11 is written 0 and 10 is never issued. Numbers
beginning 999 are kept for tests, and every invented person has one.

    ValueError
    └── NhsNumberError      not an NHS number; the message never repeats what was typed
"""

from __future__ import annotations

import re
from functools import cache
from typing import Final

TEST_PREFIX: Final = "999"

_SEPARATORS: Final = re.compile(r"[\s\-\u2010-\u2015\u2212]+")
_TEN: Final = re.compile(r"[0-9]{10}")
_NINE: Final = re.compile(r"[0-9]{9}")
_FREE_PLACES: Final = 6


class NhsNumberError(ValueError):
    """Text that is no NHS number, or a request for one that does not exist."""


def parse_nhs_number(text: str) -> str:
    """Ten ASCII digits from what was typed, scanned or pasted; spaces and hyphens may be anywhere.

    Raises `NhsNumberError` when there are not ten digits 0-9 or the check digit is wrong.
    """
    digits = _SEPARATORS.sub("", text)
    if not _TEN.fullmatch(digits):
        raise NhsNumberError("An NHS number has ten digits. Check it and type it again.")
    if check_digit(digits[:9]) != int(digits[9]):
        raise NhsNumberError("The check digit does not fit: one of the digits is wrong. Check the number.")
    return digits


def is_valid_nhs_number(text: str) -> bool:
    """Whether `parse_nhs_number` would accept it."""
    try:
        parse_nhs_number(text)
    except NhsNumberError:
        return False
    return True


def format_nhs_number(number: str) -> str:
    """The number as people read it, 3-3-4 with spaces. Raises `NhsNumberError` when it is not valid."""
    digits = parse_nhs_number(number)
    return f"{digits[:3]} {digits[3:6]} {digits[6:]}"


def check_digit(first_nine: str) -> int | None:
    """The tenth digit for nine; None where it would be 10, so that the number is never issued."""
    if not _NINE.fullmatch(first_nine):
        raise NhsNumberError("A check digit is computed from nine digits.")
    check = -_weighted(first_nine) % 11
    return None if check == 10 else check


def make_test_number(sequence: int) -> str:
    """The valid number of that place, from 0, in the 999 range, in rising order and leaving none out.

    Raises `NhsNumberError` outside 0 to `TEST_NUMBERS` - 1.
    """
    if not 0 <= sequence < TEST_NUMBERS:
        raise NhsNumberError(f"There are {TEST_NUMBERS} test numbers: ask for 0 to {TEST_NUMBERS - 1}.")
    stem, left = TEST_PREFIX, sequence
    for places in range(_FREE_PLACES - 1, -1, -1):
        for digit in "0123456789":
            here = _completions(places, _weighted(stem + digit) % 11)
            if left < here:
                stem += digit
                break
            left -= here
    return f"{stem}{check_digit(stem)}"


def _weighted(digits: str) -> int:
    return sum(int(digit) * weight for digit, weight in zip(digits, range(10, 1, -1), strict=False))


@cache
def _completions(places: int, remainder: int) -> int:
    """How many ways to fill the last `places` of nine so that a check digit exists."""
    if places == 0:
        return int(remainder != 1)
    weight = places + 1
    return sum(_completions(places - 1, (remainder + weight * digit) % 11) for digit in range(10))


TEST_NUMBERS: Final = _completions(_FREE_PLACES, _weighted(TEST_PREFIX) % 11)
"""How many valid numbers begin with 999."""
