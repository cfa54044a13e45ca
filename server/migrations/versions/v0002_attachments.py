"""Attachments, and a row for each that a stored record names already.

Revision ID: 0002
"""

from __future__ import annotations

import json

from alembic import op
from sqlalchemy import (
    BigInteger,
    Column,
    Integer,
    LargeBinary,
    MetaData,
    PrimaryKeyConstraint,
    String,
    Table,
    Text,
    select,
)

from fieldapp.domain.attachments import attachment_of

revision = "0002"
down_revision = "0001"

Id = String(36).with_variant(String(36, collation="C"), "postgresql")


def upgrade() -> None:
    attachments = op.create_table(
        "attachments",
        Column("patient", Id, nullable=False),
        Column("sha256", String(64), nullable=False),
        Column("size", Integer(), nullable=False),
        Column("media_type", String(40), nullable=False),
        Column("whole_at", BigInteger()),
        PrimaryKeyConstraint("patient", "sha256"),
    )
    op.create_table(
        "attachment_chunks",
        Column("patient", Id, nullable=False),
        Column("sha256", String(64), nullable=False),
        Column("at", Integer(), autoincrement=False, nullable=False),
        Column("data", LargeBinary(), nullable=False),
        PrimaryKeyConstraint("patient", "sha256", "at"),
    )
    rows = _named_already()
    if rows:
        op.bulk_insert(attachments, rows)


def _named_already() -> list[dict[str, object]]:
    """What records of tablets newer than their server named before this."""
    metadata = MetaData()
    feed = Table("feed", metadata, Column("record", Id), Column("data", Text()))
    records = Table("records", metadata, Column("record", Id), Column("kind", String(64)))
    photos = select(records.c.record).where(records.c.kind == "photo")
    found: dict[tuple[str, str], dict[str, object]] = {}
    for text in op.get_bind().scalars(select(feed.c.data).where(feed.c.record.in_(photos))):
        wire = json.loads(text)
        named = attachment_of(wire["kind"], wire["body"])
        if named is not None:
            row = {"sha256": named.sha256, "size": named.size, "media_type": named.media_type}
            found[wire["patient"], named.sha256] = {"patient": wire["patient"], **row}
    return list(found.values())
