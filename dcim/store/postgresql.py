"""PostgreSQL, for what outgrows one machine: the same tables in a schema of their own.

Whoever writes holds an advisory lock for as long as its connection lives, so a second daemon on the same
ledger is refused while the first is connected. A writer that was cut off and comes back after another took
over is fenced by the chain's epoch, as with any database.
"""

from __future__ import annotations

import os
import re
import zlib
from collections.abc import Mapping, Sequence
from typing import Any, Final

from sqlalchemy import Connection, Engine, QueuePool, Table, event, make_url
from sqlalchemy import create_engine as new_engine
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.exc import ArgumentError, DBAPIError, NoSuchModuleError

from dcim.record import dataclass
from dcim.secret import SecretRef, Unresolved, resolve
from dcim.store.errors import (
    CommitFailed,
    StateDirectoryInUse,
    StateDirectoryUnusable,
    StoreDamaged,
    StoreError,
    StoreFull,
    StoreUnavailable,
    WorkRefused,
)

PATIENCE: Final = 5  # seconds to wait for a connection
_DRIVER: Final = "postgresql+psycopg"
_LOCK: Final = 0x6463696D  # "dcim", the first half of the advisory lock's key
_KEEPALIVE: Final = " ".join(
    f"-c tcp_keepalives_{key}={value}" for key, value in (("idle", 10), ("interval", 5), ("count", 3))
)
"""The server misses a machine that lost its power after 25 s, and another may write."""

_NAME: Final = re.compile(r"[a-z_][a-z0-9_]{0,62}")
_FULL: Final = ("53100", "53200")  # disk_full, out_of_memory (PostgreSQL's appendix A, error codes)
_LATER: Final = ("08", "25006", "40", "53", "55", "57", "58")
"""Classes of SQLSTATE that pass: connection, read-only, rollback, resources, state, operator, system."""
_CLOSED_TO_US: Final = ("28", "3D", "42501", "0A")  # authorization, no such database, no privilege
_BROKEN: Final = ("XX",)  # internal errors, corrupted data or index


@dataclass(frozen=True, slots=True)
class Postgresql:
    """A schema of a PostgreSQL database; ``url`` says where the connection string stands."""

    url: SecretRef
    schema: str

    def __post_init__(self) -> None:
        """Refuse with ``ValueError`` a schema whose name would need quotes."""
        if not _NAME.fullmatch(self.schema):
            msg = f"schema {self.schema!r}: expected small letters, digits and _ (at most 63, a letter first)"
            raise ValueError(msg)

    def __str__(self) -> str:
        """Read as what people know it by: never the connection string."""
        return f"PostgreSQL ({self.url}, schema {self.schema})"

    @property
    def driver_errors(self) -> tuple[type[Exception], ...]:
        """What comes unwrapped where rows are taken from the driver itself."""
        from psycopg import Error

        return (Error,)

    def there(self) -> bool:
        """Say yes: only a connection can tell."""
        return True

    def writer(self) -> Engine:
        """Return an engine of one connection that may write; a commit is on the server's disk by then.

        Opening it raises ``StateDirectoryInUse`` while another daemon writes here.
        """
        engine = self._engine(connections=1, options=f"-c synchronous_commit=on {_KEEPALIVE}")
        event.listen(engine, "connect", self._own)
        return engine

    def reader(self) -> Engine:
        """Return an engine that can only read, from any thread; each transaction sees one moment."""
        options = "-c default_transaction_read_only=on -c default_transaction_isolation=repeatable\\ read"
        return self._engine(connections=8, options=options)

    def upsert(self, connection: Connection, table: Table, rows: Sequence[Mapping[str, Any]]) -> None:
        """Insert rows, each replacing the row of the same primary key."""
        if not rows:
            return
        inserting, keys = insert(table), [column.name for column in table.primary_key]
        news = {column.name: inserting.excluded[column.name] for column in table.c if column.name not in keys}
        connection.execute(inserting.on_conflict_do_update(index_elements=keys, set_=news), list(rows))

    def insert(self, connection: Connection, table: Table, rows: Sequence[Mapping[str, Any]]) -> None:
        """Insert new rows."""
        if rows:
            connection.execute(insert(table), list(rows))

    def on_open(self, error: Exception) -> StoreError:
        """Return what an error means while the store is being opened or read."""
        state = _state(error)
        if state.startswith(_BROKEN):
            return StoreDamaged(f"{self} is broken: {_said(error)}")
        if state.startswith(_CLOSED_TO_US) or not state:
            return StateDirectoryUnusable(f"cannot use {self}: {_said(error)}")
        failed = self.on_commit(error)
        if isinstance(failed, StoreFull):
            return StoreFull.closed(self)
        if isinstance(failed, WorkRefused):
            return StateDirectoryUnusable(f"cannot use {self}: {_said(error)}")
        return failed

    def on_commit(self, error: Exception) -> CommitFailed:
        """Return what an error means for the works that were being written."""
        state = _state(error)
        if state in _FULL:
            return StoreFull.at(self)
        lost = isinstance(error, DBAPIError) and (error.connection_invalidated or not state)
        if lost or state.startswith((*_LATER, *_CLOSED_TO_US, *_BROKEN)):
            return StoreUnavailable(f"cannot write {self}: {_said(error)}")
        return WorkRefused(f"the database does not take this work: {_said(error)}")

    def _engine(self, connections: int, options: str) -> Engine:
        try:
            url = make_url(resolve(self.url, os.environ)).set(drivername=_DRIVER)
            return new_engine(
                url,
                poolclass=QueuePool,
                pool_size=connections,
                max_overflow=0,
                connect_args={
                    "connect_timeout": PATIENCE,
                    "application_name": "dcim",
                    "options": f"{options} -c search_path={self.schema} -c timezone=UTC",
                },
            )
        except (Unresolved, ArgumentError, ValueError) as error:
            what = str(error) if isinstance(error, Unresolved) else "the secret is no connection string"
            msg = f"cannot use {self}: {what}; expected postgresql://USER:PASSWORD@HOST/DATABASE"
            raise StateDirectoryUnusable(msg) from None
        except (ImportError, NoSuchModuleError) as error:
            msg = f"cannot use {self}: install the driver with pip install 'dcim[postgresql]' ({error})"
            raise StateDirectoryUnusable(msg) from error

    def _own(self, connection: Any, record: object) -> None:
        """Make the schema and take the lock of whoever writes, on each new connection."""
        from psycopg.errors import LockNotAvailable

        del record
        try:
            with connection.cursor() as cursor:
                cursor.execute(
                    f"SET lock_timeout = '{PATIENCE}s'"
                )  # the server may not have missed a dead one yet
                cursor.execute("SELECT pg_advisory_lock(%s, %s)", (_LOCK, _signed(self.schema)))
                cursor.execute(f"CREATE SCHEMA IF NOT EXISTS {self.schema}")
            connection.commit()
        except LockNotAvailable as error:
            msg = f"{self} is in use by another dcim; stop it, or name another schema or state directory"
            raise StateDirectoryInUse(msg) from error


def _signed(name: str) -> int:
    """Return a number of 32 bits for a name, as PostgreSQL's integer has them."""
    return zlib.crc32(name.encode()) - (1 << 31)


def _state(error: Exception) -> str:
    """Return the SQLSTATE, empty where the server said none (it could not be reached)."""
    original = error.orig if isinstance(error, DBAPIError) else error
    return str(getattr(original, "sqlstate", None) or "")


def _said(error: Exception) -> str:
    """Return the first line of what the server or the driver said: further lines quote our statement."""
    original = error.orig if isinstance(error, DBAPIError) and error.orig is not None else error
    return (str(original).strip().splitlines() or [type(original).__name__])[0]
