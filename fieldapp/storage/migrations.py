"""Bringing the file of an older app up to this one's schema: forward only, in one transaction, only adding.

What waits to be sent stays as it is. A file of a newer app is refused before this is reached (NewerSchemaError).
"""

from __future__ import annotations

from pathlib import Path

from fieldapp.storage import tables
from fieldapp.storage.engine import driver, open_engine, translated


def upgrade(path: Path) -> None:
    """Add what this version's schema has and the file lacks; nothing where the file is of this version.

    Two processes may try at once: the second finds it done.

    Raises:
        DiskFullError, DiskError, BusyError: the file is as it was.
    """
    engine = open_engine(path, writer=True)
    try:
        with translated(), engine.begin() as tx:
            version = driver(tx).execute("PRAGMA user_version").fetchone()[0]
            if version < tables.SCHEMA:
                tables.metadata.create_all(tx)
                driver(tx).execute(f"PRAGMA user_version = {tables.SCHEMA}")
    finally:
        engine.dispose()
