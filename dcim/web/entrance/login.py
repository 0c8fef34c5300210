"""Which user of this machine a connection comes from, as the kernel knows it: for connections inside it.

The kernel keeps the owner of every socket (``/proc/net/tcp``, ``/proc/net/tcp6``; proc(5)). Of a connection
over loopback the far end is a socket of this machine, so its owner is who asks. That is what the kernel says
and nobody can put into a request; of a proxy on this machine it is the proxy's user.
"""

from __future__ import annotations

import pwd
import socket
import sys
from collections.abc import Iterable
from ipaddress import IPv6Address, ip_address
from pathlib import Path
from typing import Final, TypeAlias

End: TypeAlias = tuple[str, int]
"""Address in numbers, and port."""

_TABLES: Final = (Path("/proc/net/tcp"), Path("/proc/net/tcp6"))
_ESTABLISHED: Final = "01"
_FIELDS: Final = 8
_MAPPED: Final = "::ffff:"


def login_of(client: End | None, server: End | None, tables: Iterable[Path] = _TABLES) -> str:
    """Return the name of the user whose socket is ``client``, connected to ``server``; empty: not known.

    Reads files and perhaps asks a directory service: call it in a thread.
    """
    if client is None or server is None or not client[1] or not _is_loopback(client[0]):
        return ""
    for table in tables:
        try:
            rows = table.read_text(encoding="ascii").splitlines()[1:]
        except (OSError, ValueError):
            continue
        for row in rows:
            uid = _owner(row.split(), client, server)
            if uid is not None:
                return _name(uid)
    return ""


def _is_loopback(address: str) -> bool:
    try:
        return ip_address(address.removeprefix(_MAPPED)).is_loopback
    except ValueError:
        return False


def _owner(row: list[str], client: End, server: End) -> int | None:
    """Return the owner of a row of the table if it is this connection, seen from the client."""
    if len(row) < _FIELDS or row[3] != _ESTABLISHED:
        return None
    try:
        mine = _end(row[1]) == _plain(client) and _end(row[2]) == _plain(server)
        return int(row[7]) if mine else None
    except ValueError:
        return None


def _end(written: str) -> End:
    """Return an address of the table: words of 32 bits in the order of the machine, and a port, in hex."""
    words, _, port = written.partition(":")
    raw = b"".join(int(words[at : at + 8], 16).to_bytes(4, sys.byteorder) for at in range(0, len(words), 8))
    family = socket.AF_INET if len(raw) == 4 else socket.AF_INET6
    return _plain((socket.inet_ntop(family, raw), int(port, 16)))


def _plain(end: End) -> End:
    """Return an address in one form: what of IPv6 means IPv4 as that."""
    address = ip_address(end[0])
    mapped = address.ipv4_mapped if isinstance(address, IPv6Address) else None
    return str(mapped or address), end[1]


def _name(uid: int) -> str:
    try:
        return pwd.getpwuid(uid).pw_name
    except KeyError:
        return f"uid {uid}"
