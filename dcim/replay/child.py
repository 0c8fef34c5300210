"""``python -m dcim.replay.child FOLDER NUMBER OF``: decodes the polls of every OF-th device of a recording.

Blocks of what they came to go on its output, each behind its length. It ends with the recording, or once
nobody reads any more.
"""

from __future__ import annotations

import gc
import os
import sys
from collections.abc import Iterator, Mapping
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
from dcim.replay.decoder import Decoder, Waiting, began, recorded, untold
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
        decoding = self._decoding(clock)
        rows: list[Row] = []
        number = -1
        try:
            for number, event in enumerate(self.recording.events()):
                rows += decoding.take(number, event)
                if number % STRETCH == STRETCH - 1:
                    yield Block([*rows, *decoding.rest()])
                    rows = []
        except DcimError as error:
            rows += [*decoding.rest(), (number + 1, error)]
        yield Block([*rows, *decoding.rest()], self.recording.notes[known:])

    def _decoding(self, clock: VirtualClock) -> _Decoding:
        installed = plugins.collectors()
        settings = load(self.recording.config, installed, plugins.channel_types())
        assets = recorded(self.recording, settings)
        turns = {asset.id: (at % self.of, asset) for at, asset in enumerate(assets)}
        decoder = Decoder(assets, settings, installed, clock)
        return _Decoding(self.number, turns, decoder, clock, self.recording.begins)


class _Decoding:
    """Decodes what is this process's of the events of a recording: polls of several devices together.

    ``turns``: which process decodes a device, by its name.
    """

    def __init__(
        self,
        mine: int,
        turns: Mapping[str, tuple[int, Asset]],
        decoder: Decoder,
        clock: VirtualClock,
        start: float,
    ) -> None:
        self._mine = mine
        self._turns = turns
        self._decoder = decoder
        self._clock = clock
        self._start = start
        self._waiting: dict[str, tuple[int, Waiting, tuple[float, float]]] = {}

    def take(self, number: int, event: Drawn | Poll | Act) -> Iterator[Row]:
        """Yield what follows from an event of the recording, and from polls before it that waited."""
        clock = self._clock
        if not number:
            clock.reach(*began(event, self._start))
        if isinstance(event, Act):
            clock.reach(event.at)
            if not self._mine:
                yield number, event
            return
        if isinstance(event, Poll):
            clock.reach(event.ended, event.at)
        turn, asset = self._turns.get(event.asset, (0, None))
        if turn != self._mine:
            return
        if event.asset in self._waiting:
            yield from self.rest()
        if isinstance(event, Poll) and asset is not None and self._decoder.may_wait(asset, event):
            waiting = Waiting(asset, event, clock.now())
            self._waiting[event.asset] = number, waiting, (clock.at, clock.ahead)
        else:
            yield from ((number, one) for one in _told(event, asset, self._decoder))

    def rest(self) -> Iterator[Row]:
        """Yield what the polls come to that wait."""
        waiting, self._waiting = [*self._waiting.values()], {}
        together = self._decoder.said_together([one for _, one, _ in waiting])
        for (number, one, moment), said in zip(waiting, together, strict=True):
            yield number, said if said is not None else self._alone(one, moment)

    def _alone(self, one: Waiting, moment: tuple[float, float]) -> Event | DcimError:
        with self._clock.at_once_more(moment):
            try:
                return self._decoder.said(one.asset, one.poll)
            except DcimError as error:  # that is the end of what is played
                return error


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
