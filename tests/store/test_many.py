"""Many rows in few statements: each row once, in its order, the newest of a key stays."""

from __future__ import annotations

from pathlib import Path

import pytest
from sqlalchemy import event, select

from dcim.store.many import PAGES
from dcim.store.schema import memories, metadata
from dcim.store.sqlite import Sqlite


@pytest.mark.parametrize("number", [0, 1, 7, 8, 63, 64, 65, 64 + 8 + 1, 3 * 64 + 5 * 8 + 3])
def test_rows_are_written_in_pages_each_once_and_replaced_by_newer_ones(number: int, tmp_path: Path) -> None:
    database = Sqlite(tmp_path / "some.db")
    engine = database.writer()
    metadata.create_all(engine)
    said: list[int] = []

    @event.listens_for(engine, "before_cursor_execute")
    def count(
        _connection: object, _cursor: object, text: str, values: tuple[object, ...], *_: object
    ) -> None:
        if text.startswith("INSERT"):
            said.append(len(values) // 3)

    def rows(body: str, first: int = 0) -> list[dict[str, str]]:
        return [{"room": "r", "key": f"{at:04}", "body": f"{body}{at}"} for at in range(first, number)]

    with engine.begin() as connection:
        database.insert(connection, memories, rows("old"))
        database.upsert(connection, memories, rows("new", number // 2))
        found = connection.execute(select(memories.c.key, memories.c.body).order_by(memories.c.key)).all()
    engine.dispose()
    assert [tuple(row) for row in found] == [
        (f"{at:04}", f"{'old' if at < number // 2 else 'new'}{at}") for at in range(number)
    ]
    assert sum(said) == number + number - number // 2
    assert set(said) <= set(PAGES)
    assert len(said) <= 2 * (number // 64 + 14)
