"""``python -m dcim.replay.child FOLDER NUMBER OF``: decodes the polls of every OF-th device of a recording.

Blocks of what they came to go on its output, each behind its length. It ends with the recording, or once
nobody reads any more.
"""

from __future__ import annotations

import gc
import os
import sys
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import BinaryIO, Final

from dcim import plugins
from dcim.logs import unlogged
from dcim.model import Asset, DcimError
from dcim.record import dataclass
from dcim.recording.folder import Recording
from dcim.recording.tape import Act, Drawn, Poll
from dcim.redundancy.frames import LENGTH
from dcim.replay.decoder import Decoder, began, recorded, untold
from dcim.replay.virtual import VirtualClock, VirtualLoop
from dcim.replay.wire import Block, Event, Noted, Packer, Row
from dcim.settings import load

STRETCH: Final = 500
"""Events of the recording that a block is of, whoever they are of."""


@dataclass(slots=True)
class _Part:
    """What this process does of a recording: it is the ``number``-th ``of`` so many."""

    recording: Recording
    number: int
    of: int

    def blocks(self, clock: VirtualClock) -> Iterator[Block]:
        """Yield block after block, the last with its notes; where it is damaged, that is the end of it."""
        known = len(self.recording.notes)
        rows: list[Row] = []
        number = 0
        try:
            for number, found in enumerate(self._events(clock)):
                rows += ((number, one) for one in found)
                if number % STRETCH == STRETCH - 1:
                    yield Block(rows)
                    rows = []
        except DcimError as error:
            rows.append((number + 1, error))
        yield Block(rows, self.recording.notes[known:])

    def _events(self, clock: VirtualClock) -> Iterator[tuple[Event, ...]]:
        """Yield what follows from each event of the recording for this part: mostly nothing."""
        installed = plugins.collectors()
        settings = load(self.recording.config, installed, plugins.channel_types())
        assets = recorded(self.recording, settings)
        decoder = Decoder(assets, settings, installed, clock)
        turns = {asset.id: (at % self.of, asset) for at, asset in enumerate(assets)}
        for number, event in enumerate(self.recording.events()):
            if not number:
                clock.reach(*began(event, self.recording.manifest.start))
            if isinstance(event, Act):
                clock.reach(event.at)
                yield () if self.number else (event,)
                continue
            if isinstance(event, Poll):
                clock.reach(event.ended, event.at)
            turn, asset = turns.get(event.asset, (0, None))
            yield _told(event, asset, decoder) if turn == self.number else ()


def _told(event: Drawn | Poll, asset: Asset | None, decoder: Decoder) -> tuple[Event, ...]:
    """Return what a device said, or what is to be noted of its portrait."""
    if isinstance(event, Drawn):
        return tuple(map(Noted, decoder.portray(asset, event.portrait))) if asset is not None else ()
    return (decoder.said(asset, event) if asset is not None else untold(event),)


async def _write(part: _Part, sink: BinaryIO, clock: VirtualClock) -> None:
    packer = Packer()
    for block in part.blocks(clock):
        data = packer.packed(block)
        sink.write(LENGTH.pack(len(data)) + data)
        sink.flush()


def main(folder: str, number: str, of: str) -> None:
    """Write what was asked for."""
    gc.disable()  # as in the player: nothing here makes circles
    with os.fdopen(os.dup(sys.stdout.fileno()), "wb") as sink:
        os.dup2(sys.stderr.fileno(), sys.stdout.fileno())  # nothing else may come between the blocks
        clock = VirtualClock()
        loop = VirtualLoop(clock)
        part = _Part(Recording.open(Path(folder)), int(number), int(of))
        try:
            with unlogged():
                loop.run_until_complete(_write(part, sink, clock))
        finally:
            loop.close()


if __name__ == "__main__":
    with suppress(BrokenPipeError, KeyboardInterrupt):  # whoever played it has ended
        main(*sys.argv[1:])
