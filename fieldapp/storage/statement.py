"""Statements of the hot paths: written in SQLAlchemy Core, compiled once, and run on the driver's own cursor.

SQLAlchemy hands out the connection and holds the transaction. What it does for every execution (events, caches, a
result object) costs ten times what SQLite does, so a save and a page do without.
"""

from __future__ import annotations

import sqlite3
from collections import namedtuple
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import cached_property
from operator import itemgetter
from typing import Any, NamedTuple

from sqlalchemy import Connection
from sqlalchemy.dialects import sqlite

from fieldapp.storage.engine import driver

_DIALECT = sqlite.dialect(paramstyle="qmark")


class _Compiled(NamedTuple):
    sql: str
    names: tuple[str, ...]
    constants: Mapping[str, Any]
    row: Callable[[Iterable[Any]], Any]


class Statement:
    """One expression. `columns` are those an insert is given, where they are not all of its table.

    Every method may raise `sqlite3.Error`, which `fieldapp.storage.engine.translated` translates.
    """

    def __init__(self, expression: Any, *columns: str) -> None:
        self._expression = expression
        self._columns = columns or None

    def all(self, tx: Connection, **bound: Any) -> list[Any]:
        """Every row, its columns by name."""
        return list(map(self._compiled.row, self._cursor(tx, bound)))

    def each(self, tx: Connection, **bound: Any) -> Iterator[Any]:
        """The rows one after another, for those who stop early."""
        return map(self._compiled.row, self._cursor(tx, bound))

    def one_or_none(self, tx: Connection, **bound: Any) -> Any | None:
        """The first row, or None."""
        found = self._cursor(tx, bound).fetchone()
        return None if found is None else self._compiled.row(found)

    def values(self, tx: Connection, **bound: Any) -> list[Any]:
        """The first column of every row."""
        return [row[0] for row in self._cursor(tx, bound)]

    def run(self, tx: Connection, **bound: Any) -> None:
        """For its effect."""
        self._cursor(tx, bound)

    def run_each(self, tx: Connection, rows: Iterable[Mapping[str, Any]]) -> None:
        """For its effect, once a row."""
        _, names, constants, _ = self._compiled
        bind = self._bind if constants or len(names) < 2 else itemgetter(*names)
        driver(tx).executemany(self._compiled.sql, map(bind, rows))

    def _cursor(self, tx: Connection, bound: Mapping[str, Any]) -> sqlite3.Cursor:
        return driver(tx).execute(self._compiled.sql, self._bind(bound))

    def _bind(self, bound: Mapping[str, Any]) -> list[Any]:
        _, names, constants, _ = self._compiled
        return [constants[name] if name in constants else bound[name] for name in names]

    @cached_property
    def _compiled(self) -> _Compiled:
        compiled = self._expression.compile(dialect=_DIALECT, column_keys=self._columns)
        constants = {name: value for name, value in compiled.params.items() if type(value) is int}
        row: Any = tuple
        if compiled.statement.is_select:
            names = [str(column.key) for column in compiled.statement.selected_columns]
            row = namedtuple("row", names, rename=True)._make  # pyright: ignore[reportUntypedNamedTuple]
        return _Compiled(str(compiled), tuple(compiled.positiontup), constants, row)
