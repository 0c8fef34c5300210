"""Keeps the closed files: closes segments, merges sets, lets the old go. The work is done by a child process.

plan.next_step ──> child writes closed/.making-… ──> renamed to its name: from now on it counts
"""

from __future__ import annotations

import asyncio
import os
import shutil
import sys
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path
from typing import Final, TypeAlias

from dcim.history.closed import ClosedFile, ClosedSet, living, read_files, read_set, read_sets, set_name
from dcim.history.closing import FILE_ROWS, Job
from dcim.history.durable import NotClosed, sync_directory
from dcim.history.plan import Step

Runner: TypeAlias = Callable[[Job], Awaitable[None]]
_MAKING: Final = ".making-"


class Keeper:
    """The closed sets in one directory. ``run`` does a job: in a child process, except in tests."""

    def __init__(self, directory: Path, run: Runner, file_rows: int = FILE_ROWS) -> None:
        """Read what is there; sweep away what a crash left half made or superseded."""
        self._directory = directory
        self._run = run
        self._file_rows = file_rows
        everyone = read_sets(directory)
        self.sets: list[ClosedSet] = living(everyone)
        counted = {each.path for each in self.sets}
        for path in directory.iterdir():
            if path not in counted and path.is_dir():
                shutil.rmtree(path)

    async def make(self, step: Step) -> ClosedSet:
        """Make the set of a step in a child process. Raise NotClosed; then nothing has changed."""
        name = set_name(step.label, step.first, step.last)
        target = self._directory / f"{_MAKING}{name}"
        await asyncio.to_thread(shutil.rmtree, target, ignore_errors=True)
        job = Job(
            step.label,
            step.first,
            step.last,
            tuple(str(file.path) for file in step.segments),
            tuple(str(each.path) for each in step.sets),
            str(target),
            self._file_rows,
        )
        try:
            await self._run(job)
            return await asyncio.to_thread(self._publish, target, self._directory / name)
        except OSError as exc:
            msg = f"{target}: {exc.strerror or exc}"
            raise NotClosed(msg) from exc

    def _publish(self, target: Path, path: Path) -> ClosedSet:
        target.rename(path)
        sync_directory(self._directory)
        made = read_set(path)
        assert made is not None, path  # noqa: S101  the child has written and synced it
        before = self.sets
        self.sets = living(sorted([*before, made], key=lambda each: (each.first, each.last)))
        self._remove([each for each in before if each not in self.sets])
        return made

    def let_go(self, sets: Sequence[ClosedSet]) -> None:
        """Remove sets for ever."""
        self.sets = [each for each in self.sets if each not in sets]
        self._remove(sets)

    def _remove(self, sets: Sequence[ClosedSet]) -> None:
        for each in sets:
            shutil.rmtree(each.path)
        sync_directory(self._directory)


def files_of(made: ClosedSet) -> tuple[ClosedFile, ...]:
    """Return the files of a set with their checksums."""
    return read_files(made.path)


async def run_child(job: Job) -> None:
    """Run one job in a process of its own. Raise NotClosed with what it said when it fails."""
    if failed := await run_module("dcim.history.close", job.to_json()):
        msg = f"closing {job.label} {failed}"
        raise NotClosed(msg)


async def run_module(module: str, job: str) -> str:
    """Give a job to a module in a process of its own; return how that failed, empty when it did not.

    One thread of polars, so that it takes one core at most; cancelled, the process ends with the wait.
    """
    child = await asyncio.create_subprocess_exec(
        sys.executable, "-m", module,
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.PIPE,
        env={**os.environ, "POLARS_MAX_THREADS": "1"},
    )  # fmt: skip
    try:
        _, said = await child.communicate(job.encode())
    except asyncio.CancelledError:
        child.kill()
        await child.wait()
        raise
    if not child.returncode:
        return ""
    lines = said.decode(errors="replace").strip().splitlines()
    return f"ended with {child.returncode}: {lines[-1] if lines else 'no message'}"
