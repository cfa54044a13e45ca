"""What differs between services: hours, limits, wording, who to call. Configuration, never a constant in a rule.

The defaults are for a service to confirm; the escalation wording in particular is *local* and must be signed off.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Final, Literal, NamedTuple

from fieldapp.domain.clocks import MonitoringPolicy, ReablementPolicy, ServiceHours, UcrPolicy
from fieldapp.domain.news2 import Band
from fieldapp.domain.plausibility import DEFAULT_LIMITS, Limits

Action = Literal["call", "timer", "none"]


class Step(NamedTuple):
    """One thing to do, with its own button. `phone` is as it is dialled."""

    what: str
    how: str
    action: Action = "none"
    phone: str | None = None


@dataclass(frozen=True, slots=True)
class EscalationPolicy:
    """What to do at each band. `signed_off` None is shown as not yet signed off by the service."""

    name: str
    signed_off: date | None
    steps: Mapping[Band, tuple[Step, ...]]


_STEPS: Final[Mapping[Band, tuple[Step, ...]]] = {
    "high": (
        Step("Call 999", "Emergency transfer, where the person's own decisions allow", "call", "999"),
        Step("Call the team's senior clinician", "Say the score and what has changed", "call"),
        Step("Stay with the person", "Repeat all seven until help arrives", "timer"),
    ),
    "medium": (
        Step("Call the team's senior clinician", "Urgent review: say the score and what has changed", "call"),
        Step("Measure again", "Repeat all seven within the hour", "timer"),
    ),
    "low-medium": (
        Step("Call the team's senior clinician", "One measurement alone scored 3", "call"),
        Step("Measure again", "Repeat all seven within the hour", "timer"),
    ),
    "low": (),
}

_PATHWAYS: Final[Mapping[str, str]] = {
    "virtual_ward": "Home Ward",
    "ucr": "UCR 2-hour",
    "reablement": "Reablement",
    "district_nursing": "District nursing",
    "care_home": "Care home",
}

_RESPONSES: Final[Mapping[Band, str]] = {
    "low": "Nurse assesses",
    "low-medium": "Urgent review",
    "medium": "Urgent response",
    "high": "Emergency response",
}


@dataclass(frozen=True, slots=True)
class Service:
    """One service's configuration. `monitored` pathways get a recheck clock after each score; others only where the
    plan says how often. `recheck_notice` is how long before it is due a recheck counts as something that cannot wait.
    """

    hours: ServiceHours = field(default_factory=ServiceHours)
    ucr: UcrPolicy = field(default_factory=UcrPolicy)
    reablement: ReablementPolicy = field(default_factory=ReablementPolicy)
    monitoring: MonitoringPolicy = field(default_factory=MonitoringPolicy)
    limits: Mapping[str, Limits] = field(default_factory=lambda: DEFAULT_LIMITS)
    pathways: Mapping[str, str] = field(default_factory=lambda: _PATHWAYS)
    responses: Mapping[Band, str] = field(default_factory=lambda: _RESPONSES)
    response_to_zero: str = "Routine"
    monitored: frozenset[str] = frozenset({"virtual_ward", "ucr"})
    recheck_notice: timedelta = timedelta(hours=1)
    arrival_spread: timedelta = timedelta(minutes=15)
    escalation: EscalationPolicy = field(
        default_factory=lambda: EscalationPolicy("Example escalation steps", None, _STEPS)
    )

    def response(self, total: int, band: Band) -> str:
        """What this service does about a score, in two or three words; a total of 0 is the chart's routine."""
        return self.response_to_zero if total == 0 else self.responses[band]
