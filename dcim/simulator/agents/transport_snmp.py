"""SNMP agents on pysnmp's responder side. One engine serves many addresses; a v3 device has one of its own.

datagram -> _Door (silent? slow?) -> pysnmp -> _Mib -> the seat of the address it came to -> cells
"""

from __future__ import annotations

import asyncio
import socket
from bisect import bisect_right
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final, TypeAlias

from pysnmp.carrier.asyncio.dgram import udp
from pysnmp.entity import config
from pysnmp.entity.engine import SnmpEngine
from pysnmp.entity.rfc3413 import cmdrsp, context
from pysnmp.proto import rfc1902, rfc1905

from dcim.simulator.agents.once import AnswersOnce, Bound, CommunityMessages, UserMessages
from dcim.simulator.cells import Cell, Oid, Tag
from dcim.transport_mibs import snmp_engine

_TYPES: Final[Mapping[int, Callable[[Any], Any]]] = {
    Tag.INTEGER: rfc1902.Integer32,
    Tag.TEXT: rfc1902.OctetString,
    Tag.OID: rfc1902.ObjectName,
    Tag.ADDRESS: rfc1902.IpAddress,
    Tag.COUNTER: rfc1902.Counter32,
    Tag.GAUGE: rfc1902.Gauge32,
    Tag.TICKS: rfc1902.TimeTicks,
    Tag.OPAQUE: rfc1902.Opaque,
    Tag.COUNTER64: rfc1902.Counter64,
}
_Asked: TypeAlias = "tuple[Any, Any]"


class _Get(AnswersOnce, cmdrsp.GetCommandResponder):  # type: ignore[misc]  # pysnmp has no types
    """Answers GET."""


class _Next(AnswersOnce, cmdrsp.NextCommandResponder):  # type: ignore[misc]  # pysnmp has no types
    """Answers GETNEXT."""


class _Bulk(AnswersOnce, cmdrsp.BulkCommandResponder):  # type: ignore[misc]  # pysnmp has no types
    """Answers GETBULK."""


READERS: Final = (_Get, _Next, _Bulk)
"""What a simulated device takes. There is no responder for SET."""


@dataclass(frozen=True, slots=True)
class User:
    """A USM user with SHA-256 and AES-128. The keys are pass phrases."""

    name: str
    auth_key: str = field(repr=False)
    priv_key: str = field(repr=False)


@dataclass(slots=True, eq=False)
class Seat:
    """One device at one address: what it says and how patient it is.

    ``cells`` gives everything it has to say now; ``patience`` the seconds until it answers, or None.
    """

    name: str
    socket: socket.socket
    cells: Callable[[], Mapping[Oid, Cell]]
    patience: Callable[[], float | None]
    questions: int = 0
    _now: Mapping[Oid, Cell] = field(default_factory=dict)
    _order: list[Oid] = field(default_factory=list)
    _made: dict[Oid, tuple[Cell, Bound]] = field(default_factory=dict)

    def look(self) -> None:
        """Take in what the device has to say now."""
        now = self.cells()
        if now is not self._now:
            if now.keys() != self._now.keys():
                self._order = sorted(now)
            self._now = now

    def read(self, name: Oid) -> Bound | None:
        """Return the name and value of a cell as pysnmp sends them, or None."""
        cell = self._now.get(name)
        if cell is None:
            return None
        made = self._made.get(name)
        if made is None or made[0] != cell:
            value = _TYPES[cell.tag](cell.value)
            bound = Bound(rfc1902.ObjectName(name), value) if made is None else made[1].now(value)
            made = self._made[name] = (cell, bound)
        return made[1]

    def after(self, name: Oid) -> Oid | None:
        """Return the first name after this one, or None at the end."""
        place = bisect_right(self._order, name)
        return self._order[place] if place < len(self._order) else None

    def has_under(self, name: Oid) -> bool:
        """Say whether the object of this instance exists with another index."""
        following = self.after(name[:-1])
        return following is not None and following[: len(name) - 1] == name[:-1]


class _Door(udp.UdpTransport):  # type: ignore[misc]  # pysnmp has no types
    """A UDP socket that asks its device's patience before pysnmp sees the question."""

    seat: Seat

    def datagram_received(self, datagram: bytes, transportAddress: Any) -> None:
        """Drop the question, pass it on, or pass it on later."""
        self.seat.questions += 1
        patience = self.seat.patience()
        if patience is None:
            return
        if patience > 0:
            self.loop.call_later(patience, super().datagram_received, datagram, transportAddress)
        else:
            super().datagram_received(datagram, transportAddress)


class _Mib:
    """Answers for the device whose address was asked. Takes the place of pysnmp's MIB tree."""

    def __init__(self, seats: Mapping[tuple[int, ...], Seat]) -> None:
        self._seats = seats

    def _seat(self, engine: SnmpEngine) -> Seat:
        asked = engine.observer.get_execution_context("rfc3412.receiveMessage:request")
        return self._seats[tuple(asked["transportDomain"])]

    def read_variables(self, *binds: _Asked | Bound, **around: Any) -> list[Bound]:
        """Answer a GET."""
        seat = self._seat(around["snmpEngine"])
        seat.look()
        answers = []
        for name, _ in binds:
            found = seat.read(name.asTuple())
            if found is None:
                there = seat.has_under(name.asTuple())
                found = Bound(name, rfc1905.noSuchInstance if there else rfc1905.noSuchObject)
            answers.append(found)
        return answers

    def read_next_variables(self, *binds: _Asked | Bound, **around: Any) -> list[Bound]:
        """Answer a GETNEXT, or one repetition of a GETBULK."""
        seat = self._seat(around["snmpEngine"])
        seat.look()
        answers = []
        for name, _ in binds:
            following = seat.after(name.asTuple())
            found = None if following is None else seat.read(following)
            answers.append(found or Bound(name, rfc1905.endOfMibView))
        return answers


class Responder:
    """One SNMP engine that answers for its seats: to a community (v1, v2c), or as a v3 engine to a user."""

    def __init__(self, seats: list[Seat], access: str | User, engine_id: bytes) -> None:
        self._seats = seats
        self._access = access
        self._engine_id = engine_id
        self._engine: SnmpEngine | None = None

    def start(self) -> None:
        """Answer from now on. A new start is a new boot of the v3 engine, with its time from 0."""
        loop = asyncio.get_running_loop()
        engine = snmp_engine(self._engine_id)
        for messages in (CommunityMessages(), UserMessages()):
            engine.message_processing_subsystems[int(messages.MESSAGE_PROCESSING_MODEL_ID)] = messages
        if isinstance(self._access, User):
            _let_in(engine, self._access)
        else:
            config.add_v1_system(engine, "read", self._access)
        domains: dict[tuple[int, ...], Seat] = {}
        for number, seat in enumerate(self._seats):
            door = _Door(loop=loop)
            door.seat = seat
            domain = (*udp.DOMAIN_NAME, number)
            # the seat keeps its own handle on the port, so that nobody else gets it during a restart
            config.add_transport(engine, domain, door.open_server_mode(sock=seat.socket.dup()))
            domains[domain] = seat
        at = context.SnmpContext(engine)
        at.unregister_context_name(b"")
        at.register_context_name(b"", _Mib(domains))
        for reader in READERS:
            reader(engine, at)
        self._engine = engine

    def stop(self) -> None:
        """Answer no more; what comes until the next start is lost."""
        if self._engine is not None:
            self._engine.close_dispatcher()
            self._engine = None

    def restart(self) -> None:
        """Be a new boot of the same agent."""
        self.stop()
        for seat in self._seats:
            _empty(seat.socket)
        self.start()


def _let_in(engine: SnmpEngine, user: User) -> None:
    config.add_v3_user(
        engine,
        user.name,
        config.USM_AUTH_HMAC192_SHA256,
        user.auth_key,
        config.USM_PRIV_CFB128_AES,
        user.priv_key,
    )


def _empty(port: socket.socket) -> None:
    """Throw away the questions that nobody took."""
    try:
        while True:
            port.recv(65535)
    except BlockingIOError:
        return


def bind(host: str, port: int) -> socket.socket:
    """Return a UDP socket at an address; port 0 takes any free one. Raise OSError if it is taken."""
    sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    try:
        sock.bind((host, port))
    except OSError:
        sock.close()
        raise
    sock.setblocking(False)
    return sock
