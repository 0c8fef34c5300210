"""SQLite: one file in the state directory. How to connect, to upsert and to read its errors."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any, Final
from urllib.parse import quote

from sqlalchemy import Connection, Engine, QueuePool, Table, create_engine, event
from sqlalchemy.exc import DBAPIError

from dcim.record import dataclass
from dcim.store.errors import (
    CommitFailed,
    StateDirectoryUnusable,
    StoreDamaged,
    StoreError,
    StoreFull,
    StoreUnavailable,
    WorkRefused,
)
from dcim.store.many import insert_many

PATIENCE = 5.0  # seconds to wait for a lock that a reader or a backup holds
LEAST_SPACE = 128 << 10  # bytes: less than the database's shared memory and a page or two
_PRIMARY = 0xFF  # the low byte of an SQLite code is its family
_BROKEN = (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB)
_CLOSED_TO_US = (sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_READONLY, sqlite3.SQLITE_PERM)
_LATER = (
    *_CLOSED_TO_US,
    *_BROKEN,
    sqlite3.SQLITE_IOERR,
    sqlite3.SQLITE_BUSY,
    sqlite3.SQLITE_LOCKED,
    sqlite3.SQLITE_NOMEM,
)


@dataclass(frozen=True, slots=True)
class Sqlite:
    """The database in one file. ``str`` is its path."""

    path: Path

    def __str__(self) -> str:
        """Read as the path of the file."""
        return str(self.path)

    @property
    def driver_errors(self) -> tuple[type[Exception], ...]:
        """What comes unwrapped where rows are taken from the driver itself."""
        return (sqlite3.Error,)

    def there(self) -> bool:
        """Whether the file is there."""
        return self.path.is_file()

    def writer(self) -> Engine:
        """Return an engine of one connection that may write: WAL, each commit on disk before it returns."""
        pragmas = ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON", "journal_size_limit=67108864")
        return _engine(self.path, "rwc", "BEGIN IMMEDIATE", pragmas, connections=1)

    def reader(self) -> Engine:
        """Return an engine that can only read, from any thread. The file must be there."""
        return _engine(self.path, "ro", "BEGIN", ("query_only=ON",), connections=8)

    def upsert(self, connection: Connection, table: Table, rows: Sequence[Mapping[str, Any]]) -> None:
        """Insert rows, each replacing the row of the same primary key."""
        insert_many(connection, table, rows, replaces=True)

    def insert(self, connection: Connection, table: Table, rows: Sequence[Mapping[str, Any]]) -> None:
        """Insert new rows."""
        insert_many(connection, table, rows, replaces=False)

    def on_open(self, error: Exception) -> StoreError:
        """Return what an error means while the store is being opened or read."""
        code = _code(error)
        if code in _BROKEN or _undecodable(error):
            return StoreDamaged(
                f"{self.path} is no dcim database or is broken ({_said(error)}); "
                "move it away or put a backup in its place, then start again"
            )
        failed = self.on_commit(error)
        if isinstance(failed, StoreFull):
            return StoreFull.closed(self.path)
        if code in _CLOSED_TO_US or isinstance(failed, WorkRefused):
            return StateDirectoryUnusable(f"cannot use {self.path}: {_said(error)}")
        return failed

    def on_commit(self, error: Exception) -> CommitFailed:
        """Return what an error means for the works that were being written."""
        code = _code(error)
        if code == sqlite3.SQLITE_FULL or (code == sqlite3.SQLITE_IOERR and _without_space(self.path)):
            return StoreFull.at(self.path)
        if code in _LATER:
            return StoreUnavailable(f"cannot write {self.path}: {_said(error)}")
        return WorkRefused(f"the database does not take this work: {_said(error)}")


_COMPILED: Final[dict[Any, Any]] = {}
"""The statements of this room in SQLite's words: what one file needed serves for every other.

There are as many as the code has shapes of statements, whatever values they carry: none is ever dropped.
"""


@cache
def _spoken() -> Engine:
    """Return an engine that has asked the library of this process what it can: that takes milliseconds.

    What is compiled is found again under the dialect that it was compiled for: all files share this one.
    """
    engine = create_engine("sqlite://")
    engine.connect().close()
    engine.dispose()
    return engine


def _engine(path: Path, mode: str, begin: str, pragmas: Sequence[str], connections: int) -> Engine:
    uri = f"file:{quote(str(path))}?mode={mode}"

    def connect() -> Any:  # a connection of sqlite3, which the types of SQLAlchemy do not know as one
        # isolation_level None: the driver begins nothing by itself, so that DDL is inside transactions too
        connection = sqlite3.connect(
            uri, uri=True, timeout=PATIENCE, isolation_level=None, check_same_thread=False
        )
        try:
            for pragma in pragmas:
                connection.execute(f"PRAGMA {pragma}").close()
        except sqlite3.Error:
            connection.close()
            raise
        return connection

    spoken = _spoken()
    pool = QueuePool(connect, pool_size=connections, max_overflow=0, dialect=spoken.dialect)
    engine = Engine(pool, spoken.dialect, spoken.url, execution_options={"compiled_cache": _COMPILED})

    @event.listens_for(engine, "begin")
    def begin_now(connection: Connection) -> None:
        connection.exec_driver_sql(begin)

    return engine


def _without_space(path: Path) -> bool:
    """Whether the file system is full: a shared-memory file that cannot grow is an I/O error to SQLite."""
    try:
        free = os.statvfs(path.parent)
    except OSError:
        return False
    return free.f_bavail * free.f_frsize < LEAST_SPACE


def _undecodable(error: Exception) -> bool:
    """Whether the driver met text that is no UTF-8: it has no code for that, and we never wrote it."""
    original = _original(error)
    return isinstance(original, sqlite3.OperationalError) and not hasattr(original, "sqlite_errorcode")


def _original(error: Exception) -> BaseException:
    """Return the driver's own error, which SQLAlchemy wraps wherever it stands in between."""
    return error.orig if isinstance(error, DBAPIError) and error.orig is not None else error


def _code(error: Exception) -> int | None:
    code = getattr(_original(error), "sqlite_errorcode", None)
    return code & _PRIMARY if isinstance(code, int) else None


def _said(error: Exception) -> str:
    return str(_original(error))
