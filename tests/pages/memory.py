"""A source of visits that lives in memory and keeps every promise of `VisitSource`."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import datetime

from server.pages.errors import SourceUnavailableError
from server.pages.links import LinkState, hash_token, new_token
from server.pages.model import Answer, AnswerKind, GivenAnswer, VisitPage


@dataclass
class MemoryVisits:
    """Keeps links by the hash of their token, pages by link, and every answer in order."""

    broken: bool = False

    links: dict[bytes, LinkState] = field(default_factory=dict[bytes, LinkState])
    pages: dict[str, VisitPage] = field(default_factory=dict[str, VisitPage])
    answers: list[tuple[str, Answer, datetime]] = field(default_factory=list[tuple[str, Answer, datetime]])

    def issue(self, link_id: str, page: VisitPage, expires_at: datetime) -> str:
        """Store a page under a new link and return its token."""
        token = new_token()
        self.links[hash_token(token)] = LinkState(link_id, expires_at)
        self.pages[link_id] = page
        return token

    def revoke(self, link_id: str, now: datetime) -> None:
        """Call a link back."""
        for key, link in self.links.items():
            if link.link_id == link_id:
                self.links[key] = replace(link, revoked_at=now)

    def find_link(self, token_hash: bytes, now: datetime) -> LinkState | None:
        self._check()
        return self.links.get(token_hash)

    def visit_page(self, link_id: str, now: datetime) -> VisitPage | None:
        self._check()
        return self.pages.get(link_id)

    def answer(self, link_id: str, answer: Answer, now: datetime) -> None:
        self._check()
        self.answers.append((link_id, answer, now))
        page = self.pages[link_id]
        match answer.kind:
            case AnswerKind.WORSE:
                page = replace(page, worse_at=now)
            case AnswerKind.NOTE:
                page = replace(page, note_at=now)
            case AnswerKind.FEEDBACK:
                page = replace(page, feedback_at=now)
            case AnswerKind.SUITS | AnswerKind.CANNOT | AnswerKind.RING:
                page = replace(page, answer=GivenAnswer(answer.kind, now, page.window))
        self.pages[link_id] = page

    def _check(self) -> None:
        if self.broken:
            raise SourceUnavailableError("The store is closed. Try again.")
