"""Against a real device made with libmodbus, over TCP and over a serial line."""

from __future__ import annotations

import asyncio
import shutil
import subprocess
from pathlib import Path

import pytest

from collectors.modbus.transport.contract import Denied, Framing, Link, Read, Space
from collectors.modbus.transport.pymodbus import PymodbusTransport
from dcim.collect import Ask
from dcim.model import Lane
from tests.waiting import PATIENCE, until_it

SOURCE = Path(__file__).with_name("server.c")

pytestmark = pytest.mark.live


@pytest.fixture
def server(tmp_path, live):
    live(
        shutil.which("gcc") is not None and shutil.which("pkg-config") is not None,
        "gcc or pkg-config is missing",
    )
    flags = subprocess.run(["pkg-config", "--cflags", "--libs", "libmodbus"], capture_output=True, text=True)
    live(flags.returncode == 0, "libmodbus-dev is not installed")
    binary = tmp_path / "server"
    subprocess.run(["gcc", "-O1", "-o", binary, SOURCE, *flags.stdout.split()], check=True)
    return binary


@pytest.fixture
async def tcp(server):
    process = await asyncio.create_subprocess_exec(server, "tcp", stdout=asyncio.subprocess.PIPE)
    port = int(await asyncio.wait_for(process.stdout.readline(), PATIENCE))
    yield Link("127.0.0.1", port)
    process.kill()
    await process.wait()


@pytest.fixture
async def serial(server, tmp_path, live):
    live(shutil.which("socat") is not None, "socat is not installed")
    ours, theirs = tmp_path / "a", tmp_path / "b"
    pair = await asyncio.create_subprocess_exec(
        "socat", f"pty,raw,echo=0,link={ours}", f"pty,raw,echo=0,link={theirs}"
    )
    await until_it(lambda: ours.exists() and theirs.exists(), "socat has made both ends of the line")
    process = await asyncio.create_subprocess_exec(server, "rtu", theirs, stdout=asyncio.subprocess.PIPE)
    assert await asyncio.wait_for(process.stdout.readline(), PATIENCE) == b"ready\n"
    yield Link(str(ours), 0, Framing.SERIAL, 115200, "N", 1)
    for started in (process, pair):
        started.kill()
        await started.wait()


def soon() -> float:
    return asyncio.get_running_loop().time() + PATIENCE


async def check(link):
    carrier = PymodbusTransport(link)
    await carrier.connect(soon())
    assert await carrier.read(7, Read(Space.HOLDING, 100, 3), soon()) == b"\x01\x2c\x01\x2f\x01\x32"
    assert await carrier.read(7, Read(Space.INPUT, 5), soon()) == b"\x03\xed"
    assert await carrier.read(7, Read(Space.COIL, 0, 7), soon()) == bytes([0b1001001])
    assert await carrier.read(7, Read(Space.DISCRETE, 0, 10), soon()) == bytes([0b00100001, 0])
    assert len(await carrier.read(7, Read(Space.HOLDING, 0, 125), soon())) == 250
    with pytest.raises(Denied) as caught:
        await carrier.read(7, Read(Space.HOLDING, 65530, 6), soon())
    assert caught.value.code == Denied.ILLEGAL_ADDRESS
    carrier.close()


async def test_every_space_over_tcp(tcp):
    await check(tcp)


async def test_every_space_over_a_serial_line(serial):
    await check(serial)


async def test_the_whole_way_to_values(tcp, kit, tmp_path):
    """One float, one hole, one text: decoded right, and the hole costs itself only. Pains: B6, C2, C3."""
    (tmp_path / "demo").mkdir()
    (tmp_path / "demo" / "profile.yaml").write_text("""\
profile: demo
format: 1
kind: meter
vendor: libmodbus
title: the server beside this test
modbus: { gap: 124 }
points:
  - { metric: meter_frequency_hertz, holding: 10, type: float32, unit: Hz }
  - { metric: meter_power_watts, holding: 20, unit: kW, scale: 0.1 }
  - { metric: meter_reactive_power_vars, input: 3, unit: var }
  - { metric: meter_apparent_power_voltamperes, holding: 499, type: uint32, unit: VA }
""")
    collector = kit.collector(PymodbusTransport, (tmp_path,))
    ask = Ask(frozenset(Lane), soon())
    answer = await collector.collect(kit.asset(tcp, 7, "demo"), ask)
    await collector.aclose()
    assert kit.plain(answer.batches) == {
        "meter_frequency_hertz": 12.5,
        "meter_power_watts": 6000.0,
        "meter_reactive_power_vars": 1003.0,
        "meter_apparent_power_voltamperes": "[refused]",
    }
