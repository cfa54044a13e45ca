"""What every part of an unlocked store stands on: transactions, and sealed JSON."""

from __future__ import annotations

import threading
from collections.abc import Collection, Generator, Iterable
from contextlib import contextmanager
from typing import Any

from pydantic_core import to_json
from sqlalchemy import ColumnElement, Connection, Select, bindparam, exists, func, select, update
from sqlalchemy.dialects.sqlite import insert

from fieldapp.domain.canonical import Json, canonical_json, read_json
from fieldapp.domain.clock import Clock
from fieldapp.domain.ids import Entropy
from fieldapp.domain.revision import Revision, parse_revision
from fieldapp.domain.state import RecordState, state_of_only
from fieldapp.storage import tables
from fieldapp.storage.engine import open_engine, translated
from fieldapp.storage.envelope import Sealer
from fieldapp.storage.errors import StoreClosedError, TamperedError
from fieldapp.storage.files import StoreFiles
from fieldapp.storage.keys import Keys, KeyStore
from fieldapp.storage.statement import Statement


class Core:
    """The open database and its keys. One writer at a time; readers see the last commit and never wait for it."""

    def __init__(self, files: StoreFiles, keys: Keys, *, clock: Clock, entropy: Entropy, keystore: KeyStore) -> None:
        self._files = files
        self._clock = clock
        self._entropy = entropy
        self._keystore = keystore
        self._open_keys: Keys | None = keys
        self._writer = open_engine(files.database, writer=True)
        self._readers = open_engine(files.database, writer=False)
        self._connection: Connection | None = None
        self._lock = threading.RLock()
        self._log_holds_forgotten = True

    @property
    def slot(self) -> str:
        """Whose passphrase unlocked the store."""
        return self._keys.slot

    @property
    def generation(self) -> int:
        """A number that grows with every commit of any process, drafts apart: re-read when it differs."""
        with self._reading() as tx:
            return _GENERATION.values(tx)[0]

    def close(self) -> None:
        """Drop the keys and close the files. Whatever is called afterwards raises StoreClosedError."""
        with self._lock:
            self._open_keys = None
            if self._connection is not None:
                self._connection.close()
                self._connection = None
            self._readers.dispose()
            self._writer.dispose()

    @property
    def _keys(self) -> Keys:
        keys = self._open_keys
        if keys is None:
            raise StoreClosedError
        return keys

    @contextmanager
    def _reading(self) -> Generator[Connection, None, None]:
        """One snapshot."""
        self._keys  # noqa: B018
        with translated(), self._readers.connect() as connection, connection.begin():
            yield connection

    @contextmanager
    def _writing(self, *, quiet: bool = False) -> Generator[Connection, None, None]:
        """One transaction, durable when the block ends; `quiet` leaves `generation` alone."""
        with self._lock:
            self._keys  # noqa: B018
            with translated(), self._kept_connection() as connection, connection.begin():
                yield connection
                if not quiet:
                    COUNT_UP.run(connection)

    @contextmanager
    def _kept_connection(self) -> Generator[Connection, None, None]:
        """The one connection that writes; after any failure a new one is opened."""
        connection = self._connection or self._writer.connect()
        self._connection = None
        try:
            yield connection
        except BaseException:
            connection.close()
            raise
        self._connection = connection

    def _setting(self, tx: Connection, name: str) -> Any:
        row = _SETTING.one_or_none(tx, name=name)
        return None if row is None else read_json(self._keys.settings.open("setting.sealed", name, row.sealed))

    def _put_setting(self, tx: Connection, name: str, value: object) -> None:
        put_setting(tx, self._keys.settings, name, value)


def put_setting(tx: Connection, sealer: Sealer, name: str, value: object) -> None:
    """Seal one setting in its row."""
    _PUT_SETTING.run(tx, name=name, sealed=sealer.seal("setting.sealed", name, canonical_json(value)))


def seal_revision(sealer: Sealer, revision: Revision) -> bytes:
    """The whole wire object, as it was signed."""
    return sealer.seal("revision.sealed", revision.id, revision.to_json())


def open_revision(keys: Keys, row: Any) -> Revision:
    """The revision of a row with `id`, `record`, `patient`, `sealed` and the patient's wrapped `key`."""
    plain = keys.of_patient(row.patient, row.key).open("revision.sealed", row.id, row.sealed)
    revision = parse_revision(read_json(plain), check_hash=False, text=plain)
    if (revision.id, revision.record, revision.patient) != (row.id, row.record, row.patient):
        raise TamperedError
    return revision


def seal_state(sealer: Sealer, state: RecordState) -> bytes:
    """A record's state, for its row: empty where one revision counts, because that revision is the state."""
    return b"" if state.revisions == 1 else sealer.seal("record.sealed", state.id, canonical_json(state.to_json()))


def select_states(condition: ColumnElement[bool]) -> Select[*tuple[Any, ...]]:
    """The records where `condition` holds, oldest id first, as `open_states` wants their rows."""
    source = _record.join(_patient, _patient.c.id == _record.c.patient)
    source = source.outerjoin(
        _revision, (func.length(_record.c.sealed) == 0) & (_revision.c.record == _record.c.id) & _COUNTS
    )
    columns = (_record.c.id, _record.c.patient, _record.c.sealed, _patient.c.key)
    own = (_revision.c.id.label("revision"), _revision.c.sealed.label("content"))
    return select(*columns, *own).select_from(source).where(condition).order_by(_record.c.id)


def open_states(
    tx: Connection, keys: Keys, rows: Iterable[Any], kinds: Collection[str] | None = None
) -> list[RecordState]:
    """The states of rows of `select_states`, in their order; of the named kinds only, where given."""
    states: list[RecordState] = []
    last = None
    for row in rows:
        if row.id == last:
            raise TamperedError
        last = row.id
        value = _wire(keys, row) if row.revision is not None else _written(tx, keys, row)
        if (value.get("record", value["id"]), value["patient"]) != (row.id, row.patient):
            raise TamperedError
        if kinds is None or value["kind"] in kinds:
            states.append(state_of_only(value) if "record" in value else RecordState.from_json(value))
    return states


def _wire(keys: Keys, row: Any) -> Json:
    """The one revision of a record, as it was signed."""
    plain = keys.of_patient(row.patient, row.key).open("revision.sealed", row.revision, row.content)
    value: Json = read_json(plain)
    if value["id"] != row.revision:
        raise TamperedError
    return value


def _written(tx: Connection, keys: Keys, row: Any) -> Json:
    """What a record's row says. Earlier versions only named the one revision there."""
    if not row.sealed:
        raise TamperedError
    value: Json = read_json(keys.of_patient(row.patient, row.key).open("record.sealed", row.id, row.sealed))
    if "only" not in value:
        return value
    found = _REVISION.one_or_none(tx, id=value["only"])
    if found is None:
        raise TamperedError
    return open_revision(keys, found).to_wire()


def seal_summary(sealer: Sealer, patient: str, summary: Json) -> bytes:
    """A patient's summary, for its row. Nobody hashes it, so it need not be canonical."""
    return sealer.seal("summary.sealed", patient, to_json(summary))


def open_summary(keys: Keys, row: Any) -> Json:
    """The summary of a row with `patient`, `sealed` and the patient's wrapped `key`."""
    summary: Json = read_json(keys.of_patient(row.patient, row.key).open("summary.sealed", row.patient, row.sealed))
    return summary


_GENERATION = Statement(select(tables.generation.c.value))
COUNT_UP = Statement(update(tables.generation).values(value=tables.generation.c.value + 1))
_SETTING = Statement(select(tables.setting.c.sealed).where(tables.setting.c.name == bindparam("name")))
_put = insert(tables.setting)
_PUT_SETTING = Statement(
    _put.on_conflict_do_update(index_elements=["name"], set_={"sealed": _put.excluded.sealed}), "name", "sealed"
)
_revision, _record, _patient, _delivery = tables.revision, tables.record, tables.patient, tables.delivery
_COUNTS = ~exists(
    select(_delivery.c.position).where(_delivery.c.revision == _revision.c.id, _delivery.c.replacement.is_not(None))
)
"""Nothing was put in the place of the revision."""
_REVISION = Statement(
    select(_revision.c.id, _revision.c.record, _revision.c.patient, _revision.c.sealed, _patient.c.key)
    .join(_patient, _patient.c.id == _revision.c.patient)
    .where(_revision.c.id == bindparam("id"))
)
