"""Runs a job of the roll-up in a process of its own."""

from __future__ import annotations

import asyncio
import os
import sys

from dcim.history import HistoryError
from dcim.rollup.making import Job


async def run_child(job: Job) -> None:
    """Run one job in a niced child process. Raise HistoryError with what it said when it fails."""
    child = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "dcim.rollup.make",
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.PIPE,
        env={**os.environ, "POLARS_MAX_THREADS": "1"},
    )  # fmt: skip
    try:
        _, said = await child.communicate(job.to_json().encode())
    except asyncio.CancelledError:
        child.kill()
        await child.wait()
        raise
    if child.returncode:
        lines = said.decode(errors="replace").strip().splitlines()
        msg = f"rolling up ended with {child.returncode}: {lines[-1] if lines else 'no message'}"
        raise HistoryError(msg)
