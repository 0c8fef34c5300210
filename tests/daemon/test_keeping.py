"""The running daemon closes its history, and says when what it keeps is being lost."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import Callable
from typing import Any

import httpx
import pytest

from dcim.clock import SystemClock
from dcim.daemon import Daemon
from dcim.model import Address
from dcim.store import reading
from tests.waiting import PATIENCE, until_it


class Shifted(SystemClock):
    offset = 0.0

    def now(self) -> float:
        return super().now() + self.offset


class Hasty(Daemon):
    tidy_every = 0.2


@pytest.mark.long
async def test_an_hour_that_is_over_is_closed_and_its_checksum_is_a_fact(plan_of: Callable[..., Any]) -> None:
    """Pains: E1."""
    plan, clock, stop = plan_of("ups-a"), Shifted(), asyncio.Event()
    async with Hasty(plan, clock, Address("127.0.0.1", 0)) as daemon:
        task = asyncio.create_task(daemon.run(stop))
        await asyncio.wait_for(daemon.until_ready(), PATIENCE)
        segments = plan.settings.state / "history" / "segments"
        await until_it(
            lambda: any(file.stat().st_size > 500 for file in segments.iterdir()), "it has readings"
        )
        clock.offset = 3700.0
        closed = plan.settings.state / "history" / "closed"
        await until_it(lambda: list(closed.glob("*/*.parquet")), "the hour is closed")

        def on_record() -> bool:
            with reading(plan.settings.state) as books:
                return any(entry.kind == "history_closed" for entry in books.facts(limit=10_000))

        await until_it(on_record, "it is on record")
        stop.set()
        await task


async def test_a_state_directory_that_is_deleted_under_the_daemon_is_noticed(
    plan_of: Callable[..., Any],
) -> None:
    plan, stop = plan_of("ups-a", heartbeat="1s"), asyncio.Event()
    async with Daemon(plan, SystemClock(), Address("127.0.0.1", 0)) as daemon:
        task = asyncio.create_task(daemon.run(stop))
        await asyncio.wait_for(daemon.until_ready(), PATIENCE)
        async with httpx.AsyncClient(base_url=f"http://{daemon.address}") as web:
            assert (await web.get("/-/ready")).status_code == 200
            shutil.rmtree(plan.settings.state)

            async def said() -> bool:
                return "was deleted or replaced" in (await web.get("/-/ready")).text

            await until_it(said, "it says that its directory is gone")
            assert (await web.get("/-/ready")).status_code == 503
        stop.set()
        await task
