"""One suite for every way to carry Modbus, against pymodbus's own server."""

from __future__ import annotations

import asyncio

import pytest

from collectors.modbus.recordings.recording import Recording
from collectors.modbus.transport.contract import Denied, Framing, Link, Lost, Read, Space
from collectors.modbus.transport.pymodbus import PymodbusTransport
from dcim.model import NoAnswer

HELD = Recording(
    {
        Space.HOLDING: {at: at * 3 % 65536 for at in (*range(200), *range(65520, 65536))},
        Space.INPUT: {at: 1000 + at for at in range(130)},
        Space.COIL: {at: at % 3 == 0 for at in range(40)},
        Space.DISCRETE: {at: at % 5 == 0 for at in range(40)},
    }
)


def soon(seconds: float = 5.0) -> float:
    return asyncio.get_running_loop().time() + seconds


@pytest.fixture(params=list(Framing), ids=str)
async def transport(request, servers):
    link = await servers.pymodbus({7: HELD}, request.param)
    carrier = PymodbusTransport(link)
    await carrier.connect(soon())
    yield carrier
    carrier.close()


@pytest.mark.parametrize(
    "read",
    [
        Read(Space.HOLDING, 10, 3),
        Read(Space.HOLDING, 0, 125),
        Read(Space.HOLDING, 65535),
        Read(Space.HOLDING, 65532, 4),
        Read(Space.INPUT, 100, 20),
        Read(Space.COIL, 0, 40),
        Read(Space.COIL, 7, 3),
        Read(Space.DISCRETE, 39),
    ],
    ids=str,
)
async def test_every_space_is_read_as_the_device_has_it(transport, read):
    """Pains: C4 (address 65535)."""
    assert await transport.read(7, read, soon()) == HELD.answer(read)


async def test_an_exception_keeps_its_code(transport):
    with pytest.raises(Denied) as caught:
        await transport.read(7, Read(Space.HOLDING, 300, 2), soon())
    assert caught.value.code == Denied.ILLEGAL_ADDRESS


async def test_a_unit_that_the_gateway_misses_is_an_exception_of_the_gateway(transport):
    with pytest.raises(Denied) as caught:
        await transport.read(8, Read(Space.HOLDING, 0), soon())
    assert caught.value.code in Denied.GATEWAY


async def test_identification_is_read(transport):
    assert await transport.identify(7, soon()) == {0: "Acme", 1: "P1", 2: "1.2", 5: "M1"}


async def test_a_closed_transport_answers_nothing_until_it_connects_again(transport):
    transport.close()
    assert not transport.connected
    with pytest.raises(Lost):
        await transport.read(7, Read(Space.HOLDING, 0), soon())
    await transport.connect(soon())
    assert await transport.read(7, Read(Space.HOLDING, 5), soon()) == b"\x00\x0f"


async def test_cancelling_a_question_leaves_the_next_one_its_own_answer(transport):
    """Pains: A9, C10."""
    question = asyncio.create_task(transport.read(7, Read(Space.HOLDING, 1, 2), soon()))
    await asyncio.sleep(0)
    question.cancel()
    await asyncio.gather(question, return_exceptions=True)
    for at in range(20, 40):
        assert await transport.read(7, Read(Space.HOLDING, at, 2), soon()) == HELD.answer(
            Read(Space.HOLDING, at, 2)
        )


async def test_nobody_listens():
    carrier = PymodbusTransport(Link("127.0.0.1", 1))
    with pytest.raises(NoAnswer, match="refused or unreachable"):
        await carrier.connect(soon())
    assert not carrier.connected


async def test_no_such_line(tmp_path):
    carrier = PymodbusTransport(Link(str(tmp_path / "ttyNone"), 0, Framing.SERIAL))
    with pytest.raises(NoAnswer):
        await carrier.connect(soon())


def test_no_function_that_writes_exists():
    """The monitor never writes: the contract has no such method, and nothing of ours names such a request."""
    from pathlib import Path

    import collectors.modbus as package

    sources = [file.read_text() for file in Path(package.__file__).parent.rglob("*.py")]
    knowing = [source for source in sources if "pymodbus" in source]
    assert len(knowing) >= 3
    assert not any("Write" in source or "write_" in source for source in knowing)
