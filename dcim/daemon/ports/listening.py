"""Ports: that of page, API and /metrics, taken before anything else starts, and that for traps."""

from __future__ import annotations

import errno
import os
import socket
from collections.abc import Mapping
from typing import Final

from dcim.model import Address, DcimError

_BACKLOG: Final = 256
_WHY: Final[Mapping[int, str]] = {
    errno.EADDRINUSE: "Another program may have it",
    errno.EADDRNOTAVAIL: "No interface of this machine has that address",
    errno.EACCES: "A port below 1024 is not for every user",
}
"""What the machine's own words leave to be guessed."""


class PortTaken(DcimError):
    """The address to listen on cannot be had."""


def listen(address: Address) -> socket.socket:
    """Take the address. Raise ``PortTaken`` with what to do about it."""
    family = socket.AF_INET6 if ":" in address.host else socket.AF_INET
    wire = socket.socket(family, socket.SOCK_STREAM)
    wire.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        wire.bind((address.host, address.port))
        wire.listen(_BACKLOG)
    except OSError as why:
        wire.close()
        reason = _WHY.get(why.errno or 0, "Nothing can listen there")
        msg = (
            f"cannot listen on {address}: {why.strerror or why}. {reason}: "
            "give another address with --listen or web.listen in the configuration"
        )
        raise PortTaken(msg) from why
    wire.setblocking(False)
    return wire


_FIRST_HANDED: Final = 3  # sd_listen_fds(3): the first descriptor that systemd hands over


def hear_on(address: Address, environ: Mapping[str, str] = os.environ) -> socket.socket:
    """Return the datagram socket of an address: the one that systemd hands over for it, else one of our own.

    Raise ``PortTaken`` with what to do about it.
    """
    wire = _handed(environ)
    if wire is not None:
        return wire
    family = socket.AF_INET6 if ":" in address.host else socket.AF_INET
    wire = socket.socket(family, socket.SOCK_DGRAM)
    try:
        wire.bind((address.host, address.port))
    except OSError as why:
        wire.close()
        msg = (
            f"cannot listen for traps on {address}: {why.strerror or why}. Below port 1024 systemd has to "
            "hand the port over (dcim-traps.socket), or another program has it (snmptrapd)"
        )
        raise PortTaken(msg) from why
    wire.setblocking(False)
    return wire


def _handed(environ: Mapping[str, str]) -> socket.socket | None:
    """Return the datagram socket that systemd has opened for us, if it has."""
    number = environ.get("LISTEN_FDS", "")
    if environ.get("LISTEN_PID") != str(os.getpid()) or not number.isdecimal():
        return None
    for descriptor in range(_FIRST_HANDED, _FIRST_HANDED + int(number)):
        wire = socket.socket(fileno=os.dup(descriptor))
        if wire.type == socket.SOCK_DGRAM:
            wire.setblocking(False)
            return wire
        wire.close()
    return None
