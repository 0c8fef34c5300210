"""Windows, the timer wheel, wires and names by themselves."""

import asyncio
import socket
from array import array
from random import Random
from types import SimpleNamespace

import pytest

from collectors.snmp.engine.access import Community
from collectors.snmp.engine.pdu import LEAST_NUMBER, MOST_NUMBER
from collectors.snmp.transport.contract import Target
from collectors.snmp.transport.numbers import KEPT, Numbers
from collectors.snmp.transport.peer import locate
from collectors.snmp.transport.udp.wheel import TICK, Wheel
from collectors.snmp.transport.udp.window import Window, Windows
from collectors.snmp.transport.wire import UdpWire, plain_address
from dcim.model import Address, NoAnswer


def test_a_window_lets_in_what_fits_and_the_rest_in_order():
    inside = []
    window = Window(2, lambda item: inside.append(item) or True)
    assert [window.admit(item) for item in "abcd"] == [True, True, False, False]
    window.leave()
    assert inside == ["a", "b", "c"]
    window.leave()
    window.leave()
    assert inside == ["a", "b", "c", "d"]
    assert window.inside == 1


def test_a_window_passes_over_what_no_longer_wants_in():
    inside, gone = [], {"b", "c"}
    window = Window(1, lambda item: item not in gone and (inside.append(item) or True))
    for item in "abcd":
        window.admit(item)
    window.leave()
    assert inside == ["a", "d"]
    assert window.inside == 1
    assert window.admit("e") is False
    lonely = Window(1, lambda item: False)
    assert lonely.admit("x")
    assert lonely.inside == 0


@pytest.mark.parametrize("capacity", [0, 212_992, 425_984, 8 << 20, 64 << 20])
def test_answers_to_everything_under_way_fit_the_buffer(capacity):
    windows = Windows(capacity, bool)
    charged = (windows.normal.limit + windows.further.limit) * 2304 + windows.silent.limit * 768
    assert charged <= max(capacity, 3 * 8 * 2304)
    assert min(windows.normal.limit, windows.further.limit, windows.silent.limit) >= 8


async def test_the_wheel_calls_each_entry_once_and_never_early():
    loop = asyncio.get_running_loop()
    called = []
    wheel = Wheel(loop, lambda item, turn: called.append((item, turn, loop.time())))
    began = loop.time()
    wheel.add(began + 3 * TICK, "b", 2)
    wheel.add(began, "a", 1)
    wheel.add(began + 3 * TICK, "c", 3)
    wheel.add(began + 1000, "never", 4)
    while len(called) < 3:
        await asyncio.sleep(TICK)
    assert [(item, turn) for item, turn, _ in called] == [("a", 1), ("b", 2), ("c", 3)]
    assert all(at >= began + 3 * TICK for _, _, at in called[1:])
    wheel.close()


class Timers:
    """A loop as the wheel sees it: what waits to be called, by time."""

    def __init__(self):
        self.waiting = {}

    def call_at(self, when, callback, number):
        self.waiting[when] = (callback, number)
        return SimpleNamespace(cancel=lambda: self.waiting.pop(when))

    def ring(self, when):
        callback, number = self.waiting.pop(when)
        callback(number)


def test_the_loop_is_not_woken_for_a_tick_of_which_nothing_is_needed_any_more():
    timers, called = Timers(), []
    wheel = Wheel(timers, lambda item, turn: called.append((item, turn)))
    one, other = wheel.add(2 * TICK, "one", 1), wheel.add(2 * TICK, "other", 1)
    wheel.add(9 * TICK, "late", 1)
    assert len(timers.waiting) == 2
    wheel.spare(one)
    assert len(timers.waiting) == 2
    wheel.spare(other)
    (left,) = timers.waiting
    assert one.entries == []  # an item that knows its tick goes by itself
    wheel.add(2 * TICK, "again", 1)  # a tick that was given up begins anew
    timers.ring(min(timers.waiting))
    timers.ring(left)
    assert called == [("again", 1), ("late", 1)]


def test_who_spares_a_tick_that_has_turned_harms_no_later_one():
    timers, called = Timers(), []
    wheel = Wheel(timers, lambda item, turn: called.append(item))
    before = wheel.add(2 * TICK, "one", 1)
    timers.ring(min(timers.waiting))
    wheel.add(2 * TICK, "two", 1)
    wheel.spare(before)
    timers.ring(min(timers.waiting))
    assert called == ["one", "two"]


async def test_a_wire_carries_datagrams_both_ways_and_says_what_it_cannot_send():
    received = asyncio.Queue()
    wire = UdpWire(socket.AF_INET6, lambda data, source: received.put_nowait((data, source)))
    with socket.socket(socket.AF_INET6, socket.SOCK_DGRAM) as device:
        device.bind(("::1", 0))
        place = ("::1", device.getsockname()[1], 0, 0)
        assert wire.send(b"question", place) == ""
        device.settimeout(5)
        data, source = device.recvfrom(100)
        device.sendto(data[::-1], source)
        assert await received.get() == (b"noitseuq", place)
    assert "long" in wire.send(bytes(70_000), place)
    wire.close()


async def test_a_flood_does_not_starve_the_loop():
    received = []
    wire = UdpWire(socket.AF_INET, lambda data, source: received.append(data))
    port = wire._socket.getsockname()[1]
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as flood:
        for number in range(700):
            flood.sendto(number.to_bytes(2, "big"), ("127.0.0.1", port))
    seen = set()
    while len(received) < 700:
        await asyncio.sleep(0)
        seen.add(len(received))
    assert len(seen) >= 3
    wire.close()


def test_scoped_addresses_compare_by_their_number():
    assert plain_address(("fe80::1%eth0", 161, 7, 3)) == ("fe80::1", 161, 0, 3)


@pytest.mark.parametrize(
    ("host", "family", "place"),
    [
        ("192.0.2.1", socket.AF_INET, ("192.0.2.1", 161)),
        ("2001:DB8:0::1", socket.AF_INET6, ("2001:db8::1", 161, 0, 0)),
    ],
)
async def test_a_numeric_address_is_found_without_asking_anybody(host, family, place):
    assert await locate(Target(Address(host), Community("public")), 0) == (family, place)


@pytest.mark.parametrize("host", ["", "a" * 300 + ".invalid", "bad\0name"])
async def test_a_name_that_cannot_be_one_is_no_answer(host):
    deadline = asyncio.get_running_loop().time() + 5
    with pytest.raises(NoAnswer):
        await locate(Target(Address(host, 161), Community("public")), deadline)


class Scripted(Random):
    """Gives these numbers, the last one first."""

    def __init__(self, *bits):
        super().__init__()
        self.bits = bits

    def randbytes(self, n):
        return array("I", self.bits).tobytes()


def test_a_number_is_within_the_bounds_and_not_taken():
    most = MOST_NUMBER - LEAST_NUMBER
    numbers = Numbers(Scripted(0, most, 5, most + 1))
    assert numbers.pick({LEAST_NUMBER + 5}) == MOST_NUMBER
    assert numbers.pick(()) == LEAST_NUMBER


def test_the_last_numbers_are_known_again_and_their_memory_is_bounded():
    numbers = Numbers(Random(1))
    for number in range(5 * KEPT):
        numbers.spent(number)
        assert numbers.was_ours(max(0, number - KEPT + 1))
    assert not numbers.was_ours(5 * KEPT)
    assert not numbers.was_ours(0)
    assert len(numbers._newer) + len(numbers._older) <= 2 * KEPT
