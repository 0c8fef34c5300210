"""Many rows in few statements.

SQLite's driver lets go of the interpreter at each statement, and waits for it after each: while the loop is
busy that costs more than the rows. So a statement has 512 rows, those that are left over come by 64, by 8 and
one by one: four texts a table, which the driver keeps compiled.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any, Final

from sqlalchemy import Connection, Table

PAGES: Final = (512, 64, 8, 1)


def insert_many(
    connection: Connection, table: Table, rows: Sequence[Mapping[str, Any]], *, replaces: bool
) -> None:
    """Insert rows that name the same columns; ``replaces``: each in place of the row of its primary key."""
    if not rows:
        return
    names, at = tuple(rows[0]), 0
    keys = tuple(column.name for column in table.primary_key) if replaces else ()
    for size in PAGES:
        text = _text(table.name, names, keys, size)
        while len(rows) - at >= size:
            page = rows[at : at + size]
            connection.exec_driver_sql(text, tuple([row[name] for row in page for name in names]))
            at += size


@cache
def _text(table: str, names: tuple[str, ...], keys: tuple[str, ...], size: int) -> str:
    columns = ", ".join(f'"{name}"' for name in names)
    row = f"({', '.join('?' * len(names))})"
    text = f'INSERT INTO "{table}" ({columns}) VALUES {", ".join([row] * size)}'  # noqa: S608  our own names
    if not keys:
        return text
    news = ", ".join(f'"{name}" = excluded."{name}"' for name in names if name not in keys)
    same = ", ".join(f'"{key}"' for key in keys)
    return f"{text} ON CONFLICT ({same}) DO UPDATE SET {news}"
