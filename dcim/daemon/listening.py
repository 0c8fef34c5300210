"""The port of page, API and /metrics: taken before anything else starts, so that who comes early waits."""

from __future__ import annotations

import socket
from typing import Final

from dcim.model import Address, DcimError

_BACKLOG: Final = 256


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
        msg = (
            f"cannot listen on {address}: {why.strerror or why}. Another program may have it: "
            "give another address with --listen or web.listen in the configuration"
        )
        raise PortTaken(msg) from why
    wire.setblocking(False)
    return wire
