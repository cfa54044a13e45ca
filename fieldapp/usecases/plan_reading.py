"""Text as clinicians type it into a plan, to the values that are signed, and back."""

from __future__ import annotations

import re
from datetime import date, datetime, time
from typing import Any, Final, cast

from fieldapp.domain.clock import LONDON
from fieldapp.domain.display.dates import MONTHS, clinical_date, clinical_datetime
from fieldapp.domain.revision import format_time, parse_time

EXAMPLE: Final = "19-Nov-2026 16:20"
_LONGEST: Final = 500
_DAY: Final = re.compile(r"(\d{1,2})[-/. ]([A-Za-z]{3,9}|\d{1,2})[-/. ](\d{4})")
_ISO: Final = re.compile(r"(\d{4})-(\d{2})-(\d{2})")
_CLOCK: Final = re.compile(r"([01]?\d|2[0-3])[:.]?([0-5]\d)")
_WHOLE: Final[dict[str, tuple[int, int, str]]] = {
    "target_low": (50, 100, "write a whole number from 50 to 100."),
    "target_high": (50, 100, "write a whole number from 50 to 100."),
    "spo2_scale": (1, 2, "choose scale 1 or 2."),
    "every_minutes": (5, 14 * 24 * 60, "write whole minutes, from 5 to 20160 (14 days)."),
}
_DAYS: Final = frozenset({"review_on", "starts", "ends"})
_MOMENTS: Final = frozenset({"decided_at", "authorised_at"})
_LINES: Final = frozenset({"not_for", "still_for"})


class TypedError(ValueError):
    """What was typed cannot be read; the text says what to write instead."""


def text_of(name: str, value: Any) -> str:
    """A recorded value of a field as text to type over."""
    if value is None:
        return ""
    if isinstance(value, list):
        words = [str(each) for each in cast("list[Any]", value)]
        return ("\n" if name in _LINES else ", ").join(words)
    if isinstance(value, str) and name in _DAYS | _MOMENTS:
        try:
            return clinical_date(date.fromisoformat(value)) if name in _DAYS else clinical_datetime(parse_time(value))
        except ValueError:
            return value
    return str(value)


def value_of(name: str, words: str) -> Any:
    """The JSON value of what was typed, which is not empty. Raises TypedError."""
    if name in _WHOLE:
        low, high, otherwise = _WHOLE[name]
        if not re.fullmatch(r"[0-9]{1,6}", words) or not low <= int(words) <= high:
            raise TypedError(otherwise)
        return int(words)
    if name in _DAYS:
        return day(words).isoformat()
    if name in _MOMENTS:
        return format_time(moment(words))
    if name in _LINES:
        return [_short(each) for each in lines(words)]
    if name == "times":
        return [_time(each.strip()) for each in re.split(r"[,\n]", words) if each.strip()]
    return words if name == "summary" else _short(words)


def lines(words: str) -> list[str]:
    """One thing a line; a comma belongs to the thing."""
    return [each.strip() for each in words.splitlines() if each.strip()]


def day(words: str) -> date:
    """`26-Nov-2026`, `26/11/2026`, `26 November 2026` or `2026-11-26`. Raises TypedError."""
    sentence = f"write the date as {EXAMPLE.split(' ')[0]}."
    words = words.strip()
    if match := _ISO.fullmatch(words):
        year, month, number = int(match[1]), int(match[2]), int(match[3])
    elif match := _DAY.fullmatch(words):
        year, number = int(match[3]), int(match[1])
        month = int(match[2]) if match[2].isdigit() else _month(match[2])
    else:
        raise TypedError(sentence)
    try:
        return date(year, month, number)
    except ValueError:
        raise TypedError(sentence) from None


def moment(words: str) -> datetime:
    """A London date and time: `19-Nov-2026 16:20`. Raises TypedError."""
    head, _, tail = words.strip().rpartition(" ")
    clock = _CLOCK.fullmatch(tail)
    if not head or clock is None:
        raise TypedError(f"write the date and time as {EXAMPLE}.")
    return datetime.combine(day(head), time(int(clock[1]), int(clock[2])), LONDON)


def _month(word: str) -> int:
    return next((n for n, name in enumerate(MONTHS, 1) if name.lower().startswith(word.lower())), 0)


def _time(words: str) -> str:
    clock = _CLOCK.fullmatch(words)
    return f"{int(clock[1]):02d}:{clock[2]}" if clock else _short(words)


def _short(words: str) -> str:
    if len(words) > _LONGEST:
        raise TypedError(f"shorten it to {_LONGEST} characters.")
    return words
