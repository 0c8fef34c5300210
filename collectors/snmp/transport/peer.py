"""A device as the engine's transport sees it: a socket address, and what its messages begin with."""

from __future__ import annotations

import asyncio
import socket
import weakref

from collectors.snmp.engine import community
from collectors.snmp.engine.access import Community, User, Version
from collectors.snmp.engine.keys import KeyCache
from collectors.snmp.engine.request import Kind, Request
from collectors.snmp.engine.usm import Session
from collectors.snmp.transport.contract import Target
from collectors.snmp.transport.wire import SocketAddress, plain_address
from dcim.model import NoAnswer, Sign

DEFAULT_PORT = 161


class Peer:
    """One device: where its answers must come from, and a community's envelope or a user's session.

    It does not hold its target, so that a target nobody needs any more takes its peer along.
    """

    __slots__ = ("address", "envelope", "family", "is_named", "is_v1", "session", "target")

    def __init__(
        self, target: Target, place: tuple[socket.AddressFamily, SocketAddress], keys: KeyCache, salt: int
    ) -> None:
        access = target.access
        self.target: weakref.ref[Target] | None = None
        self.family, self.address = place
        self.is_named = self.address[0] != target.address.host
        self.is_v1 = isinstance(access, Community) and access.version is Version.V1
        self.envelope = community.envelope(access) if isinstance(access, Community) else b""
        self.session = Session(access, keys, salt) if isinstance(access, User) else None

    def message(self, request: Request, number: int, now: float) -> bytes:
        """Return the request as this device's agent accepts it at ``now`` (monotonic seconds)."""
        if self.session is not None:
            return self.session.seal(request, number, now)
        if self.is_v1 and request.kind is Kind.BULK:
            request = request.as_next()
        return community.encode(self.envelope, request, number)


class Peers:
    """The peers of all targets that are still in use."""

    def __init__(self) -> None:
        self._peers: dict[int, Peer] = {}

    def get(self, target: Target) -> Peer | None:
        """Return the target's peer, if it was met."""
        return self._peers.get(id(target))

    def add(self, target: Target, peer: Peer) -> None:
        """Keep a peer for as long as its target lives."""
        key = id(target)
        peer.target = weakref.ref(target, lambda _: self._peers.pop(key, None))
        self._peers[key] = peer

    def forget(self, target: Target) -> None:
        """Meet the target anew at the next question."""
        self._peers.pop(id(target), None)


async def locate(target: Target, deadline: float) -> tuple[socket.AddressFamily, SocketAddress]:
    """Return family and socket address of a target. NoAnswer if its name resolves to nothing by then."""
    loop = asyncio.get_running_loop()
    host, port = target.address.host, target.address.port or DEFAULT_PORT
    place = _numeric(host, port)
    if place is not None:
        return place
    try:
        async with asyncio.timeout_at(deadline):
            found = await loop.getaddrinfo(host, port, type=socket.SOCK_DGRAM)
    except (OSError, UnicodeError, TimeoutError) as error:
        msg = f"{host}: no such host ({error or 'the name server did not answer'})"
        raise NoAnswer(msg, sign=Sign.NO_HOST) from error
    for family, _, _, _, address in found:
        if family == socket.AF_INET:
            return family, (str(address[0]), int(address[1]))
        if family == socket.AF_INET6 and len(address) == 4:
            return family, plain_address(address)
    msg = f"{host}: has neither an IPv4 nor an IPv6 address"
    raise NoAnswer(msg, sign=Sign.NO_HOST)


def _numeric(host: str, port: int) -> tuple[socket.AddressFamily, SocketAddress] | None:
    for family in (socket.AF_INET, socket.AF_INET6):
        try:
            packed = socket.inet_pton(family, host)
        except (OSError, UnicodeError, ValueError):
            continue
        name = socket.inet_ntop(family, packed)
        return family, (name, port) if family == socket.AF_INET else (name, port, 0, 0)
    return None
