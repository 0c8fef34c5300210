"""What the stores of one process share is what their statements are in the words of a database, and no more."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from sqlalchemy import Engine, event

from dcim.model.fact import Fact, FactKind
from dcim.store import Work


def note(text: str) -> Work:
    return Work(facts=(Fact(FactKind.DEED, 1_764_000_001.0, "cas1", {"text": text}),))


def notes(store: Any) -> list[str]:
    return [json.loads(entry.body)["text"] for entry in store.facts_about([FactKind.DEED])]


@contextmanager
def compiled() -> Iterator[list[Any]]:
    """Collect what was compiled for each statement that is said meanwhile, to whatever database."""
    said: list[Any] = []

    def look(*about: Any) -> None:
        said.append(about[4].compiled)

    event.listen(Engine, "before_cursor_execute", look)
    try:
        yield said
    finally:
        event.remove(Engine, "before_cursor_execute", look)


@pytest.mark.one_file
def test_a_second_store_of_a_process_compiles_nothing_anew(opened: Any, new_state: Any) -> None:
    def live(name: str) -> None:
        store = opened(new_state(name))
        store.commit_now(note("it began"))
        assert notes(store) == ["it began"]

    with compiled() as first:
        live("one")
    with compiled() as second:
        live("other")
    assert len(second) == len(first) > 0
    assert any(second)
    assert {id(each) for each in second if each} <= {id(each) for each in first}


def test_two_stores_of_a_process_do_not_mix(opened: Any, new_state: Any, tmp_path: Any) -> None:
    """On PostgreSQL the other store is still a file: two dialects in turns."""
    one, other = opened(new_state("one"), chain_id="one"), opened(tmp_path / "file", chain_id="other")
    for text in ("first", "second"):
        one.commit_now(note(f"{text} of one"))
        other.commit_now(note(f"{text} of the other"))
    assert notes(one) == ["first of one", "second of one"]
    assert notes(other) == ["first of the other", "second of the other"]
    assert (one.committed.chain, other.committed.chain) == ("one", "other")
    other.close()
    one.commit_now(note("alone"))
    assert notes(one)[-1] == "alone"
