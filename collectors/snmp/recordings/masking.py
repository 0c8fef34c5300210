"""Recordings of SNMP devices without what tells whose they are. Pure.

    sysContact, sysName, ...       hidden: replaced wherever they stand
    any other text                 replaced by its shape, unless profiles need it or it is of nobody
    IPv4, IPv6, hardware address   replaced by one that nobody has
    host name in a Unix sysDescr   hidden: the word behind "Linux", and what looks like one
    any of these in an OID         replaced by the same, in names and in values: see ``spelt``
    tables of IP, LLDP, users      left out: their very names are addresses

The masked recording is read as the original is: the same rows with the same values, under other names.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Final

from collectors.snmp.answers.cells import Cells, text_of
from collectors.snmp.answers.recording import parse_lines
from collectors.snmp.answers.writing import line
from collectors.snmp.engine import oid
from collectors.snmp.engine.value import IpAddress, Oid, Tag, Value
from collectors.snmp.recordings.needed import Needed
from collectors.snmp.recordings.spelt import Spelt
from dcim.mask import Mask, says_nothing

_NAMES: Final = tuple(
    map(
        oid.encode,
        (
            "1.3.6.1.2.1.1.4",  # sysContact, sysName, sysLocation
            "1.3.6.1.2.1.1.5",
            "1.3.6.1.2.1.1.6",
            "1.3.6.1.2.1.31.1.1.1.18",  # ifAlias
            "1.3.6.1.2.1.33.1.1.5",  # upsIdentName, upsIdentAttachedDevices
            "1.3.6.1.2.1.33.1.1.6",
            "1.3.6.1.2.1.47.1.1.1.1.11",  # entPhysicalSerialNum, entPhysicalAlias, entPhysicalAssetID
            "1.3.6.1.2.1.47.1.1.1.1.14",
            "1.3.6.1.2.1.47.1.1.1.1.15",
        ),
    )
)
_LEFT_OUT: Final = tuple(
    map(
        oid.encode,
        ("1.3.6.1.2.1.3", "1.3.6.1.2.1.4", "1.3.6.1.2.1.6", "1.3.6.1.2.1.7", "1.3.6.1.6.3", "1.0.8802"),
    )
)
"""Tables of addresses, of connections, of the users and communities of the agent, and of its neighbours."""

_MAKERS: Final = oid.encode("1.3.6.1.4.1")
_PLAIN: Final = tuple(
    map(
        oid.encode,
        (
            "1.3.6.1.2.1.1",  # system: what people entered there is hidden
            "1.3.6.1.2.1.33.1.1",  # upsIdent
            "1.3.6.1.2.1.47.1.1.1.1.2",  # entPhysicalDescr, its revisions, manufacturer and model
            "1.3.6.1.2.1.47.1.1.1.1.8",
            "1.3.6.1.2.1.47.1.1.1.1.9",
            "1.3.6.1.2.1.47.1.1.1.1.10",
            "1.3.6.1.2.1.47.1.1.1.1.12",
            "1.3.6.1.2.1.47.1.1.1.1.13",
        ),
    )
)
"""Texts of the maker: what stands in them of somebody calls itself so, or is hidden."""

_COLUMN: Final = 10
"""Numbers that an OID keeps which points into such a table: what follows is the index."""

_UNIX: Final = re.compile(r"(?:Linux|\w*BSD|SunOS|Darwin|AIX|HP-UX)\s+(\S+)\s+v?\d")
_LIKE_A_HOST: Final = re.compile(
    r"(?<![\w.-])(?:(?=[\w-]*\d)[A-Za-z][\w]*(?:-\w+)+|[A-Za-z][\w-]*(?:\.[\w-]+)*\.[A-Za-z]+)(?![\w.-])"
)
_NO_HOSTS: Final = frozenset({"localhost", "localhost.localdomain", "(none)", "none", "unknown"})
_HARDWARE: Final = oid.encode("1.3.6.1.2.1.2.2.1.6")  # ifPhysAddress
_SYS_DESCR: Final = oid.encode("1.3.6.1.2.1.1.1.0")
_MAC_BYTES: Final = 6
_ADDRESS_BYTES: Final = 4
_ADDRESS_6_BYTES: Final = 16


def mask(lines: Sequence[str], hidden: Sequence[str], needed: Needed | None = None) -> list[str]:
    """Return the recording in the order of its OIDs, masked; ``needed`` is what its profiles need."""
    cells = parse_lines(lines)
    return list(_Masking(cells, hidden, needed or Needed()).lines())


class _Masking:
    """One recording on its way."""

    def __init__(self, cells: Cells, hidden: Sequence[str], needed: Needed) -> None:
        self._needed = needed
        self._veil = Mask(hidden)
        self._cells = {name: cell for name, cell in cells.by_oid.items() if not name.startswith(_LEFT_OUT)}
        for name, cell in self._cells.items():
            if name.startswith(_NAMES):
                self._veil.hide(text_of(cell.value))
        for cell in self._cells.values():
            self._veil.learn(text_of(cell.value) if isinstance(cell.value, bytes) else "")
        # also of the tables left out: the same addresses are indexes of others
        every = [cell.value for cell in cells.by_oid.values()]
        self._addresses = frozenset(bytes(value) for value in every if isinstance(value, IpAddress))
        descr = cells.get(_SYS_DESCR)
        said = text_of(descr.value) if descr is not None else ""
        self._hosts = tuple(_hosts(said))
        for host in self._hosts:
            if not host.isalpha():  # a mere word may be the maker's, and stand elsewhere as that
                self._veil.hide(host)
        self._descr = self._veil.text(said)

    def lines(self) -> Iterator[str]:
        """Yield the lines, in the order of their OIDs before masking."""
        names = sorted(self._cells, key=oid.parts)
        masked = [self._value(name) for name in names]
        for raw in self._addresses:
            self._veil.address(".".join(map(str, raw)))
        for cell in self._cells.values():
            if isinstance(cell.value, bytes) and len(cell.value) == _MAC_BYTES and not cell.value.isascii():
                self._veil.mac(cell.value)  # also of one that a profile needs as it is
        spelt = Spelt(self._veil, self._addresses)  # once every value has its placeholder
        for name, value in zip(names, masked, strict=True):
            said = _pointer(spelt, value) if isinstance(value, Oid) else value
            written = line(spelt.renamed(name), self._cells[name].tag, said)
            if written is not None:
                yield written

    def _value(self, name: bytes) -> Value:
        tag, value = self._cells[name]
        if isinstance(value, IpAddress):
            return IpAddress(map(int, self._veil.address(str(value)).split(".")))
        if isinstance(value, bytes) and tag == Tag.OCTET_STRING:
            return self._octets(name, value)
        return value

    def _octets(self, name: bytes, raw: bytes) -> bytes:
        """Return a text masked; bytes that are none, and as long as an address, are held to be one."""
        try:
            text = raw.decode()
        except UnicodeDecodeError:
            text = "\x01"  # no text
        if name.startswith(_HARDWARE) and len(raw) == _MAC_BYTES:
            return self._veil.mac(raw)
        if raw in self._addresses:
            return bytes(map(int, self._veil.address(".".join(map(str, raw))).split(".")))
        if text.replace("\0", " ").isprintable() or any(char in text for char in "\r\n\t"):
            return self._text(name, text).encode()
        if name in self._needed and not name.startswith(_NAMES):
            return raw
        if len(raw) == _ADDRESS_6_BYTES:
            return self._veil.address_6(raw)
        return self._veil.mac(raw) if len(raw) == _MAC_BYTES else self._other(name, raw)

    def _other(self, name: bytes, raw: bytes) -> bytes:
        """Return bytes that no profile needs; Latin-1 is text too, and other high octets may be."""
        text = raw.rstrip(b"\0 ").decode("latin-1")
        if text.isprintable():
            return self._text(name, text).encode("latin-1")
        return raw if raw.isascii() else bytes(len(raw))

    def _without_host(self, descr: str) -> str:
        """Return sysDescr without the host name that stays elsewhere, as it may be a word of the maker."""
        for host in self._hosts[:1]:
            descr = re.sub(rf"(?<=\s){re.escape(host)}(?=\s)", self._veil.stand_in(host), descr, count=1)
        return descr

    def _text(self, name: bytes, text: str) -> str:
        if name.startswith(_NAMES) and text.strip("\0 "):
            return self._veil.hide(text)
        masked = self._veil.text(self._without_host(text) if name == _SYS_DESCR else text)
        plain = masked.strip("\0 ")
        if (
            not name.startswith(_MAKERS)
            or name in self._needed
            or says_nothing(plain)
            or plain in self._descr
        ):
            return masked
        made = self._veil.stand_in(text)
        return made if self._needed.same(name, text.strip("\0 "), made.strip("\0 ")) else masked


def _pointer(spelt: Spelt, value: Oid) -> Oid:
    """Return a value that is an OID without what it spells; into a table that is left out, its column."""
    name = bytes(value)
    if name.startswith(_LEFT_OUT):
        return Oid(oid.encode_parts(oid.parts(name)[:_COLUMN]))
    return Oid(spelt.renamed(name))


def _hosts(descr: str) -> Iterator[str]:
    """Yield the host names in what a Unix system says of itself, as ``uname -a`` does."""
    unix = _UNIX.search(descr)
    if unix is None:
        return
    for host in (unix[1], *_LIKE_A_HOST.findall(descr)):
        if host.lower() not in _NO_HOSTS:
            yield host
