"""The tables of attachments. Readable are opaque names, how many chunks there are, and where each stands."""

from __future__ import annotations

from typing import Final

from sqlalchemy import Column, ForeignKey, Index, Integer, LargeBinary, String, Table, text

from fieldapp.storage.tables import metadata

attachment = Table(
    "attachment",
    metadata,
    Column("number", Integer, primary_key=True),
    Column("id", String, nullable=False, unique=True),
    Column("patient", String, ForeignKey("patient.id"), nullable=False),
    Column("chunks", Integer, nullable=False),
    Column("sealed", LargeBinary, nullable=False),
    Column("mine", Integer, nullable=False, server_default="0"),
    Column("revision", String),
    Column("whole", Integer, nullable=False, server_default="0"),
    Column("wanted", Integer, nullable=False, server_default="0"),
    Column("receipt", LargeBinary),
    Column("aside", LargeBinary),
    Index("attachment_patient", "patient"),
    Index("attachment_unsent", "number", sqlite_where=text("whole = 1 AND receipt IS NULL")),
    Index("attachment_missing", "number", sqlite_where=text("whole = 0")),
    Index("attachment_aside", "number", sqlite_where=text("aside IS NOT NULL")),
)
"""`id` is the keyed hash of patient and content, `sealed` what the records say of it. `mine`: attached on this tablet,
with `revision`. `whole`: all chunks are here, checked. Whole without a `receipt` it is unsent; with `aside` the server
would not take it. `wanted`: somebody asked to see it."""

chunk = Table(
    "chunk",
    metadata,
    Column("attachment", Integer, ForeignKey("attachment.number"), primary_key=True),
    Column("at", Integer, primary_key=True),
    Column("sealed", LargeBinary, nullable=False),
)

UNSENT: Final = (attachment.c.whole == 1) & attachment.c.receipt.is_(None)
KEEPS_PATIENT: Final = UNSENT & ((attachment.c.mine == 1) | attachment.c.aside.is_(None))
"""Unsent, and of this tablet or perhaps lacking at the server: its patient is not forgotten yet."""
