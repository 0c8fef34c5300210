"""Both transports, and somebody on the way who forges: no signature, no effect, while the device answers.

A relay stands between a transport and a real v3 agent. It can say what it likes first, and keep the agent's
answers to itself.
"""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import AsyncIterator, Callable, Iterable
from typing import Any

import pytest
import structlog

from collectors.snmp.engine import ber, oid, pdu, v3
from collectors.snmp.engine.access import Auth, Priv, User
from collectors.snmp.engine.request import Request
from collectors.snmp.transport.contract import Target
from dcim.model import Address, BadAnswer, NoAnswer, Refused

ENGINE = bytes.fromhex("8000000001020304")
OTHER = bytes.fromhex("80000000019999")
USER = User("sha256aes", Auth.SHA256, "auth-secret-1", Priv.AES128, "priv-secret-1")
SYS_DESCR = Request.get([oid.encode("1.3.6.1.2.1.1.1.0")])
CLOCK, ENGINES, WRONG_DIGEST, UNKNOWN_USER, STRANGE = (
    oid.encode(name)
    for name in (
        "1.3.6.1.6.3.15.1.1.2.0",
        "1.3.6.1.6.3.15.1.1.4.0",
        "1.3.6.1.6.3.15.1.1.5.0",
        "1.3.6.1.6.3.15.1.1.3.0",
        "1.3.6.1.9.9",
    )
)


class Relay(asyncio.DatagramProtocol):
    """Passes datagrams between one transport and one agent, and forges before it does."""

    def __init__(self, agent: Any) -> None:
        self.agent = agent
        self.asked: list[v3.Message] = []
        self.forge: Callable[[int], Iterable[bytes]] = lambda number: ()
        self.mute = False
        self.client: Any = None

    async def open(self) -> Relay:
        loop = asyncio.get_running_loop()
        self.transport, _ = await loop.create_datagram_endpoint(lambda: self, local_addr=("127.0.0.1", 0))
        self.host, self.port = self.transport.get_extra_info("sockname")
        return self

    def datagram_received(self, data: bytes, addr: Any) -> None:
        if addr[1] == self.agent.port:
            if not self.mute:
                self.transport.sendto(data, self.client)
            return
        self.client = addr
        message = v3.decode(data)
        self.asked.append(message)
        for forged in self.forge(message.id):
            self.transport.sendto(forged, addr)
        self.transport.sendto(data, (self.agent.host, self.agent.port))


@pytest.fixture
async def relay(v3_agent: Any) -> AsyncIterator[Relay]:
    await v3_agent.start()
    opened = await Relay(v3_agent).open()
    yield opened
    opened.transport.close()
    await asyncio.sleep(0)


def forged(number: int, tag: int, name: bytes, engine: bytes) -> bytes:
    """A message without a signature."""
    varbind = ber.tlv(0x30, ber.tlv(6, name) + b"\x41\x01\x01")
    inner = ber.tlv(tag, ber.integer(number) + b"\x02\x01\x00\x02\x01\x00" + ber.tlv(0x30, varbind))
    security = v3.Security(engine, 5, 1000, b"", b"", b"")
    return v3.encode(number, 0, security, v3.scoped(engine, b"", inner))[0]


def target(relay: Relay, timeout: float = 20.0, retries: int = 0) -> Target:
    return Target(Address(relay.host, relay.port), USER, timeout, retries)


def soon(seconds: float = 30.0) -> float:
    return asyncio.get_running_loop().time() + seconds


async def met(transport: Any, device: Target) -> None:
    """Ask until the device has answered, which a busy machine may not see in time at once."""
    why = ""
    for _ in range(30):
        try:
            await transport.ask(device, SYS_DESCR, soon())
        except (NoAnswer, Refused) as not_yet:
            why = str(not_yet)
        else:
            return
    pytest.fail(f"it was asked 30 times and said last: {why}")


FORGED = {
    "refused": (pdu.REPORT, WRONG_DIGEST, ENGINE),
    "unknown user": (pdu.REPORT, UNKNOWN_USER, ENGINE),
    "strange": (pdu.REPORT, STRANGE, ENGINE),
    "another engine": (pdu.REPORT, ENGINES, OTHER),
    "another engine that refuses": (pdu.REPORT, WRONG_DIGEST, OTHER),
    "the same engine": (pdu.REPORT, ENGINES, ENGINE),
    "another clock": (pdu.REPORT, CLOCK, ENGINE),
    "a response": (pdu.RESPONSE, SYS_DESCR.oids[0], ENGINE),
}


async def test_what_nobody_signed_ends_no_question_while_the_device_answers(
    transport: Any, relay: Relay
) -> None:
    """Pains: B7."""
    device = target(relay)
    first = await transport.ask(device, SYS_DESCR, soon())
    for kind in FORGED.values():
        relay.forge = lambda number, kind=kind: 3 * [forged(number, *kind)]  # type: ignore[misc]
        for _ in range(2):
            assert (await transport.ask(device, SYS_DESCR, soon())).values == first.values
    assert transport.stats.learned == {"engine": 1}
    assert transport.stats.timeouts == 0
    assert len(relay.asked) == 2 + 2 * len(FORGED)


@pytest.mark.long
@pytest.mark.parametrize(
    ("name", "error"), [(WRONG_DIGEST, Refused), (STRANGE, BadAnswer), (CLOCK, NoAnswer)]
)
async def test_what_nobody_signed_is_told_when_nothing_signed_comes_in_time(
    transport: Any, relay: Relay, name: bytes, error: type[Exception]
) -> None:
    device = target(relay, timeout=2.0)
    await met(transport, device)
    relay.forge, relay.mute = lambda number: [forged(number, pdu.REPORT, name, ENGINE)], True
    with pytest.raises(error, match=r"127\.0\.0\.1"):
        await transport.ask(device, SYS_DESCR, soon())


async def test_an_unsigned_answer_to_the_first_question_of_a_user_who_signs_is_none(
    transport: Any, relay: Relay
) -> None:
    relay.forge = lambda number: [forged(number, pdu.RESPONSE, SYS_DESCR.oids[0], ENGINE)]
    assert isinstance((await transport.ask(target(relay), SYS_DESCR, soon())).values[0], bytes)


@pytest.mark.long
async def test_a_report_about_a_question_that_nobody_asked_is_dropped(transport: Any, relay: Relay) -> None:
    device = target(relay, timeout=2.0)
    await met(transport, device)
    relay.forge, relay.mute = lambda number: [forged(number ^ 1, pdu.REPORT, WRONG_DIGEST, ENGINE)], True
    with pytest.raises(NoAnswer):
        await transport.ask(device, SYS_DESCR, soon())
    assert transport.stats.dropped["unknown_id"] == 1


async def test_the_numbers_of_questions_cannot_be_guessed_from_those_before(
    transport: Any, relay: Relay
) -> None:
    device = target(relay)
    for _ in range(12):
        await transport.ask(device, SYS_DESCR, soon())
    numbers = [message.id for message in relay.asked]
    assert len(set(numbers)) == len(numbers) > 12
    steps = [abs(later - earlier) for earlier, later in itertools.pairwise(numbers)]
    assert min(steps) > 1000  # by chance once in 80,000 runs


async def test_one_engine_at_two_addresses_is_told(transport: Any, relay: Relay, v3_agent: Any) -> None:
    """The values of one may be those of the other, where both have one user. Pains: B7."""
    twin = await Relay(v3_agent).open()
    try:
        with structlog.testing.capture_logs() as said:
            devices = [target(relay), target(twin)]
            for device in devices:
                assert transport.engine_of(device) == b""
                await transport.ask(device, SYS_DESCR, soon())
                assert transport.engine_of(device) == ENGINE
    finally:
        twin.transport.close()
    assert [line["addresses"] for line in said if line["event"] == "engine_shared"] == [
        [f"127.0.0.1:{relay.port}", f"127.0.0.1:{twin.port}"]
    ]
    assert transport.stats.learned == {"engine": 2, "engine_shared": 1}
