"""One connection, many units: turns, pace, patience, and a connection that is made anew. On virtual time."""

from __future__ import annotations

import asyncio
from itertools import pairwise

import pytest

from collectors.modbus.asking.bus import Bus, Buses, Manner, NotAsked, Tally
from collectors.modbus.transport.contract import Denied, Framing, Link, Lost, Read, Space
from dcim.model import BadAnswer, NoAnswer, PollError, Refused

LINK = Link("gateway", 502)
READ = Read(Space.HOLDING, 0, 2)
OK = b"\0\1\0\2"


def answer(_: Read) -> bytes:
    return OK


@pytest.fixture
def wire(kit):
    return kit.Wire(LINK)


@pytest.fixture
def ask(wire):
    """Ask through one bus, made when the loop runs."""
    buses: list[Bus] = []

    async def ask(unit, *, within=30.0, manner=None, tally=None):
        if not buses:
            buses.append(Bus(LINK, wire))
        deadline = asyncio.get_running_loop().time() + within
        return await buses[0].read(unit, READ, manner or Manner(2.0), deadline, tally or Tally())

    ask.bus = lambda: buses[0]
    return ask


async def outcome(question):
    try:
        return await question
    except PollError as exc:
        return exc


def now() -> float:
    return asyncio.get_running_loop().time()


def test_every_unit_of_a_gateway_uses_one_connection_one_question_at_a_time(virtual, wire, ask):
    """Pains: C8."""

    async def slow(_: Read) -> bytes:
        await asyncio.sleep(0.3)
        return OK

    wire.units = dict.fromkeys(range(1, 9), slow)

    async def story():
        assert await asyncio.gather(*[ask(unit) for unit in range(1, 9)]) == [OK] * 8

    virtual(story())
    assert len(wire.connects) == 1
    assert wire.most_at_once == 1


def test_equal_places_share_a_bus_and_contradicting_ones_are_refused(kit):
    """Pains: C8."""
    buses = Buses(kit.Wire)
    assert buses.of(LINK) is buses.of(Link("gateway", 502))
    assert buses.of(Link("other", 502)) is not buses.of(LINK)
    with pytest.raises(Refused, match="differently"):
        buses.of(Link("gateway", 502, Framing.RTU_OVER_TCP))


def test_a_dead_unit_costs_the_others_less_and_less(virtual, wire, ask):
    """Nine live units and a dead one, each asked every second for ten minutes. Pains: C6, D1."""
    wire.units = dict.fromkeys(range(1, 10), answer)
    waited: list[float] = []

    async def live(unit):
        for _ in range(600):
            start = now()
            assert await ask(unit) == OK
            waited.append(now() - start)
            await asyncio.sleep(1)

    async def dead():
        for _ in range(600):
            assert isinstance(await outcome(ask(99)), NoAnswer)
            await asyncio.sleep(1)

    async def story():
        await asyncio.gather(dead(), *[live(unit) for unit in range(1, 10)])

    virtual(story())
    assert max(waited) <= 2.0 + 1e-6
    assert sum(waited) / len(waited) < 0.25
    assert len(wire.times(99)) < 40


def test_a_resting_unit_is_refused_at_once_with_the_time_of_its_next_chance(virtual, wire, ask):
    """Pains: C6, D3."""
    wire.units[1] = answer

    async def story():
        await ask(1)
        await outcome(ask(99))
        start = now()
        error = await outcome(ask(99))
        assert now() == start
        return error

    error = virtual(story())
    assert isinstance(error, NotAsked)
    assert str(error) == "gateway:502 unit 99: no answer 2 times, asked again in 20 s"


def test_a_unit_that_comes_back_is_asked_as_before(virtual, wire, ask):
    """Pains: C6."""
    wire.units[1] = answer

    async def story():
        await ask(1)
        await outcome(ask(99))
        wire.units[99] = answer
        await asyncio.sleep(21)
        assert ask.bus().silent(99)
        assert await ask(99) == OK
        assert not ask.bus().silent(99)
        return [await ask(99) for _ in range(5)]

    assert virtual(story()) == [OK] * 5


def test_a_unit_alone_on_its_connection_never_rests(virtual, wire, ask):
    async def story():
        for _ in range(4):
            assert isinstance(await outcome(ask(1)), NoAnswer)
        wire.units[1] = answer
        return await ask(1)

    assert virtual(story()) == OK


def test_questions_are_apart_by_the_pause_of_the_unit(virtual, wire, ask):
    """Pains: C7."""
    wire.units = {1: answer, 2: answer}

    async def story():
        for unit in (1, 1, 2, 1):
            await ask(unit, manner=Manner(2.0, pause=0.5 if unit == 1 else 0.0))

    virtual(story())
    times = [at for at, _, _ in wire.asked]
    gaps = [round(after - before, 6) for before, after in pairwise(times)]
    assert gaps == [0.5, 0.5, 0.0]


def test_a_serial_line_is_left_quiet_between_frames(virtual, kit):
    """Pains: C7."""
    link = Link("/dev/ttyS0", 0, Framing.SERIAL, 9600)
    wire = kit.Wire(link)
    wire.units[1] = answer

    async def story():
        bus = Bus(link, wire)
        for _ in range(3):
            await bus.read(1, READ, Manner(), now() + 5, Tally())

    virtual(story())
    first, second, third = wire.times(1)
    assert min(second - first, third - second) >= 38.5 / 9600 - 1e-9


def test_busy_is_asked_again_until_it_is_not(virtual, wire, ask):
    """Pains: A10."""
    replies = [Denied(6, "x"), Denied(6, "x"), OK]
    wire.units[1] = lambda _: replies.pop(0)
    tally = Tally()
    assert virtual(ask(1, tally=tally)) == OK
    assert (tally.requests, tally.retries) == (3, 2)


def test_for_ever_busy_is_a_refusal_and_no_value(virtual, wire, ask):
    """Pains: A10."""
    wire.units[1] = lambda _: Denied(6, "x")
    error = virtual(outcome(ask(1)))
    assert isinstance(error, Denied)
    assert error.code == 6
    assert len(wire.asked) == 5


def test_busy_until_the_deadline_is_no_answer(virtual, wire, ask):
    """Pains: A10, D3."""
    wire.units[1] = lambda _: Denied(6, "x")
    assert isinstance(virtual(outcome(ask(1, within=0.1))), NoAnswer)


def test_other_exceptions_are_not_repeated(virtual, wire, ask):
    wire.units[1] = lambda _: Denied(2, "x")
    assert isinstance(virtual(outcome(ask(1))), Denied)
    assert len(wire.asked) == 1


@pytest.mark.parametrize("code", [10, 11])
def test_what_the_gateway_says_of_a_unit_is_silence_of_that_unit(virtual, wire, ask, code):
    """Pains: C6."""
    wire.units = {1: answer, 7: lambda _: Denied(code, "unit 7")}

    async def story():
        await ask(1)
        error = await outcome(ask(7))
        assert isinstance(error, NoAnswer)
        assert f"exception {code}" in str(error)
        assert ask.bus().silent(7)
        return await ask(1)

    assert virtual(story()) == OK
    assert len(wire.connects) == 1


def test_noise_on_the_line_costs_a_repeat_and_no_value(virtual, wire, ask):
    replies: list[bytes | Exception] = [BadAnswer("noise"), OK]
    wire.units[1] = lambda _: replies.pop(0)
    tally = Tally()
    assert virtual(ask(1, tally=tally)) == OK
    assert tally.retries == 1


def test_a_connection_over_which_nobody_answers_is_made_anew(virtual, wire, ask):
    """It accepts and never answers: connect() proves nothing. Pains: C9."""

    async def story():
        await outcome(ask(1))
        assert len(wire.connects) == 1
        await outcome(ask(2))
        assert len(wire.connects) == 2
        wire.units = {3: answer}
        return await ask(3)

    assert virtual(story()) == OK


def test_a_connection_that_was_lost_is_made_anew_within_the_question(virtual, wire, ask):
    """Pains: B9, C8."""
    replies: list[bytes | Exception] = [OK, Lost("closed"), OK]

    def once(_: Read) -> bytes | Exception:
        reply = replies.pop(0)
        if isinstance(reply, Lost):
            wire.connected = False
        return reply

    wire.units[1] = once

    async def story():
        return [await ask(1), await ask(1)]

    assert virtual(story()) == [OK, OK]
    assert len(wire.connects) == 2


def test_a_connection_that_is_refused_is_not_tried_at_every_question(virtual, wire, ask):
    """Pains: D3."""
    wire.refuses_connection = NoAnswer("refused")

    async def story():
        for _ in range(100):
            assert isinstance(await outcome(ask(1)), NoAnswer)
            await asyncio.sleep(0.1)
        wire.refuses_connection = None
        wire.units[1] = answer
        await asyncio.sleep(5)
        return await ask(1)

    assert virtual(story()) == OK
    assert len(wire.connects) < 12


def test_nobody_waits_beyond_the_deadline(virtual, wire, ask):
    """Pains: D1, D3."""

    async def slow(_: Read) -> bytes:
        await asyncio.sleep(1.5)
        return OK

    wire.units = dict.fromkeys(range(10), slow)

    async def story():
        start = now()
        got = await asyncio.gather(*[outcome(ask(unit, within=4.0)) for unit in range(10)])
        assert now() - start <= 4.0 + 1e-6
        return got

    got = virtual(story())
    assert got.count(OK) == 2
    assert all(isinstance(one, NoAnswer) for one in got if one != OK)


def test_a_question_cut_short_by_its_deadline_is_not_held_against_the_unit(virtual, wire, ask):
    wire.units[1] = answer

    async def story():
        await ask(1)
        for _ in range(5):
            await outcome(ask(2, within=0.5))
        return ask.bus().silent(2)

    assert virtual(story()) is False


def test_closing_ends_every_question_as_no_answer(virtual, wire, ask):
    async def story():
        questions = [asyncio.create_task(outcome(ask(unit, within=60))) for unit in (1, 2, 3)]
        await asyncio.sleep(0.5)
        ask.bus().close()
        return await asyncio.gather(*questions)

    assert all(isinstance(error, NoAnswer) for error in virtual(story()))


def test_a_cancelled_question_leaves_the_bus_free(virtual, wire, ask):
    wire.units[2] = answer

    async def story():
        question = asyncio.create_task(ask(1))
        await asyncio.sleep(0.5)
        question.cancel()
        start = now()
        assert await ask(2) == OK
        return now() - start

    assert virtual(story()) == 0


def test_one_bus_never_waits_for_another(virtual, kit):
    """Pains: D1."""
    wires = {}

    def make(link):
        wires[link.host] = kit.Wire(link)
        return wires[link.host]

    async def story():
        buses = Buses(make)
        fast, slow = buses.of(Link("fast", 502)), buses.of(Link("slow", 502))
        wires["fast"].units[1] = answer
        start = now()
        stuck = asyncio.create_task(outcome(slow.read(1, READ, Manner(9), start + 20, Tally())))
        await asyncio.sleep(0)
        for _ in range(50):
            await fast.read(1, READ, Manner(9), start + 20, Tally())
        assert now() == start
        assert isinstance(await stuck, NoAnswer)
        buses.close()

    virtual(story())
