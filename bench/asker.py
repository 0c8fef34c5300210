"""One engine asks many devices and counts its own processor time; run as a process of its own.

    python -m bench.asker ENGINE SHAPE PORT DEVICES ROUNDS [VERSION]      prints CPU-ms per 1,000 varbinds

Each engine is used as its own documentation shows: ours and pysnmp through our ``Transport``, gufo-snmp
through its asynchronous client with a session a device. A first round opens sessions and is not counted.
"""

from __future__ import annotations

import asyncio
import sys
import time
from collections.abc import Awaitable, Callable, Sequence
from typing import Any, Final

from bench.load import addresses

SCALARS: Final = ["1.3.6.1.2.1.1.3.0"] + [f"1.3.6.1.4.1.99999.1.{n}.0" for n in (1, 2, *range(6, 15))]
OIDS: Final = [*SCALARS, *(f"1.3.6.1.4.1.99999.2.1.3.{n}" for n in range(1, 49))]
TABLE: Final = "1.3.6.1.4.1.99999.2.1"
REPETITIONS: Final = 48
USER, AUTH_KEY, PRIV_KEY = "bench", "authpass123", "privpass123"
AT_ONCE: Final = 100
"""Devices asked at once."""
_PATIENCE: Final = 20.0  # pysnmp keeps the loop busy for seconds

Poll = Callable[[int], Awaitable[int]]
"""Asks the device of this number everything once; returns how many varbinds came."""


def _parts(shape: str) -> list[list[str]]:
    size = 60 if shape == "get60" else 20
    return [OIDS[start : start + size] for start in range(0, len(OIDS), size)]


def through_transport(transport: Any, shape: str, hosts: Sequence[str], port: int, version: str) -> Poll:
    """Return a poll over one of our transports."""
    from collectors.snmp.engine import oid
    from collectors.snmp.engine.access import Auth, Community, Priv, User
    from collectors.snmp.engine.request import Request
    from collectors.snmp.transport.contract import Target
    from dcim.model import Address

    access = (
        User(USER, Auth.SHA256, AUTH_KEY, Priv.AES128, PRIV_KEY) if version == "3" else Community("public")
    )
    targets = [Target(Address(host, port), access, timeout=_PATIENCE) for host in hosts]
    requests = [Request.get([oid.encode(one) for one in part]) for part in _parts(shape)]
    table = oid.encode(TABLE)
    loop = asyncio.get_running_loop()

    async def get(number: int) -> int:
        came = 0
        for request in requests:
            answer = await transport.ask(targets[number], request, loop.time() + 4 * _PATIENCE)
            came += len(answer.values)
        return came

    async def walk(number: int) -> int:
        came, last = 0, table
        while True:
            answer = await transport.ask(
                targets[number], Request.bulk([last], REPETITIONS), loop.time() + 4 * _PATIENCE
            )
            inside = sum(name.startswith(table) for name in answer.oids)
            came += inside
            if inside < len(answer.oids) or not inside:
                return came
            last = answer.oids[-1]

    return walk if shape == "bulk" else get


def through_gufo(shape: str, hosts: Sequence[str], port: int, version: str) -> Poll:
    """Return a poll over gufo-snmp."""
    from gufo.snmp import Aes128Key, Sha256Key, SnmpVersion, User
    from gufo.snmp.aio import SnmpSession

    how: dict[str, Any] = {"community": "public", "version": SnmpVersion.v2c}
    if version == "3":
        user = User(USER, auth_key=Sha256Key(AUTH_KEY.encode()), priv_key=Aes128Key(PRIV_KEY.encode()))
        how = {"user": user, "version": SnmpVersion.v3}
    sessions = [SnmpSession(host, port, timeout=5.0, **how) for host in hosts]
    fresh = set(range(len(hosts)))
    parts = _parts(shape)

    async def get(number: int) -> int:
        if version == "3" and number in fresh:
            await sessions[number].refresh()
            fresh.discard(number)
        return sum([len(await sessions[number].get_many(part)) for part in parts])

    async def walk(number: int) -> int:
        came = 0
        async for _ in sessions[number].getbulk(TABLE, max_repetitions=REPETITIONS):
            came += 1
        return came

    return walk if shape == "bulk" else get


def poll_of(engine: str, shape: str, hosts: Sequence[str], port: int, version: str) -> Poll:
    if engine == "gufo":
        return through_gufo(shape, hosts, port, version)
    from collectors.snmp.opening import open_transport

    return through_transport(open_transport(engine), shape, hosts, port, version)


async def measure(engine: str, shape: str, port: int, devices: int, rounds: int, version: str) -> float:
    poll = poll_of(engine, shape, addresses(devices), port, version)
    await _round(poll, devices, AT_ONCE)
    began, came = time.process_time(), 0
    for _ in range(rounds):
        came += await _round(poll, devices, AT_ONCE)
    used = time.process_time() - began
    wanted = rounds * devices * (240 if shape == "bulk" else len(OIDS))
    if came != wanted:
        msg = f"{engine}, {shape}: {came} of {wanted} varbinds came"
        raise RuntimeError(msg)
    return used / came * 1e6


async def _round(poll: Poll, devices: int, at_once: int) -> int:
    left = iter(range(devices))

    async def worker() -> int:
        return sum([await poll(number) for number in left])

    return sum(await asyncio.gather(*(worker() for _ in range(min(at_once, devices)))))


def main() -> None:
    engine, shape, port, devices, rounds, *rest = sys.argv[1:]
    import uvloop

    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        print(
            runner.run(
                measure(engine, shape, int(port), int(devices), int(rounds), rest[0] if rest else "2c")
            )
        )


if __name__ == "__main__":
    main()
