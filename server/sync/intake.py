"""The checks of a pushed revision that need no database: form, hash, signature, author, body."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import cast

from fieldapp.domain.canonical import NotCanonicalError, canonical_json
from fieldapp.domain.records import InvalidBodyError, Shape, read_body, shape_of
from fieldapp.domain.records.base import YEARS
from fieldapp.domain.revision import Revision, RevisionError, parse_revision
from fieldapp.sync.proof import revision_text, unb64, verified
from fieldapp.sync.wire import MAX_DEPTH, MAX_PARENTS, RefusalCode
from server.identity.signers import Signers
from server.sync.errors import RefusedItemError

_KIND = re.compile(r"[a-z][a-z0-9_]{0,63}")
_SIGNATURE_BYTES = 64
_SURROGATE = re.compile("[\ud800-\udfff]")
_MOST_SCHEMA = 1 << 31


@dataclass
class Item:
    """One revision on its way in: the object as sent, and the revision or why it is none."""

    wire: object
    revision: Revision | None = None
    refusal: RefusedItemError | None = None
    text: str = field(default="", repr=False)

    @property
    def id(self) -> str:
        """The revision's id as far as one can be read; empty otherwise."""
        if not isinstance(self.wire, dict):
            return ""
        sent = cast("dict[str, object]", self.wire).get("id")  # pyright: ignore[reportUnknownMemberType]
        return sent if isinstance(sent, str) and len(sent) <= 64 and not _SURROGATE.search(sent) else ""


def examine(wire: object, signers: Signers) -> Item:
    """A pushed object, checked as far as is possible without the database."""
    item = Item(wire)
    try:
        item.revision, item.text = _read(wire)
        _check_author(item.revision, signers)
        check_content(item.revision)
    except RefusedItemError as refusal:
        item.refusal = refusal
    return item


def check_content(revision: Revision) -> None:
    """Whether body, parents and reason fit the kind; a kind of a newer version passes.

    Raises:
        RefusedItemError
    """
    try:
        read_body(revision.kind, revision.body)
    except InvalidBodyError as error:
        raise RefusedItemError(RefusalCode.INVALID_BODY, str(error), error.where) from error
    amends = bool(revision.parents)
    if shape_of(revision.kind) is Shape.ENTRY and amends and not (revision.reason or "").strip():
        raise needs_reason()


def needs_reason() -> RefusedItemError:
    """The refusal of an amendment without a reason."""
    return RefusedItemError(
        RefusalCode.NEEDS_REASON, "An entry is amended from its newest version and with a reason.", "reason"
    )


def _read(wire: object) -> tuple[Revision, str]:
    try:
        sent = canonical_json(wire)
        revision = parse_revision(wire, text=sent)
        text = sent.decode()
        years = revision.at.year, revision.true_time.year
    except RevisionError as error:
        raise RefusedItemError(RefusalCode(error.code), str(error), error.where) from error
    except NotCanonicalError as error:
        raise RefusedItemError(RefusalCode.MALFORMED, str(error)) from error
    except OverflowError as error:
        raise RefusedItemError(RefusalCode.MALFORMED, "The time is out of all bounds.", "at") from error
    if not all(year in YEARS for year in years):
        raise RefusedItemError(RefusalCode.MALFORMED, "The time is out of all bounds.", "at")
    if text.count("[") + text.count("{") > MAX_DEPTH and is_deeper(wire, MAX_DEPTH):
        raise RefusedItemError(RefusalCode.MALFORMED, "The content is nested too deeply.", "body")
    if not _KIND.fullmatch(revision.kind):
        raise RefusedItemError(RefusalCode.MALFORMED, "The kind must be lower-case letters, digits and _.", "kind")
    if len(revision.parents) > MAX_PARENTS or len(set(revision.parents)) < len(revision.parents):
        raise RefusedItemError(
            RefusalCode.MALFORMED, f"A revision has at most {MAX_PARENTS} parents, each once.", "parents"
        )
    if not 1 <= revision.schema <= _MOST_SCHEMA:
        raise RefusedItemError(RefusalCode.MALFORMED, "The schema version is out of all bounds.", "schema")
    if revision.to_wire() != wire:
        raise RefusedItemError(
            RefusalCode.MALFORMED, "The revision is not in its normal form: check its time and its author."
        )
    return revision, text


def is_deeper(value: object, levels: int) -> bool:
    """Whether lists and objects lie within each other more than so many times."""
    layer: list[object] = [value]
    for _ in range(levels):
        inner: list[object] = []
        for part in layer:
            if isinstance(part, dict):
                inner += cast("dict[str, object]", part).values()
            elif isinstance(part, list):
                inner += cast("list[object]", part)
        layer = [part for part in inner if isinstance(part, dict | list)]
        if not layer:
            return False
    return True


def _check_author(revision: Revision, signers: Signers) -> None:
    """Whoever sends it, a revision must be signed by its own device, and that device be its author's. When it was
    signed is not asked: the time is the signer's word, and a clock may be wrong by years."""
    signer = signers.of(revision.device)
    if signer is None or signer.person not in (None, revision.author.id):
        raise RefusedItemError(
            RefusalCode.NOT_THE_AUTHOR, "The service does not know this tablet as its author's.", "author"
        )
    try:
        signature = unb64(revision.sig or "")
    except ValueError:
        signature = b""
    if len(signature) != _SIGNATURE_BYTES or not verified(signer.key, signature, revision_text(revision.hash)):
        raise RefusedItemError(
            RefusalCode.BAD_SIGNATURE, "The signature is not its tablet's signature of this revision.", "sig"
        )
