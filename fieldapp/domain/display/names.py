"""People's names as clinicians read them. Source: NHS Common User Interface, PAB-0049 to 0053."""

from __future__ import annotations

import re
from typing import Final

from fieldapp.domain.display.missing import NOT_KNOWN

_TITLES: Final = frozenset({"mr", "mrs", "ms", "miss", "mx", "dr", "prof", "professor", "rev", "sir", "dame"})
_WORDS: Final = re.compile(r"[^\s.,()]+")


def formal_name(family: str | None, given: str | None, title: str | None = None) -> str:
    """`SMITH, John (Mr)`: the banner's form, never to be cut short."""
    name = short_name(family, given)
    title_ = _tidy(title).rstrip(".")
    return f"{name} ({title_})" if title_ and name != NOT_KNOWN else name


def short_name(family: str | None, given: str | None) -> str:
    """`SMITH, John`: for lists and strips, where every name is still whole."""
    parts = [part for part in (_tidy(family).upper(), _tidy(given)) if part]
    return ", ".join(parts) or NOT_KNOWN


def initials(name: str) -> str:
    """`AK` for Amira Khan: first letters of the first and the last word, titles aside. Empty for none."""
    words = [word for word in _WORDS.findall(name) if word.lower() not in _TITLES]
    chosen = words[:1] + words[-1:] if len(words) > 1 else words
    return "".join(word[0].upper() for word in chosen)


def _tidy(text: str | None) -> str:
    return " ".join((text or "").split())
