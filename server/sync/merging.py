"""The server's merge: the domain's function, and a revision signed by the server where nobody needs to be asked."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from fieldapp.domain.clock import Clock
from fieldapp.domain.ids import new_id
from fieldapp.domain.merge import State, resolve
from fieldapp.domain.records import Shape, shape_of
from fieldapp.domain.revision import Author, Revision, make_revision
from server.db.service import SERVER_DEVICE, Service

AUTHOR = Author("server", "Merged automatically", "system")


def merge(
    clock: Clock, service: Service, nodes: Mapping[str, Revision], heads: Sequence[str]
) -> tuple[State, Revision | None]:
    """The state of a record with several heads, and the merge revision unless a clinician must settle it."""
    first = nodes[heads[0]]
    state = resolve(first.kind, nodes, heads)
    if state.in_conflict:
        return state, None
    merged = make_revision(
        id=new_id(clock),
        record=first.record,
        kind=first.kind,
        patient=first.patient,
        parents=state.heads,
        author=AUTHOR,
        device=SERVER_DEVICE,
        at=clock.now(),
        offset_ms=0,
        schema=max(nodes[head].schema for head in heads),
        body=state.body,
        reason="The same amendment was made twice." if shape_of(first.kind) is Shape.ENTRY else None,
    )
    return state, service.sign(merged)
