"""A look for garbage stops the loop: it goes through few objects. What the start let go is given back."""

from __future__ import annotations

import ctypes
import gc
import subprocess
import sys
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


HOARD = """
import gc
from pathlib import Path
from dcim.cli.running.run import keep

def resident():
    return int(Path("/proc/self/smaps_rollup").read_text().split("Rss:")[1].split()[0]) / 1024

size = 3000  # more than Python's own allocator takes, less than what has a map of its own
pieces = [b"x" * size for _ in range(20_000)]
pieces = pieces[-1:]  # stands above the others: the heap does not shrink
before, counted = resident(), gc.get_freeze_count()
keep()
print(before - resident(), gc.get_freeze_count() - counted)
"""


@pytest.mark.skipif(not hasattr(ctypes.CDLL(None), "malloc_trim"), reason="not the C library of GNU")
def test_memory_that_was_let_go_is_given_back_when_what_stays_is_known() -> None:
    done = subprocess.run([sys.executable, "-c", HOARD], capture_output=True, text=True, check=True)
    megabytes, kept = map(float, done.stdout.split())
    assert megabytes > 40
    assert kept > 1000
