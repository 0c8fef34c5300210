"""What keeping raw answers costs a poll: ``python -m bench.recording [--devices 5000] [--interval 10]``.

    an answer of 60 varbinds ─▶ bare ─▶ seen ─▶ Recorder ─▶ polled        on the loop
    every two seconds ─▶ Ring: pack, write, begin a segment               behind it: a thread, and its start

Every device has an alert's memory and a state beside, as a site has on which a rule looks at each of them. Of
the 60 values ``--share`` move from one beat to the next. Processor time of this process, all threads; making
the answers is not counted. Bytes are those on disk; megabytes are what the process has grown by.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import random
import tempfile
from array import array
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from time import process_time
from typing import Any, Final, cast

import cramjam
import numpy as np

from bench.load import addresses
from bench.path import Load
from bench.path_parts import layout, rss
from collectors.snmp.dialect.library import Library
from collectors.snmp.engine import ber, pdu
from collectors.snmp.engine.access import Community
from collectors.snmp.engine.answer import Answer
from collectors.snmp.engine.request import Request
from collectors.snmp.replay.telling import TellingCollector
from collectors.snmp.transport.contract import Seen, Stats, Target
from dcim import plugins
from dcim.alerts import STATES
from dcim.cli.running.run import settle
from dcim.collect import Collected
from dcim.daemon.records.recordings import Recordings
from dcim.model import Asset, Batch, Memory, NoAnswer
from dcim.poll import Polled, Presence
from dcim.settings import Settings, load
from dcim.store import DeviceState, Store

VALUES: Final = 60
_HEAD: Final = b"\x30\x82\x05\x60\x02\x01\x01\x04\x06public\xa2\x82\x05\x50\x02\x04\x01\x02\x03\x04"
_OIDS: Final = tuple(
    bytes.fromhex("2b06010401823e010c030301") + bytes((1, at % 3 + 2, at // 3 + 1)) for at in range(VALUES)
)
_HERE: Final = Presence()
_STEP: Final = 2
"""Seconds between two turns of the recordings, as in a daemon."""


class Clock:
    """Both clocks of a machine, moved by hand."""

    at = 1_790_000_000.0

    def now(self) -> float:
        return self.at

    def monotonic(self) -> float:
        return self.at - 1_789_000_000.0


@dataclass
class Quiet:
    """A transport that shows answers which nobody has sent."""

    seen: Seen | None = None
    stats: Stats = field(default_factory=Stats)

    async def ask(self, *_: object) -> Answer:
        msg = "nobody is there"
        raise NoAnswer(msg)

    def engine_of(self, _target: Target) -> bytes:
        return b""

    async def aclose(self) -> None:
        return None


class Ledger:
    """What stands in the books of a site of which a rule looks at every device."""

    def __init__(self, assets: Iterable[Asset]) -> None:
        self._assets = tuple(assets)

    def open_alerts(self) -> tuple[()]:
        return ()

    def memories(self, room: str) -> Sequence[Memory]:
        body: dict[str, Any] = {
            "rule": "device_contradicts_itself",
            "metric": "device_check_state",
            "since": 1.79e9,
        }
        if room != STATES:
            return ()
        return [Memory(room, f"{one.id:>64}", {**body, "asset": one.id, "turns": []}) for one in self._assets]

    def device_states(self) -> Sequence[DeviceState]:
        return [DeviceState(one.id, "answering", 1.79e9, {}) for one in self._assets]


class Fleet:
    """Devices that answer with 60 numbers; ``share`` of them move at each beat."""

    def __init__(self, assets: Sequence[Asset], share: float) -> None:
        self._share = share
        self._rng = random.Random(1)
        self._values = {one.id: [self._rng.randrange(1, 5000) for _ in _OIDS] for one in assets}
        self.targets = {one.id: Target(one.address, Community("public"), name=one.id) for one in assets}
        self._batches = {one.id: layout(one.id) for one in assets}

    def answer(self, asset: str) -> tuple[bytes, pdu.Pdu]:
        values, rng = self._values[asset], self._rng
        for at in rng.sample(range(VALUES), round(self._share * VALUES)):
            values[at] = max(0, values[at] + rng.choice((-3, -2, -1, 1, 2, 3)))
        cells = (
            ber.tlv(0x30, ber.tlv(6, oid) + ber.integer(value))
            for oid, value in zip(_OIDS, values, strict=True)
        )
        data = _HEAD + b"".join(cells)
        return data, pdu.Pdu(pdu.RESPONSE, 1, 0, 0, len(_HEAD), len(data))

    def batch(self, asset: str, at: float) -> Batch:
        return Batch(self._batches[asset], at, array("d", map(float, self._values[asset])))


@dataclass(slots=True)
class Cost:
    """Seconds of processor time: on the loop, and behind it; ``polls`` of them."""

    loop: float = 0.0
    behind: float = 0.0
    polls: int = 0

    def told(self) -> Mapping[str, float]:
        """Return microseconds a poll."""
        return {
            "loop_us": round(self.loop / self.polls * 1e6, 2),
            "behind_us": round(self.behind / self.polls * 1e6, 2),
        }


class House:
    """Recordings over a clock of their own, and the devices that are recorded."""

    def __init__(self, settings: Settings, share: float) -> None:
        self.assets = settings.assets
        self._request = Request.get(_OIDS)
        self._clock = Clock()
        self._quiet = Quiet()
        quiet = cast("Any", self._quiet)
        collector = TellingCollector(lambda _engine: quiet, {}, Library.of(()), self._clock)
        for asset in self.assets:
            collector._device(asset).profiles = ()  # none is there to be understood
        cast("dict[str, Any]", collector.stats())["snmp"] = quiet
        self.recordings = Recordings(settings, {"snmp": collector}, {}, self._clock)
        self._fleet = Fleet(self.assets, share)
        self._sink: Callable[[Polled], None] | None = None

    def open(self) -> None:
        """Begin to record."""
        self.recordings.open(cast("Store", Ledger(self.assets)))
        (self._sink,) = self.recordings.sinks

    async def live(self, seconds: int, interval: int, cost: Cost) -> None:
        """Let so many seconds pass; what comes of the answers is counted."""
        for _ in range(seconds):
            self._clock.at += 1.0
            asked = self.assets[int(self._clock.at) % interval :: interval]
            came = [(one, *self._fleet.answer(one.id), self._polled(one)) for one in asked]
            began = process_time()
            if self._sink is not None:
                self._take(came)
            cost.loop += process_time() - began
            del came
            began = process_time()
            if self._sink is not None and int(self._clock.at) % _STEP == 0:
                await self.recordings.turn()
            cost.behind += process_time() - began
            cost.polls += len(asked)

    def _take(self, came: Iterable[tuple[Asset, bytes, pdu.Pdu, Polled]]) -> None:
        """Do what a transport and the poll loop do, for the recording's sake."""
        seen, request, targets, sink = self._quiet.seen, self._request, self._fleet.targets, self._sink
        assert seen is not None
        assert sink is not None
        began, outcome = self._clock.monotonic(), Answer((), [], b"")
        for asset, data, head, polled in came:
            seen(targets[asset.id], request, began, pdu.bare(data, head), outcome)
            sink(polled)

    def _polled(self, asset: Asset) -> Polled:
        collected = Collected((self._fleet.batch(asset.id, self._clock.at),), requests=1)
        return Polled(asset, self._clock.at, 0.001, 0.002, _HERE, _HERE, collected, None, cheap=False)


async def measure(folder: Path, devices: int, interval: int, share: float, seconds: int) -> dict[str, Any]:
    """Return what recording costs, after the first segment; seconds are those of the clock of the site."""
    path = folder / "dcim.json"
    config = Load(addresses(devices), 161, interval=interval).config(folder / "state", 0)
    path.write_text(json.dumps({**config, "credentials": {"agents": _CREDENTIAL}}))
    settings = load(path, plugins.collectors(), plugins.channel_types())
    house = House(settings, share)
    await house.live(2 * interval, interval, Cost())
    bytes(cramjam.zstd.compress(bytes(np.zeros(8))))  # both are there already in a daemon that watches
    settle()
    before = rss()
    house.open()
    await house.live(60 + interval, interval, Cost())
    cost = Cost()
    await house.live(seconds, interval, cost)
    grown = rss() - before
    await house.recordings.aclose()
    files = sorted((folder / "state" / "recordings" / "ring").iterdir())[:-1]
    kept = sum(file.stat().st_size for file in files) / (60 * devices / interval * len(files))
    return {
        "devices": devices,
        "interval_s": interval,
        "share": share,
        **cost.told(),
        "bytes_on_disk": round(kept, 1),
        "grown_mb": round(grown, 1),
    }


_CREDENTIAL: Final = {"protocol": "snmp", "version": "2c", "community": "env:BENCH_COMMUNITY"}


def main() -> None:
    """Measure and print a line of JSON."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--devices", type=int, default=5000)
    parser.add_argument("--interval", type=int, default=10)
    parser.add_argument("--share", type=float, default=0.5)
    parser.add_argument("--seconds", type=int, default=120)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        found = asyncio.run(measure(Path(scratch), given.devices, given.interval, given.share, given.seconds))
    print(json.dumps(found))


if __name__ == "__main__":
    main()
