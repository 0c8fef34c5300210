"""The parent's end of the child process: one frame there, one back; a child that died is started again."""

from __future__ import annotations

import asyncio
import os
import sys
from typing import Final

from dcim.model import DcimError
from dcim.redundancy.frames import LENGTH, framed, opened
from dcim.redundancy.message import Book, Built, Message, Reply

PATIENCE: Final = 60.0
"""Seconds that an answer may take; a child that needs longer is ended."""


class ChildFailed(DcimError):
    """The child process ended or did not answer; the next question starts another."""


class Worker:
    """Asks the child, one question at a time; it starts with the first one."""

    def __init__(self, built: Built) -> None:
        self._built = built
        self._book: Book | None = None
        self._child: asyncio.subprocess.Process | None = None
        self._turn = asyncio.Lock()

    @property
    def child_process(self) -> asyncio.subprocess.Process | None:
        """Return the child that answers now; None before the first question, and after one has ended."""
        return self._child

    async def ask(self, message: Message) -> Reply:
        """Return what the child answers. Raise ChildFailed when it does not."""
        async with self._turn:
            if isinstance(message, Book):
                self._book = message
            try:
                async with asyncio.timeout(PATIENCE):
                    if self._child is None:
                        await self._start()
                        if isinstance(message, Book):
                            return None
                    return await self._exchange(message)
            except (TimeoutError, ConnectionError, EOFError, asyncio.IncompleteReadError, OSError) as why:
                said = await self._end()
                msg = f"the process that tries losses has ended: {said or type(why).__name__}"
                raise ChildFailed(msg) from why
            except asyncio.CancelledError:
                await self._end()
                raise

    async def aclose(self) -> None:
        """End the child."""
        async with self._turn:
            await self._end()

    async def _start(self) -> None:
        self._child = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "dcim.redundancy.child",
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
            env={**os.environ, "OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"},
        )  # fmt: skip
        await self._exchange(self._built)
        if self._book is not None:
            await self._exchange(self._book)

    async def _exchange(self, message: Message | Built) -> Reply:
        child = self._child
        assert child is not None  # noqa: S101  started before
        assert child.stdin is not None  # noqa: S101  asked for as a pipe
        assert child.stdout is not None  # noqa: S101  asked for as a pipe
        child.stdin.write(framed(message))
        await child.stdin.drain()
        (length,) = LENGTH.unpack(await child.stdout.readexactly(LENGTH.size))
        reply: Reply = opened(await child.stdout.readexactly(length))
        return reply

    async def _end(self) -> str:
        """End the child; return the last thing it said on its error output."""
        child, self._child = self._child, None
        if child is None:
            return ""
        if child.returncode is None:
            child.kill()
        _, said = await child.communicate()
        lines = said.decode(errors="replace").strip().splitlines()
        return lines[-1] if lines else ""
