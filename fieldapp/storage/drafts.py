"""Unfinished entries, each clinician's own, sealed by their key under a name that cannot be read."""

from __future__ import annotations

import json

from sqlalchemy import bindparam, delete, select
from sqlalchemy.dialects.sqlite import insert

from fieldapp.domain.canonical import Json, canonical_json
from fieldapp.storage import tables
from fieldapp.storage.core import Core
from fieldapp.storage.errors import TamperedError


class Drafts(Core):
    """Drafts survive a kill, a lock and a forgotten patient; only saving or dropping ends one. They do not change
    `generation`."""

    def put_draft(self, key: str, draft: Json) -> None:
        """Keep or replace the draft of that key."""
        keys = self._keys
        name = keys.draft_id(key)
        sealed = keys.drafts.seal("draft.sealed", name, canonical_json({"key": key, "draft": draft}))
        with self._writing(quiet=True) as tx:
            tx.execute(_PUT, {"id": name, "slot": keys.slot, "sealed": sealed})

    def draft(self, key: str) -> Json | None:
        """The draft of that key, or None."""
        with self._reading() as tx:
            name = self._keys.draft_id(key)
            sealed = tx.execute(_ONE, {"id": name}).scalar_one_or_none()
        return None if sealed is None else self._opened(name, sealed)[1]

    def drafts(self) -> dict[str, Json]:
        """All drafts of the clinician who unlocked the store, by key."""
        with self._reading() as tx:
            rows = list(tx.execute(_ALL, {"slot": self._keys.slot}))
        return dict(self._opened(row.id, row.sealed) for row in rows)

    def drop_draft(self, key: str) -> None:
        """End the draft of that key, if there is one."""
        with self._writing(quiet=True) as tx:
            tx.execute(_DROP, {"id": self._keys.draft_id(key)})

    def _opened(self, name: str, sealed: bytes) -> tuple[str, Json]:
        found = json.loads(self._keys.drafts.open("draft.sealed", name, sealed))
        if self._keys.draft_id(found["key"]) != name:
            raise TamperedError
        return found["key"], found["draft"]


_put = insert(tables.draft)
_PUT = _put.on_conflict_do_update(index_elements=["id"], set_={"sealed": _put.excluded.sealed})
_ONE = select(tables.draft.c.sealed).where(tables.draft.c.id == bindparam("id"))
_ALL = select(tables.draft.c.id, tables.draft.c.sealed).where(tables.draft.c.slot == bindparam("slot"))
_DROP = delete(tables.draft).where(tables.draft.c.id == bindparam("id"))
