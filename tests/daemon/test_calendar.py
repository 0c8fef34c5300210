"""What is done by the calendar is begun on its beat, and late where the loop was held up."""

from __future__ import annotations

import asyncio
import time
from typing import Final

import pytest

from dcim.daemon.calendar import Job, keep

EVERY: Final = 1.5
HELD_UP: Final = 2.6
"""From one beat until 1.1 s after the next: APScheduler alone leaves out what is over a second late."""

TURNS: Final = 100
"""Turns of the loop in which what is due has long been begun, and the beat after it has not come."""


@pytest.mark.long
async def test_a_beat_in_which_the_loop_is_held_up_is_late_and_not_left_out() -> None:
    begun: list[float] = []
    first = asyncio.Event()

    async def begin() -> None:
        begun.append(time.monotonic())
        first.set()

    calendar = asyncio.create_task(keep([Job(EVERY, begin)]))
    try:
        await asyncio.wait_for(first.wait(), 60)
        time.sleep(HELD_UP)
        for _ in range(TURNS):
            await asyncio.sleep(0)
        assert len(begun) >= 2
    finally:
        calendar.cancel()
        await asyncio.gather(calendar, return_exceptions=True)
