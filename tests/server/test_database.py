"""The schema, what the database itself refuses, and the audit."""

from __future__ import annotations

import stat
from pathlib import Path
from typing import Any

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from fieldapp.domain.clock import FixedClock
from server import audit
from server.db import schema
from server.db.engine import Database
from server.db.tables import APPEND_ONLY, metadata
from server.errors import BusyError, MalformedError, SchemaMissingError, SchemaNewerError
from tests.server.world import START, Tablet, World


def test_the_migrations_make_the_tables_that_the_code_uses(world: World) -> None:
    with world.database.reading() as connection:
        assert compare_metadata(MigrationContext.configure(connection), metadata) == []


def test_preparing_again_changes_nothing(world: World) -> None:
    again = schema.prepare(world.database, world.clock)
    assert (again.epoch, again.public_key) == (world.service.epoch, world.service.public_key)
    assert schema.check(world.database).epoch == again.epoch


def test_a_newer_schema_is_refused_and_left_alone(world: World) -> None:
    before = world.database.write(lambda c: c.execute(text("SELECT version_num FROM alembic_version")).scalar_one())
    world.database.write(lambda c: c.execute(text("UPDATE alembic_version SET version_num = 'newer'")))
    try:
        with pytest.raises(SchemaNewerError):
            schema.prepare(world.database, world.clock)
        with pytest.raises(SchemaNewerError):
            schema.check(world.database)
    finally:
        back = text("UPDATE alembic_version SET version_num = :before")
        world.database.write(lambda c: c.execute(back, {"before": before}))


def test_an_empty_database_is_not_served(tmp_path: Path) -> None:
    database = Database(f"sqlite:///{tmp_path / 'empty.db'}")
    with pytest.raises(SchemaMissingError):
        schema.check(database)
    database.close()


def test_a_database_file_is_its_owners_alone(tmp_path: Path, clock: FixedClock) -> None:
    path = tmp_path / "new" / "server.db"
    database = Database(f"sqlite:///{path}")
    schema.prepare(database, clock)
    files = sorted(path.parent.iterdir())
    assert path in files
    assert {stat.S_IMODE(file.stat().st_mode) for file in files} == {0o600}
    with database.reading() as connection:
        pragmas = [connection.execute(text(f"PRAGMA {name}")).scalar() for name in ("journal_mode", "synchronous")]
    assert pragmas == ["wal", 2]
    database.close()


@pytest.mark.parametrize("url", ["mysql://x/y", "sqlite://", "sqlite:///:memory:", "postgresql"])
def test_addresses_of_no_database(url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    if url == "postgresql":
        Database(url).close()
        assert (tmp_path / "postgresql").exists()
        return
    with pytest.raises(MalformedError):
        Database(url)


def test_a_database_that_is_away_is_busy() -> None:
    database = Database("postgresql://nobody@127.0.0.1:1/none?connect_timeout=1")
    with pytest.raises(BusyError):
        schema.prepare(database, FixedClock(START))
    database.close()


@pytest.mark.parametrize("table", APPEND_ONLY)
def test_the_database_refuses_to_change_or_delete(world: World, nurse: Tablet, table: str) -> None:
    patient = nurse.new_patient()
    nurse.push(nurse.write(patient, "note", {}))
    column = {"answers": "kind", "audit": "action"}.get(table, "patient" if table != "rejected" else "code")
    if table == "answers":
        row = "INSERT INTO answers (answer, visit, digest, kind, data, given_at) VALUES ('a', 'v', 'd', 'k', '{}', 1)"
        world.database.write(lambda c: c.execute(text(row)))
    for statement in (f"UPDATE {table} SET {column} = 'x'", f"DELETE FROM {table}"):
        with pytest.raises(DBAPIError, match="append-only"):
            world.database.write(lambda c, s=statement: c.execute(text(s)))
    if world.database.is_sqlite:
        replace = f"INSERT OR REPLACE INTO {table} SELECT * FROM {table}"
        with pytest.raises(DBAPIError, match="append-only"):
            world.database.write(lambda c: c.execute(text(replace)))


def allow_changes(world: World) -> list[str]:
    """What only someone with the database's own password could do."""
    if world.database.is_sqlite:
        return ["DROP TRIGGER audit_update", "DROP TRIGGER audit_delete"]
    return ["SET LOCAL session_replication_role = replica"]


@pytest.mark.parametrize(
    ("damage", "what", "where"),
    [
        ("UPDATE audit SET detail = '{}' WHERE chain = :team AND position = 3", "changed", 3),
        ("UPDATE audit SET at = at + 1 WHERE chain = :team AND position = 3", "changed", 3),
        ("DELETE FROM audit WHERE chain = :team AND position = 3", "missing", 3),
        ("DELETE FROM audit WHERE chain = :team AND position >= 3", "cut", 6),
        ("DELETE FROM audit WHERE chain = :team", "cut", 6),
    ],
)
def test_every_change_of_the_audit_is_found_and_located(
    world: World, nurse: Tablet, damage: str, what: str, where: int
) -> None:
    patient = nurse.new_patient()
    for n in range(3):
        nurse.push(nurse.write(patient, "note", {"text": f"Note {n}"}))
    team = world.team("Home ward")
    with world.database.reading() as connection:
        assert audit.verify(connection) == []

    def spoil(connection: Any) -> None:
        for statement in allow_changes(world):
            connection.execute(text(statement))
        connection.execute(text(damage), {"team": team})

    world.database.write(spoil)
    with world.database.reading() as connection:
        faults = audit.verify(connection)
    assert faults
    assert {fault.chain for fault in faults} == {team}
    assert faults[0].what == what
    assert faults[0].position == where


def test_the_audit_holds_no_names(world: World, nurse: Tablet) -> None:
    patient = nurse.new_patient("Zebedeesworth")
    nurse.push(nurse.write(patient, "patient", {"name": {"given": "Zebedeesworth"}}))
    with world.database.reading() as connection:
        rows = " ".join(str(row) for row in connection.execute(audit.audit.select()))
    assert "Zebedeesworth" not in rows
    assert "Ann" not in rows
    assert {"push", "joined", "refused", "enrol", "code", "member", "team"} <= set(rows.replace("'", "").split(", "))
