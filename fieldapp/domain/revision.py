"""A revision: what one person signed at one moment. Immutable; it knows its parents, like a commit.

Errors:
    RevisionError
    ├── MalformedRevisionError   a field is missing or of the wrong type
    └── HashMismatchError        the content is not what was signed
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from itertools import product
from operator import itemgetter
from typing import Any, Final, NamedTuple, cast

from fieldapp.domain.canonical import Json, canonical_json, sha256_hex
from fieldapp.domain.ids import is_id


class RevisionError(ValueError):
    """A revision that cannot be taken as it is. Holds no patient data; `where` names the field."""

    code = "revision"

    def __init__(self, sentence: str, where: str) -> None:
        super().__init__(sentence)
        self.where = where


class MalformedRevisionError(RevisionError):
    """A field is missing or of the wrong type."""

    code = "malformed"


class HashMismatchError(RevisionError):
    """The content is not what was signed."""

    code = "hash_mismatch"


class Author(NamedTuple):
    """Who signed, as they were known then."""

    id: str
    name: str
    role: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Revision:
    """One signed state of one record.

    `at` is the device's own time (UTC); `offset_ms` is what had to be added to it to get the server's time when the
    two last met, or None where they never had. `hash` is the SHA-256 of the canonical JSON of everything but `hash`
    and `sig`; `sig` is the device's Ed25519 signature of that hash (base64url without padding), or None before signing.
    `extra` holds fields this version does not know; they are part of the hash and are passed on untouched.
    """

    id: str
    record: str
    kind: str
    patient: str
    parents: tuple[str, ...]
    author: Author
    device: str
    at: datetime
    offset_ms: int | None
    schema: int
    body: Json
    reason: str | None
    hash: str
    sig: str | None = None
    extra: Json | None = None
    _text: bytes | None = field(default=None, init=False, compare=False, repr=False)

    @property
    def true_time(self) -> datetime:
        """Device time corrected by the offset last measured."""
        return self.at if self.offset_ms is None else self.at + timedelta(milliseconds=self.offset_ms)

    def signed_with(self, sig: str) -> Revision:
        """The same revision carrying its signature."""
        signed = replace(self, sig=sig)
        unsigned = b',"sig":null}'
        if self._text is not None and self._text.endswith(unsigned):
            object.__setattr__(signed, "_text", b'%b,"sig":%b}' % (self._text[: -len(unsigned)], canonical_json(sig)))
        return signed

    def to_wire(self) -> Json:
        """The JSON object that is stored, hashed and sent."""
        wire = _content(self)
        wire["hash"] = self.hash
        wire["sig"] = self.sig
        return wire

    def to_json(self) -> bytes:
        """Canonical JSON of `to_wire`, or the very text that was hashed where it came as one."""
        return self._text if self._text is not None else canonical_json(self.to_wire())


_KNOWN = frozenset("id record kind patient parents author device at offset_ms schema body reason hash sig".split())


def _content(revision: Revision) -> Json:
    wire: Json = dict(revision.extra or {})
    wire.update(
        id=revision.id,
        record=revision.record,
        kind=revision.kind,
        patient=revision.patient,
        parents=list(revision.parents),
        author=revision.author._asdict(),
        device=revision.device,
        at=format_time(revision.at),
        offset_ms=revision.offset_ms,
        schema=revision.schema,
        body=revision.body,
        reason=revision.reason,
    )
    return wire


def format_time(moment: datetime) -> str:
    """UTC to the millisecond: `2026-11-22T14:02:07.123Z`."""
    if moment.tzinfo is None:
        raise ValueError("A stored time needs its zone.")
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def parse_time(text: str) -> datetime:
    """The aware UTC time of an ISO 8601 text that carries a zone. Raises ValueError otherwise."""
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is None:
        raise ValueError("A stored time needs its zone.")
    return moment.astimezone(UTC)


def make_revision(
    *,
    id: str,
    record: str,
    kind: str,
    patient: str,
    parents: tuple[str, ...],
    author: Author,
    device: str,
    at: datetime,
    offset_ms: int | None,
    schema: int,
    body: Json,
    reason: str | None = None,
) -> Revision:
    """A new, hashed, unsigned revision. `at` is cut to the millisecond, as it is stored.

    Raises:
        NotCanonicalError: when the body cannot be written as JSON.
    """
    unhashed = Revision(
        id=id,
        record=record,
        kind=kind,
        patient=patient,
        parents=tuple(sorted(parents)),
        author=author,
        device=device,
        at=parse_time(format_time(at)),
        offset_ms=offset_ms,
        schema=schema,
        body=body,
        reason=reason,
        hash="",
    )
    content = canonical_json(_content(unhashed))
    made = replace(unhashed, hash=sha256_hex(content))
    head, name, tail = content.rpartition(b',"id":%b,"kind":' % canonical_json(id))
    object.__setattr__(made, "_text", b'%b,"hash":"%b"%b%b,"sig":null}' % (head, made.hash.encode(), name, tail[:-1]))
    return made


def parse_revision(wire: object, *, check_hash: bool = True, text: bytes | None = None) -> Revision:
    """Read a revision from its JSON object, checking every field and, unless told not to, the hash.

    `text` is the JSON text that `wire` was read from, where it is at hand and held no number too great to be one.
    Without its hash and its signature it has to be, byte for byte, what was hashed; then it is kept and need not be
    written anew. Where it is not, such as when it was sent with other white space, the canonical text is hashed.

    Raises:
        MalformedRevisionError, HashMismatchError
    """
    if not isinstance(wire, dict):
        raise MalformedRevisionError("A revision must be a JSON object.", "")
    fields = cast("dict[str, Any]", wire)
    if not _has_its_types(fields):
        _check_types(fields)
    author, parents = fields["author"], fields["parents"]
    for name in ("id", "record", "patient"):
        if not is_id(fields[name]):
            raise MalformedRevisionError(f"The field {name} must be a UUID.", name)
    if not all(map(is_id, parents)):
        raise MalformedRevisionError("Every parent must be a UUID.", "parents")
    for name in ("id", "name", "role"):
        if not isinstance(author.get(name), str):
            raise MalformedRevisionError(f"The author's {name} is missing.", f"author.{name}")
    try:
        at = parse_time(fields["at"])
    except (ValueError, OverflowError) as error:
        raise MalformedRevisionError("The time must be ISO 8601 with a zone.", "at") from error
    revision = Revision(
        id=fields["id"],
        record=fields["record"],
        kind=fields["kind"],
        patient=fields["patient"],
        parents=tuple(parents),
        author=Author(author["id"], author["name"], author["role"]),
        device=fields["device"],
        at=at,
        offset_ms=fields["offset_ms"],
        schema=fields["schema"],
        body=fields["body"],
        reason=fields["reason"],
        hash=fields["hash"],
        sig=fields["sig"],
        extra=None if fields.keys() <= _KNOWN else {k: value for k, value in fields.items() if k not in _KNOWN},
    )
    try:
        _ = revision.true_time
    except OverflowError as error:
        raise MalformedRevisionError("The clock's offset is out of all bounds.", "offset_ms") from error
    if text is not None and (not check_hash or _is_hashed_text(revision, text)):
        object.__setattr__(revision, "_text", text)
    elif check_hash:
        content = {key: value for key, value in fields.items() if key not in ("hash", "sig")}
        if sha256_hex(canonical_json(content)) != revision.hash:
            raise HashMismatchError("The content is not what was signed. Send the original again.", "hash")
    return revision


def _is_hashed_text(revision: Revision, text: bytes) -> bool:
    """Whether `text` less its hash and signature has that hash. No text can hold its own hash, so it is found once."""
    head, found, tail = text.partition(b'"hash":"%b",' % revision.hash.encode(errors="replace"))
    sig = b"null" if revision.sig is None else b'"%b"' % revision.sig.encode(errors="replace")
    end = b',"sig":%b}' % sig
    if not found or not tail.endswith(end):
        return False
    digest = sha256(head)
    digest.update(tail[: -len(end)])
    digest.update(b"}")
    return digest.hexdigest() == revision.hash


_FIELDS: Final[Mapping[str, type]] = {
    "id": str,
    "record": str,
    "patient": str,
    "author": dict,
    "parents": list,
    "at": str,
    "kind": str,
    "device": str,
    "schema": int,
    "body": dict,
    "hash": str,
    "offset_ms": int,
    "reason": str,
    "sig": str,
}
_NULLABLE: Final = 3
"""The last so many of the fields may be null."""
_VALUES = itemgetter(*_FIELDS)
_TYPES: Final = frozenset(
    (*tuple(_FIELDS.values())[:-_NULLABLE], *last)
    for last in product(*((kind, type(None)) for kind in tuple(_FIELDS.values())[-_NULLABLE:]))
)


def _has_its_types(fields: Json) -> bool:
    """The usual case in one look."""
    try:
        return tuple(map(type, _VALUES(fields))) in _TYPES
    except KeyError:
        return False


def _check_types(fields: Json) -> None:
    """Name the first field that is missing or of the wrong type."""
    for at, (name, kind) in enumerate(_FIELDS.items()):
        value = fields.get(name)
        if value is None and name in fields and at >= len(_FIELDS) - _NULLABLE:
            continue
        if name in ("id", "record", "patient") and not isinstance(value, str):
            raise MalformedRevisionError(f"The field {name} must be a UUID.", name)
        if not isinstance(value, kind) or isinstance(value, bool):
            raise MalformedRevisionError(f"The field {name} is missing or of the wrong type.", name)
