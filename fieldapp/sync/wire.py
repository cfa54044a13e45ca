"""The messages between tablet and server, defined once for both.

Paths (all JSON; bodies over 1 kB compressed with zstd):
    POST /v1/enrol      EnrolRequest → EnrolReply            (no token: the one-time code is the credential)
    POST /v1/token      TokenRequest → TokenReply            (signed by the device key)
    POST /v1/push?epoch=…  PushRequest → PushReply           (token and proof)
    POST /v1/offer      OfferRequest → OfferReply            (token and proof)
    GET  /v1/pull?cursor=…&bytes=…  → a page                 (token and proof)
    GET  /v1/hints      → text/event-stream                  (token and proof)
    GET  /v1/me         → Me                                 (token and proof)
    GET  /v1/patients/{patient}/attachments/{sha256}          → Attached   (token and proof)
    PUT  /v1/patients/{patient}/attachments/{sha256}/{index}  a chunk → Attached
    GET  /v1/patients/{patient}/attachments/{sha256}/{index}  → a chunk, application/octet-stream

A page is `{"epoch": …, "cursor": …, "more": …, "today": …, "items": [item…]}`, an item one of
`{"revision": {…}}` (the stored canonical JSON as it is), `{"joined": {"team":…, "patient":…}}`,
`{"left": {"team":…, "patient":…}}`. `today` is true while the page belongs to today's patients, who come first.
A page that holds what the server made (`SERVER_DEVICE`) has `sig`, the server's signature of the items' text
(`fieldapp.sync.proof.page_text`). Where there is nothing after the cursor, the answer is 204 with the header `NOW`.

A stream of hints says `event: moved` when a feed of the caller has moved, and a comment line now and then as a sign of
life. It ends with its token.

Errors from the server are `{"code": …, "sentence": …}` with a 4xx or 5xx status; the codes are `ErrorCode`.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Annotated, Any, NamedTuple

from pydantic import BaseModel, ConfigDict, Field, PrivateAttr

from fieldapp.domain.revision import Revision

API = "/v1"
MAX_PUSH_BYTES = 1 << 20
"""Uncompressed; a larger outbox goes in several requests."""
MAX_PUSH_ITEMS = 4096
"""More than fit into `MAX_PUSH_BYTES` where each is a revision."""
MAX_PARENTS = 64
"""Of one revision."""
MAX_DEPTH = 64
"""How deep lists and objects may lie within each other in a revision, so that every device can read it."""
PAGE_BYTES = 1 << 21
"""Uncompressed size at which the server ends a page, unless the tablet asked for less: what a kill may cost."""
MAX_CURSOR = 16_384
"""Characters of a cursor."""
MAX_MS = 7_258_118_400_000
"""The year 2200: a server's time is before it, so that no clock is put where no time can be reckoned."""
Ms = Annotated[int, Field(ge=0, lt=MAX_MS)]
"""Milliseconds since 1970."""
NOW = "now"
"""The header of an answer without content: the server's time in milliseconds since 1970."""

SERVER_DEVICE = "server"
"""The device of a revision that the server made by merging; signed with the key of `EnrolReply.server_key`."""


class Message(BaseModel):
    """Unknown fields of a newer server or tablet are ignored."""

    model_config = ConfigDict(extra="ignore", frozen=True)


class ErrorCode(StrEnum):
    """Why a whole request was refused. Stable: programs may rely on them."""

    BAD_CODE = "bad_code"
    RATE_LIMITED = "rate_limited"
    UNAUTHENTICATED = "unauthenticated"
    CLOCK = "clock"
    REVOKED = "revoked"
    MALFORMED = "malformed"
    TOO_LARGE = "too_large"
    TOO_SLOW = "too_slow"
    BAD_CURSOR = "bad_cursor"
    BUSY = "busy"
    INTERNAL = "internal"


class ErrorReply(Message):
    """`now` is the server's time in milliseconds since 1970, so that a wrong clock can be measured."""

    code: str
    sentence: str
    now: Ms | None = None


class Person(Message):
    """Who is enrolled: the server's view."""

    id: str
    name: str
    role: str


class Team(Message):
    """A team the person belongs to."""

    id: str
    name: str
    phone: str | None = None


class EnrolRequest(Message):
    """`key` is the device's Ed25519 public key, base64url. The same code with the same key gets the same answer."""

    code: str
    key: str
    name: str = Field(default="Tablet", max_length=100, pattern=r"^[^\x00-\x1f]*$")


class EnrolReply(Message):
    """`server_key` is the Ed25519 public key with which the server signs its merges."""

    device: str
    person: Person
    teams: list[Team]
    epoch: str
    server_key: str
    now: Ms


class TokenRequest(Message):
    """`proof` signs `token_text` with the device key."""

    device: str
    at: int
    nonce: str
    proof: str


class TokenReply(Message):
    """An opaque token bound to the device's key; `seconds` until it ends."""

    token: str
    seconds: Annotated[int, Field(ge=0, le=86_400)]
    now: Ms


class Me(Message):
    """Who the server takes this device for, and its teams now."""

    person: Person
    teams: list[Team]
    epoch: str
    now: Ms


class PushRequest(Message):
    """Revisions as their wire objects, parents before children."""

    revisions: list[dict[str, Any]]


class Status(StrEnum):
    """What became of one pushed revision. All but `refused` mean: durable on the server."""

    ACCEPTED = "accepted"
    MERGED = "merged"
    CONFLICT = "conflict"
    REFUSED = "refused"


class RefusalCode(StrEnum):
    """Why one revision was refused; it stays on the tablet, visible and repairable."""

    MALFORMED = "malformed"
    HASH_MISMATCH = "hash_mismatch"
    BAD_SIGNATURE = "bad_signature"
    INVALID_BODY = "invalid_body"
    UNKNOWN_PARENT = "unknown_parent"
    DIFFERENT_CONTENT = "different_content"
    NOT_YOUR_PATIENT = "not_your_patient"
    NOT_THE_AUTHOR = "not_the_author"
    WRONG_RECORD = "wrong_record"
    NEEDS_REASON = "needs_reason"


class Outcome(Message):
    """The answer for one revision, in the order of the request.

    `positions` maps each team's id to the feed position: with `hash`, the receipt. A refusal says why (`code`,
    `sentence`) and `where` in the body.
    """

    id: str
    status: Status
    hash: str | None = None
    positions: dict[str, Annotated[int, Field(ge=0, lt=1 << 63)]] = Field(default_factory=dict[str, int])
    code: str | None = None
    where: str | None = None
    sentence: str | None = None


class PushReply(Message):
    """One outcome an item. None at all, and nothing stored, where the request named another epoch than the server's:
    the tablet first finds out what a restored server lacks, so that a parent comes before what rests on it."""

    outcomes: list[Outcome]
    epoch: str
    now: Ms


MAX_OFFERS = 2000
"""How many revisions one OfferRequest may name."""
OFFER_HASH_CHARS = 16
"""How much of a revision's hash an offer names: what was signed under one id elsewhere is not taken for it."""


class OfferRequest(Message):
    """What a tablet holds, in the order to be sent: id → the beginning of the hash."""

    offers: dict[str, str]


class OfferReply(Message):
    """The ids of the request that the server lacks, in its order; a tablet sends these with its next push."""

    wanted: list[str]
    epoch: str
    now: Ms


class Membership(Message):
    """A patient came to or left a team's caseload."""

    team: str
    patient: str


@dataclass(slots=True)
class PageItem:
    """One line of the feed: exactly one of the three. `text` is the JSON text that the revision came in, where the
    reader kept it, and `read` the revision, where the reader checked it; neither is part of the message."""

    revision: dict[str, Any] | None = None
    joined: Membership | None = None
    left: Membership | None = None
    text: bytes | None = field(default=None, init=False)
    read: Revision | None = field(default=None, init=False)


class Page(Message):
    """One page of the feed. The server writes it from stored text without building this model."""

    epoch: str
    cursor: Annotated[str, Field(max_length=MAX_CURSOR)]
    more: bool
    today: bool = False
    items: list[PageItem]
    now: Ms | None = None
    sig: str | None = None
    _signed: bytes | None = PrivateAttr(default=None)

    @property
    def signed(self) -> bytes | None:
        """What `sig` must sign, where the reader kept the text that the items came in; it is no part of the message."""
        return self._signed

    def keep_signed(self, text: bytes) -> None:
        """For the reader of the text."""
        self._signed = text


class Attached(Message):
    """How an attachment stands at the server: how many chunks it has, which are `missing`, whether all of it is there
    and checked. `wrong`: the whole was not what the record names, and was dropped."""

    chunks: int
    missing: list[int]
    whole: bool
    wrong: bool = False


class Unchanged(NamedTuple):
    """There is nothing after the cursor. `now` is the server's time in milliseconds since 1970."""

    now: int
