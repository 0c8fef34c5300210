"""What the database's errors mean to people."""

from __future__ import annotations

import os
import sqlite3
from pathlib import Path

import pytest
from sqlalchemy import text
from sqlalchemy.exc import InvalidRequestError, OperationalError

from dcim.store import StateDirectoryUnusable, StoreDamaged, StoreFull, StoreUnavailable, WorkRefused
from dcim.store.sqlite import LEAST_SPACE, Sqlite

ROOMY = Path(__file__)
NOWHERE = Path("/nowhere/at/all/dcim.db")


def error(code: int, said: str = "what SQLite said") -> OperationalError:
    original = sqlite3.OperationalError(said)
    original.sqlite_errorcode = code
    return OperationalError("INSERT", {}, original)


@pytest.mark.parametrize(
    ("code", "path", "meaning"),
    [
        (sqlite3.SQLITE_FULL, ROOMY, StoreFull),
        (sqlite3.SQLITE_IOERR_WRITE, ROOMY, StoreUnavailable),
        (sqlite3.SQLITE_IOERR_FSYNC, NOWHERE, StoreUnavailable),
        (sqlite3.SQLITE_BUSY, ROOMY, StoreUnavailable),
        (sqlite3.SQLITE_READONLY, ROOMY, StoreUnavailable),
        (sqlite3.SQLITE_CORRUPT, ROOMY, StoreUnavailable),
        (sqlite3.SQLITE_CONSTRAINT_NOTNULL, ROOMY, WorkRefused),
        (sqlite3.SQLITE_TOOBIG, ROOMY, WorkRefused),
    ],
)
def test_an_error_while_writing_says_whether_to_try_again(code, path, meaning):
    found = Sqlite(path).on_commit(error(code))
    assert type(found) is meaning
    if meaning is StoreUnavailable:
        assert str(found) == f"cannot write {path}: what SQLite said"


@pytest.mark.parametrize(
    ("code", "meaning"),
    [
        (sqlite3.SQLITE_NOTADB, StoreDamaged),
        (sqlite3.SQLITE_CORRUPT, StoreDamaged),
        (sqlite3.SQLITE_CANTOPEN, StateDirectoryUnusable),
        (sqlite3.SQLITE_READONLY, StateDirectoryUnusable),
        (sqlite3.SQLITE_ERROR, StateDirectoryUnusable),
        (sqlite3.SQLITE_FULL, StoreFull),
        (sqlite3.SQLITE_BUSY, StoreUnavailable),
    ],
)
def test_an_error_while_opening_says_what_to_do(code, meaning):
    assert type(Sqlite(ROOMY).on_open(error(code))) is meaning


def test_an_error_that_no_database_made_keeps_its_words():
    found = Sqlite(ROOMY).on_commit(InvalidRequestError("odd"))
    assert type(found) is WorkRefused
    assert "odd" in str(found)


def test_there_is_room_beside_this_test():
    """Else the parameters above would prove nothing."""
    free = os.statvfs(ROOMY.parent)
    assert free.f_bavail * free.f_frsize > LEAST_SPACE


def test_a_path_with_every_odd_character_is_opened(tmp_path):
    directory = tmp_path / "état ?a=1&b#c%20 'x'"
    directory.mkdir()
    database = Sqlite(directory / "dcim.db")
    engine = database.writer()
    with engine.begin() as connection:
        connection.execute(text("CREATE TABLE t (a TEXT)"))
    engine.dispose()
    other = database.reader()
    with other.begin() as connection:
        assert connection.execute(text("SELECT count(*) FROM t")).scalar() == 0
    other.dispose()
    assert [file.name for file in directory.iterdir() if file.suffix == ".db"] == ["dcim.db"]


def test_a_database_that_could_not_be_opened_says_that_nothing_runs():
    """At a start nothing waits in memory yet: "nothing is lost so far" would be untrue. Pains: D8."""
    at_the_start = str(Sqlite(ROOMY).on_open(error(sqlite3.SQLITE_FULL)))
    assert "nothing runs until some is free" in at_the_start
    assert "nothing is lost" not in at_the_start
    assert "nothing is lost so far" in str(Sqlite(ROOMY).on_commit(error(sqlite3.SQLITE_FULL)))
