"""What the number pad does to a set of observations: pure values, no controls.

A `Form` is the recording with the question in focus and what was typed for it. A value is in the recording from its
first digit on, so that it is kept; whether it may be asked about already says `typing`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Final

from fieldapp.domain.codes import ACVPU_WORDS, MEASUREMENTS
from fieldapp.domain.plausibility import Impossible, Limits, Question
from fieldapp.usecases.observations import Recording, confirm, could_not_measure, typed, with_note
from fieldapp.views.controls.pad import Key

ORDER: Final = (
    "respiration_rate", "spo2", "oxygen", "blood_pressure", "pulse", "consciousness", "temperature",
)  # fmt: skip
EXTRAS: Final = ("pain", "glucose", "weight", "note")
TITLES: Final[Mapping[str, str]] = {
    "respiration_rate": "Respiration rate",
    "spo2": "Oxygen saturation",
    "oxygen": "Air or oxygen",
    "blood_pressure": "Blood pressure",
    "pulse": "Pulse",
    "consciousness": "Consciousness",
    "temperature": "Temperature",
    "pain": "Pain",
    "glucose": "Glucose",
    "weight": "Weight",
    "note": "Note",
}
LEVELS: Final = tuple(ACVPU_WORDS)
_PARTS: Final[Mapping[str, tuple[str, ...]]] = {
    "oxygen": ("on_oxygen", "oxygen_flow"),
    "blood_pressure": ("systolic_bp", "diastolic_bp"),
    "note": (),
}
_STEPS: Final[Mapping[str, Decimal]] = {"oxygen_flow": Decimal("0.5")}
_MOST: Final = 5  # characters of one number


@dataclass(frozen=True, slots=True)
class Form:
    """`focus` is a question of `ORDER` or `EXTRAS`, `part` the value the pad types into (None: a choice or words),
    `text` that value as typed. While `fresh` the next digit starts anew. `opened` are the extras in sight. `carried`:
    the cursor moved to `part` by itself, and nothing was pressed since."""

    recording: Recording
    focus: str
    part: str | None
    text: str = ""
    fresh: bool = True
    opened: tuple[str, ...] = ()
    carried: bool = False

    @property
    def asked(self) -> tuple[str, ...]:
        """Every question in sight, in order."""
        return (*ORDER, *self.opened)


def parts_of(question: str) -> tuple[str, ...]:
    """The values behind a question."""
    return _PARTS.get(question, (question,))


def question_of(part: str) -> str:
    """The question a value belongs to."""
    return next((name for name, parts in _PARTS.items() if part in parts or part == name), part)


def opened(recording: Recording) -> Form:
    """The form on the first question without an answer, with the extras that have one."""
    shown = tuple(e for e in EXTRAS if (recording.note if e == "note" else e in recording.values))
    form = Form(recording, ORDER[0], ORDER[0], opened=shown)
    return focused(form, next((name for name in ORDER if not answered(form, name)), ORDER[0]))


def answered(form: Form, question: str) -> bool:
    """Whether it has a value, or a reason why not."""
    known, reasons = form.recording.values, form.recording.not_measured
    if question == "note":
        return bool(form.recording.note)
    if question == "oxygen":
        said = known.get("on_oxygen")
        return said is False or "on_oxygen" in reasons or (said is True and "oxygen_flow" in {*known, *reasons})
    return all(part in known or part in reasons for part in parts_of(question))


def focused(form: Form, question: str, part: str | None = None) -> Form:
    """The focus on a question, on its first part that has no value unless told."""
    shown = form.opened if question in form.asked else (*form.opened, question)
    return _at(replace(form, focus=question, opened=shown), part or _first_part(form, question))


def _first_part(form: Form, question: str) -> str | None:
    known = form.recording.values
    if question in ("note", "consciousness"):
        return None
    if question == "oxygen":
        return "oxygen_flow" if known.get("on_oxygen") is not False else None
    parts = parts_of(question)
    return next((part for part in parts if part not in known), parts[0])


def _at(form: Form, part: str | None) -> Form:
    value = form.recording.values.get(part) if part else None
    return replace(form, part=part, text="" if value is None else str(value), fresh=True, carried=False)


def settled(form: Form) -> Form:
    """What was typed is finished."""
    return replace(form, fresh=True)


def following(form: Form) -> str | None:
    """The next question without an answer, from the start again after the last; None when nothing is left."""
    asked = form.asked
    here = asked.index(form.focus)
    around = (*asked[here + 1 :], *asked[:here])
    return next((name for name in around if name != "note" and not answered(form, name)), None)


def moved(form: Form) -> Form:
    """*Next*: the other half of a pressure, else the next question. A press that crosses the cursor's own move to the
    lower pressure, which is still empty, changes nothing."""
    if form.carried and not form.text:
        return replace(form, carried=False)
    if form.part == "systolic_bp" and "systolic_bp" in form.recording.values:
        return _at(form, "diastolic_bp")
    to = following(form)
    return focused(form, to) if to else settled(form)


def typing(form: Form, limits: Mapping[str, Limits]) -> str | None:
    """The value that another key may still finish; None once it cannot become anything that can be."""
    if form.fresh or form.part is None or not _grows(form.part, form.text, limits):
        return None
    return form.part


def _grows(part: str, text: str, limits: Mapping[str, Limits]) -> bool:
    whole, point, fraction = text.partition(".")
    decimals, bounds = MEASUREMENTS[part].decimals, limits.get(part)
    if not whole:
        return True
    if point:
        return len(fraction) < decimals
    if bounds is None or Decimal(whole) * 10 <= bounds.highest:
        return True
    return decimals > 0 and Decimal(whole) <= bounds.usual_high and Decimal(whole) + 1 > bounds.usual_low


def pressed(form: Form, key: Key, limits: Mapping[str, Limits]) -> Form:
    """The form after one key of the pad."""
    part = form.part
    if part is None:
        return form
    if key in ("plus", "minus"):
        return _put(form, _stepped(form, part, 1 if key == "plus" else -1))
    if key == "back":
        if not form.text and part == "diastolic_bp":
            return replace(_at(form, "systolic_bp"), fresh=False)
        return _put(form, form.text[:-1])
    text = _longer("" if form.fresh else form.text, key, MEASUREMENTS[part].decimals)
    form = _put(form, text)
    if part == "systolic_bp" and not _grows(part, text, limits) and _usual(part, text, limits):
        return replace(_at(form, "diastolic_bp"), carried=True)
    return form


def _longer(text: str, key: Key, decimals: int) -> str:
    if key == ".":
        return text if "." in text or not decimals else f"{text or '0'}."
    if ("." in text and len(text.partition(".")[2]) >= decimals) or len(text) >= _MOST:
        return text
    return key if text == "0" else text + key


def _usual(part: str, text: str, limits: Mapping[str, Limits]) -> bool:
    bounds = limits.get(part)
    return bool(text) and (bounds is None or bounds.usual_low <= Decimal(text) <= bounds.usual_high)


def _stepped(form: Form, part: str, way: int) -> str:
    decimals = MEASUREMENTS[part].decimals
    step = _STEPS.get(part, Decimal(1).scaleb(-decimals))
    before = form.recording.last.get(part)
    start = form.text.rstrip(".") or ("0" if before is None else str(before.value))
    made = max(Decimal(0), Decimal(start) + way * step)
    return f"{made:f}"


def _put(form: Form, text: str) -> Form:
    part = form.part
    assert part is not None
    recording = form.recording
    if part == "oxygen_flow" and text and recording.values.get("on_oxygen") is not True:
        recording = typed(recording, "on_oxygen", True)
    return replace(form, recording=typed(recording, part, value_of(text)), text=text, fresh=False, carried=False)


def value_of(text: str) -> int | float | None:
    """The number typed, in the precision typed."""
    bare = text.rstrip(".")
    if not bare:
        return None
    return float(bare) if "." in bare else int(bare)


def on_air(form: Form, oxygen: bool) -> Form:
    """*Air* moves on, *Oxygen* asks for the flow."""
    form = focused(replace(form, recording=typed(form.recording, "on_oxygen", oxygen)), "oxygen")
    return form if oxygen else moved(form)


def awake(form: Form, level: str) -> Form:
    """A level of consciousness, A C V P or U, and on."""
    return moved(focused(replace(form, recording=typed(form.recording, "consciousness", level)), "consciousness"))


def noted(form: Form, words: str) -> Form:
    """The remark about the set."""
    return replace(form, recording=with_note(form.recording, words))


def unmeasured(form: Form, why: str) -> Form:
    """The question in focus cannot be answered: every part of it that has no value, or the one being typed."""
    recording, parts = form.recording, parts_of(form.focus)
    missing = [part for part in parts if part not in recording.values]
    if form.focus == "oxygen":
        missing = ["oxygen_flow"] if recording.values.get("on_oxygen") else ["on_oxygen"]
    elif form.part is not None and form.text:
        missing.append(form.part)
    for part in missing or parts:
        recording = could_not_measure(recording, part, why)
    return moved(_at(replace(form, recording=recording), form.part))


def reason_of(form: Form, question: str) -> str | None:
    """Why a question has no answer."""
    reasons = form.recording.not_measured
    return next((reasons[part] for part in parts_of(question) if part in reasons), None)


def doubted(form: Form, doubt: Question | Impossible) -> Form:
    """The focus on the value in doubt."""
    part = "systolic_bp" if doubt.measurement == "blood_pressure" else doubt.measurement
    return form if form.part == part else focused(form, question_of(part), part)


def retyped(form: Form, doubt: Question | Impossible) -> Form:
    """*Change it*: the value goes, the pad waits for another."""
    part = "systolic_bp" if doubt.measurement == "blood_pressure" else doubt.measurement
    recording = form.recording
    for name in parts_of("blood_pressure") if doubt.measurement == "blood_pressure" else (part,):
        recording = typed(recording, name, None)
    return focused(replace(form, recording=recording), question_of(part), part)


def kept(form: Form, doubt: Question) -> Form:
    """The clinician stands by it."""
    form = replace(form, recording=confirm(form.recording, doubt))
    return moved(form) if form.part == "systolic_bp" else settled(form)
