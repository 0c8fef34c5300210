"""Polls of many devices are decoded together, and come to what each of them comes to alone."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from functools import cache

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from collectors.snmp.replay.straight import WORTH
from dcim.model import Asset
from dcim.recording.folder import Recording
from dcim.recording.tape import Drawn, Poll
from dcim.replay.decoder import Decoder, Said, Waiting
from dcim.replay.scene import Scene
from dcim.replay.virtual import VirtualClock, VirtualLoop
from dcim.witness import Exchange

from .stories import LIBRARY

NAMES = sorted(path.name for path in LIBRARY.iterdir())
MANY = WORTH + 4


def _plain(said: Said) -> object:
    """Return what a poll came to in a form that compares by value."""
    collected = said.collected
    if collected is None:
        return said[:6], str(said.failure), said.mark
    batches = [
        (one.layout.points, one.layout.lane, one.at, one.values.tobytes(), dict(one.gaps))
        for one in collected.batches
    ]
    rest = collected.identity, collected.restarted, collected.requests, collected.retries, collected.asked
    return said[:6], batches, rest, str(said.failure), said.mark


class Both:
    """Two decoders of the same devices: one takes polls alone, the other those of a moment together."""

    def __init__(self, scene: Scene, assets: tuple[Asset, ...], clock: VirtualClock) -> None:
        self.alone = Decoder(assets, scene.settings, scene.collectors, clock)
        self.beside = Decoder(assets, scene.settings, scene.collectors, clock)
        self.counted: Counter[str] = Counter()
        self._clock = clock
        self._assets = {asset.id: asset for asset in assets}

    def drawn(self, event: Drawn) -> None:
        asset = self._assets[event.asset]
        assert self.alone.portray(asset, event.portrait) == self.beside.portray(asset, event.portrait)

    def polls(self, polls: list[Poll]) -> None:
        """Decode polls of a moment, of one device each."""
        clock, alone, waiting = self._clock, [], []
        for poll in polls:
            asset = self._assets[poll.asset]
            clock.reach(poll.ended, poll.at)
            alone.append(_plain(self.alone.said(asset, poll)))
            if self.beside.may_wait(asset, poll):
                waiting.append((len(alone) - 1, Waiting(asset, poll, clock.now()), (clock.at, clock.ahead)))
            else:
                assert _plain(self.beside.said(asset, poll)) == alone[-1]
                self.counted["not to wait"] += 1
        found = self.beside.said_together([one for _, one, _ in waiting])
        for (number, one, moment), said in zip(waiting, found, strict=True):
            self.counted["together" if said is not None else "alone"] += 1
            if said is None:
                with clock.at_once_more(moment):
                    said = self.beside.said(one.asset, one.poll)
            assert _plain(said) == alone[number]


def played(scene: Scene, assets: tuple[Asset, ...], events: list[Drawn | Poll]) -> Counter[str]:
    """Play events to both decoders, polls until a device comes again; return how many came how."""
    clock = VirtualClock()

    async def go() -> Counter[str]:
        both = Both(scene, assets, clock)
        polls: list[Poll] = []
        for event in events:
            if isinstance(event, Drawn) or event.asset in {one.asset for one in polls}:
                both.polls(polls)
                polls = []
            if isinstance(event, Drawn):
                both.drawn(event)
            else:
                polls.append(event)
        both.polls(polls)
        return both.counted

    loop = VirtualLoop(clock)
    try:
        return loop.run_until_complete(go())
    finally:
        loop.close()


@cache
def known(name: str) -> tuple[Scene, list[Drawn | Poll]]:
    scene = Scene.of(Recording.open(LIBRARY / name))
    names = {asset.id for asset in scene.assets}
    events = [one for one in scene.recording.events() if isinstance(one, Drawn | Poll) and one.asset in names]
    return scene, events


@pytest.mark.parametrize(
    "name", [pytest.param(name, marks=[pytest.mark.long] * (name != "re-index")) for name in NAMES]
)
def test_together_they_come_to_what_they_come_to_alone(name: str) -> None:
    """Restarts, alarms, silence and moved rows among them; most polls are sure enough to go together."""
    scene, events = known(name)
    counted = played(scene, scene.assets, events)
    assert counted["together"] > counted["alone"], counted


@cache
def many() -> tuple[Scene, tuple[Asset, ...], list[Drawn | Poll]]:
    """Return a site of many strips that say at each moment what one said at several; the drawings first."""
    scene, events = known("re-index")
    strip = next(asset for asset in scene.assets if asset.id == "r1-a")
    assets = tuple(replace(strip, id=f"strip-{number:02d}") for number in range(MANY))
    mine = [one for one in events if one.asset == strip.id]
    drawn = [one for one in mine if isinstance(one, Drawn)][-1]
    last = [one for one in mine if isinstance(one, Poll) and one.lanes and not one.identity][-30:]
    found: list[Drawn | Poll] = [drawn_of(drawn, asset) for asset in assets]
    for beat in range(20):
        for number, asset in enumerate(assets):
            poll = last[(beat + number) % len(last)]
            ended = last[0].ended + 10.0 * beat + 0.1 * number
            found.append(poll._replace(asset=asset.id, ended=ended, at=ended + 1e9, check=0))
    return scene, assets, found


def drawn_of(drawn: Drawn, asset: Asset) -> Drawn:
    return Drawn(asset.id, drawn.at, drawn.portrait)


def _bent(poll: Poll, number: int, place: int, octet: int) -> Poll:
    """Return a poll in which one byte of one answer is another."""
    exchanges = list(poll.exchanges)
    if not exchanges:
        return poll
    one = exchanges[number % len(exchanges)]
    if not one.answer:
        return poll
    answer = bytearray(one.answer)
    answer[place % len(answer)] = octet
    exchanges[number % len(exchanges)] = Exchange(one.question, bytes(answer), *one[2:])
    return poll._replace(exchanges=exchanges)


BENT = st.tuples(
    st.integers(0, 10_000),
    st.integers(0, 3),
    st.integers(0, 400),
    st.sampled_from([0, 1, 2, 0x7F, 0x80, 0xFF]),
)


@settings(max_examples=15, deadline=None)
@given(st.lists(BENT, max_size=40))
def test_whatever_stands_in_the_answers(bent: list[tuple[int, int, int, int]]) -> None:
    """Other types, gaps, codes that mean nothing, numbers out of range, errors, and answers cut off."""
    scene, assets, found = many()
    events = list(found)
    for at, number, place, octet in bent:
        one = events[MANY + at % (len(events) - MANY)]
        assert isinstance(one, Poll)
        events[MANY + at % (len(events) - MANY)] = _bent(one, number, place, octet)
    counted = played(scene, assets, events)
    assert counted["together"] > counted["alone"], counted
