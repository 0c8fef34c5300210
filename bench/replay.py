"""A recorded day of many devices replayed: seconds, and processor time a poll.

    python -m bench.replay [--devices 500] [--hours 24] [--interval 10] [--losses off] [--ahead 0]

The recording is made by repeating what a simulated strip answered in ten minutes, for each of many strips;
its values change from poll to poll, and nothing is wrong. It is read from disk as any other. Making it is not
counted. Every strip feeds a rack of its own, so every loss is tried at every look unless ``--losses off``.

The first two minutes are told apart: devices are understood in them, which is done once however long the day.
``cpu`` is of the process that plays, ``cpu_beside`` of those that decode ahead of it, ``wall`` is time as it
passes, of a machine that may have other work.
"""

from __future__ import annotations

import argparse
import json
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, replace
from math import inf
from pathlib import Path
from resource import RUSAGE_CHILDREN, getrusage
from time import perf_counter, process_time
from typing import Final

import structlog

from bench.rehearsal import Play, Rehearsal, plan_of
from dcim.recording.folder import CONFIG, MANIFEST, Recording, tape_name, write_config
from dcim.recording.tape import Drawn, Poll, Segment
from dcim.replay.ahead import worth
from dcim.replay.log import Log
from dcim.replay.player import Beside, play
from dcim.replay.scene import Scene
from dcim.witness import Exchange

PLANT: Final = Path(__file__).parent.parent / "tests" / "replay" / "plant.yaml"
_SEGMENT: Final = 3600.0
_FIRST: Final = 120.0  # seconds
_BLOCK: Final = 500  # polls in one block, about what a daemon writes a second


def seed(folder: Path) -> Recording:
    """Return ten quiet minutes of the small site."""
    with tempfile.TemporaryDirectory() as scratch:
        return Rehearsal(Play(plan_of(PLANT), (), 600.0), folder, Path(scratch)).run().recording


class Day:
    """A day made of ten minutes of one strip, for many strips."""

    def __init__(self, recording: Recording, of: str, devices: int) -> None:
        found = list(recording.events())
        self.names = [f"strip-{number:04d}" for number in range(devices)]
        self.portrait = next(one.portrait for one in found if isinstance(one, Drawn) and one.asset == of)
        polls = [one for one in found if isinstance(one, Poll) and one.asset == of and not one.identity]
        self.polls = [one for one in polls if one.exchanges and one.lanes]
        self.start = self.polls[0].ended
        self.ahead = self.polls[0].at - self.polls[0].ended

    def polls_of(self, start: float, end: float, interval: float) -> Iterator[Poll]:
        """Yield the polls of all strips between two moments, in the order in which they end."""
        beat = 0
        while (at := start + beat * interval) < end:
            for number, name in enumerate(self.names):
                seen = self.polls[(beat + number) % len(self.polls)]
                ended = at + interval * number / len(self.names)
                exchanges = [
                    Exchange(one.question, one.answer, ended - 0.01, ended) for one in seen.exchanges
                ]
                yield seen._replace(
                    asset=name, ended=ended, at=ended + self.ahead, check=0, exchanges=exchanges
                )
            beat += 1


def make(folder: Path, devices: int, hours: float, interval: float, losses: str = "on") -> Recording:
    """Write a recording of so many strips over so many hours; ``losses``: ``on``, or ``off``: not tried."""
    small = seed(folder.with_name("seed"))
    day = Day(small, "r1-a", devices)
    config = json.loads((small.folder / CONFIG / "dcim.yaml").read_text(encoding="utf-8"))
    one = next(entry for entry in config["devices"] if entry["id"] == "r1-a")
    one = {key: value for key, value in one.items() if key not in ("fed_by", "measures", "reached_through")}
    config["devices"] = [
        {
            **one,
            "id": name,
            "name": name,
            "rack": f"R{number}",
            "address": f"10.1.{number // 250}.{number % 250}:161",
            "interval": f"{interval:g}s",
        }
        for number, name in enumerate(day.names)
    ]
    config["topology"], config["services"], config["redundancy"] = {}, {}, {"check": losses}
    folder.mkdir(parents=True)
    files = write_config(folder, {"dcim.yaml": json.dumps(config).encode()})
    preface = Segment({"site": "cas1"}, day.names)
    for name in day.names:
        preface.portrait(Drawn(name, day.start, day.portrait))
    (folder / tape_name(0)).write_bytes(preface.opening() + preface.frame(preface.take()))
    number = 0
    while number * _SEGMENT < hours * 3600.0:
        _segment(folder, number, day, min(_SEGMENT, hours * 3600.0 - number * _SEGMENT), interval)
        number += 1
    start, end = day.start + day.ahead, day.start + day.ahead + hours * 3600.0
    manifest = replace(
        small.manifest,
        name="day",
        start=start,
        end=end,
        devices=tuple(day.names),
        files=files,
        segments=number,
    )
    (folder / MANIFEST).write_text(manifest.text(), encoding="utf-8")
    return Recording.open(folder)


def _segment(folder: Path, number: int, day: Day, lasts: float, interval: float) -> None:
    segment = Segment({"site": "cas1"}, day.names)
    start = day.start + number * _SEGMENT
    with (folder / tape_name(number + 1)).open("wb") as file:
        file.write(segment.opening())
        for count, poll in enumerate(day.polls_of(start, start + lasts, interval), 1):
            segment.poll(poll)
            if count % _BLOCK == 0:
                file.write(segment.frame(segment.take()))
        file.write(segment.frame(segment.take()))


@dataclass(slots=True)
class Parting:
    """Follows a replay: when so many seconds of the recording were played, by processor time and by wall."""

    after: float
    began: float = inf
    cpu: float = 0.0
    wall: float = 0.0

    def follow(self, at: float, _log: Log) -> None:
        """Take the time as it passes."""
        self.began = min(self.began, at)
        if not self.cpu and at - self.began >= self.after:
            self.cpu, self.wall = process_time(), perf_counter()


def measure(recording: Recording, hours: float, ahead: int | None = None) -> dict[str, float]:
    """Replay a recording of so many hours; return what that took."""
    size = sum(path.stat().st_size for path in recording.folder.rglob("*") if path.is_file())
    parting = Parting(_FIRST)
    beside = _cpu_beside()
    began, began_wall = process_time(), perf_counter()
    played = play(Scene.of(recording), Beside(follow=parting.follow, ahead=ahead))
    cpu, wall = process_time() - began, perf_counter() - began_wall
    figures = {
        "polls": played.polls,
        "mb_on_disk": round(size / 1e6, 1),
        "lines_of_log": len(played.log.lines),
        "processes_beside": worth(recording) if ahead is None else ahead,
        "cpu_s": round(cpu, 1),
        "cpu_beside_s": round(_cpu_beside() - beside, 1),
        "wall_s": round(wall, 1),
        "cpu_us_a_poll": round(cpu / played.polls * 1e6, 1),
    }
    lasts = hours * 3600.0
    if parting.cpu and lasts > _FIRST:
        rate = played.polls / lasts
        steady = _Steady(cpu, parting.cpu - began, lasts)
        steady_wall = _Steady(wall, parting.wall - began_wall, lasts)
        figures |= {
            f"the_first_{_FIRST:.0f}_s_of_it_cpu_s": round(steady.first, 1),
            "then_cpu_us_a_poll": round(steady.each / rate * 1e6, 1),
            "then_wall_us_a_poll": round(steady_wall.each / rate * 1e6, 1),
            "a_day_of_it_cpu_s": round(steady.day),
            "a_day_of_it_wall_s": round(steady_wall.day),
        }
    return figures


@dataclass(frozen=True, slots=True)
class _Steady:
    """Seconds that ``lasts`` seconds of a recording took in all, and the first of them."""

    took: float
    first: float
    lasts: float

    @property
    def each(self) -> float:
        """Return the seconds for each second after the first."""
        return (self.took - self.first) / (self.lasts - _FIRST)

    @property
    def day(self) -> float:
        """Return the seconds that a day takes."""
        return self.first + self.each * (86_400.0 - _FIRST)


def _cpu_beside() -> float:
    used = getrusage(RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def main() -> None:
    """Make a day, replay it, print what that took."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--devices", type=int, default=500)
    parser.add_argument("--hours", type=float, default=24.0)
    parser.add_argument("--interval", type=float, default=10.0)
    parser.add_argument("--losses", choices=("on", "off"), default="on")
    parser.add_argument("--ahead", type=int, help="processes that decode ahead; by default what it is worth")
    given = parser.parse_args()
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(50))
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch) / "day"
        recording = make(folder, given.devices, given.hours, given.interval, given.losses)
        print(json.dumps(measure(recording, given.hours, given.ahead)))


if __name__ == "__main__":
    main()
