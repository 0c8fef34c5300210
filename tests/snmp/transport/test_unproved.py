"""Messages without a signature, forged or not, while an engine that signs is asked."""

import asyncio
from random import Random

import pytest
import structlog

from collectors.snmp.engine import ber, crypto, oid, pdu, v3
from collectors.snmp.engine.access import Auth, User
from collectors.snmp.engine.keys import KeyCache
from collectors.snmp.engine.request import Request
from collectors.snmp.transport.contract import Target
from collectors.snmp.transport.udp.transport import UdpTransport
from dcim.model import Address, BadAnswer, NoAnswer, Refused

ONE = Request.get([oid.encode("1.3.6.1.4.1.9.1.1")])
NOC = User("noc", Auth.SHA256, "auth-secret")
KEYS = KeyCache()
UNKNOWN_ENGINE, WRONG_DIGEST, STRANGE = (
    oid.encode(name) for name in ("1.3.6.1.6.3.15.1.1.4.0", "1.3.6.1.6.3.15.1.1.5.0", "1.3.6.1.9.9")
)


class Network:
    """Engines in memory that sign, by host; ``forger`` speaks before each of them."""

    capacity = 1 << 24

    def __init__(self, **engines):
        self.engines = {host.replace("_", "."): engine for host, engine in engines.items()}
        self.forger = lambda number: ()
        self.mute = False

    def __call__(self, family, receive):
        self.receive = receive
        return self

    def send(self, data, to):
        asyncio.get_running_loop().call_soon(self.answer, v3.decode(data), to)
        return ""

    def answer(self, question, to):
        for forged in self.forger(question.id):
            self.receive(forged, to)
        if self.mute:
            return
        engine = self.engines[to[0]]
        if question.security.engine_id != engine:
            self.receive(report(question.id, UNKNOWN_ENGINE, engine), to)
        else:
            self.receive(response(question.id, engine), to)

    def close(self):
        pass


def message(number, flags, engine, tag, name, value):
    varbind = ber.tlv(0x30, ber.tlv(6, name) + value)
    inner = ber.tlv(tag, ber.integer(number) + b"\x02\x01\x00\x02\x01\x00" + ber.tlv(0x30, varbind))
    mac = bytes(24) if flags else b""
    security = v3.Security(engine, 5, 1000, b"noc" if flags else b"", mac, b"")
    made, at = v3.encode(number, flags, security, v3.scoped(engine, b"", inner))
    if flags:
        mac = crypto.Signer(Auth.SHA256, KEYS.pair(NOC, engine).auth).sign(made)
        made = made[:at] + mac + made[at + 24 :]
    return made


def response(number, engine):
    return message(number, v3.AUTH, engine, pdu.RESPONSE, ONE.oids[0], b"\x02\x01\x07")


def report(number, name, engine):
    return message(number, 0, engine, pdu.REPORT, name, b"\x41\x01\x01")


def at(host, timeout=0.1, retries=0):
    return Target(Address(host, 161), NOC, timeout, retries)


def soon(seconds=5.0):
    return asyncio.get_running_loop().time() + seconds


@pytest.fixture
def network():
    return Network(**{"192_0_2_1": b"engine-a", "192_0_2_2": b"engine-b"})


@pytest.fixture
async def transport(network):
    opened = UdpTransport(Random(1), network)
    yield opened
    await opened.aclose()


FORGED = [
    pytest.param(lambda number: [report(number, WRONG_DIGEST, b"engine-a")], id="refused"),
    pytest.param(lambda number: [report(number, STRANGE, b"engine-a")], id="strange"),
    pytest.param(lambda number: [report(number, UNKNOWN_ENGINE, b"engine-x")], id="another engine"),
    pytest.param(
        lambda number: [report(number, WRONG_DIGEST, b"engine-x")], id="another engine that refuses"
    ),
    pytest.param(lambda number: [report(number, UNKNOWN_ENGINE, b"engine-a")], id="the same engine"),
    pytest.param(lambda number: 9 * [report(number, UNKNOWN_ENGINE, b"engine-a")], id="many times"),
]


@pytest.mark.parametrize("forger", FORGED)
async def test_a_forged_report_before_the_signed_answer_changes_nothing(network, transport, forger):
    """Pains: B7."""
    device = at("192.0.2.1", timeout=30)
    await transport.ask(device, ONE, soon())
    network.forger = forger
    for _ in range(3):
        assert (await transport.ask(device, ONE, soon(30))).values == [7]
    assert transport.stats.learned == {"engine": 1}
    assert transport.stats.unproved + transport.stats.dropped.get("unsigned_report", 0) >= 3


@pytest.mark.parametrize(("name", "error"), [(WRONG_DIGEST, Refused), (STRANGE, BadAnswer)])
async def test_what_is_said_unsigned_is_reported_when_nothing_signed_comes_in_time(
    network, transport, name, error
):
    device = at("192.0.2.1", retries=2)
    await transport.ask(device, ONE, soon())
    network.forger, network.mute = lambda number: [report(number, name, b"engine-a")], True
    sent = transport.stats.sent
    with pytest.raises(error, match=r"192\.0\.2\.1"):
        await transport.ask(device, ONE, soon())
    assert transport.stats.sent == sent + 1


async def test_a_device_that_was_replaced_is_asked_again_in_the_same_question_and_that_is_told(
    network, transport
):
    """Pains: B7, B9."""
    device = at("192.0.2.1")
    await transport.ask(device, ONE, soon())
    network.engines["192.0.2.1"] = b"engine-c"
    with structlog.testing.capture_logs() as said:
        for _ in range(2):
            assert (await transport.ask(device, ONE, soon())).values == [7]
    assert [line for line in said if line["event"] == "engine_changed"] == [
        {
            "event": "engine_changed",
            "log_level": "warning",
            "address": "192.0.2.1:161",
            "before": b"engine-a".hex(),
            "now": b"engine-c".hex(),
        }
    ]
    assert transport.stats.learned == {"engine": 1, "engine_change": 1}


async def test_a_device_that_was_replaced_while_it_was_silent_is_met_by_the_question_who_it_is(
    network, transport
):
    """Pains: B9."""
    device = at("192.0.2.1")
    await transport.ask(device, ONE, soon())
    network.mute = True
    with pytest.raises(NoAnswer):
        await transport.ask(device, ONE, soon())
    network.mute = False
    network.engines["192.0.2.1"] = b"engine-c"
    assert (await transport.ask(device, ONE, soon())).values == [7]
    assert transport.stats.learned["engine_change"] == 1


async def test_a_change_that_leaves_no_time_is_no_answer_and_serves_the_next_question(network, transport):
    device = at("192.0.2.1", timeout=30)
    await transport.ask(device, ONE, soon())
    network.engines["192.0.2.1"] = b"engine-c"
    with pytest.raises(NoAnswer):
        await transport.ask(device, ONE, soon(0.1))
    assert (await transport.ask(device, ONE, soon())).values == [7]


async def test_one_engine_id_at_two_addresses_is_told_once_and_refused_to_nobody(network, transport):
    network.engines["192.0.2.2"] = network.engines["192.0.2.3"] = b"engine-a"
    devices = [at(f"192.0.2.{number}") for number in (1, 2, 3)]
    with structlog.testing.capture_logs() as said:
        for device in devices:
            assert (await transport.ask(device, ONE, soon())).values == [7]
    assert [line["addresses"] for line in said if line["event"] == "engine_shared"] == [
        ["192.0.2.1:161", "192.0.2.2:161"]
    ]
    assert transport.stats.learned == {"engine": 3, "engine_shared": 1}


async def test_what_is_known_of_engines_is_bounded(transport, monkeypatch):
    from collectors.snmp.transport import engines

    monkeypatch.setattr(engines, "_MOST", 8)
    with structlog.testing.capture_logs():
        for number in range(100):
            transport._engines.learned("engine", ("192.0.2.1", number), b"", b"%d" % (number // 2))
    assert len(transport._engines._places) <= 8
    assert len(transport._engines._told) <= 8
