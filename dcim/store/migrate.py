"""Brings a database to the schema of this version, in one transaction, or says why not."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

from sqlalchemy import (
    Column,
    Connection,
    MetaData,
    PrimaryKeyConstraint,
    String,
    Table,
    create_mock_engine,
    insert,
    inspect,
    select,
)

from dcim.store.errors import StoreDamaged, StoreTooNew
from dcim.store.schema import REVISION, metadata

SCRIPTS = Path(__file__).parent / "migrations"
_ALEMBIC = MetaData()
_VERSION = Table(
    "alembic_version",  # alembic's own, as it would make it
    _ALEMBIC,
    Column("version_num", String(32), nullable=False),
    PrimaryKeyConstraint("version_num", name="alembic_version_pkc"),
)


def revision(connection: Connection) -> str | None:
    """Return the revision that the database stands at, None for an empty one.

    Raises ``StoreDamaged`` when it holds tables that are not ours.
    """
    tables = inspect(connection).get_table_names()
    if not tables:
        return None
    if _VERSION.name not in tables:
        msg = f"the database holds tables that dcim did not make ({', '.join(sorted(tables))})"
        raise StoreDamaged(msg)
    found: str | None = connection.scalar(select(_VERSION.c.version_num))
    return found


def check_revision(connection: Connection, path: Path | str, wanted: str = REVISION) -> None:
    """Check that this version can read the database. Raises ``StoreTooNew`` or ``StoreDamaged`` if not."""
    found = revision(connection)
    if found == wanted:
        return
    if found is None:
        msg = f"{path} holds nothing yet"
        raise StoreDamaged(msg)
    _known(found, path)
    msg = f"{path} is of an older dcim (schema {found}); start this dcim on it once to bring it to {wanted}"
    raise StoreDamaged(msg)


def migrate(connection: Connection, path: Path | str, target: str = REVISION) -> None:
    """Upgrade to ``target`` inside the connection's transaction. Raises ``StoreTooNew`` for a newer database.

    An empty one gets the tables of today at once. Alembic is imported only where there are steps to take: it
    costs a start 100 ms.
    """
    found = revision(connection)
    if found == target:
        return
    if found is None and target == REVISION:
        _create(connection)
        return
    if found is not None:
        _known(found, path)
    from alembic import command
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(SCRIPTS).replace("%", "%%"))
    config.attributes["connection"] = connection
    command.upgrade(config, target)


def _create(connection: Connection) -> None:
    """Make every table as it is today, and note which revision that is."""
    for statement in _making(connection.dialect.name):
        connection.exec_driver_sql(statement)
    connection.execute(insert(_VERSION).values(version_num=REVISION))


@cache
def _making(dialect: str) -> tuple[str, ...]:
    """Return the statements that make the tables and their indexes: compiled once in a process."""
    statements: list[str] = []

    def write_down(statement: Any, *_: object) -> None:
        statements.append(str(statement.compile(dialect=engine.dialect)))

    engine = create_mock_engine(f"{dialect}://", write_down)
    for tables in (metadata, _ALEMBIC):
        tables.create_all(engine, checkfirst=False)
    return tuple(statements)


def _known(found: str, path: Path | str) -> None:
    from alembic.script import ScriptDirectory

    if found not in {script.revision for script in ScriptDirectory(str(SCRIPTS)).walk_revisions()}:
        msg = (
            f"{path} was written by a newer dcim (schema {found}, this version knows up to {REVISION}); "
            "install that version again, or start from a backup made before the upgrade"
        )
        raise StoreTooNew(msg)
