"""Agents that answer on loopback, written with pysnmp and pyasn1 so that our own codec cannot cancel its errors."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

import pytest
from pyasn1.codec.ber import decoder, encoder
from pysnmp.carrier.asyncio.dgram import udp
from pysnmp.entity import config
from pysnmp.entity.rfc3413 import cmdrsp, context
from pysnmp.proto import api
from pysnmp.proto.api import v1, v2c

from collectors.snmp.engine.answer import Answer
from collectors.snmp.engine.request import Request
from collectors.snmp.transport.contract import Target, Transport, Urgency
from collectors.snmp.transport.pysnmp.transport import PysnmpTransport
from collectors.snmp.transport.udp.transport import UdpTransport
from dcim.model import PollError
from dcim.transport_mibs import snmp_engine

Name = tuple[int, ...]


@dataclass(slots=True)
class Said:
    """One reply on its way: after ``delay`` seconds, ``times`` times, perhaps from another address."""

    data: bytes
    delay: float = 0.0
    times: int = 1
    from_elsewhere: bool = False


@dataclass(eq=False)
class Agent(asyncio.DatagramProtocol):
    """A v1 and v2c agent over ``cells``. ``behave`` turns each right reply into what is really sent."""

    cells: dict[Name, Any]
    behave: Callable[[bytes, int], Iterable[Said]] = field(default=lambda reply, _: [Said(reply)])
    change: Callable[[Any], None] = field(default=lambda _: None)
    asked: list[Any] = field(default_factory=list)
    host: str = ""
    port: int = 0

    async def open(self, host: str = "127.0.0.1") -> None:
        loop = asyncio.get_running_loop()
        self.transport, _ = await loop.create_datagram_endpoint(lambda: self, local_addr=(host, 0))
        self.host, self.port = self.transport.get_extra_info("sockname")[:2]
        self.elsewhere = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.elsewhere.bind(("127.0.0.2", 0))

    def close(self) -> None:
        self.transport.close()
        self.elsewhere.close()

    def datagram_received(self, data: bytes, addr: Any) -> None:
        version = int(api.decodeMessageVersion(data))
        proto = api.PROTOCOL_MODULES[version]
        question, _ = decoder.decode(data, asn1Spec=proto.Message())
        self.asked.append(question)
        reply = encoder.encode(self._reply(proto, question))
        for said in self.behave(reply, len(self.asked)):
            for _ in range(said.times):
                asyncio.get_running_loop().call_later(said.delay, self._send, said, addr)

    def _send(self, said: Said, addr: Any) -> None:
        if said.from_elsewhere:
            self.elsewhere.sendto(said.data, addr)
        elif not self.transport.is_closing():
            self.transport.sendto(said.data, addr)

    def _reply(self, proto: Any, question: Any) -> Any:
        reply = proto.apiMessage.get_response(question)
        pdu, answer = proto.apiMessage.get_pdu(question), proto.apiMessage.get_pdu(reply)
        names = [tuple(name) for name, _ in proto.apiPDU.get_varbinds(pdu)]
        if pdu.isSameTypeWith(proto.GetRequestPDU()):
            pairs = [
                (name, self.cells.get(name, proto.Null("") if proto is v1 else v2c.NoSuchInstance()))
                for name in names
            ]
            missing = [slot for slot, name in enumerate(names, 1) if name not in self.cells]
        elif proto is v2c and pdu.isSameTypeWith(v2c.GetBulkRequestPDU()):
            pairs, missing = self._bulk(names, int(v2c.apiBulkPDU.get_max_repetitions(pdu))), []
        else:
            pairs = [self._after(name) for name in names]
            missing = [
                slot for slot, (_, value) in enumerate(pairs, 1) if value.isSameTypeWith(v2c.EndOfMibView())
            ]
        if proto is v1 and missing:
            pairs = [(name, v1.Null("")) for name in names]
            proto.apiPDU.set_error_status(answer, 2)
            proto.apiPDU.set_error_index(answer, missing[0])
        proto.apiPDU.set_varbinds(answer, pairs)
        self.change(answer)
        return reply

    def _after(self, name: Name) -> tuple[Name, Any]:
        following = sorted(cell for cell in self.cells if cell > name)
        return (following[0], self.cells[following[0]]) if following else (name, v2c.EndOfMibView())

    def _bulk(self, names: list[Name], repetitions: int) -> list[tuple[Name, Any]]:
        pairs: list[tuple[Name, Any]] = []
        for _ in range(repetitions):
            row = [self._after(name) for name in names]
            pairs += row
            names = [name for name, _ in row]
        return pairs


@pytest.fixture
def said() -> type[Said]:
    return Said


@pytest.fixture
async def open_agent() -> AsyncIterator[Callable[..., Awaitable[Agent]]]:
    agents: list[Agent] = []

    async def opened(cells: dict[str, Any], host: str = "127.0.0.1", **more: Any) -> Agent:
        agent = Agent({tuple(map(int, name.split("."))): value for name, value in cells.items()}, **more)
        await agent.open(host)
        agents.append(agent)
        return agent

    yield opened
    for agent in agents:
        agent.close()
    await asyncio.sleep(0)


class V3Agent:
    """A whole v3 agent made of pysnmp, whose engine can be replaced while it runs."""

    USERS = (
        ("md5des", config.USM_AUTH_HMAC96_MD5, config.USM_PRIV_CBC56_DES),
        ("sha224aes192b", config.USM_AUTH_HMAC128_SHA224, config.USM_PRIV_CFB192_AES_BLUMENTHAL),
        ("sha256aes", config.USM_AUTH_HMAC192_SHA256, config.USM_PRIV_CFB128_AES),
        ("sha384aes192", config.USM_AUTH_HMAC256_SHA384, config.USM_PRIV_CFB192_AES),
        ("sha512aes256", config.USM_AUTH_HMAC384_SHA512, config.USM_PRIV_CFB256_AES),
    )
    AUTH_KEY, PRIV_KEY = "auth-secret-1", "priv-secret-1"

    def __init__(self) -> None:
        self.host, self.port = "127.0.0.1", 0
        self.engine: Any = None

    async def start(
        self,
        engine_id: str = "8000000001020304",
        boots: int = 5,
        time: int = 1000,
        user: str = "sha256aes",
    ) -> None:
        """Start, or restart on the same port, as this engine with this clock and user."""
        self.stop()
        self.engine = snmp_engine()
        builder = self.engine.get_mib_builder()
        symbols = builder.import_symbols(
            "__SNMP-FRAMEWORK-MIB", "snmpEngineID", "snmpEngineBoots", "snmpEngineTime"
        )
        symbols[0].syntax = symbols[0].syntax.clone(bytes.fromhex(engine_id))
        self.engine.snmpEngineID = symbols[0].syntax
        symbols[1].syntax = symbols[1].syntax.clone(boots)
        symbols[2].syntax = symbols[2].syntax.clone(time)
        self.clock = symbols[1], symbols[2]
        endpoint = udp.UdpAsyncioTransport(loop=asyncio.get_running_loop())
        config.add_transport(self.engine, udp.DOMAIN_NAME, endpoint.open_server_mode((self.host, self.port)))
        for name, auth, priv in self.USERS:
            if name != user:
                continue  # keys cost pysnmp a tenth of a second each
            config.add_v3_user(self.engine, name, auth, self.AUTH_KEY, priv, self.PRIV_KEY)
            config.add_vacm_user(self.engine, 3, name, "authPriv", (1, 3, 6))
        cmdrsp.GetCommandResponder(self.engine, context.SnmpContext(self.engine))
        await endpoint._lport
        self.port = endpoint.transport.get_extra_info("sockname")[1]

    def set_clock(self, boots: int, time: int) -> None:
        """Let the running engine believe that it is another time."""
        for symbol, value in zip(self.clock, (boots, time), strict=True):
            symbol.syntax = symbol.syntax.clone(value)

    def stop(self) -> None:
        if self.engine is not None:
            self.engine.close_dispatcher()
            self.engine = None


@pytest.fixture
async def v3_agent() -> AsyncIterator[V3Agent]:
    agent = V3Agent()
    yield agent
    agent.stop()
    await asyncio.sleep(0)


class Begun(UdpTransport):
    """The engine's transport, asked without a task wherever that is possible."""

    async def ask(
        self, target: Target, request: Request, deadline: float, urgency: Urgency = Urgency.NORMAL
    ) -> Answer:
        waiting: asyncio.Future[Answer] = asyncio.get_running_loop().create_future()

        def told(outcome: Answer | PollError) -> None:
            if isinstance(outcome, PollError):
                waiting.set_exception(outcome)
            else:
                waiting.set_result(outcome)

        if urgency is Urgency.SILENT:
            return await super().ask(target, request, deadline, urgency)
        if self._peers.get(target) is None:
            await self._meet(target, deadline)
        return await (
            waiting
            if self.begin(target, request, deadline, told)
            else super().ask(target, request, deadline, urgency)
        )


@pytest.fixture(params=["udp", "udp without a task", "pysnmp"])
async def transport(request: pytest.FixtureRequest) -> AsyncIterator[Transport]:
    """Each transport in turn: whatever uses this is the conformance suite."""
    make = {"udp": UdpTransport, "udp without a task": Begun, "pysnmp": PysnmpTransport}[request.param]
    opened: Transport = make()
    yield opened
    await opened.aclose()


@pytest.fixture
async def udp_transport() -> AsyncIterator[UdpTransport]:
    opened = UdpTransport()
    yield opened
    await opened.aclose()
    await asyncio.sleep(0)
