"""What is special to our own engine's transport: windows, one socket, what is dropped and why."""

import asyncio
import gc
import itertools
import socket
from random import Random

import pytest
import uvloop
from pysnmp.proto.api import v2c

from collectors.snmp.engine import ber, community, oid, pdu, v3
from collectors.snmp.engine.access import Auth, Community, Priv, User
from collectors.snmp.engine.request import Request
from collectors.snmp.engine.value import Malformed
from collectors.snmp.transport.contract import Target, Urgency
from collectors.snmp.transport.udp.transport import UdpTransport
from collectors.snmp.transport.udp.window import Windows
from collectors.snmp.transport.wire import UdpWire
from dcim.model import Address, BadAnswer, NoAnswer, Refused

ONE = Request.get([oid.encode("1.3.6.1.4.1.9.1.1")])
CELLS = {"1.3.6.1.4.1.9.1.1": v2c.Integer(7)}


def target(agent, timeout=5.0, retries=2, access=None):
    return Target(Address(agent.host, agent.port), access or Community("public"), timeout, retries)


def soon(seconds=3.0):
    return asyncio.get_running_loop().time() + seconds


def answer_to(message, value=b"\x02\x01\x07"):
    """What a device answers to a v2c GET of one OID."""
    at = message.index(b"\xa0")
    body = ber.tlv(0x30, ber.tlv(0x30, ber.tlv(6, ONE.oids[0]) + value))
    inner = ber.tlv(0xA2, message[at + 2 : at + 8] + b"\x02\x01\x00\x02\x01\x00" + body)
    return ber.tlv(0x30, message[2:at] + inner)


class Memory:
    """Agents in memory: every address answers, except those in ``dead``, which swallow."""

    def __init__(self, capacity=1 << 26):
        self.capacity = capacity
        self.dead = set()
        self.sent = []
        self.most = 0
        self.open = 0
        self.held = None

    def __call__(self, family, receive):
        self.receive = receive
        return self

    def send(self, data, to):
        self.sent.append(to)
        if to[0] in self.dead:
            return ""
        self.open += 1
        self.most = max(self.most, self.open)
        if self.held is None:
            asyncio.get_running_loop().call_soon(self.answer, data, to)
        else:
            self.held.append((data, to))
        return ""

    def answer(self, data, to):
        self.open -= 1
        self.receive(answer_to(data), to)

    def close(self):
        pass


def at(number):
    return Target(Address(f"192.0.2.{number}", 161), Community("public"), 0.05, 1)


async def test_no_more_questions_are_under_way_than_the_buffer_holds_answers():
    memory = Memory(capacity=8192 * 8)
    memory.held = []
    transport = UdpTransport(Random(1), memory)
    limit = Windows(memory.capacity, bool).normal.limit
    device = at(1)
    tasks = [asyncio.create_task(transport.ask(device, ONE, soon(60))) for _ in range(3 * limit)]
    while memory.open < limit:
        await asyncio.sleep(0)
    await asyncio.sleep(0)
    assert memory.open == limit
    while memory.held:
        memory.answer(*memory.held.pop())
    memory.held = None
    answers = await asyncio.gather(*tasks)
    assert all(answer.values == [7] for answer in answers)
    assert memory.most == limit
    await transport.aclose()


async def test_dead_devices_hold_back_no_live_one():
    """A tenth of the window's worth of dead ones, asked as silent, while live ones go on."""
    memory = Memory(capacity=8192 * 8)
    memory.dead = {f"192.0.2.{number}" for number in range(100, 200)}
    transport = UdpTransport(Random(1), memory)
    dead = [
        asyncio.create_task(transport.ask(at(number), ONE, soon(0.4), Urgency.SILENT))
        for number in range(100, 200)
    ]
    await asyncio.sleep(0)
    live = at(1)
    for _ in range(50):
        assert (await transport.ask(live, ONE, soon(60))).attempts == 1
    assert not any(task.done() for task in dead)
    outcomes = await asyncio.gather(*dead, return_exceptions=True)
    assert {type(outcome) for outcome in outcomes} == {NoAnswer}
    await transport.aclose()


async def test_a_question_that_never_gets_its_turn_says_so():
    memory = Memory(capacity=0)
    memory.dead = {"192.0.2.9"}
    transport = UdpTransport(Random(1), memory)
    limit = Windows(0, bool).normal.limit
    blocker = Target(Address("192.0.2.9", 161), Community("public"), 30, 0)
    tasks = [asyncio.create_task(transport.ask(blocker, ONE, soon(30))) for _ in range(limit)]
    await asyncio.sleep(0)
    with pytest.raises(NoAnswer, match="did not get its turn"):
        await transport.ask(at(1), ONE, soon(0.05))
    tasks[0].cancel()
    await asyncio.sleep(0)
    assert (await transport.ask(at(1), ONE, soon())).values == [7]
    await transport.aclose()
    assert {type(one) for one in await asyncio.gather(*tasks, return_exceptions=True)} == {
        NoAnswer,
        asyncio.CancelledError,
    }


async def test_a_question_nobody_waits_for_any_more_is_not_sent():
    memory = Memory(capacity=0)
    memory.held = []
    transport = UdpTransport(Random(1), memory)
    device = at(1)
    limit = Windows(0, bool).normal.limit
    tasks = [asyncio.create_task(transport.ask(device, ONE, soon())) for _ in range(limit + 2)]
    while memory.open < limit:
        await asyncio.sleep(0)
    tasks[-2].cancel()
    await asyncio.sleep(0)
    while memory.held:
        memory.answer(*memory.held.pop())
        await asyncio.sleep(0)
    assert (await tasks[-1]).values == [7]
    assert len(memory.sent) == limit + 1
    await transport.aclose()


async def test_what_could_not_be_sent_is_said_in_the_kernels_words():
    class Broken(Memory):
        def send(self, data, to):
            return "Network is unreachable"

    transport = UdpTransport(Random(1), Broken())
    with pytest.raises(NoAnswer, match="could not be asked: Network is unreachable"):
        await transport.ask(at(1), ONE, soon())
    await transport.aclose()


async def test_an_address_family_that_the_machine_lacks_is_no_answer():
    def lacking(family, receive):
        raise OSError("Address family not supported")

    transport = UdpTransport(Random(1), lacking)
    with pytest.raises(NoAnswer, match="no socket for this address family"):
        await transport.ask(at(1), ONE, soon())
    await transport.aclose()


async def test_everything_that_is_dropped_is_counted_by_reason():
    memory = Memory()
    transport = UdpTransport(Random(1), memory)
    device, seen = at(1), []
    memory.answer = lambda data, to: seen.append(data)
    task = asyncio.create_task(transport.ask(device, ONE, soon(), Urgency.SILENT))
    while not seen:
        await asyncio.sleep(0)
    home = ("192.0.2.1", 161)
    good = answer_to(seen[0])
    envelope = community.envelope(Community("public"))
    strange = answer_to(community.encode(envelope, Request.get(ONE.oids), pdu.LEAST_NUMBER))
    memory.receive(good, ("192.0.2.2", 161))
    memory.receive(strange, home)
    memory.receive(b"nonsense", home)
    memory.receive(good.replace(b"\xa2", b"\xa8"), home)
    assert not task.done()
    memory.receive(good, home)
    memory.receive(good, home)
    assert (await task).values == [7]
    memory.receive(good, home)
    assert transport.stats.dropped == {
        "wrong_address": 1,
        "unknown_id": 1,
        "nonsense": 1,
        "wrong_version": 1,
        "late": 2,
    }
    await transport.aclose()


async def test_a_device_that_talks_nonsense_is_a_bad_answer(open_agent, said, udp_transport):
    agent = await open_agent(CELLS, behave=lambda reply, _: [said(b"HTTP/1.1 400")])
    with pytest.raises(BadAnswer, match="no SNMP message"):
        await udp_transport.ask(target(agent, 0.1, 0), ONE, soon())


async def test_one_malformed_value_costs_no_other(udp_transport, open_agent, said):
    """Pains: B6."""
    cells = {**CELLS, "1.3.6.1.4.1.9.1.2": v2c.IpAddress("192.0.2.1"), "1.3.6.1.4.1.9.1.3": v2c.Gauge32(3)}
    spoil = b"\x40\x04\xc0\x00\x02\x01", b"\x46\x04\xc0\x00\x02\x01"
    worse = b"\x40\x04\xc0\x00\x02\x01", b"\x06\x04\x2b\x06\x01\x81"
    request = Request.get([oid.encode(name) for name in cells])
    agent = await open_agent(
        cells, behave=lambda reply, nth: [said(reply.replace(*(spoil if nth < 3 else worse)))]
    )
    for wanted in (int, int, Malformed, Malformed):
        answer = await udp_transport.ask(target(agent), request, soon())
        assert (answer.values[0], answer.values[2]) == (7, 3)
        assert isinstance(answer.values[1], wanted)


async def test_an_answer_that_cannot_be_told_apart_is_a_bad_answer_at_once(udp_transport, open_agent, said):
    agent = await open_agent(
        CELLS, behave=lambda reply, _: [said(reply.replace(b"\x06\x08\x2b", b"\x06\x7f\x2b"))]
    )
    with pytest.raises(BadAnswer, match=r"127\.0\.0\.1"):
        await udp_transport.ask(target(agent, 30), ONE, soon(30))


async def test_a_user_whom_the_engine_ignores_is_refused_and_told_from_a_dead_device(udp_transport, v3_agent):
    """A wrong privacy key: most agents drop what they cannot read. Pains: B7."""
    await v3_agent.start()
    user = User("sha256aes", Auth.SHA256, "auth-secret-1", Priv.AES128, "not-the-key")
    with pytest.raises(Refused):
        await udp_transport.ask(target(v3_agent, 0.1, 1, user), ONE, soon())
    v3_agent.stop()
    with pytest.raises(NoAnswer):
        await udp_transport.ask(target(v3_agent, 0.1, 1, user), ONE, soon())


@pytest.mark.long
async def test_learning_about_v3_engines_is_counted(udp_transport, v3_agent):
    """An engine id that changed is worth an alert. Pains: B7."""
    await v3_agent.start()
    user = User("sha256aes", Auth.SHA256, "auth-secret-1", Priv.AES128, "priv-secret-1")
    device = target(v3_agent, 1, 2, user)
    await udp_transport.ask(device, ONE, soon())
    v3_agent.set_clock(9, 5)
    await udp_transport.ask(device, ONE, soon())
    await v3_agent.start(engine_id="80000000019999")
    await udp_transport.ask(device, ONE, soon(10))
    assert udp_transport.stats.learned == {"engine": 1, "clock": 1, "engine_change": 1}


async def test_an_agent_that_never_stops_rejecting_our_clock_is_refused():
    class Stubborn(Memory):
        def answer(self, data, to):
            question = v3.decode(data)
            varbind = ber.tlv(0x30, ber.tlv(6, oid.encode("1.3.6.1.6.3.15.1.1.4.0")) + b"\x41\x01\x01")
            report = ber.tlv(0xA8, ber.integer(0) + b"\x02\x01\x00\x02\x01\x00" + ber.tlv(0x30, varbind))
            security = v3.Security(b"engine", 1, 1, b"", b"", b"")
            self.receive(v3.encode(question.id, 0, security, v3.scoped(b"engine", b"", report))[0], to)

    memory = Stubborn()
    transport = UdpTransport(Random(1), memory)
    device = Target(Address("192.0.2.1", 161), User("noc"), 30)
    with pytest.raises(Refused, match="keeps rejecting"):
        await transport.ask(device, ONE, soon(30))
    await transport.aclose()


@pytest.mark.long
async def test_a_target_nobody_needs_any_more_is_forgotten():
    transport = UdpTransport(Random(1), Memory())
    device = at(1)
    await transport.ask(device, ONE, soon())
    assert len(transport._peers._peers) == 1
    del device
    await asyncio.sleep(0.15)  # its timeout, which still holds it
    gc.collect()
    assert not transport._peers._peers
    assert not transport._under_way.by_number
    await transport.aclose()


async def test_a_named_device_is_resolved_anew_after_silence(udp_transport, open_agent):
    agent = await open_agent(CELLS, behave=lambda reply, _: [])
    device = Target(Address("localhost", agent.port), Community("public"), 0.05, 0)
    with pytest.raises(NoAnswer):
        await udp_transport.ask(device, ONE, soon())
    assert not udp_transport._peers._peers
    agent.behave = type(agent).behave
    assert (await udp_transport.ask(device, ONE, soon())).values == [7]


async def test_the_receive_buffer_is_what_the_kernel_really_gave(udp_transport, open_agent):
    agent = await open_agent(CELLS)
    await udp_transport.ask(target(agent), ONE, soon())
    assert udp_transport.stats.receive_buffer >= 4096
    small = UdpWire(socket.AF_INET, lambda data, source: None, wanted_buffer=4096)
    assert small.capacity < 65536
    small.close()


def test_it_works_on_uvloop_too(open_agent):
    async def main():
        server = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        server.bind(("127.0.0.1", 0))
        server.setblocking(False)
        loop = asyncio.get_running_loop()

        def answer():
            data, source = server.recvfrom(65535)
            server.sendto(answer_to(data), source)

        loop.add_reader(server.fileno(), answer)
        transport = UdpTransport()
        device = Target(Address("127.0.0.1", server.getsockname()[1]), Community("public"))
        values = (await transport.ask(device, ONE, loop.time() + 3)).values
        await transport.aclose()
        loop.remove_reader(server.fileno())
        server.close()
        return values

    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        assert runner.run(main()) == [7]


async def test_what_a_v3_question_does_not_believe_is_counted_by_reason():
    """Pains: B7."""

    class V3(Memory):
        def message(self, number, inner, flags=0, engine=b"engine"):
            security = v3.Security(engine, 1, 1, b"noc", b"", b"")
            return v3.encode(number, flags, security, v3.scoped(engine, b"", inner))[0]

        def report(self, number):
            varbind = ber.tlv(0x30, ber.tlv(6, oid.encode("1.3.6.1.6.3.15.1.1.4.0")) + b"\x41\x01\x01")
            inner = ber.tlv(0xA8, ber.integer(0) + b"\x02\x01\x00\x02\x01\x00" + ber.tlv(0x30, varbind))
            return self.message(number, inner)

        def response(self, number, request_id, **more):
            varbind = ber.tlv(0x30, ber.tlv(6, ONE.oids[0]) + b"\x02\x01\x07")
            inner = ber.integer(request_id) + b"\x02\x01\x00\x02\x01\x00" + ber.tlv(0x30, varbind)
            return self.message(number, ber.tlv(0xA2, inner), **more)

        def answer(self, data, to):
            number = v3.decode(data).id
            if number not in transport._under_way.by_number:
                return
            if transport._under_way.by_number[number].is_probe:
                self.receive(self.report(number), to)
                return
            self.receive(self.response(number, number), ("192.0.2.7", 161))
            self.receive(self.response(number, number ^ 1), to)
            self.receive(self.response(number, number, engine=b"other"), to)
            self.receive(answer_to(community.encode(envelope, ONE, number)), to)
            self.receive(self.response(number, number), to)
            self.receive(self.response(number, number), to)

    envelope = community.envelope(Community("public"))
    memory = V3()
    transport = UdpTransport(Random(1), memory)
    device = Target(Address("192.0.2.1", 161), User("noc"), 30)
    assert (await transport.ask(device, ONE, soon(30))).values == [7]
    assert transport.stats.dropped == {
        "wrong_address": 1,
        "wrong_request_id": 1,
        "engine": 1,
        "wrong_version": 1,
        "late": 1,
    }
    await transport.aclose()


async def test_a_v3_message_to_a_v2c_question_is_dropped():
    memory = Memory()
    memory.held = []
    transport = UdpTransport(Random(1), memory)
    task = asyncio.create_task(transport.ask(at(1), ONE, soon(), Urgency.SILENT))
    while not memory.held:
        await asyncio.sleep(0)
    number = next(iter(transport._under_way.by_number))
    security = v3.Security(b"engine", 1, 1, b"", b"", b"")
    memory.receive(v3.encode(number, 0, security, v3.scoped(b"engine", b"", b""))[0], ("192.0.2.1", 161))
    assert transport.stats.dropped == {"wrong_version": 1}
    memory.answer(*memory.held.pop())
    assert (await task).values == [7]
    await transport.aclose()


async def test_numbers_are_at_random_and_never_those_of_a_question_under_way():
    """An agent that is asked often learns nothing about what others are asked."""
    memory = Memory()
    memory.held = []
    transport = UdpTransport(Random(1), memory)
    device = at(1)
    tasks = [asyncio.create_task(transport.ask(device, ONE, soon())) for _ in range(400)]
    while len(memory.held) < 400:
        await asyncio.sleep(0)
    numbers = list(transport._under_way.by_number)
    steps = {later - earlier for earlier, later in itertools.pairwise(numbers)}
    assert len(set(numbers)) == 400
    assert len(steps) > 390
    assert min(steps) < -(1 << 29) < 1 << 29 < max(steps)
    assert all(pdu.LEAST_NUMBER <= number <= pdu.MOST_NUMBER for number in numbers)
    while memory.held:
        memory.answer(*memory.held.pop())
    await asyncio.gather(*tasks)
    await transport.aclose()


async def test_notes_about_nonsense_are_bounded():
    memory = Memory()
    transport = UdpTransport(Random(1), memory)
    await transport.ask(at(1), ONE, soon())
    for number in range(5000):
        memory.receive(b"x", (f"192.0.{number >> 8}.{number & 255}", 161))
    assert len(transport._nonsense) <= 4096
    assert transport.stats.dropped == {"nonsense": 5000}
    await transport.aclose()
