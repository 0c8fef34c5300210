"""Servers that are late, wrong, short, mute or mad: only the three errors come out, and never a wrong value."""

from __future__ import annotations

import asyncio
import random
import socket

import pytest

from collectors.modbus.asking.bus import Bus, Manner, Tally
from collectors.modbus.transport.contract import Denied, Framing, Link, Lost, Read, Space
from collectors.modbus.transport.pymodbus import PymodbusTransport
from dcim.model import BadAnswer, NoAnswer, PollError

ONE = Read(Space.HOLDING, 10)
TWO = Read(Space.HOLDING, 10, 2)
OTHER = Read(Space.HOLDING, 77)


def soon(seconds: float = 5.0) -> float:
    return asyncio.get_running_loop().time() + seconds


async def open_to(link):
    carrier = PymodbusTransport(link)
    await carrier.connect(soon())
    return carrier


def value_of(request: bytes, rtu: bool = False) -> int:
    """The address that a request asks for: our servers answer it as the value."""
    at = 2 if rtu else 8
    return int.from_bytes(request[at : at + 2], "big")


async def test_a_late_answer_is_dropped_and_never_given_to_the_next_question(servers, kit):
    """Modbus TCP: the transaction number tells. Pains: A9, C10."""
    held: list[bytes] = []

    async def late(request, writer):
        if not held:
            held.append(kit.tcp_frame(request, kit.words(value_of(request))))
            return
        writer.write(held[0])
        await writer.drain()
        writer.write(kit.tcp_frame(request, kit.words(value_of(request))))

    carrier = await open_to(await servers.raw(late))
    with pytest.raises(NoAnswer):
        await carrier.read(1, ONE, soon(0.05))
    assert await carrier.read(1, OTHER, soon()) == b"\0\x4d"
    assert carrier.late == 1
    carrier.close()


async def test_a_late_answer_on_rtu_is_never_given_to_the_next_question(servers, kit):
    """RTU has no transaction number: a question of another length comes first. Pains: A9, C10."""
    requests: list[bytes] = []

    async def one_behind(request, writer):
        requests.append(request)
        count = int.from_bytes(request[4:6], "big")
        frame = kit.rtu_frame(1, kit.words(*[value_of(request, rtu=True)] * count))
        if len(requests) == 1:
            await asyncio.sleep(0.15)  # answers come in order, the first one after its question was given up
        writer.write(frame)

    carrier = await open_to(await servers.raw(one_behind, Framing.RTU_OVER_TCP))
    with pytest.raises(NoAnswer):
        await carrier.read(1, ONE, soon(0.05))
    assert await carrier.read(1, OTHER, soon()) == b"\0\x4d"
    assert len(requests) == 3  # the second one only told old from new
    carrier.close()


async def test_a_device_that_answers_one_question_behind_for_ever_is_never_believed(servers, kit):
    """Whatever it sends is the answer to the question before. Pains: A9, C10."""
    before: list[bytes] = []

    async def shifted(request, writer):
        count = int.from_bytes(request[4:6], "big")
        before.append(kit.rtu_frame(1, kit.words(*[value_of(request, rtu=True)] * count)))
        if len(before) > 1:
            writer.write(before[-2])

    carrier = await open_to(await servers.raw(shifted, Framing.RTU_OVER_TCP))
    for read in (ONE, OTHER, ONE, OTHER, ONE):
        with pytest.raises(PollError):
            await carrier.read(1, read, soon(0.05))
    carrier.close()


@pytest.mark.parametrize(
    ("bend", "error"),
    [
        (lambda kit, r: kit.tcp_frame(r, kit.words(1), unit=9), BadAnswer),  # another unit
        (lambda kit, r: kit.tcp_frame(r, kit.words(1), transaction=0x7777), NoAnswer),  # another transaction
        (lambda kit, r: kit.tcp_frame(r, kit.words(1, function=4)), BadAnswer),  # another function
        (lambda kit, r: kit.tcp_frame(r, kit.words(1, 2)), BadAnswer),  # more than was asked
        (lambda kit, r: kit.tcp_frame(r, b"\x03\x02\x00"), BadAnswer),  # fewer bytes than it says
        (lambda kit, r: kit.tcp_frame(r, b"\x03\x01\x00"), BadAnswer),  # fewer than was asked
        (lambda kit, r: kit.tcp_frame(r, b"\x03\x00"), BadAnswer),  # nothing at all
        (lambda kit, r: kit.tcp_frame(r, b"\x83"), BadAnswer),  # an exception without its code
        (lambda kit, r: b"HTTP/1.1 400 Bad Request\r\n\r\n", BadAnswer),
        (lambda kit, r: r[:2] + b"\0\0\0\0\1", BadAnswer),  # a length of nothing
        (lambda kit, r: kit.tcp_frame(r, kit.words(1))[:9], BadAnswer),  # broken off
        (lambda kit, r: b"", NoAnswer),  # accepts and never answers (C9)
    ],
)
async def test_what_is_no_answer_over_tcp_is_an_error_and_the_next_question_is_fine(
    servers, kit, bend, error
):
    """Pains: A9, C9, C10."""
    bent: list[bytes] = []

    async def once(request, writer):
        if not bent:
            bent.append(request)
            writer.write(bend(kit, request))
        else:
            writer.write(kit.tcp_frame(request, kit.words(value_of(request))))

    carrier = await open_to(await servers.raw(once))
    with pytest.raises(error):
        await carrier.read(1, ONE, soon(0.1))
    if not carrier.connected:
        await carrier.connect(soon())
    assert await carrier.read(1, OTHER, soon()) == b"\0\x4d"
    carrier.close()


@pytest.mark.parametrize(
    ("bend", "error"),
    [
        (lambda kit: kit.rtu_frame(9, kit.words(1)), NoAnswer),  # another unit: somebody's late answer
        (lambda kit: kit.rtu_frame(1, kit.words(1, function=4)), NoAnswer),
        (lambda kit: kit.rtu_frame(1, kit.words(1, 2, 3)), NoAnswer),  # another length
        (lambda kit: kit.rtu_frame(1, kit.words(1))[:-1] + b"\x99", BadAnswer),  # a wrong checksum
        (lambda kit: kit.rtu_frame(1, kit.words(1))[:4], BadAnswer),  # broken off
        (lambda kit: bytes(range(40, 90)), BadAnswer),
        (lambda kit: b"", NoAnswer),
    ],
)
async def test_what_is_no_answer_over_rtu_is_an_error_and_the_next_question_is_fine(
    servers, kit, bend, error
):
    """Pains: A9, C10."""
    bent: list[bytes] = []

    async def once(request, writer):
        if not bent:
            bent.append(request)
            writer.write(bend(kit))
        else:
            count = int.from_bytes(request[4:6], "big")
            writer.write(kit.rtu_frame(1, kit.words(*[value_of(request, rtu=True)] * count)))

    carrier = await open_to(await servers.raw(once, Framing.RTU_OVER_TCP))
    with pytest.raises(error):
        await carrier.read(1, ONE, soon(0.1))
    assert await carrier.read(1, OTHER, soon()) == b"\0\x4d"
    carrier.close()


async def test_noise_and_an_echo_around_an_rtu_answer_do_not_hide_it(servers, kit):
    async def noisy(request, writer):
        writer.write(request + b"\x00\xff\x01\x03")
        await writer.drain()
        await asyncio.sleep(0.01)
        writer.write(kit.rtu_frame(1, kit.words(value_of(request, rtu=True))) + b"\xfe")

    carrier = await open_to(await servers.raw(noisy, Framing.RTU_OVER_TCP))
    assert await carrier.read(1, OTHER, soon()) == b"\0\x4d"
    carrier.close()


async def test_an_answer_in_crumbs_is_put_together(servers, kit):
    async def crumbs(request, writer):
        for byte in kit.tcp_frame(request, kit.words(1, 2)):
            writer.write(bytes([byte]))
            await writer.drain()
            await asyncio.sleep(0)

    carrier = await open_to(await servers.raw(crumbs))
    assert await carrier.read(1, TWO, soon()) == b"\0\1\0\2"
    carrier.close()


async def test_a_host_that_never_accepts_is_no_answer_at_the_deadline():
    """Its queue of connections is full: the kernel drops ours. Pains: C9, D3."""
    with socket.socket() as full:
        full.bind(("127.0.0.1", 0))
        full.listen(0)
        port = full.getsockname()[1]
        waiting = [socket.socket() for _ in range(3)]
        for one in waiting:
            one.setblocking(False)
            one.connect_ex(("127.0.0.1", port))
        carrier = PymodbusTransport(Link("127.0.0.1", port))
        with pytest.raises(NoAnswer, match="no connection in time"):
            await carrier.connect(soon(0.1))
        assert not carrier.connected
        for one in waiting:
            one.close()


async def test_a_connection_that_closes_ends_the_question_at_once(servers):
    async def close(request, writer):
        writer.close()

    carrier = await open_to(await servers.raw(close))
    with pytest.raises(Lost):
        await carrier.read(1, ONE, soon(30))
    assert not carrier.connected


async def test_closing_our_side_ends_the_question_at_once(servers):
    async def mute(request, writer):
        return

    carrier = await open_to(await servers.raw(mute))
    question = asyncio.create_task(carrier.read(1, ONE, soon(30)))
    await asyncio.sleep(0.01)
    carrier.close()
    with pytest.raises(Lost):
        await question


async def test_a_device_that_closes_after_every_answer_costs_a_connection_and_no_value(servers, kit):
    """Pains: C8."""

    async def once(request, writer):
        writer.write(kit.tcp_frame(request, kit.words(value_of(request))))
        await writer.drain()
        writer.close()

    link = await servers.raw(once)
    bus = Bus(link, PymodbusTransport(link))
    for at in range(5):
        tally = Tally()
        assert await bus.read(1, Read(Space.HOLDING, at), Manner(1.0), soon(), tally) == bytes([0, at])
        await asyncio.sleep(0.01)
    bus.close()


async def test_a_busy_unit_is_asked_again_and_is_never_zero(servers, kit):
    """Pains: A10."""
    asked: list[bytes] = []

    async def busy_twice(request, writer):
        asked.append(request)
        pdu = b"\x83\x06" if len(asked) < 3 else kit.words(5)
        writer.write(kit.tcp_frame(request, pdu))

    link = await servers.raw(busy_twice)
    bus = Bus(link, PymodbusTransport(link))
    tally = Tally()
    assert await bus.read(1, ONE, Manner(1.0), soon(), tally) == b"\0\5"
    assert (tally.requests, tally.retries) == (3, 2)
    bus.close()


async def test_identification_that_contradicts_itself_is_a_bad_answer(servers, kit):
    async def overlong(request, writer):
        writer.write(kit.tcp_frame(request, bytes([0x2B, 0x0E, 2, 0x83, 0, 0, 1, 0, 200]) + b"abc"))

    carrier = await open_to(await servers.raw(overlong))
    with pytest.raises(BadAnswer):
        await carrier.identify(1, soon(0.3))
    carrier.close()


async def test_identification_goes_on_where_more_follows_and_ends_where_it_never_does(servers, kit):
    pages = []

    async def endless(request, writer):
        pages.append(request[10])
        objects = bytes([request[10] % 7, 2]) + b"ab"
        writer.write(kit.tcp_frame(request, bytes([0x2B, 0x0E, 2, 0x83, 0xFF, 1, 1]) + objects))

    carrier = await open_to(await servers.raw(endless))
    assert await carrier.identify(1, soon()) == {0: "ab", 1: "ab"}
    assert len(pages) < 20
    carrier.close()


async def test_basic_identification_where_the_regular_one_is_refused(servers, kit):
    async def basic_only(request, writer):
        if request[9] == 2:
            writer.write(kit.tcp_frame(request, b"\xab\x03"))
        else:
            writer.write(kit.tcp_frame(request, bytes([0x2B, 0x0E, 1, 1, 0, 0, 1, 0, 2]) + b"ab"))

    carrier = await open_to(await servers.raw(basic_only))
    assert await carrier.identify(1, soon()) == {0: "ab"}
    carrier.close()


@pytest.mark.parametrize("framing", [Framing.TCP, Framing.RTU_OVER_TCP], ids=str)
async def test_arbitrary_bytes_give_only_the_three_errors_and_no_hang(servers, framing):
    """Pains: C10."""
    chance = random.Random(20)

    async def mad(request, writer):
        for _ in range(chance.randrange(4)):
            kind = chance.randrange(4)
            noise = chance.randbytes(chance.choice([0, 1, 3, 7, 8, 9, 40, 300, 3000]))
            head = request[: chance.randrange(9)] if kind < 3 else b""
            writer.write(head + noise)
            await asyncio.sleep(0)
        if chance.randrange(8) == 0:
            writer.close()

    carrier = PymodbusTransport(await servers.raw(mad, framing))
    outcomes = []
    for turn in range(150):
        try:
            if not carrier.connected:
                await carrier.connect(soon(1))
            if turn % 10:
                read = Read(chance.choice(list(Space)), 10, chance.randrange(1, 120))
                await carrier.read(1, read, soon(0.005))
            else:
                await carrier.identify(1, soon(0.005))
        except PollError as exc:
            outcomes.append(type(exc))
    assert len(outcomes) > 100
    assert set(outcomes) <= {NoAnswer, BadAnswer, Lost, Denied}
    carrier.close()


async def test_a_refusal_tells_old_from_new_on_rtu_too(servers, kit):
    """The question that was to tell them apart is refused: what came before it has been answered. Pains: A9."""
    requests: list[bytes] = []

    async def picky(request, writer):
        requests.append(request)
        if len(requests) == 1:
            return
        count = int.from_bytes(request[4:6], "big")
        if count == 2:
            writer.write(kit.rtu_frame(1, b"\x83\x02"))
        else:
            writer.write(kit.rtu_frame(1, kit.words(*[value_of(request, rtu=True)] * count)))

    carrier = await open_to(await servers.raw(picky, Framing.RTU_OVER_TCP))
    with pytest.raises(NoAnswer):
        await carrier.read(1, ONE, soon(0.05))
    assert await carrier.read(1, OTHER, soon()) == b"\0\x4d"
    assert [int.from_bytes(request[4:6], "big") for request in requests] == [1, 2, 1]
    assert await carrier.read(1, ONE, soon()) == b"\0\x0a"
    assert len(requests) == 4
    carrier.close()
