"""Steps that people take: clinicians at their tablets, the office that moves patients, administrators."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from fieldapp.domain.canonical import Json
from fieldapp.domain.records import Shape, shape_of
from fieldapp.domain.state import RecordState
from fieldapp.storage.errors import StoreError
from fieldapp.sync.errors import AlreadyRunningError, SyncError
from tests.simulation.world import Tablet

if TYPE_CHECKING:
    from tests.simulation.schedule import Schedule


def write(run: Schedule) -> None:
    """A new note, set of observations, plan or visit."""
    tablet = run.any_tablet()
    patient = _patient(run, tablet)
    if patient is not None:
        kind = run.random.choice(("note", "note", "observations", "observations", "plan", "visit"))
        body = _new_body(run, kind)
        run.keep(tablet, lambda: tablet.session.put(patient, kind, body).revision)


def edit(run: Schedule) -> None:
    """A plan or a visit is changed, on its current version or on one that a screen was opened on earlier."""
    tablet = run.any_tablet()
    state = _record(run, tablet, lambda state: state.kind in ("plan", "visit"))
    if state is None:
        return
    body = _changed(run, state)
    base = _base(run, tablet, state)
    run.keep(tablet, lambda: tablet.session.put(state.patient, state.kind, body, record=state.id, base=base).revision)


def amend(run: Schedule) -> None:
    """An entry is corrected, with a reason."""
    tablet = run.any_tablet()
    state = _record(run, tablet, lambda state: shape_of(state.kind) is Shape.ENTRY and not state.in_conflict)
    if state is not None:
        body = _changed(run, state)
        run.keep(
            tablet,
            lambda: (
                tablet.session.put(state.patient, state.kind, body, record=state.id, reason="Written wrongly.").revision
            ),
        )


def settle(run: Schedule) -> None:
    """A clinician decides between versions, with or without a version of their own."""
    tablet = run.any_tablet()
    waiting = tablet.session.conflicts()
    if waiting:
        state = run.random.choice(waiting)
        body = _changed(run, state)
        run.keep(tablet, lambda: tablet.session.settle(state.id, body, "Agreed on the telephone.").revision)


def repair(run: Schedule) -> None:
    """An entry that was sent back is corrected."""
    tablet = run.any_tablet()
    sent_back = tablet.store.refusals()
    if sent_back:
        refused = run.random.choice(sent_back)
        revision = tablet.store.revision(refused.revision)
        assert revision is not None
        body = {**revision.body, **_word(run, refused.kind)}
        run.oracle.repaired.add(refused.revision)
        run.keep(tablet, lambda: tablet.session.repair(refused.revision, body, reason="Sent back.").revision)


def sync(run: Schedule) -> None:
    """A tablet syncs."""
    run.sync(run.any_tablet())


def sync_all(run: Schedule) -> None:
    """Everybody syncs."""
    for tablet in run.world.tablets:
        run.sync(tablet)


def write_while_syncing(run: Schedule) -> None:
    """Something is saved while the first request is on its way."""
    tablet = run.any_tablet()
    patient = _patient(run, tablet)
    if patient is not None:
        body = _new_body(run, "note")
        tablet.link.meanwhile = lambda: _saved_meanwhile(run, tablet, patient, body)
        run.sync(tablet)
        tablet.link.meanwhile = None


def two_engines(run: Schedule) -> None:
    """Another process opens the same store and syncs it, alone and while the first one does."""
    tablet = run.any_tablet()
    other = tablet.unlocked()
    engine = tablet.engine(other)

    def second() -> None:
        try:
            engine.run()
        except AlreadyRunningError:
            run.note(f"{tablet.name} second engine steps back")
        except (SyncError, StoreError) as error:
            run.note(f"{tablet.name} second engine {type(error).__name__}")
        else:
            raise AssertionError("Two engines synced one store at once.")

    try:
        tablet.link.meanwhile = second
        run.sync(tablet)
        tablet.link.meanwhile = None
    finally:
        engine.close()
        other.close()


def join(run: Schedule) -> None:
    """A patient comes onto one more team's caseload."""
    patient, episodes = _any_patient(run)
    team = run.random.choice(run.world.template.teams)
    if team in run.oracle.order.caseload(patient):
        return
    made = run.world.hospital.imported(patient, "episode", _episode(team, "active"))
    _by_office(run, next(iter(episodes.values()))[0], made)
    episodes[made.record] = team, (made.id,), True
    run.note(f"{patient} joins {team}")


def transfer(run: Schedule) -> None:
    """A patient goes from one team to another."""
    _move(run, run.random.choice(run.world.template.teams), "active")


def leave(run: Schedule) -> None:
    """An episode ends."""
    _move(run, None, "ended")


def move_person(run: Schedule) -> None:
    """A clinician changes teams, joins one more, or leaves one."""
    order, tablet = run.oracle.order, run.any_tablet()
    person = tablet.identity.person.id
    mine, others = sorted(order.members[person]), sorted(set(run.world.template.teams) - order.members[person])
    leaves = run.random.choice([*mine, None]) if mine else None
    joins = run.random.choice([*others, None]) if others else None
    run.world.hospital.move(person, leaves, joins)
    order.members[person] = (order.members[person] - {leaves or ""}) | ({joins} if joins else set[str]())
    run.note(f"{tablet.name} leaves {leaves} joins {joins}")


def revoke(run: Schedule) -> None:
    """A tablet is lost: the server will not hear of it any more."""
    tablet = run.any_tablet()
    if not tablet.revoked and sum(not each.revoked for each in run.world.tablets) > 2:
        run.world.hospital.revoke(tablet.identity.device)
        run.oracle.order.revoked.add(tablet.name)
        tablet.revoked = True


def _saved_meanwhile(run: Schedule, tablet: Tablet, patient: str, body: Json) -> None:
    run.keep(tablet, lambda: tablet.session.put(patient, "note", body).revision)


def _move(run: Schedule, to: str | None, status: str) -> None:
    order = run.oracle.order
    patient, episodes = _any_patient(run)
    going_on = [key for key, (_, _, active) in sorted(episodes.items()) if active]
    if not going_on or to in order.caseload(patient):
        return
    episode = run.random.choice(going_on)
    team, heads, _ = episodes[episode]
    body = _episode(to or team, status)
    made = run.world.hospital.imported(patient, "episode", body, record=episode, parents=heads)
    _by_office(run, team, made)
    episodes[episode] = to or team, (made.id,), status == "active"
    run.note(f"{patient} from {team} to {to}")


def _by_office(run: Schedule, team: str, *made: Any) -> None:
    statuses = run.world.hospital.office(team, *made)
    assert set(statuses) == {"accepted"}, statuses


def _any_patient(run: Schedule) -> tuple[str, dict[str, tuple[str, tuple[str, ...], bool]]]:
    if run.oracle.restored:
        run.oracle.order.look_up(run.world.hospital.revisions("episode"))
    patient = run.random.choice(sorted(run.oracle.order.episodes))
    return patient, run.oracle.order.episodes[patient]


def _episode(team: str, status: str) -> Json:
    return {"pathway": "virtual_ward", "team": team, "status": status}


def _patient(run: Schedule, tablet: Tablet) -> str | None:
    here = tablet.store.patients()
    return run.random.choice(here) if here else None


def _record(run: Schedule, tablet: Tablet, wanted: Callable[[RecordState], bool]) -> RecordState | None:
    patient = _patient(run, tablet)
    found = [state for state in tablet.store.records(patient) if wanted(state)] if patient else []
    return run.random.choice(found) if found else None


def _base(run: Schedule, tablet: Tablet, state: RecordState) -> list[str] | None:
    if state.in_conflict:
        return [run.random.choice(state.heads)]
    if run.random.random() < 0.7:
        return None
    return [run.random.choice(tablet.store.revisions(state.id)).id]


def _new_body(run: Schedule, kind: str) -> Json:
    if kind == "visit":
        body: Json = {
            "team": run.random.choice(run.world.template.teams),
            "window_start": "2026-11-23T14:00:00Z",
            "window_end": "2026-11-23T16:00:00Z",
        }
    elif kind == "observations":
        body = {"taken_at": "2026-11-23T09:00:00Z", "pulse": 72, "temperature": 37.0}
    else:
        body = {}
    return {**body, **_word(run, kind)}


def _changed(run: Schedule, state: RecordState) -> Json:
    body: Json = {**state.body}
    if state.kind == "plan" and run.random.random() < 0.6:
        how = run.random.randrange(3)
        problems = list(body.get("problems") or ())
        if how == 0:
            body["problems"] = [*problems, {"id": _text(run), "text": "Found at the visit"}]
        elif how == 1 and problems:
            body["problems"] = [{**problems[0], "text": _text(run)}, *problems[1:]]
        else:
            body["monitoring"] = {"every_minutes": 60, "note": _text(run)}
        return body
    if state.kind == "visit" and run.random.random() < 0.5:
        body["progress"] = {"status": run.random.choice(("on_the_way", "arrived", "done")), "late_reason": _text(run)}
        return body
    return {**body, **_word(run, state.kind)}


def _word(run: Schedule, kind: str) -> Json:
    field = {"note": "text", "plan": "summary", "observations": "note", "visit": "purpose"}.get(kind, "reason")
    if run.random.random() < 0.1:
        return {field: "The same words."}
    return {field: _text(run) + " É😷" * run.random.choice((0, 1, 200))}


def _text(run: Schedule) -> str:
    return f"said {run.random.getrandbits(32):08x}"


STEPS: tuple[tuple[str, int, Callable[[Schedule], None]], ...] = (
    ("write", 7, write),
    ("edit", 8, edit),
    ("amend", 4, amend),
    ("settle", 4, settle),
    ("repair", 2, repair),
    ("sync", 12, sync),
    ("sync_all", 2, sync_all),
    ("write_while_syncing", 2, write_while_syncing),
    ("two_engines", 1, two_engines),
    ("join", 1, join),
    ("transfer", 2, transfer),
    ("leave", 1, leave),
    ("move_person", 2, move_person),
    ("revoke", 1, revoke),
)
"""Name, weight, step."""
