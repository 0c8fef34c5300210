"""Two lanes of children: one is kept for cheap queries, so that nobody's heavy ones lock the others out.

ask ─▶ quick lane: what will it cost? ─┬▶ cheap: answered there
                                       ├▶ heavy: waits for the other lane, one at a time
                                       └▶ too much: refused, before any work
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, Callable
from contextlib import aclosing
from pathlib import Path
from typing import Any

from dcim.query.pool import HEAVY, QUICK, Counts, Heavier, News, Pool


class Lanes:
    """The children over one history; ``now`` gives monotonic seconds."""

    def __init__(self, directory: Path, news: News, now: Callable[[], float]) -> None:
        self.counts = Counts()
        self._quick = Pool(directory, news, now, QUICK, self.counts)
        self._heavy = Pool(directory, news, now, HEAVY, self.counts)

    async def ask(self, question: dict[str, Any], client: str = "") -> AsyncGenerator[bytes, None]:
        """Give the answer to a question piece by piece. Raise Refused, mostly before the first piece."""
        try:
            async with aclosing(self._quick.ask(question, client)) as pieces:
                async for piece in pieces:
                    yield piece
                return
        except Heavier:
            pass
        async with aclosing(self._heavy.ask(question, client)) as pieces:
            async for piece in pieces:
                yield piece

    async def aclose(self) -> None:
        """End all children."""
        await self._quick.aclose()
        await self._heavy.aclose()
