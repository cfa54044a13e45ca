"""Where the simulated service keeps its database: an SQLite file, or a database of a PostgreSQL cluster of its own.

Both can be left by a process that was killed, copied as a backup does it, and put back to such a copy.
"""

from __future__ import annotations

import os
import shutil
from itertools import count
from pathlib import Path
from typing import Protocol

from sqlalchemy import make_url

from tests.server.cluster import clone_database, drop_database


class Databases(Protocol):
    """One service's database and the copies made of it. Nobody is connected while it is copied or put back."""

    @property
    def url(self) -> str:
        """The address of the database that is in use."""
        ...

    def left(self) -> None:
        """The process that used it is dead: what is on the disk is what the next one finds."""
        ...

    def keep(self, name: str) -> None:
        """A copy of everything, as of now."""
        ...

    def put_back(self, name: str) -> None:
        """The database is that copy from now on."""
        ...

    def drop(self) -> None:
        """The database and its copies are gone."""
        ...


class Files:
    """SQLite. Every process gets a copy of the file and of its log, so that a dead one's locks do not matter."""

    def __init__(self, directory: Path, template: Path | None = None) -> None:
        self._directory = directory
        self._lives = count()
        self.path = self._next()
        if template is not None:
            copy_database(template, self.path)

    @property
    def url(self) -> str:
        return f"sqlite:///{self.path}"

    def left(self) -> None:
        old, self.path = self.path, self._next()
        copy_database(old, self.path)

    def keep(self, name: str) -> None:
        remove_database(self._directory / f"{name}.db")
        copy_database(self.path, self._directory / f"{name}.db")

    def put_back(self, name: str) -> None:
        remove_database(self.path)
        self.path = self._next()
        copy_database(self._directory / f"{name}.db", self.path)

    def drop(self) -> None:
        remove_database(self.path)

    def _next(self) -> Path:
        return self._directory / f"server-{next(self._lives)}.db"


class OnCluster:
    """A database on the PostgreSQL cluster at `cluster`, a copy of `template` or new and empty."""

    def __init__(self, cluster: str, template: str = "template1") -> None:
        self._cluster = cluster
        self.name = f"simulated_{os.getpid()}_{next(_made)}"
        self._copies: set[str] = set()
        clone_database(cluster, self.name, template)

    @property
    def url(self) -> str:
        return make_url(self._cluster).set(database=self.name).render_as_string(hide_password=False)

    def left(self) -> None:
        return

    def keep(self, name: str) -> None:
        drop_database(self._cluster, self._copy(name))
        self._copies.add(name)
        clone_database(self._cluster, self._copy(name), self.name)

    def put_back(self, name: str) -> None:
        drop_database(self._cluster, self.name)
        clone_database(self._cluster, self.name, self._copy(name))

    def drop(self) -> None:
        for name in self._copies:
            drop_database(self._cluster, self._copy(name))
        drop_database(self._cluster, self.name)

    def _copy(self, name: str) -> str:
        return f"{self.name}_{name}"


_made = count()


def copy_database(source: Path, target: Path) -> None:
    """What a disk holds of a database at this moment: the file and its log."""
    shutil.copyfile(source, target)
    log = Path(f"{source}-wal")
    if log.exists():
        shutil.copyfile(log, f"{target}-wal")


def remove_database(path: Path) -> None:
    """The file, its log and the log's index."""
    for suffix in ("", "-wal", "-shm"):
        Path(f"{path}{suffix}").unlink(missing_ok=True)
