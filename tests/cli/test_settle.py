"""A look for garbage stops the loop: it goes through few objects, however many a storm leaves behind."""

from __future__ import annotations

import gc
from collections.abc import Iterator

import pytest

from dcim.cli.running.run import settle

MOST = 100_000
"""Objects that a look goes through: some 10 ms where the memory is cold."""


@pytest.fixture(autouse=True)
def as_before() -> Iterator[None]:
    """Leave the collector as it was."""
    before = gc.get_threshold()
    yield
    gc.set_threshold(*before)
    gc.unfreeze()


def test_no_look_for_garbage_goes_through_all_that_a_storm_left() -> None:
    looked: list[int] = []

    def look(phase: str, about: dict[str, int]) -> None:
        if phase == "start":
            looked.append(sum(len(gc.get_objects(one)) for one in range(about["generation"] + 1)))

    settle()
    gc.callbacks.append(look)
    try:
        kept = [[number] for number in range(700_000)]
    finally:
        gc.callbacks.remove(look)
    assert len(looked) >= len(kept) / MOST
    assert max(looked) <= MOST
