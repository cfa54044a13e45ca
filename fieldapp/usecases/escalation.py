"""What to do after a score that needs action, by the service's policy."""

from __future__ import annotations

from dataclasses import dataclass

from fieldapp.domain.display.contacts import phone
from fieldapp.domain.display.dates import clinical_date
from fieldapp.domain.news2 import Band
from fieldapp.usecases.observations import Live
from fieldapp.usecases.people import decided, first
from fieldapp.usecases.service import Step
from fieldapp.usecases.session import Session


@dataclass(frozen=True, slots=True)
class EscalationPanel:
    """The person's decisions first, then numbered steps; `policy` names the service's policy and its date."""

    total: int
    band: Band
    title: str
    policy: str
    decisions: str | None
    steps: tuple[Step, ...]


def escalation(session: Session, patient: str, recorded: Live) -> EscalationPanel | None:
    """The panel to open after saving; None where the service has no steps for this score. A call for which the policy
    has no number goes to the team's own. Raises UnknownPatientError."""
    if recorded.total is None or recorded.band is None:
        return None
    policy = session.service.escalation
    steps = policy.steps.get(recorded.band, ())
    if not steps:
        return None
    signed = f"signed off {clinical_date(policy.signed_off)}" if policy.signed_off else "not yet signed off here"
    decision = decided(first(session.summary(patient)["plan"]))
    told = ". ".join(filter(None, (decision.label, decision.detail))) if decision else None
    act = "act now" if recorded.band == "high" else "needs action"
    team = _team_number(session)
    return EscalationPanel(
        total=recorded.total,
        band=recorded.band,
        title=f"NEWS2 is {recorded.total}: {act}",
        policy=f"{policy.name}, {signed}",
        decisions=told,
        steps=tuple(_numbered(step, team) for step in steps),
    )


def _team_number(session: Session) -> str | None:
    known = session.store.identity()
    return next((team.phone for team in known.teams if team.phone), None) if known else None


def _numbered(step: Step, team: str | None) -> Step:
    if step.action != "call" or step.phone is not None or team is None:
        return step
    return step._replace(phone=team, how=f"{step.how}. Team {phone(team)}")
