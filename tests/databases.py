"""One suite for both databases: fixtures of a state directory whose ledger is in SQLite or in a PostgreSQL.

A folder of tests imports them in its ``conftest.py``, with a ``pytest_generate_tests`` of ``on_both``.
"""

from __future__ import annotations

import itertools
import os
import sqlite3
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import psycopg
import pytest

from dcim.secret import SecretRef
from dcim.store import DATABASE, place
from dcim.store.database import of
from dcim.store.postgresql import Postgresql

URL = "DCIM_TEST_POSTGRESQL"
_schemas = itertools.count(1)


def on_both(metafunc: pytest.Metafunc, *marks: pytest.MarkDecorator) -> None:
    """Run what is not about a file of SQLite on PostgreSQL too, there with these marks."""
    if "backend" in metafunc.fixturenames:
        alone = metafunc.definition.get_closest_marker("one_file")
        also = [] if alone else [pytest.param("postgresql", marks=marks)]
        metafunc.parametrize("backend", ["sqlite", *also], indirect=True, scope="function")


@pytest.fixture
def backend(
    request: pytest.FixtureRequest, live: Callable[[bool, str], None], monkeypatch: pytest.MonkeyPatch
) -> str:
    """The database under test."""
    name: str = request.param
    if name == "postgresql":
        url = request.getfixturevalue("postgresql")
        live(url is not None, "no PostgreSQL is installed (postgresql)")
        monkeypatch.setenv(URL, url)
    return name


@pytest.fixture
def new_state(tmp_path: Path, backend: str) -> Callable[[str], Path]:
    """Make state directories in which nothing is recorded yet; with SQLite they are not even there."""

    def make(name: str) -> Path:
        if backend == "postgresql":
            place(tmp_path / name, SecretRef.parse(f"env:{URL}"), f"test_{next(_schemas)}")
        return tmp_path / name

    return make


@pytest.fixture
def state(new_state: Callable[[str], Path]) -> Path:
    """One such directory."""
    return new_state("state")


@pytest.fixture
def shell(state: Path) -> Iterator[Callable[[], Any]]:
    """Connections of the driver itself, as of somebody with a database shell; nothing begins by itself."""
    opened: list[Any] = []

    def connect() -> Any:
        database = of(state)
        if isinstance(database, Postgresql):
            options = f"-c search_path={database.schema}"
            opened.append(psycopg.connect(os.environ[URL], options=options, autocommit=True))
        else:
            file = state / DATABASE
            opened.append(sqlite3.connect(file, isolation_level=None, check_same_thread=False))
        return opened[-1]

    yield connect
    for connection in opened:
        connection.close()


@pytest.fixture
def sql(shell: Callable[[], Any]) -> Callable[..., list[tuple[Any, ...]]]:
    """Statements by hand; what the last found, or how many rows it changed.

    PostgreSQL has types: a test that would put text where a number belongs has nothing to show there.
    """

    def run(*statements: str, values: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
        found: list[tuple[Any, ...]] = []
        connection = shell()
        mark = "?" if isinstance(connection, sqlite3.Connection) else "%s"
        if mark == "%s" and any(" x'" in statement for statement in statements):
            pytest.skip("PostgreSQL keeps no bytes that are no text in a column of text")
        for statement in statements:
            try:
                bound = (statement.replace("?", mark), values) if values else (statement,)
                cursor = connection.execute(*bound)
            except (psycopg.errors.DatatypeMismatch, psycopg.errors.InvalidTextRepresentation) as error:
                pytest.skip(f"PostgreSQL does not take it: {error}")
            found = cursor.fetchall() if cursor.description else [(cursor.rowcount,)]
        connection.close()
        return found

    return run
