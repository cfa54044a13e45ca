"""Pull: today's patients first, then every team's feed from where the tablet is."""

from __future__ import annotations

from sqlalchemy import Connection, select

from fieldapp.domain.canonical import canonical_json
from fieldapp.domain.clock import Clock
from fieldapp.sync.proof import page_text
from fieldapp.sync.wire import PAGE_BYTES
from server.db.service import SERVER_DEVICE, Service
from server.db.tables import caseload, feed
from server.errors import BadCursorError
from server.identity.caller import Caller
from server.sync import feedpage, today
from server.sync.cursor import Cursor, Place, Reached, decode
from server.sync.feedpage import PageText
from server.times import now_ms

_START = Place("", "", 0)
_SMALLEST = 1
_SERVER_MADE = b'"device":"%b"' % SERVER_DEVICE.encode()


def pull(
    connection: Connection, clock: Clock, service: Service, caller: Caller, cursor: str | None, size: int = PAGE_BYTES
) -> bytes | None:
    """One page as JSON, about `size` bytes long and at least one item if there is any; None where nothing is new.

    An idle pull reads nothing but what authentication read already.

    Raises:
        BadCursorError
    """
    before = decode(cursor, service, caller.device) if cursor else Cursor({}, _START)
    reached = _reached(before, caller)
    page = PageText(max(_SMALLEST, min(size, PAGE_BYTES)))
    for team in sorted(set(before.teams) - set(reached)):
        _say_goodbye(connection, page, team, before.teams[team])
    place = before.today
    if place is not None:
        place = today.fill(connection, page, today.todays_patients(connection, clock, caller), place)
    is_today = before.today is not None and bool(page.items)
    if place is None and not is_today:
        reached = _fill(connection, page, caller, reached)
    ends = {team.id: team.end for team in caller.teams}
    more = place is not None or any(at.position < ends[team] for team, at in reached.items())
    after = Cursor(reached, place).encode(service, caller.device)
    if after == cursor and not page.items and not more:
        return None
    items = ",".join(page.items).encode()
    head = {
        "epoch": service.epoch,
        "cursor": after,
        "more": more,
        "today": is_today,
        "now": now_ms(clock),
    }
    if _SERVER_MADE in items:
        head["sig"] = service.sign_text(page_text(after, items))
    return canonical_json(head)[:-1] + b',"items":[' + items + b"]}"


def _reached(before: Cursor, caller: Caller) -> dict[str, Reached]:
    """Where each of the caller's teams stands; a team that is new to the caller starts at the beginning."""
    found: dict[str, Reached] = {}
    for team in caller.teams:
        reached = before.teams.get(team.id, Reached(0, team.end))
        if not 0 <= reached.position <= team.end:
            raise BadCursorError
        found[team.id] = reached
    return found


def _fill(connection: Connection, page: PageText, caller: Caller, reached: dict[str, Reached]) -> dict[str, Reached]:
    after = dict(reached)
    for team in caller.teams:
        start = reached[team.id]
        if page.full or start.position == team.end:
            continue
        where = feed.c.position.between(start.position + 1, team.end)
        last, done = feedpage.read(connection, page, team.id, where, [feed.c.position])
        position = team.end if done or last is None else last.position
        after[team.id] = Reached(position, start.mark)
    return after


def _say_goodbye(connection: Connection, page: PageText, team: str, reached: Reached) -> None:
    """The caller is no longer in a team: its patients leave the tablet."""
    seen = max(reached)
    query = select(caseload.c.patient).where(caseload.c.team == team, caseload.c.first_position <= seen)
    for patient in connection.scalars(query.order_by(caseload.c.patient)):
        text = canonical_json({"left": {"patient": patient, "team": team}}).decode()
        page.add("left", text, len(text))
