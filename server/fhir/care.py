"""What is planned for a patient: problems, interventions, medicines, goals, episodes.

Only what holds today is planned for: medicines and care plans that have ended are history and are not carried over.
A goal is imported in its own words. Words are taken as the source has them; nothing is inferred from a medicine's name.
"""

from __future__ import annotations

from datetime import date
from typing import Final

from fieldapp.domain.canonical import Json
from server.fhir.access import (
    clinical_day,
    code_in,
    codes,
    day,
    first_wording,
    line,
    moment,
    onset,
    part,
    parts,
    stored,
    word,
    wording,
)
from server.fhir.dosing import dosing
from server.fhir.errors import NotImportedError

SNOMED: Final = "http://snomed.info/sct"
_ENDED_CONDITION: Final = frozenset({"inactive", "resolved", "remission"})
_GOAL_STATUS: Final = {
    "proposed": "active",
    "planned": "active",
    "accepted": "active",
    "active": "active",
    "on-hold": "active",
    "in-progress": "active",
    "completed": "achieved",
    "cancelled": "stopped",
}
_EPISODE_STATUS: Final = {
    "planned": "referred",
    "waitlist": "referred",
    "active": "active",
    "onhold": "active",
    "finished": "ended",
    "cancelled": "ended",
}
_PATHWAY_WORDS: Final = (
    ("virtual_ward", ("virtual ward", "hospital at home", "home ward")),
    ("ucr", ("urgent community", "rapid response", "two hour")),
    ("reablement", ("reablement", "rehabilitation", "intermediate care")),
    ("care_home", ("care home", "nursing home", "residential")),
)


def problem(resource: Json) -> Json:
    """A Condition as a problem of the plan."""
    verification = codes(part(resource, "verificationStatus"))
    if verification & {"refuted", "entered-in-error"}:
        raise NotImportedError("The source has withdrawn this condition.")
    concept = part(resource, "code")
    text = wording(concept)
    if text is None:
        raise NotImportedError("The condition is not named in words.")
    found: Json = {"text": text}
    since = onset(resource, "onset")
    if since:
        found["since"] = since
    ended = bool(codes(part(resource, "clinicalStatus")) & _ENDED_CONDITION) or "abatementDateTime" in resource
    found["status"] = "resolved" if ended else "active"
    snomed = code_in(concept, SNOMED)
    if snomed:
        found["code"] = snomed
    return found


def interventions(resource: Json) -> list[Json]:
    """What an active CarePlan says is done, one item each."""
    status = word(resource, "status")
    if status in ("completed", "revoked"):
        raise NotImportedError("The care plan has ended.")
    if status != "active":
        raise NotImportedError("The care plan is not in force.")
    done: list[Json] = []
    for number, activity in enumerate(parts(resource, "activity"), start=1):
        detail = part(activity, "detail")
        if word(detail, "status") in ("cancelled", "stopped", "completed", "entered-in-error"):
            continue
        what = wording(part(detail, "code")) or line(word(detail, "description"))
        what = what or line(word(part(activity, "reference"), "display"))
        if what is None:
            continue
        item: Json = {"id": str(number), "what": what}
        often = line(word(detail, "scheduledString")) or wording(part(detail, "scheduledTiming", "code"))
        who = line(word(part(detail, "performer"), "display"))
        item.update({key: value for key, value in (("how_often", often), ("who", who)) if value})
        done.append(item)
    if not done:
        raise NotImportedError("The care plan names no activity that is still to be done.")
    return done


def medicine(resource: Json, concept: Json, reference_display: str | None, today: date) -> Json:
    """A current MedicationStatement or MedicationRequest as a medicine of the plan.

    `concept` is the medicine's code, already looked up where the resource only refers to it.
    """
    _check_current(resource, today)
    name = wording(concept) or line(reference_display)
    if name is None:
        raise NotImportedError("The medicine is not named in words, and the files do not hold it.")
    found: Json = {"name": name}
    found.update(dosing(resource))
    starts, ends = _period(resource)
    if starts:
        found["starts"] = starts.isoformat()
    if ends:
        found["ends"] = ends.isoformat()
    return found


def _check_current(resource: Json, today: date) -> None:
    status = word(resource, "status")
    if status == "entered-in-error":
        raise NotImportedError("The source marks this medicine as entered in error.")
    if status not in ("active", "intended"):
        raise NotImportedError(f"Not a current medicine: its status is {status or 'not given'}.")
    if resource["resourceType"] == "MedicationRequest" and word(resource, "intent") in ("proposal", "plan", "option"):
        raise NotImportedError("Only proposed, not prescribed.")
    if resource.get("doNotPerform") is True:
        raise NotImportedError("The source asks not to give this medicine.")
    _, ends = _period(resource)
    if ends and ends < today:
        raise NotImportedError(f"The course ended on {clinical_day(ends)}.")


def _period(resource: Json) -> tuple[date | None, date | None]:
    bounds = part(resource, "effectivePeriod") or part(
        resource, "dosageInstruction", "timing", "repeat", "boundsPeriod"
    )
    starts = word(bounds, "start") or word(resource, "effectiveDateTime") or word(resource, "authoredOn")
    return day(starts), day(word(bounds, "end"))


def goal_body(resource: Json) -> Json:
    """A Goal in its own words."""
    status = _GOAL_STATUS.get(word(resource, "lifecycleStatus") or "")
    if status is None:
        raise NotImportedError("The goal was withdrawn in the source.")
    quote = wording(part(resource, "description"))
    if quote is None:
        raise NotImportedError("The goal says nothing in words.")
    body: Json = {"quote": quote, "status": status}
    if status == "achieved" and "not-achieved" in codes(part(resource, "achievementStatus")):
        body["status"] = "stopped"
    due = day(word(part(resource, "target"), "dueDate"))
    if due:
        body["expected_by"] = due.isoformat()
    if word(resource, "lifecycleStatus") == "on-hold":
        body["detail"] = "On hold in the source."
    return body


def episode_body(resource: Json, team: str, pathway: str) -> Json:
    """An EpisodeOfCare with `team`; `pathway` unless its type names one of the service's own."""
    status = _EPISODE_STATUS.get(word(resource, "status") or "")
    if status is None:
        raise NotImportedError("The source marks this episode as entered in error.")
    focus = first_wording(parts(resource, "type"))
    body: Json = {"pathway": pathway_of(focus, pathway), "team": team, "status": status}
    if focus:
        body["focus"] = focus
    period = part(resource, "period")
    for name, text in (("started_at", word(period, "start")), ("ended_at", word(period, "end"))):
        known = moment(text)
        if known:
            body[name] = stored(known[0])
    return body


def pathway_of(focus: str | None, otherwise: str) -> str:
    """The pathway whose name stands in `focus`, else `otherwise`."""
    lower = (focus or "").lower()
    return next((pathway for pathway, signs in _PATHWAY_WORDS if any(sign in lower for sign in signs)), otherwise)
