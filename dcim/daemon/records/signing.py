"""Who signs the ledger's heads, where copies go, who stamps them; all are points: trouble is an alert.

start ─▶ custody, in a thread ─▶ the store signs ─▶ copies on other paths
            ▲ every few seconds: did somebody ask for another key?
"""

from __future__ import annotations

import asyncio
from array import array
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import Final

import structlog

from dcim.clock import Clock
from dcim.daemon.itself import AGAIN, OWN
from dcim.daemon.records.stamping import PART, Stamping
from dcim.evidence.copies import Copies
from dcim.evidence.custody import Custody
from dcim.evidence.exported import notes
from dcim.evidence.keyfile import KeyUnusable, Pen
from dcim.ledger import SignedHead
from dcim.model import Batch, Health, Lane, Layout, Meaning, Point, state_code
from dcim.model.fact import Body
from dcim.store import Fenced, Store, StoreError

log = structlog.get_logger()

STATE: Final = "ledger_state"
KEY: Final = "key"
_LOOK: Final = 3.0  # seconds between two looks for a request
_RETRY: Final = 60.0
_HEALTH: Final = {"working": Health.OK, "awaited": Health.UNKNOWN, "fault": Health.CRITICAL}
_CODES: Final = {word: state_code(word) for word in _HEALTH}
_STATES: Final = {_CODES[word]: Meaning(word, health) for word, health in _HEALTH.items()}


async def _whole(work: Callable[[], Pen]) -> Pen:
    """Do in a thread what writes into the ledger, cancelled only after it: nothing follows a clean stop."""
    task = asyncio.ensure_future(asyncio.to_thread(work))
    try:
        return await asyncio.shield(task)
    except asyncio.CancelledError:
        await asyncio.wait([task])
        raise


class Signing:
    """Has heads signed and copied for as long as the daemon runs."""

    def __init__(
        self, directory: Path, store: Store, copies: Copies, clock: Clock, stamping: Stamping | None = None
    ) -> None:
        self.said: Callable[[Batch], None] = lambda _batch: None  # effects, carried by the daemon
        self.trouble = ""
        """Why heads are not signed; empty while they are."""
        self.noted: Callable[[Body], None] | None = None
        """Takes that somebody exported the ledger: it is to be recorded."""
        self.copies = copies
        self.stamping = stamping
        self._directory = directory
        self._store = store
        self._clock = clock
        self._custody = Custody(directory, store, clock)
        self._pen: Pen | None = None
        parts = (KEY, *(str(file.path) for file in copies.files), *([PART] if stamping else []))
        points = tuple(Point(OWN, STATE, (("component", part),)) for part in parts)
        sources = ("ledger",) * len(points)
        self._layout = Layout(OWN, Lane.SLOW, points, (_STATES,) * len(points), sources, own=True)
        self._last: tuple[float, tuple[str, ...]] = (-AGAIN, ())

    def put(self, signed: SignedHead) -> None:
        """Send a head on its ways out of this machine. Never blocks: the writer of the ledger calls it."""
        self.copies.put(signed)
        if self.stamping is not None:
            self.stamping.put(signed)

    async def run(self) -> None:
        """Sign until cancelled; take another key when somebody asks for it."""
        while True:
            if self._pen is None:
                await self._begin()
            elif await asyncio.to_thread(self._custody.asked):
                await self._rotate(self._pen)
            await self._take_notes()
            await asyncio.sleep(_RETRY if self.trouble else _LOOK)

    async def _take_notes(self) -> None:
        """Have exports recorded, each once; a crash in between may record one twice."""
        if self.noted is None:
            return
        for path, said in await asyncio.to_thread(lambda: list(notes(self._directory))):
            self.noted(dict(said))
            with suppress(OSError):
                path.unlink()

    def look(self) -> None:
        """Say the states that changed, or all of them after a while."""
        words = (self._word(), *("fault" if file.trouble else "working" for file in self.copies.files))
        words += (self.stamping.word,) if self.stamping else ()
        at, last = self._last
        if words != last or self._clock.monotonic() - at >= AGAIN:
            self._last = self._clock.monotonic(), words
            self.said(Batch(self._layout, self._clock.now(), array("d", map(_CODES.__getitem__, words))))

    def _word(self) -> str:
        if self.trouble:
            return "fault"
        return "working" if self._pen is not None else "awaited"

    async def _begin(self) -> None:
        try:
            self._pen = await _whole(self._custody.begin)
        except Fenced:
            raise  # another daemon has taken over: this one may never write again
        except (KeyUnusable, StoreError, OSError) as why:
            self._is(str(why))
            return
        self._is("")
        log.info("heads of the ledger are signed", key=self._pen.key_id)

    async def _rotate(self, pen: Pen) -> None:
        try:
            self._pen = await _whole(partial(self._custody.rotate, pen))
        except Fenced:
            raise
        except (KeyUnusable, StoreError, OSError) as why:
            self._is(f"the key was not rotated: {why}")
            return
        self._is("")
        log.info("heads of the ledger are signed with another key", key=self._pen.key_id, before=pen.key_id)

    def _is(self, trouble: str) -> None:
        if trouble and trouble != self.trouble:
            log.error("heads of the ledger are not signed as they should be", why=trouble)
        self.trouble = trouble
