"""Work that waits for the disk, on a loop of its own: apart from the one whose time is virtual."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from concurrent.futures import ThreadPoolExecutor
from typing import Any


class Apart:
    """A thread that takes one step after the other, while whoever asks for it waits."""

    def __init__(self) -> None:
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="apart")

    def do(self, step: Coroutine[Any, Any, Any]) -> None:
        """Take a step to its end. Raise what it raises."""
        self._thread.submit(asyncio.run, step).result()

    def close(self) -> None:
        """End the thread."""
        self._thread.shutdown()
