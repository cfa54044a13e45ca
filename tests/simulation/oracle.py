"""What must be true, kept beside the product in the plainest form: who said what, who may see whom.

Nothing here calls the product's merge, store or feed; it reads signed revisions as plain values.
"""

from __future__ import annotations

import copy
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from fieldapp.domain.revision import Revision
from fieldapp.domain.state import state_of


@dataclass
class Order:
    """Who belongs where: what an administrator and the referring office have said. Copied with a backup.

    `members`: person → teams; `episodes`: patient → episode → (team, head revisions, going on); `revoked`: devices.
    """

    members: dict[str, set[str]]
    episodes: dict[str, dict[str, tuple[str, tuple[str, ...], bool]]]
    revoked: set[str] = field(default_factory=set[str])

    def caseload(self, patient: str) -> set[str]:
        """The teams that look after the patient."""
        return {team for team, _, active in self.episodes[patient].values() if active}

    def sees(self, person: str, patient: str) -> bool:
        """Whether the patient's records belong on the person's tablet."""
        return bool(self.members[person] & self.caseload(patient))

    def look_up(self, revisions: Iterable[Revision]) -> None:
        """What the office finds on a restored server, to which tablets bring episodes back that it had lost."""
        found: dict[str, dict[str, Revision]] = {}
        for revision in revisions:
            if revision.kind == "episode":
                found.setdefault(revision.record, {})[revision.id] = revision
        for episode, nodes in sorted(found.items()):
            body, patient = state_of(nodes.values()).body, next(iter(nodes.values())).patient
            going_on = body["status"] == "active"
            self.episodes.setdefault(patient, {})[episode] = body["team"], tuple(sorted(heads(nodes))), going_on

    def copy(self) -> Order:
        """As it is now, for ever."""
        return copy.deepcopy(self)


@dataclass
class Oracle:
    """`kept` are the revisions that a tablet said were safe, by id; `tried` all that were ever signed on a tablet;
    `author` names the tablet of each; `gone` were destroyed with the only disk that held them, by the simulation.
    `repaired` are those that somebody set out to replace after they were sent back: what the server keeps of what it
    refused is home enough for them. `restored`: how often the server was put back to a copy. Since
    then the office looks things up, and what a lost merge had joined may have been merged again.
    """

    order: Order
    kept: dict[str, Revision] = field(default_factory=dict[str, Revision])
    tried: dict[str, Revision] = field(default_factory=dict[str, Revision])
    author: dict[str, str] = field(default_factory=dict[str, str])
    gone: set[str] = field(default_factory=set[str])
    repaired: set[str] = field(default_factory=set[str])
    restored: int = 0

    def sign(self, tablet: str, revisions: Iterable[Revision]) -> None:
        """A tablet has signed these, whatever became of them."""
        for revision in revisions:
            self.tried[revision.id] = revision
            self.author[revision.id] = tablet

    def acknowledge(self, revision: str) -> None:
        """A tablet told its clinician: saved."""
        self.kept[revision] = self.tried[revision]

    def owed(self) -> Iterable[Revision]:
        """Every acknowledged entry that must be somewhere."""
        return (revision for key, revision in self.kept.items() if key not in self.gone)


def heads(nodes: Mapping[str, Revision]) -> set[str]:
    """The revisions that no other one follows."""
    return set(nodes) - {parent for node in nodes.values() for parent in node.parents}


def ancestors(nodes: Mapping[str, Revision], start: str) -> set[str]:
    """The revision itself and all it rests on."""
    seen: set[str] = set()
    queue = [start]
    while queue:
        each = queue.pop()
        if each in nodes and each not in seen:
            seen.add(each)
            queue.extend(nodes[each].parents)
    return seen


STATEMENTS = ("summary", "text", "monitoring", "note")
"""Fields of the simulation's bodies of which each edit sets a value of its own."""


def lost_statements(nodes: Mapping[str, Revision], merged: Revision) -> list[str]:
    """What a merge made by the server dropped or decided without a clinician.

    A value that some parent holds, and that none of the common ancestors' held, was said on that side: the merge must
    show it, and only one side may have said anything. An item added to a list on one side must be in the merge.
    """
    known = [nodes[parent] for parent in merged.parents if parent in nodes]
    common = set[str].intersection(*(ancestors(nodes, parent.id) for parent in known)) if known else set[str]()
    wrong: list[str] = []
    for name in STATEMENTS:
        before = [nodes[each].body.get(name) for each in common]
        said = {repr(parent.body.get(name)): parent.body.get(name) for parent in known}
        new = [value for value in said.values() if value not in before]
        if len(new) > 1:
            wrong.append(f"{name}: decided without a clinician")
        elif new and merged.body.get(name) != new[0]:
            wrong.append(f"{name}: lost")
    before_items = {item for each in common for item in _items(nodes[each].body)}
    added = {item for parent in known for item in _items(parent.body)} - before_items
    wrong += [f"problems/{item}: lost" for item in sorted(added - _items(merged.body))]
    return wrong


def _items(body: Mapping[str, Any]) -> set[str]:
    return {item["id"] for item in body.get("problems") or ()}
