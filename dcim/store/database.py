"""Which database holds the rows of a state directory, and what is asked of any.

    state directory ──▶ of(directory) ──▶ Sqlite(directory/dcim.db)    the default
                                     └──▶ Postgresql(secret, schema)   where a file ``database`` says so

The file ``database`` is written once, before the first start on it (``place``). It holds where the connection
string stands (``env:``, ``file:``, ``credential:``), never the string itself, so that commands that are given
a state directory alone find the same rows.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final, Protocol

from sqlalchemy import Connection, Engine, Table

from dcim.secret import SecretRef
from dcim.store.errors import CommitFailed, StateDirectoryUnusable, StoreDamaged, StoreError
from dcim.store.folder import make_folder, sync_folder

DATABASE: Final = "dcim.db"
POINTER: Final = "database"
SCHEMA: Final = "dcim"
"""The schema of a PostgreSQL database in which our tables stand when nothing else is said."""


class Database(Protocol):
    """One database that keeps the ledger of one site; ``str`` names it for people, without a password."""

    @property
    def driver_errors(self) -> tuple[type[Exception], ...]:
        """What comes unwrapped where rows are taken from the driver itself."""

    def there(self) -> bool:
        """Whether something of ours can be looked for here."""

    def writer(self) -> Engine:
        """Return an engine of one connection that may write; a commit is on disk before it returns."""

    def reader(self) -> Engine:
        """Return an engine that can only read, from any thread; a transaction sees one moment."""

    def upsert(self, connection: Connection, table: Table, rows: Sequence[Mapping[str, Any]]) -> None:
        """Insert rows, each replacing the row of the same primary key."""

    def insert(self, connection: Connection, table: Table, rows: Sequence[Mapping[str, Any]]) -> None:
        """Insert new rows; all of them name the same columns."""

    def on_open(self, error: Exception) -> StoreError:
        """Return what an error means while the store is being opened or read."""

    def on_commit(self, error: Exception) -> CommitFailed:
        """Return what an error means for the works that were being written."""


def of(directory: Path) -> Database:
    """Return the database of a state directory. Raises ``StoreDamaged`` when its pointer says nothing."""
    pointer = directory / POINTER
    try:
        said = pointer.read_text(encoding="utf-8")
    except FileNotFoundError:
        from dcim.store.sqlite import Sqlite

        return Sqlite(directory / DATABASE)
    except (OSError, UnicodeDecodeError) as error:
        msg = f"cannot read {pointer}: {error}"
        raise StateDirectoryUnusable(msg) from error
    from dcim.store.postgresql import Postgresql

    try:
        body = json.loads(said)
        return Postgresql(SecretRef.parse(body["url"]), str(body["schema"]))
    except (ValueError, KeyError, TypeError) as error:
        msg = f"{pointer} does not say where the database is: expected the reference of a secret and a schema"
        raise StoreDamaged(msg) from error


def place(directory: Path, url: SecretRef | None, schema: str = SCHEMA) -> None:
    """Say which database a state directory uses: PostgreSQL at ``url``, SQLite when None.

    A ledger never moves by itself: where facts are kept already, another place is refused with
    ``StateDirectoryUnusable``. A second call that says the same changes nothing.
    """
    pointer = directory / POINTER
    wanted = None if url is None else json.dumps({"url": str(url), "schema": schema}) + "\n"
    try:
        found = pointer.read_text(encoding="utf-8") if pointer.exists() else None
        if found == wanted:
            return
        make_folder(directory)
        if found is not None or (directory / DATABASE).exists():
            kept = f"a database that {pointer} names" if found is not None else str(directory / DATABASE)
            msg = (
                f"the ledger of {directory} is kept in {kept} and does not move by itself; "
                "put the setting 'database' back, or name another state directory"
            )
            raise StateDirectoryUnusable(msg)
        _write(pointer, str(wanted))
    except (OSError, UnicodeDecodeError) as error:
        msg = f"cannot use state directory {directory}: {error}"
        raise StateDirectoryUnusable(msg) from error


def _write(path: Path, text: str) -> None:
    """Put a small file in its place at once, on disk before it returns."""
    beside = path.with_name(f".{path.name}.new")
    with beside.open("w", encoding="utf-8") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    beside.replace(path)
    sync_folder(path.parent)
