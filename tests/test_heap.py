"""Memory that nobody uses any more goes back to the machine, also where what stays lies between it."""

from __future__ import annotations

import ctypes
import resource
from pathlib import Path

import pytest

from dcim.heap import give_back

OFFERED = hasattr(ctypes.CDLL(None), "malloc_trim")
SIZE = 8000
"""Bytes of a block: what lies between two that stay is many pages."""


def resident() -> int:
    """Return the bytes of this process that are in memory."""
    return int(Path("/proc/self/statm").read_text().split()[1]) * resource.getpagesize()


@pytest.mark.skipif(not OFFERED, reason="this C library gives nothing back")
def test_holes_between_what_stays_are_given_back() -> None:
    made = [b"x" * SIZE for _ in range(8000)]
    stays = made[::20]
    del made
    before = resident()
    assert give_back()
    assert before - resident() > 8000 * SIZE // 2
    assert all(block == b"x" * SIZE for block in stays)


@pytest.mark.skipif(OFFERED, reason="this C library gives back")
def test_where_the_library_offers_nothing_that_is_said() -> None:
    assert not give_back()
