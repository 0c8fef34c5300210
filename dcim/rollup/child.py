"""Runs a job of the roll-up in a process of its own."""

from __future__ import annotations

from dcim.history import HistoryError
from dcim.history.keeper import run_module
from dcim.rollup.making import Job


async def run_child(job: Job) -> None:
    """Run one job in a niced child process. Raise HistoryError with what it said when it fails."""
    if failed := await run_module("dcim.rollup.make", job.to_json()):
        msg = f"rolling up {failed}"
        raise HistoryError(msg)
