"""Modbus: readings per CPU-second of our path, beside plain pymodbus and mbpoll (libmodbus, C).

    python -m bench.modbus ASKER PORT DEVICES ROUNDS       prints readings, questions and CPU seconds

A reading is a float32, two registers. Our transport, plain pymodbus and mbpoll read 120 registers at once;
the collector reads the three-phase meters of a shipped profile: several questions a device, gaps between
them, ranges and units checked, everything in batches as the daemon takes them. What is sent and received
costs more than what is made of it, so the questions are counted too, and our transport is also measured on
the very questions of the collector.
"""

from __future__ import annotations

import asyncio
import re
import signal
import struct
import subprocess
import sys
import time
from collections.abc import Awaitable, Callable, Iterator, Sequence
from typing import Final

from bench.load import ROOT, Missing, Place, addresses, mbserver, program
from bench.measure import cpu_of, interleaved
from bench.report import Size, Table

FIRST: Final = 2999
REGISTERS: Final = 120
PROFILE: Final = "schneider_pm5000"
_FLOATS: Final = struct.Struct(f">{REGISTERS // 2}f")
_READINGS: Final = 27
"""What the collector makes of the answers of the server to its questions."""

_AT_ONCE: Final = 50
_PATIENCE: Final = 20.0
_MBPOLL_SECONDS: Final = 3.0
_NAMES: Final = {
    "our collector, profile and batches included": "collector",
    "our transport, the questions of the collector, nothing made of the answers": "questions",
    "our transport (pymodbus, answers checked)": "transport",
    "plain pymodbus client": "pymodbus",
}
_MBPOLL: Final = "mbpoll (libmodbus), one device, as often as it can"

Poll = Callable[[int], Awaitable[tuple[int, int]]]
"""Reads the device of this number once; returns how many readings came, and of how many questions."""


def measure(place: Place, size: Size) -> Iterator[Table]:
    """Yield the table, or what is missing."""
    title = "Modbus, readings per CPU-second"
    try:
        with mbserver(place) as port:
            yield _table(title, size, port)
    except Missing as why:
        yield Table(title, (), (), skipped=str(why))


def _table(title: str, size: Size, port: int) -> Table:
    names, notes = list(_NAMES), []
    try:
        mbpoll = program("mbpoll", "mbpoll")
        names.append(_MBPOLL)
    except Missing as why:
        mbpoll = ""
        notes.append(f"mbpoll is left out: {why}")

    each: dict[str, float] = {}  # readings a question

    def one(name: str) -> float:
        rate, each[name] = _mbpoll(mbpoll, port) if name == _MBPOLL else _asked(_NAMES[name], size, port)
        return rate

    found = interleaved(names, size.repeats, one)
    ours = found[names[0]].median
    rows = tuple(
        (
            name,
            f"{spread.median:,.0f}",
            f"{1e6 / spread.median:.2f}",
            f"{each[name]:.1f}",
            f"{1e6 * each[name] / spread.median:.1f}",
            f"{spread.median / ours:.2f}",
        )
        for name, spread in found.items()
    )
    notes.append(
        f"{size.modbus_devices} devices, a connection each, on a C server. The collector's meter takes "
        "six questions for 37 points, ten of which the server answers with what is out of range: gaps, which "
        "do not count as readings. mbpoll waits 10 ms between questions, which is the least it allows, and "
        "prints every value."
    )
    columns = (
        "asker", "readings per CPU-second", "us a reading", "readings a question", "us a question",
        "times our collector",
    )  # fmt: skip
    return Table(title, columns, rows, tuple(notes))


def _asked(asker: str, size: Size, port: int) -> tuple[float, float]:
    """Return readings per CPU second and readings a question."""
    words = [asker, str(port), str(size.modbus_devices), str(size.modbus_rounds)]
    done = subprocess.run(
        [sys.executable, "-m", "bench.modbus", *words], cwd=ROOT, capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise RuntimeError(done.stderr[-2000:])
    readings, questions, seconds = map(float, done.stdout.split()[-3:])
    return readings / seconds, readings / questions


def _mbpoll(mbpoll: str, port: int) -> tuple[float, float]:
    """Let mbpoll read for a while; it says itself how many answers it got."""
    how = ["-m", "tcp", "-p", str(port), "-a", "1", "-0", "-r", str(FIRST), "-t", "4:float"]
    words = [mbpoll, *how, "-B", "-c", str(REGISTERS // 2), "-l", "11", "127.10.0.1"]
    with subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True) as process:
        time.sleep(0.2)
        watch = _Drain(process)
        time.sleep(_MBPOLL_SECONDS)
        seconds = cpu_of(process.pid)
        process.send_signal(signal.SIGINT)
        said = watch.rest()
    answers = re.search(r"(\d+) received", said)
    if answers is None or not int(answers[1]):
        msg = f"mbpoll got nothing: {said[-500:]}"
        raise RuntimeError(msg)
    return int(answers[1]) * (REGISTERS // 2) / seconds, REGISTERS // 2


class _Drain:
    """Takes what a process prints, so that it never waits for a full pipe."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        from concurrent.futures import ThreadPoolExecutor

        self._pool = ThreadPoolExecutor(1)
        self._text = self._pool.submit(process.communicate)

    def rest(self) -> str:
        said, _ = self._text.result()
        self._pool.shutdown()
        return str(said)


def collector(hosts: Sequence[str], port: int) -> Poll:
    from collectors.modbus import plugin
    from collectors.modbus.asking.options import ModbusOptions
    from dcim.collect import Ask
    from dcim.model import Address, Asset, Kind, Lane

    asking = plugin.open({})
    options = ModbusOptions(unit=1)
    assets = [
        Asset(f"m{number}", "", Kind.METER, "modbus", Address(host, port), (PROFILE,), options=options)
        for number, host in enumerate(hosts)
    ]
    loop = asyncio.get_running_loop()

    async def poll(number: int) -> tuple[int, int]:
        found = await asking.collect(
            assets[number], Ask(frozenset({Lane.FAST, Lane.SLOW}), loop.time() + _PATIENCE)
        )
        came = sum([len(batch.values) - len(batch.gaps) for batch in found.batches])
        return came, found.requests

    return poll


def questions(hosts: Sequence[str], port: int) -> Poll:
    from collectors.modbus import plugin
    from collectors.modbus.asking.asking import Learned
    from collectors.modbus.transport.contract import Link
    from collectors.modbus.transport.pymodbus import PymodbusTransport
    from dcim.model import Lane

    family = plugin.library().get(PROFILE)
    wanted = {
        place.read for value in family.values if value.lane is not Lane.STATIC for place in value.places
    }
    agenda = Learned(family.holes, family.limits).agenda(tuple(sorted(wanted)))
    reads = [read for read, _ in agenda.questions]
    ways = [PymodbusTransport(Link(host, port)) for host in hosts]
    loop = asyncio.get_running_loop()

    async def poll(number: int) -> tuple[int, int]:
        if not ways[number].connected:
            await ways[number].connect(loop.time() + _PATIENCE)
        for read in reads:
            await ways[number].read(1, read, loop.time() + _PATIENCE)
        return _READINGS, len(reads)

    return poll


def transport(hosts: Sequence[str], port: int) -> Poll:
    from collectors.modbus.transport.contract import Link, Read, Space
    from collectors.modbus.transport.pymodbus import PymodbusTransport

    ways = [PymodbusTransport(Link(host, port)) for host in hosts]
    read = Read(Space.HOLDING, FIRST, REGISTERS)
    loop = asyncio.get_running_loop()

    async def poll(number: int) -> tuple[int, int]:
        if not ways[number].connected:
            await ways[number].connect(loop.time() + _PATIENCE)
        return len(_FLOATS.unpack(await ways[number].read(1, read, loop.time() + _PATIENCE))), 1

    return poll


def pymodbus(hosts: Sequence[str], port: int) -> Poll:
    from pymodbus.client import AsyncModbusTcpClient

    clients = [AsyncModbusTcpClient(host, port=port, timeout=_PATIENCE) for host in hosts]

    async def poll(number: int) -> tuple[int, int]:
        client = clients[number]
        if not client.connected:
            await client.connect()
        answer = await client.read_holding_registers(FIRST, count=REGISTERS, device_id=1)
        if answer.isError():
            raise RuntimeError(str(answer))
        return len(_FLOATS.unpack(b"".join(word.to_bytes(2, "big") for word in answer.registers))), 1

    return poll


async def asked(poll: Poll, devices: int, rounds: int) -> tuple[int, int, float]:
    """Ask every device once to open everything, then count: readings, questions, CPU seconds."""

    async def once() -> tuple[int, int]:
        left = iter(range(devices))

        async def worker() -> list[tuple[int, int]]:
            return [await poll(number) for number in left]

        polls = await asyncio.gather(*(worker() for _ in range(min(_AT_ONCE, devices))))
        return sum(came for done in polls for came, _ in done), sum(put for done in polls for _, put in done)

    wanted, _ = await once()
    began, came, put = time.process_time(), 0, 0
    for _ in range(rounds):
        readings, sent = await once()
        came, put = came + readings, put + sent
    used = time.process_time() - began
    if came != rounds * wanted or not came:
        msg = f"{came} of {rounds * wanted} readings came"
        raise RuntimeError(msg)
    return came, put, used


def main() -> None:
    asker, port, devices, rounds = sys.argv[1:]
    import uvloop

    async def run() -> tuple[int, int, float]:
        makers = {
            "collector": collector, "questions": questions, "transport": transport, "pymodbus": pymodbus,
        }  # fmt: skip
        made = makers[asker]
        return await asked(made(addresses(int(devices)), int(port)), int(devices), int(rounds))

    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        print(*runner.run(run()))


if __name__ == "__main__":
    main()
