"""The patient's page on the database: links, visits and answers."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import datetime
from typing import Any, TypeVar

from sqlalchemy import Connection, Row, func, select

from fieldapp.domain.canonical import canonical_json, sha256_hex
from fieldapp.domain.clock import SystemClock
from fieldapp.domain.ids import new_id
from server.db.engine import Database
from server.db.tables import answers, devices, links, teams, tokens, visits
from server.errors import BusyError
from server.identity.tokens import LIFE_S
from server.pages import (
    Answer,
    AnswerKind,
    GivenAnswer,
    LinkState,
    OtherVisit,
    SourceUnavailableError,
    TeamContact,
    VisitPage,
    Window,
    Wording,
)
from server.sync.projections import ERROR_STATUS
from server.times import from_ms, to_ms
from server.visitlinks import dies_at, visit_row
from server.visitview import carer_of, page_of

T = TypeVar("T")

_WEEK_MS = 7 * 24 * 3600 * 1000
_STANDING = (AnswerKind.SUITS, AnswerKind.CANNOT, AnswerKind.RING)


class DatabaseSource:
    """A `server.pages.VisitSource`. Each method is one transaction."""

    def __init__(self, database: Database, wording: Wording) -> None:
        self._database = database
        self._wording = wording

    def find_link(self, token_hash: bytes, now: datetime) -> LinkState | None:
        """The stored link, dead or alive."""

        def work(connection: Connection) -> LinkState | None:
            link = connection.execute(select(links).where(links.c.hash == token_hash)).one_or_none()
            row = visit_row(connection, link.visit) if link else None
            if link is None or row is None:
                return None
            revoked = from_ms(link.revoked_at) if link.revoked_at is not None else None
            return LinkState(link.link, dies_at(row), revoked)

        return self._read(work)

    def visit_page(self, link_id: str, now: datetime) -> VisitPage | None:
        """What the page may say; None for a visit entered in error."""

        def work(connection: Connection) -> VisitPage | None:
            visit = connection.scalar(select(links.c.visit).where(links.c.link == link_id))
            row = visit_row(connection, visit) if visit else None
            if row is None or row.status == ERROR_STATUS:
                return None
            return page_of(
                json.loads(row.body),
                team=self._contact(connection, row.owner or row.team),
                last_heard=_last_heard(connection, row),
                others=_other_visits(connection, row, now),
                **_given(connection, row.visit),
            )

        return self._read(work)

    def answer(self, link_id: str, answer: Answer, now: datetime) -> None:
        """Store an answer; one equal to the last of its sort is there already."""
        content = {
            "kind": answer.kind,
            "text": answer.text,
            "listened": answer.listened,
            "mattered": answer.mattered,
            "window": [to_ms(answer.shown.start), to_ms(answer.shown.end)] if answer.shown else None,
        }
        data = canonical_json(content).decode()
        digest = sha256_hex(data.encode())
        same_sort = [str(kind) for kind in (_STANDING if answer.kind in _STANDING else (answer.kind,))]

        def work(connection: Connection) -> None:
            visit = connection.scalar(select(links.c.visit).where(links.c.link == link_id).with_for_update())
            last = (
                select(answers.c.digest)
                .where(answers.c.visit == visit, answers.c.kind.in_(same_sort))
                .order_by(answers.c.given_at.desc(), answers.c.answer.desc())
                .limit(1)
            )
            if connection.scalar(last) == digest:
                return
            row: dict[str, Any] = {"answer": new_id(SystemClock()), "visit": visit, "digest": digest, "data": data}
            row |= {"kind": str(answer.kind), "given_at": to_ms(now)}
            if answer.shown:
                row |= {"window_start": to_ms(answer.shown.start), "window_end": to_ms(answer.shown.end)}
            connection.execute(answers.insert().values(row))

        try:
            self._database.write(work)
        except BusyError as error:
            raise SourceUnavailableError from error

    def _read(self, work: Callable[[Connection], T]) -> T:
        try:
            with self._database.reading() as connection:
                return work(connection)
        except BusyError as error:
            raise SourceUnavailableError from error

    def _contact(self, connection: Connection, team: str) -> TeamContact:
        phone = connection.scalar(select(teams.c.phone).where(teams.c.team == team))
        usual = self._wording.contact
        return TeamContact(phone, usual.hours, usual.text_relay) if phone else usual


def _last_heard(connection: Connection, row: Row[Any]) -> datetime:
    """When the carer's tablets last asked for a token or spoke of this visit: right to ten minutes."""
    query = (
        select(func.max(tokens.c.expires_at))
        .select_from(tokens)
        .join(devices, devices.c.device == tokens.c.device)
        .where(devices.c.person == row.clinician)
    )
    latest = connection.scalar(query) if row.clinician else None
    return from_ms(max(row.heard_at, latest - LIFE_S * 1000 if latest else 0))


def _other_visits(connection: Connection, row: Row[Any], now: datetime) -> tuple[OtherVisit, ...]:
    at = to_ms(now)
    query = (
        select(visits.c.body, visits.c.window_start, visits.c.window_end)
        .where(visits.c.team == row.team, visits.c.patient == row.patient, visits.c.visit != row.visit)
        .where(visits.c.window_end > at, visits.c.window_start < at + _WEEK_MS)
        .where(visits.c.status.in_(("planned", "moved", "on_the_way")))
        .order_by(visits.c.window_start)
    )
    return tuple(
        OtherVisit(
            Window(from_ms(other.window_start), from_ms(other.window_end)), carer_of(json.loads(other.body)).role
        )
        for other in connection.execute(query)
    )


def _given(connection: Connection, visit: str) -> dict[str, Any]:
    """What was answered: the standing answer, and when the rest was last told."""
    told: dict[str, Any] = {}
    query = select(answers.c.kind, answers.c.given_at, answers.c.window_start, answers.c.window_end)
    rows = connection.execute(query.where(answers.c.visit == visit).order_by(answers.c.given_at, answers.c.answer))
    for row in rows:
        at = from_ms(row.given_at)
        if row.kind in _STANDING:
            window = Window(from_ms(row.window_start), from_ms(row.window_end)) if row.window_start else None
            told["answer"] = GivenAnswer(AnswerKind(row.kind), at, window)
        else:
            told[f"{row.kind}_at"] = at
    return told
