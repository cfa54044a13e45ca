"""Medicine lines: **diltiazem** – CALCICARD CR – modified-release tablet – DOSE **120 mg** – oral – three times a day.

Source: NHS Common User Interface, MEDi. A line is made of whole attributes, which wrap but are never
cut. Amounts are rewritten only where the value stays the same (leading zero, no trailing zero, a
comma from 1,000, a space, units and abbreviations in words); anything else is shown as recorded.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final, Literal, NamedTuple, TypeAlias

from fieldapp.domain.display.numbers import EN_DASH
from fieldapp.domain.display.numbers import dose as amount

Emphasis: TypeAlias = Literal["plain", "strong", "label"]

SEPARATOR: Final = f" {EN_DASH} "

_AMOUNT: Final = re.compile(r"(?<![\w.,])((?:[0-9]{1,3}(?:,[0-9]{3})+|[0-9]+)?(?:\.[0-9]+)?)\s*([A-Za-zµμ%]+)?")
_PER: Final = re.compile(r"(?<=[A-Za-z])\s*/\s*(?=(?:mL|ml|L|l|kg|g|mg|h|hr|hour|min|minute|day|dose|m2)\b)")
_PERCENT: Final = re.compile(r"[0-9.]+ ?%")
_UNITS: Final = {
    "mcg": "micrograms",
    "ug": "micrograms",
    "µg": "micrograms",
    "μg": "micrograms",
    "microgram": "micrograms",
    "ng": "nanograms",
    "iu": "units",
    "u": "units",
    "unit": "units",
    "ml": "mL",
    "l": "L",
    "gm": "g",
    "mgs": "mg",
}
_ONE: Final = {"micrograms": "microgram", "nanograms": "nanogram", "units": "unit"}
_ROUTES: Final = {
    "iv": "intravenous",
    "im": "intramuscular",
    "sc": "subcutaneous",
    "po": "oral",
    "pr": "rectal",
    "pv": "vaginal",
    "sl": "sublingual",
    "inh": "inhaled",
    "neb": "nebulised",
    "top": "topical",
}
_FREQUENCIES: Final = {
    "od": "once a day",
    "bd": "twice a day",
    "bid": "twice a day",
    "tds": "three times a day",
    "tid": "three times a day",
    "qds": "four times a day",
    "qid": "four times a day",
    "om": "every morning",
    "mane": "every morning",
    "on": "every night",
    "nocte": "every night",
    "prn": "when required",
    "stat": "once only",
}
_UNSAFE: Final = (
    (re.compile(r"[@|<>/]"), "Write @, |, <, > and / in words."),
    (re.compile(r"(?<![\w.])\.[0-9]"), "Write a zero before the point."),
    (re.compile(r"[0-9]\.[0-9]*0(?![0-9.])"), "Leave out zeros at the end."),
    (re.compile(r"(?<![A-Za-z])(?:mcg|ug|µg|μg|IU|iu)\b|[0-9]\s*[uU]\b"), "Write micrograms and units in full."),
)


class Span(NamedTuple):
    """A run of text: `strong` is bold, `label` is the small capitals before an amount."""

    text: str
    emphasis: Emphasis = "plain"


@dataclass(frozen=True, slots=True)
class MedicineLine:
    """A line as attributes, each of which stays on one line where it fits."""

    attributes: tuple[tuple[Span, ...], ...]

    @property
    def spans(self) -> list[Span]:
        """The whole line in order, with its dashes."""
        spans: list[Span] = []
        for n, attribute in enumerate(self.attributes):
            spans += [Span(SEPARATOR), *attribute] if n else attribute
        return spans

    @property
    def text(self) -> str:
        return "".join(span.text for span in self.spans)


def medicine_line(
    name: str,
    *,
    brand: str | None = None,
    strength: str | None = None,
    form: str | None = None,
    dose: str | None = None,
    rate: str | None = None,
    duration: str | None = None,
    route: str | None = None,
    frequency: str | None = None,
) -> MedicineLine:
    """The line in the prescribed order: name, brand, strength, form, dose, rate, duration, route, frequency.

    Empty attributes are left out. The amount of an infusion in mL or L is labelled VOLUME. A strength
    in per cent stands beside the name: `sodium chloride 0.9%`.
    """
    shown = amounts_in_words(dose)
    infused = form is not None and "infusion" in form.lower() and shown.endswith((" mL", " L"))
    concentration = amounts_in_words(strength)
    beside_name = not brand and bool(_PERCENT.fullmatch(concentration))
    title = Span(generic_name(name), "strong")
    attributes: list[tuple[Span, ...]] = [
        (title, Span(f" {concentration}")) if beside_name else (title,),
        (Span(_tidy(brand).upper()),),
        (Span("" if beside_name else concentration),),
        (Span(_tidy(form)),),
        (Span("VOLUME " if infused else "DOSE ", "label"), Span(shown, "strong")) if shown else (Span(""),),
        (Span(amounts_in_words(rate)),),
        (Span(_tidy(duration)),),
        (Span(_in_words(route, _ROUTES)),),
        (Span(_in_words(frequency, _FREQUENCIES)),),
    ]
    return MedicineLine(tuple(a for a in attributes if any(span.text for span in a)))


def generic_name(name: str) -> str:
    """Lower case, but for single capitals that are part of the name: `vitamin D`, `hepatitis B vaccine`."""
    first, *rest = _tidy(name).split(" ")
    return " ".join([first.lower(), *(word if len(word) == 1 else word.lower() for word in rest)])


def amounts_in_words(text: str | None) -> str:
    """`0.50mcg` as `0.5 micrograms`, `1000 ml` as `1,000 mL`, `5 mg/kg` as `5 mg per kg`; the values stay."""
    return _AMOUNT.sub(_amount, _PER.sub(" per ", _tidy(text)))


def unsafe_notation(text: str) -> tuple[str, ...]:
    """What to write differently in an entered medicine, one sentence for each fault; empty when it is safe."""
    return tuple(sentence for pattern, sentence in _UNSAFE if pattern.search(text))


def _amount(match: re.Match[str]) -> str:
    figures, unit = match[1], match[2]
    if not figures:
        return match[0]
    value = amount(figures.replace(",", "")) if figures[0] != "." else amount(f"0{figures}")
    if unit is None:
        return f"{value}{match[0][len(figures) :]}"
    word = _UNITS.get(unit.lower(), unit)
    word = _ONE.get(word, word) if value == "1" else word
    return f"{value}%{word[1:]}" if word.startswith("%") else f"{value} {word}"


def _in_words(text: str | None, words: dict[str, str]) -> str:
    tidy = _tidy(text)
    return words.get(tidy.lower().replace(".", ""), tidy)


def _tidy(text: str | None) -> str:
    return " ".join((text or "").split())
