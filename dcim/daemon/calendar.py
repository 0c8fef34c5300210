"""What is done by the calendar. APScheduler is imported in a thread, beside the first polls."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import TYPE_CHECKING

from dcim.record import dataclass

if TYPE_CHECKING:
    from apscheduler.schedulers.asyncio import AsyncIOScheduler


@dataclass(frozen=True, slots=True)
class Job:
    """Work on the loop, begun every so many seconds: late where the loop was held up, and then once."""

    every: float
    begin: Callable[[], Awaitable[None]]


async def keep(jobs: Sequence[Job]) -> None:
    """Do the jobs when they are due, until cancelled."""
    calendar = await asyncio.to_thread(_with, jobs)
    calendar.start()
    try:
        await asyncio.Event().wait()
    finally:
        calendar.shutdown(wait=False)


def _with(jobs: Sequence[Job]) -> AsyncIOScheduler:
    from apscheduler.schedulers.asyncio import AsyncIOScheduler
    from apscheduler.triggers.interval import IntervalTrigger

    calendar = AsyncIOScheduler(timezone="UTC")
    for job in jobs:
        trigger = IntervalTrigger(seconds=job.every, timezone="UTC")
        # without ``misfire_grace_time=None`` a beat that comes a second late is left out, and nobody is told
        calendar.add_job(job.begin, trigger, max_instances=1, coalesce=True, misfire_grace_time=None)
    return calendar
