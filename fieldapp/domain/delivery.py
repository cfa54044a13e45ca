"""What became of a saved revision on its way to the team, in words that store and sync share."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, NamedTuple

RecordStatus = Literal["sent", "pending", "conflict", "refused"]
"""How a record stands: everything receipted; something unsent; two versions to settle; something sent back."""


@dataclass(frozen=True)
class Receipt:
    """The server's word that a revision is durable there: its hash, and its feed position in each team."""

    revision: str
    hash: str
    outcome: Literal["accepted", "merged", "conflict"]
    positions: Mapping[str, int]


@dataclass(frozen=True)
class Refusal:
    """Why one revision was sent back. It stays on the tablet until someone repairs it."""

    revision: str
    code: str
    sentence: str
    where: str | None = None


class Offer(NamedTuple):
    """A revision that a restored server is asked about, and the hash it has here."""

    revision: str
    hash: str


class Membership(NamedTuple):
    """A patient on a team's caseload."""

    team: str
    patient: str
