"""Every agent of a plant at its address: binds the ports, answers, restarts what came up again."""

from __future__ import annotations

import socket
from collections.abc import Callable, Iterable, Mapping
from hashlib import blake2b
from typing import TypeVar

from dcim.record import dataclass
from dcim.simulator.agents.transport_modbus import Gateway, Unit
from dcim.simulator.agents.transport_snmp import Responder, Seat, User, bind
from dcim.simulator.answers import modbus_answers, said, snmp_answers
from dcim.simulator.stage import Agent, Mood, Stage

K = TypeVar("K")
V = TypeVar("V")
ENTERPRISE = bytes.fromhex("80001f8804")
"""An engine id of net-snmp's enterprise with text after it (RFC 3411, SnmpEngineID, format 4)."""


@dataclass(frozen=True, slots=True)
class Access:
    """Who may ask: a community for v2c, a user for v3."""

    community: str
    user: User


class House:
    """All agents of one stage, on one host. ``port`` 0 takes free ports; else they are counted from it."""

    def __init__(self, stage: Stage, access: Access, host: str = "127.0.0.1", port: int = 0) -> None:
        self._stage = stage
        self._access = access
        self._host = host
        self._next_port = port
        self._responders: dict[str, Responder] = {}
        self._gateways: dict[str, Gateway] = {}
        self._sockets: list[socket.socket] = []
        self.addresses: dict[str, tuple[str, int]] = {}

    async def open(self) -> None:
        """Bind and answer. Raise OSError for an address that is taken, ConfigError for a wrong plant."""
        agents = self._stage.agents.values()
        self._open_snmp([agent for agent in agents if agent.device.protocol == "snmp"])
        await self._open_modbus([agent for agent in agents if agent.device.protocol == "modbus"])

    def _open_snmp(self, agents: Iterable[Agent]) -> None:
        shared: list[Seat] = []
        for agent in agents:
            seat = self._seat(agent)
            if agent.device.version == "3":
                self._respond(agent.device.id, [seat], self._access.user)
            else:
                shared.append(seat)
        if shared:
            self._respond("", shared, self._access.community)

    def _respond(self, name: str, seats: list[Seat], access: str | User) -> None:
        engine_id = ENTERPRISE + blake2b((name or "v2c").encode(), digest_size=8).hexdigest().encode()
        responder = Responder(seats, access, engine_id)
        responder.start()
        self._responders[name] = responder

    def _seat(self, agent: Agent) -> Seat:
        port = bind(self._host, self._port())
        self._sockets.append(port)
        self.addresses[agent.device.id] = port.getsockname()[:2]
        answers = snmp_answers(self._stage.plant, agent.device)
        cells = self._fresh(agent, lambda: said(answers, agent, self._stage.now))
        return Seat(agent.device.id, port, cells, agent.patience)

    async def _open_modbus(self, agents: Iterable[Agent]) -> None:
        lines: dict[str, dict[int, Agent]] = {}
        for agent in agents:
            lines.setdefault(agent.device.gateway or agent.device.id, {})[agent.device.unit] = agent
        for name, units in lines.items():
            behind = {unit: self._unit(agent) for unit, agent in units.items()}
            gateway = any(agent.device.gateway for agent in units.values())
            line = Gateway(name, behind, self._host, self._port(), gateway=gateway)
            await line.start()
            self._gateways[name] = line
            self.addresses.update({agent.device.id: line.address for agent in units.values()})

    def _unit(self, agent: Agent) -> Unit:
        answers = modbus_answers(self._stage.plant, agent.device)
        return Unit(
            agent.device.id, self._fresh(agent, answers.words), agent.patience, lambda: agent.up_at is None
        )

    def _fresh(self, agent: Agent, make: Callable[[], Mapping[K, V]]) -> Callable[[], Mapping[K, V]]:
        """Return ``make`` made at most once a tick of the plant, and not again while the agent is frozen."""
        made: list[Mapping[K, V]] = []
        at = -1.0

        def now() -> Mapping[K, V]:
            nonlocal at
            if not made or (at != self._stage.now and agent.mood is not Mood.FROZEN):
                made[:] = [make()]
                at = self._stage.now
            return made[0]

        return now

    def _port(self) -> int:
        """Return the next port to bind."""
        if not self._next_port:
            return 0
        self._next_port += 1
        return self._next_port - 1

    def came_up(self, agents: Iterable[Agent]) -> None:
        """Restart the software of these: a v3 engine boots once more, connections are lost."""
        for agent in agents:
            if agent.device.id in self._responders:
                self._responders[agent.device.id].restart()
            if agent.device.id in self._gateways:
                self._gateways[agent.device.id].hang_up()

    async def close(self) -> None:
        """Answer no more."""
        for responder in self._responders.values():
            responder.stop()
        for gateway in self._gateways.values():
            await gateway.stop()
        for port in self._sockets:
            port.close()
