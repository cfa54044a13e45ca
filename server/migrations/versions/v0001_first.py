"""The first schema.

Revision ID: 0001
"""

from __future__ import annotations

from alembic import op
from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    ForeignKeyConstraint,
    Integer,
    LargeBinary,
    PrimaryKeyConstraint,
    String,
    Text,
    UniqueConstraint,
)

revision = "0001"
down_revision = None

Id = String(36).with_variant(String(36, collation="C"), "postgresql")

APPEND_ONLY = ("feed", "receipts", "rejected", "answers", "audit")


def upgrade() -> None:
    _tables()
    for table in APPEND_ONLY:
        _refuse_changes(table)


def _refuse_changes(table: str) -> None:
    if op.get_bind().dialect.name == "sqlite":
        for verb in ("UPDATE", "DELETE"):
            op.execute(
                f"CREATE TRIGGER {table}_{verb.lower()} BEFORE {verb} ON {table} "
                f"BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END"
            )
        return
    op.execute(
        f"CREATE FUNCTION {table}_append_only() RETURNS trigger LANGUAGE plpgsql AS "
        f"$$ BEGIN RAISE EXCEPTION '{table} is append-only'; END $$"
    )
    op.execute(
        f"CREATE TRIGGER {table}_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON {table} "
        f"FOR EACH STATEMENT EXECUTE FUNCTION {table}_append_only()"
    )


def _tables() -> None:
    op.create_table(
        "answers",
        Column("answer", Id, nullable=False),
        Column("visit", Id, nullable=False),
        Column("digest", String(length=64), nullable=False),
        Column("kind", String(length=16), nullable=False),
        Column("window_start", BigInteger()),
        Column("window_end", BigInteger()),
        Column("data", Text(), nullable=False),
        Column("given_at", BigInteger(), nullable=False),
        PrimaryKeyConstraint("answer"),
    )
    op.create_index("answers_visit", "answers", ["visit", "given_at"])
    op.create_table(
        "audit",
        Column("chain", Id, nullable=False),
        Column("position", BigInteger(), autoincrement=False, nullable=False),
        Column("at", BigInteger(), nullable=False),
        Column("actor", Id, nullable=False),
        Column("device", Id),
        Column("action", String(length=40), nullable=False),
        Column("detail", Text(), nullable=False),
        Column("hash", String(length=64), nullable=False),
        PrimaryKeyConstraint("chain", "position"),
    )
    op.create_table(
        "chains",
        Column("chain", Id, nullable=False),
        Column("next_position", BigInteger(), nullable=False),
        Column("head", String(length=64), nullable=False),
        PrimaryKeyConstraint("chain"),
    )
    op.create_table(
        "episodes",
        Column("team", Id, nullable=False),
        Column("episode", Id, nullable=False),
        Column("patient", Id, nullable=False),
        Column("owner", Id),
        Column("active", Boolean(), nullable=False),
        PrimaryKeyConstraint("team", "episode"),
    )
    op.create_index("episodes_patient", "episodes", ["team", "patient"])
    op.create_table(
        "feed",
        Column("team", Id, nullable=False),
        Column("position", BigInteger(), autoincrement=False, nullable=False),
        Column("item", String(length=8), nullable=False),
        Column("patient", Id, nullable=False),
        Column("spell", Integer(), nullable=False),
        Column("record", Id),
        Column("revision", Id),
        Column("size", Integer(), nullable=False),
        Column("data", Text(), nullable=False),
        PrimaryKeyConstraint("team", "position"),
        UniqueConstraint("team", "revision", "spell", name="feed_revision"),
    )
    op.create_index("feed_patient", "feed", ["team", "patient", "position"])
    op.create_index("feed_record", "feed", ["team", "record", "position"])
    op.create_table(
        "links",
        Column("hash", LargeBinary(), nullable=False),
        Column("link", Id, nullable=False),
        Column("visit", Id, nullable=False),
        Column("made_at", BigInteger(), nullable=False),
        Column("revoked_at", BigInteger()),
        PrimaryKeyConstraint("hash"),
        UniqueConstraint("link"),
    )
    op.create_index(op.f("ix_links_visit"), "links", ["visit"])
    op.create_table(
        "meta",
        Column("name", String(length=40), nullable=False),
        Column("value", Text(), nullable=False),
        PrimaryKeyConstraint("name"),
    )
    op.create_table(
        "patients",
        Column("patient", Id, nullable=False),
        Column("keeper", Id, nullable=False),
        PrimaryKeyConstraint("patient"),
    )
    op.create_table(
        "people",
        Column("person", Id, nullable=False),
        Column("name", Text(), nullable=False),
        Column("role", Text(), nullable=False),
        PrimaryKeyConstraint("person"),
    )
    op.create_index(op.f("ix_people_name"), "people", ["name"])
    op.create_table(
        "receipts",
        Column("revision", Id, nullable=False),
        Column("hash", String(length=64), nullable=False),
        Column("record", Id, nullable=False),
        Column("kind", String(length=64), nullable=False),
        Column("patient", Id, nullable=False),
        Column("device", Id, nullable=False),
        Column("status", String(length=16), nullable=False),
        Column("positions", Text(), nullable=False),
        Column("received_at", BigInteger(), nullable=False),
        PrimaryKeyConstraint("revision"),
    )
    op.create_table(
        "records",
        Column("team", Id, nullable=False),
        Column("record", Id, nullable=False),
        Column("patient", Id, nullable=False),
        Column("kind", String(length=64), nullable=False),
        Column("heads", Text(), nullable=False),
        PrimaryKeyConstraint("team", "record"),
    )
    op.create_index("records_patient", "records", ["team", "patient"])
    op.create_table(
        "rejected",
        Column("device", Id, nullable=False),
        Column("digest", String(length=64), nullable=False),
        Column("code", String(length=40), nullable=False),
        Column("person", Id, nullable=False),
        Column("revision", Text()),
        Column("place", Text()),
        Column("data", Text(), nullable=False),
        Column("refused_at", BigInteger(), nullable=False),
        PrimaryKeyConstraint("device", "digest", "code"),
    )
    op.create_table(
        "teams",
        Column("team", Id, nullable=False),
        Column("name", Text(), nullable=False),
        Column("phone", Text()),
        Column("next_position", BigInteger(), nullable=False),
        PrimaryKeyConstraint("team"),
        UniqueConstraint("name"),
    )
    op.create_table(
        "visits",
        Column("team", Id, nullable=False),
        Column("visit", Id, nullable=False),
        Column("patient", Id, nullable=False),
        Column("owner", Id),
        Column("clinician", Text()),
        Column("window_start", BigInteger(), nullable=False),
        Column("window_end", BigInteger(), nullable=False),
        Column("status", String(length=16), nullable=False),
        Column("finished_at", BigInteger()),
        Column("heard_at", BigInteger(), nullable=False),
        Column("body", Text(), nullable=False),
        PrimaryKeyConstraint("team", "visit"),
    )
    op.create_index("visits_day", "visits", ["team", "window_start"])
    op.create_index("visits_patient", "visits", ["team", "patient", "window_start"])
    op.create_index("visits_visit", "visits", ["visit"])
    op.create_table(
        "caseload",
        Column("team", Id, nullable=False),
        Column("patient", Id, nullable=False),
        Column("active", Boolean(), nullable=False),
        Column("spell", Integer(), nullable=False),
        Column("first_position", BigInteger(), nullable=False),
        Column("since", BigInteger(), nullable=False),
        ForeignKeyConstraint(["team"], ["teams.team"]),
        PrimaryKeyConstraint("team", "patient"),
    )
    op.create_index(op.f("ix_caseload_patient"), "caseload", ["patient"])
    op.create_table(
        "codes",
        Column("hash", LargeBinary(), nullable=False),
        Column("person", Id, nullable=False),
        Column("expires_at", BigInteger(), nullable=False),
        Column("device", Id),
        ForeignKeyConstraint(["person"], ["people.person"]),
        PrimaryKeyConstraint("hash"),
    )
    op.create_table(
        "devices",
        Column("device", Id, nullable=False),
        Column("person", Id, nullable=False),
        Column("public_key", LargeBinary(), nullable=False),
        Column("name", Text(), nullable=False),
        Column("enrolled_at", BigInteger(), nullable=False),
        Column("revoked_at", BigInteger()),
        ForeignKeyConstraint(["person"], ["people.person"]),
        PrimaryKeyConstraint("device"),
        UniqueConstraint("public_key"),
    )
    op.create_index(op.f("ix_devices_person"), "devices", ["person"])
    op.create_table(
        "memberships",
        Column("person", Id, nullable=False),
        Column("team", Id, nullable=False),
        ForeignKeyConstraint(["person"], ["people.person"]),
        ForeignKeyConstraint(["team"], ["teams.team"]),
        PrimaryKeyConstraint("person", "team"),
    )
    op.create_index(op.f("ix_memberships_team"), "memberships", ["team"])
    op.create_table(
        "tokens",
        Column("hash", LargeBinary(), nullable=False),
        Column("device", Id, nullable=False),
        Column("expires_at", BigInteger(), nullable=False),
        ForeignKeyConstraint(["device"], ["devices.device"]),
        PrimaryKeyConstraint("hash"),
    )
    op.create_index(op.f("ix_tokens_device"), "tokens", ["device"])
