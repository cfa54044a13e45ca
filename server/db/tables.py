"""The tables. Times are milliseconds since 1970 UTC. Every hot table's key starts with the team, so that the same
schema spreads over several database nodes; `receipts` is spread by the revision, `patients` and attachments by the
patient.

A **spell** numbers a patient's stays on one team's caseload from 1: what a team's tablets may see of a patient is
what the feed holds of the current spell while it is active. When a patient comes back, everything is appended anew.
"""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    Text,
    UniqueConstraint,
)

metadata = MetaData()

Id = String(36).with_variant(String(36, collation="C"), "postgresql")

meta = Table(
    "meta",
    metadata,
    Column("name", String(40), primary_key=True),
    Column("value", Text, nullable=False),
)

teams = Table(
    "teams",
    metadata,
    Column("team", Id, primary_key=True),
    Column("name", Text, nullable=False, unique=True),
    Column("phone", Text),
    Column("next_position", BigInteger, nullable=False),
)

people = Table(
    "people",
    metadata,
    Column("person", Id, primary_key=True),
    Column("name", Text, nullable=False, index=True),
    Column("role", Text, nullable=False),
)

memberships = Table(
    "memberships",
    metadata,
    Column("person", Id, ForeignKey("people.person"), primary_key=True),
    Column("team", Id, ForeignKey("teams.team"), primary_key=True, index=True),
)

devices = Table(
    "devices",
    metadata,
    Column("device", Id, primary_key=True),
    Column("person", Id, ForeignKey("people.person"), nullable=False, index=True),
    Column("public_key", LargeBinary, nullable=False, unique=True),
    Column("name", Text, nullable=False),
    Column("enrolled_at", BigInteger, nullable=False),
    Column("revoked_at", BigInteger),
)

codes = Table(
    "codes",
    metadata,
    Column("hash", LargeBinary, primary_key=True),
    Column("person", Id, ForeignKey("people.person"), nullable=False),
    Column("expires_at", BigInteger, nullable=False),
    Column("device", Id),
)

tokens = Table(
    "tokens",
    metadata,
    Column("hash", LargeBinary, primary_key=True),
    Column("device", Id, ForeignKey("devices.device"), nullable=False, index=True),
    Column("expires_at", BigInteger, nullable=False),
)

patients = Table(
    "patients",
    metadata,
    Column("patient", Id, primary_key=True),
    Column("keeper", Id, nullable=False),
)
"""`keeper` is a team whose partition holds all of the patient: one with the patient on its caseload if there is any,
otherwise the last one that had. The row is what writers of one patient lock."""

caseload = Table(
    "caseload",
    metadata,
    Column("team", Id, ForeignKey("teams.team"), primary_key=True),
    Column("patient", Id, primary_key=True, index=True),
    Column("active", Boolean, nullable=False),
    Column("spell", Integer, nullable=False),
    Column("first_position", BigInteger, nullable=False),
    Column("since", BigInteger, nullable=False),
)

feed = Table(
    "feed",
    metadata,
    Column("team", Id, primary_key=True),
    Column("position", BigInteger, primary_key=True, autoincrement=False),
    Column("item", String(8), nullable=False),
    Column("patient", Id, nullable=False),
    Column("spell", Integer, nullable=False),
    Column("record", Id),
    Column("revision", Id),
    Column("size", Integer, nullable=False),
    Column("data", Text, nullable=False),
    UniqueConstraint("team", "revision", "spell", name="feed_revision"),
    Index("feed_patient", "team", "patient", "position"),
    Index("feed_record", "team", "record", "position"),
)
"""`item` is revision, joined or left; `data` the canonical JSON as it is served, `size` its characters."""

records = Table(
    "records",
    metadata,
    Column("team", Id, primary_key=True),
    Column("record", Id, primary_key=True),
    Column("patient", Id, nullable=False),
    Column("kind", String(64), nullable=False),
    Column("heads", Text, nullable=False),
    Index("records_patient", "team", "patient"),
)

receipts = Table(
    "receipts",
    metadata,
    Column("revision", Id, primary_key=True),
    Column("hash", String(64), nullable=False),
    Column("record", Id, nullable=False),
    Column("kind", String(64), nullable=False),
    Column("patient", Id, nullable=False),
    Column("device", Id, nullable=False),
    Column("status", String(16), nullable=False),
    Column("positions", Text, nullable=False),
    Column("received_at", BigInteger, nullable=False),
)

rejected = Table(
    "rejected",
    metadata,
    Column("device", Id, primary_key=True),
    Column("digest", String(64), primary_key=True),
    Column("code", String(40), primary_key=True),
    Column("person", Id, nullable=False),
    Column("revision", Text),
    Column("place", Text),
    Column("data", Text, nullable=False),
    Column("refused_at", BigInteger, nullable=False),
)
"""What was refused, once each, for support: `digest` is the SHA-256 of `data`, `place` the field at fault."""

episodes = Table(
    "episodes",
    metadata,
    Column("team", Id, primary_key=True),
    Column("episode", Id, primary_key=True),
    Column("patient", Id, nullable=False),
    Column("owner", Id),
    Column("active", Boolean, nullable=False),
    Index("episodes_patient", "team", "patient"),
)
"""Current state of episode records; `owner` is the team that the episode names."""

visits = Table(
    "visits",
    metadata,
    Column("team", Id, primary_key=True),
    Column("visit", Id, primary_key=True),
    Column("patient", Id, nullable=False),
    Column("owner", Id),
    Column("clinician", Text),
    Column("window_start", BigInteger, nullable=False),
    Column("window_end", BigInteger, nullable=False),
    Column("status", String(16), nullable=False),
    Column("finished_at", BigInteger),
    Column("heard_at", BigInteger, nullable=False),
    Column("body", Text, nullable=False),
    Index("visits_day", "team", "window_start"),
    Index("visits_patient", "team", "patient", "window_start"),
    Index("visits_visit", "visit"),
)
"""Current state of visit records. `owner` is the team the visit names, `heard_at` when a tablet last spoke of it."""

attachments = Table(
    "attachments",
    metadata,
    Column("patient", Id, primary_key=True),
    Column("sha256", String(64), primary_key=True),
    Column("size", Integer, nullable=False),
    Column("media_type", String(40), nullable=False),
    Column("whole_at", BigInteger),
)
"""One row for each attachment that a stored record of the patient names, whichever teams have the patient; `whole_at`
once all of it is here, checked."""

attachment_chunks = Table(
    "attachment_chunks",
    metadata,
    Column("patient", Id, primary_key=True),
    Column("sha256", String(64), primary_key=True),
    Column("at", Integer, primary_key=True, autoincrement=False),
    Column("data", LargeBinary, nullable=False),
)

links = Table(
    "links",
    metadata,
    Column("hash", LargeBinary, primary_key=True),
    Column("link", Id, nullable=False, unique=True),
    Column("visit", Id, nullable=False, index=True),
    Column("made_at", BigInteger, nullable=False),
    Column("revoked_at", BigInteger),
)

answers = Table(
    "answers",
    metadata,
    Column("answer", Id, primary_key=True),
    Column("visit", Id, nullable=False),
    Column("digest", String(64), nullable=False),
    Column("kind", String(16), nullable=False),
    Column("window_start", BigInteger),
    Column("window_end", BigInteger),
    Column("data", Text, nullable=False),
    Column("given_at", BigInteger, nullable=False),
    Index("answers_visit", "visit", "given_at"),
)
"""What patients told on their page; `data` may hold free text."""

chains = Table(
    "chains",
    metadata,
    Column("chain", Id, primary_key=True),
    Column("next_position", BigInteger, nullable=False),
    Column("head", String(64), nullable=False),
)

audit = Table(
    "audit",
    metadata,
    Column("chain", Id, primary_key=True),
    Column("position", BigInteger, primary_key=True, autoincrement=False),
    Column("at", BigInteger, nullable=False),
    Column("actor", Id, nullable=False),
    Column("device", Id),
    Column("action", String(40), nullable=False),
    Column("detail", Text, nullable=False),
    Column("hash", String(64), nullable=False),
)
"""One chain a team and one for the service: each row's hash covers the row and the hash before it."""

APPEND_ONLY = ("feed", "receipts", "rejected", "answers", "audit")
"""UPDATE and DELETE on these are refused by the database itself."""
