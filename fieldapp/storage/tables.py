"""The tables. Readable in the file are opaque ids, how many rows there are, the cost of the key derivation and each
clinician's own name and role for the unlock screen. Everything else is sealed (`fieldapp.storage.envelope`).

A conflict, a caseload and an unsent entry are rows of opaque ids, so that they can be counted without opening anything.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any, Final

from sqlalchemy import (
    Column,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    ScalarSelect,
    String,
    Table,
    bindparam,
    func,
    select,
    text,
)

SCHEMA: Final = 2
"""`PRAGMA user_version`. Migrations are forward only; a store with a greater number is refused unchanged."""
APPLICATION_ID: Final = 0x46564953
"""`PRAGMA application_id`: this is a visit store."""

metadata = MetaData()


def _sealed(name: str = "sealed", *, nullable: bool = False) -> Column[Any]:
    return Column(name, LargeBinary, nullable=nullable)


def _patient() -> Column[Any]:
    return Column("patient", String, ForeignKey("patient.id"), nullable=False)


store = Table("store", metadata, Column("id", LargeBinary, primary_key=True))

person = Table(
    "person",
    metadata,
    Column("slot", String, primary_key=True),
    Column("name", String, nullable=False),
    Column("role", String, nullable=False),
    Column("salt", LargeBinary, nullable=False),
    Column("memory_kib", Integer, nullable=False),
    Column("passes", Integer, nullable=False),
    Column("lanes", Integer, nullable=False),
    Column("keystore", Integer, nullable=False),
    _sealed("clinician_key"),
    _sealed("store_key"),
)

setting = Table("setting", metadata, Column("name", String, primary_key=True), _sealed())

generation = Table("generation", metadata, Column("value", Integer, nullable=False))

patient = Table(
    "patient",
    metadata,
    Column("id", String, primary_key=True),
    _sealed("key", nullable=True),
    Column("leaving", Integer, nullable=False, server_default="0"),
)

membership = Table(
    "membership",
    metadata,
    Column("team", String, primary_key=True),
    Column("patient", String, primary_key=True),
    Index("membership_patient", "patient"),
)

revision = Table(
    "revision",
    metadata,
    Column("id", String, primary_key=True),
    Column("record", String, nullable=False, index=True),
    _patient(),
    _sealed(),
)

record = Table(
    "record",
    metadata,
    Column("id", String, primary_key=True),
    _patient(),
    _sealed(),
    Index("record_patient", "patient"),
)

conflict = Table("conflict", metadata, Column("record", String, primary_key=True), _patient())

summary = Table("summary", metadata, Column("patient", String, ForeignKey("patient.id"), primary_key=True), _sealed())

delivery = Table(
    "delivery",
    metadata,
    Column("position", Integer, primary_key=True),
    Column("revision", String, ForeignKey("revision.id"), nullable=False, unique=True),
    Column("record", String, nullable=False),
    _patient(),
    _sealed("receipt", nullable=True),
    _sealed("refusal", nullable=True),
    Column("replacement", String, nullable=True),
    Index(
        "delivery_unsent",
        *("position", "patient", "record"),
        sqlite_where=text("receipt IS NULL AND replacement IS NULL"),
    ),
    Index("delivery_replaced", "record", sqlite_where=text("replacement IS NOT NULL")),
)
"""One row for each revision made on this tablet, in the order of saving. Without a receipt or a replacement it is
unsent work; with a refusal as well it is in quarantine. Each index here and on `revision` costs every save a page of
the log, so there are only those that a screen or a sync needs."""

offer = Table(
    "offer",
    metadata,
    Column("position", Integer, primary_key=True),
    Column("revision", String, ForeignKey("revision.id"), nullable=False, unique=True),
    Column("record", String, nullable=False),
    _patient(),
    Column("state", Integer, nullable=False, server_default="0"),
    Index("offer_patient", "patient"),
)
"""What a restored server is still to be offered of all that this tablet holds, whoever wrote it, parents first. Empty
in ordinary times. None of it is unsent work: a screen neither counts nor shows it."""

draft = Table(
    "draft",
    metadata,
    Column("id", String, primary_key=True),
    Column("slot", String, ForeignKey("person.slot"), nullable=False),
    _sealed(),
)

TO_ASK: Final = 0
"""An offer's state: whether the server has it is not known."""
WANTED: Final = 1
"""The server lacks it; it is sent with the next push."""
HELD: Final = 2
"""The server lacks it and may not take it from this tablet as things stand; its patient's rows stay here meanwhile."""

UNSENT: Final = delivery.c.receipt.is_(None) & delivery.c.replacement.is_(None)


def among(name: str = "ids") -> ScalarSelect[Any]:
    """The values bound as `name` by `listed`, for `in_`: one prepared statement however many there are."""
    each = func.json_each(bindparam(name)).table_valued("value")
    return select(each.c.value).scalar_subquery()


def listed(ids: Iterable[str]) -> str:
    """Ids as `among` wants them bound."""
    return json.dumps(list(ids))
