"""Datagrams in and out: the seam between the SNMP engine and the network.

``UdpWire`` is one non-blocking socket for all devices of an address family, drained by ``add_reader``:
asyncio's own datagram endpoint allocates 256 KiB per read and takes one datagram per turn of the loop.
Simulated agents implement ``Wire`` in memory.
"""

from __future__ import annotations

import asyncio
import contextlib
import socket
from collections.abc import Callable
from typing import Any, Final, Protocol, TypeAlias

SocketAddress: TypeAlias = tuple[str, int] | tuple[str, int, int, int]
Receive: TypeAlias = Callable[[bytes, SocketAddress], None]
WANTED_BUFFER: Final = 32 << 20  # bytes
_LARGEST: Final = 65535  # bytes in a datagram
_AT_ONCE: Final = 256  # datagrams per turn, so that a flood cannot starve the loop


class Wire(Protocol):
    """Carries datagrams. ``capacity`` is how many bytes of answers may wait unread."""

    capacity: int

    def send(self, data: bytes, to: SocketAddress) -> str:
        """Send one datagram; return why it could not be sent, or nothing. Never waits, never raises."""
        ...

    def close(self) -> None:
        """Stop receiving."""
        ...


class OpenWire(Protocol):
    """Opens the wire of one address family. OSError if this machine does not have it."""

    def __call__(self, family: socket.AddressFamily, receive: Receive) -> Wire:
        """Return a wire that hands every datagram to ``receive``."""
        ...


class UdpWire:
    """One UDP socket on the running loop."""

    def __init__(
        self, family: socket.AddressFamily, receive: Receive, wanted_buffer: int = WANTED_BUFFER
    ) -> None:
        self._loop = asyncio.get_running_loop()
        self._receive = receive
        self._scoped = family == socket.AF_INET6
        self._socket = socket.socket(family, socket.SOCK_DGRAM)
        try:
            self._socket.setblocking(False)
            if self._scoped:
                self._socket.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
            self._socket.bind(("", 0))
            self.capacity = _widen(self._socket, wanted_buffer)
        except OSError:
            self._socket.close()
            raise
        self._loop.add_reader(self._socket.fileno(), self._drain)

    def send(self, data: bytes, to: SocketAddress) -> str:
        """Send one datagram; return why the kernel would not take it, or nothing."""
        try:
            self._socket.sendto(data, to)
        except OSError as error:
            return error.strerror or str(error)
        return ""

    def close(self) -> None:
        """Close the socket."""
        self._loop.remove_reader(self._socket.fileno())
        self._socket.close()

    def _drain(self) -> None:
        receive = self._receive
        for data, source in self._waiting():
            receive(data, plain_address(source) if self._scoped else source)

    def _waiting(self) -> list[tuple[bytes, Any]]:
        """Return what has come. All of it is read before any is looked at: so it costs half as much."""
        came: list[tuple[bytes, Any]] = []
        add, recvfrom = came.append, self._socket.recvfrom
        try:
            for _ in range(_AT_ONCE):
                add(recvfrom(_LARGEST))
        except OSError:
            # Nothing more is there; or an ICMP error of an earlier datagram, which runs into its timeout.
            pass
        return came


def plain_address(address: tuple[str, int, int, int]) -> SocketAddress:
    """Return an IPv6 socket address with its scope as a number alone, so that equal ones compare equal."""
    host, port, _, scope = address
    return host.partition("%")[0], port, 0, scope


def _widen(udp: socket.socket, wanted: int) -> int:
    """Ask for a receive buffer, past the system's limit where we may, and return what the kernel gave."""
    force = getattr(socket, "SO_RCVBUFFORCE", 33)
    udp.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, wanted)
    with contextlib.suppress(OSError):
        udp.setsockopt(socket.SOL_SOCKET, force, wanted)
    return udp.getsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF)
