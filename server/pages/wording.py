"""Words that the service approves: emergency advice, reasons, purposes, feedback, contact.

Each has a plain default. A service changes them in a TOML file read by `read_wording`.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path
from types import MappingProxyType
from typing import Any, cast

from server.pages.errors import WordingError
from server.pages.model import Carer, TeamContact

REASONS: Mapping[str, str] = MappingProxyType(
    {
        "earlier-visit": "Another visit took longer than planned.",
        "traffic": "The roads are slow.",
        "weather": "The weather is bad.",
        "urgent-call": "We had to go to an urgent call.",
        "short-of-staff": "We are short of staff today.",
        "equipment": "We are waiting for equipment for your visit.",
        "patient-unavailable": "We cancelled because you told us you can’t be there.",
        "not-needed": "We cancelled because you told us you do not need it.",
    }
)
PURPOSES: Mapping[str, str] = MappingProxyType(
    {
        "check-up": "see how you are",
        "blood-pressure": "check your blood pressure",
        "dressing": "change a dressing",
        "injection": "give you an injection",
        "blood-test": "take a blood sample",
        "medicines": "go through your medicines",
        "exercises": "practise your exercises with you",
        "daily-living": "help you practise washing, dressing or making a meal",
        "equipment": "look at what equipment could help at home",
        "catheter": "look after your tube",
    }
)
HAVE_READY: Mapping[str, str] = MappingProxyType(
    {
        "medicines": "Your medicines, or a list of them",
        "folder": "The folder we left with you",
        "glasses": "Glasses or hearing aids, if you use them",
        "shoes": "Shoes that hold your feet well",
        "walking-aid": "Your stick or walking frame",
    }
)


@dataclass(frozen=True)
class Wording:
    """The service's sentences. `badge` may use `{name}` and `{role}`; the maps go from code to phrase."""

    contact: TeamContact = field(default_factory=lambda: TeamContact("01632 960 100", "8am to 8pm, every day."))
    out_of_hours: str = "At other times call 111. In an emergency call 999."
    emergency_heading: str = "Call 999 now if you have"
    emergency_signs: tuple[str, ...] = (
        "chest pain",
        "trouble breathing",
        "heavy bleeding",
        "sudden weakness on one side",
        "anything you think is an emergency",
    )
    urgent_heading: str = "If it is not an emergency"
    urgent_advice: str = "Ring us from 8am to 8pm. At night call 111."
    telling_is_extra: str = "Telling us here is extra. It does not replace a call: we may not see it straight away."
    told_worse: str = "We may not see it straight away. If you get worse, do not wait: call 999 or ring us."
    will_ring: str = "We will ring you as soon as we can. If it cannot wait, ring us."
    badge: str = "{name}’s badge has a blue NHS band, a photo, “{name}” and “{role}”. Ask to see it."
    badge_unnamed: str = "The badge has a blue NHS band, a photo, a name and “{role}”. Ask to see it."
    not_sure: str = "Not sure? Keep the door shut and ring us."
    note_hint: str = (
        "For example: park behind the shops, the dog will be shut in. "
        "Do not write the key-safe code or your health here. Ring us with those."
    )
    feedback_intro: str = "Two questions. The team leader reads the answers. Your answers never affect your care."
    feedback_listened: str = "Did {name} listen to you?"
    feedback_mattered: str = "Did you get to say what matters most to you?"
    privacy: str = (
        "This page never shows your name, address or health record. Anyone with the link can see it, "
        "so share it only with people you trust. The link stops working two hours after the visit."
    )
    reasons: Mapping[str, str] = field(default_factory=lambda: REASONS, hash=False)
    purposes: Mapping[str, str] = field(default_factory=lambda: PURPOSES, hash=False)
    have_ready: Mapping[str, str] = field(default_factory=lambda: HAVE_READY, hash=False)

    def __post_init__(self) -> None:
        carer = Carer("nurse", "Ann")
        try:
            self.badge_of(carer)
            self.feedback_listened.format(name="Ann")
        except (KeyError, IndexError, ValueError) as error:
            raise WordingError(
                "Wording: badge may use {name} and {role}, feedback_listened {name}, and nothing else."
            ) from error

    def badge_of(self, carer: Carer) -> str:
        """What the carer's badge looks like."""
        pattern = self.badge if carer.first_name else self.badge_unnamed
        return pattern.format(name=carer.first_name, role=carer.role.capitalize())


def read_wording(path: Path) -> Wording:
    """The default wording with a service's changes.

    The file is TOML with the field names of `Wording` as keys; `contact`, `reasons`, `purposes` and
    `have_ready` are tables. The three maps add to the defaults. Raises WordingError naming the key.
    """
    try:
        changes = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise WordingError(f"Wording file {path.name} cannot be read: {error}. Correct the file.") from error
    defaults = Wording()
    names = {f.name for f in fields(Wording)}
    settings: dict[str, Any] = {}
    for key, value in changes.items():
        if key not in names:
            raise WordingError(f"Wording key “{key}” is not known. Use one of: {', '.join(sorted(names))}.")
        settings[key] = _setting(key, value, getattr(defaults, key))
    return Wording(**settings)


def _setting(key: str, value: object, default: object) -> object:
    match default, value:
        case str(), str():
            return value
        case tuple(), list():
            items = cast("list[object]", value)
            if items and all(isinstance(item, str) for item in items):
                return tuple(items)
        case TeamContact(), dict():
            try:
                return TeamContact(**cast("dict[str, Any]", value))
            except TypeError as error:
                raise WordingError("Wording table “contact” needs phone and hours.") from error
        case Mapping(), dict():
            table = cast("dict[str, object]", value)
            if all(isinstance(item, str) for item in table.values()):
                return MappingProxyType({**cast("Mapping[str, str]", default), **table})
        case _:
            pass
    raise WordingError(f"Wording key “{key}” has the wrong shape. Compare it with the default.")
